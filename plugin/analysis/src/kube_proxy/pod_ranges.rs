//! From which addresses the pods of a node dial.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::facts::{Endpoint, Node, PodNetwork, seen_pods};

/// Where the pods of each node are. `spec.podCIDRs` says so only where the pod network goes by it; the addresses of
/// pods that were seen say more.
#[derive(Clone, Debug, Default)]
pub(super) struct PodRanges<'a> {
    /// By node, without pods of the host network.
    seen: HashMap<&'a str, Vec<IpAddr>>,
    /// Whether a pod was seen outside its node's range, in IPv4 and in IPv6: the pod network does not go by it.
    astray: [bool; 2],
    /// The ranges of all pods, where the pod network was told some and every pod that was seen is in one of them: in IPv4
    /// and in IPv6.
    pools: [Vec<IpNet>; 2],
    /// The smallest range that holds all pods that were seen, in IPv4 and in IPv6.
    hull: [Option<IpNet>; 2],
}

impl<'a> PodRanges<'a> {
    /// What pods and endpoints show.
    pub(super) fn of(nodes: &HashMap<&'a str, &'a Node>, endpoints: &'a [Endpoint], network: Option<&'a PodNetwork>) -> Self {
        let mut ranges = Self::default();
        for (node, address) in seen_pods(nodes, endpoints) {
            ranges.add(node, address);
        }
        ranges.hull = [false, true].map(|v6| hull(ranges.seen.values().flatten().copied().filter(|address| address.is_ipv6() == v6)));
        let told = network.map_or(&[][..], |network| &network.pod_ranges);
        ranges.pools = [false, true].map(|v6| {
            let pools: Vec<_> = told.iter().copied().filter(|pool| pool.addr().is_ipv6() == v6).collect();
            let mut seen = ranges.seen.values().flatten().filter(|address| address.is_ipv6() == v6);
            let holds_all = !pools.is_empty() && seen.all(|address| pools.iter().any(|pool| pool.contains(address)));
            if holds_all { pools } else { Vec::new() }
        });
        ranges
    }

    fn add(&mut self, node: &'a Node, address: IpAddr) {
        let has_range = node.pod_cidrs.iter().any(|range| range.addr().is_ipv6() == address.is_ipv6());
        self.astray[usize::from(address.is_ipv6())] |= has_range && !node.pod_cidrs_contain(address);
        self.seen.entry(&node.name).or_default().push(address);
    }

    /// The ranges, or the addresses, of a node's pods in a family; none where that is not known.
    pub(super) fn of_node(&self, node: &Node, v6: bool) -> Vec<IpNet> {
        let own: Vec<_> = node.pod_cidrs.iter().copied().filter(|range| range.addr().is_ipv6() == v6).collect();
        let seen: Vec<_> = self.seen_on(node).filter(|address| address.is_ipv6() == v6).map(IpNet::from).collect();
        let fits = !own.is_empty() && seen.iter().all(|address| own.iter().any(|range| range.contains(address)));
        match (seen.is_empty(), fits) {
            (true, _) if self.astray[usize::from(v6)] => self.pools[usize::from(v6)].clone(),
            (true, _) => self.within_pools(own, v6),
            (false, true) => own,
            (false, false) => seen,
        }
    }

    /// Whether pods were seen, and all of them in a range.
    pub(super) fn all_are_in(&self, range: &IpNet) -> bool {
        self.hull[usize::from(range.addr().is_ipv6())].is_some_and(|hull| range.contains(&hull))
    }

    /// A node's own ranges, unless pools say that pods are elsewhere.
    fn within_pools(&self, own: Vec<IpNet>, v6: bool) -> Vec<IpNet> {
        let pools = &self.pools[usize::from(v6)];
        let holds = |range: &IpNet| pools.iter().any(|pool| pool.contains(range));
        if pools.is_empty() || own.iter().all(holds) { own } else { pools.clone() }
    }

    /// Whether the node's pods have addresses of its own range, to which only the node itself has the way: pods on the
    /// cloud's network have the cloud's addresses.
    pub(super) fn are_routed_by(&self, node: &Node) -> bool {
        !node.pod_cidrs.is_empty() && self.seen_on(node).all(|address| node.pod_cidrs_contain(address))
    }

    fn seen_on(&self, node: &Node) -> impl Iterator<Item = IpAddr> + '_ {
        self.seen.get(node.name.as_str()).into_iter().flatten().copied()
    }
}

fn hull(addresses: impl Iterator<Item = IpAddr>) -> Option<IpNet> {
    let mut hull: Option<IpNet> = None;
    for address in addresses {
        let mut wider = hull.unwrap_or_else(|| IpNet::from(address));
        while !wider.contains(&address) {
            wider = wider.supernet()?;
        }
        hull = Some(wider);
    }
    hull
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::NetworkPlugin;
    use crate::kube_proxy::sample_facts;

    fn range(of: &str) -> Vec<IpNet> {
        vec![of.parse().unwrap()]
    }

    #[test]
    fn addresses_that_were_seen_say_more_than_the_range() {
        let facts = sample_facts();
        let nodes: HashMap<_, _> = facts.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
        let [first, second] = [&facts.nodes[0], &facts.nodes[1]];
        let in_range = [Endpoint::ready([10, 244, 1, 5].into(), "node1")];
        let ranges = PodRanges::of(&nodes, &in_range, None);
        assert_eq!((ranges.of_node(first, false), ranges.of_node(second, false)), (range("10.244.1.0/24"), range("10.244.2.0/24")));
        assert!(ranges.are_routed_by(first) && ranges.are_routed_by(second));
        let astray = [Endpoint::ready([172, 20, 1, 5].into(), "node1")];
        let ranges = PodRanges::of(&nodes, &astray, None);
        assert_eq!(ranges.of_node(first, false), range("172.20.1.5/32"));
        assert_eq!(ranges.of_node(second, false), [], "the pod network does not go by the ranges of nodes");
        assert!(!ranges.are_routed_by(first));
        let told = PodNetwork { pod_ranges: range("172.20.0.0/16"), ..PodNetwork::named(NetworkPlugin::Calico, "DaemonSet") };
        assert_eq!(PodRanges::of(&nodes, &astray, Some(&told)).of_node(second, false), range("172.20.0.0/16"), "all pods are in the pool");
        assert_eq!(PodRanges::of(&nodes, &[], Some(&told)).of_node(second, false), range("172.20.0.0/16"));
        let wider = PodNetwork { pod_ranges: range("10.244.0.0/16"), ..told };
        assert_eq!(PodRanges::of(&nodes, &astray, Some(&wider)).of_node(second, false), [], "another pool is in use");
        assert_eq!(PodRanges::of(&nodes, &[], Some(&wider)).of_node(second, false), range("10.244.2.0/24"));
        // A pod of the host network says nothing.
        let host = [Endpoint::ready(facts.nodes[0].internal_ips.first().copied().unwrap_or([192, 0, 2, 1].into()), "node1")];
        let mut with_address = facts.clone();
        with_address.nodes[0].internal_ips = vec![host[0].addresses[0]];
        let nodes: HashMap<_, _> = with_address.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
        assert_eq!(PodRanges::of(&nodes, &host, None).of_node(&with_address.nodes[0], false), range("10.244.1.0/24"));
    }
}
