//! The load balancer's address is a node's own (load balancers that hand out node addresses): ipvs
//! binds it to kube-ipvs0 on every other node, and from there the whole node is out of reach.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::facts::{Node, ProxyMode};
use crate::remedies::Remedy;
use crate::results;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let (address, owner) = symptoms.facts.service.load_balancer_ips().find_map(|ip| Some((ip, owner(symptoms, ip)?)))?;
    let failing = symptoms.failing_from_any_network();
    let modes = results::modes(symptoms.facts);
    let holders: BTreeSet<_> = symptoms.holders(address).into_iter().filter(|node| *node != owner.name).collect();
    if failing.is_empty() || (holders.is_empty() && !modes.contains(&ProxyMode::Ipvs)) {
        return None;
    }
    let mut evidence = vec![Evidence::AddressOfNode { address, node: owner.name.clone() }];
    if !holders.is_empty() {
        evidence.push(Evidence::HeldByOtherNodes { nodes: names(&holders), owner: owner.name.clone() });
    }
    Some(Cause {
        finding: Finding::AddressOfANode { node: owner.name.clone() },
        confidence: if holders.is_disjoint(&failing) { Confidence::Likely } else { Confidence::Confirmed },
        evidence,
        fixes: [Remedy::AddressOfNoNode.into()].into_iter().chain(symptoms.past_kube_proxy()).collect(),
    })
}

fn owner<'a>(symptoms: &Symptoms<'a>, address: IpAddr) -> Option<&'a Node> {
    symptoms.facts.nodes.iter().find(|node| node.internal_ips.contains(&address) || node.external_ips.contains(&address))
}
