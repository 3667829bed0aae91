//! The inverse pattern: a cloud's load balancer often cannot bring a backend's connection back to the same backend. Only
//! nodes with an endpoint fail; or, where every node is a backend, all of them now and then. Where kube-proxy takes the
//! address, no connection gets as far as the load balancer, and it is something else.

use super::evidence::Evidence;
use super::finding::{Finding, LoopbackPattern};
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::plan::Network;
use crate::providers;
use crate::remedies;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let networks = symptoms.failing_networks();
    if networks.is_empty() || !symptoms.load_balancer_may_be_passed_on() {
        return None;
    }
    let shows = if fails_beside_endpoints(symptoms, &networks) {
        LoopbackPattern::EndpointNodes
    } else if backends_fail_now_and_then(symptoms, &networks) {
        LoopbackPattern::NowAndThen
    } else {
        return None;
    };
    let mut evidence = vec![Evidence::ReadyEndpointsOn { nodes: names(&symptoms.facts.serving_nodes()) }];
    for network in &networks {
        evidence.extend(symptoms.failures(*network).into_iter().map(Evidence::Fails));
        let working = symptoms.working_nodes(*network);
        evidence.extend((!working.is_empty()).then(|| Evidence::Reaches { network: *network, nodes: names(&working) }));
        evidence.push(Evidence::SameReachClusterIp { network: *network });
    }
    let confidence = if symptoms.load_balancer_is_passed_on() { Confidence::Likely } else { Confidence::Possible };
    Some(Cause { finding: Finding::Loopback { shows }, confidence, evidence, fixes: remedies::for_loopback(symptoms.facts) })
}

fn fails_beside_endpoints(symptoms: &Symptoms<'_>, networks: &[Network]) -> bool {
    let with_endpoint = symptoms.facts.serving_nodes();
    networks.iter().all(|network| {
        let (failing, measured) = (symptoms.failing_nodes(*network), symptoms.measured_nodes(*network));
        let works_elsewhere = !(&measured - &with_endpoint).is_empty();
        failing == symptoms.failing_beside_endpoint(*network)
            && works_elsewhere
            && failing.is_subset(&symptoms.cluster_ip_reached_nodes(*network))
    })
}

fn backends_fail_now_and_then(symptoms: &Symptoms<'_>, networks: &[Network]) -> bool {
    let looping = providers::looping_nodes(symptoms.facts);
    networks.iter().all(|network| {
        let failing = symptoms.failing_nodes(*network);
        failing.is_subset(&looping)
            && symptoms.fails_now_and_then(*network)
            && failing.is_subset(&symptoms.cluster_ip_reached_nodes(*network))
    })
}
