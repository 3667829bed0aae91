//! The load balancer's address and the node ports, on nodes with and without endpoint, from inside and
//! outside, under ipvs before and from 1.24, Local and Cluster: what is answered, and with which source
//! address.

use std::fmt::Write as _;

use lbprobe_analysis::plan::Network;
use lbprobe_lab::Lab;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;

use super::play::{client, deploy_clients};
use crate::harness::{deploy_gateway, ipvs_lab, kubectl};

/// node2 runs 1.23, node3 1.34, both ipvs; node1 runs iptables and takes pods for strangers.
/// Rows: from where; columns: the load balancer, node2's port, node3's port. An address is the source
/// that the gateway saw: `own` the caller's, `lb` the load balancer's, `node2` and so on a node's.
const LOCAL_ON_NODE2: &str = "
outside      own        own        timed out
node2 pod    own        own        timed out
node2 host   lb         own        timed out
node3 pod    own        own        own
node3 host   timed out  own        own
";
const LOCAL_ON_NODE3: &str = "
outside      own        refused    own
node2 pod    refused    refused    own
node2 host   refused    refused    own
node3 pod    own        refused    own
node3 host   lb         refused    own
";
/// The node that is dialled masquerades; towards a pod of its own it has the address of that link.
const CLUSTER_ON_NODE3: &str = "
outside      a node     node2      node3
node2 pod    node2      node2      node3
node2 host   own        own        node3
node3 pod    node3      node2      node3
node3 host   node3      node2      node3
";

/// A node, by its address in the cloud or by that of its link to a pod.
fn node(address: &str) -> Option<String> {
    let by_link = || address.strip_prefix("10.244.")?.strip_suffix(".1");
    address.strip_prefix("198.18.0.1").or_else(by_link).map(|number| format!("node{number}"))
}

/// One connection's end, in the words of the tables.
fn in_words(lab: &Lab, at: &str, url: &str, address: &str, is_direct: bool) -> String {
    // The client's own, a pod's by its answer, or a host's.
    let (answer, own) = if is_direct {
        (outside(lab, url), "203.0.113.9".to_owned())
    } else {
        let (node, network) = at.split_once(' ').unwrap();
        let network = if network == "pod" { Network::Pod } else { Network::Host };
        let client = client(lab, node, network);
        let own = client.trim_start_matches("http://").split(':').next().unwrap().to_owned();
        (inside(lab, &client, url), own)
    };
    match answer {
        Ok(source) if source == own => "own".into(),
        Ok(source) if source == address => "lb".into(),
        Ok(source) => node(&source).unwrap_or(source),
        Err(failure) => failure.into(),
    }
}

fn outside(lab: &Lab, url: &str) -> Result<String, &'static str> {
    let output = lab.run_at(Vantage::Client, &["curl", "--silent", "--max-time", "3", url]).unwrap();
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.code() {
        Some(0) => Ok(answer.split_whitespace().last().unwrap_or_default().to_owned()),
        Some(7) => Err("refused"),
        _ => Err("timed out"),
    }
}

fn inside(lab: &Lab, client: &str, url: &str) -> Result<String, &'static str> {
    let (host, port) = url.trim_start_matches("http://").trim_end_matches('/').split_once(':').unwrap();
    let dial = format!("{client}/dial?protocol=http&host={host}&port={port}&request=hostname&tries=1");
    let output = lab.run(&["curl", "--silent", "--max-time", "3", &dial]).unwrap();
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    let json: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
    match json["responses"][0].as_str() {
        Some(response) => Ok(response.split_whitespace().last().unwrap_or_default().to_owned()),
        None if answer.contains("connection refused") => Err("refused"),
        None => Err("timed out"),
    }
}

/// The whole table, all rows at a time: most of it is waiting.
fn seen(lab: &Lab) -> String {
    let get = |path: &str| kubectl(lab, &["get", "service", "istio-ingressgateway", "-n", "istio-system", "-o", path]);
    let address = get("jsonpath={.status.loadBalancer.ingress[0].ip}");
    let node_port = get("jsonpath={.spec.ports[0].nodePort}");
    let urls = [format!("http://{address}:80/"), format!("http://198.18.0.12:{node_port}/"), format!("http://198.18.0.13:{node_port}/")];
    let rows = ["outside", "node2 pod", "node2 host", "node3 pod", "node3 host"];
    let row = |at: &str| {
        let cells: Vec<_> = urls.iter().map(|url| in_words(lab, at, url, &address, at == "outside")).collect();
        format!("{at:<12} {:<10} {:<10} {}", cells[0], cells[1], cells[2])
    };
    let lines: Vec<String> = std::thread::scope(|scope| {
        let rows: Vec<_> = rows.map(|at| scope.spawn(move || row(at))).into_iter().collect();
        rows.into_iter().map(|row| row.join().expect("every row is dialled")).collect()
    });
    let mut text = String::from("\n");
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    text
}

#[track_caller]
fn check(lab: &Lab, on: &str, policy: &str, expected: &str) {
    deploy_gateway(lab, GatewayKind::Istio, &[on], policy, Owner::Nobody);
    let mut seen = seen(lab);
    if expected.contains("a node") {
        // Which one is the load balancer's turn.
        for node in ["node1 ", "node2 ", "node3 "] {
            seen = seen.replacen(&format!("outside      {node}    "), "outside      a node     ", 1);
        }
    }
    assert_eq!(
        seen.replace(' ', "").lines().collect::<Vec<_>>(),
        expected.replace(' ', "").lines().collect::<Vec<_>>(),
        "{policy} on {on}: {seen}"
    );
}

#[test]
fn what_is_answered_and_with_which_source_address() {
    let lab = ipvs_lab();
    deploy_clients(&lab);
    check(&lab, "node2", "Local", LOCAL_ON_NODE2);
    check(&lab, "node3", "Local", LOCAL_ON_NODE3);
    check(&lab, "node3", "Cluster", CLUSTER_ON_NODE3);
}
