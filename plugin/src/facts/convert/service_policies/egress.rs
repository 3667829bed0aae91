//! NetworkPolicies of clients: whether one lets its own pods through to the pods of a Service.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use lbprobe_analysis::facts::Service;

use super::{ServicePods, contradicts, holds_port, selects_all};
use crate::facts::convert::surroundings::is_selected;

/// The label that each namespace has its own name in.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Whether a policy's pods get through to those of a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Passage {
    /// No rule lets them.
    No,
    /// One may: it asks for labels that are not known.
    Perhaps,
    /// One does, or the policy is not about them.
    Yes,
}

/// By the policy's own rules, and those of other policies for the same pods, or for all of their namespace. One that selects the
/// Service's own pods is not about its clients.
pub(super) fn passage(policy: &NetworkPolicy, all: &[NetworkPolicy], service: &Service, own_pods: ServicePods<'_>) -> Passage {
    let (Some(spec), Some(namespace)) = (&policy.spec, &policy.metadata.namespace) else { return Passage::Yes };
    if !limits_egress(spec) || selects_own_pods(namespace, spec, service, own_pods) {
        return Passage::Yes;
    }
    let has_same_pods = |other: &NetworkPolicySpec| is_for_all(other) || other.pod_selector == spec.pod_selector;
    let of_same_namespace =
        || all.iter().filter(|other| other.metadata.namespace.as_ref() == Some(namespace)).filter_map(|other| other.spec.as_ref());
    let by_rules = |policies: &mut dyn Iterator<Item = &NetworkPolicySpec>| {
        policies.flat_map(|other| other.egress.iter().flatten()).map(|rule| through(namespace, rule, service, own_pods)).max()
    };
    let certain = by_rules(&mut of_same_namespace().filter(|other| has_same_pods(other))).unwrap_or(Passage::No);
    // Some of its pods may have the labels of another policy that lets them through.
    let of_some = by_rules(&mut of_same_namespace().filter(|other| !has_same_pods(other))).unwrap_or(Passage::No);
    certain.max(of_some.min(Passage::Perhaps))
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

fn through(namespace: &str, rule: &NetworkPolicyEgressRule, service: &Service, own_pods: ServicePods<'_>) -> Passage {
    let ports = rule.ports.as_deref().unwrap_or_default();
    let peers = rule.to.as_deref().unwrap_or_default();
    let to_ports = ports.is_empty() || ports.iter().any(|port| is_of_own_pods(port, own_pods));
    if !to_ports {
        return Passage::No;
    }
    if peers.is_empty() {
        return Passage::Yes;
    }
    let by_labels = peers.iter().map(|peer| to_peer(namespace, peer, service, own_pods)).max().unwrap_or(Passage::No);
    by_labels.max(to_addresses(peers, own_pods))
}

/// A port with a name is one of the pods' own: which number it has there is not known.
fn is_of_own_pods(port: &NetworkPolicyPort, own_pods: ServicePods<'_>) -> bool {
    matches!(port.port, Some(IntOrString::String(_))) || own_pods.ports.iter().any(|own| holds_port(port, own))
}

fn to_peer(namespace: &str, peer: &NetworkPolicyPeer, service: &Service, own_pods: ServicePods<'_>) -> Passage {
    if peer.ip_block.is_some() {
        return Passage::No;
    }
    let to_namespace = match &peer.namespace_selector {
        None if namespace == service.namespace => Passage::Yes,
        None => Passage::No,
        // Of its namespace only the name is known.
        Some(selector) => by_known_labels(&[(NAMESPACE_NAME.to_owned(), service.namespace.clone())].into(), selector),
    };
    to_namespace.min(peer.pod_selector.as_ref().map_or(Passage::Yes, |pods| to_own_pods(pods, own_pods)))
}

/// Of the pods the labels that the Service selects by are known, and sometimes all.
fn to_own_pods(pods: &LabelSelector, own_pods: ServicePods<'_>) -> Passage {
    let Some(labels) = own_pods.labels else { return by_known_labels(own_pods.selector, pods) };
    match labels.iter().filter(|labels| is_selected(labels, pods)).count() {
        0 => Passage::No,
        number if number == labels.len() => Passage::Yes,
        _ => Passage::Perhaps,
    }
}

/// Where some labels are known, and others may be there.
fn by_known_labels(known: &BTreeMap<String, String>, selector: &LabelSelector) -> Passage {
    let asks_only_for_known = selector.match_labels.iter().flatten().all(|(key, _)| known.contains_key(key))
        && selector.match_expressions.iter().flatten().all(|requirement| known.contains_key(&requirement.key));
    if contradicts(known, selector) {
        Passage::No
    } else if asks_only_for_known && is_selected(known, selector) {
        Passage::Yes
    } else {
        Passage::Perhaps
    }
}

/// Whether each address is in one of the ranges, and these mean pods.
fn to_addresses(peers: &[NetworkPolicyPeer], own_pods: ServicePods<'_>) -> Passage {
    let blocks: Vec<_> = peers.iter().filter_map(|peer| peer.ip_block.as_ref()).collect();
    if blocks.is_empty() {
        return Passage::No;
    }
    let held = own_pods.addresses.iter().filter(|address| blocks.iter().any(|block| holds(block, address))).count();
    match held {
        0 if !own_pods.addresses.is_empty() => Passage::No,
        number if number == own_pods.addresses.len() && number > 0 && own_pods.ranges_mean_pods => Passage::Yes,
        _ => Passage::Perhaps,
    }
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

    fn of(namespace: &str, spec: &Value, others: &[Value]) -> Passage {
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
        passage(&first, &all, &Service::named("shop", "web"), own_pods)
    }

    fn is_held_back(namespace: &str, spec: &Value, others: &[Value]) -> bool {
        of(namespace, spec, others) == Passage::No
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
            json!({ "to": [{ "ipBlock": { "cidr": "10.244.0.0/16", "except": ["10.244.1.0/24"] } }] }),
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
            assert_eq!(of("clients", &egress(&through), &[]), Passage::Yes, "{through}");
        }
        assert!(!is_held_back("shop", &egress(&json!({ "to": [{ "podSelector": {} }] })), &[]), "the same namespace");
        let own = json!({ "podSelector": { "matchLabels": { "app": "web" } }, "policyTypes": ["Egress"] });
        assert!(!is_held_back("shop", &own, &[]), "the Service's own pods");
        assert!(!is_held_back("clients", &json!({ "podSelector": {}, "ingress": [] }), &[]), "it limits ingress alone");
    }

    /// The second family's addresses, labels of the namespace, and labels of the pods beside those of the selector.
    #[test]
    fn what_hangs_on_labels_that_are_not_known_is_open() {
        for perhaps in [
            json!({ "to": [{ "ipBlock": { "cidr": "0.0.0.0/0" } }] }),
            json!({ "to": [{ "namespaceSelector": { "matchLabels": { "team": "shop" } } }] }),
            json!({ "to": [{ "namespaceSelector": { "matchExpressions": [{ "key": "team", "operator": "DoesNotExist" }] } }] }),
            json!({ "to": [{ "namespaceSelector": {}, "podSelector": { "matchLabels": { "app": "web", "tier": "edge" } } }] }),
        ] {
            assert_eq!(of("clients", &egress(&perhaps), &[]), Passage::Perhaps, "{perhaps}");
        }
        let of_another_namespace =
            json!({ "to": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "dns", "team": "shop" } } }] });
        assert!(is_held_back("clients", &egress(&of_another_namespace), &[]));
    }

    #[test]
    fn policies_of_the_same_pods_add_up() {
        let rules = |pods: Value, egress: Value| json!({ "podSelector": pods, "policyTypes": ["Egress"], "egress": egress });
        let client = json!({ "matchLabels": { "app": "client" } });
        let other = json!({ "matchLabels": { "app": "other" } });
        let through = json!([{ "ports": [{ "port": 8443 }] }]);
        let nobody = rules(client.clone(), json!([]));
        assert!(!is_held_back("clients", &nobody, &[rules(client, through.clone())]));
        assert!(!is_held_back("clients", &nobody, &[rules(json!({ "matchLabels": {} }), through.clone())]), "all pods of the namespace");
        assert_eq!(of("clients", &nobody, &[rules(other, through)]), Passage::Perhaps, "its pods may have those labels, too");
    }
}
