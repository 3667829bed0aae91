//! What probes learnt of their nodes, joined with what the API says: the running process counts.

use std::collections::BTreeMap;

use lbprobe_protocol::{KubeProxyEvidence, NodeEvidence};

use crate::facts::{Facts, KubeProxy, KubeProxyProcess, LocalDetection, ProxyMode, Version};
use crate::observations::Observations;
use crate::words;

/// Nodes that a sentence names.
const NAMED: usize = 3;

/// Builds without a stamp call themselves 0.0.0, which says nothing.
const OLDEST: Version = Version::new(0, 0);

/// The facts with what the probes learnt of each node's kube-proxy.
#[must_use]
pub fn join(facts: &Facts, observations: &Observations) -> Facts {
    let mut joined = facts.clone();
    joined.kube_proxy.processes.extend(processes(observations));
    joined
}

/// What the probes learnt of the kube-proxies, by node.
pub fn processes(observations: &Observations) -> impl Iterator<Item = (String, KubeProxyProcess)> + '_ {
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
        healthz: evidence.healthz,
        waiting_seconds: evidence.waiting_seconds,
        local_endpoints: node.and_then(|node| node.local_endpoints),
    }
}

/// Only where both parts are told: an empty range means more than none.
fn detection(evidence: &KubeProxyEvidence) -> Option<LocalDetection> {
    let mode = evidence.detect_local.as_deref()?.parse().ok()?;
    let ranges = evidence.cluster_cidr.as_deref()?.split(',').filter(|range| !range.is_empty());
    Some(LocalDetection { mode, cluster_cidrs: ranges.map(|range| range.parse().ok()).collect::<Option<_>>()? })
}

/// Where the API's view and the nodes' differ, and where nodes differ among themselves.
#[must_use]
pub fn disagreements(joined: &Facts) -> Vec<String> {
    let processes = &joined.kube_proxy.processes;
    let mut lines = Vec::new();
    if let Some(config) = joined.kube_proxy.config.value() {
        for (mode, nodes) in nodes_by(processes, |process| process.mode).into_iter().filter(|(mode, _)| *mode != config.mode) {
            lines.push(format!(
                "{} says mode {}, but kube-proxy runs in {mode} mode on {}: it was not restarted since, or has other arguments",
                config.source,
                config.mode,
                words::short_list(&nodes, NAMED)
            ));
        }
    }
    let releases = nodes_by(processes, |process| process.release.map(|release| (release.major, release.minor)));
    if releases.len() > 1 {
        let each = releases.iter().map(|((major, minor), nodes)| format!("{major}.{minor} on {}", words::short_list(nodes, NAMED)));
        lines.push(format!("kube-proxy's release differs between nodes: {}", words::list(&each.collect::<Vec<_>>())));
    }
    let silent: Vec<_> = processes.iter().filter(|(_, process)| process.mode.is_none() && process.release.is_none()).collect();
    if !silent.is_empty() {
        let nodes: Vec<_> = silent.into_iter().map(|(node, _)| node.as_str()).collect();
        lines.push(format!(
            "no kube-proxy answers on the loopback of {}: its metrics are bound elsewhere, or another program does its work",
            words::short_list(&nodes, NAMED)
        ));
    }
    lines
}

fn nodes_by<K: Ord>(
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
pub fn modes(joined: &KubeProxy) -> Vec<ProxyMode> {
    let running = nodes_by(&joined.processes, |process| process.mode);
    if running.is_empty() { joined.config.value().map(|config| config.mode).into_iter().collect() } else { running.into_keys().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Known, KubeProxyConfig};

    fn processes(all: &[(&str, Option<ProxyMode>, Option<Version>)]) -> Facts {
        let config = KubeProxyConfig {
            source: "ConfigMap kube-system/kube-proxy".into(),
            mode: ProxyMode::Ipvs,
            detection: LocalDetection { mode: crate::facts::DetectLocal::ClusterCidr, cluster_cidrs: Vec::new() },
            masquerade_all: false,
            node_port_addresses: Vec::new(),
        };
        let process = |(node, mode, release): &(&str, _, _)| {
            ((*node).to_owned(), KubeProxyProcess { mode: *mode, release: *release, ..KubeProxyProcess::default() })
        };
        let kube_proxy =
            KubeProxy { config: Known::Value(config), releases: Known::default(), processes: all.iter().map(process).collect() };
        Facts { kube_proxy, ..crate::model::sample_facts() }
    }

    #[test]
    fn a_process_that_differs_from_its_config_map_is_told() {
        let facts = processes(&[("node1", Some(ProxyMode::Ipvs), None), ("node2", Some(ProxyMode::Iptables), None)]);
        let lines = disagreements(&facts);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("says mode ipvs, but kube-proxy runs in iptables mode on node2"), "{lines:?}");
        assert_eq!(modes(&facts.kube_proxy), [ProxyMode::Iptables, ProxyMode::Ipvs]);
    }

    #[test]
    fn releases_that_differ_and_silence_are_told() {
        let mode = Some(ProxyMode::Ipvs);
        let facts =
            processes(&[("node1", mode, Some(Version::new(23, 1))), ("node2", mode, Some(Version::new(24, 0))), ("node3", None, None)]);
        let lines = disagreements(&facts).join("\n");
        assert!(lines.contains("1.23 on node1 and 1.24 on node2"), "{lines}");
        assert!(lines.contains("no kube-proxy answers on the loopback of node3"), "{lines}");
        assert!(
            disagreements(&processes(&[("node1", mode, Some(Version::new(34, 1))), ("node2", mode, Some(Version::new(34, 2)))])).is_empty()
        );
    }
}
