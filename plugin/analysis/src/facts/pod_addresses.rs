//! Pods that are where no node's range is.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::Facts;

impl Facts {
    /// The addresses of pods outside the range of their node, by endpoints and whatever other pods were seen: there the
    /// pod network does not go by `spec.podCIDRs`.
    #[must_use]
    pub fn pods_outside_node_ranges(&self) -> BTreeSet<IpAddr> {
        let nodes: HashMap<_, _> = self.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
        let of_endpoints = self.endpoints.iter().filter_map(|endpoint| {
            let node = nodes.get(endpoint.node.as_deref()?)?;
            Some(endpoint.addresses.iter().map(move |address| (*node, *address)))
        });
        let seen = self.nodes.iter().flat_map(|node| node.pod_addresses.iter().map(move |address| (node, *address)));
        let outside = of_endpoints.flatten().chain(seen).filter(|(node, address)| {
            !node.internal_ips.contains(address)
                && !node.external_ips.contains(address)
                && !node.pod_cidrs.iter().any(|range| range.contains(address))
        });
        outside.map(|(_, address)| address).collect()
    }
}
