//! Node ports that fail, of a Service whose clients use them. The rule that was seen tells the policy, the addresses and the
//! way back apart; what no rule explains is lost between the nodes.

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_protocol::Outcome;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::kube_proxy::Rule;
use crate::observations::CheckState;
use crate::plan::{Network, Target, TargetKind, Vantage};
use crate::prediction::fitting;
use crate::remedies::{self, Fix, Remedy};

/// What makes node ports fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// externalTrafficPolicy Local, and the node has no endpoint.
    Policy,
    /// kube-proxy serves node ports at other addresses only.
    Addresses,
    /// The endpoint's reply does not come back through the node that was dialled.
    ReplyAstray,
    /// kube-proxy would answer.
    Lost,
}

/// The checks that fail for one reason.
#[derive(Default)]
struct Failing<'a> {
    /// The nodes whose ports fail, and those that dial them.
    at: BTreeSet<&'a str>,
    from: BTreeMap<Network, BTreeSet<&'a str>>,
    outcomes: Vec<Outcome>,
    rules: Vec<Rule>,
}

pub(super) fn find(symptoms: &Symptoms<'_>) -> Vec<Cause> {
    let mut reasons: BTreeMap<Reason, Failing<'_>> = BTreeMap::new();
    for (vantage, target, expectation, seen) in symptoms.prediction.beside(symptoms.matrix) {
        if !target.is_node_port_of_clients() || symptoms.is_unserved(target) || !seen.failed_to_connect() {
            continue;
        }
        // What a host loses as well is no matter of the pod's address.
        let rule = fitting(expectation, seen).map(|answer| answer.rule);
        let rule = rule.filter(|rule| *rule != Rule::AnswerPastOtherNode || !host_fails(symptoms, vantage, target));
        let Some(reason) = reason(rule, vantage, target, seen) else { continue };
        reasons.entry(reason).or_default().add(vantage, target, seen, rule);
    }
    reasons.into_iter().filter_map(|(reason, failing)| cause(symptoms, reason, &failing)).collect()
}

impl<'a> Failing<'a> {
    fn add(&mut self, vantage: &'a Vantage, target: &'a Target, seen: CheckState, rule: Option<Rule>) {
        self.at.insert(node(vantage, target));
        self.from.entry(vantage.network).or_default().insert(&vantage.node);
        self.outcomes.extend(seen.outcome().filter(|outcome| !self.outcomes.contains(outcome)));
        self.rules.extend(rule.filter(|rule| !self.rules.contains(rule)));
    }
}

/// Whether a host fails at the same target.
fn host_fails(symptoms: &Symptoms<'_>, vantage: &Vantage, target: &Target) -> bool {
    let of_host = |at: &Vantage| at.network == Network::Host && at.node == vantage.node;
    symptoms.matrix.checks().any(|(at, to, state)| to.id == target.id && of_host(at) && state.failed_to_connect())
}

/// The node whose port is dialled.
fn node<'a>(vantage: &'a Vantage, target: &'a Target) -> &'a str {
    match &target.kind {
        TargetKind::NodePort { node, .. } => node,
        _ => &vantage.node,
    }
}

/// None where another cause has it.
fn reason(rule: Option<Rule>, vantage: &Vantage, target: &Target, seen: CheckState) -> Option<Reason> {
    match rule {
        Some(Rule::NodePortAddresses) => Some(Reason::Addresses),
        Some(Rule::AnswerPastOtherNode | Rule::IpvsAnswerPastNode) => Some(Reason::ReplyAstray),
        Some(
            Rule::NoLocalEndpoint
            | Rule::NonLocalPodWithoutEndpoint
            | Rule::ForwardedPastDropMark
            | Rule::IpvsEmptyVirtualServer
            | Rule::NftablesDropsHost
            | Rule::KubeRouterNoLocalEndpoint,
        ) => Some(Reason::Policy),
        Some(_) => None,
        None => (node(vantage, target) != vantage.node && seen.is_timed_out()).then_some(Reason::Lost),
    }
}

fn cause(symptoms: &Symptoms<'_>, reason: Reason, failing: &Failing<'_>) -> Option<Cause> {
    let facts = symptoms.facts;
    let at = names(&failing.at);
    let mut evidence: Vec<_> = failing
        .from
        .iter()
        .map(|(network, from)| Evidence::FailsAtNodePorts {
            network: *network,
            nodes: names(from),
            at: at.clone(),
            outcomes: failing.outcomes.clone(),
        })
        .collect();
    let (finding, fixes) = match reason {
        Reason::Policy => {
            evidence.push(Evidence::ReadyEndpointsOn { nodes: names(&facts.serving_nodes()) });
            (
                Finding::NodePortWithoutLocalEndpoint { nodes: at },
                remedies::for_node_ports(facts, symptoms.matrix.plan, symptoms.prediction),
            )
        }
        Reason::Addresses => (Finding::NodePortAddresses { nodes: at }, remedies::for_node_port_addresses(facts)),
        Reason::ReplyAstray => {
            (Finding::NodePortReplyAstray { nodes: at }, remedies::for_node_ports(facts, symptoms.matrix.plan, symptoms.prediction))
        }
        Reason::Lost => {
            let reached = endpoints_reached(symptoms, failing);
            if reached.is_empty() {
                return None;
            }
            evidence.push(Evidence::EndpointsReachedDirectly { nodes: names(&reached) });
            let fixes = vec![Fix::from(Remedy::OpenNodePorts), Remedy::ForwardToPods.into(), remedies::service_name(&facts.service).into()];
            (Finding::NodePortLost { nodes: at }, fixes)
        }
    };
    evidence.extend(failing.rules.iter().map(|rule| Evidence::KubeProxyRule { rule: *rule }));
    // Whether the pod network masquerades between nodes is not known: that the rule fits proves it only in part.
    let is_open = reason == Reason::Lost || failing.rules.contains(&Rule::AnswerPastOtherNode);
    let confidence = if is_open { Confidence::Likely } else { Confidence::Confirmed };
    Some(Cause { finding, confidence, evidence, fixes })
}

/// The nodes that fail at node ports of others and reach an endpoint at its own address: it is not the pod network.
fn endpoints_reached<'a>(symptoms: &Symptoms<'a>, failing: &Failing<'a>) -> BTreeSet<&'a str> {
    let from: BTreeSet<_> = failing.from.values().flatten().copied().collect();
    let reached = Network::ALL.into_iter().flat_map(|network| symptoms.reaching(network, |target| target.kind.is_endpoint()));
    reached.filter(|node| from.contains(node)).collect()
}
