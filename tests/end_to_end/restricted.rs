//! A namespace that enforces PodSecurity's *restricted*.

use crate::harness::{apply, faulty_lab, lbprobe, nothing_left, run_gateway};

const NAMESPACE: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: restricted, labels: {pod-security.kubernetes.io/enforce: restricted}}
";

#[test]
fn a_restricted_namespace_takes_the_pod_vantage_and_names_the_missing_one() {
    let lab = faulty_lab();
    apply(&lab, NAMESPACE);
    lab_has_account(&lab, "restricted");
    let ran = run_gateway(&lab, &["--probe-namespace", "restricted"]);
    ran.expect(3, &["node2 and node3 no pod timed out ok ok", "Left out", "the host network of every node", "violates PodSecurity"]);
    assert!(!ran.stdout.contains(" host  "), "no row of a vantage that was left out: {}", ran.stdout);
    run_gateway(&lab, &["--probe-namespace", "restricted", "--vantage", "host"])
        .expect(1, &["no vantage to probe from", "violates PodSecurity"]);
    let partly = ["PARTLY READY: a run can probe 3 nodes", "yes a probe pod no a probe pod on the host network: violates PodSecurity"];
    lbprobe(&lab, &["check", "--probe-namespace", "restricted"]).expect(4, &partly);
    nothing_left(&lab);
}

/// Pods need the namespace's default ServiceAccount, which comes a moment after it.
pub(crate) fn lab_has_account(lab: &lbprobe_lab::Lab, namespace: &str) {
    crate::harness::kubectl(lab, &["wait", "--for=create", "serviceaccount/default", "-n", namespace, "--timeout=10s"]);
}
