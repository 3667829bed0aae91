//! What all causes look at: which vantages fail at the load balancer, and what the same vantages see at the ClusterIP.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};

use lbprobe_protocol::{CheckId, FollowUp, NodeEvidence, Outcome};

use super::evidence::{Dialled, Failure, Frequency};
use super::nobody_listens;
use crate::facts::{Facts, KubeProxyProcess, ServicePort, TransportPort};
use crate::kube_proxy::{Answer, Expectation, Expected, Rule};
use crate::observations::{Cell, CheckState, Matrix};
use crate::plan::{Network, Target, TargetKind, Vantage};
use crate::prediction::{Comparison, Prediction, compare, fitting};
use crate::remedies::{self, Fix};
use crate::results::{NamedPodRow, OutsideCheck, Results};

/// Ways to fail that have a line each; of more only their number is said.
const WAYS: usize = 6;

/// Facts and states, with the questions that causes ask of them.
pub(crate) struct Symptoms<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) matrix: &'a Matrix<'a>,
    pub(crate) prediction: &'a Prediction,
    /// What was seen outside the cluster.
    pub(crate) outside: &'a [OutsideCheck],
    /// What was seen from pods that the user named.
    pub(crate) named_pods: &'a [NamedPodRow<'a>],
    /// What probes on hosts learnt of their nodes.
    pub(crate) nodes: BTreeMap<&'a str, &'a NodeEvidence>,
    /// The targets that are declared ports at addresses that clients outside use too.
    at_load_balancer: HashSet<CheckId>,
    /// The targets at ports that nobody serves, for want of an endpoint or of a listener: they fail for that alone.
    unserved: HashSet<CheckId>,
    /// The ports among them that the endpoints refuse themselves.
    pub(super) not_listening: BTreeSet<TransportPort>,
    /// For each declared port the nodes with a local endpoint that kube-proxy uses.
    local: HashMap<TransportPort, BTreeSet<&'a str>>,
}

/// Checks that fail in one way.
struct Way<'a> {
    outcome: Outcome,
    targets: BTreeSet<CheckId>,
    nodes: BTreeSet<&'a str>,
    /// Some of them every time.
    is_steady: bool,
}

impl<'a> Symptoms<'a> {
    pub(crate) fn of(results: &'a Results<'a>) -> Self {
        let (facts, matrix, prediction) = (&results.facts, &results.matrix, results.prediction());
        let declared = matrix.plan.targets.iter().filter(|target| target.kind.is_external() && facts.service.declares(target.transport()));
        let missing = facts.ports_without_endpoint().map(ServicePort::transport);
        let not_listening = nobody_listens::ports(facts, matrix);
        let missing: HashSet<_> = missing.chain(not_listening.iter().copied()).collect();
        let unserved: HashSet<_> =
            matrix.plan.targets.iter().filter(|target| missing.contains(&target.transport())).map(|target| target.id).collect();
        let at_load_balancer = declared.map(|target| target.id).filter(|id| !unserved.contains(id)).collect();
        let local = facts.service.ports.iter().map(|declared| (declared.transport(), facts.serving_nodes_at(declared))).collect();
        let (outside, named_pods) = (&results.outside, &results.named_pods);
        let nodes = matrix.nodes().collect();
        Self { facts, matrix, prediction, outside, named_pods, nodes, at_load_balancer, unserved, not_listening, local }
    }

    /// Whether a node has a local endpoint of a target's port that kube-proxy uses.
    pub(crate) fn has_local_endpoint(&self, node: &str, target: &Target) -> bool {
        self.local.get(&target.transport()).is_some_and(|nodes| nodes.contains(node))
    }

