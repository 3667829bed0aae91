//! cert-manager dials the public name from inside before it asks for a certificate (cert-manager
//! issues 656, 863, 1292, 3238): where the load balancer fails from its node, the challenge stays
//! pending. A consequence of the causes beside it.

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::Symptoms;
use super::{Cause, Confidence};
use crate::facts::Challenge;
use crate::plan::Network;
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let pending = symptoms.facts.challenges.value().map(Vec::as_slice).unwrap_or_default();
    let failing = symptoms.failing_nodes(Network::Pod);
    let first = pending.first()?;
    if failing.is_empty() {
        return None;
    }
    let names = pending.iter().map(|challenge| challenge.dns_name.clone()).collect();
    let checks_itself = |challenge: &Challenge| challenge.reason.contains("self check");
    let mut evidence = vec![Evidence::ChallengesPending { names }];
    if !first.reason.is_empty() {
        evidence.push(Evidence::CertManagerSays { message: first.reason.clone() });
    }
    Some(Cause {
        finding: Finding::CertManagerSelfCheck,
        confidence: if pending.iter().any(checks_itself) { Confidence::Likely } else { Confidence::Possible },
        evidence,
        fixes: vec![Remedy::ResolveInside { challenge: first.name.clone(), namespace: first.namespace.clone() }.into()],
    })
}
