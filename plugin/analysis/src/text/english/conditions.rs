//! The words for what decides between several answers.

use crate::facts::{PodPath, Version};
use crate::kube_proxy::Condition;

/// A condition, as it stands behind "if".
pub(crate) fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Mode(modes) => format!("mode {}", modes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")),
        Condition::Release { from, before } => release(*from, *before),
        Condition::CountedAsLocal(true) => "kube-proxy counts the pod as local".to_owned(),
        Condition::CountedAsLocal(false) => "kube-proxy does not count the pod as local".to_owned(),
        Condition::Path(PodPath::ThroughHost) => "the pod's packets cross the node".to_owned(),
        Condition::Path(PodPath::PastHost) => "the pod's packets bypass the node".to_owned(),
        Condition::InSourceRange(true) => "a source range contains the client's address".to_owned(),
        Condition::InSourceRange(false) => "no source range contains the client's address".to_owned(),
        Condition::MasqueradedBetweenNodes(true) => "the pod network gives such packets the node's address".to_owned(),
        Condition::MasqueradedBetweenNodes(false) => "they keep the pod's address".to_owned(),
        Condition::CiliumAsDocumented => "Cilium works as documented".to_owned(),
        Condition::Cilium119 => "Cilium 1.19 (cilium issue 45252)".to_owned(),
        Condition::CiliumAnswersPods(true) => "Cilium itself answers pods at this address (1.19, cilium issue 45252)".to_owned(),
        Condition::CiliumAnswersPods(false) => "Cilium leaves the address to kube-proxy (before 1.19)".to_owned(),
        Condition::CiliumServes(true) => "Cilium serves the address there".to_owned(),
        Condition::CiliumServes(false) => "Cilium leaves it to kube-proxy".to_owned(),
        Condition::KubeProxyServes(true) => "kube-proxy runs too and serves the address".to_owned(),
        Condition::KubeProxyServes(false) => "kube-proxy does not run there".to_owned(),
        Condition::ReplyCrossesNode(true) => "the endpoint's reply crosses the node".to_owned(),
        Condition::ReplyCrossesNode(false) => "Cilium delivers the reply of an endpoint on the same node directly".to_owned(),
        Condition::AntreaShortCircuits(true) => {
            "Antrea is 1.15.2, 2.0 or later (from 1.12 where it runs the pod network itself)".to_owned()
        }
        Condition::AntreaShortCircuits(false) => "Antrea is older than 1.15.2 (than 1.12 where it runs the pod network itself)".to_owned(),
        Condition::KubeRouterPoliciesApart(true) => "kube-router 0.4 to 1.6, or 2.1 or later".to_owned(),
        Condition::KubeRouterPoliciesApart(false) => "kube-router before 0.4, or 2.0".to_owned(),
        Condition::NetworkBringsToEndpoint(true) => "routes lead to a node with an endpoint".to_owned(),
        Condition::NetworkBringsToEndpoint(false) => "no route leads to a node with an endpoint".to_owned(),
        Condition::DataPathAsRead(true) => "its release does what recent ones do".to_owned(),
        Condition::DataPathAsRead(false) => "its release does not do what recent ones do".to_owned(),
        Condition::IpModeHonoured(true) => "the data path honours ipMode Proxy, as recent releases do".to_owned(),
        Condition::IpModeHonoured(false) => "the data path ignores ipMode".to_owned(),
        Condition::LoadBalancerTranslates(true) => "the client has an address of that family, and the load balancer serves it".to_owned(),
        Condition::LoadBalancerTranslates(false) => {
            "the client has no address of that family, or the load balancer counts on kube-proxy".to_owned()
        }
        Condition::InternalPolicyApplied(true) => "the data path applies internalTrafficPolicy".to_owned(),
        Condition::InternalPolicyApplied(false) => "the data path ignores internalTrafficPolicy".to_owned(),
        Condition::BackendHoldsAddress(true) => {
            "Google's guest agent gave the node the load balancer's address, as it does to backends".to_owned()
        }
        Condition::BackendHoldsAddress(false) => "the node does not have the address".to_owned(),
        Condition::LoadBalancerHasBackend(true) => "the load balancer has a backend after all".to_owned(),
        Condition::LoadBalancerHasBackend(false) => "the load balancer has no backend".to_owned(),
        Condition::OwnNodePicked(true) => "the load balancer picks the client's own node".to_owned(),
        Condition::OwnNodePicked(false) => "it picks another node".to_owned(),
        Condition::TerwayInClusterLoadBalance(true) => {
            "in_cluster_loadbalance is on (clusters created with Terway 1.2.0 or later)".to_owned()
        }
        Condition::TerwayInClusterLoadBalance(false) => "in_cluster_loadbalance is off".to_owned(),
    }
}

fn release(from: Option<Version>, before: Option<Version>) -> String {
    let minor = |version: Version| match version.patch {
        0 => format!("{}.{}", version.major, version.minor),
        _ => version.to_string(),
    };
    match (from, before) {
        (Some(from), Some(before)) => format!("kube-proxy from {} to before {}", minor(from), minor(before)),
        (Some(from), None) => format!("kube-proxy {} or later", minor(from)),
        (None, Some(before)) => format!("kube-proxy before {}", minor(before)),
        (None, None) => "kube-proxy of any release".to_owned(),
    }
}
