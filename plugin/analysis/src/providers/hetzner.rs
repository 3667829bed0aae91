//! Hetzner Cloud.

use std::net::IpAddr;

use super::{HostnameAnnotation, Provider, Traits};
use crate::facts::Facts;

pub(super) const TRAITS: Traits = Traits {
    node_selector: Some("load-balancer.hetzner.cloud/node-selector"),
    // What its controller recommended before 1.21, which sets ipMode Proxy where the PROXY protocol is on.
    hostname: Some(HostnameAnnotation { key: "load-balancer.hetzner.cloud/hostname", value: None, needs: None }),
    ends_tls: |service, _| service.annotations.get("load-balancer.hetzner.cloud/protocol").is_some_and(|value| value == "https"),
    // Its load balancers are proxies.
    keeps_source: |_| false,
    ends_connections: true,
    annotations: "load-balancer.hetzner.cloud/",
    // Servers of its cloud, and dedicated ones (hcloud-cloud-controller-manager issues 179 and 853).
    machine_ids: &["hcloud", "hrobot"],
    ..Traits::of_cloud("hcloud")
};

/// The private addresses of a load balancer that dials nodes from them, where kube-proxy in ipvs mode binds them on every
/// node: answers to its health checks stay there (hcloud-cloud-controller-manager issue 212).
pub(crate) fn private_addresses_bound(facts: &Facts) -> Vec<IpAddr> {
    let is_on = |name: &str| {
        let value = facts.service.annotations.get(&format!("load-balancer.hetzner.cloud/{name}"));
        value.is_some_and(|value| value == "true")
    };
    if Provider::of(facts) != Some(Provider::Hetzner) || !is_on("use-private-ip") || is_on("disable-private-ingress") {
        return Vec::new();
    }
    let is_private = |ip: &IpAddr| matches!(ip, IpAddr::V4(ip) if ip.is_private());
    let is_bound = |ip: &IpAddr| facts.nodes.iter().any(|node| facts.is_bound_by_ipvs(node, *ip));
    facts.service.load_balancer_ips().filter(is_private).filter(is_bound).collect()
}
