//! Alibaba Cloud: ACK with CLB and NLB, ASM, Terway.

use super::{BackendKind, HostnameAnnotation, Loopback, Shows, Traits, annotation, is_excluded, lists};
use super::{Prerequisite, Requirement};
use crate::facts::{Facts, NetworkPlugin, Readiness, Service, ServicePort};

/// The annotation that says what the load balancer dials: `eni` for the pods' own interfaces.
pub const BACKEND_TYPE: &str = "service.beta.kubernetes.io/backend-type";

/// Whether its cloud controller sets ipMode: it does not, by its source in April 2026.
pub(crate) const SETS_IP_MODE: Requirement = Requirement::NotMet;

/// What its controller's annotations begin with, and what they began with until 2019: it still reads both.
const PREFIXES: [&str; 2] = ["alibaba-cloud-loadbalancer-", "alicloud-loadbalancer-"];

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet")),
    node_selector: Some("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-backend-label"),
    shows: Shows::NodesOrFacts { nodes: "alicloud", facts: shows },
    ends_tls,
    hostname: Some(HostnameAnnotation {
        key: "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-hostname",
        value: None,
        needs: Some(Prerequisite::AlibabaControllerHostname),
    }),
    loopback: Some(Loopback::HttpListener),
    // TCP and UDP listeners do not loop back.
    loops: |facts| !has_http_listeners(&facts.service),
    backends,
    // It does not know the label of control planes, and leaves nodes out that are not Ready, whatever the policy.
    leaves_out: |node| is_excluded(node) || node.master || node.readiness != Readiness::Ready,
    ..Traits::of_cloud("alicloud")
};

/// The ID of a load balancer that was there before the Service, where an annotation names one.
pub(crate) fn reused_load_balancer(service: &Service) -> Option<&str> {
    own_annotation(service, "id")
}

/// The annotation decides, then settings of the cloud controller that the API does not show, then the pod network: with
/// Terway pods are dialled by default.
fn backends(facts: &Facts) -> BackendKind {
    match facts.service.annotations.get(BACKEND_TYPE).map(String::as_str) {
        Some("eni") => BackendKind::Pods,
        Some(other) if !other.is_empty() => BackendKind::Nodes,
        _ if terway(facts) == Requirement::Met => BackendKind::PodsByDefault,
        _ => BackendKind::Nodes,
    }
}

fn own_annotation<'a>(service: &'a Service, name: &str) -> Option<&'a str> {
    PREFIXES.iter().find_map(|prefix| annotation(service, &format!("{prefix}{name}")))
}

/// Whether each port's listener speaks HTTP: connections end at the load balancer.
fn has_http_listeners(service: &Service) -> bool {
    let listeners = own_annotation(service, "protocol-port").unwrap_or_default();
    let speaks = |port: &ServicePort, protocol: &str| lists(listeners, &format!("{protocol}:{}", port.port));
    !service.ports.is_empty() && service.ports.iter().all(|port| speaks(port, "http") || speaks(port, "https"))
}

/// Whether the cluster shows its marks.
pub(crate) fn is_here(facts: &Facts) -> bool {
    super::Provider::Alibaba.is_here(facts)
}

/// Annotations of its cloud controller, a gateway of its service mesh, its pod network.
fn shows(facts: &Facts) -> bool {
    let annotations = &facts.service.annotations;
    let is_own = |key: &String| {
        let name = key.strip_prefix("service.beta.kubernetes.io/").unwrap_or_default();
        name.starts_with("alibaba-cloud-") || name.starts_with("alicloud-") || key == BACKEND_TYPE
    };
    let annotated = annotations.keys().any(is_own);
    annotated || facts.service.istio_gateway().is_some() || terway(facts) == Requirement::Met
}

/// Whether pods have addresses of ENIs.
pub(crate) fn terway(facts: &Facts) -> Requirement {
    match facts.pod_network.value().map(|network| network.plugin) {
        Some(
            NetworkPlugin::Terway
            | NetworkPlugin::TerwayVeth
            | NetworkPlugin::TerwayIpvlan
            | NetworkPlugin::TerwayDataPathV2
            | NetworkPlugin::TerwayExclusiveEni,
        ) => Requirement::Met,
        Some(_) => Requirement::NotMet,
        None => Requirement::Unknown,
    }
}

/// The annotation lists protocols and ports: `https:443,http:80`.
fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    own_annotation(service, "protocol-port").is_some_and(|value| lists(value, &format!("https:{}", port.port)))
}
