//! Pods that were seen on nodes: they tell where the pods of a node are.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::{Endpoint, Facts, Node};

/// The addresses of pods that were seen, with their nodes: of endpoints, and of whatever other pods. Those of the host
/// network have the node's own and tell nothing.
pub(crate) fn seen_pods<'a>(nodes: &HashMap<&'a str, &'a Node>, endpoints: &'a [Endpoint]) -> impl Iterator<Item = (&'a Node, IpAddr)> {
    let on_nodes = nodes.values().flat_map(|node| node.pod_addresses.iter().map(|address| (*node, *address)));
    let with_node = endpoints.iter().filter_map(|endpoint| Some((*nodes.get(endpoint.node.as_deref()?)?, endpoint)));
    let of_endpoints = with_node.flat_map(|(node, endpoint)| endpoint.addresses.iter().map(move |address| (node, *address)));
    on_nodes.chain(of_endpoints).filter(|(node, address)| !node.internal_ips.contains(address) && !node.external_ips.contains(address))
}

impl Facts {
    /// The addresses of pods outside the range of their node: there the pod network does not go by `spec.podCIDRs`.
    #[must_use]
    pub fn pods_outside_node_ranges(&self) -> BTreeSet<IpAddr> {
        let nodes = self.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
        seen_pods(&nodes, &self.endpoints).filter(|(node, address)| !node.pod_cidrs_contain(*address)).map(|(_, address)| address).collect()
    }
}
