//! ipvs from 1.24 on, a host without endpoint: it falls back to endpoints of other nodes, but the load
//! balancer's address sits on kube-ipvs0 and is taken as the source, so that the answer never comes back.
//! The second shot, bound to the node's own address, proves it.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;

use super::scenario::{Subject, curl};
use crate::harness::{deploy_gateway, ipvs_lab, run_gateway};

#[test]
fn a_host_dials_from_the_load_balancers_own_address() {
    let lab = ipvs_lab();
    deploy_gateway(&lab, GatewayKind::Istio, &["node1"], "Local", Owner::Nobody);
    let subject = Subject::gateway(&lab);
    let address = subject.address();
    let held = lab.run_at(Vantage::Node("node3"), &["ip", "-brief", "address", "show", "kube-ipvs0"]).unwrap();
    assert!(String::from_utf8_lossy(&held.stdout).contains(&address), "{held:?}");
    let fault = subject.diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "node2 no pod refused ok ok host refused ok ok node3 no pod ok ok ok host timed out ok ok",
        "the hosts on node3 connect when they dial from the node's own address: by default the kernel picks the load balancer's address as source, which ipvs holds on the node",
    ]);
    // The kernel's own word: the answer is awaited at the load balancer's address.
    run_gateway(&lab, &["--node", "node3", "--evidence", "kernel", "--yes"]).expect(
        3,
        &[
            &format!("node3 (host), {address}:"),
            &format!(":80 → {address}:"),
            "(DNAT); no reply seen ipvs: to 10.244.",
            "SYN_RECV",
            "iptables-legacy has tables here, and their rules are not traced",
        ],
    );
    // The same by hand.
    let url = format!("http://{address}/");
    assert_eq!(curl(&lab, Vantage::Node("node3"), &[&url]), None);
    let bound = curl(&lab, Vantage::Node("node3"), &["--interface", "198.18.0.13", &url]);
    assert!(bound.is_some_and(|answer| answer.ends_with(" 198.18.0.13")));
    subject.fix(fault.fix("set externalTrafficPolicy to Cluster")).is_healthy();
}
