//! Something else was seen than is expected: what could explain it, most telling first.

use std::collections::BTreeSet;

use super::RuledOut;
use crate::causes::{CauseKind, Symptoms, drained_servers, names};
use crate::facts::{Known, NetworkPlugin};
use crate::kube_proxy::{Expectation, Expected};
use crate::observations::CheckState;
use crate::plan::Network;
use crate::prediction::PossibleReason;

/// Nothing where nothing is contradicted, and none that is ruled out.
pub(super) fn list(symptoms: &Symptoms<'_>, ruled_out: &[RuledOut]) -> Vec<PossibleReason> {
    let is_open = |kind: CauseKind| ruled_out.iter().all(|other| other.kind != kind);
    let refused = symptoms.contradictions().filter(|(_, target, _, _)| symptoms.is_refused_by_endpoints(target));
    let refused: BTreeSet<_> = refused.map(|(_, target, _, _)| target.transport()).collect();
    let mut reasons = Vec::new();
    if !refused.is_empty() {
        reasons.push(PossibleReason::NobodyListens { ports: refused.into_iter().collect() });
    }
    let nodes = symptoms.contradicted_nodes();
    if nodes.is_empty() {
        return reasons;
    }
    let processes = &symptoms.facts.kube_proxy.processes;
    let stale = &symptoms.stale_nodes() & &nodes;
    if !stale.is_empty() {
        reasons.push(PossibleReason::StaleRules { nodes: names(&stale) });
    }
    let has_changed = |node: &&str| processes.get(*node).is_some_and(|process| process.local_endpoints_before.is_some());
    let changed: BTreeSet<_> = nodes.iter().copied().filter(has_changed).collect();
    if !changed.is_empty() {
        reasons.push(PossibleReason::EndpointsChanged { nodes: names(&changed) });
    }
    let drained = drained_servers::nodes(symptoms);
    if !drained.is_empty() {
        reasons.push(PossibleReason::DrainedServers { nodes: names(&drained) });
    }
    let rate_limited: BTreeSet<_> = symptoms.matrix.nodes_with_rate_limited_refusals().collect();
    if !rate_limited.is_empty() && silent_for_refused(symptoms) {
        reasons.push(PossibleReason::RefusalRateLimited { nodes: names(&rate_limited) });
    }
    let unasked: BTreeSet<_> =
        nodes.iter().copied().filter(|node| processes.get(*node).is_none_or(|process| process.mode.is_none())).collect();
    if !unasked.is_empty() {
        reasons.push(PossibleReason::ModeNotAsked { nodes: names(&unasked) });
    }
    if symptoms.facts.pod_policies.value().is_none_or(|policies| !policies.is_empty())
        && only_pods(symptoms)
        && is_open(CauseKind::NetworkPolicy)
    {
        reasons.push(PossibleReason::NetworkPolicy);
    }
    match &symptoms.facts.pod_network {
        Known::Unknown(reason) => reasons.push(PossibleReason::PodNetworkNotKnown { reason: reason.clone() }),
        Known::Value(network) if matches!(network.plugin, NetworkPlugin::Cilium | NetworkPlugin::Antrea) => {
            reasons.push(PossibleReason::PodNetwork { source: network.source.clone() });
        }
        Known::Value(_) => {}
    }
    if is_open(CauseKind::BetweenNodes) {
        reasons.push(PossibleReason::FirewallBetweenNodes);
    }
    reasons.push(PossibleReason::Other);
    reasons
}

/// Whether some check timed out that should have been refused.
fn silent_for_refused(symptoms: &Symptoms<'_>) -> bool {
    let is_to_be_refused = |expectation: &Expectation| {
        expectation.answers().any(|answer| matches!(answer.expected, Expected::Refused | Expected::LocalListener))
    };
    symptoms.contradictions().any(|(_, _, expectation, seen)| seen.is_timed_out() && is_to_be_refused(expectation))
}

/// Whether what contradicts are pods that fail, and no host.
fn only_pods(symptoms: &Symptoms<'_>) -> bool {
    let mut failing = symptoms.matrix.checks().filter(|(_, _, state)| matches!(state, CheckState::Failed(_))).peekable();
    failing.peek().is_some() && failing.all(|(vantage, _, _)| vantage.network == Network::Pod)
}
