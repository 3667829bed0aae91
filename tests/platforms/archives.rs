//! What is in the archives, and whether a second build gave the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
