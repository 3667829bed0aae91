//! The inverse pattern: only nodes with an endpoint fail. A cloud's load balancer often cannot
//! bring a backend's connection back to the same backend.

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::providers;
use crate::remedies::{self, Fix, Remedy};

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let with_endpoint = symptoms.facts.serving_nodes();
    let networks = symptoms.failing_networks();
    let fits = networks.iter().all(|network| {
        let (failing, measured) = (symptoms.failing_nodes(*network), symptoms.measured_nodes(*network));
        let works_elsewhere = !(&measured - &with_endpoint).is_empty();
        failing == symptoms.failing_beside_endpoint(*network)
            && works_elsewhere
            && failing.is_subset(&symptoms.cluster_ip_reached_nodes(*network))
    });
    if networks.is_empty() || !fits {
        return None;
    }
    let mut evidence = vec![Evidence::ReadyEndpointsOn { nodes: names(&with_endpoint) }];
    for network in &networks {
        evidence.extend(symptoms.failures(*network).into_iter().map(Evidence::Fails));
        evidence.push(Evidence::Reaches { network: *network, nodes: names(&symptoms.working_nodes(*network)) });
    }
    let of_the_cloud = providers::loopback(symptoms.facts).map(|by| Remedy::AroundLoopback { by });
    let fixes = [remedies::service_name(&symptoms.facts.service)].into_iter().chain(of_the_cloud).map(Fix::from).collect();
    // Where kube-proxy takes the address, no connection gets as far as the load balancer.
    let confidence = if symptoms.load_balancer_is_passed_on() { Confidence::Likely } else { Confidence::Possible };
    Some(Cause { finding: Finding::Loopback, confidence, evidence, fixes })
}
