//! No endpoint is ready anywhere: every address of the Service fails alike, whatever the policy.

use std::collections::BTreeSet;

use super::contrast::{Contrast, names};
use super::{Cause, CauseKind, Confidence, Fix};
use crate::facts::{Facts, Service};
use crate::plan::Network;
use crate::shell;
use crate::words;

/// kube-proxy rejects in every mode where a Service has no endpoint at all. Endpoints that terminate
/// and still serve are used from 1.26 on (KEP-1669): in the middle of an upgrade some nodes reject.
pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let facts = contrast.facts;
    if facts.ready_endpoints() > 0 {
        return None;
    }
    let rejecting: BTreeSet<_> = Network::ALL.into_iter().flat_map(|network| contrast.cluster_ip_failing_nodes(network)).collect();
    let serving = facts.serving_nodes();
    let of_some = !rejecting.is_empty() && !serving.is_empty() && contrast.contradicted_nodes().is_empty();
    let everywhere = contrast.all_fail(|kind| !kind.is_load_balancer());
    if !everywhere && !of_some {
        return None;
    }
    let (summary, line) = if everywhere {
        (
            "the Service has no ready endpoint: nothing can answer, from anywhere",
            "ClusterIP and DNS name also fail from every vantage, so the load balancer's address is not the problem".to_owned(),
        )
    } else {
        (
            "the Service has no ready endpoint, and kube-proxy before 1.26 does not use terminating ones",
            format!("those on {} terminate and still serve; kube-proxy on {} does not use them", names(&serving), names(&rejecting)),
        )
    };
    Some(Cause {
        kind: CauseKind::NoEndpoints,
        confidence: Confidence::Confirmed,
        summary: summary.into(),
        evidence: vec![slices(facts), line],
        fixes: vec![bring_up(&facts.service)],
    })
}

fn slices(facts: &Facts) -> String {
    match facts.endpoints.len() {
        0 => "its EndpointSlices hold no endpoint".to_owned(),
        unready => format!("its EndpointSlices hold {}, none of them ready", words::count(unready, "endpoint")),
    }
}

/// Getting something that answers.
pub(super) fn bring_up(service: &Service) -> Fix {
    let (namespace, name) = (&service.namespace, &service.name);
    Fix {
        what: "bring the pods behind the Service up: see why none is ready".into(),
        cost: "none".into(),
        command: Some(shell::command(&["kubectl", "describe", "service", name, "-n", namespace])),
        ..Fix::default()
    }
}
