//! The krew manifest and archive: valid by krew's validator, installed by a real krew, run by a
//! real kubectl.

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use lbprobe_lab::Lab;
use lbprobe_lab::artifacts::{Artifacts, PROBE_IMAGE};
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::options::ProxyMode;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use crate::harness::{OTHER_CIDR, deploy_gateway, root, start};

/// containerd's, of every node.
const SOCKETS: &str = "/run/lab/node*/containerd.sock";

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

/// Takes the probe's image off every node, as on a cluster that can reach no registry.
fn take_the_image_away(lab: &Lab) {
    let script = format!(
        "for socket in {SOCKETS}; do ctr --address $socket --namespace k8s.io images rm --sync docker.io/{PROBE_IMAGE} {PROBE_IMAGE}; done"
    );
    lab.run(&["sh", "-c", &script]).unwrap();
    let left = lab.run(&["sh", "-c", &format!("for socket in {SOCKETS}; do ctr --address $socket --namespace k8s.io images ls -q; done")]);
    let left = String::from_utf8(left.unwrap().stdout).unwrap();
    assert!(left.lines().count() > 2 && !left.contains(PROBE_IMAGE), "{left}");
}

/// What a new user does, with kubectl, krew and a kubeconfig on one machine, and nodes that reach no registry.
#[test]
fn from_the_archive_to_a_verdict_without_a_registry() {
    let lab = start("first-minute", ProxyMode::Iptables, OTHER_CIDR);
    deploy_gateway(&lab, GatewayKind::Istio, &["node1"], "Local", Owner::Nobody);
    take_the_image_away(&lab);
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
    let begun = Instant::now();
    run(in_lab(&krew.join("krew"))
        .arg("install")
        .arg(format!("--manifest={}", manifest.display()))
        .arg(format!("--archive={}", archive.display())));
    let installed = begun.elapsed();
    let listed = run(in_lab("kubectl".as_ref()).args(["plugin", "list"]));
    assert!(listed.contains("/run/lab/krew/bin/kubectl-lbprobe") && !listed.contains("/run/lab/bin/kubectl-lbprobe"), "{listed}");
    let overview = in_lab("kubectl".as_ref()).arg("lbprobe").output().unwrap();
    let shown = String::from_utf8_lossy(&overview.stdout).into_owned();
    assert!(shown.contains("kubectl lbprobe run istio-ingressgateway -n istio-system"), "{overview:?}");
    let output =
        in_lab("kubectl".as_ref()).args(["lbprobe", "run", "istio-ingressgateway", "-n", "istio-system", "--explain"]).output().unwrap();
    let all = begun.elapsed();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("(confirmed)") && told.contains("the probe came in ConfigMaps"), "{output:?}");
    // Everybody sees it: the output of a test that passes is not shown.
    let _ = writeln!(
        std::io::stderr(),
        "from the archive to a verdict: {:.1} s, of which krew's installation took {:.1} s",
        all.as_secs_f64(),
        installed.as_secs_f64()
    );
    assert!(all < stretched(Duration::from_mins(1)), "{all:?}");
}
