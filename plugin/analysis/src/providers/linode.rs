//! Linode (Akamai), whose NodeBalancers are proxies.

use super::{HostnameAnnotation, Traits};

pub(super) const TRAITS: Traits = Traits {
    hostname: Some(HostnameAnnotation {
        key: "service.beta.kubernetes.io/linode-loadbalancer-hostname-only-ingress",
        value: Some("true"),
        needs: None,
    }),
    keeps_source: |_| false,
    ends_connections: true,
    annotations: "service.beta.kubernetes.io/linode-loadbalancer-",
    ..Traits::of_cloud("linode")
};
