//! Ports at the load balancer's address that the Service does not declare, and that nobody asked for: whether clients inside reach
//! what the load balancer may have there.

use std::collections::BTreeSet;

use lbprobe_protocol::Outcome;
use serde::{Deserialize, Serialize};

use super::OutsideCheck;
use crate::facts::{Facts, Node};
use crate::observations::Matrix;
use crate::plan::Vantage;

/// What one sample from each vantage showed of such a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherListener {
    /// Its number.
    pub port: u16,
    /// The Services at the same address that declare it, each with its namespace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// From how many vantages it was dialled: where no Service declares it, of those in ipvs mode, which keeps the address on the node.
    /// From others it goes to the load balancer.
    pub dialled: usize,
    /// From how many of them it failed.
    pub failing: usize,
    /// How.
    pub outcomes: Vec<Outcome>,
    /// Whether it is answered outside; nothing where that was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_outside: Option<bool>,
}

impl OtherListener {
    /// Whether clients inside do not reach what clients outside do.
    pub(crate) fn is_missed_inside(&self) -> bool {
        self.services.is_empty() && self.failing > 0 && self.answered_outside == Some(true)
    }

    /// Whether a reader should know of it. What nobody answers outside either is no listener. What is answered inside is answered
    /// by the node where no Service declares it: ipvs mode keeps the address there.
    fn is_worth_a_word(&self) -> bool {
        match (self.services.is_empty(), self.failing > 0) {
            (false, fails) => fails,
            (true, true) => self.answered_outside != Some(false),
            (true, false) => self.dialled > 0,
        }
    }
}

/// Those that a reader should know of, by number.
pub(crate) fn list(facts: &Facts, matrix: &Matrix<'_>, outside: &[OutsideCheck]) -> Vec<OtherListener> {
    let ports: BTreeSet<u16> = matrix.plan.targets.iter().filter(|target| target.other_listener).map(|target| target.port).collect();
    let listeners = ports.into_iter().map(|port| other_listener(port, facts, matrix, outside));
    listeners.filter(OtherListener::is_worth_a_word).collect()
}

fn other_listener(port: u16, facts: &Facts, matrix: &Matrix<'_>, outside: &[OutsideCheck]) -> OtherListener {
    let nearby = facts.nearby_services.value().into_iter().flatten().filter(|nearby| nearby.ports.contains(&port));
    let services: Vec<_> = nearby.map(|nearby| format!("{}/{}", nearby.namespace, nearby.name)).collect();
    let keeps = |node: &Node| facts.service.load_balancer_ips().any(|address| facts.is_bound_by_ipvs(node, address));
    let keeping: BTreeSet<_> = facts.nodes.iter().filter(|node| keeps(node)).map(|node| node.name.as_str()).collect();
    let counts = |vantage: &Vantage| !services.is_empty() || keeping.contains(vantage.node.as_str());
    let checks = matrix.other_listeners().filter(|(vantage, target, state)| target.port == port && counts(vantage) && state.is_measured());
    let measured: Vec<_> = checks.map(|(_, _, state)| state).collect();
    let failing = || measured.iter().filter(|state| state.failed_to_connect());
    let mut outcomes = Vec::new();
    for outcome in failing().filter_map(|state| state.outcome()) {
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    }
    let ids: Vec<_> =
        matrix.plan.targets.iter().filter(|target| target.other_listener && target.port == port).map(|target| target.id).collect();
    let seen_outside: Vec<_> = outside.iter().filter(|check| ids.contains(&check.target)).collect();
    OtherListener {
        port,
        services,
        dialled: measured.len(),
        failing: failing().count(),
        outcomes,
        answered_outside: (!seen_outside.is_empty()).then(|| seen_outside.iter().any(|check| listens(check))),
    }
}

/// Whether somebody took the connection, whatever was said on it then.
fn listens(check: &OutsideCheck) -> bool {
    check.outcome.is_none_or(|outcome| matches!(outcome, Outcome::Tls(_) | Outcome::Http(_)))
}
