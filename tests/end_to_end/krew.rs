//! The krew manifest and archive: valid by krew's validator, installed by a real krew, run by a
//! real kubectl.

use std::process::Command;

use lbprobe_lab::artifacts::Artifacts;
use lbprobe_lab::outside::lab::Vantage;

use crate::harness::{faulty_lab, root};

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

#[test]
fn krew_installs_the_archive_and_kubectl_runs_it() {
    let lab = faulty_lab();
    let krew = Artifacts::locate().unwrap().krew;
    let manifest = root().join("target/lab/dist/lbprobe.yaml").canonicalize().expect("make test-archive has made the manifest");
    let archive =
        root().join("target/lab/dist/kubectl-lbprobe-linux-amd64.tar.gz").canonicalize().expect("make test-archive has made the archive");
    let packed = run(Command::new("tar").arg("--list").arg("--file").arg(&archive));
    for file in ["LICENSE", "man/kubectl-lbprobe.1", "man/kubectl-lbprobe-run.1", "kubectl-lbprobe"] {
        assert!(packed.lines().any(|line| line == file), "{file} is missing in {packed}");
    }
    run(Command::new(krew.join("validate-krew-manifest")).args(["-skip-install", "-manifest"]).arg(&manifest));
    // In the lab, so that everything krew writes is gone with it.
    let home = "/run/lab/krew";
    let in_lab = |program: &std::path::Path| {
        let mut command = lab.command(Vantage::Control, "env");
        command.arg(format!("KREW_ROOT={home}")).arg(format!("PATH={home}/bin:/run/lab/bin-of-kubectl:/usr/bin:/bin")).arg(program);
        command
    };
    run(lab
        .command(Vantage::Control, "sh")
        .args(["-c", "mkdir -p /run/lab/bin-of-kubectl && ln -sf $(readlink /run/lab/bin/kubectl) /run/lab/bin-of-kubectl/kubectl"]));
    run(in_lab(&krew.join("krew"))
        .arg("install")
        .arg(format!("--manifest={}", manifest.display()))
        .arg(format!("--archive={}", archive.display())));
    let listed = run(in_lab("kubectl".as_ref()).args(["plugin", "list"]));
    assert!(listed.contains("/run/lab/krew/bin/kubectl-lbprobe") && !listed.contains("/run/lab/bin/kubectl-lbprobe"), "{listed}");
    let output = in_lab("kubectl".as_ref()).args(["lbprobe", "run", "istio-ingressgateway", "-n", "istio-system"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("(confirmed)"));
}
