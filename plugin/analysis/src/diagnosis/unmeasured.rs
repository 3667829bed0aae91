//! What could not be measured, by reason: forty nodes with the same missing image are one line.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::UnmeasuredChecks;
use crate::observations::{CheckState, Matrix, Observations, Seen, Unmeasured};
use crate::plan::Vantage;
use crate::words;

/// Stands for the node's own name in reasons and hints, so that those of different nodes are the same.
pub const NODE_PLACE: &str = "NODE";

/// Groups by reason.
pub(super) fn list(matrix: &Matrix<'_>, observations: &Observations) -> Vec<UnmeasuredChecks> {
    let mut groups = Groups::default();
    for probe in &observations.probes {
        if let Seen::Nothing(why) = &probe.seen {
            groups.add(&probe.vantage, why);
        }
    }
    let silent: HashSet<_> = observations.probes.iter().filter(|probe| probe.seen.record().is_none()).map(|probe| &probe.vantage).collect();
    for (place, vantage) in matrix.plan.vantages.iter().enumerate().filter(|(_, vantage)| !silent.contains(vantage)) {
        let of_clients = || matrix.row(place).filter(|(target, _)| !target.kind.is_evidence());
        let unanswered: BTreeSet<_> =
            of_clients().filter(|(_, state)| *state == CheckState::Silent).map(|(target, _)| target.port).collect();
        if !unanswered.is_empty() {
            groups.add(vantage, &no_answer(&unanswered));
        }
        let missing = of_clients().filter(|(_, state)| *state == CheckState::Unmeasured).count();
        if missing > 0 {
            let reason = format!("{missing} of {} had no observation in the probe's answer", words::count(of_clients().count(), "check"));
            groups.add(vantage, &Unmeasured { reason, hint: None });
        }
    }
    groups.groups
}

/// Ports where connections stand and nobody answers, and what would decide whether that is a fault.
fn no_answer(ports: &BTreeSet<u16>) -> Unmeasured {
    let ports = words::list(&ports.iter().map(ToString::to_string).collect::<Vec<_>>());
    Unmeasured {
        reason: format!("port {ports}: connections stand, but nobody answered on them, and what is spoken there was only guessed"),
        hint: Some(
            "--scheme http, https or tls if that is spoken there: then no answer is a fault; --scheme tcp if a connection is enough".into(),
        ),
    }
}

/// In the order of the first vantage of each.
#[derive(Default)]
struct Groups {
    places: BTreeMap<Unmeasured, usize>,
    groups: Vec<UnmeasuredChecks>,
}

impl Groups {
    fn add(&mut self, vantage: &Vantage, why: &Unmeasured) {
        let nameless = |text: &String| with_word(text, &vantage.node, NODE_PLACE);
        let why = Unmeasured { reason: nameless(&why.reason), hint: why.hint.as_ref().map(nameless) };
        if let Some(place) = self.places.get(&why) {
            self.groups[*place].vantages.push(vantage.clone());
            return;
        }
        self.places.insert(why.clone(), self.groups.len());
        self.groups.push(UnmeasuredChecks { vantages: vec![vantage.clone()], why });
    }
}

impl UnmeasuredChecks {
    /// The reason, with the node's name where there is only one.
    #[must_use]
    pub fn reason(&self) -> String {
        self.only_node().map_or_else(|| self.why.reason.clone(), |node| with_word(&self.why.reason, NODE_PLACE, node))
    }

    /// What the user can do about it: for the node, or for one of them.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = self.why.hint.as_ref()?;
        let first = self.vantages.first()?;
        let of_first = with_word(hint, NODE_PLACE, &first.node);
        if self.only_node().is_some() || of_first == *hint {
            return Some(of_first);
        }
        Some(if hint.ends_with(NODE_PLACE) {
            format!("{hint}, for instance {}", first.node)
        } else {
            format!("{hint} ({NODE_PLACE}: {}, for instance)", first.node)
        })
    }

    fn only_node(&self) -> Option<&str> {
        let first = self.vantages.first()?;
        self.vantages.iter().all(|vantage| vantage.node == first.node).then_some(first.node.as_str())
    }
}

/// The text with another word in the place of one that stands by itself: not of a part of a longer name.
fn with_word(text: &str, word: &str, other: &str) -> String {
    let is_of_names = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(word).filter(|_| !word.is_empty()) {
        let (before, after) = (&rest[..place], &rest[place + word.len()..]);
        let goes_on =
            before.chars().next_back().or_else(|| replaced.chars().next_back()).is_some_and(|last| is_of_names(last) || last == '.');
        let mut following = after.chars();
        let continues = match following.next() {
            // A sentence ends, or a name has another part.
            Some('.') => following.next().is_some_and(is_of_names),
            character => character.is_some_and(is_of_names),
        };
        replaced.push_str(before);
        replaced.push_str(if goes_on || continues { word } else { other });
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Network;

    fn groups(all: &[(&str, &str, Option<&str>)]) -> Vec<UnmeasuredChecks> {
        let mut groups = Groups::default();
        for (node, reason, hint) in all {
            for network in Network::ALL {
                let why = Unmeasured { reason: (*reason).into(), hint: hint.map(str::to_owned) };
                groups.add(&Vantage { node: (*node).into(), network }, &why);
            }
        }
        groups.groups
    }

    #[test]
    fn a_reason_with_the_nodes_own_name_is_the_same_on_all_nodes() {
        let describe = Some("kubectl describe node NODE");
        let found = groups(&[
            ("node1", "kubelet on node1 did not start the pod", describe),
            ("node2", "kubelet on node2 did not start the pod", Some("kubectl describe node node2")),
            ("node3", "no image", None),
        ]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].vantages.len(), 4);
        assert_eq!(found[0].reason(), "kubelet on NODE did not start the pod");
        assert_eq!(found[0].hint().as_deref(), Some("kubectl describe node NODE, for instance node1"));
        assert_eq!((found[1].reason().as_str(), found[1].hint()), ("no image", None));
    }

    #[test]
    fn a_single_node_is_named() {
        let found = groups(&[("node7", "kubelet on node7 is silent", Some("kubectl describe node NODE shows why"))]);
        assert_eq!(found[0].reason(), "kubelet on node7 is silent");
        assert_eq!(found[0].hint().as_deref(), Some("kubectl describe node node7 shows why"));
        let two = groups(&[("node7", "silent", Some("describe NODE first")), ("node8", "silent", Some("describe NODE first"))]);
        assert_eq!(two[0].hint().as_deref(), Some("describe NODE first (NODE: node7, for instance)"));
    }

    #[test]
    fn other_names_that_hold_the_nodes_are_left_alone() {
        let rows = [
            ("node1 and node10, not-node1", "NODE and node10, not-node1"),
            ("on node1. node1.example.com, a.node1 (node1)", "on NODE. node1.example.com, a.node1 (NODE)"),
            ("node1node1 node1", "node1node1 NODE"),
            ("", ""),
        ];
        for (text, expected) in rows {
            assert_eq!(with_word(text, "node1", NODE_PLACE), expected);
        }
        assert_eq!(with_word("no name", "", NODE_PLACE), "no name");
    }
}
