//! What probes learnt of their nodes, joined with what the API says: the running process counts.

use std::collections::BTreeMap;

use ipnet::IpNet;
use lbprobe_protocol::{KubeProxyEvidence, NodeEvidence};
use serde::{Deserialize, Serialize};

use crate::causes::Confidence;
use crate::diagnosis::Note;
use crate::documents;
use crate::facts::{Facts, KubeProxy, KubeProxyConfig, KubeProxyProcess, LocalDetection, ProxyMode, Version};
use crate::observations::Observations;

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
        healthy: healthy(evidence),
        node_eligible: evidence.node_eligible,
        waiting_seconds: evidence.waiting_seconds,
        local_endpoints: node.and_then(|node| node.local_endpoints),
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
    Some(LocalDetection { mode, cluster_cidrs: ranges.map(|range| range.parse().ok()).collect::<Option<_>>()? })
}

/// Where the API's view and the nodes' own differ: a finding of its own, whatever else is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disagreement {
    /// What differs. In documents `kind` and `args`.
    #[serde(flatten, with = "documents::difference")]
    pub difference: Difference,
    /// On which nodes.
    pub nodes: Vec<String>,
    /// How far the nodes' word goes.
    pub confidence: Confidence,
}

/// What the API has, and the nodes have otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "what is configured or listed, where, and what runs")]
pub enum Difference {
    /// kube-proxy's mode.
    Mode { configured: ProxyMode, source: String, running: ProxyMode },
    /// kube-proxy's clusterCIDR.
    ClusterCidr { configured: Vec<IpNet>, source: String, running: Vec<IpNet> },
    /// How many local endpoints there are.
    LocalEndpoints { listed: usize, counted: u32 },
    /// The device of ipvs is there, and kube-proxy runs in another mode.
    LeftOverDevice,
}

/// All disagreements, by what they are about.
#[must_use]
pub fn disagreements(joined: &Facts, observations: &Observations) -> Vec<Disagreement> {
    let config = joined.kube_proxy.config.value();
    let of_config = config.into_iter().flat_map(|config| mode(joined, config).into_iter().chain(cluster_cidr(joined, config)));
    of_config.chain(local_endpoints(joined)).chain(left_over_device(joined, observations)).collect()
}

fn owned(nodes: &[&str]) -> Vec<String> {
    nodes.iter().map(|node| (*node).to_owned()).collect()
}

fn mode(joined: &Facts, config: &KubeProxyConfig) -> Vec<Disagreement> {
    let others = nodes_by(&joined.kube_proxy.processes, |process| process.mode).into_iter().filter(|(mode, _)| *mode != config.mode);
    let disagreement = |(running, nodes): (ProxyMode, Vec<&str>)| Disagreement {
        difference: Difference::Mode { configured: config.mode, source: config.source.clone(), running },
        nodes: owned(&nodes),
        confidence: Confidence::Confirmed,
    };
    others.map(disagreement).collect()
}

fn cluster_cidr(joined: &Facts, config: &KubeProxyConfig) -> Vec<Disagreement> {
    let configured = &config.detection.cluster_cidrs;
    let running = nodes_by(&joined.kube_proxy.processes, |process| Some(process.detection.as_ref()?.cluster_cidrs.clone()));
    let disagreement = |(running, nodes): (Vec<IpNet>, Vec<&str>)| Disagreement {
        difference: Difference::ClusterCidr { configured: configured.clone(), source: config.source.clone(), running },
        nodes: owned(&nodes),
        confidence: Confidence::Confirmed,
    };
    running.into_iter().filter(|(ranges, _)| ranges != configured).map(disagreement).collect()
}

/// kube-proxy's own count against the EndpointSlices'. A moment of difference is usual while
/// endpoints change.
fn local_endpoints(joined: &Facts) -> Vec<Disagreement> {
    let slices = joined.endpoints_by_node();
    let count = |node: &str| slices.get(node).copied().unwrap_or_default();
    let counted = joined.kube_proxy.processes.iter().filter_map(|(node, process)| Some((node.as_str(), process.local_endpoints?)));
    // The same difference on many nodes is said once.
    let mut differing: BTreeMap<(usize, u32), Vec<&str>> = BTreeMap::new();
    for (node, own) in counted.filter(|(node, own)| usize::try_from(*own) != Ok(count(node))) {
        differing.entry((count(node), own)).or_default().push(node);
    }
    let disagreement = |((listed, counted), nodes): ((usize, u32), Vec<&str>)| Disagreement {
        difference: Difference::LocalEndpoints { listed, counted },
        nodes: owned(&nodes),
        confidence: Confidence::Likely,
    };
    differing.into_iter().map(disagreement).collect()
}

/// kube-ipvs0 where kube-proxy does not run in ipvs mode: the rest of a mode that it had, which still
/// holds addresses.
fn left_over_device(joined: &Facts, observations: &Observations) -> Vec<Disagreement> {
    let is_other =
        |node: &str| joined.kube_proxy.processes.get(node).and_then(|process| process.mode).is_some_and(|mode| mode != ProxyMode::Ipvs);
    let with_device = observations.probes.iter().filter(|probe| {
        let node = probe.seen.record().and_then(|record| record.node.as_ref());
        node.is_some_and(|node| node.ipvs_device) && is_other(&probe.vantage.node)
    });
    let nodes: Vec<_> = with_device.map(|probe| probe.vantage.node.clone()).collect();
    if nodes.is_empty() {
        return Vec::new();
    }
    vec![Disagreement { difference: Difference::LeftOverDevice, nodes, confidence: Confidence::Likely }]
}

