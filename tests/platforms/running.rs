//! The programs for other machines, run under emulation against a lab's real cluster: what fails there, and Ctrl-C.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use lbprobe_lab::Lab;
use lbprobe_lab::artifacts::PROBE_IMAGE;
use lbprobe_lab::gateway::{Gateway, GatewayKind, Owner};
use lbprobe_lab::options::LabOptions;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::patience::stretched;

use crate::archives::{Platform, dist, root, run};

const OBJECTS: [&str; 2] = ["get", "pods,jobs,configmaps"];

/// A cluster whose pods on node2 and node3 cannot reach the gateway.
fn lab_with_a_fault(name: &str) -> Lab {
    let program = Path::new(env!("CARGO_BIN_EXE_lab"));
    let options =
        LabOptions { name: format!("{name}-{}", std::process::id()), cluster_cidr: "10.99.0.0/16".into(), ..LabOptions::default() };
    let lab = Lab::start(program, &options, |_| {}).unwrap();
    Gateway { kind: GatewayKind::Istio, on: vec!["node1".into()], policy: "Local".into(), owner: Owner::Nobody }
        .deploy(&lab, program)
        .unwrap();
    lab
}

/// Runs the program as a person would: predict, measure, and watch until Ctrl-C. Its processes begin with this.
fn tells_the_fault(lab: &Lab, program: impl Fn() -> Command, process: &str) {
    let service = ["istio-ingressgateway", "-n", "istio-system"];
    let predicted = program().arg("explain").args(service).output().unwrap();
    assert_eq!(predicted.status.code(), Some(3), "{predicted:?}");
    let begun = Instant::now();
    let measured = program().arg("run").args(service).output().unwrap();
    println!("a run took {:.1} s", begun.elapsed().as_secs_f64());
    let told = String::from_utf8_lossy(&measured.stdout).into_owned();
    assert_eq!(measured.status.code(), Some(3), "{measured:?}");
    assert!(told.contains("(confirmed)") && told.contains("externalTrafficPolicy"), "{told}");
    assert_eq!(left(lab), "", "nothing stays behind");
    let watch = program().arg("watch").args(service).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until_begun(lab);
    // As long as probes take to start, and some samples.
    sleep(stretched(Duration::from_secs(8)));
    run(Command::new("pkill").args(["-INT", "-f", &format!("^{process} watch")]));
    let ended = watch.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
    assert!(String::from_utf8_lossy(&ended.stdout).contains("OUTAGES"), "{ended:?}");
    assert_eq!(left(lab), "", "nothing stays behind");
}

/// What of a run is in the cluster.
fn left(lab: &Lab) -> String {
    let command = [&["kubectl"][..], &OBJECTS, &["-A", "-l", "app.kubernetes.io/name=lbprobe", "-o", "name"]].concat();
    String::from_utf8(lab.run(&command).unwrap().stdout).unwrap()
}

/// Waits until something of a run is in the cluster.
fn wait_until_begun(lab: &Lab) {
    let begun = Instant::now();
    while left(lab).is_empty() {
        assert!(begun.elapsed() < stretched(Duration::from_mins(1)), "the run does not begin");
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_probes_image_has_both_architectures_and_starts_on_nodes() {
    let lab = lab_with_a_fault("image");
    let digest = std::fs::read_to_string(dist().join("probe.digest")).unwrap();
    for node in lab.nodes() {
        let images = |words: &[&str]| {
            let socket = format!("/run/lab/{node}/containerd.sock");
            let ctr = ["ctr", "--address", &socket, "--namespace", "k8s.io", "images"];
            String::from_utf8(lab.run(&[&ctr, words].concat()).unwrap().stdout).unwrap()
        };
        let reference = format!("docker.io/{PROBE_IMAGE}");
        images(&["rm", "--sync", &reference]);
        images(&["import", &dist().join("lbprobe-probe.tar").display().to_string()]);
        let listed = images(&["ls", &format!("name=={reference}")]);
        for part in [&digest, "linux/amd64", "linux/arm64"] {
            assert!(listed.contains(part), "{part} is missing in {listed}");
        }
    }
    let ran = lab.run(&["kubectl", "lbprobe", "run", "istio-ingressgateway", "-n", "istio-system", "--delivery", "image"]).unwrap();
    assert_eq!(ran.status.code(), Some(3), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stdout).contains("(confirmed)"), "{ran:?}");
}

#[test]
fn linux_on_arm64_under_qemu() {
    let lab = lab_with_a_fault("arm64");
    let unpacked = Platform::named("linux", "arm64").unpacked();
    let path = unpacked.path().join("kubectl-lbprobe");
    let program = || {
        let mut command = lab.command(Vantage::Control, "qemu-aarch64-static");
        command.arg(&path);
        command
    };
    tells_the_fault(&lab, program, &format!("qemu-aarch64-static {}", path.display()));
}

#[test]
fn windows_on_amd64_under_wine() {
    let lab = lab_with_a_fault("wine");
    let unpacked = Platform::named("windows", "amd64").unpacked();
    let home = tempfile::tempdir().unwrap();
    let path = unpacked.path().join("kubectl-lbprobe.exe");
    add_random_bytes(unpacked.path());
    let program = || {
        let mut command = lab.command(Vantage::Control, "env");
        // Wine shows the files of this machine as drive Z.
        command
            .arg(format!("HOME={}", home.path().display()))
            .args(["WINEDEBUG=-all", "KUBECONFIG=Z:\\run\\lab\\pki\\admin.kubeconfig"])
            .arg(wine())
            .arg(&path);
        command
    };
    tells_the_fault(&lab, program, &path.display().to_string());
}

/// Debian's releases have it in different places.
fn wine() -> &'static str {
    let places = ["/usr/bin/wine64", "/usr/lib/wine/wine64", "/usr/bin/wine"];
    places.into_iter().find(|place| Path::new(place).exists()).expect("packaging/setup installs it")
}

/// Wine before 9 lacks a library from which Rust's standard library takes random bytes: this one is beside the program.
fn add_random_bytes(folder: &Path) {
    run(Command::new(root().join("target/packaging-tools/bin/python3"))
        .args(["-m", "ziglang", "cc", "-target", "x86_64-windows-gnu", "-shared", "-ladvapi32", "-o"])
        .arg(folder.join("bcryptprimitives.dll"))
        .arg(root().join("tests/platforms/bcryptprimitives.c")));
}
