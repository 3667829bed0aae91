//! Connections between nodes are lost: endpoints answer on their own node and from no other. It
//! imitates external policy Local, whatever the policy is; the endpoint's own address, dialled from
//! another node, tells them apart.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::plan::Network;
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let mut evidence = Vec::new();
    let mut is_seen_beside = true;
    for network in Network::ALL {
        let (cut_off, beside) = from_elsewhere(symptoms, network);
        if cut_off.is_empty() {
            continue;
        }
        // One that fails on its own node too does not listen.
        if beside == Beside::Fails || !symptoms.cluster_ip_failing_nodes(network).is_superset(&cut_off) {
            return None;
        }
        is_seen_beside &= beside == Beside::Reaches;
        evidence.push(Evidence::OtherNodesUnreached { network, nodes: names(&cut_off) });
    }
    // Where hosts get through, it is the pods that are held back.
    let is_both = symptoms.measured_nodes(Network::Host).is_empty() || evidence.len() == Network::ALL.len();
    if evidence.is_empty() || !is_both {
        return None;
    }
    if is_seen_beside {
        evidence.push(Evidence::AnswersOnEndpointNode);
    }
    evidence.extend(without_network(symptoms).map(|nodes| Evidence::NetworkUnavailable { nodes }));
    Some(Cause {
        finding: Finding::BetweenNodes,
        confidence: if is_seen_beside { Confidence::Confirmed } else { Confidence::Likely },
        evidence,
        fixes: vec![Remedy::ForwardToPods.into()],
    })
}

/// The nodes on which no pod network is set up, by their own condition; none where all have one.
fn without_network(symptoms: &Symptoms<'_>) -> Option<Vec<String>> {
    let nodes =
        symptoms.facts.nodes.iter().filter(|node| node.failing_conditions.iter().any(|condition| condition == "NetworkUnavailable"));
    let nodes: BTreeSet<_> = nodes.map(|node| node.name.as_str()).collect();
    (!nodes.is_empty()).then(|| names(&nodes))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Reaches,
    Fails,
    NotSeen,
}

/// The nodes that fail at endpoints of other nodes and reach none of these; and what is seen of the
/// endpoints on their own nodes.
fn from_elsewhere<'a>(symptoms: &Symptoms<'a>, network: Network) -> (BTreeSet<&'a str>, Beside) {
    let mut failing = BTreeSet::new();
    let mut reaching = BTreeSet::new();
    let (mut beside_reached, mut beside_failed) = (false, false);
    for (vantage, target, state) in symptoms.matrix.checks().filter(|(vantage, _, _)| vantage.network == network) {
        let Some(node) = target.kind.endpoint_node() else { continue };
        match (node == vantage.node, state.is_failure(), state.is_connected()) {
            (true, failed, connected) => {
                beside_failed |= failed && !connected;
                beside_reached |= connected;
            }
            (false, true, false) => drop(failing.insert(vantage.node.as_str())),
            (false, _, true) => drop(reaching.insert(vantage.node.as_str())),
            (false, false, false) => {}
        }
    }
    // A node with an endpoint of its own that reaches the ClusterIP had no reason to dial more.
    beside_reached |= !symptoms.cluster_ip_reached_nodes(network).is_disjoint(&symptoms.facts.serving_nodes());
    let beside = match (beside_reached, beside_failed) {
        (true, false) => Beside::Reaches,
        (_, true) => Beside::Fails,
        (false, false) => Beside::NotSeen,
    };
    (&failing - &reaching, beside)
}
