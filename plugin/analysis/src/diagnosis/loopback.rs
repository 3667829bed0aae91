//! The inverse pattern: only nodes with an endpoint fail. A cloud's load balancer often cannot
//! bring a backend's connection back to the same backend.

use super::contrast::{Contrast, names, who};
use super::{Cause, CauseKind, Confidence, fixes};

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let with_endpoint = contrast.facts.endpoint_nodes();
    let networks = contrast.failing_networks();
    let fits = networks.iter().all(|network| {
        let (failing, measured) = (contrast.failing_nodes(*network), contrast.measured_nodes(*network));
        let works_elsewhere = !(&measured - &with_endpoint).is_empty();
        failing.is_subset(&with_endpoint) && works_elsewhere && failing.is_subset(&contrast.cluster_ip_reached_nodes(*network))
    });
    if networks.is_empty() || !fits {
        return None;
    }
    let mut evidence = vec![format!("ready endpoints are on {}", names(&with_endpoint))];
    for network in &networks {
        evidence.extend(contrast.failures_in_words(*network));
        evidence.push(format!("{} on {} reach it", who(*network), names(&contrast.working_nodes(*network))));
    }
    // Where kube-proxy takes the address, no connection gets as far as the load balancer.
    let confidence = if contrast.load_balancer_is_passed_on() { Confidence::Likely } else { Confidence::Possible };
    Some(Cause {
        kind: CauseKind::Loopback,
        confidence,
        summary: "only nodes with an endpoint fail: the load balancer cannot bring a backend's connection back to the same backend".into(),
        evidence,
        fixes: vec![fixes::service_name(&contrast.facts.service)],
    })
}
