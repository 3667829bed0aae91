//! What clients outside get, beside what the nodes do: `run --outside`.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::Lab;

use super::scenario::Subject;
use crate::harness::{fresh_faulty_lab, kubectl, settle};

const LABEL: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

fn label(lab: &Lab, change: &str) {
    kubectl(lab, &["label", "nodes", "--all", "--overwrite", &format!("{LABEL}{change}")]);
    // The cloud looks five times a second.
    settle(lab);
}

#[test]
fn a_load_balancer_without_a_backend_is_seen_from_outside_alone() {
    let lab = fresh_faulty_lab();
    let subject = Subject { words: &["--outside"], ..Subject::gateway(&lab) };
    let fault = subject.diagnose();
    fault.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "From this machine, outside the cluster - 198.51.100.1, port 80: ok - 198.51.100.1, port 443: ok",
        "timed out, as predicted: externalTrafficPolicy Local, and the node has no endpoint",
    ]);
    subject.fix(fault.fix("set externalTrafficPolicy to Cluster")).is_healthy();
    label(&lab, "=");
    let hidden = Subject::gateway(&lab).diagnose();
    hidden.is_healthy().shows(&["load balancers leave out all 3 nodes", "clients outside may get no answer"]);
    let seen = subject.diagnose();
    assert_eq!(seen.code, 3, "{}", seen.text);
    seen.first_cause(CauseKind::FailsOutside, Confidence::Confirmed).shows(&[
        "load balancers leave out all 3 nodes",
        "check the load balancer itself",
        "node1's node port",
    ]);
    label(&lab, "-");
    subject.diagnose().is_healthy();
}
