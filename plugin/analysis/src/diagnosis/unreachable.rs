//! Endpoints are ready, and nothing reaches them by any address from anywhere: the pods do not
//! answer, or the network between nodes is broken. The load balancer is not the matter.

use super::contrast::Contrast;
use super::evidence::Evidence;
use super::finding::Finding;
use super::{Cause, Confidence, Fix};
use crate::shell;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let ready = contrast.facts.ready_endpoints();
    if ready == 0 || !contrast.all_fail(|_| true) {
        return None;
    }
    let service = &contrast.facts.service;
    Some(Cause {
        finding: Finding::Unreachable,
        confidence: Confidence::Confirmed,
        evidence: vec![Evidence::ReadyEndpointsListed { number: ready }, Evidence::AddressesFailAlike],
        fixes: vec![Fix {
            what: "check what the pods behind the Service listen on, and the network policies that select them".into(),
            cost: "none".into(),
            command: Some(shell::command(&["kubectl", "get", "endpointslices,networkpolicies", "-n", &service.namespace, "-o", "wide"])),
            ..Fix::default()
        }],
    })
}
