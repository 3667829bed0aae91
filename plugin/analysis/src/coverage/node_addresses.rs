//! Nodes at the same address, as on virtual machines whose first network is the same for each: the pod network sends what is
//! for another node's pods to the node itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Uncovered;
use crate::facts::{Facts, Node};

/// What says at which address a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddressOrigin {
    /// The annotation of its pod network.
    Tunnel,
    /// `status.addresses`, InternalIP.
    InternalIp,
}

/// The addresses that several nodes have; by their InternalIP only where no pod network says otherwise.
pub(super) fn shared(facts: &Facts) -> Vec<Uncovered> {
    let tunnels = groups(facts, AddressOrigin::Tunnel, |node| node.tunnel?.address());
    let has_tunnels = facts.nodes.iter().any(|node| node.tunnel.is_some());
    if has_tunnels { tunnels } else { groups(facts, AddressOrigin::InternalIp, |node| node.internal_ips.first().copied()) }
}

fn groups(facts: &Facts, by: AddressOrigin, address_of: impl Fn(&Node) -> Option<IpAddr>) -> Vec<Uncovered> {
    let serving = facts.serving_nodes();
    let mut by_address: BTreeMap<IpAddr, Vec<String>> = BTreeMap::new();
    for node in &facts.nodes {
        if let Some(address) = address_of(node) {
            by_address.entry(address).or_default().push(node.name.clone());
        }
    }
    let of_group = |(address, nodes): (IpAddr, Vec<String>)| {
        let with_endpoint = nodes.iter().any(|node| serving.contains(node.as_str()));
        (nodes.len() > 1).then_some(Uncovered::SameAddress { address, by, nodes, with_endpoint })
    };
    by_address.into_iter().filter_map(of_group).collect()
}
