//! Something else was seen than is expected: what could explain it, most telling first.

use std::collections::BTreeSet;

use super::contrast::{Contrast, names};
use super::drained_servers;
use crate::facts::{Known, NetworkPlugin};
use crate::model::{Expectation, Expected};
use crate::observations::CheckState;
use crate::plan::Network;

/// Nothing where nothing is contradicted.
pub(super) fn explanations(contrast: &Contrast<'_>) -> Vec<String> {
    let nodes = contrast.contradicted_nodes();
    if nodes.is_empty() {
        return Vec::new();
    }
    let processes = &contrast.facts.kube_proxy.processes;
    let mut lines = Vec::new();
    let stale = &contrast.stale_nodes() & &nodes;
    if !stale.is_empty() {
        lines.push(format!("kube-proxy on {} fails to write its rules", names(&stale)));
    }
    let drained = drained_servers::nodes(contrast);
    if !drained.is_empty() {
        lines.push(format!("ipvs on {} keeps ready endpoints without weight", names(&drained)));
    }
    let withheld: BTreeSet<_> = contrast.matrix.nodes_that_withheld().collect();
    if !withheld.is_empty() && silent_for_refused(contrast) {
        lines.push(format!(
            "a refusal that was never sent: {} held some back, as a kernel sends few per second (icmp_ratelimit); try again with --port",
            names(&withheld)
        ));
    }
    let unasked: BTreeSet<_> =
        nodes.iter().copied().filter(|node| processes.get(*node).is_none_or(|process| process.mode.is_none())).collect();
    if !unasked.is_empty() {
        lines.push(format!(
            "kube-proxy on {} could not be asked for its mode: it may differ from its configuration, or another program may have taken its place",
            names(&unasked)
        ));
    }
    if contrast.facts.pod_policies.value().is_none_or(|policies| !policies.is_empty()) && only_pods(contrast) {
        lines.push("a NetworkPolicy that selects the probe's pods".into());
    }
    match &contrast.facts.pod_network {
        Known::Unknown(reason) => lines.push(format!("a pod network that goes past kube-proxy (which one is not known: {reason})")),
        Known::Value(network) if matches!(network.plugin, NetworkPlugin::Cilium | NetworkPlugin::Antrea) => {
            lines.push(format!("the pod network's own handling of Services ({})", network.source));
        }
        Known::Value(_) => {}
    }
    lines.push(
        "a firewall or security group between nodes; rules of another program on the node; endpoints that changed during the run".into(),
    );
    lines
}

/// Whether some check timed out that should have been refused.
fn silent_for_refused(contrast: &Contrast<'_>) -> bool {
    let is_to_be_refused = |expectation: &Expectation| {
        expectation.answers().any(|answer| matches!(answer.expected, Expected::Refused | Expected::LocalListener))
    };
    contrast.contradictions().any(|(_, _, expectation, seen)| seen.is_timed_out() && is_to_be_refused(expectation))
}

/// Whether what contradicts are pods that fail, and no host.
fn only_pods(contrast: &Contrast<'_>) -> bool {
    let mut failing = contrast.matrix.checks().filter(|(_, _, state)| matches!(state, CheckState::Failed(_))).peekable();
    failing.peek().is_some() && failing.all(|(vantage, _, _)| vantage.network == Network::Pod)
}
