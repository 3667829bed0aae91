//! The contrast that all causes look at: which vantages fail at the load balancer, and what the
//! same vantages see at the ClusterIP.

use std::collections::BTreeSet;

use lbprobe_protocol::Outcome;

use crate::facts::Facts;
use crate::model::Expected;
use crate::observations::{CheckState, Matrix, verb};
use crate::plan::{Network, Target, TargetKind};
use crate::prediction::{Comparison, Prediction, compare};
use crate::words;

/// Nodes that a sentence names before it says "and 41 more".
const NAMED_NODES: usize = 3;

/// Facts and states, with the questions that causes ask of them.
pub(super) struct Contrast<'a> {
    pub(super) facts: &'a Facts,
    pub(super) matrix: &'a Matrix<'a>,
    pub(super) prediction: &'a Prediction,
}

impl<'a> Contrast<'a> {
    pub(super) fn new(facts: &'a Facts, matrix: &'a Matrix<'a>, prediction: &'a Prediction) -> Self {
        Self { facts, matrix, prediction }
    }

    pub(super) fn anything_failed(&self) -> bool {
        self.matrix.checks().any(|(_, _, state)| state.is_failure())
    }

    /// Whether every measured check of the kinds failed, and one was measured.
    pub(super) fn all_fail(&self, kinds: impl Fn(&TargetKind) -> bool) -> bool {
        let mut states =
            self.matrix.checks().filter(|(_, target, state)| kinds(&target.kind) && *state != CheckState::Unmeasured).peekable();
        states.peek().is_some() && states.all(|(_, _, state)| matches!(state, CheckState::Failed(_)))
    }

    /// The rules that the model gives for failures at the load balancer that were seen exactly so,
    /// each once.
    pub(super) fn rules_seen(&self, network: Network) -> Vec<&'a str> {
        let mut rules = Vec::new();
        for ((vantage, target, expectation), (_, _, seen)) in self.prediction.checks(self.matrix.plan).zip(self.matrix.checks()) {
            if vantage.network == network
                && target.kind.is_load_balancer()
                && seen.is_failure()
                && compare(expectation, seen) == Comparison::Agrees
                && let Some(answer) = expectation.certain()
                && !rules.contains(&answer.because.as_ref())
            {
                rules.push(answer.because.as_ref());
            }
        }
        rules
    }

    /// Whether kube-proxy leaves the load balancer's addresses alone, by the model.
    pub(super) fn load_balancer_is_passed_on(&self) -> bool {
        let mut checks = self.prediction.checks(self.matrix.plan).filter(|(_, target, _)| target.kind.is_load_balancer());
        checks.all(|(_, _, expectation)| expectation.answers().all(|answer| answer.expected == Expected::PassedOn))
    }

    /// The nodes from whose network some check at the load balancer fails.
    pub(super) fn failing_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        self.nodes(network, |target, state| target.kind.is_load_balancer() && state.is_failure())
    }

    /// The nodes from whose network the load balancer was tried at all.
    pub(super) fn measured_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        self.nodes(network, |target, state| target.kind.is_load_balancer() && state != CheckState::Unmeasured)
    }

    /// The nodes from whose network some check fails by ClusterIP.
    pub(super) fn cluster_ip_failing_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        self.nodes(network, |target, state| matches!(target.kind, TargetKind::ClusterIp(_)) && state.is_failure())
    }

    /// The networks from which some check at the load balancer fails.
    pub(super) fn failing_networks(&self) -> Vec<Network> {
        Network::ALL.into_iter().filter(|network| !self.failing_nodes(*network).is_empty()).collect()
    }

    /// The nodes from whose network the load balancer was tried, and every check at it succeeded
    /// that was measured.
    pub(super) fn working_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        &self.measured_nodes(network) - &self.failing_nodes(network)
    }

    /// The nodes from whose network every ClusterIP was measured and reached.
    pub(super) fn cluster_ip_reached_nodes(&self, network: Network) -> BTreeSet<&'a str> {
        let tried = self.nodes(network, |target, state| matches!(target.kind, TargetKind::ClusterIp(_)) && state == CheckState::Reached);
        &tried - &self.cluster_ip_failing_nodes(network)
    }

    fn nodes(&self, network: Network, which: impl Fn(&Target, CheckState) -> bool) -> BTreeSet<&'a str> {
        let checks = self.matrix.checks().filter(|(vantage, target, state)| vantage.network == network && which(target, *state));
        checks.map(|(vantage, _, _)| vantage.node.as_str()).collect()
    }

    /// How the load balancer's checks of a network fail, each way once.
    pub(super) fn ways(&self, network: Network) -> Vec<Outcome> {
        let mut ways = Vec::new();
        for (vantage, target, state) in self.matrix.checks() {
            if let Some(outcome) = state.outcome().filter(|_| vantage.network == network && target.kind.is_load_balancer())
                && !ways.contains(&outcome)
            {
                ways.push(outcome);
            }
        }
        ways
    }

    /// "pods on node2 and node3 time out at 198.51.100.1:80 and 198.51.100.1:443".
    pub(super) fn failures_in_words(&self, network: Network) -> Option<String> {
        let nodes: Vec<_> = self.failing_nodes(network).into_iter().collect();
        let way = self.ways(network).first().copied()?;
        let targets = self.failing_targets(network);
        Some(format!("{} on {} {} {}", who(network), words::short_list(&nodes, NAMED_NODES), verb(way), words::short_list(&targets, 4)))
    }

    fn failing_targets(&self, network: Network) -> Vec<String> {
        let failing: BTreeSet<_> = self
            .matrix
            .checks()
            .filter(|(vantage, target, state)| vantage.network == network && target.kind.is_load_balancer() && state.is_failure())
            .map(|(_, target, _)| target.id)
            .collect();
        self.matrix.plan.targets.iter().filter(|target| failing.contains(&target.id)).map(|target| address(target, self.facts)).collect()
    }
}

/// "pods" or "hosts".
pub(super) fn who(network: Network) -> &'static str {
    match network {
        Network::Pod => "pods",
        Network::Host => "the hosts",
    }
}

/// The names of nodes in a sentence.
pub(super) fn names(nodes: &BTreeSet<&str>) -> String {
    words::short_list(&nodes.iter().copied().collect::<Vec<_>>(), NAMED_NODES)
}

/// A target as it is dialled.
pub(super) fn address(target: &Target, facts: &Facts) -> String {
    let host = match &target.kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ClusterIp(ip) if ip.is_ipv6() => format!("[{ip}]"),
        TargetKind::LoadBalancerIp(ip) | TargetKind::ClusterIp(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) => name.clone(),
        TargetKind::DnsName => format!("{}.{}", facts.service.name, facts.service.namespace),
    };
    format!("{host}:{}", target.port)
}
