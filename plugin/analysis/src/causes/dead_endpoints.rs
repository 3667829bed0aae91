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

/// Vantages from which an endpoint has to fail, so that it is the endpoint and not the way.
const VANTAGES: usize = 2;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let networks = symptoms.networks_failing_at_cluster_ip();
    if networks.is_empty() || !networks.iter().all(|network| fails_now_and_then_everywhere(symptoms, *network)) {
        return None;
    }
    let (dead, alive) = dialled(symptoms);
    let used = symptoms.facts.endpoints.iter().filter(|endpoint| endpoint.is_used());
    let used: BTreeSet<_> = used.filter_map(|endpoint| endpoint.addresses.first().copied()).collect();
    let not_dialled = used.iter().filter(|address| !dead.contains(*address) && !alive.contains(*address)).count();
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
    evidence.extend(risks::left_over_slices(symptoms.facts).into_iter().map(|slice| Evidence::LeftOverSlice { slice }));
    Some(Cause {
        confidence: if dead.is_empty() { Confidence::Likely } else { Confidence::Confirmed },
        finding: Finding::DeadEndpoints { addresses: dead.into_iter().collect() },
        evidence,
        fixes: vec![Fix::from(remedies::compare_endpoints(&symptoms.facts.service))],
    })
}

/// Whether each node that was measured fails at the ClusterIP, none of them every time.
fn fails_now_and_then_everywhere(symptoms: &Symptoms<'_>, network: Network) -> bool {
    let mut states = symptoms
        .matrix
        .service_checks()
        .filter(|(vantage, target, state)| vantage.network == network && target.kind.is_cluster_ip() && *state != CheckState::Unmeasured)
        .peekable();
    states.peek().is_some() && states.all(|(_, _, state)| matches!(state, CheckState::Mixed { .. }))
}

/// The endpoints that nobody reaches at their own address, from several vantages, and those that somebody reaches.
fn dialled(symptoms: &Symptoms<'_>) -> (BTreeSet<IpAddr>, BTreeSet<IpAddr>) {
    let mut failing: BTreeMap<IpAddr, usize> = BTreeMap::new();
    let mut alive = BTreeSet::new();
    for (_, target, state) in symptoms.matrix.checks() {
        let TargetKind::Endpoint { address, .. } = &target.kind else { continue };
        if state.is_connected() {
            alive.insert(*address);
        } else if state.is_failure() {
            *failing.entry(*address).or_default() += 1;
        }
    }
    let dead = failing.into_iter().filter(|(address, times)| *times >= VANTAGES && !alive.contains(address));
    (dead.map(|(address, _)| address).collect(), alive)
}
