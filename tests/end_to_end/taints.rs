//! Taints are tolerated as the node has them, and said; cordoned nodes are probed.

use crate::harness::{faulty_lab, kubectl, nothing_left, run_gateway};

#[test]
fn a_tainted_and_a_cordoned_node_are_probed_all_the_same() {
    let lab = faulty_lab();
    kubectl(&lab, &["taint", "node", "node3", "dedicated=gateway:NoExecute"]);
    kubectl(&lab, &["cordon", "node2"]);
    let tolerated = run_gateway(&lab, &[]);
    let refused = run_gateway(&lab, &["--tolerations", "none", "--vantage", "pod"]);
    kubectl(&lab, &["taint", "node", "node3", "dedicated-"]);
    kubectl(&lab, &["uncordon", "node2"]);
    tolerated
        .expect(3, &["node2 and node3 no pod timed out ok ok", "cordoned, probed anyway: node2", "node3 (dedicated=gateway:NoExecute)"]);
    // The taint's controller ends what does not tolerate it.
    refused.expect(3, &["Not measured", "node3 (pod): the pod"]);
    nothing_left(&lab);
}
