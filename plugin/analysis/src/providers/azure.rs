//! Microsoft Azure: the standard load balancer.

use std::collections::BTreeMap;

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
    annotations: "service.beta.kubernetes.io/azure-",
    ..Traits::of_cloud("azure")
};

/// From when an appProtocol says how a port is checked: AKS has Azure's own cloud provider from 1.22 on (cloud-provider-azure
/// issue 1763).
const CHECKS_BY_APP_PROTOCOL: Version = Version::new(22, 0);

/// Releases for Kubernetes before 1.24 check by TCP all the same where no annotation names a path: from 1.0.18, 1.1.14 and 1.23.11 on
/// (cloud-provider-azure, `buildHealthProbeRulesForPort`; AKS issue 3331).
const CHECKS_WITHOUT_PATH: Version = Version::new(24, 0);

/// What a health check by HTTP asks for where nothing says otherwise.
pub(crate) const ROOT: &str = "/";

/// Where ingress-nginx answers health checks with 200, for any host (ingress-nginx, `health-check-path`).
const NGINX_HEALTH: &str = "/healthz";

/// What the load balancer's health checks ask nodes for by HTTP, and the ports by it: nodes that do not answer with 200 get no
/// connections. Nothing of what is known to answer. Under policy Local they ask kube-proxy. From 1.22 an appProtocol says so
/// too.
pub(crate) fn paths_checked(facts: &Facts) -> BTreeMap<&str, Vec<u16>> {
    let service = &facts.service;
    let newest = facts.nodes.iter().filter_map(|node| node.kubelet_version).max();
    let is_older = newest.is_some_and(|newest| newest < CHECKS_BY_APP_PROTOCOL);
    let mut paths: BTreeMap<_, Vec<_>> = BTreeMap::new();
    if is_older || Provider::of(facts) != Some(Provider::Azure) || service.external_traffic_policy == TrafficPolicy::Local {
        return paths;
    }
    let needs_path = newest.is_some_and(|newest| newest < CHECKS_WITHOUT_PATH);
    for port in service.ports.iter().filter(|port| is_checked_by_http(service, port)) {
        let named = named_path(service, port.port);
        if needs_path && named.is_none() {
            continue;
        }
        let path = named.unwrap_or(ROOT);
        if !answers(facts, path) {
            paths.entry(path).or_default().push(port.port);
        }
    }
    paths
}

/// By the port's own annotation, its appProtocol, or the annotation of all, in this order; by TCP where none says so
/// (cloud-provider-azure, `buildHealthProbeRulesForPort`).
fn is_checked_by_http(service: &Service, port: &ServicePort) -> bool {
    let own = annotation(service, &format!("port_{}_health-probe_protocol", port.port));
    let protocol = own.or(port.app_protocol.as_deref()).or_else(|| annotation(service, "azure-load-balancer-health-probe-protocol"));
    protocol.is_some_and(|protocol| ["http", "https"].iter().any(|http| protocol.trim().eq_ignore_ascii_case(http)))
}

fn named_path(service: &Service, port: u16) -> Option<&str> {
    let own = annotation(service, &format!("port_{port}_health-probe_request-path"));
    own.or_else(|| annotation(service, "azure-load-balancer-health-probe-request-path"))
}

/// ingress-nginx does at its own path, unless its settings may turn the load balancer away there.
fn answers(facts: &Facts, path: &str) -> bool {
    path == NGINX_HEALTH && facts.service.ingress_nginx && facts.refusing_setting.is_none() && facts.taken_path.is_none()
}

/// The service tags that the cloud's firewall admits, where kube-proxy drops who comes by them: it knows the ranges alone.
pub(crate) fn tags_beside_ranges(facts: &Facts) -> Option<String> {
    let tags = annotation(&facts.service, "azure-allowed-service-tags").filter(|tags| !tags.trim().is_empty())?;
    let is_meant = Provider::of(facts) == Some(Provider::Azure) && facts.service.load_balancer_ips().next().is_some();
    let ranges = &facts.service.load_balancer_source_ranges;
    let admits_everybody = ranges.iter().any(|range| range.prefix_len() == 0);
    (is_meant && !ranges.is_empty() && !admits_everybody).then(|| tags.to_owned())
}
