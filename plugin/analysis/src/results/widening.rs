//! A second round of a sample: more nodes of the classes that disagree with themselves.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::facts::{Facts, Node};
use crate::observations::{CheckState, Matrix, Observations};
use crate::plan::{Plan, Sampled, Vantage, classes, spread};

/// How many times the sample's size a second round adds where a class disagrees with itself.
const MORE: usize = 4;

impl Plan {
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
        let mut columns = self.targets.iter().enumerate().filter(|(_, target)| !target.is_evidence()).map(|(column, _)| column);
        let networks: BTreeSet<_> = rows.iter().map(|row| self.vantages[*row].network).collect();
        columns.any(|column| {
            networks.iter().any(|network| {
                let of_network = rows.iter().filter(|row| self.vantages[**row].network == *network);
                let mut states = of_network.map(|row| matrix.state(*row, column)).filter(|state| state.is_measured());
                states.next().is_some_and(|first| states.any(|state| !is_alike(first, state)))
            })
        })
    }

    /// What several rounds saw, in this plan's order.
    #[must_use]
    pub fn joined(&self, rounds: impl IntoIterator<Item = Observations>) -> Observations {
        let (mut by_vantage, mut named_pods) = (HashMap::new(), Vec::new());
        for round in rounds {
            by_vantage.extend(round.probes.into_iter().map(|probe| (probe.vantage.clone(), probe)));
            named_pods.extend(round.named_pods);
        }
        let probes = self.vantages.iter().filter_map(|vantage| by_vantage.remove(vantage)).collect();
        Observations { probes, named_pods, outside: None, outside_from: None, kernel: Vec::new() }
    }
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
