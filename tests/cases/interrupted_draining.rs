//! kube-proxy of a node in mode ipvs is upgraded from 1.23 to 1.24 while it removes a server: what it had begun
//! is forgotten, and the endpoint comes back without weight (kubernetes#108319). From 1.26 on kube-proxy sets it right.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::options::ProxyRelease;

use super::scenario::Subject;
use crate::harness::{deploy_gateway, ipvs_lab, put_back, upgrade_amid_draining};
use crate::held_connection::OpenConnection;

#[test]
fn servers_come_back_without_weight() {
    let lab = ipvs_lab();
    deploy_gateway(&lab, GatewayKind::Istio, &["node1"], "Cluster", Owner::Nobody);
    let subject = Subject::gateway(&lab);
    // Its server is drained when the policy takes it away, for as long as this is open: the kernel would forget a
    // connection that has ended after two minutes, which a slow machine needs for an upgrade.
    let open = OpenConnection::of_host(&lab, "node2", &subject.address());
    deploy_gateway(&lab, GatewayKind::Istio, &["node1"], "Local", Owner::Nobody);
    upgrade_amid_draining(&lab, "node2", ProxyRelease::V1_24);
    let left = subject.diagnose_unexpected();
    upgrade_amid_draining(&lab, "node2", ProxyRelease::V1_33);
    let mended = subject.diagnose();
    drop(open);
    put_back(&lab, "node2", ProxyRelease::V1_23);
    left.first_cause_of_all(CauseKind::DrainedServers, Confidence::Confirmed).shows(&[
        "node2 no pod 80: refused, expected ok",
        "ready endpoints with weight 0",
        "kube-proxy on node2 is older than 1.26, which sets weights right when it starts",
        "upgrade kube-proxy to 1.26 or later there",
    ]);
    mended
        .first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed)
        .shows(&["node2 and node3 no pod ok ok ok host timed out ok ok"]);
}
