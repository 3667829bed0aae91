//! The inverse pattern: only nodes with an endpoint fail. A cloud's load balancer often cannot
//! bring a backend's connection back to the same backend.

use super::contrast::{Contrast, names};
use super::evidence::Evidence;
use super::finding::Finding;
use super::{Cause, Confidence, Fix, fixes};

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
    // Where kube-proxy takes the address, no connection gets as far as the load balancer.
    let confidence = if contrast.load_balancer_is_passed_on() { Confidence::Likely } else { Confidence::Possible };
    Some(Cause {
        finding: Finding::Loopback,
        confidence,
        evidence,
        fixes: [fixes::service_name(&contrast.facts.service)].into_iter().chain(of_the_cloud(contrast)).collect(),
    })
}

/// What the cloud itself can change.
fn of_the_cloud(contrast: &Contrast<'_>) -> Option<Fix> {
    let provider = contrast.facts.nodes.iter().find_map(|node| node.provider.as_deref())?;
    let (what, cost) = match provider {
        "aws" => (
            "turn off the network load balancer's client IP preservation (target group attribute preserve_client_ip.enabled)",
            "clients outside lose their source address, unless the PROXY protocol carries it",
        ),
        "azure" => (
            "run clients of the internal load balancer on nodes that are not its backends: a backend cannot reach itself through it",
            "separate nodes for clients or gateways",
        ),
        "gce" => (
            "run clients of the internal load balancer on nodes that are not its backends: a backend always answers itself, on any port, even while it is unhealthy",
            "separate nodes for clients or gateways",
        ),
        "alicloud" => (
            "use an HTTP or HTTPS listener: TCP and UDP listeners cannot return a backend's connection to itself",
            "the load balancer ends TLS, and clients' addresses go into X-Forwarded-For",
        ),
        _ => return None,
    };
    Some(Fix { what: what.into(), cost: cost.into(), ..Fix::default() })
}
