//! kube-proxy of a node in mode ipvs is upgraded from 1.23 to 1.24: what was refused is answered for
//! pods, and becomes a timeout for hosts. In between, nodes differ, and the tool says why.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::options::ProxyRelease;

use super::scenario::Subject;
use crate::harness::{deploy_gateway, ipvs_lab, put_back, upgrade};

#[test]
fn refused_becomes_a_timeout_for_hosts_and_pods_heal() {
    let lab = ipvs_lab();
    deploy_gateway(&lab, GatewayKind::Istio, &["node1"], "Local", Owner::Nobody);
    let subject = Subject::gateway(&lab);
    let before = subject.diagnose();
    before.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "node2 no pod refused ok ok host refused ok ok",
        "kube-proxy's release differs between nodes: 1.23 on node2 and 1.34 on node1 and node3",
        "upgrade kube-proxy to 1.24 or later",
        "but: helps pods, not hosts: for hosts the refusal becomes a timeout",
    ]);
    let predicted = before.fix("upgrade kube-proxy to 1.24 or later").clone();
    upgrade(&lab, "node2", ProxyRelease::V1_24);
    let after = subject.diagnose();
    put_back(&lab, "node2", ProxyRelease::V1_23);
    after.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "node2 and node3 no pod ok ok ok host timed out ok ok",
        "kube-proxy's release differs between nodes: 1.24 on node2 and 1.34 on node1 and node3",
    ]);
    after.as_predicted(&predicted);
}
