//! No endpoint, and an endpoint on every node.

use crate::harness::{lab_with_gateway, run_gateway};

#[test]
fn a_gateway_scaled_to_zero_has_no_endpoints() {
    let lab = lab_with_gateway(&[], "Local");
    let ran = run_gateway(&lab, &[]);
    ran.expect(3, &["the Service has no ready endpoint", "(confirmed)"]);
    assert!(!ran.stdout.contains("externalTrafficPolicy is Local"), "the policy is not blamed: {}", ran.stdout);
}

#[test]
fn a_gateway_on_every_node_is_healthy() {
    let lab = lab_with_gateway(&["node1", "node2", "node3"], "Local");
    run_gateway(&lab, &[]).expect(0, &["HEALTHY", "node1, node2 and node3 yes pod ok ok ok"]);
}
