//! A rollout under policy Local: while the old pod serves on in its preStop, its node still reaches the load
//! balancer (KEP-1669), although the load balancer's own health check has given the node up already.

use std::time::Duration;

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::outside::lab::Vantage;

use super::scenario::{Subject, curl};
use crate::harness::{eventually, fresh_faulty_lab, kubectl, settle};

const DEPLOYMENT: [&str; 4] = ["deployment", "istio-ingressgateway", "-n", "istio-system"];

/// A pod that is deleted serves on for longer than the test looks at it.
const LINGER: &str = r#"{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":150,"containers":[{"name":"gateway","lifecycle":{"preStop":{"sleep":{"seconds":120}}}}]}}}}"#;

/// The new pod first, on another node.
const TO_NODE2: &str = r#"[{"op":"replace","path":"/spec/strategy","value":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}},{"op":"replace","path":"/spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions/0/values","value":["node2"]}]"#;

#[test]
fn a_terminating_endpoint_serves_its_node_until_it_ends() {
    let lab = fresh_faulty_lab();
    let patch = |kind: &str, patch: &str| kubectl(&lab, &[&["patch"], &DEPLOYMENT[..], &["--type", kind, "-p", patch]].concat());
    let rolled_out = || kubectl(&lab, &[&["rollout", "status", "--timeout=60s"], &DEPLOYMENT[..]].concat());
    patch("strategic", LINGER);
    rolled_out();
    let subject = Subject::gateway(&lab);
    subject
        .diagnose()
        .first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed)
        .shows(&["while a rollout or an eviction replaces it"]);
    patch("json", TO_NODE2);
    rolled_out();
    let conditions = "jsonpath={.items[*].endpoints[*].conditions.terminating}";
    let slices = ["get", "endpointslices", "-n", "istio-system", "-l", "kubernetes.io/service-name=istio-ingressgateway", "-o", conditions];
    eventually("the old endpoint terminates", Duration::from_secs(20), || kubectl(&lab, &slices).contains("true"));
    settle(&lab);
    let during = subject.diagnose();
    during.first_cause(CauseKind::LocalPolicyWithoutLocalEndpoint, Confidence::Confirmed).shows(&[
        "1 ready endpoint on node2",
        "node1 no pod ok ok ok",
        "node2 yes pod ok ok ok",
        "node3 no pod timed out ok ok",
    ]);
    assert!(curl(&lab, Vantage::Client, &[&format!("http://{}/", subject.address())]).is_some(), "outside nothing is lost");
    subject.fix(during.fix("set externalTrafficPolicy to Cluster")).is_healthy();
    kubectl(&lab, &[&["delete"], &DEPLOYMENT[..]].concat());
    kubectl(&lab, &["delete", "pods", "-n", "istio-system", "--all", "--grace-period=0", "--force"]);
}
