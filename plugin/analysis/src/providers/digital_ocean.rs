//! DigitalOcean.

use super::{HostnameAnnotation, Traits, annotation, lists};
use crate::facts::{Service, ServicePort};

pub(super) const TRAITS: Traits = Traits {
    provider: "digitalocean",
    shows: None,
    ends_tls,
    // Its documentation names the interception of the address by kube-proxy as the reason.
    hostname: Some(HostnameAnnotation { key: "service.beta.kubernetes.io/do-loadbalancer-hostname", needs: None }),
    loopback: None,
};

/// The annotation lists ports.
fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    annotation(service, "do-loadbalancer-tls-ports").is_some_and(|value| lists(value, &port.port.to_string()))
}
