//! Endpoints are ready, and nothing reaches them by any address from anywhere: the pods do not
//! answer, or the network between nodes is broken. The load balancer is not the matter.

use super::contrast::Contrast;
use super::{Cause, CauseKind, Confidence, Fix};
use crate::shell;
use crate::words;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let ready = contrast.facts.ready_endpoints();
    if ready == 0 || !contrast.all_fail(|_| true) {
        return None;
    }
    let service = &contrast.facts.service;
    Some(Cause {
        kind: CauseKind::Unreachable,
        confidence: Confidence::Confirmed,
        summary: "the Service answers at none of its addresses, from any vantage".into(),
        evidence: vec![
            format!("{}, by its EndpointSlices", words::count(ready, "ready endpoint")),
            "load balancer, DNS name and ClusterIP fail alike on nodes with and without an endpoint".into(),
        ],
        fixes: vec![Fix {
            what: "check what the pods behind the Service listen on, and the network policies that select them".into(),
            cost: "none".into(),
            command: Some(shell::command(&["kubectl", "get", "endpointslices,networkpolicies", "-n", &service.namespace, "-o", "wide"])),
            ..Fix::default()
        }],
    })
}
