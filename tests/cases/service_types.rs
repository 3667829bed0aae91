//! Services without a load balancer: clients dial node ports, or external IPs.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::Lab;

use super::scenario::Subject;
use crate::harness::{fresh_faulty_lab, kubectl, lbprobe, settle};

fn patch(lab: &Lab, patch: &str) {
    kubectl(lab, &["patch", "service", "istio-ingressgateway", "-n", "istio-system", "--type", "merge", "-p", patch]);
    settle(lab);
}

/// kube-proxy in iptables mode, which does not count pods as local.
#[test]
fn node_ports_of_nodes_without_an_endpoint_fail_and_are_fixed() {
    let lab = fresh_faulty_lab();
    patch(&lab, r#"{"spec":{"type":"NodePort"}}"#);
    let subject = Subject::gateway(&lab);
    let expected = lbprobe(&lab, &["explain", "istio-ingressgateway", "-n", "istio-system"]);
    expected.expect(3, &["type NodePort", "WILL FAIL", "OWN"]);
    let fault = subject.diagnose();
    assert_eq!(fault.code, 3, "{}", fault.text);
    fault.first_cause(CauseKind::NodePortWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "Service istio-system/istio-ingressgateway, type NodePort, externalTrafficPolicy Local, 1 ready endpoint on node1",
        "node1 yes pod ok ok ok ok timed out host ok ok ok ok timed out",
        "their node ports do not answer",
    ]);
    subject.fix(fault.fix("set externalTrafficPolicy to Cluster")).is_healthy();
}

/// The external policy holds at external IPs too (kubernetes 1.29 admits it for type ClusterIP).
#[test]
fn external_ips_alone_are_probed_like_a_load_balancers_address() {
    let lab = fresh_faulty_lab();
    patch(&lab, r#"{"spec":{"type":"ClusterIP","externalIPs":["198.51.100.77"],"externalTrafficPolicy":"Local"}}"#);
    let subject = Subject::gateway(&lab);
    lbprobe(&lab, &["explain", "istio-ingressgateway", "-n", "istio-system"]).expect(3, &["externalIPs 198.51.100.77", "WILL FAIL"]);
    let fault = subject.diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "Service istio-system/istio-ingressgateway, externalIPs 198.51.100.77",
        "node1 yes pod ok ok ok host ok ok ok",
        "node2 and node3 no pod timed out ok ok host ok ok ok",
    ]);
    subject.fix(fault.fix("set externalTrafficPolicy to Cluster")).is_healthy();
}
