//! Modes iptables and nftables, clusterCIDR matching and not, then policy Cluster.

use lbprobe_lab::ProxyMode;
use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;

use crate::harness::{OTHER_CIDR, deploy, deploy_gateway, faulty_lab, kubectl, lbprobe, nothing_left, run_gateway, settle, slot, start};

const CAUSE: &str = "externalTrafficPolicy is Local, and the failing nodes have no endpoint of their own";

/// The row of the nodes without endpoint: silence at the load balancer, from pods only.
const FAILING_ROW: &str = "node2 and node3 no pod timed out ok ok host ok ok ok";

/// The gateway's answer ends with the address that it saw: the model knows it for every check, and clients outside keep theirs or lose it.
fn sources_are_as_predicted(lab: &lbprobe_lab::Lab, code: i32, seen_outside: &str) {
    let asked = ["--source-from", r"body:(\S+)\s*$", "--outside"];
    run_gateway(lab, &asked).expect(code, &["Source addresses that the servers saw", ", from outside"]);
    let report = run_gateway(lab, &[&asked[..], &["--dial-all", "-o", "json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    let (outside, inside): (Vec<_>, Vec<_>) =
        report["diagnosis"]["sources"].as_array().unwrap().iter().partition(|source| source["vantages"].is_null());
    assert!(outside.iter().all(|source| source["saw"] == seen_outside) && !outside.is_empty(), "{outside:#?}");
    let checks = |source: &&serde_json::Value| source["targets"].as_array().unwrap().len() * source["vantages"].as_array().unwrap().len();
    let (told, otherwise): (Vec<&serde_json::Value>, Vec<_>) = inside.into_iter().partition(|source| source["asPredicted"] == true);
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    assert!(told.iter().map(checks).sum::<usize>() >= 40, "{told:#?}");
}

fn fault_then_fixed(lab: &lbprobe_lab::Lab) {
    let curl = lab.run_at(Vantage::Client, &["curl", "-sS", "--max-time", "5", "http://198.51.100.1/"]).unwrap();
    let answer = String::from_utf8_lossy(&curl.stdout).into_owned();
    assert!(
        answer.contains("istio-ingressgateway") && answer.contains("203.0.113.9"),
        "the outside client reaches it with its own address: {answer}"
    );
    run_gateway(lab, &[]).expect(3, &[FAILING_ROW, CAUSE, "(confirmed)", "node1 yes pod ok ok ok host ok ok ok"]);
    sources_are_as_predicted(lab, 3, "client");
    let patch = r#"{"spec":{"externalTrafficPolicy":"Cluster"}}"#;
    kubectl(lab, &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "-p", patch]);
    settle(lab);
    run_gateway(lab, &[]).expect(0, &["HEALTHY: all 36 checks from 6 vantages answered"]);
    sources_are_as_predicted(lab, 0, "otherNode");
    run_gateway(lab, &["--source-from", "header:X-Real-IP"]).expect(4, &["INCONCLUSIVE", "their answers do not tell it"]);
    nothing_left(lab);
}

#[test]
fn iptables_with_a_cidr_that_does_not_match() {
    fault_then_fixed(&faulty_lab());
}

#[test]
fn nftables_with_a_cidr_that_does_not_match() {
    let _slot = slot();
    let lab = start("nft-other", ProxyMode::Nftables, OTHER_CIDR);
    deploy(&lab, &["node1"], "Local");
    run_gateway(&lab, &["--evidence", "kernel", "--yes"]).expect(
        3,
        &[
            "timed out dropped in service-endpoints-check (table ip kube-proxy), by its set or map @no-endpoint-services conntrack: no entry",
            "connected DNAT in endpoint-",
            "(DNAT and SNAT)",
        ],
    );
    fault_then_fixed(&lab);
}

#[test]
fn iptables_with_a_cidr_that_matches() {
    let _slot = slot();
    let lab = start("ipt-pods", ProxyMode::Iptables, POD_RANGE);
    deploy(&lab, &["node1"], "Local");
    run_gateway(&lab, &[]).expect(0, &["HEALTHY"]);
    // The document's other gateway, by its own name.
    deploy_gateway(&lab, GatewayKind::Nginx, &["node2"], "Local", Owner::Nobody);
    lbprobe(&lab, &["run", "svc/nginx-ingress-lb", "-n", "kube-system"]).expect(0, &["HEALTHY", "1 ready endpoint on node2"]);
}

#[test]
fn nftables_with_a_cidr_that_matches() {
    let _slot = slot();
    let lab = start("nft-pods", ProxyMode::Nftables, POD_RANGE);
    deploy(&lab, &["node1"], "Local");
    run_gateway(&lab, &[]).expect(0, &["HEALTHY"]);
}
