//! Microsoft Azure: the standard load balancer.

use super::{Loopback, Provider, Traits, annotation, is_excluded};
use crate::facts::{Facts, Service, ServicePort, TrafficPolicy, Version};

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("service.beta.kubernetes.io/azure-load-balancer-internal", "true")),
    loopback: Some(Loopback::ClientsElsewhere),
    // An internal one does not bring a backend's flow back to it (Azure, load balancer limitations).
    loops: |facts| annotation(&facts.service, "azure-load-balancer-internal") == Some("true"),
    // `excludeMasterFromStandardLB` is on by default.
    leaves_out: |node| is_excluded(node) || node.control_plane || node.master,
    // Behind a Private Link Service it does where azure-pls-proxy-protocol says so (cloud-provider-azure, "PLS integration").
    never_writes_header: true,
    ..Traits::of_cloud("azure")
};

/// From when an appProtocol says how a port is checked.
const CHECKS_BY_APP_PROTOCOL: Version = Version::new(24, 0);

/// The ports that the load balancer's health check asks by HTTP for `/`, which a server seldom answers with 200: an
/// appProtocol says so, and no annotation names a path (from 1.24; AKS issue 3210). Under policy Local it asks kube-proxy.
pub(crate) fn ports_checked_at_root(facts: &Facts) -> Vec<u16> {
    let service = &facts.service;
    let newest = facts.nodes.iter().filter_map(|node| node.kubelet_version).max();
    let is_older = newest.is_some_and(|newest| newest < CHECKS_BY_APP_PROTOCOL);
    if is_older || Provider::of(facts) != Some(Provider::Azure) || service.external_traffic_policy == TrafficPolicy::Local {
        return Vec::new();
    }
    let is_http = |port: &&ServicePort| matches!(port.app_protocol.as_deref(), Some("http" | "https"));
    service.ports.iter().filter(is_http).filter(|port| !is_set_up(service, port.port)).map(|port| port.port).collect()
}

/// Whether an annotation says how to check a port.
fn is_set_up(service: &Service, port: u16) -> bool {
    let of_all = ["azure-load-balancer-health-probe-request-path", "azure-load-balancer-health-probe-protocol"];
    let of_port = [format!("port_{port}_health-probe_request-path"), format!("port_{port}_health-probe_protocol")];
    let mut names = of_all.into_iter().chain(of_port.iter().map(String::as_str));
    names.any(|name| annotation(service, name).is_some())
}
