//! Amazon Web Services: classic and network load balancers.

use super::{BackendKind, Loopback, Provider, Traits, annotation, is_excluded, lists};
use crate::facts::{Facts, Protocol, Service, ServicePort, TrafficPolicy};

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("service.beta.kubernetes.io/aws-load-balancer-internal", "true")),
    node_selector: Some("service.beta.kubernetes.io/aws-load-balancer-target-node-labels"),
    ends_tls,
    loopback: Some(Loopback::NoClientIpPreservation),
    loops,
    // The AWS Load Balancer Controller leaves such nodes out by their label.
    leaves_out: |node| is_excluded(node) || node.master,
    backends,
    // A classic load balancer is a proxy.
    keeps_source: is_network_load_balancer,
    annotations: "service.beta.kubernetes.io/aws-load-balancer-",
    // Both of its controllers pass over a node without one (cloud-provider-aws, `mapToAWSInstanceIDsTolerant`).
    machine_ids: &["aws"],
    ..Traits::of_cloud("aws")
};

/// With a certificate TLS ends on the listed ports: numbers, names or `*`; on all of them where none is listed.
fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    let named = |value: &str| {
        lists(value, &port.port.to_string()) || lists(value, "*") || port.name.as_ref().is_some_and(|name| lists(value, name))
    };
    let has_certificate = annotation(service, "aws-load-balancer-ssl-cert").is_some();
    has_certificate && annotation(service, "aws-load-balancer-ssl-ports").is_none_or(named)
}

/// Whether annotations or the class speak to one of its controllers.
pub(super) fn is_meant(service: &Service) -> bool {
    is_of_class(service) || service.annotations.keys().any(|key| key.starts_with(TRAITS.annotations))
}

fn type_of(service: &Service) -> Option<&str> {
    annotation(service, "aws-load-balancer-type")
}

/// Type `external` is for the AWS Load Balancer Controller, which takes it with a target type alone (its
/// checkAWSLoadBalancerTypeAnnotation; aws-load-balancer-controller issue 3000).
pub(super) fn is_taken_by_nobody(service: &Service) -> bool {
    let target = annotation(service, "aws-load-balancer-nlb-target-type");
    type_of(service) == Some("external") && !matches!(target, Some("ip" | "instance"))
}

fn is_network_load_balancer(service: &Service) -> bool {
    matches!(type_of(service), Some("nlb" | "nlb-ip" | "external")) || is_of_class(service)
}

/// Whether the cloud provider's own controller makes a classic load balancer of it.
pub(super) fn is_classic(service: &Service) -> bool {
    !is_network_load_balancer(service) && service.load_balancer_class.is_none()
}

/// Whether annotations say how nodes are checked.
pub(super) fn has_own_health_check(service: &Service) -> bool {
    HEALTH_CHECKS.iter().any(|key| annotation(service, key).is_some())
}

/// By the classes of the AWS Load Balancer Controller and of EKS Auto Mode.
fn is_of_class(service: &Service) -> bool {
    matches!(service.load_balancer_class.as_deref(), Some("service.k8s.aws/nlb" | "eks.amazonaws.com/nlb"))
}

/// What the AWS Load Balancer Controller alone reads, by the ends of the keys.
const OF_CONTROLLER: [&str; 2] = ["aws-load-balancer-nlb-target-type", "aws-load-balancer-scheme"];

/// What the cloud provider's own controller reads for classic load balancers alone (cloud-provider-aws issue 234).
const PROXY_PROTOCOL: &str = "aws-load-balancer-proxy-protocol";

/// The annotations that the controller of this load balancer does not read, by the ends of their keys.
pub(crate) fn ignored_annotations(service: &Service) -> Vec<&'static str> {
    if is_of_controller(service) || service.load_balancer_class.is_some() {
        return Vec::new();
    }
    let header = (type_of(service) == Some("nlb")).then_some(PROXY_PROTOCOL);
    OF_CONTROLLER.into_iter().chain(header).filter(|key| annotation(service, key).is_some()).collect()
}

/// Whether its targets are instances, as its controllers have it by default. The annotation is for the AWS Load Balancer
/// Controller, which leaves type `nlb` to the cloud provider's own.
fn has_instances(service: &Service) -> bool {
    let is_of_cloud_provider = type_of(service) == Some("nlb") && !is_of_class(service);
    let by_annotation = annotation(service, "aws-load-balancer-nlb-target-type").is_none_or(|target| target == "instance");
    is_network_load_balancer(service) && type_of(service) != Some("nlb-ip") && (is_of_cloud_provider || by_annotation)
}

fn backends(facts: &Facts) -> BackendKind {
    if dials_pods(&facts.service) { BackendKind::Pods } else { BackendKind::Nodes }
}

/// Whether the AWS Load Balancer Controller makes it, by its classes and types.
fn is_of_controller(service: &Service) -> bool {
    is_of_class(service) || matches!(type_of(service), Some("external" | "nlb-ip"))
}

/// Whether it makes one that is internal for want of a word on it.
pub(crate) fn is_internal_by_default(service: &Service) -> bool {
    let says = ["aws-load-balancer-scheme", "aws-load-balancer-internal"].iter().any(|key| annotation(service, key).is_some());
    is_of_controller(service) && !says
}

/// Whether its targets are pods.
pub(crate) fn dials_pods(service: &Service) -> bool {
    is_network_load_balancer(service) && !has_instances(service)
}

/// The scheme wins over the older annotation, where it is read; the AWS Load Balancer Controller's default is internal.
fn is_internal(service: &Service) -> bool {
    let by_default = is_of_controller(service);
    match annotation(service, "aws-load-balancer-scheme").filter(|_| by_default) {
        Some(scheme) => scheme == "internal",
        None => annotation(service, "aws-load-balancer-internal").map_or(by_default, |value| value != "false"),
    }
}

/// A network load balancer that preserves the client's address does not bring a connection back to the node, or to the node of
/// the pod, that it comes from (AWS, troubleshooting network load balancers).
fn loops(facts: &Facts) -> bool {
    let service = &facts.service;
    if has_instances(service) {
        return is_internal(service) && preserves_client_ip(service);
    }
    let asks = annotation(service, "aws-load-balancer-target-group-attributes")
        .is_some_and(|attributes| lists(attributes, "preserve_client_ip.enabled=true"));
    let has_udp = service.ports.iter().any(|port| port.protocol == Protocol::Udp);
    // To one that faces the internet, connections from inside come from a gateway's address (cloud-provider-aws PR 1161).
    is_network_load_balancer(service) && is_internal(service) && (asks || has_udp)
}

/// On by default for instance targets.
fn preserves_client_ip(service: &Service) -> bool {
    !annotation(service, "aws-load-balancer-target-group-attributes")
        .is_some_and(|attributes| lists(attributes, "preserve_client_ip.enabled=false"))
}

/// By which annotations a health check is told another way.
const HEALTH_CHECKS: [&str; 2] = ["aws-load-balancer-healthcheck-port", "aws-load-balancer-healthcheck-protocol"];

/// Whether nodes are checked by TCP at a node port that serves UDP alone: under policy Cluster the check goes to the traffic
/// port by default (aws-load-balancer-controller issue 2144).
pub(crate) fn checks_udp_by_tcp(facts: &Facts) -> bool {
    let service = &facts.service;
    let is_all_udp = !service.ports.is_empty() && service.ports.iter().all(|port| port.protocol == Protocol::Udp);
    let is_cluster = service.external_traffic_policy == TrafficPolicy::Cluster;
    Provider::of(facts) == Some(Provider::Aws) && has_instances(service) && is_cluster && is_all_udp && !has_own_health_check(service)
}
