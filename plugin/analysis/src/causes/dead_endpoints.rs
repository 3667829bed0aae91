//! Endpoints that answer nobody, beside others that answer: kube-proxy sends a part of the connections there, from everywhere
//! and at every address. Mostly their EndpointSlice is left over (kubernetes issue 103804).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::observations::CheckState;
use crate::plan::{Network, TargetKind};
use crate::remedies::{self, Fix};
use crate::risks;

/// Nodes from which an endpoint has to fail, so that it is the endpoint and not the way.
const NODES: usize = 2;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let networks = symptoms.networks_failing_at_cluster_ip();
    let Dialled { dead, alive, is_way } = dialled(symptoms);
    let is_proven = !dead.is_empty() && !alive.is_empty();
    let is_pattern = networks.iter().all(|network| fails_now_and_then_only(symptoms, *network));
    if networks.is_empty() || is_way || !(is_proven || is_pattern) {
        return None;
    }
    let used = symptoms.facts.endpoints.iter().filter(|endpoint| endpoint.is_used());
    let used: BTreeSet<_> = used.filter_map(|endpoint| endpoint.addresses.first().copied()).collect();
    let not_dialled = used.iter().filter(|address| !dead.contains(*address) && !alive.contains(*address)).count();
    let left_over = risks::left_over_slices(symptoms.facts);
    if used.len() < 2 || dead.is_empty() && not_dialled == 0 {
        return None;
    }
    let mut evidence: Vec<_> = networks
        .iter()
        .map(|network| Evidence::FailsNowAndThenAtClusterIp {
            network: *network,
            nodes: names(&symptoms.cluster_ip_failing_nodes(*network)),
        })
        .collect();
    if !dead.is_empty() {
        evidence.push(Evidence::EndpointsAnswerNobody { addresses: dead.iter().copied().collect() });
    }
    if not_dialled > 0 {
        evidence.push(Evidence::EndpointsNotDialled { number: not_dialled, of: used.len() });
    }
    evidence.extend(left_over.iter().cloned().map(|slice| Evidence::LeftOverSlice { slice }));
    Some(Cause {
        confidence: match (is_proven, left_over.is_empty()) {
            (true, _) => Confidence::Confirmed,
            (false, false) => Confidence::Likely,
            (false, true) => Confidence::Possible,
        },
        finding: Finding::DeadEndpoints { addresses: dead.into_iter().collect() },
        evidence,
        fixes: vec![Fix::from(remedies::compare_endpoints(&symptoms.facts.service))],
    })
}

/// Whether checks at the ClusterIP fail from several nodes, and none of them every time.
fn fails_now_and_then_only(symptoms: &Symptoms<'_>, network: Network) -> bool {
    let checks = symptoms.matrix.service_checks();
    let mut states = checks.filter(|(vantage, target, _)| vantage.network == network && target.kind.is_cluster_ip());
    states.all(|(_, _, state)| !matches!(state, CheckState::Failed(_))) && symptoms.cluster_ip_failing_nodes(network).len() >= NODES
}

/// What was seen of endpoints at their own addresses.
struct Dialled {
    /// Nobody reaches them, from several nodes.
    dead: BTreeSet<IpAddr>,
    /// Somebody reaches them.
    alive: BTreeSet<IpAddr>,
    /// Whether one is reached from some nodes and not from others: it is the way there.
    is_way: bool,
}

fn dialled(symptoms: &Symptoms<'_>) -> Dialled {
    let mut failing: BTreeMap<IpAddr, BTreeSet<&str>> = BTreeMap::new();
    let mut alive = BTreeSet::new();
    for (vantage, target, state) in symptoms.matrix.checks() {
        let TargetKind::Endpoint { address, .. } = &target.kind else { continue };
        if state.is_connected() {
            alive.insert(*address);
        } else if state.is_failure() {
            failing.entry(*address).or_default().insert(&vantage.node);
        }
    }
    let is_way = failing.keys().any(|address| alive.contains(address));
    let dead = failing.into_iter().filter(|(address, nodes)| nodes.len() >= NODES && !alive.contains(address));
    Dialled { dead: dead.map(|(address, _)| address).collect(), alive, is_way }
}
