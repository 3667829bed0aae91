//! internalTrafficPolicy Local: the ClusterIP and the DNS name, which are the way round a load
//! balancer, fail on nodes without an endpoint (kubernetes issue 121371).

use serde_json::json;

use super::contrast::{Contrast, names};
use super::evidence::{EndpointState, Evidence};
use super::finding::Finding;
use super::{Cause, Confidence, Fix, Strategy, fixes};
use crate::change::Change;
use crate::facts::{Facts, TrafficPolicy};
use crate::patch::ObjectReference;
use crate::plan::{Network, Plan};
use crate::prediction::Prediction;
use crate::words;

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
    let only_on = Evidence::EndpointsOnlyOn { state: EndpointState::Ready, nodes: names(&with_endpoint) };
    let failures = failing.iter().map(|(network, nodes)| Evidence::FailsAtClusterIp { network: *network, nodes: names(nodes) });
    Some(Cause {
        finding: Finding::InternalPolicyWithoutLocalEndpoint,
        confidence: if complete { Confidence::Confirmed } else { Confidence::Likely },
        evidence: [only_on].into_iter().chain(failures).collect(),
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
            words::short_list(&names(&facts.serving_nodes()), 3)
        ),
        after: fixes::after(facts, plan, before, &change),
        ..Fix::by_patch(Strategy::InternalCluster, object, json!({ "spec": { "internalTrafficPolicy": "Cluster" } }), change)
    }
}
