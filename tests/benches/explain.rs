//! How long `explain -f` takes on a list as kubectl prints it, of 3 and of 5,000 nodes.
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
        fs::write(&file, list(nodes).to_string()).expect("the list is written");
        let bytes = fs::metadata(&file).map_or(0, |file| file.len());
        let (mut explains, mut sums) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            explains.push(time(Command::new(&plugin).args(["explain", "gateway", "-f"]).arg(&file)));
            sums.push(time(Command::new("sha256sum").arg(&file)));
        }
        let (explain, sum) = (median(explains), median(sums));
        println!(
            "explain of {nodes} nodes, {:.1} MB of JSON: {:.0} ms (goal {} ms); sha256sum {:.0} ms: {:.1} times",
            megabytes(bytes),
            milliseconds(explain),
            goal.as_millis(),
            milliseconds(sum),
            explain.as_secs_f64() / sum.as_secs_f64()
        );
    }
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

/// A Service with policy Local, its endpoint, kube-proxy's configuration, and nodes of some 4 kB
/// each, most of it images and conditions, as in real clusters.
fn list(nodes: u32) -> Value {
    let service = json!({
        "kind": "Service",
        "metadata": { "namespace": "shop", "name": "gateway" },
        "spec": { "type": "LoadBalancer", "externalTrafficPolicy": "Local", "clusterIP": "10.96.0.7", "ports": [{ "port": 80 }, { "port": 443 }] },
        "status": { "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }] } },
    });
    let slice = json!({
        "kind": "EndpointSlice",
        "metadata": { "namespace": "shop", "name": "gateway-x", "labels": { "kubernetes.io/service-name": "gateway" } },
        "addressType": "IPv4",
        "endpoints": [{ "addresses": ["10.0.0.2"], "nodeName": "node0", "conditions": { "ready": true } }],
    });
    let config = json!({
        "kind": "ConfigMap",
        "metadata": { "namespace": "kube-system", "name": "kube-proxy" },
        "data": { "config.conf": "mode: iptables\nclusterCIDR: 192.168.0.0/16\n" },
    });
    let items: Vec<_> = [service, slice, config].into_iter().chain((0..nodes).map(node)).collect();
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
