//! Hetzner Cloud.

use std::net::IpAddr;

use super::{HostnameAnnotation, Traits};
use crate::facts::Service;

pub(super) const TRAITS: Traits = Traits {
    node_selector: Some("load-balancer.hetzner.cloud/node-selector"),
    // What its controller recommended before 1.21, which sets ipMode Proxy where the PROXY protocol is on.
    hostname: Some(HostnameAnnotation { key: "load-balancer.hetzner.cloud/hostname", value: None, needs: None }),
    ends_tls: |service, _| service.annotations.get("load-balancer.hetzner.cloud/protocol").is_some_and(|value| value == "https"),
    // Its load balancers are proxies.
    keeps_source: |_| false,
    ends_connections: true,
    checks_from,
    annotations: "load-balancer.hetzner.cloud/",
    // Servers of its cloud, and dedicated ones (hcloud-cloud-controller-manager issues 179 and 853).
    machine_ids: &["hcloud", "hrobot"],
    ..Traits::of_cloud("hcloud")
};

/// One with a private network checks nodes from its private address (hcloud-cloud-controller-manager issue 212).
fn checks_from(service: &Service, address: IpAddr) -> bool {
    let is_on = |name: &str| service.annotations.get(&format!("load-balancer.hetzner.cloud/{name}")).is_some_and(|value| value == "true");
    is_on("use-private-ip") && !is_on("disable-private-ingress") && matches!(address, IpAddr::V4(ip) if ip.is_private())
}
