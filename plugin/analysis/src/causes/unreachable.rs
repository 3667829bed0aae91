//! Endpoints are ready, and nothing reaches them by any address from anywhere: the pods do not
//! answer, or the network between nodes is broken. The load balancer is not the matter.

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::Symptoms;
use super::{Cause, Confidence};
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let ready = symptoms.facts.ready_endpoints();
    if ready == 0 || !symptoms.all_fail(|_| true) {
        return None;
    }
    Some(Cause {
        finding: Finding::Unreachable,
        confidence: Confidence::Confirmed,
        evidence: vec![Evidence::ReadyEndpointsListed { number: ready }, Evidence::AddressesFailAlike],
        fixes: vec![Remedy::CheckPods { namespace: symptoms.facts.service.namespace.clone() }.into()],
    })
}
