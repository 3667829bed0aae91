//! kube-proxy does not get its rules written: the API looks right, and nodes go by what was.

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::plan::Network;
use crate::remedies::Remedy;
use std::collections::BTreeSet;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let stale = symptoms.stale_nodes();
    let failing: BTreeSet<_> =
        Network::ALL.iter().flat_map(|network| &symptoms.failing_nodes(*network) | &symptoms.cluster_ip_failing_nodes(*network)).collect();
    let stale: BTreeSet<_> = stale.into_iter().filter(|node| failing.contains(node)).collect();
    if stale.is_empty() {
        return None;
    }
    let processes = &symptoms.facts.kube_proxy.processes;
    let unhealthy: BTreeSet<_> =
        stale.iter().copied().filter(|node| processes.get(*node).and_then(|process| process.healthy) == Some(false)).collect();
    let waiting = stale.iter().filter_map(|node| processes.get(*node)?.waiting_seconds).max();
    let mut evidence = Vec::new();
    evidence.extend(waiting.map(|seconds| Evidence::ChangeWaits { nodes: names(&stale), seconds }));
    let failures = stale.iter().filter_map(|node| processes.get(*node)?.write_failures).max().filter(|failures| *failures > 0);
    evidence.extend(failures.map(|failures| Evidence::WritesFailed { nodes: names(&stale), failures }));
    if !unhealthy.is_empty() {
        evidence.push(Evidence::KubeProxyUnhealthy { nodes: names(&unhealthy) });
    }
    let contradicted = symptoms.contradicted_nodes();
    let is_contradicted = !contradicted.is_disjoint(&stale);
    if is_contradicted {
        evidence.push(Evidence::DiffersFromService);
    }
    Some(Cause {
        finding: Finding::StaleRules { nodes: names(&stale) },
        confidence: if is_contradicted { Confidence::Confirmed } else { Confidence::Likely },
        evidence,
        fixes: vec![Remedy::ReadKubeProxyLog.into()],
    })
}
