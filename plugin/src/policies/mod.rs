//! Admission policies: rules of an organisation's in CEL, for kube-apiserver itself (admissionregistration.k8s.io/v1) or for Kyverno,
//! whose ValidatingPolicy has the same form (policies.kyverno.io/v1, from Kyverno 1.17).

use lbprobe_analysis::admission::AdmissionRule;
use lbprobe_analysis::text;
use serde_json::{Value, json};

use crate::settings::{Policy, PolicyAction, PolicyEngine};
use crate::terminal::language;

const LOCAL: &str = include_str!("local.cel");
const INTERNAL_LOCAL: &str = include_str!("internal_local.cel");
const EXTERNAL_IPS: &str = include_str!("external_ips.cel");
const SPREAD: &str = include_str!("spread.cel");
const REPLICAS: &str = include_str!("replicas.cel");

/// Whether the object says that it is exempt from the finding of a code.
const ACCEPTED: &str = include_str!("accepted.cel");

/// Controllers that write an object of before, with a finalizer say, change no spec: they are not to be kept from it.
const CHANGED: &str = include_str!("changed.cel");

/// What goes is left alone.
const STAYING: &str = include_str!("staying.cel");

/// The documents to apply, one after the other.
pub(crate) fn documents(policy: &Policy) -> Vec<Value> {
    policy.rules.iter().flat_map(|rule| of_rule(*rule, policy)).collect()
}

fn of_rule(rule: AdmissionRule, policy: &Policy) -> Vec<Value> {
    let name = format!("{}-{}", policy.name, rule.name());
    let actions = json!([match policy.action {
        PolicyAction::Deny => "Deny",
        PolicyAction::Warn => "Warn",
        PolicyAction::Audit => "Audit",
    }]);
    let metadata = json!({ "name": name });
    let mut spec = spec(rule, policy);
    match policy.engine {
        PolicyEngine::Kubernetes => {
            let binding = json!({ "policyName": name, "validationActions": actions });
            vec![
                json!({ "apiVersion": API, "kind": "ValidatingAdmissionPolicy", "metadata": metadata, "spec": spec }),
                json!({ "apiVersion": API, "kind": "ValidatingAdmissionPolicyBinding", "metadata": metadata, "spec": binding }),
            ]
        }
        PolicyEngine::Kyverno => {
            spec["validationActions"] = actions;
            vec![json!({ "apiVersion": KYVERNO_API, "kind": "ValidatingPolicy", "metadata": metadata, "spec": spec })]
        }
    }
}

const API: &str = "admissionregistration.k8s.io/v1";
const KYVERNO_API: &str = "policies.kyverno.io/v1";

fn spec(rule: AdmissionRule, policy: &Policy) -> Value {
    let (group, resources) =
        if rule.is_of_workloads() { ("apps", ["deployments", "statefulsets"].as_slice()) } else { ("", ["services"].as_slice()) };
    let exempt = json!({ "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": policy.exempt_namespaces });
    let mut constraints = json!({
        "namespaceSelector": { "matchExpressions": if policy.exempt_namespaces.is_empty() { json!([]) } else { json!([exempt]) } },
        "resourceRules": [{ "apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": resources }],
    });
    if rule.is_of_workloads() {
        let labels: serde_json::Map<_, _> = policy.workloads.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        constraints["objectSelector"] = json!({ "matchLabels": labels });
    }
    json!({
        // An expression that cannot be asked keeps nobody from working, where the policy only warns.
        "failurePolicy": if policy.action == PolicyAction::Deny { "Fail" } else { "Ignore" },
        "matchConstraints": constraints,
        "matchConditions": [
            { "name": "staying", "expression": STAYING.trim() },
            { "name": "changed", "expression": CHANGED.trim() },
        ],
        "variables": [{ "name": "accepted", "expression": ACCEPTED.trim().replace("CODE", rule.code()) }],
        "validations": [{
            "expression": format!("variables.accepted || {}", expression(rule)),
            "message": text::admission_message(rule, language()),
            "reason": "Forbidden",
        }],
    })
}

fn expression(rule: AdmissionRule) -> String {
    match rule {
        AdmissionRule::Local => LOCAL.trim().to_owned(),
        AdmissionRule::InternalLocal => INTERNAL_LOCAL.trim().to_owned(),
        AdmissionRule::ExternalIps => EXTERNAL_IPS.trim().to_owned(),
        AdmissionRule::Spread => SPREAD.trim().to_owned(),
        AdmissionRule::Replicas(least) => REPLICAS.trim().replace("REPLICAS", &least.to_string()),
    }
}
