//! Ports at the load balancer's address that the Service does not declare, and that nobody asked for: whether clients inside reach
//! what the load balancer may have there.

use std::collections::BTreeSet;
use std::net::IpAddr;

use lbprobe_protocol::Outcome;
use serde::{Deserialize, Serialize};

use super::OutsideCheck;
use crate::facts::Facts;
use crate::observations::{CheckState, Matrix};
use crate::plan::{Target, Vantage};

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
    let nearby = facts.nearby_services.value().into_iter().flatten().filter(|nearby| nearby.tcp_ports().any(|own| own == port));
    let services: Vec<_> = nearby.map(|nearby| format!("{}/{}", nearby.namespace, nearby.name)).collect();
    let keeping: BTreeSet<_> = kept_addresses(facts).collect();
    let counts = |vantage: &Vantage, target: &Target| {
        let address = target.kind.external_address();
        !services.is_empty() || address.is_some_and(|address| keeping.contains(&(vantage.node.as_str(), address)))
    };
    let is_of_port = |target: &Target| target.other_listener && target.port == port;
    let measured: Vec<_> = matrix
        .other_listeners()
        .filter(|(vantage, target, state)| is_of_port(target) && counts(vantage, target) && state.is_measured())
        .collect();
    let failing = || measured.iter().filter(|(_, _, state)| state.failed_to_connect());
    let mut outcomes = Vec::new();
    for outcome in failing().filter_map(|(_, _, state)| state.outcome()) {
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    }
    let is_seen = |check: &&OutsideCheck| matrix.plan.target(check.target).is_some_and(is_of_port);
    let seen_outside: Vec<_> = outside.iter().filter(is_seen).collect();
    let vantages = |checks: &mut dyn Iterator<Item = &'_ (&Vantage, &Target, CheckState)>| {
        checks.map(|(vantage, _, _)| *vantage).collect::<BTreeSet<_>>().len()
    };
    OtherListener {
        port,
        dialled: vantages(&mut measured.iter()),
        failing: vantages(&mut failing()),
        services,
        outcomes,
        answered_outside: (!seen_outside.is_empty()).then(|| seen_outside.iter().any(|check| listens(check))),
    }
}

/// The load balancer's addresses that ipvs mode keeps on a node, each with the node.
fn kept_addresses(facts: &Facts) -> impl Iterator<Item = (&str, IpAddr)> {
    facts.nodes.iter().flat_map(|node| {
        let kept = facts.service.load_balancer_ips().filter(|address| facts.is_bound_by_ipvs(node, *address));
        kept.map(|address| (node.name.as_str(), address))
    })
}

/// Whether somebody took the connection, whatever was said on it then.
fn listens(check: &OutsideCheck) -> bool {
    check.outcome.is_none_or(|outcome| matches!(outcome, Outcome::Tls(_) | Outcome::Http(_)))
}
