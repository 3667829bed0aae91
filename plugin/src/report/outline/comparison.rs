//! A comparison with a baseline, node by node: equal nodes share a row.

use std::collections::{BTreeMap, HashMap};
use std::mem::discriminant;

use lbprobe_analysis::documents::{Compared, ComparedPod, Failure, Verification};
use lbprobe_analysis::observations::CheckState;
use lbprobe_analysis::plan::{Network, TargetKind};
use lbprobe_analysis::results::SinceBaseline;
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::words;

use super::{Grid, GridRow};
use crate::report::layout::{self, CellText, Severity};

/// Characters of what was dialled.
const TARGET_CHARS: usize = 300;

/// Characters of why nothing was measured.
const REASON_CHARS: usize = 300;

/// Names in a row before it says "and 41 more".
const NAMED: usize = 3;

/// Vantages of which the same is said.
pub(in crate::report) struct Group<'a> {
    pub(in crate::report) nodes: Vec<&'a str>,
    /// The pod that the user named; none where it is of plain pods or hosts.
    pub(in crate::report) pod: Option<&'a ComparedPod>,
    pub(in crate::report) network: Network,
    pub(in crate::report) compared: &'a Compared,
}

impl Group<'_> {
    /// Whose row it is: nodes, or a pod.
    pub(in crate::report) fn name(&self, language: Language) -> String {
        self.pod.map_or_else(|| text::short_list(&self.nodes, NAMED, language), |pod| pod.pod.clone())
    }

    /// From which network.
    pub(in crate::report) fn from(&self, language: Language) -> String {
        self.pod.map_or_else(|| self.network.to_string(), |_| text::fixed(language).named_pod.to_owned())
    }

    /// What became of it.
    pub(in crate::report) fn result(&self, language: Language) -> CellText {
        let standing = &self.compared.standing;
        let words = text::since_baseline(standing, language);
        let words = match standing {
            SinceBaseline::NotMeasured { reason } => format!("{words}: {}", words::printable(reason, REASON_CHARS)),
            _ => words.to_owned(),
        };
        CellText { words, severity: severity(standing) }
    }
}

/// All of a comparison, those of the user's pods last.
pub(in crate::report) fn groups(verification: &Verification) -> Vec<Group<'_>> {
    let pods = verification.named_pods.iter().map(|pod| Group {
        nodes: vec![&pod.compared.vantage.node],
        pod: Some(pod),
        network: pod.compared.vantage.network,
        compared: &pod.compared,
    });
    alike(&verification.vantages).into_iter().chain(pods).collect()
}

/// The grid of a comparison.
pub(in crate::report) fn comparison(verification: &Verification, language: Language) -> Grid {
    let row = |group: Group<'_>| {
        let (before, now) = before_and_now(group.compared, language);
        let names = group.pod.map_or_else(|| group.nodes.iter().map(|node| (*node).to_owned()).collect(), |pod| vec![pod.pod.clone()]);
        GridRow { names, start: vec![group.name(language), group.from(language), before, now], cells: vec![group.result(language)] }
    };
    Grid {
        columns: text::fixed(language).comparison.into_iter().map(str::to_owned).collect(),
        rows: groups(verification).into_iter().map(row).collect(),
    }
}

const fn severity(standing: &SinceBaseline) -> Severity {
    match standing {
        SinceBaseline::Fixed | SinceBaseline::Well | SinceBaseline::WellNew => Severity::Good,
        SinceBaseline::BrokenSince | SinceBaseline::StillFailing | SinceBaseline::FailsNew => Severity::Bad,
        SinceBaseline::NotMeasured { .. } | SinceBaseline::Gone => Severity::Unknown,
    }
}

fn alike(vantages: &[Compared]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut indices: HashMap<(Network, &SinceBaseline, &[Failure]), usize> = HashMap::new();
    for compared in vantages {
        let network = compared.vantage.network;
        let index = *indices.entry((network, &compared.standing, &compared.failures)).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.nodes.push(&compared.vantage.node),
            None => groups.push(Group { nodes: vec![&compared.vantage.node], pod: None, network, compared }),
        }
    }
    groups
}

/// What failed on each side; "ok" where nothing did.
pub(in crate::report) fn before_and_now(compared: &Compared, language: Language) -> (String, String) {
    let ok = text::check_state(CheckState::Reached, language);
    let (before, now) = match compared.standing {
        SinceBaseline::FailsNew | SinceBaseline::WellNew => ("-", &ok[..]),
        SinceBaseline::NotMeasured { .. } | SinceBaseline::Gone => (&ok[..], "-"),
        _ => (&ok[..], &ok[..]),
    };
    let or = |said: String, otherwise: &str| if said.is_empty() { otherwise.to_owned() } else { said };
    (
        or(side(&compared.failures, |failure| failure.before, language), before),
        or(side(&compared.failures, |failure| failure.now, language), now),
    )
}

/// A line for each address and what was seen there, with the ports; nothing where all was well.
fn side(failures: &[Failure], seen: fn(&Failure) -> Option<CheckState>, language: Language) -> String {
    let mut lines: Vec<(&TargetKind, CheckState, Vec<String>)> = Vec::new();
    let seen = failures.iter().filter_map(|failure| Some((failure, seen(failure)?)));
    for (failure, seen) in seen.filter(|(_, seen)| *seen != CheckState::Reached) {
        match lines.iter_mut().find(|(kind, known, _)| **kind == failure.target && *known == seen) {
            Some((_, _, ports)) => ports.push(text::port(failure.transport(), language)),
            None => lines.push((&failure.target, seen, vec![text::port(failure.transport(), language)])),
        }
    }
    let line = |(kind, seen, ports): (&TargetKind, CheckState, Vec<String>)| {
        format!(
            "{}:{} {seen}",
            words::printable(&text::target_in_cell(kind, language), TARGET_CHARS),
            layout::joined(&ports, language),
            seen = text::check_state(seen, language)
        )
    };
    lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How many vantages of each kind there are, the worst first.
pub(super) fn counts(verification: &Verification) -> BTreeMap<&SinceBaseline, usize> {
    let mut counts: BTreeMap<&SinceBaseline, usize> = BTreeMap::new();
    for compared in &verification.vantages {
        let of_kind = counts.keys().find(|known| discriminant(**known) == discriminant(&compared.standing)).copied();
        *counts.entry(of_kind.unwrap_or(&compared.standing)).or_default() += 1;
    }
    counts
}