/// The nodes that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodesOf<T> {
    /// What they have.
    pub value: T,
    /// The nodes.
    pub nodes: Vec<String>,
}

/// Where nodes differ among themselves, and where nobody answers.
#[must_use]
pub fn differences(joined: &Facts) -> Vec<Note> {
    let processes = &joined.kube_proxy.processes;
    let mut notes = Vec::new();
    let modes = nodes_by(processes, |process| process.mode);
    if modes.len() > 1 {
        notes.push(Note::ModesDiffer { modes: each(modes) });
    }
    let releases = nodes_by(processes, |process| process.release.map(|release| (release.major, release.minor)));
    if releases.len() > 1 {
        notes.push(Note::ReleasesDiffer { releases: each(releases) });
    }
    let not_heard = processes.iter().filter(|(_, process)| process.mode.is_none() && process.release.is_none());
    let not_heard: Vec<_> = not_heard.map(|(node, _)| node.clone()).collect();
    if !not_heard.is_empty() {
        notes.push(Note::KubeProxyNotHeard { nodes: not_heard });
    }
    notes
}

fn each<T>(nodes_by: BTreeMap<T, Vec<&str>>) -> Vec<NodesOf<T>> {
    nodes_by.into_iter().map(|(value, nodes)| NodesOf { value, nodes: owned(&nodes) }).collect()
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
    use crate::text::{self, Language};

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
        Facts { kube_proxy, ..crate::kube_proxy::sample_facts() }
    }

    #[test]
    fn a_process_that_differs_from_its_config_map_is_told() {
        let mut facts = processes(&[("node1", Some(ProxyMode::Ipvs), None), ("node2", Some(ProxyMode::Iptables), None)]);
        let found = disagreements(&facts, &Observations::default());
        assert_eq!(found.len(), 1, "{found:?}");
        let source = "ConfigMap kube-system/kube-proxy".to_owned();
        let difference = Difference::Mode { configured: ProxyMode::Ipvs, source: source.clone(), running: ProxyMode::Iptables };
        assert_eq!((&found[0].difference, &found[0].nodes[..]), (&difference, &["node2".to_owned()][..]));
        assert_eq!(modes(&facts.kube_proxy), [ProxyMode::Iptables, ProxyMode::Ipvs]);
        let range =
            |range: &str| LocalDetection { mode: crate::facts::DetectLocal::ClusterCidr, cluster_cidrs: vec![range.parse().unwrap()] };
        let node1 = facts.kube_proxy.processes.get_mut("node1").unwrap();
        node1.detection = Some(range("10.244.0.0/16"));
        node1.local_endpoints = Some(0);
        let differences: Vec<_> = disagreements(&facts, &Observations::default()).into_iter().map(|found| found.difference).collect();
        let running = vec!["10.244.0.0/16".parse().unwrap()];
        assert_eq!(differences[1], Difference::ClusterCidr { configured: Vec::new(), source, running });
        assert_eq!(differences[2], Difference::LocalEndpoints { listed: 1, counted: 0 });
    }

    #[test]
    fn a_device_of_an_earlier_mode_is_told() {
        let facts = processes(&[("node1", Some(ProxyMode::Iptables), None), ("node2", Some(ProxyMode::Ipvs), None)]);
        let probe = |node: &str| {
            let node_evidence = NodeEvidence { ipvs_device: true, ..NodeEvidence::default() };
            let record = lbprobe_protocol::Record { node: Some(node_evidence), ..lbprobe_protocol::Record::default() };
            let vantage = crate::plan::Vantage { node: node.into(), network: crate::plan::Network::Host };
            crate::observations::Probe { vantage, seen: crate::observations::Seen::Record(record) }
        };
        let found = disagreements(&facts, &Observations { probes: vec![probe("node1"), probe("node2")] });
        let devices: Vec<_> = found.iter().filter(|found| found.difference == Difference::LeftOverDevice).collect();
        assert_eq!(devices.len(), 1);
        assert_eq!(devices[0].nodes, ["node1"]);
    }

    #[test]
    fn releases_that_differ_and_silence_are_told() {
        let mode = Some(ProxyMode::Ipvs);
        let facts =
            processes(&[("node1", mode, Some(Version::new(23, 1))), ("node2", mode, Some(Version::new(24, 0))), ("node3", None, None)]);
        let notes = differences(&facts);
        let lines = notes.iter().map(|note| text::note(note, Language::English)).collect::<Vec<_>>().join("\n");
        assert!(lines.contains("1.23 on node1 and 1.24 on node2"), "{lines}");
        assert!(lines.contains("no kube-proxy answers on the loopback of node3"), "{lines}");
        assert!(
            differences(&processes(&[("node1", mode, Some(Version::new(34, 1))), ("node2", mode, Some(Version::new(34, 2)))])).is_empty()
        );
    }
}
