//! Endpoints are ready, and nothing reaches them by any address from anywhere: the pods do not
//! answer, or the network between nodes is broken. The load balancer is not the matter.

use super::contrast::Contrast;
use super::evidence::Evidence;
use super::finding::Finding;
use super::{Cause, Confidence};
use crate::remedies::Remedy;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let ready = contrast.facts.ready_endpoints();
    if ready == 0 || !contrast.all_fail(|_| true) {
        return None;
    }
    Some(Cause {
        finding: Finding::Unreachable,
        confidence: Confidence::Confirmed,
        evidence: vec![Evidence::ReadyEndpointsListed { number: ready }, Evidence::AddressesFailAlike],
        fixes: vec![Remedy::CheckPods { namespace: contrast.facts.service.namespace.clone() }.into()],
    })
}
