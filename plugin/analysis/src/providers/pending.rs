//! Why a provider's controller makes no load balancer for a Service, as far as its objects show it.

use super::{BackendKind, Provider, aws};
use crate::facts::{Facts, NoAddressReason, TrafficPolicy};

/// By one of them Hetzner's controller knows where to make it (hcloud-cloud-controller-manager, "Load Balancers").
const HETZNER_PLACES: [&str; 2] = ["load-balancer.hetzner.cloud/location", "load-balancer.hetzner.cloud/network-zone"];

/// The first reason that is known. Whose class a Service has, another controller may make it.
pub(crate) fn no_address_reason(facts: &Facts) -> Option<NoAddressReason> {
    let provider = Provider::of(facts).filter(|_| facts.service.load_balancer_class.is_none())?;
    if facts.service.without_node_ports && needs_node_ports(provider, facts) {
        return Some(NoAddressReason::NoNodePorts);
    }
    let has_place = HETZNER_PLACES.iter().any(|key| facts.service.annotations.contains_key(*key));
    match provider {
        Provider::Hetzner if !has_place => Some(NoAddressReason::HetznerLocation),
        Provider::Linode if lacks_internal_ips(facts) => Some(NoAddressReason::NoInternalIp),
        Provider::Aws if aws::is_taken_by_nobody(&facts.service) => Some(NoAddressReason::AwsTargetType),
        _ => None,
    }
}

/// Its controller takes a backend's address from the node's InternalIP, or from the annotation `node.k8s.linode.com/private-ip`, which
/// is not read here (linode-cloud-controller-manager, `getNodePrivateIP`; its issue 160).
fn lacks_internal_ips(facts: &Facts) -> bool {
    !facts.nodes.is_empty() && facts.nodes.iter().all(|node| node.internal_ips.is_empty())
}

/// Those that dial nodes do so at node ports. Google Cloud's pass on what comes to their own address; Azure's do so too, and
/// ask node ports whether nodes are healthy, but for policy Local (Azure/AKS issue 3165, cloud-provider-azure PR 10644).
fn needs_node_ports(provider: Provider, facts: &Facts) -> bool {
    match provider {
        Provider::Gce | Provider::MetalLb | Provider::MetalLbOnAnyNode | Provider::KubeVip | Provider::ServiceLb => false,
        Provider::Azure => facts.service.external_traffic_policy == TrafficPolicy::Cluster,
        _ => (provider.traits().backends)(facts) == BackendKind::Nodes,
    }
}
