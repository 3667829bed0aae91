//! A node whose kubelet is stopped: first while the cluster believes it alive, then
//! when its silence shows, then when the node is NotReady.

use std::time::Duration;

use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::{Lab, ProxyMode};

use crate::harness::{deploy, eventually, kubectl, run_gateway, seconds, slot, start};

/// Seconds since a node's kubelet has renewed its lease.
fn lease_age(lab: &Lab, node: &str) -> u64 {
    let renewed = format!("$(kubectl get lease {node} -n kube-node-lease -o jsonpath={{.spec.renewTime}})");
    let output = lab.run(&["sh", "-c", &format!("echo $(($(date +%s) - $(date -d {renewed} +%s)))")]).unwrap();
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
}

#[test]
fn a_stopped_kubelet_is_never_healthy_and_is_named() {
    let _slot = slot();
    let lab = start("kubelet", ProxyMode::Nftables, POD_RANGE);
    deploy(&lab, &["node1"], "Local");
    // The cluster's DNS would go with its node.
    let dns = kubectl(&lab, &["get", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "-o", "jsonpath={.items[*].spec.nodeName}"]);
    let node = if dns.contains("node3") { "node2" } else { "node3" };
    lab.run(&["sh", "-c", &format!("kill -9 $(cat /run/lab/{node}-kubelet.pid)")]).unwrap();
    // The other nodes have to start theirs in that time.
    let limit = seconds(6);
    let late = format!("{node} (pod and host): kubelet did not start the pod within {} s", limit.trim_end_matches('s'));
    run_gateway(&lab, &["--start-timeout", &limit]).expect(4, &["INCONCLUSIVE", &late, &format!("hint: kubectl describe node {node}")]);
    // From 25 s on a kubelet counts as silent; with 50 s its node is not Ready.
    eventually("kubelet's lease is old", Duration::from_secs(40), || lease_age(&lab, node) > 25);
    // On a machine with much to do the node may be NotReady by now: then the run leaves it out.
    let silent = run_gateway(&lab, &[]);
    let is_left_out = silent.stdout.contains("is not Ready");
    let said = if is_left_out { "Open questions" } else { "kubelet has not picked up the pod; its last sign of life was" };
    silent.expect(4, &[said]).within(Duration::from_secs(12));
    eventually("it is NotReady", Duration::from_mins(1), || kubectl(&lab, &["get", "node", node]).contains("NotReady"));
    let left_out = format!("{node}: not Ready: Kubelet stopped posting node status");
    // What was measured is well, and nobody may say that all is.
    let not_ready = format!("{node} is not Ready: what kube-proxy has written there is not known");
    let headline = format!("INCONCLUSIVE: nothing failed, but a question is open: {not_ready}");
    run_gateway(&lab, &[]).expect(4, &[&headline, "Open questions", "Left out", &left_out]);
}
