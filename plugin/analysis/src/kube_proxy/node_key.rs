//! Nodes that the model tells apart, and those that it does not.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::endpoints::EndpointSets;
use super::pod_ranges::PodRanges;
use super::{Model, View};
use crate::facts::{Distribution, Facts, Node, Readiness};
use crate::vantage::Network;

/// All that the model reads of a node besides its name. Two nodes with the same key are answered alike, whatever is
/// dialled, as long as neither is named by an endpoint or dialled itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeKey {
    /// From each network, in each family of addresses.
    views: [View; 4],
    /// The EndpointSlices' hints go by it.
    zone: Option<String>,
    /// Whether the pods that were seen on it are in its own range; nothing where none was seen. Where one is not, the
    /// ranges of nodes without a pod that was seen are unknown.
    pods_in_range: Option<bool>,
    /// Providers leave nodes out by these.
    left_out: (Option<bool>, bool, bool, bool),
    /// Whether its machine calls itself otherwise.
    has_other_hostname: bool,
    /// A provider's own build of kube-proxy goes by it, and whether a machine has the node's name by both.
    distribution: Option<Distribution>,
    provider: Option<String>,
}

impl<'a> Model<'a> {
    /// The model of the nodes alone, as if the Service had no endpoint.
    pub(crate) fn without_endpoints(facts: &'a Facts) -> Self {
        let nodes = facts.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
        Self {
            facts,
            pods: PodRanges::of(&nodes, &[], facts.pod_network.value()),
            nodes,
            endpoints: EndpointSets::new(&facts.service, &[]),
            looping: BTreeSet::new(),
            holding: BTreeSet::new(),
            has_backend: true,
            oldest_kubelet: None,
        }
    }

    /// What it reads of a node.
    pub(crate) fn key(&self, node: &Node) -> NodeKey {
        let families: [IpAddr; 2] = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
        let [v4, v6] = families.map(|family| Network::ALL.map(|network| self.view(Some(node), network, family)));
        let left_out = (node.excluded_from_load_balancers, node.master, node.control_plane, node.readiness == Readiness::Ready);
        let pods_in_range =
            (!node.pod_addresses.is_empty()).then(|| node.pod_addresses.iter().all(|address| node.pod_cidrs_contain(*address)));
        let ([pod_v4, host_v4], [pod_v6, host_v6]) = (v4, v6);
        NodeKey {
            views: [pod_v4, host_v4, pod_v6, host_v6],
            zone: node.zone.clone(),
            pods_in_range,
            left_out,
            has_other_hostname: node.hostname.is_some(),
            distribution: node.distribution,
            provider: node.provider.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::kube_proxy::sample_facts;

    fn keys(facts: &Facts) -> usize {
        let model = Model::without_endpoints(facts);
        facts.nodes.iter().map(|node| model.key(node)).collect::<HashSet<_>>().len()
    }

    #[test]
    fn nodes_have_the_same_key_until_something_decides() {
        let mut facts = sample_facts();
        assert_eq!(keys(&facts), 1, "names, addresses and endpoints are no difference");
        facts.service.load_balancer_source_ranges = vec!["10.244.1.0/24".parse().unwrap()];
        assert_eq!(keys(&facts), 2, "the pods of one node are in the range");
        facts.service.load_balancer_source_ranges.clear();
        facts.nodes[1].zone = Some("b".into());
        assert_eq!(keys(&facts), 2, "hints go by zones");
        facts.nodes[1].zone = None;
        facts.nodes[1].kube_proxy_version = Some("1.23.17".parse().unwrap());
        assert_eq!(keys(&facts), 2, "releases differ");
    }
}
