//! NetworkPolicies of clients: whether one lets its own pods through to the pods of a Service.

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use lbprobe_analysis::facts::Service;

use super::Backends;
use crate::facts::convert::surroundings::is_selected;

/// The label that each namespace has its own name in.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Whether a policy limits where its pods connect to, and none of its rules lets them through for certain. One that
/// selects the Service's own pods is not about its clients.
pub(super) fn holds_back(namespace: &str, spec: &NetworkPolicySpec, service: &Service, backends: Backends<'_>) -> bool {
    let types = spec.policy_types.as_deref().unwrap_or_default();
    let limits_egress = if types.is_empty() { spec.egress.is_some() } else { types.iter().any(|kind| kind == "Egress") };
    let is_empty = |pods: &LabelSelector| pods.match_labels.is_none() && pods.match_expressions.is_none();
    let selects_backends = namespace == service.namespace
        && spec.pod_selector.as_ref().is_some_and(|pods| !is_empty(pods) && is_selected(backends.selector, pods));
    let lets_through = |rule: &NetworkPolicyEgressRule| lets_through(namespace, rule, service, backends);
    limits_egress && !selects_backends && !spec.egress.iter().flatten().any(lets_through)
}

fn lets_through(namespace: &str, rule: &NetworkPolicyEgressRule, service: &Service, backends: Backends<'_>) -> bool {
    let ports = rule.ports.as_deref().unwrap_or_default();
    let peers = rule.to.as_deref().unwrap_or_default();
    let to_ports = ports.is_empty() || ports.iter().any(|port| may_be_ours(port, service));
    let to_pods = peers.is_empty() || peers.iter().any(|peer| has_backends(namespace, peer, service, backends));
    to_ports && to_pods
}

/// DNS alone is allowed by many policies, and is not what a gateway serves.
fn may_be_ours(port: &NetworkPolicyPort, service: &Service) -> bool {
    let is_dns = matches!(port.port, Some(IntOrString::Int(53)));
    !is_dns || service.ports.iter().any(|own| own.port == 53)
}

fn has_backends(namespace: &str, peer: &NetworkPolicyPeer, service: &Service, backends: Backends<'_>) -> bool {
    if let Some(block) = &peer.ip_block {
        let Ok(range) = block.cidr.parse::<IpNet>() else { return false };
        let excepted: Vec<IpNet> = block.except.iter().flatten().filter_map(|range| range.parse().ok()).collect();
        let is_within = |address| range.contains(address) && !excepted.iter().any(|range| range.contains(address));
        return !backends.addresses.is_empty() && backends.addresses.iter().all(is_within);
    }
    let in_namespace = match &peer.namespace_selector {
        None => namespace == service.namespace,
        // Of its namespace only the name is known.
        Some(selector) => is_selected(&[(NAMESPACE_NAME.to_owned(), service.namespace.clone())].into(), selector),
    };
    let has_labels = peer.pod_selector.as_ref().is_none_or(|pods| is_selected(backends.selector, pods));
    in_namespace && has_labels
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn is_held_back(namespace: &str, spec: &Value) -> bool {
        let selector = [("app".to_owned(), "web".to_owned())].into();
        let backends = Backends { selector: &selector, addresses: &[[10, 244, 1, 5].into()] };
        holds_back(namespace, &serde_json::from_value(spec.clone()).unwrap(), &Service::named("shop", "web"), backends)
    }

    fn egress(rule: &Value) -> Value {
        json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [rule] })
    }

    #[test]
    fn who_may_connect_only_elsewhere_is_held_back() {
        assert!(is_held_back("clients", &json!({ "podSelector": {}, "policyTypes": ["Egress"] })), "nowhere");
        assert!(is_held_back("shop", &json!({ "podSelector": {}, "policyTypes": ["Egress"] })), "other pods of its namespace");
        for elsewhere in [
            json!({ "to": [{ "ipBlock": { "cidr": "198.51.100.0/24" } }] }),
            json!({ "to": [{ "ipBlock": { "cidr": "10.244.0.0/16", "except": ["10.244.1.0/24"] } }] }),
            json!({ "to": [{ "podSelector": {} }] }),
            json!({ "to": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } } }] }),
            json!({ "to": [{ "namespaceSelector": {}, "podSelector": { "matchLabels": { "app": "other" } } }] }),
            json!({ "ports": [{ "port": 53, "protocol": "UDP" }] }),
        ] {
            assert!(is_held_back("clients", &egress(&elsewhere)), "{elsewhere}");
        }
    }

    #[test]
    fn who_is_let_through_or_is_no_client_is_not() {
        for through in [
            json!({}),
            json!({ "to": [{ "ipBlock": { "cidr": "0.0.0.0/0" } }] }),
            json!({ "to": [{ "namespaceSelector": {} }] }),
            json!({ "to": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "shop" } }, "podSelector": { "matchLabels": { "app": "web" } } }] }),
            json!({ "ports": [{ "port": 8080 }] }),
        ] {
            assert!(!is_held_back("clients", &egress(&through)), "{through}");
        }
        assert!(!is_held_back("shop", &egress(&json!({ "to": [{ "podSelector": {} }] }))), "the same namespace");
        let own = json!({ "podSelector": { "matchLabels": { "app": "web" } }, "policyTypes": ["Egress"] });
        assert!(!is_held_back("shop", &own), "the Service's own pods");
        assert!(!is_held_back("clients", &json!({ "podSelector": {}, "ingress": [] })), "it limits ingress alone");
    }
}
