//! kube-proxy runs under another name than its node's, so that it takes no endpoint for a local one:
//! under policy Local every node drops, those with endpoints too.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::facts::TrafficPolicy;
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    if symptoms.facts.service.external_traffic_policy != TrafficPolicy::Local {
        return None;
    }
    let stale = symptoms.stale_nodes();
    let blind: BTreeSet<_> = blind_nodes(symptoms).into_iter().filter(|node| !stale.contains(node)).collect();
    if blind.is_empty() {
        return None;
    }
    let failing = symptoms.failing_from_any_network();
    let fails_there = !failing.is_disjoint(&blind);
    let mut evidence = vec![Evidence::CountsNoLocalEndpoint { nodes: names(&blind) }];
    let is_ineligible =
        |node: &&str| symptoms.facts.kube_proxy.processes.get(*node).is_some_and(|process| process.node_eligible == Some(false));
    let ineligible: BTreeSet<_> = blind.iter().copied().filter(is_ineligible).collect();
    if !ineligible.is_empty() {
        evidence.push(Evidence::NodeNotEligible { nodes: names(&ineligible) });
    }
    if fails_there {
        evidence.push(Evidence::FailsBesideEndpoints);
    }
    let processes = &symptoms.facts.kube_proxy.processes;
    let is_settled = |node: &&str| processes.get(*node).is_some_and(|process| process.local_endpoints_settled);
    let unsettled: BTreeSet<_> = blind.iter().copied().filter(|node| !is_settled(node)).collect();
    if !unsettled.is_empty() {
        evidence.push(Evidence::CountMayBeOfAMoment { nodes: names(&unsettled) });
    }
    Some(Cause {
        finding: Finding::NodeNameDiffers { nodes: names(&blind) },
        confidence: if fails_there && unsettled.is_empty() { Confidence::Confirmed } else { Confidence::Likely },
        evidence,
        fixes: vec![Remedy::NameKubeProxy.into()],
    })
}

/// Nodes whose kube-proxy counts no local endpoint where the slices have one.
fn blind_nodes<'a>(symptoms: &Symptoms<'a>) -> BTreeSet<&'a str> {
    let counted = symptoms.facts.kube_proxy.processes.iter().filter(|(_, process)| process.local_endpoints == Some(0));
    let counted: BTreeSet<_> = counted.map(|(node, _)| node.as_str()).collect();
    &symptoms.facts.endpoint_nodes() & &counted
}
