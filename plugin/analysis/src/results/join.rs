//! What was read of the cluster, joined with what probes learnt of their nodes: the running process counts.

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_protocol::{KubeProxyEvidence, NodeEvidence};

use crate::facts::{Facts, KubeProxyProcess, LocalDetection, ProxyMode, Version};
use crate::observations::Observations;

/// Builds without a stamp call themselves 0.0.0, which says nothing.
const OLDEST: Version = Version::new(0, 0);

/// The facts with what the probes learnt of each node's kube-proxy.
#[must_use]
pub(super) fn join(facts: &Facts, observations: &Observations) -> Facts {
    let mut joined = facts.clone();
    joined.kube_proxy.processes.extend(processes(observations));
    joined
}

/// What the probes learnt of the kube-proxies, by node.
fn processes(observations: &Observations) -> impl Iterator<Item = (String, KubeProxyProcess)> + '_ {
    observations.probes.iter().filter_map(|probe| {
        let record = probe.seen.record()?;
        let process = process(record.kube_proxy.as_ref()?, record.node.as_ref());
        Some((probe.vantage.node.clone(), process))
    })
}

fn process(evidence: &KubeProxyEvidence, node: Option<&NodeEvidence>) -> KubeProxyProcess {
    KubeProxyProcess {
        mode: evidence.mode.as_deref().filter(|mode| !mode.is_empty()).and_then(|mode| mode.parse().ok()),
        release: evidence.release.as_deref().and_then(|release| release.parse().ok()).filter(|release| *release >= OLDEST),
        detection: detection(evidence),
        healthy: healthy(evidence),
        node_eligible: evidence.node_eligible,
        waiting_seconds: evidence.waiting_seconds,
        write_failures: evidence.write_failures,
        local_endpoints: node.and_then(|node| node.local_endpoints),
        local_endpoints_before: node.and_then(|node| node.local_endpoints_before),
        local_endpoints_settled: node.is_some_and(|node| node.local_endpoints_settled),
    }
}

/// A node that is not eligible makes `/healthz` fail, however new the rules are.
fn healthy(evidence: &KubeProxyEvidence) -> Option<bool> {
    let is_ineligible = evidence.node_eligible == Some(false);
    let status = evidence.livez.or(evidence.healthz.filter(|_| !is_ineligible))?;
    Some(status < 500)
}

/// Only where both parts are told: an empty range means more than none.
fn detection(evidence: &KubeProxyEvidence) -> Option<LocalDetection> {
    let mode = evidence.detect_local.as_deref()?.parse().ok()?;
    let ranges = evidence.cluster_cidr.as_deref()?.split(',').filter(|range| !range.is_empty());
    Some(LocalDetection { mode, cluster_cidrs: ranges.map(|range| range.parse().ok()).collect::<Option<_>>()?, interface_prefix: None })
}

/// The nodes of each value that their kube-proxies have.
pub(crate) fn nodes_by<K: Ord>(
    processes: &BTreeMap<String, KubeProxyProcess>,
    key: impl Fn(&KubeProxyProcess) -> Option<K>,
) -> BTreeMap<K, Vec<&str>> {
    let mut nodes: BTreeMap<K, Vec<&str>> = BTreeMap::new();
    for (node, process) in processes {
        if let Some(key) = key(process) {
            nodes.entry(key).or_default().push(node);
        }
    }
    nodes
}

/// The modes in which kube-proxy is known to run, each once.
#[must_use]
pub fn modes(joined: &Facts) -> Vec<ProxyMode> {
    let running = nodes_by(&joined.kube_proxy.processes, |process| process.mode);
    if running.is_empty() {
        joined.nodes.iter().filter_map(|node| joined.configured_mode(Some(node))).collect::<BTreeSet<_>>().into_iter().collect()
    } else {
        running.into_keys().collect()
    }
}
