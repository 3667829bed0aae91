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
