//! Why a provider's controller makes no load balancer for a Service, as far as its objects show it.

use super::{BackendKind, Provider};
use crate::facts::{Facts, NoAddressReason};

/// By one of them Hetzner's controller knows where to make it (hcloud-cloud-controller-manager, "Load Balancers").
const HETZNER_PLACES: [&str; 2] = ["load-balancer.hetzner.cloud/location", "load-balancer.hetzner.cloud/network-zone"];

/// The first reason that is known.
pub(crate) fn no_address_reason(facts: &Facts) -> Option<NoAddressReason> {
    let provider = Provider::of(facts)?;
    let dials_node_ports = (provider.traits().backends)(facts) == BackendKind::Nodes;
    let is_cloud = !matches!(provider, Provider::MetalLb | Provider::MetalLbOnAnyNode | Provider::KubeVip | Provider::ServiceLb);
    if is_cloud && dials_node_ports && facts.service.without_node_ports {
        return Some(NoAddressReason::NoNodePorts);
    }
    let has_place = HETZNER_PLACES.iter().any(|key| facts.service.annotations.contains_key(*key));
    (provider == Provider::Hetzner && !has_place).then_some(NoAddressReason::HetznerLocation)
}
