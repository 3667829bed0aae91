//! Where the API's view and the nodes' own differ.

use std::collections::{BTreeMap, HashMap};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::join::nodes_by;
use crate::confidence::Confidence;
use crate::document_form;
use crate::facts::{Facts, KubeProxyConfig, ProxyMode};
use crate::observations::Observations;

/// Where the API's view and the nodes' own differ: a finding of its own, whatever else is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disagreement {
    /// What differs. In documents `kind` and `args`.
    #[serde(flatten, with = "document_form")]
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
pub(crate) fn disagreements(joined: &Facts, observations: &Observations) -> Vec<Disagreement> {
    let config = joined.kube_proxy.config.value();
    let of_config = config.into_iter().flat_map(|config| mode(joined, config).into_iter().chain(cluster_cidr(joined, config)));
    of_config.chain(local_endpoints(joined)).chain(left_over_device(joined, observations)).collect()
}

pub(super) fn owned(nodes: &[&str]) -> Vec<String> {
    nodes.iter().map(|node| (*node).to_owned()).collect()
}

fn mode(joined: &Facts, config: &KubeProxyConfig) -> Vec<Disagreement> {
    let by_name: HashMap<_, _> = joined.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
    let mut others: BTreeMap<(ProxyMode, ProxyMode), Vec<&str>> = BTreeMap::new();
    for (running, nodes) in nodes_by(&joined.kube_proxy.processes, |process| process.mode) {
        for name in nodes {
            if let Some(configured) = joined.configured_mode(by_name.get(name).copied()).filter(|configured| *configured != running) {
                others.entry((configured, running)).or_default().push(name);
            }
        }
    }
    let disagreement = |((configured, running), nodes): ((ProxyMode, ProxyMode), Vec<&str>)| Disagreement {
        difference: Difference::Mode { configured, source: config.source.clone(), running },
        nodes: owned(&nodes),
        confidence: Confidence::Confirmed,
    };
    others.into_iter().map(disagreement).collect()
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
