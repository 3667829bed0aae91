//! DigitalOcean.

use super::{HostnameAnnotation, Traits, annotation, lists};
use crate::facts::{Service, ServicePort};

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("service.beta.kubernetes.io/do-loadbalancer-network", "INTERNAL")),
    ends_tls,
    // Its documentation names the interception of the address by kube-proxy as the reason.
    hostname: Some(HostnameAnnotation { key: "service.beta.kubernetes.io/do-loadbalancer-hostname", value: None, needs: None }),
    // A regional load balancer is a proxy (istio issue 39321).
    keeps_source: |service| annotation(service, "do-loadbalancer-type") == Some("REGIONAL_NETWORK"),
    annotations: "service.beta.kubernetes.io/do-loadbalancer-",
    ..Traits::of_cloud("digitalocean")
};

/// An annotation lists ports; or all of them speak one protocol, with a certificate at the load balancer.
fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    let of_all = matches!(annotation(service, "do-loadbalancer-protocol"), Some("https" | "http2" | "http3"));
    let passes_through = annotation(service, "do-loadbalancer-tls-passthrough") == Some("true");
    let is_listed = || annotation(service, "do-loadbalancer-tls-ports").is_some_and(|value| lists(value, &port.port.to_string()));
    !passes_through && (of_all || is_listed())
}
