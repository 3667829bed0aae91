//! No endpoint is ready anywhere: every address of the Service fails alike, whatever the policy.

use super::contrast::Contrast;
use super::{Cause, CauseKind, Confidence, Fix};
use crate::facts::Service;
use crate::words;

/// kube-proxy rejects in every mode where a Service has no endpoint at all.
pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let facts = contrast.facts;
    if facts.ready_endpoints() > 0 || !contrast.all_fail(|kind| !kind.is_load_balancer()) {
        return None;
    }
    let service = &facts.service;
    let unready = facts.endpoints.len();
    let slices = if unready == 0 {
        "its EndpointSlices hold no endpoint".to_owned()
    } else {
        format!("its EndpointSlices hold {}, none of them ready", words::count(unready, "endpoint"))
    };
    Some(Cause {
        kind: CauseKind::NoEndpoints,
        confidence: Confidence::Confirmed,
        summary: "the Service has no ready endpoint: nothing is there to answer, from anywhere".into(),
        evidence: vec![
            slices,
            "ClusterIP and DNS name fail from every vantage too, so the load balancer's address is not the matter".into(),
        ],
        fixes: vec![bring_up(service)],
    })
}

/// Getting something that answers.
pub(super) fn bring_up(service: &Service) -> Fix {
    let (namespace, name) = (&service.namespace, &service.name);
    Fix {
        what: "bring the pods behind the Service up: see why none is ready".into(),
        cost: "none".into(),
        command: Some(format!("kubectl describe service {name} -n {namespace}")),
        ..Fix::default()
    }
}
