//! Pods of two ranges, as from two vSwitches: kube-proxy's clusterCIDR covers the first only. What fails is
//! not a matter of nodes without endpoint alone: of two such nodes the one with known pods works.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::LabOptions;
use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::options::PodNetwork;

use super::scenario::Subject;
use crate::harness::{deploy, slot, start_with};

#[test]
fn only_pods_of_the_second_range_are_strangers() {
    let _slot = slot();
    let options = LabOptions { pod_network: PodNetwork::TwoRanges, cluster_cidr: POD_RANGE.into(), ..LabOptions::default() };
    let lab = start_with("two-ranges", options);
    deploy(&lab, &["node1"], "Local");
    let subject = Subject::gateway(&lab);
    let fault = subject.diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "node2 no pod timed out ok ok host ok ok ok",
        "node3 no pod ok ok ok host ok ok ok",
        "kube-proxy does not count the pod as local (no clusterCIDR contains its address)",
    ]);
    subject.fix(fault.fix("set externalTrafficPolicy to Cluster")).is_healthy();
}
