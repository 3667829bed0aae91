//! What is in the archives, and whether a second build gave the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// The most bytes that a program may have with the probes that it carries.
const MOST_BYTES: u64 = 20_000_000;

/// A platform of `packaging/platforms`.
#[derive(Clone, Debug)]
pub(crate) struct Platform {
    pub(crate) os: String,
    pub(crate) architecture: String,
}

impl Platform {
    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        let table = fs::read_to_string(root().join("packaging/platforms")).unwrap();
        let lines = table.lines().filter(|line| !line.starts_with('#')).map(str::split_whitespace);
        let all: Vec<_> =
            lines.filter_map(|mut words| Some(Self { os: words.next()?.into(), architecture: words.next()?.into() })).collect();
        assert_eq!(all.len(), 6, "{table}");
        all
    }

    pub(crate) fn named(os: &str, architecture: &str) -> Self {
        Self { os: os.into(), architecture: architecture.into() }
    }

    fn is_windows(&self) -> bool {
        self.os == "windows"
    }

    /// The file's name in a folder of archives.
    pub(crate) fn archive(&self) -> String {
        format!("kubectl-lbprobe-{}-{}.{}", self.os, self.architecture, if self.is_windows() { "zip" } else { "tar.gz" })
    }

    /// The name of the file that says what the program consists of.
    fn bill_of_materials(&self) -> String {
        format!("kubectl-lbprobe-{}-{}.cdx.json", self.os, self.architecture)
    }

    /// The program's name.
    pub(crate) fn program(&self) -> &'static str {
        if self.is_windows() { "kubectl-lbprobe.exe" } else { "kubectl-lbprobe" }
    }

    /// Unpacks the archive into a folder of its own.
    pub(crate) fn unpacked(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let archive = dist().join(self.archive());
        run(&mut if self.is_windows() {
            let mut unzip = Command::new("unzip");
            unzip.arg("-q").arg(archive).arg("-d").arg(folder.path());
            unzip
        } else {
            let mut tar = Command::new("tar");
            tar.arg("--extract").arg("--file").arg(archive).arg("--directory").arg(folder.path());
            tar
        });
        folder
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// What a command prints; it has to succeed.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|cause| panic!("{command:?}: {cause}"));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

#[test]
fn each_has_its_program_its_license_and_no_path_of_the_machine_that_built_it() {
    for platform in Platform::all() {
        let folder = platform.unpacked();
        assert!(folder.path().join("LICENSE").is_file(), "{platform:?}");
        assert_eq!(folder.path().join("man/kubectl-lbprobe-run.1").is_file(), !platform.is_windows(), "{platform:?}");
        let program = fs::read(folder.path().join(platform.program())).unwrap();
        for path in [root().display().to_string(), std::env::var("HOME").unwrap() + "/.cargo"] {
            let is_there = program.windows(path.len()).any(|bytes| bytes == path.as_bytes());
            assert!(!is_there, "{platform:?} tells {path}");
        }
        let bytes = u64::try_from(program.len()).unwrap();
        println!("{}/{}: {bytes} bytes", platform.os, platform.architecture);
        assert!(bytes <= MOST_BYTES, "{platform:?} has {bytes} bytes");
    }
}

#[test]
fn another_build_in_another_folder_gives_the_same_bytes() {
    let again = PathBuf::from(std::env::var_os("LBPROBE_DIST_AGAIN").expect("make test-dist builds a second time"));
    // The checksums are those of all archives and bills of materials.
    for file in Platform::all().iter().map(Platform::archive).chain(["lbprobe.yaml", "checksums.txt", "probe.digest"].map(str::to_owned)) {
        let [first, second] = [dist(), again.clone()].map(|folder| fs::read(folder.join(&file)).unwrap());
        assert!(first == second, "{file} differs");
    }
}

#[test]
fn the_checksums_are_those_of_the_archives() {
    let listed = run(Command::new("sha256sum").args(["--check", "--strict", "checksums.txt"]).current_dir(dist()));
    for platform in Platform::all() {
        assert!(listed.contains(&format!("{}: OK", platform.archive())), "{listed}");
    }
}

/// The bill of materials of a file, and the names of what it lists.
fn bill(file: &str) -> (Value, BTreeSet<String>) {
    let text = fs::read_to_string(dist().join(file)).unwrap();
    for path in [root().display().to_string(), std::env::var("HOME").unwrap() + "/.cargo"] {
        assert!(!text.contains(&path), "{file} tells {path}");
    }
    let bill: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&json!("CycloneDX"), &json!("1.5")), "{file}");
    let listed = bill["components"].as_array().unwrap().iter().map(|component| component["name"].as_str().unwrap().to_owned()).collect();
    (bill, listed)
}

#[test]
fn each_has_a_bill_of_its_own_materials() {
    for platform in Platform::all() {
        let file = platform.bill_of_materials();
        let (bill, listed) = bill(&file);
        let program = &bill["metadata"]["component"];
        assert_eq!((&program["name"], &program["version"]), (&json!("kubectl-lbprobe"), &json!(env!("CARGO_PKG_VERSION"))), "{file}");
        assert!(["kube", "rustls", "lbprobe-probe"].iter().all(|name| listed.contains(*name)), "{file}: {listed:?}");
        assert_eq!(listed.contains("hickory-resolver"), platform.os == "linux", "{file}");
        assert_eq!(listed.contains("security-framework"), platform.os == "darwin", "{file}");
        assert!(!listed.contains("insta"), "{file} lists what is for tests only");
    }
    for architecture in ["amd64", "arm64"] {
        let (_, probe) = bill(&format!("kubectl-lbprobe-probe-{architecture}.cdx.json"));
        assert!(probe.contains("hyper") && !probe.contains("kube"), "{probe:?}");
        let (carried, _) = bill(&format!("kubectl-lbprobe-loader-{architecture}.cdx.json"));
        assert_eq!(carried["metadata"]["component"]["name"], "lbprobe-loader");
    }
}
