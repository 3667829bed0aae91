//! The source addresses that servers saw, where the user asked for them: kept, or replaced by whose.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use lbprobe_protocol::{Answer, CheckId, Exchange, HttpRequest, Observation, Record, SourceSeen};
use serde::{Deserialize, Serialize};

use super::Results;
use crate::facts::{Facts, Node};
use crate::kube_proxy::{Expectation, Expected, Source};
use crate::observations::{CheckState, Matrix};
use crate::plan::{Network, Plan, Target};
use crate::vantage::Vantage;

/// What the servers behind some targets saw in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceResult {
    /// The numbers of the targets in the plan.
    pub targets: Vec<CheckId>,
    /// What they saw.
    pub saw: SourceOwner,
    /// Whether that is what kube-proxy's rules make of it; nothing where they are not known, or several answers are possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_predicted: Option<bool>,
    /// The vantages whose connections they saw so; none where these came from outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vantages: Vec<Vantage>,
    /// The addresses that they saw, where these are not the clients' own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
}

/// Whose address a server saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SourceOwner {
    /// The client's own.
    Client,
    /// The client's node's, at any of its interfaces.
    OwnNode,
    /// Another node's.
    OtherNode,
    /// The load balancer's: in ipvs mode nodes hold it themselves.
    LoadBalancer,
    /// An endpoint's of the Service: it is a proxy, and the server stands behind it.
    Endpoint,
    /// Nobody's here: a proxy or a NAT stands between.
    Stranger,
}

/// Answers that are told together: those of one target, seen in the same way, and all as predicted or all not.
type Alike = (CheckId, SourceOwner, Option<bool>);

/// From where they came, and the addresses that servers saw.
type Group = (Vec<Vantage>, BTreeSet<IpAddr>);

/// All of them: those from outside, whose addresses policy Local is for, then those inside. Nothing where nobody asked for them.
pub(crate) fn sources(results: &Results<'_>, outside: Option<&Record>) -> Vec<SourceResult> {
    let matrix = &results.matrix;
    if !is_asked(matrix.plan) {
        return Vec::new();
    }
    let owners = Owners::of(&results.facts);
    let mut all: Vec<SourceResult> = Vec::new();
    for ((target, saw, as_predicted), (vantages, addresses)) in from_outside(outside, &owners).into_iter().chain(inside(results, &owners)) {
        let addresses: Vec<_> = addresses.into_iter().collect();
        let is_alike = |result: &&mut SourceResult| {
            (result.saw, result.as_predicted) == (saw, as_predicted) && result.vantages == vantages && result.addresses == addresses
        };
        match all.iter_mut().find(is_alike) {
            Some(result) => result.targets.push(target),
            None => all.push(SourceResult { targets: vec![target], saw, as_predicted, vantages, addresses }),
        }
    }
    all
}

fn inside(results: &Results<'_>, owners: &Owners<'_>) -> BTreeMap<Alike, Group> {
    let prediction = results.prediction();
    let mut groups = BTreeMap::<Alike, Group>::new();
    for (cell, (_, _, expectation)) in results.matrix.cells().zip(prediction.checks(results.matrix.plan)) {
        let node = results.facts.nodes.iter().find(|node| node.name == cell.vantage.node);
        for seen in cell.answers().filter_map(source) {
            let saw = owners.owner(seen, node);
            // Who is between is not predicted, and a node may have addresses that no object shows: Calico's tunnels.
            let is_known = !matches!(saw, SourceOwner::Endpoint | SourceOwner::Stranger);
            let as_predicted = predicted(expectation).filter(|_| is_known).map(|predicted| fits(predicted, saw, cell.vantage.network));
            let (vantages, addresses) = groups.entry((cell.target.id, saw, as_predicted)).or_default();
            if vantages.last() != Some(cell.vantage) {
                vantages.push(cell.vantage.clone());
            }
            addresses.extend((saw != SourceOwner::Client).then_some(seen.by_server));
        }
    }
    groups
}

fn from_outside(record: Option<&Record>, owners: &Owners<'_>) -> BTreeMap<Alike, Group> {
    let mut groups = BTreeMap::<Alike, Group>::new();
    let Some(record) = record else { return groups };
    for observation in &record.observations {
        for seen in record.answers_of(observation).filter_map(source) {
            let saw = owners.owner(seen, None);
            let (_, addresses) = groups.entry((observation.check, saw, None)).or_default();
            addresses.extend((saw != SourceOwner::Client).then_some(seen.by_server));
        }
    }
    groups
}

/// The source that servers should see, where just one is expected.
fn predicted(expectation: &Expectation) -> Option<Source> {
    match expectation.certain()?.expected {
        Expected::Reached { source, .. } => Some(source),
        _ => None,
    }
}

/// A host's own address is a node's: which of the node's the kernel takes is not predicted.
fn fits(predicted: Source, saw: SourceOwner, network: Network) -> bool {
    match (predicted, saw) {
        (Source::Client, SourceOwner::Client)
        | (Source::Node, SourceOwner::OwnNode | SourceOwner::OtherNode)
        | (Source::LoadBalancer, SourceOwner::LoadBalancer) => true,
        (Source::Client | Source::Node, SourceOwner::Client | SourceOwner::OwnNode) => network == Network::Host,
        _ => false,
    }
}

