//! Nodes at the same address, as on virtual machines whose first network is the same for each: the pod network sends what is
//! for another node's pods to the node itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Uncovered, is_fit};
use crate::facts::{Facts, NetworkPlugin, Node, Tunnel};

/// What says at which address a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddressOrigin {
    /// Flannel's annotation.
    Flannel,
    /// Calico's annotation.
    Calico,
    /// `status.addresses`, InternalIP.
    InternalIp,
}

/// The addresses that several nodes have; by their InternalIP only where no pod network says otherwise.
pub(super) fn shared(facts: &Facts) -> Vec<Uncovered> {
    let groups = groups(facts).into_iter();
    let shared = groups.map(|((by, address), nodes)| Uncovered::SameAddress {
        address,
        by,
        nodes: nodes.into_iter().map(|node| node.name.clone()).collect(),
    });
    shared.collect()
}

/// Two of the nodes of each such address.
pub(crate) fn nodes_at_same_address(facts: &Facts) -> Vec<String> {
    groups(facts).into_values().flat_map(|nodes| nodes.into_iter().take(2)).map(|node| node.name.clone()).collect()
}

fn groups(facts: &Facts) -> BTreeMap<(AddressOrigin, IpAddr), Vec<&Node>> {
    // One that is gone may have left its address to another, and a virtual node has its host's.
    let nodes = || facts.nodes.iter().filter(|node| is_fit(node));
    let by_tunnel: Vec<_> = nodes().filter_map(|node| Some((of_tunnel(facts, node.tunnel?)?, node))).collect();
    let by_node = || nodes().filter_map(|node| Some(((AddressOrigin::InternalIp, *node.internal_ips.first()?), node))).collect();
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (address, node) in if by_tunnel.is_empty() { by_node() } else { by_tunnel } {
        groups.entry(address).or_default().push(node);
    }
    groups.retain(|_, nodes| nodes.len() > 1);
    groups
}

/// Where a tunnel ends, if it is one of the network that connects the pods: annotations of an earlier one stay.
fn of_tunnel(facts: &Facts, tunnel: Tunnel) -> Option<(AddressOrigin, IpAddr)> {
    let (by, networks): (_, &[NetworkPlugin]) = match tunnel {
        // Canal is Calico's policies on Flannel's network.
        Tunnel::Flannel(_) => (AddressOrigin::Flannel, &[NetworkPlugin::Flannel, NetworkPlugin::Calico]),
        Tunnel::Calico(_) => (AddressOrigin::Calico, &[NetworkPlugin::Calico, NetworkPlugin::CalicoEbpf]),
    };
    let is_in_use = facts.network_plugin(None).is_none_or(|network| networks.contains(&network));
    Some((by, tunnel.address()?)).filter(|_| is_in_use)
}
