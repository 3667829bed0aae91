//! In which order nodes change with the least harm. Each node's connections go by its own kube-proxy: while nodes change one after
//! the other, a node is in the one state or in the other, and none is in a third.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::documents::node_classes::{Few, NodeClasses, StandsFor};
use crate::rehearsal::Effect;

/// Nodes that are named of a group.
const NAMED: usize = 10;

/// Nodes for which a change does the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeGroup {
    /// How many they are.
    pub nodes: usize,
    /// Some of them.
    pub examples: Vec<String>,
    /// How many transitions break, or may break, something on each of them.
    pub breaks: usize,
    /// How many heal something.
    pub heals: usize,
}

/// What breaks on a node, and what heals.
type Score = (usize, usize);

/// Counts for nodes of the same source ranges.
#[derive(Debug)]
pub(super) struct Order {
    /// Of each class, as if each node of it stood for the class.
    of_class: Vec<Score>,
    /// Of nodes that stood for themselves, by their places: what they had themselves, and what their class had meanwhile.
    of_node: HashMap<usize, (Score, Score)>,
    /// The class of each node that is asked about, by its place.
    classes: HashMap<usize, usize>,
}

impl Order {
    pub(super) fn of(classes: &NodeClasses) -> Self {
        let of_class = |(class, members): (usize, &Vec<usize>)| members.iter().map(|index| (*index, class)).collect::<Vec<_>>();
        let class_of = classes.members().iter().enumerate().flat_map(of_class).collect();
        Self { of_class: vec![(0, 0); classes.members().len()], of_node: HashMap::new(), classes: class_of }
    }

    /// How many nodes are asked about.
    pub(super) fn nodes(&self) -> usize {
        self.classes.len()
    }

    /// A transition that one of the few shows.
    pub(super) fn count(&mut self, classes: &NodeClasses, few: &Few, node: &str, effect: Effect) {
        let score = match effect {
            Effect::Breaks | Effect::MayBreak => (1, 0),
            Effect::Heals | Effect::MayHeal => (0, 1),
            Effect::FailsOtherwise | Effect::GoesAnotherWay | Effect::OtherEndpoints | Effect::OtherSource | Effect::Opens => return,
        };
        match classes.stands_for(few, node) {
            None => {}
            Some(StandsFor::Itself(index)) => add(&mut self.of_node.entry(index).or_default().0, score),
            Some(StandsFor::OthersOfClass(class)) => {
                add(&mut self.of_class[class], score);
                // What the class has, those of it that stand for themselves have not.
                for index in few.alone.iter().filter(|index| self.classes.get(index) == Some(&class)) {
                    add(&mut self.of_node.entry(*index).or_default().1, score);
                }
            }
        }
    }

    /// The score of each node, by its place.
    pub(super) fn of_each_node(&self, classes: &NodeClasses) -> HashMap<usize, Score> {
        let of_class = |(class, members): (usize, &Vec<usize>)| {
            let (breaks, heals) = self.of_class[class];
            let score = |index: &usize| {
                let ((own_breaks, own_heals), (not_breaks, not_heals)) = self.of_node.get(index).copied().unwrap_or_default();
                (*index, ((breaks + own_breaks).saturating_sub(not_breaks), (heals + own_heals).saturating_sub(not_heals)))
            };
            members.iter().map(score).collect::<Vec<_>>()
        };
        classes.members().iter().enumerate().flat_map(of_class).collect()
    }
}

fn add(to: &mut Score, score: Score) {
    *to = (to.0 + score.0, to.1 + score.1);
}

/// Nodes in groups: those on which nothing breaks and most heals come first. Nothing where they are all alike.
pub(super) fn merged(scores: impl Iterator<Item = HashMap<usize, Score>>, names: &[String]) -> Vec<NodeGroup> {
    let mut of_nodes: BTreeMap<usize, Score> = BTreeMap::new();
    for (index, score) in scores.flatten() {
        add(of_nodes.entry(index).or_default(), score);
    }
    let mut groups: BTreeMap<(usize, std::cmp::Reverse<usize>), Vec<usize>> = BTreeMap::new();
    for (index, (breaks, heals)) in of_nodes {
        groups.entry((breaks, std::cmp::Reverse(heals))).or_default().push(index);
    }
    let group = |((breaks, heals), nodes): ((usize, std::cmp::Reverse<usize>), Vec<usize>)| NodeGroup {
        nodes: nodes.len(),
        examples: nodes.iter().take(NAMED).filter_map(|index| names.get(*index).cloned()).collect(),
        breaks,
        heals: heals.0,
    };
    let groups: Vec<_> = groups.into_iter().map(group).collect();
    if groups.len() > 1 { groups } else { Vec::new() }
}
