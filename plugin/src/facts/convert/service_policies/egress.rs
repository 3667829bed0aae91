//! NetworkPolicies of clients: whether one lets its own pods through to the pods of a Service.

use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use lbprobe_analysis::facts::Service;

use super::{ServicePods, holds_port, selects_all};
use crate::facts::convert::surroundings::is_selected;

/// The label that each namespace has its own name in.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Whether a policy limits where its pods connect to, and nothing shows that they get through: neither one of its rules, nor
/// one of another policy for the same pods, or for all of their namespace. One that selects the Service's own pods is not
/// about its clients.
pub(super) fn holds_back(policy: &NetworkPolicy, all: &[NetworkPolicy], service: &Service, own_pods: ServicePods<'_>) -> bool {
    let (Some(spec), Some(namespace)) = (&policy.spec, &policy.metadata.namespace) else { return false };
    if !limits_egress(spec) || selects_own_pods(namespace, spec, service, own_pods) {
        return false;
    }
    let has_same_pods = |other: &NetworkPolicySpec| is_for_all(other) || other.pod_selector == spec.pod_selector;
    let of_same_pods =
        all.iter().filter(|other| other.metadata.namespace.as_ref() == Some(namespace)).filter_map(|other| other.spec.as_ref());
    let mut rules = of_same_pods.filter(|other| has_same_pods(other)).flat_map(|other| other.egress.iter().flatten());
    !rules.any(|rule| lets_through(namespace, rule, service, own_pods))
}

fn limits_egress(spec: &NetworkPolicySpec) -> bool {
    let types = spec.policy_types.as_deref().unwrap_or_default();
    if types.is_empty() { spec.egress.is_some() } else { types.iter().any(|kind| kind == "Egress") }
}

fn is_for_all(spec: &NetworkPolicySpec) -> bool {
    spec.pod_selector.as_ref().is_none_or(selects_all)
}

fn selects_own_pods(namespace: &str, spec: &NetworkPolicySpec, service: &Service, own_pods: ServicePods<'_>) -> bool {
    let selects = spec.pod_selector.as_ref().is_some_and(|pods| is_selected(own_pods.selector, pods));
    namespace == service.namespace && !is_for_all(spec) && selects
}

fn lets_through(namespace: &str, rule: &NetworkPolicyEgressRule, service: &Service, own_pods: ServicePods<'_>) -> bool {
    let ports = rule.ports.as_deref().unwrap_or_default();
    let peers = rule.to.as_deref().unwrap_or_default();
    let to_ports = ports.is_empty() || ports.iter().any(|port| is_of_own_pods(port, own_pods));
    let by_labels = || peers.iter().any(|peer| has_own_pods(namespace, peer, service, own_pods));
    to_ports && (peers.is_empty() || by_labels() || hold_addresses(peers, own_pods))
}

/// A port with a name is one of the pods' own: which number it has there is not known.
fn is_of_own_pods(port: &NetworkPolicyPort, own_pods: ServicePods<'_>) -> bool {
    matches!(port.port, Some(IntOrString::String(_))) || own_pods.ports.iter().any(|own| holds_port(port, own))
}

fn has_own_pods(namespace: &str, peer: &NetworkPolicyPeer, service: &Service, own_pods: ServicePods<'_>) -> bool {
    let in_namespace = match &peer.namespace_selector {
        None => namespace == service.namespace,
        // Of its namespace only the name is known.
        Some(selector) => is_selected(&[(NAMESPACE_NAME.to_owned(), service.namespace.clone())].into(), selector),
    };
    let has_labels = peer.pod_selector.as_ref().is_none_or(|pods| is_selected(own_pods.selector, pods));
    peer.ip_block.is_none() && in_namespace && has_labels
}

/// Whether each address is in one of the ranges, and these mean pods.
fn hold_addresses(peers: &[NetworkPolicyPeer], own_pods: ServicePods<'_>) -> bool {
    let blocks: Vec<_> = peers.iter().filter_map(|peer| peer.ip_block.as_ref()).collect();
    own_pods.ranges_mean_pods
        && !own_pods.addresses.is_empty()
        && own_pods.addresses.iter().all(|address| blocks.iter().any(|block| holds(block, address)))
}

