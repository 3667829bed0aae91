//! Namespaces that refuse some pods: by PodSecurity's *restricted*, or by a policy.

use std::time::Duration;

use crate::harness::{apply, eventually, faulty_lab, kubectl, lbprobe, nothing_left, run_gateway};

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

/// Refuses pods that tolerate a taint.
const POLICY: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: picky}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: picky}
spec:
  failurePolicy: Fail
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: picky}}
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
  - expression: \"!has(object.spec.tolerations) || object.spec.tolerations.all(it, !has(it.key) || it.key != 'dedicated')\"
    message: no pods on dedicated nodes
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: picky}
spec: {policyName: picky, validationActions: [Deny]}
";

#[test]
fn a_policy_that_refuses_the_pods_of_one_node_is_told_with_its_name() {
    let lab = faulty_lab();
    apply(&lab, POLICY);
    lab_has_account(&lab, "picky");
    kubectl(&lab, &["taint", "node", "node3", "dedicated=gateway:NoSchedule"]);
    let check = || lbprobe(&lab, &["check", "--probe-namespace", "picky"]);
    // The server takes some seconds to hear of a policy.
    eventually("a policy that is in force", Duration::from_secs(30), || check().stdout.contains("node3: "));
    check().expect(4, &["PARTLY READY", "no a probe pod on node3: ", "no pods on dedicated nodes", "yes a probe pod on node1 and node2"]);
    kubectl(&lab, &["taint", "node", "node3", "dedicated-"]);
    check().expect(0, &["READY", "yes a probe pod yes a probe pod on the host network"]);
    nothing_left(&lab);
}

/// Pods need the namespace's default ServiceAccount, which comes a moment after it.
pub(crate) fn lab_has_account(lab: &lbprobe_lab::Lab, namespace: &str) {
    kubectl(lab, &["wait", "--for=create", "serviceaccount/default", "-n", namespace, "--timeout=10s"]);
}
