//! Vultr, whose load balancers are proxies (vultr-cloud-controller-manager, vultr/loadbalancers.go).

use super::{HostnameAnnotation, Traits, annotation, lists};
use crate::facts::{Service, ServicePort};

pub(super) const TRAITS: Traits = Traits {
    hostname: Some(HostnameAnnotation { key: "service.beta.kubernetes.io/vultr-loadbalancer-hostname", value: None, needs: None }),
    ends_tls,
    keeps_source: |_| false,
    ends_connections: true,
    annotations: "service.beta.kubernetes.io/vultr-loadbalancer-",
    ..Traits::of_cloud("vultr")
};

/// On the ports that are listed for HTTPS, with a certificate of a Secret.
fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    let has_certificate = annotation(service, "vultr-loadbalancer-ssl").is_some();
    has_certificate && annotation(service, "vultr-loadbalancer-https-ports").is_some_and(|ports| lists(ports, &port.port.to_string()))
}
