//! Scaleway, whose load balancers are proxies.

use super::Traits;

pub(super) const TRAITS: Traits = Traits {
    internal: Some(("service.beta.kubernetes.io/scw-loadbalancer-private", "true")),
    ends_tls: |service, _| service.annotations.contains_key("service.beta.kubernetes.io/scw-loadbalancer-certificate-ids"),
    keeps_source: |_| false,
    ..Traits::of_cloud("scaleway")
};