/// The ports of targets whose servers were asked, answered, and told no address.
pub(crate) fn not_told(matrix: &Matrix<'_>, outside: Option<&Record>) -> Vec<u16> {
    let is_asked = |target: &Target| request(target).is_some_and(|request| request.source_from.is_some());
    let reached = matrix.cells().filter(|cell| is_asked(cell.target) && cell.state == CheckState::Reached);
    let silent = reached.filter(|cell| cell.answers().all(|answer| source(answer).is_none()));
    let from_outside = outside.into_iter().flat_map(|record| {
        let of_check = move |observation: &Observation| {
            let target = matrix.plan.target(observation.check).filter(|target| is_asked(target))?;
            let tells_none = record.answers_of(observation).all(|answer| source(answer).is_none());
            let is_silent = CheckState::of(Some(observation)) == CheckState::Reached && tells_none;
            is_silent.then_some(target.port)
        };
        record.observations.iter().filter_map(of_check)
    });
    silent.map(|cell| cell.target.port).chain(from_outside).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether servers were asked for it at all.
pub(crate) fn is_asked(plan: &Plan) -> bool {
    plan.targets.iter().any(|target| request(target).is_some_and(|request| request.source_from.is_some()))
}

fn request(target: &Target) -> Option<&HttpRequest> {
    match &target.exchange {
        Exchange::Http(request) | Exchange::Https { request, .. } => Some(request),
        Exchange::Connect | Exchange::Tls { .. } | Exchange::Udp(_) => None,
    }
}

fn source(answer: &Answer) -> Option<SourceSeen> {
    answer.http.as_ref()?.source
}

/// Who has which addresses.
struct Owners<'a> {
    nodes: &'a [Node],
    load_balancers: Vec<IpAddr>,
    endpoints: BTreeSet<IpAddr>,
}

impl<'a> Owners<'a> {
    fn of(facts: &'a Facts) -> Self {
        let endpoints = facts.endpoints.iter().flat_map(|endpoint| &endpoint.addresses).copied().collect();
        Self { nodes: &facts.nodes, load_balancers: facts.service.load_balancer_ips().collect(), endpoints }
    }

    fn owner(&self, seen: SourceSeen, client: Option<&Node>) -> SourceOwner {
        let SourceSeen { by_server, by_client } = seen;
        let (owner, is_load_balancers) = (self.nodes.iter().find(|node| has(node, by_server)), self.load_balancers.contains(&by_server));
        // ServiceLB's addresses are the nodes' own.
        if by_server == by_client && (owner.is_some() || !is_load_balancers) {
            return SourceOwner::Client;
        }
        match owner {
            Some(node) if client.is_some_and(|client| client.name == node.name) => SourceOwner::OwnNode,
            Some(_) => SourceOwner::OtherNode,
            None if is_load_balancers => SourceOwner::LoadBalancer,
            None if self.endpoints.contains(&by_server) => SourceOwner::Endpoint,
            None => SourceOwner::Stranger,
        }
    }
}

/// Of its range of pods a node has the first two addresses, for its tunnel and its bridge.
fn has(node: &Node, address: IpAddr) -> bool {
    let is_interfaces = |range: &IpNet| range.network() == address || first_after(range.network()) == Some(address);
    node.internal_ips.contains(&address) || node.pod_cidrs.iter().any(is_interfaces)
}

fn first_after(network: IpAddr) -> Option<IpAddr> {
    Some(match network {
        IpAddr::V4(network) => IpAddr::V4(u32::from(network).checked_add(1)?.into()),
        IpAddr::V6(network) => IpAddr::V6(u128::from(network).checked_add(1)?.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Uncovered;
    use crate::diagnosis::Verdict;
    use crate::fixture::{ADDRESS, Scene, cluster_policy, facts};

    const POD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 244, 9, 9));

    /// From pods at the load balancer's first port, as their server tells it.
    fn told(facts: Facts, by_server: IpAddr) -> Vec<SourceResult> {
        let seen = SourceSeen { by_server, by_client: POD };
        let from_pods = |vantage: &Vantage, target: &Target| (vantage.network == Network::Pod && target.id == 0).then_some(seen);
        Scene::new(facts, |_, _| None).sources(from_pods).diagnosis().sources
    }

    #[test]
    fn whose_address_it_is_and_whether_that_was_expected() {
        let facts = cluster_policy();
        let own = facts.nodes[0].internal_ips[0];
        let kept = told(facts.clone(), POD);
        assert_eq!(kept.len(), 1, "{kept:#?}");
        assert_eq!((kept[0].saw, kept[0].as_predicted, kept[0].addresses.len()), (SourceOwner::Client, Some(false), 0));
        let by_node = told(facts.clone(), own);
        let owners: Vec<_> = by_node.iter().map(|result| (result.saw, result.as_predicted)).collect();
        assert_eq!(owners, [(SourceOwner::OwnNode, Some(true)), (SourceOwner::OtherNode, Some(true))]);
        assert_eq!(by_node[0].addresses, [own]);
        assert_eq!(by_node[0].vantages.len(), 1);
        assert_eq!(told(facts.clone(), ADDRESS)[0].saw, SourceOwner::LoadBalancer);
        let endpoint = facts.endpoints[0].addresses[0];
        assert_eq!(told(facts.clone(), endpoint)[0].saw, SourceOwner::Endpoint);
        assert_eq!(told(facts, [192, 0, 2, 77].into())[0].saw, SourceOwner::Stranger);
    }

    #[test]
    fn who_asks_and_is_not_told_hears_it_and_who_does_not_ask_hears_nothing() {
        let scene = Scene::new(cluster_policy(), |_, _| None).sources(|_, _| None).diagnosis();
        assert!(scene.sources.is_empty());
        assert_eq!(scene.verdict, Verdict::Inconclusive);
        let is_told = |what: &Uncovered| matches!(what, Uncovered::SourceNotTold { .. });
        assert!(scene.uncovered.iter().any(is_told), "{:#?}", scene.uncovered);
        let silent = Scene::new(facts(), |_, _| None).diagnosis();
        assert!(silent.sources.is_empty() && !silent.uncovered.iter().any(is_told));
    }
}
