//! The inverse pattern: only nodes with an endpoint fail. A cloud's load balancer often cannot
//! bring a backend's connection back to the same backend.

use super::contrast::{Contrast, names};
use super::evidence::Evidence;
use super::finding::Finding;
use super::{Cause, Confidence};
use crate::providers;
use crate::remedies::{self, Fix, Remedy};

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let with_endpoint = contrast.facts.serving_nodes();
    let networks = contrast.failing_networks();
    let fits = networks.iter().all(|network| {
        let (failing, measured) = (contrast.failing_nodes(*network), contrast.measured_nodes(*network));
        let works_elsewhere = !(&measured - &with_endpoint).is_empty();
        failing.is_subset(&with_endpoint) && works_elsewhere && failing.is_subset(&contrast.cluster_ip_reached_nodes(*network))
    });
    if networks.is_empty() || !fits {
        return None;
    }
    let mut evidence = vec![Evidence::ReadyEndpointsOn { nodes: names(&with_endpoint) }];
    for network in &networks {
        evidence.extend(contrast.failures(*network).into_iter().map(Evidence::Fails));
        evidence.push(Evidence::Reaches { network: *network, nodes: names(&contrast.working_nodes(*network)) });
    }
    let of_the_cloud = providers::loopback(contrast.facts).map(|by| Remedy::AroundLoopback { by });
    let fixes = [remedies::service_name(&contrast.facts.service)].into_iter().chain(of_the_cloud).map(Fix::from).collect();
    // Where kube-proxy takes the address, no connection gets as far as the load balancer.
    let confidence = if contrast.load_balancer_is_passed_on() { Confidence::Likely } else { Confidence::Possible };
    Some(Cause { finding: Finding::Loopback, confidence, evidence, fixes })
}
