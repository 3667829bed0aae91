//! Admission policies on a real kube-apiserver: refused, warned, taken.

use std::time::Duration;

use lbprobe_lab::{Lab, LabOptions};

use crate::harness::{Ran, eventually, in_lab, kubectl, slot, start_with};

/// A Service before there were policies.
const EARLIER: &str = "{name: earlier}";

fn service(metadata: &str, policy: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {metadata}\nspec: {{type: LoadBalancer, externalTrafficPolicy: {policy}, selector: {{app: web}}, \
         ports: [{{port: 80}}]{more}}}\n"
    )
}

fn deployment(labels: &str, replicas: u32, pod: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, labels: {labels}}}\nspec: {{replicas: {replicas}, selector: {{matchLabels: \
         {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: web, image: web}}]{pod}}}}}}}\n"
    )
}

/// What kube-apiserver says of an object, which it does not keep.
fn asked(lab: &Lab, manifest: &str) -> Ran {
    in_lab(lab, &["sh", "-c", &format!("kubectl apply --dry-run=server -f - <<'MANIFEST'\n{manifest}MANIFEST")])
}

fn apply_policies(lab: &Lab, action: &str) {
    let rules = "--rule local,internal-local,external-ips,spread,replicas --replicas 2 --workloads tier=edge";
    let script = format!("kubectl lbprobe policy {rules} --action {action} | kubectl apply -f -");
    in_lab(lab, &["sh", "-c", &script]).expect(0, &["validatingadmissionpolicy.admissionregistration.k8s.io/lbprobe-local"]);
}

#[test]
fn what_a_policy_says_is_refused_warned_of_and_taken() {
    let _slot = slot();
    let lab = start_with("policies", LabOptions { nodes: 1, ..LabOptions::default() });
    let created = in_lab(&lab, &["sh", "-c", &format!("kubectl apply -f - <<'MANIFEST'\n{}MANIFEST", service(EARLIER, "Local", ""))]);
    created.expect(0, &["service/earlier created"]);
    apply_policies(&lab, "deny");
    let local = service("{name: web}", "Local", "");
    let refused = "externalTrafficPolicy is Local: pods and hosts on nodes without an endpoint may fail";
    eventually("the policies are in force", Duration::from_secs(30), || asked(&lab, &local).stderr.contains(refused));
    asked(&lab, &local).expect(1, &[refused, "annotation lbprobe/ignore: LBP002=REASON"]);
    asked(&lab, &service("{name: web}", "Cluster", "")).expect(0, &["service/web created"]);
    let accepted = |value: &str| service(&format!("{{name: web, annotations: {{lbprobe/ignore: \"{value}\"}}}}"), "Local", "");
    asked(&lab, &accepted("LBP001=other; LBP002=the source address is needed")).expect(0, &["service/web created"]);
    asked(&lab, &accepted("LBP002=")).expect(1, &[refused]);
    asked(&lab, &service("{name: web}", "Cluster", ", externalIPs: [198.51.100.7]")).expect(1, &["kube-proxy stops serving externalIPs"]);
    asked(&lab, &service("{name: web}", "Cluster", ", internalTrafficPolicy: Local")).expect(1, &["internalTrafficPolicy is Local"]);
    of_workloads(&lab);
    // Controllers write their finalizers, and what was there before stays as it is.
    kubectl(&lab, &["label", "service", "earlier", "seen=yes"]);
    asked(&lab, &service(EARLIER, "Local", ", sessionAffinity: ClientIP")).expect(1, &[refused]);
    asked(&lab, &service(EARLIER, "Cluster", "")).expect(0, &["service/earlier configured"]);
    let warnings = "jsonpath={.items[*].status.typeChecking.expressionWarnings}";
    assert_eq!(kubectl(&lab, &["get", "validatingadmissionpolicies", "-o", warnings]), "");
    apply_policies(&lab, "warn");
    eventually("the policies warn", Duration::from_secs(30), || asked(&lab, &local).code == Some(0));
    asked(&lab, &local)
        .expect(0, &["Warning: Validation failed for ValidatingAdmissionPolicy 'lbprobe-local'", refused, "service/web created"]);
}

fn of_workloads(lab: &Lab) {
    let spread = ", topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, \
                  labelSelector: {matchLabels: {app: web}}}]";
    let apart = ", affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, \
                 labelSelector: {matchLabels: {app: web}}}]}}";
    let edge = |replicas: u32, pod: &str| asked(lab, &deployment("{tier: edge}", replicas, pod));
    edge(2, "").expect(1, &["two pods may land on one node"]);
    edge(2, spread).expect(0, &["deployment.apps/web created"]);
    edge(2, apart).expect(0, &["deployment.apps/web created"]);
    edge(2, &spread.replace("DoNotSchedule", "ScheduleAnyway")).expect(1, &["two pods may land on one node"]);
    edge(1, spread).expect(1, &["fewer than 2 replicas"]);
    asked(lab, &deployment("{tier: other}", 1, "")).expect(0, &["deployment.apps/web created"]);
}
