//! Tencent Cloud: CLB, with TKE's own build of kube-proxy.

use std::net::IpAddr;

use super::{ExcludeLabel, Loopback, Traits};
use crate::facts::{Distribution, Node, Service};

pub(super) const TRAITS: Traits = Traits {
    loopback: Some(Loopback::PreventLoopback),
    // One with a public address gives connections from inside another source address.
    loops: |facts| is_internal(&facts.service),
    leaves_address_in_ipvs_mode: leaves_address,
    annotations: "service.cloud.tencent.com/",
    // TKE's controller is its own, and what it leaves out by that label is not known.
    exclude_label: ExcludeLabel::NotKnown,
    // kubernetes issue 79783. Who has TKE's kube-proxy bind the address has the checks come from elsewhere (TKE, CLB Loopback).
    checks_from: |service, _| !asks_to_bind(service),
    ..Traits::of_cloud("qcloud")
};

/// The annotation by which TKE's kube-proxy binds the load balancer's address as upstream's does.
pub(crate) const PREVENT_LOOPBACK: &str = "service.cloud.tencent.com/prevent-loopback";

/// By its address: it may have been there before the Service, without an annotation that says so.
fn is_internal(service: &Service) -> bool {
    service.load_balancer_ips().any(|ip| matches!(ip, IpAddr::V4(ip) if ip.is_private()))
}

/// TKE's kube-proxy leaves it alone, as CLB's health checks come from there (TKE, CLB Loopback).
fn leaves_address(service: &Service, node: &Node) -> bool {
    node.distribution == Some(Distribution::Tke) && !asks_to_bind(service)
}

fn asks_to_bind(service: &Service) -> bool {
    service.annotations.get(PREVENT_LOOPBACK).is_some_and(|value| value == "true")
}
