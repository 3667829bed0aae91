//! Modes iptables and nftables, clusterCIDR matching and not, then policy Cluster.

use lbprobe_lab::ProxyMode;
use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;

use crate::harness::{OTHER_CIDR, deploy, deploy_gateway, faulty_lab, kubectl, lbprobe, nothing_left, run_gateway, settle, slot, start};

const CAUSE: &str = "externalTrafficPolicy is Local, and the failing nodes have no endpoint of their own";

/// The row of the nodes without endpoint: silence at the load balancer, from pods only.
const FAILING_ROW: &str = "node2 and node3 no pod timed out ok ok host ok ok ok";

fn fault_then_fixed(lab: &lbprobe_lab::Lab) {
    let curl = lab.run_at(Vantage::Client, &["curl", "-sS", "--max-time", "5", "http://198.51.100.1/"]).unwrap();
    let answer = String::from_utf8_lossy(&curl.stdout).into_owned();
    assert!(
        answer.contains("istio-ingressgateway") && answer.contains("203.0.113.9"),
        "the outside client reaches it with its own address: {answer}"
    );
    run_gateway(lab, &[]).expect(3, &[FAILING_ROW, CAUSE, "(confirmed)", "node1 yes pod ok ok ok host ok ok ok"]);
    let patch = r#"{"spec":{"externalTrafficPolicy":"Cluster"}}"#;
    kubectl(lab, &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "-p", patch]);
    settle(lab);
    run_gateway(lab, &[]).expect(0, &["HEALTHY: all 36 checks from 6 vantages answered"]);
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
