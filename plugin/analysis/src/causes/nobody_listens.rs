//! Endpoints that refuse a port themselves: the pods are ready, and nobody in them listens there. An Istio gateway does so
//! at each port of its Service that no Gateway names. kube-proxy leads connections to them all the same, and the
//! Service's other ports may answer.

use std::collections::BTreeSet;
use std::net::IpAddr;

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{ConnectFailure, Outcome};

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::Symptoms;
use super::{Cause, Confidence};
use crate::facts::{Facts, TransportPort};
use crate::observations::{CheckState, Matrix};
use crate::plan::{Network, Target, TargetKind};
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let service = &symptoms.facts.service;
    let ports: Vec<_> = symptoms.not_listening.iter().copied().collect();
    if ports.is_empty() {
        return None;
    }
    let on_own_node = ports.iter().all(|port| is_refused_on_own_node(symptoms.matrix, *port));
    let addresses: BTreeSet<_> = ports.iter().flat_map(|port| refusing(symptoms.matrix, *port)).collect();
    Some(Cause {
        // NetworkPolicies admit a node to its own pods: what it is refused there, the pod refuses.
        confidence: if on_own_node { Confidence::Confirmed } else { Confidence::Likely },
        evidence: vec![Evidence::EndpointsRefuse { ports: ports.clone(), addresses: addresses.into_iter().collect(), on_own_node }],
        fixes: vec![Remedy::ListenAt { name: service.name.clone(), namespace: service.namespace.clone() }.into()],
        finding: Finding::NobodyListens { ports },
    })
}

/// The declared ports that endpoints refuse at their own addresses, and where nobody inside is answered.
pub(super) fn ports(facts: &Facts, matrix: &Matrix<'_>) -> BTreeSet<TransportPort> {
    let mut refused: BTreeSet<TransportPort> = BTreeSet::new();
    let mut answered = BTreeSet::new();
    for (_, target, state) in matrix.checks().filter(|(_, target, _)| facts.service.declares(target.transport()) && is_inside(target)) {
        if state.is_connected() || matches!(state, CheckState::Mixed { .. }) {
            answered.insert(target.transport());
        } else if target.kind.is_endpoint() && is_refused(state) {
            refused.insert(target.transport());
        }
    }
    &refused - &answered
}

/// Addresses that belong to the endpoints and nobody else.
fn is_inside(target: &Target) -> bool {
    target.kind.is_cluster_ip() || target.kind.is_endpoint() || target.kind == TargetKind::DnsName
}

fn is_refused(state: CheckState) -> bool {
    state == CheckState::Failed(Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)))
}

fn is_refused_on_own_node(matrix: &Matrix<'_>, port: TransportPort) -> bool {
    matrix.checks().any(|(vantage, target, state)| {
        let is_own = vantage.network == Network::Host && target.kind.endpoint_node() == Some(&vantage.node);
        is_own && target.transport() == port && is_refused(state)
    })
}

fn refusing(matrix: &Matrix<'_>, port: TransportPort) -> BTreeSet<IpAddr> {
    let of_port = matrix.checks().filter(|(_, target, state)| target.transport() == port && is_refused(*state));
    let address = |target: &Target| match &target.kind {
        TargetKind::Endpoint { address, .. } => Some(*address),
        _ => None,
    };
    of_port.filter_map(|(_, target, _)| address(target)).collect()
}
