//! Two families: the load balancer has an IPv6 address beside its IPv4 address, and both fail alike from nodes
//! without endpoint. A pod stands in a slice of each family and is one endpoint all the same.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::LabOptions;
use lbprobe_lab::addresses::{CLIENT, ipv6_of, load_balancer};
use lbprobe_lab::options::PodNetwork;
use lbprobe_lab::outside::lab::Vantage;

use super::scenario::{Subject, curl, source};
use crate::harness::{OTHER_CIDR, deploy, slot, start_with};

#[test]
fn both_addresses_fail_and_are_fixed_alike() {
    let _slot = slot();
    let options = LabOptions { pod_network: PodNetwork::DualStack, cluster_cidr: OTHER_CIDR.into(), ..LabOptions::default() };
    let lab = start_with("dual-stack", options);
    deploy(&lab, &["node1"], "Local");
    let from_outside = || curl(&lab, Vantage::Client, &[&format!("http://[{}]/", ipv6_of(load_balancer(1)))]);
    assert_eq!(source(from_outside().as_ref()), Some(ipv6_of(CLIENT).into()), "outside the source address is kept");
    let subject = Subject::gateway(&lab);
    let fault = subject.diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "1 ready endpoint on node1",
        "node2 and node3 no pod timed timed ok ok ok out out",
        "pods on node2 and node3 time out at 198.51.100.1:80, [fd00::c633:6401]:80",
    ]);
    subject.fix(fault.fix("set externalTrafficPolicy to Cluster")).is_healthy();
    assert!(source(from_outside().as_ref()).is_some_and(|seen| seen != ipv6_of(CLIENT)), "policy Cluster loses it");
}
