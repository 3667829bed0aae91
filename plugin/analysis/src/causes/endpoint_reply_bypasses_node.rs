//! A connection that kube-proxy translates without masquerading ends nowhere if the endpoint replies past the node: pods that
//! have an interface of their own on the cloud's network, as with Terway's ENIs, do so. Under policy Local the load balancer and
//! everybody else who dials such a node's port gets no answer, though the node has an endpoint; its own host does, and whoever
//! dials the endpoint itself.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::finding::Finding;
use super::outside::{self, fails_outside};
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::facts::TrafficPolicy;
use crate::plan::{Network, Target, TargetKind};
use crate::remedies;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    if symptoms.facts.service.external_traffic_policy != TrafficPolicy::Local {
        return None;
    }
    let seen = NodePorts::of(symptoms);
    let nodes = seen.silent();
    let from: BTreeSet<_> = &seen.from & &symptoms.reaching(Network::Host, |target| target.kind.is_endpoint());
    let outside = outside::failing(symptoms);
    if nodes.is_empty() || from.is_empty() || symptoms.failing_networks().is_empty() && outside.is_empty() {
        return None;
    }
    let mut evidence = vec![
        Evidence::NodePortAnswersOwnHostAlone { nodes: names(&nodes), from: names(&from) },
        Evidence::EndpointsReachedDirectly { nodes: names(&from) },
    ];
    evidence.extend((!outside.is_empty()).then(|| fails_outside(symptoms, &outside)));
    for network in symptoms.failing_networks() {
        evidence.extend(symptoms.failures(network).into_iter().map(Evidence::Fails));
        let failing = symptoms.failing_nodes(network);
        let reach = failing.is_subset(&symptoms.cluster_ip_reached_nodes(network));
        evidence.extend(reach.then_some(Evidence::SameReachClusterIp { network }));
    }
    Some(Cause {
        finding: Finding::EndpointReplyBypassesNode { nodes: names(&nodes) },
        // A firewall that opens no node ports looks the same from other nodes.
        confidence: Confidence::Likely,
        evidence,
        fixes: remedies::for_replies_past_the_node(symptoms.facts),
    })
}

/// What hosts see at node ports of nodes with an endpoint.
#[derive(Default)]
struct NodePorts<'a> {
    /// The nodes at whose ports hosts of others got no answer, and those hosts.
    timed_out: BTreeSet<&'a str>,
    from: BTreeSet<&'a str>,
    /// Those that answered some other host.
    answered: BTreeSet<&'a str>,
    /// Those that answered their own.
    answer_themselves: BTreeSet<&'a str>,
}

impl<'a> NodePorts<'a> {
    fn of(symptoms: &Symptoms<'a>) -> Self {
        let mut seen = Self::default();
        for (vantage, target, state) in symptoms.matrix.checks().filter(|(vantage, ..)| vantage.network == Network::Host) {
            let Some(node) = node_of(target, &vantage.node) else { continue };
            let is_own = node == vantage.node;
            if !symptoms.has_local_endpoint(node, target) {
                continue;
            }
            if is_own && state.is_connected() {
                seen.answer_themselves.insert(node);
            } else if state.is_connected() {
                seen.answered.insert(node);
            } else if !is_own && state.is_timed_out() {
                seen.timed_out.insert(node);
                seen.from.insert(&vantage.node);
            }
        }
        seen
    }

    fn silent(&self) -> BTreeSet<&'a str> {
        let silent = &self.timed_out - &self.answered;
        &silent & &self.answer_themselves
    }
}

/// The node whose port is dialled.
fn node_of<'a>(target: &'a Target, own: &'a str) -> Option<&'a str> {
    match &target.kind {
        TargetKind::OwnNodePort => Some(own),
        TargetKind::NodePort { node, .. } => Some(node),
        _ => None,
    }
}