fn holds(block: &IPBlock, address: &IpAddr) -> bool {
    let is_in = |range: &String| range.parse::<IpNet>().is_ok_and(|range| range.contains(address));
    is_in(&block.cidr) && !block.except.iter().flatten().any(is_in)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn policy(namespace: &str, spec: &Value) -> NetworkPolicy {
        serde_json::from_value(json!({ "metadata": { "name": "policy", "namespace": namespace }, "spec": spec })).unwrap()
    }

    fn is_held_back(namespace: &str, spec: &Value, others: &[Value]) -> bool {
        let selector = [("app".to_owned(), "web".to_owned())].into();
        let ports = [(8443, "TCP".to_owned())];
        let own_pods = ServicePods {
            selector: &selector,
            labels: None,
            addresses: &[[10, 244, 1, 5].into(), "fd00::5".parse().unwrap()],
            ports: &ports,
            ranges_mean_pods: true,
        };
        let first = policy(namespace, spec);
        let all: Vec<_> = [first.clone()].into_iter().chain(others.iter().map(|spec| policy(namespace, spec))).collect();
        holds_back(&first, &all, &Service::named("shop", "web"), own_pods)
    }

    fn egress(rule: &Value) -> Value {
        json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [rule] })
    }

    #[test]
    fn who_may_connect_only_elsewhere_is_held_back() {
        let nowhere = json!({ "podSelector": {}, "policyTypes": ["Egress"] });
        assert!(is_held_back("clients", &nowhere, &[]));
        assert!(is_held_back("shop", &nowhere, &[]), "other pods of its namespace");
        for elsewhere in [
            json!({ "to": [{ "ipBlock": { "cidr": "198.51.100.0/24" } }] }),
            json!({ "to": [{ "ipBlock": { "cidr": "0.0.0.0/0" } }] }),
            json!({ "to": [{ "ipBlock": { "cidr": "10.244.0.0/16", "except": ["10.244.1.0/24"] } }, { "ipBlock": { "cidr": "::/0" } }] }),
            json!({ "to": [{ "podSelector": {} }] }),
            json!({ "to": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } } }] }),
            json!({ "to": [{ "namespaceSelector": {}, "podSelector": { "matchLabels": { "app": "other" } } }] }),
            json!({ "ports": [{ "port": 53, "protocol": "UDP" }] }),
            json!({ "ports": [{ "port": 443 }] }),
            json!({ "ports": [{ "port": 8443, "protocol": "UDP" }] }),
        ] {
            assert!(is_held_back("clients", &egress(&elsewhere), &[]), "{elsewhere}");
        }
    }

    #[test]
    fn who_is_let_through_or_is_no_client_is_not() {
        for through in [
            json!({}),
            json!({ "to": [{ "ipBlock": { "cidr": "0.0.0.0/0" } }, { "ipBlock": { "cidr": "::/0" } }] }),
            json!({ "to": [{ "namespaceSelector": {} }] }),
            json!({ "to": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "shop" } }, "podSelector": { "matchLabels": { "app": "web" } } }] }),
            json!({ "ports": [{ "port": 8443 }] }),
            json!({ "ports": [{ "port": 8000, "endPort": 9000 }] }),
        ] {
            assert!(!is_held_back("clients", &egress(&through), &[]), "{through}");
        }
        assert!(!is_held_back("shop", &egress(&json!({ "to": [{ "podSelector": {} }] })), &[]), "the same namespace");
        let own = json!({ "podSelector": { "matchLabels": { "app": "web" } }, "policyTypes": ["Egress"] });
        assert!(!is_held_back("shop", &own, &[]), "the Service's own pods");
        assert!(!is_held_back("clients", &json!({ "podSelector": {}, "ingress": [] }), &[]), "it limits ingress alone");
    }

    #[test]
    fn policies_of_the_same_pods_add_up() {
        let of = |pods: Value, egress: Value| json!({ "podSelector": pods, "policyTypes": ["Egress"], "egress": egress });
        let client = json!({ "matchLabels": { "app": "client" } });
        let other = json!({ "matchLabels": { "app": "other" } });
        let through = json!([{ "ports": [{ "port": 8443 }] }]);
        let nobody = of(client.clone(), json!([]));
        assert!(!is_held_back("clients", &nobody, &[of(client, through.clone())]));
        assert!(!is_held_back("clients", &nobody, &[of(json!({ "matchLabels": {} }), through.clone())]), "all pods of the namespace");
        assert!(is_held_back("clients", &nobody, &[of(other, through)]));
    }
}
