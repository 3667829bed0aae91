//! Amazon Web Services: classic and network load balancers.

use super::{Loopback, Traits, annotation, lists};
use crate::facts::{Service, ServicePort};

pub(super) const TRAITS: Traits =
    Traits { provider: "aws", shows: None, ends_tls, hostname: None, loopback: Some(Loopback::NoClientIpPreservation) };

/// With a certificate TLS ends on the listed ports: numbers, names or `*`; on all of them where none is listed.
fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    let named = |value: &str| {
        lists(value, &port.port.to_string()) || lists(value, "*") || port.name.as_ref().is_some_and(|name| lists(value, name))
    };
    let has_certificate = annotation(service, "aws-load-balancer-ssl-cert").is_some();
    has_certificate && annotation(service, "aws-load-balancer-ssl-ports").is_none_or(named)
}
