//! krew takes the manifest, and installs each archive where it stands for that platform's krew.

use std::path::Path;
use std::process::Command;

use lbprobe_lab::artifacts::Artifacts;

use crate::archives::{Platform, dist, run};

#[test]
fn krew_installs_the_archive_of_each_platform() {
    let krew = Artifacts::locate().unwrap().krew;
    let manifest = dist().join("lbprobe.yaml");
    run(Command::new(krew.join("validate-krew-manifest")).args(["-skip-install", "-manifest"]).arg(&manifest));
    for platform in Platform::all() {
        let home = tempfile::tempdir().unwrap();
        run(Command::new(krew.join("krew"))
            .envs([("KREW_OS", platform.os.as_str()), ("KREW_ARCH", platform.architecture.as_str())])
            .env("KREW_ROOT", home.path())
            .arg("install")
            .arg(format!("--manifest={}", manifest.display()))
            .arg(format!("--archive={}", dist().join(platform.archive()).display())));
        let store = home.path().join("store/lbprobe").join(concat!("v", env!("CARGO_PKG_VERSION")));
        assert!(store.join(platform.program()).is_file() && store.join("LICENSE").is_file(), "{platform:?}: {}", listed(home.path()));
    }
}

fn listed(folder: &Path) -> String {
    run(Command::new("find").arg(folder))
}
