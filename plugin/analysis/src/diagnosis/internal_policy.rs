//! internalTrafficPolicy Local: the ClusterIP and the DNS name, which are the way round a load
//! balancer, fail on nodes without an endpoint (kubernetes issue 121371).

use serde_json::json;

use super::contrast::{Contrast, names, who};
use super::{Cause, CauseKind, Confidence, Fix, Strategy, fixes};
use crate::change::Change;
use crate::facts::{Facts, TrafficPolicy};
use crate::patch::ObjectReference;
use crate::plan::{Network, Plan};
use crate::prediction::Prediction;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let facts = contrast.facts;
    let with_endpoint = facts.serving_nodes();
    if facts.service.internal_traffic_policy != TrafficPolicy::Local || with_endpoint.is_empty() {
        return None;
    }
    let failing = Network::ALL.map(|network| (network, contrast.cluster_ip_failing_nodes(network)));
    let failing: Vec<_> = failing.into_iter().filter(|(_, nodes)| !nodes.is_empty()).collect();
    if failing.is_empty() || failing.iter().any(|(_, nodes)| !nodes.is_disjoint(&with_endpoint)) {
        return None;
    }
    let complete = failing.iter().all(|(network, nodes)| {
        let working = contrast.cluster_ip_reached_nodes(*network);
        !working.is_empty() && working.is_subset(&with_endpoint) && nodes.is_disjoint(&working)
    });
    let failures = failing.iter().map(|(network, nodes)| format!("{} on {} fail at the ClusterIP", who(*network), names(nodes)));
    Some(Cause {
        kind: CauseKind::InternalPolicyWithoutLocalEndpoint,
        confidence: if complete { Confidence::Confirmed } else { Confidence::Likely },
        summary:
            "internalTrafficPolicy is Local, and the failing nodes have no endpoint of their own: the ClusterIP and the DNS name work \
                  only beside an endpoint"
                .into(),
        evidence: [format!("ready endpoints are on {} only", names(&with_endpoint))].into_iter().chain(failures).collect(),
        fixes: vec![policy_cluster(facts, contrast.matrix.plan, contrast.prediction)],
    })
}

/// Letting the ClusterIP take any endpoint.
pub(super) fn policy_cluster(facts: &Facts, plan: &Plan, before: &Prediction) -> Fix {
    let object = ObjectReference::of_service(&facts.service);
    let change = Change::InternalTrafficPolicy(TrafficPolicy::Cluster);
    Fix {
        what: "set internalTrafficPolicy to Cluster".into(),
        cost: format!(
            "connections from inside leave their node: those that now stay on {} may take another endpoint",
            names(&facts.serving_nodes())
        ),
        after: fixes::after(facts, plan, before, &change),
        ..Fix::by_patch(Strategy::InternalCluster, object, json!({ "spec": { "internalTrafficPolicy": "Cluster" } }), change)
    }
}
