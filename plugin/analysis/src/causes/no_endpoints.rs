//! No endpoint is ready anywhere: every address of the Service fails alike, whatever the policy.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::finding::{Finding, WithoutEndpoint};
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::facts::Facts;
use crate::plan::Network;
use crate::remedies;

/// kube-proxy rejects in every mode where a Service has no endpoint at all. Endpoints that terminate
/// and still serve are used from 1.26 on (KEP-1669): in the middle of an upgrade some nodes reject.
pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let facts = symptoms.facts;
    if facts.ready_endpoints() > 0 {
        return None;
    }
    let rejecting: BTreeSet<_> = Network::ALL.into_iter().flat_map(|network| symptoms.cluster_ip_failing_nodes(network)).collect();
    let serving = facts.serving_nodes();
    let of_some = !rejecting.is_empty() && !serving.is_empty() && symptoms.contradicted_nodes().is_empty();
    let everywhere = symptoms.all_fail(|kind| !kind.is_load_balancer());
    if !everywhere && !of_some {
        return None;
    }
    let (without, seen) = if everywhere {
        (WithoutEndpoint::Everywhere, Evidence::FailsAtEveryAddress)
    } else {
        let not_used = Evidence::TerminatingEndpointsNotUsed { serving: names(&serving), rejecting: names(&rejecting) };
        (WithoutEndpoint::OlderKubeProxies, not_used)
    };
    Some(Cause {
        finding: Finding::NoEndpoints { without },
        confidence: Confidence::Confirmed,
        evidence: vec![slices(facts), seen],
        fixes: vec![remedies::start_pods(facts).into()],
    })
}

fn slices(facts: &Facts) -> Evidence {
    match facts.endpoints.len() {
        0 => Evidence::NoEndpointListed,
        listed => Evidence::NoEndpointReady { listed },
    }
}
