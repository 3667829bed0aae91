//! Must-show 5: a node whose kubelet is stopped: first while the cluster believes it alive, then
//! when its silence shows, then when the node is NotReady.

use std::time::Duration;

use lbprobe_lab::ProxyMode;
use lbprobe_lab::addresses::POD_RANGE;

use crate::harness::{deploy, eventually, kubectl, run_gateway, start, turn};

#[test]
fn a_stopped_kubelet_is_never_healthy_and_is_named() {
    let _turn = turn();
    let lab = start("kubelet", ProxyMode::Nftables, POD_RANGE);
    deploy(&lab, &["node1"], "Local");
    // The cluster's DNS would go with its node.
    let dns = kubectl(&lab, &["get", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "-o", "jsonpath={.items[*].spec.nodeName}"]);
    let node = if dns.contains("node3") { "node2" } else { "node3" };
    lab.run(&["sh", "-c", &format!("kill -9 $(cat /run/lab/{node}-kubelet.pid)")]).unwrap();
    let late = format!("{node} (pod) and {node} (host): kubelet did not start the pod within 6 s");
    run_gateway(&lab, &["--start-timeout", "6s"]).expect(4, &["INCONCLUSIVE", &late, &format!("hint: kubectl describe node {node}")]);
    std::thread::sleep(Duration::from_secs(22));
    let ran = run_gateway(&lab, &[]);
    ran.expect(4, &["kubelet does not take the pod up, and its last sign of life was"]);
    assert!(ran.took < Duration::from_secs(12), "{:?}", ran.took);
    eventually("it is NotReady", Duration::from_mins(1), || kubectl(&lab, &["get", "node", node]).contains("NotReady"));
    let left_out = format!("{node}: is not Ready: Kubelet stopped posting node status");
    run_gateway(&lab, &[]).expect(0, &["HEALTHY: all 24 checks", "Left out", &left_out]);
}
