//! Hetzner Cloud.

use super::{HostnameAnnotation, Traits};

pub(super) const TRAITS: Traits = Traits {
    provider: "hcloud",
    shows: None,
    ends_tls: |_, _| false,
    // What its controller recommended before 1.21, which sets ipMode Proxy where the PROXY protocol is on.
    hostname: Some(HostnameAnnotation { key: "load-balancer.hetzner.cloud/hostname", needs: None }),
    loopback: None,
};
