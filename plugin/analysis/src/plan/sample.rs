//! A sample of the nodes: some of each class, where a pod on every one of thousands is too much.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Plan, Vantage, unfit};
use crate::facts::{Facts, Node, ProxyMode, Version};
use crate::kube_proxy::{Model, NodeKey};

/// From more nodes than this a sample is advised.
pub const MANY_NODES: usize = 500;

/// The sample that is advised.
const ADVISED: usize = 5;

/// How many nodes of which classes a plan takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sampled {
    /// Nodes of each class that were asked for; all where a class has fewer.
    pub per_class: u16,
    /// The classes, in the order of their first nodes.
    pub classes: Vec<SampledClass>,
}

/// Nodes that are expected to behave alike: those that can be probed of the same zone, node pool, kube-proxy and
/// taints, with or without an endpoint, and of which the model knows the same besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SampledClass {
    /// Whether they have a ready endpoint.
    pub endpoint: bool,
    /// Their zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Their node pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Their kube-proxy's release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kube_proxy: Option<Version>,
    /// Its mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ProxyMode>,
    /// Their taints, key and effect: `dedicated:NoSchedule`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<String>,
    /// How many they are.
    pub nodes: usize,
    /// How many of them are probed.
    pub probed: usize,
}

impl Sampled {
    /// What the vantages of a plan are of all nodes that can be probed.
    /// Of the nodes of these vantages.
    #[must_use]
    pub fn of(facts: &Facts, per_class: u16, vantages: &[Vantage]) -> Self {
        let probed = vantages.iter().map(|vantage| vantage.node.as_str()).collect();
        Self::of_classes(facts, per_class, &classes(facts), &probed)
    }

    pub(crate) fn of_classes(facts: &Facts, per_class: u16, classes: &[Vec<&Node>], probed: &HashSet<&str>) -> Self {
        let with_endpoint = facts.endpoint_nodes();
        let class = |nodes: &Vec<&Node>| {
            let first = nodes.first()?;
            Some(SampledClass {
                endpoint: with_endpoint.contains(first.name.as_str()),
                zone: first.zone.clone(),
                pool: first.pool.clone(),
                kube_proxy: facts.kube_proxy_release(first),
                mode: facts.proxy_mode(Some(first)),
                taints: taints(first).into_iter().map(|(key, effect)| format!("{key}:{effect}")).collect(),
                nodes: nodes.len(),
                probed: nodes.iter().filter(|node| probed.contains(node.name.as_str())).count(),
            })
        };
        Self { per_class, classes: classes.iter().filter_map(class).collect() }
    }

    /// All nodes that can be probed.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.classes.iter().map(|class| class.nodes).fold(0, usize::saturating_add)
    }

    /// Those that are.
    #[must_use]
    pub fn probed(&self) -> usize {
        self.classes.iter().map(|class| class.probed).fold(0, usize::saturating_add)
    }
}

/// What somebody is told who has all nodes of a large cluster probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleHint {
    /// All nodes.
    pub nodes: usize,
    /// The sample that is advised: nodes of each class.
    pub per_class: usize,
    /// How many classes there are.
    pub classes: usize,
    /// Nodes that it probes.
    pub probed: usize,
}

/// The nodes that are taken.
pub(super) struct Sample<'a> {
    names: HashSet<&'a str>,
    pub(super) of_all: Sampled,
}

impl<'a> Sample<'a> {
    pub(super) fn new(facts: &'a Facts, per_class: u16) -> Self {
        let classes = classes(facts);
        let names = classes.iter().flat_map(|nodes| spread(nodes, per_class.into())).map(|node| node.name.as_str()).collect();
        let of_all = Sampled::of_classes(facts, per_class, &classes, &names);
        Self { names, of_all }
    }

    pub(super) fn has(&self, node: &Node) -> bool {
        self.names.contains(node.name.as_str())
    }
}

impl Plan {
    /// The nodes that are probed.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.vantages.iter().map(|vantage| vantage.node.as_str()).collect::<HashSet<_>>().len()
    }

    /// What to tell somebody who has all nodes of a large cluster probed; nothing where there are not many, or only a
    /// sample is taken.
    #[must_use]
    pub fn sample_hint(&self, facts: &Facts) -> Option<SampleHint> {
        let nodes = self.nodes();
        if self.sampled.is_some() || nodes <= MANY_NODES {
            return None;
        }
        let classes = classes(facts);
        let probed: usize = classes.iter().map(|nodes| nodes.len().min(ADVISED)).sum();
        Some(SampleHint { nodes, per_class: ADVISED, classes: classes.len(), probed })
    }

    /// The vantages that a plan before this one did not have, with the same checks.
    #[must_use]
    pub fn beyond(&self, before: &Self) -> Self {
        let known: HashSet<&Vantage> = before.vantages.iter().collect();
        let vantages = self.vantages.iter().filter(|vantage| !known.contains(vantage)).cloned().collect();
        // They were probed in the first round.
        Self { vantages, named_pods: Vec::new(), ..self.clone() }
    }
}

/// The nodes that can be probed, in classes.
pub(crate) fn classes(facts: &Facts) -> Vec<Vec<&Node>> {
    let model = Model::new(facts);
    let with_endpoint = facts.endpoint_nodes();
    let mut indices: HashMap<Key<'_>, usize> = HashMap::new();
    let mut classes: Vec<Vec<&Node>> = Vec::new();
    for node in facts.nodes.iter().filter(|node| unfit(node).is_none()) {
        let key = Key {
            endpoint: with_endpoint.contains(node.name.as_str()),
            pool: node.pool.as_deref(),
            taints: taints(node),
            model: model.key(node),
        };
        let index = *indices.entry(key).or_insert(classes.len());
        match classes.get_mut(index) {
            Some(class) => class.push(node),
            None => classes.push(vec![node]),
        }
    }
    classes
}

/// What nodes of a class share. Zone, mode, release and way of the packets are in what the model reads of them.
#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    endpoint: bool,
    pool: Option<&'a str>,
    taints: Vec<(&'a str, &'a str)>,
    model: NodeKey,
}

/// Keys and effects, whatever their order on the node. Values are often the node's own.
fn taints(node: &Node) -> Vec<(&str, &str)> {
    let mut taints: Vec<_> = node.taints.iter().map(|taint| (taint.key.as_str(), taint.effect.as_str())).collect();
    taints.sort_unstable();
    taints
}

/// So many of them, evenly over their order.
pub(crate) fn spread<'a>(nodes: &[&'a Node], number: usize) -> impl Iterator<Item = &'a Node> {
    let number = number.min(nodes.len());
    (0..number).map(move |nth| nodes[nth * nodes.len() / number])
}
