//! Why vantages are missing in a report, by vantage: of thousands each is found without a look through all.

use std::collections::{HashMap, HashSet};

use crate::documents::Report;
use crate::plan::{Network, SkipReason, Vantage};
use crate::text::{self, Language};

/// What a report says of vantages that were not measured.
pub(super) struct Missing<'a> {
    nodes: HashSet<&'a str>,
    /// Each reason of the diagnosis.
    reasons: Vec<String>,
    /// Which of them a vantage has.
    unmeasured: HashMap<&'a Vantage, usize>,
    /// Why the plan leaves nodes out.
    skipped_nodes: HashMap<&'a str, &'a SkipReason>,
    /// And networks.
    skipped_networks: HashMap<Network, &'a SkipReason>,
}

impl<'a> Missing<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let groups = &report.diagnosis.unmeasured;
        let mut unmeasured = HashMap::new();
        for (index, group) in groups.iter().enumerate() {
            for vantage in &group.vantages {
                unmeasured.entry(vantage).or_insert(index);
            }
        }
        let skipped = &report.plan.skipped;
        Self {
            nodes: report.facts.nodes.iter().map(|node| node.name.as_str()).collect(),
            reasons: groups.iter().map(|group| text::unmeasured_reason(group, Language::English)).collect(),
            unmeasured,
            skipped_nodes: skipped.iter().filter_map(|skip| Some((skip.node()?, &skip.reason))).collect(),
            skipped_networks: skipped.iter().filter_map(|skip| Some((skip.network()?, &skip.reason))).collect(),
        }
    }

    /// Whether the cluster has no such node any more.
    pub(super) fn is_gone(&self, node: &str) -> bool {
        !self.nodes.contains(node)
    }

    /// Why nothing is known of a vantage.
    pub(super) fn why(&self, vantage: &Vantage) -> String {
        let unmeasured = self.unmeasured.get(vantage).and_then(|index| self.reasons.get(*index)).cloned();
        let skipped = || self.skipped_nodes.get(vantage.node.as_str()).or_else(|| self.skipped_networks.get(&vantage.network));
        let in_words = || skipped().map(|reason| text::skip_reason(reason, Language::English));
        unmeasured.or_else(in_words).unwrap_or_else(|| text::left_out(Language::English).to_owned())
    }
}