    /// The nodes with local endpoints of each port that is dialled at the load balancer; of ports with the same nodes
    /// together.
    pub(crate) fn local_nodes(&self) -> Vec<(Vec<TransportPort>, BTreeSet<&'a str>)> {
        let mut sets: Vec<(Vec<TransportPort>, BTreeSet<&str>)> = Vec::new();
        let dialled: BTreeSet<_> =
            self.matrix.plan.targets.iter().filter(|target| self.is_at_load_balancer(target)).map(Target::transport).collect();
        for port in dialled {
            let nodes = self.local.get(&port).cloned().unwrap_or_default();
            match sets.iter_mut().find(|(_, known)| *known == nodes) {
                Some((ports, _)) => ports.push(port),
                None => sets.push((vec![port], nodes)),
            }
        }
        sets
    }

    /// The nodes that have a local endpoint of every port that is dialled at the load balancer.
    pub(crate) fn nodes_with_endpoint(&self) -> BTreeSet<&'a str> {
        let sets = self.local_nodes().into_iter().map(|(_, nodes)| nodes);
        sets.reduce(|all, nodes| &all & &nodes).unwrap_or_default()
    }

    pub(crate) fn anything_failed(&self) -> bool {
        self.matrix.service_checks().any(|(_, _, state)| state.is_failure())
    }

    /// Whether no measured check of clients at the kinds got a connection, and one was measured.
    pub(crate) fn all_fail(&self, kinds: impl Fn(&TargetKind) -> bool) -> bool {
        let states = self.matrix.service_checks().filter(|(_, target, state)| kinds(&target.kind) && state.is_measured());
        let mut states = states.filter(|(_, target, _)| !self.unserved.contains(&target.id)).peekable();
        states.peek().is_some() && states.all(|(_, _, state)| matches!(state, CheckState::Failed(_)) && state.failed_to_connect())
    }

    /// The rules that the model gives for failures at the load balancer that were seen exactly so, or that alone fit what
    /// was seen; each with its nodes, network by network, but a rule that holds in several once.
    pub(crate) fn rules_seen(&self, networks: &[Network]) -> Vec<(Rule, BTreeSet<&'a str>)> {
        let mut rules: Vec<(Rule, BTreeSet<&str>)> = Vec::new();
        let checks = networks.iter().flat_map(|network| self.prediction.beside(self.matrix).map(move |check| (*network, check)));
        for (network, (vantage, target, expectation, seen)) in checks {
            let fails = vantage.network == network && self.is_at_load_balancer(target) && seen.failed_to_connect();
            let Some(answer) = fitting(expectation, seen).filter(|_| fails) else { continue };
            match rules.iter_mut().find(|(rule, _)| *rule == answer.rule) {
                Some((_, nodes)) => drop(nodes.insert(&vantage.node)),
                None => rules.push((answer.rule, [vantage.node.as_str()].into())),
            }
        }
        rules
    }

    /// The hosts whose connections to the load balancer come to nothing, and stand when they are made
    /// from the node's own address.
    pub(crate) fn hosts_reaching_from_their_address(&self) -> BTreeSet<&'a str> {
        let reaches = |cell: &Cell<'_>| {
            let is_failure = self.is_at_load_balancer(cell.target) && cell.state.failed_to_connect();
            is_failure && cell.follow_up(FollowUp::FromNodeAddress) == Some(Outcome::Answered)
        };
        self.matrix.cells().filter(reaches).map(|cell| cell.vantage.node.as_str()).collect()
    }

    /// Whether kube-proxy leaves the load balancer's addresses alone, by the model.
    pub(crate) fn load_balancer_is_passed_on(&self) -> bool {
        let mut checks = self.prediction.checks(self.matrix.plan).filter(|(_, target, _)| self.is_at_load_balancer(target));
        checks.all(|(_, _, expectation)| expectation.answers().copied().all(is_passed_on))
    }

    /// Whether kube-proxy, or what stands in its place, may leave the load balancer's addresses alone, by the model.
    pub(crate) fn load_balancer_may_be_passed_on(&self) -> bool {
        let mut checks = self.prediction.checks(self.matrix.plan).filter(|(_, target, _)| self.is_at_load_balancer(target));
        checks.any(|(_, _, expectation)| expectation.answers().copied().any(is_passed_on))
    }

    /// Whether everything that fails at the load balancer from these nodes fails now and then only.
    pub(crate) fn fails_now_and_then(&self, network: Network) -> bool {
        let mut states = self
            .matrix
            .checks()
            .filter(|(vantage, target, state)| vantage.network == network && self.is_at_load_balancer(target) && state.failed_to_connect());
        states.all(|(_, _, state)| matches!(state, CheckState::Mixed { .. }))
    }

    /// The nodes from whose network some connection to the load balancer comes to nothing.
    pub(crate) fn failing_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        self.failing_at(network, |target| self.is_at_load_balancer(target))
    }

    /// Those of them from which some port fails that has a local endpoint there.
    pub(crate) fn failing_beside_endpoint(&self, network: Network) -> BTreeSet<&'a str> {
        let checks = self.matrix.checks().filter(|(vantage, target, state)| {
            let fails = vantage.network == network && self.is_at_load_balancer(target) && state.failed_to_connect();
            fails && self.has_local_endpoint(&vantage.node, target)
        });
        checks.map(|(vantage, _, _)| vantage.node.as_str()).collect()
    }

    /// The nodes that fail at the load balancer, from either network.
    pub(crate) fn failing_from_any_network(&self) -> BTreeSet<&'a str> {
        Network::ALL.into_iter().flat_map(|network| self.failing_nodes(network)).collect()
    }

    /// The nodes from whose network the load balancer was tried at all.
    pub(crate) fn measured_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        self.nodes_where(network, |target, state| self.is_at_load_balancer(target) && state.is_measured())
    }

    /// The nodes from whose network some check fails by ClusterIP.
    pub(crate) fn cluster_ip_failing_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        self.failing_at(network, |target| target.kind.is_cluster_ip())
    }

    /// The networks from which some check at a ClusterIP fails.
    pub(crate) fn networks_failing_at_cluster_ip(&self) -> Vec<Network> {
        Network::ALL.into_iter().filter(|network| !self.cluster_ip_failing_nodes(*network).is_empty()).collect()
    }

    /// The networks from which some check at the load balancer fails.
    pub(crate) fn failing_networks(&self) -> Vec<Network> {
        Network::ALL.into_iter().filter(|network| !self.failing_nodes(*network).is_empty()).collect()
    }

    /// The nodes from whose network the load balancer was tried, and every check at it succeeded
    /// that was measured.
    pub(crate) fn working_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        &self.measured_nodes(network) - &self.failing_nodes(network)
    }

    /// The nodes from whose network every ClusterIP was measured and reached.
    pub(crate) fn cluster_ip_reached_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        self.reaching(network, |target| target.kind.is_cluster_ip())
    }

    /// The nodes from whose network some check fails that is one of those.
    pub(crate) fn failing_at(&self, network: Network, which: impl Fn(&Target) -> bool) -> BTreeSet<&'a str> {
        self.nodes_where(network, |target, state| which(target) && state.failed_to_connect())
    }

    /// The nodes from whose network every measured check succeeds that is one of those, and one was
    /// measured.
    pub(crate) fn reaching(&self, network: Network, which: impl Fn(&Target) -> bool) -> BTreeSet<&'a str> {
        let reached = self.nodes_where(network, |target, state| which(target) && state.is_connected());
        &reached - &self.failing_at(network, which)
    }

    /// The nodes whose kube-proxy says that its rules are old.
    pub(crate) fn stale_nodes(&self) -> BTreeSet<&'a str> {
        let is_stale = |process: &KubeProxyProcess| process.waiting_seconds.is_some() || process.healthy == Some(false);
        self.facts.kube_proxy.processes.iter().filter(|(_, process)| is_stale(process)).map(|(node, _)| node.as_str()).collect()
    }

    /// The nodes from which something else was seen than is expected, but for ports that the endpoints refuse themselves.
    pub(crate) fn contradicted_nodes(&self) -> BTreeSet<&'a str> {
        self.contradictions()
            .filter(|(_, target, _, _)| !self.is_refused_by_endpoints(target))
            .map(|(vantage, _, _, _)| vantage.node.as_str())
            .collect()
    }

    /// The checks from which something else was seen than is expected.
    pub(crate) fn contradictions(&self) -> impl Iterator<Item = (&'a Vantage, &'a Target, &'a Expectation, CheckState)> {
        let pairs = self.prediction.beside(self.matrix);
        pairs.filter(|(_, _, expectation, seen)| compare(expectation, *seen) == Comparison::Contradicts)
    }

    /// The nodes that hold the address as their own, by what their probes learnt.
    pub(crate) fn holders(&self, address: IpAddr) -> BTreeSet<&'a str> {
        self.nodes.iter().filter(|(_, node)| node.own_addresses.contains(&address)).map(|(name, _)| *name).collect()
    }

    /// What takes the load balancer's address out of kube-proxy's hands.
    pub(crate) fn past_kube_proxy(&self) -> Vec<Fix> {
        remedies::past_kube_proxy(self.facts, self.matrix.plan, self.prediction)
    }

    /// Whether a target is at a port that the endpoints refuse themselves.
    pub(crate) fn is_refused_by_endpoints(&self, target: &Target) -> bool {
        self.not_listening.contains(&target.transport())
    }

    /// Whether a target is at a port that nobody serves.
    pub(crate) fn is_unserved(&self, target: &Target) -> bool {
        self.unserved.contains(&target.id)
    }

    /// Whether a target is a declared port at an address that clients outside use too.
    pub(crate) fn is_at_load_balancer(&self, target: &Target) -> bool {
        self.at_load_balancer.contains(&target.id)
    }

    fn nodes_where(&self, network: Network, which: impl Fn(&Target, CheckState) -> bool) -> BTreeSet<&'a str> {
        let checks = self.matrix.checks().filter(|(_, target, _)| !self.unserved.contains(&target.id));
        let checks = checks.filter(|(vantage, target, state)| vantage.network == network && which(target, *state));
        checks.map(|(vantage, _, _)| vantage.node.as_str()).collect()
    }

    /// How connections of a network to the load balancer come to nothing, each way once.
    pub(crate) fn ways(&self, network: Network) -> Vec<Outcome> {
        self.ways_where(network, |target, state| self.is_at_load_balancer(target) && state.failed_to_connect())
    }

    /// How checks of a network fail that are one of those, each way once.
    pub(crate) fn ways_where(&self, network: Network, which: impl Fn(&Target, CheckState) -> bool) -> Vec<Outcome> {
        let states = self.matrix.checks().filter(|(vantage, target, state)| vantage.network == network && which(target, *state));
        distinct(states.filter_map(|(_, _, state)| state.outcome()))
    }

    /// How connections of a network to the load balancer fail, each way once.
    pub(crate) fn failures(&self, network: Network) -> Vec<Failure> {
        self.failures_of(network, &self.failing_nodes(network))
    }

    /// The same of some nodes.
    pub(crate) fn failures_of(&self, network: Network, nodes: &BTreeSet<&str>) -> Vec<Failure> {
        let mut ways = self.ways_of(network, nodes);
        let rest = ways.split_off(ways.len().min(WAYS));
        let mut failures: Vec<_> = ways.iter().map(|way| self.failure(network, way)).collect();
        if !rest.is_empty() {
            let others = rest.iter().flat_map(|way| &way.nodes).copied().collect();
            failures.push(Failure::OtherWays { network, nodes: names(&others), ways: rest.len() });
        }
        failures
    }

    /// How connections of some nodes to the load balancer come to nothing, in the order in which each way is first seen
    /// on any node.
    fn ways_of(&self, network: Network, nodes: &BTreeSet<&str>) -> Vec<Way<'a>> {
        let mut ways: Vec<Way<'a>> = Vec::new();
        let mut indices: HashMap<Outcome, usize> = HashMap::new();
        for (vantage, target, state) in self.matrix.checks() {
            let is_there = vantage.network == network && state.failed_to_connect() && self.is_at_load_balancer(target);
            let Some(outcome) = state.outcome().filter(|_| is_there) else { continue };
            let index = *indices.entry(outcome).or_insert(ways.len());
            if index == ways.len() {
                ways.push(Way { outcome, targets: BTreeSet::new(), nodes: BTreeSet::new(), is_steady: false });
            }
            if nodes.contains(vantage.node.as_str()) {
                let way = &mut ways[index];
                way.targets.insert(target.id);
                way.nodes.insert(&vantage.node);
                way.is_steady |= matches!(state, CheckState::Failed(_));
            }
        }
        ways.retain(|way| !way.nodes.is_empty());
        ways
    }

    fn failure(&self, network: Network, way: &Way<'_>) -> Failure {
        let targets = self.matrix.plan.targets.iter().filter(|target| way.targets.contains(&target.id));
        Failure::OneWay {
            network,
            nodes: names(&way.nodes),
            targets: targets.map(|target| dialled(target, self.facts)).collect(),
            outcome: way.outcome,
            frequency: if way.is_steady { Frequency::Always } else { Frequency::NowAndThen },
        }
    }

    /// Whether all that was seen at the load balancer from a network is what the model expects,
    /// beyond doubt.
    pub(crate) fn is_as_predicted(&self, network: Network) -> bool {
        let mut agreeing = self.agreeing_at_load_balancer(network).map(|(_, _, agrees)| agrees).peekable();
        agreeing.peek().is_some() && agreeing.all(|agrees| agrees)
    }

    /// Whether what fails at the load balancer from a network of these nodes is what the model expects to, beyond
    /// doubt.
    pub(crate) fn fail_as_predicted(&self, network: Network, nodes: &BTreeSet<&str>) -> bool {
        let mut checks = self.agreeing_at_load_balancer(network);
        checks.all(|(node, seen, agrees)| agrees || !seen.failed_to_connect() || !nodes.contains(node))
    }

    /// What was seen at the load balancer from a network, node by node, and whether the model expects that.
    fn agreeing_at_load_balancer(&self, network: Network) -> impl Iterator<Item = (&'a str, CheckState, bool)> {
        let pairs = self.prediction.beside(self.matrix);
        let pairs = pairs.filter(move |(vantage, target, _, _)| vantage.network == network && self.is_at_load_balancer(target));
        pairs.map(|(vantage, _, expectation, seen)| (vantage.node.as_str(), seen, compare(expectation, seen) == Comparison::Agrees))
    }
}

