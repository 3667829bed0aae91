//! How long `explain -f` takes on a list as kubectl prints it, of 3 and of 5,000 nodes, and `rehearse -f` on one of 5,000 nodes and 2,000
//! Services.
//!
//! Whole processes of the program that is released. The reference is sha256sum on the same file:
//! what it takes to read every byte once. The machine is shared: read the medians and the ratios.
//! Nothing here passes or fails.
#![allow(clippy::print_stdout, reason = "a bench prints")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const ROUNDS: usize = 9;

fn main() {
    let folder = tempfile::tempdir().expect("a folder is free");
    let plugin = plugin();
    for (nodes, goal) in [(3, Duration::from_millis(30)), (5000, Duration::from_millis(300))] {
        let file = folder.path().join(format!("{nodes}.json"));
        fs::write(&file, list(nodes, 1).to_string()).expect("the list is written");
        compare(&format!("explain of {nodes} nodes"), Command::new(&plugin).args(["explain", "gateway0", "-f"]).arg(&file), &file, goal);
    }
    let file = folder.path().join("services.json");
    fs::write(&file, list(5000, 2000).to_string()).expect("the list is written");
    let rehearse = ["rehearse", "--to", "mode=nftables", "-o", "json", "-f"];
    let what = "rehearse with 5000 nodes and 2000 Services";
    compare(what, Command::new(&plugin).args(rehearse).arg(&file), &file, Duration::from_secs(2));
}

/// Medians of a command and of the reference, on the same file.
fn compare(what: &str, command: &mut Command, file: &Path, goal: Duration) {
    let bytes = fs::metadata(file).map_or(0, |file| file.len());
    let (mut commands, mut sums) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        commands.push(time(command));
        sums.push(time(Command::new("sha256sum").arg(file)));
    }
    let (took, sum) = (median(commands), median(sums));
    println!(
        "{what}, {:.1} MB of JSON: {:.0} ms (goal {} ms); sha256sum {:.0} ms: {:.1} times",
        megabytes(bytes),
        milliseconds(took),
        goal.as_millis(),
        milliseconds(sum),
        took.as_secs_f64() / sum.as_secs_f64()
    );
}

/// The program as `make release` leaves it.
fn plugin() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/x86_64-unknown-linux-musl/release/kubectl-lbprobe");
    assert!(built.exists(), "make release makes {}", built.display());
    built
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status().expect("the program starts");
    assert!(status.code().is_some(), "the program ends by itself");
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a size for the eye")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Services with policy Local, each with its endpoint, kube-proxy's configuration, and nodes of some 4 kB
/// each, most of it images and conditions, as in real clusters.
fn list(nodes: u32, services: u32) -> Value {
    let service = |number: u32| {
        json!({
            "kind": "Service",
            "metadata": { "namespace": "shop", "name": format!("gateway{number}") },
            "spec": { "type": "LoadBalancer", "externalTrafficPolicy": "Local", "clusterIP": "10.96.0.7", "ports": [{ "port": 80 }, { "port": 443 }] },
            "status": { "loadBalancer": { "ingress": [{ "ip": format!("203.0.{}.{}", number / 250, number % 250 + 1) }] } },
        })
    };
    let slice = |number: u32| {
        let service = format!("gateway{number}");
        json!({
            "kind": "EndpointSlice",
            "metadata": { "namespace": "shop", "name": format!("{service}-x"), "labels": { "kubernetes.io/service-name": service } },
            "addressType": "IPv4",
            "endpoints": [{ "addresses": ["10.0.0.2"], "nodeName": format!("node{}", number % nodes), "conditions": { "ready": true } }],
        })
    };
    let config = json!({
        "kind": "ConfigMap",
        "metadata": { "namespace": "kube-system", "name": "kube-proxy" },
        "data": { "config.conf": "mode: iptables\nclusterCIDR: 192.168.0.0/16\n" },
    });
    let each = (0..services).flat_map(|number| [service(number), slice(number)]);
    let items: Vec<_> = each.chain([config]).chain((0..nodes).map(node)).collect();
    json!({ "apiVersion": "v1", "kind": "List", "items": items })
}

fn node(number: u32) -> Value {
    let condition = |kind: &str| json!({ "type": kind, "status": if kind == "Ready" { "True" } else { "False" }, "message": "kubelet is posting ready status" });
    let image = |place: u32| json!({ "names": [format!("example.com/image-{place}@sha256:{:064}", place), format!("example.com/image-{place}:v1")], "sizeBytes": 1000 });
    let conditions = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map(condition);
    let images: Vec<_> = (0..20).map(image).collect();
    json!({
        "kind": "Node",
        "metadata": { "name": format!("node{number}"), "labels": { "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": "a" } },
        "spec": { "podCIDRs": [format!("10.{}.{}.0/24", number / 256, number % 256)] },
        "status": {
            "addresses": [{ "type": "InternalIP", "address": format!("172.16.{}.{}", number / 256, number % 256) }],
            "conditions": conditions,
            "nodeInfo": { "kubeletVersion": "v1.34.1" },
            "images": images,
        },
    })
}
