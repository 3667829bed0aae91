//! What could not be measured, by reason: forty nodes with the same missing image are one line.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::UnmeasuredChecks;
use crate::observations::{CheckState, Matrix, Observations, ProbeResult, Unmeasured};
use crate::plan::Vantage;

/// Groups by reason.
pub(super) fn list(matrix: &Matrix<'_>, observations: &Observations) -> Vec<UnmeasuredChecks> {
    let mut groups = Groups::default();
    for probe in &observations.probes {
        if let ProbeResult::Nothing(why) = &probe.seen {
            groups.add(&probe.vantage, why);
        }
    }
    let silent: HashSet<_> = observations.probes.iter().filter(|probe| probe.seen.record().is_none()).map(|probe| &probe.vantage).collect();
    for (index, vantage) in matrix.plan.vantages.iter().enumerate().filter(|(_, vantage)| !silent.contains(vantage)) {
        let of_clients = || matrix.row(index).filter(|(target, _)| !target.is_evidence());
        let unanswered: BTreeSet<_> =
            of_clients().filter(|(_, state)| *state == CheckState::Silent).map(|(target, _)| target.port).collect();
        if !unanswered.is_empty() {
            groups.add(vantage, &Unmeasured::NobodySpoke { ports: unanswered.into_iter().collect() });
        }
        let datagrams: BTreeSet<_> =
            of_clients().filter(|(_, state)| *state == CheckState::Unanswered).map(|(target, _)| target.port).collect();
        if !datagrams.is_empty() {
            groups.add(vantage, &Unmeasured::NobodyAnsweredDatagrams { ports: datagrams.into_iter().collect() });
        }
        let missing = of_clients().filter(|(_, state)| *state == CheckState::Unmeasured).count();
        if missing > 0 {
            groups.add(vantage, &Unmeasured::ChecksMissing { missing, of: of_clients().count() });
        }
    }
    groups.groups
}

/// In the order of the first vantage of each.
#[derive(Default)]
struct Groups {
    indices: BTreeMap<Unmeasured, usize>,
    groups: Vec<UnmeasuredChecks>,
}

impl Groups {
    fn add(&mut self, vantage: &Vantage, why: &Unmeasured) {
        let why = why.of_any_node(&vantage.node);
        if let Some(index) = self.indices.get(&why) {
            self.groups[*index].vantages.push(vantage.clone());
            return;
        }
        self.indices.insert(why.clone(), self.groups.len());
        self.groups.push(UnmeasuredChecks { vantages: vec![vantage.clone()], why });
    }
}

impl UnmeasuredChecks {
    /// The node, where there is only one.
    pub(crate) fn only_node(&self) -> Option<&str> {
        let first = self.vantages.first()?;
        self.vantages.iter().all(|vantage| vantage.node == first.node).then_some(first.node.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Network;
    use crate::text::{self, Language};

    fn reason_of(group: &UnmeasuredChecks) -> String {
        text::unmeasured_reason(group, Language::English)
    }

    fn hint_of(group: &UnmeasuredChecks) -> Option<String> {
        text::unmeasured_hint(group, Language::English)
    }

    fn groups(all: &[(&str, &str, Option<&str>)]) -> Vec<UnmeasuredChecks> {
        let mut groups = Groups::default();
        for (node, reason, hint) in all {
            for network in Network::ALL {
                let why = Unmeasured::Other { message: (*reason).into(), hint: hint.map(str::to_owned) };
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
        assert_eq!(reason_of(&found[0]), "kubelet on NODE did not start the pod");
        assert_eq!(hint_of(&found[0]).as_deref(), Some("kubectl describe node NODE, for instance node1"));
        assert_eq!((reason_of(&found[1]).as_str(), hint_of(&found[1])), ("no image", None));
    }

    #[test]
    fn a_single_node_is_named() {
        let found = groups(&[("node7", "kubelet on node7 is silent", Some("kubectl describe node NODE shows why"))]);
        assert_eq!(reason_of(&found[0]), "kubelet on node7 is silent");
        assert_eq!(hint_of(&found[0]).as_deref(), Some("kubectl describe node node7 shows why"));
        let two = groups(&[("node7", "silent", Some("describe NODE first")), ("node8", "silent", Some("describe NODE first"))]);
        assert_eq!(hint_of(&two[0]).as_deref(), Some("describe NODE first (NODE: node7, for instance)"));
    }
}
