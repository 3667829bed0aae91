//! Hetzner Cloud.

use super::{HostnameAnnotation, Traits};

pub(super) const TRAITS: Traits = Traits {
    // What its controller recommended before 1.21, which sets ipMode Proxy where the PROXY protocol is on.
    hostname: Some(HostnameAnnotation { key: "load-balancer.hetzner.cloud/hostname", needs: None }),
    // Its load balancers are proxies.
    keeps_source: |_| false,
    ..Traits::of_cloud("hcloud")
};
