//! DigitalOcean.

use super::{HostnameAnnotation, Traits, annotation, lists};
use crate::facts::{Service, ServicePort};

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("service.beta.kubernetes.io/do-loadbalancer-network", "INTERNAL")),
    ends_tls,
    // Its documentation names the interception of the address by kube-proxy as the reason.
    hostname: Some(HostnameAnnotation { key: "service.beta.kubernetes.io/do-loadbalancer-hostname", needs: None }),
    // A regional load balancer is a proxy (istio issue 39321).
    keeps_source: |service| annotation(service, "do-loadbalancer-type") == Some("REGIONAL_NETWORK"),
    ..Traits::of_cloud("digitalocean")
};

/// The annotation lists ports.
fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    annotation(service, "do-loadbalancer-tls-ports").is_some_and(|value| lists(value, &port.port.to_string()))
}
