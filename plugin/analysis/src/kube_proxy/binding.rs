//! Addresses that kube-proxy in ipvs mode binds on nodes.

use std::net::IpAddr;

use super::{gates, planned};
use crate::facts::{Facts, Ingress, IpMode, NetworkPlugin, Node, ProxyMode};
use crate::providers;

impl Facts {
    /// Whether kube-proxy serves the Service in ipvs mode on a node.
    #[must_use]
    pub(crate) fn is_served_by_ipvs(&self, node: &Node) -> bool {
        self.proxy_mode(Some(node)) == Some(ProxyMode::Ipvs) && self.would_serve_by_ipvs(node)
    }

    /// Whether kube-proxy would do so if ipvs were its mode.
    fn would_serve_by_ipvs(&self, node: &Node) -> bool {
        let release = self.kube_proxy_release(node);
        self.service.proxy_name.is_none()
            && !self.network_plugin(Some(node)).is_some_and(NetworkPlugin::replaces_kube_proxy)
            && !release.is_some_and(|release| planned::is_ipvs_off(self, release))
    }

    /// Whether it binds an address of the Service to kube-ipvs0 there: not one of another family, nor with `ipMode: Proxy`.
    #[must_use]
    pub(crate) fn is_bound_by_ipvs(&self, node: &Node, address: IpAddr) -> bool {
        self.is_served_by_ipvs(node) && self.would_bind(node, address)
    }

    /// Whether it may do so, as its mode there is not known.
    #[must_use]
    pub(crate) fn may_be_bound_by_ipvs(&self, node: &Node, address: IpAddr) -> bool {
        self.proxy_mode(Some(node)).is_none() && self.would_serve_by_ipvs(node) && self.would_bind(node, address)
    }

    fn would_bind(&self, node: &Node, address: IpAddr) -> bool {
        let is_proxy = self
            .service
            .ingress
            .iter()
            .any(|ingress| matches!(ingress, Ingress::Address { ip, ip_mode: Some(IpMode::Proxy) } if *ip == address));
        let honours_it = self.kube_proxy_release(node).is_none_or(|release| release >= gates::IP_MODE);
        let has_family = self.service.cluster_ips.iter().any(|own| own.is_ipv6() == address.is_ipv6());
        let is_left =
            providers::leaves_address_in_ipvs_mode(&self.service, node) && self.service.load_balancer_ips().any(|own| own == address);
        has_family && !is_left && !(is_proxy && honours_it)
    }
}
