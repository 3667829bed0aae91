//! A sample of the nodes: some of each class, where a pod on every one of thousands is too much.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Plan, Vantage, unfit};
use crate::facts::{Facts, Node, ProxyMode, Version};
use crate::kube_proxy::{Model, NodeKey};
use crate::observations::{CheckState, Matrix, Observations, Probe};

/// From more nodes than this a sample is advised.
pub const MANY_NODES: usize = 500;

/// The sample that is advised.
const ADVISED: usize = 5;

/// How many times the sample's size a second round adds where a class disagrees with itself.
const MORE: usize = 4;

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
    pub(crate) fn of(facts: &Facts, per_class: u16, vantages: &[Vantage]) -> Self {
        let probed = vantages.iter().map(|vantage| vantage.node.as_str()).collect();
        Self::of_classes(facts, per_class, &classes(facts), &probed)
    }

    fn of_classes(facts: &Facts, per_class: u16, classes: &[Vec<&Node>], probed: &HashSet<&str>) -> Self {
        let with_endpoint = facts.endpoint_nodes();
        let class = |nodes: &Vec<&Node>| {
            let first = nodes.first()?;
            let process = facts.kube_proxy.processes.get(&first.name).and_then(|process| process.mode);
            Some(SampledClass {
                endpoint: with_endpoint.contains(first.name.as_str()),
                zone: first.zone.clone(),
                pool: first.pool.clone(),
                kube_proxy: facts.kube_proxy_release(first),
                mode: process.or_else(|| facts.kube_proxy.config.value().map(|config| config.mode)),
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

    /// The plan with more nodes of the classes that disagree with themselves: where nodes of a class do not see the same
    /// of a target that clients use, from the same network. Nothing where all agree, or where no more nodes are left.
    ///
    /// It has the vantages of this plan too: [`Plan::beyond`] says what is still to be probed, [`Plan::joined`] puts
    /// together what was seen.
    #[must_use]
    pub fn widened(&self, facts: &Facts, observations: &Observations) -> Option<Self> {
        let sampled = self.sampled.as_ref()?;
        let matrix = Matrix::new(self, observations);
        let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
        for (row, vantage) in self.vantages.iter().enumerate() {
            rows.entry(&vantage.node).or_default().push(row);
        }
        let classes = classes(facts);
        let mut names: HashSet<&str> = rows.keys().copied().collect();
        let before = names.len();
        for class in &classes {
            let (probed, others): (Vec<&Node>, Vec<&Node>) = class.iter().copied().partition(|node| rows.contains_key(node.name.as_str()));
            let of_class: Vec<usize> = probed.iter().filter_map(|node| rows.get(node.name.as_str())).flatten().copied().collect();
            if self.disagrees(&matrix, &of_class) {
                names.extend(spread(&others, MORE * usize::from(sampled.per_class)).map(|node| node.name.as_str()));
            }
        }
        if names.len() == before {
            return None;
        }
        let networks: BTreeSet<_> = self.vantages.iter().map(|vantage| vantage.network).collect();
        let nodes = facts.nodes.iter().filter(|node| names.contains(node.name.as_str()));
        let vantage =
            |node: &Node| networks.iter().map(|network| Vantage { node: node.name.clone(), network: *network }).collect::<Vec<_>>();
        let vantages = nodes.flat_map(vantage).collect();
        let of_all = Sampled::of_classes(facts, sampled.per_class, &classes, &names);
        Some(Self { vantages, sampled: Some(of_all), ..self.clone() })
    }

    /// Whether rows of one class differ at a target of clients, network by network. Not to be measured is no difference.
    fn disagrees(&self, matrix: &Matrix<'_>, rows: &[usize]) -> bool {
        let mut columns = self.targets.iter().enumerate().filter(|(_, target)| !target.kind.is_evidence()).map(|(column, _)| column);
        let networks: BTreeSet<_> = rows.iter().map(|row| self.vantages[*row].network).collect();
        columns.any(|column| {
            networks.iter().any(|network| {
                let of_network = rows.iter().filter(|row| self.vantages[**row].network == *network);
                let mut states = of_network.map(|row| matrix.state(*row, column)).filter(|state| *state != CheckState::Unmeasured);
                states.next().is_some_and(|first| states.any(|state| !is_alike(first, state)))
            })
        })
    }

    /// The vantages that a plan before this one did not have, with the same checks.
    #[must_use]
    pub fn beyond(&self, before: &Self) -> Self {
        let known: HashSet<&Vantage> = before.vantages.iter().collect();
        Self { vantages: self.vantages.iter().filter(|vantage| !known.contains(vantage)).cloned().collect(), ..self.clone() }
    }

    /// What several rounds saw, in this plan's order.
    #[must_use]
    pub fn joined(&self, rounds: impl IntoIterator<Item = Observations>) -> Observations {
        let probes = rounds.into_iter().flat_map(|round| round.probes);
        let mut by_vantage: HashMap<Vantage, Probe> = probes.map(|probe| (probe.vantage.clone(), probe)).collect();
        Observations { probes: self.vantages.iter().filter_map(|vantage| by_vantage.remove(vantage)).collect() }
    }
}

/// The nodes that can be probed, in classes.
fn classes(facts: &Facts) -> Vec<Vec<&Node>> {
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
fn spread<'a>(nodes: &[&'a Node], number: usize) -> impl Iterator<Item = &'a Node> {
    let number = number.min(nodes.len());
    (0..number).map(move |nth| nodes[nth * nodes.len() / number])
}

/// How many samples were lost of those that sometimes are is chance.
fn is_alike(one: CheckState, other: CheckState) -> bool {
    match (one, other) {
        (CheckState::Mixed { .. }, CheckState::Mixed { .. }) => true,
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests;
