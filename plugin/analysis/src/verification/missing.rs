//! Why vantages are missing in a report, by vantage: of thousands each is found without a look through all.

use std::collections::{HashMap, HashSet};

use crate::plan::Vantage;
use crate::report::Report;

/// What a report says of vantages that were not measured.
pub(super) struct Missing<'a> {
    nodes: HashSet<&'a str>,
    /// Each reason of the diagnosis.
    reasons: Vec<String>,
    /// Which of them a vantage has.
    unmeasured: HashMap<&'a Vantage, usize>,
    /// Reasons of the plan, by what is left out.
    skipped: HashMap<&'a str, &'a str>,
}

impl<'a> Missing<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let groups = &report.diagnosis.unmeasured;
        let mut unmeasured = HashMap::new();
        for (place, group) in groups.iter().enumerate() {
            for vantage in &group.vantages {
                unmeasured.entry(vantage).or_insert(place);
            }
        }
        let mut skipped = HashMap::new();
        for skip in &report.plan.skipped {
            skipped.entry(skip.what.as_str()).or_insert(skip.reason.as_str());
        }
        Self {
            nodes: report.facts.nodes.iter().map(|node| node.name.as_str()).collect(),
            reasons: groups.iter().map(crate::diagnosis::UnmeasuredChecks::reason).collect(),
            unmeasured,
            skipped,
        }
    }

    /// Whether the cluster has no such node any more.
    pub(super) fn is_gone(&self, node: &str) -> bool {
        !self.nodes.contains(node)
    }

    /// Why nothing is known of a vantage.
    pub(super) fn why(&self, vantage: &Vantage) -> String {
        let network = format!("the {} network of every node", vantage.network);
        let unmeasured = self.unmeasured.get(vantage).and_then(|place| self.reasons.get(*place)).map(String::as_str);
        let skipped = || self.skipped.get(vantage.node.as_str()).or_else(|| self.skipped.get(network.as_str())).copied();
        unmeasured.or_else(skipped).unwrap_or("this run left it out").to_owned()
    }
}
