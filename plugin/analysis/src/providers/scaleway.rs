//! Scaleway, whose load balancers are proxies.

use super::{HostnameAnnotation, Traits};

pub(super) const TRAITS: Traits = Traits {
    hostname: Some(HostnameAnnotation {
        key: "service.beta.kubernetes.io/scw-loadbalancer-use-hostname",
        value: Some("true"),
        needs: None,
    }),
    internal: Some(("service.beta.kubernetes.io/scw-loadbalancer-private", "true")),
    ends_tls: |service, _| service.annotations.contains_key("service.beta.kubernetes.io/scw-loadbalancer-certificate-ids"),
    keeps_source: |_| false,
    ..Traits::of_cloud("scaleway")
};