/// Whether a connection goes on to the load balancer, whatever becomes of it there.
fn is_passed_on(answer: Answer) -> bool {
    answer.expected == Expected::NotIntercepted || answer.rule == Rule::LoadBalancerLoopback
}

/// Each outcome once, in the order in which they come.
pub(crate) fn distinct(outcomes: impl Iterator<Item = Outcome>) -> Vec<Outcome> {
    let mut known = HashSet::new();
    outcomes.filter(|outcome| known.insert(*outcome)).collect()
}

/// The names of nodes, as findings have them.
pub(crate) fn names(nodes: &BTreeSet<&str>) -> Vec<String> {
    nodes.iter().map(|node| (*node).to_owned()).collect()
}

/// A target as it is dialled.
pub(crate) fn dialled(target: &Target, facts: &Facts) -> Dialled {
    let port = target.dialled_port.unwrap_or(target.port);
    match &target.kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ClusterIp(ip) | TargetKind::ExternalIp(ip) | TargetKind::Address(ip) => at(*ip, port),
        TargetKind::LoadBalancerHostname(name) | TargetKind::PublicName(name) => Dialled::Name { host: name.clone(), port },
        TargetKind::DnsName => Dialled::Name { host: format!("{}.{}", facts.service.name, facts.service.namespace), port },
        TargetKind::OwnNodePort => Dialled::OwnNode { port },
        TargetKind::NodePort { address, .. } | TargetKind::Endpoint { address, .. } => at(*address, port),
    }
}

fn at(ip: IpAddr, port: u16) -> Dialled {
    Dialled::Address(SocketAddr::new(ip, port))
}
