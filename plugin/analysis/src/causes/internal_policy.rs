//! internalTrafficPolicy Local: the ClusterIP and the DNS name, which are the way round a load
//! balancer, fail on nodes without an endpoint (kubernetes issue 121371).

use super::evidence::{EndpointState, Evidence};
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::facts::TrafficPolicy;
use crate::plan::Network;
use crate::remedies;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let facts = symptoms.facts;
    let with_endpoint = facts.serving_nodes();
    if facts.service.internal_traffic_policy != TrafficPolicy::Local || with_endpoint.is_empty() {
        return None;
    }
    let failing = Network::ALL.map(|network| (network, symptoms.cluster_ip_failing_nodes(network)));
    let failing: Vec<_> = failing.into_iter().filter(|(_, nodes)| !nodes.is_empty()).collect();
    if failing.is_empty() || failing.iter().any(|(_, nodes)| !nodes.is_disjoint(&with_endpoint)) {
        return None;
    }
    let complete = failing.iter().all(|(network, nodes)| {
        let working = symptoms.cluster_ip_reached_nodes(*network);
        !working.is_empty() && working.is_subset(&with_endpoint) && nodes.is_disjoint(&working)
    });
    let only_on = Evidence::EndpointsOnlyOn { state: EndpointState::Ready, nodes: names(&with_endpoint), ports: Vec::new() };
    let failures = failing.iter().map(|(network, nodes)| Evidence::FailsAtClusterIp { network: *network, nodes: names(nodes) });
    Some(Cause {
        finding: Finding::InternalPolicyWithoutLocalEndpoint,
        confidence: if complete { Confidence::Confirmed } else { Confidence::Likely },
        evidence: [only_on].into_iter().chain(failures).collect(),
        fixes: vec![remedies::internal_policy_cluster(facts, symptoms.matrix.plan, symptoms.prediction)],
    })
}
