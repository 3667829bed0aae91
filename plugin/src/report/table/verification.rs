//! A comparison with a baseline for a terminal: what became of each node, then today's own report.

use std::collections::{BTreeMap, HashMap};
use std::mem::discriminant;

use comfy_table::{Cell, Color, Row};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{Compared, ComparedPod, Failure, Verification};
use lbprobe_analysis::observations::CheckState;
use lbprobe_analysis::plan::{Network, TargetKind};
use lbprobe_analysis::results::SinceBaseline;
use lbprobe_analysis::text::reports::{Conclusion, Rest};
use lbprobe_analysis::{text, words};

use super::{Colour, Detail, Style, columns, heading, prose, room, sections};
use crate::report::layout;

/// Names in a row before it says "and 41 more".
const NAMED: usize = 3;

/// Rows of the table; of more, the worst are shown.
const ROWS: usize = 12;

/// Lines of the table where it has more rows than are shown.
const LINES: usize = 20;

/// Lines of it where it has no more: nothing is left out before that.
const LINES_OF_FEW: usize = 36;

/// Lines of a row.
const ROW_LINES: usize = 8;

/// The whole comparison.
pub(crate) fn render(verification: &Verification, style: Style) -> String {
    let report = &verification.report;
    let mut text = verdict(verification, style);
    text.push_str(&super::causes(report, style));
    if style.detail == Detail::Verdict {
        return text;
    }
    text.push('\n');
    text.push_str(&heading(&report.facts, &report.plan, style));
    text.push('\n');
    text.push_str(&table(verification, style));
    room::fitted(text, |room| sections::of_report(report, room, style), style)
}

/// Vantages of which the same is said.
struct Group<'a> {
    nodes: Vec<&'a str>,
    /// The pod that the user named; none where it is of plain pods or hosts.
    pod: Option<&'a ComparedPod>,
    network: Network,
    compared: &'a Compared,
}

fn table(verification: &Verification, style: Style) -> String {
    let pods = verification.named_pods.iter().map(|pod| Group {
        nodes: vec![&pod.compared.vantage.node],
        pod: Some(pod),
        network: pod.compared.vantage.network,
        compared: &pod.compared,
    });
    let mut groups: Vec<_> = groups(&verification.vantages).into_iter().chain(pods).collect();
    let most_lines = if groups.len() > ROWS { LINES } else { LINES_OF_FEW };
    if most_lines == LINES_OF_FEW {
        let all = drawn(&groups, style);
        if all.lines().count() <= most_lines {
            return all;
        }
    }
    groups.sort_by(|a, b| a.compared.standing.cmp(&b.compared.standing).then(b.nodes.len().cmp(&a.nodes.len())));
    let mut most = ROWS;
    loop {
        let (first, rest) = groups.split_at(groups.len().min(most));
        let text = drawn(first, style) + &others(rest, style);
        if most == 1 || text.lines().count() <= most_lines {
            return text;
        }
        most -= 1;
    }
}

/// What is left of the groups, in a line.
fn others(groups: &[Group<'_>], style: Style) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let vantages: usize = groups.iter().map(|group| group.nodes.len()).sum();
    format!(" {}\n", text::rest(Rest::Vantages { rows: groups.len(), vantages }, style.language))
}

fn drawn(groups: &[Group<'_>], style: Style) -> String {
    let mut table = style.table();
    table.set_header(text::fixed(style.language).comparison);
    for Group { nodes, pod, network, compared } in groups {
        let from = pod.map_or_else(|| network.to_string(), |_| text::fixed(style.language).named_pod.to_owned());
        let name = pod.map_or_else(|| words::short_list(nodes, NAMED), |pod| pod.pod.clone());
        let (before, now) = before_and_now(compared, style);
        let standing = text::since_baseline(&compared.standing, style.language);
        let result = match &compared.standing {
            SinceBaseline::NotMeasured { reason } => format!("{standing}: {}", prose::foreign(reason)),
            _ => standing.to_owned(),
        };
        let mut row = Row::from([
            Cell::new(prose::foreign(&name)),
            Cell::new(from),
            Cell::new(before),
            Cell::new(now),
            Cell::new(result).fg(colour(&compared.standing)),
        ]);
        row.max_height(ROW_LINES);
        table.add_row(row);
    }
    columns::drawn(table, style)
}

fn groups(vantages: &[Compared]) -> Vec<Group<'_>> {
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
fn before_and_now(compared: &Compared, style: Style) -> (String, String) {
    let (before, now) = match compared.standing {
        SinceBaseline::FailsNew | SinceBaseline::WellNew => ("-", "ok"),
        SinceBaseline::NotMeasured { .. } | SinceBaseline::Gone => ("ok", "-"),
        _ => ("ok", "ok"),
    };
    let or = |said: String, otherwise: &str| if said.is_empty() { otherwise.to_owned() } else { said };
    (or(side(&compared.failures, |failure| failure.before, style), before), or(side(&compared.failures, |failure| failure.now, style), now))
}

/// A line for each address and what was seen there, with the ports; nothing where all was well.
fn side(failures: &[Failure], seen: fn(&Failure) -> Option<CheckState>, style: Style) -> String {
    let mut lines: Vec<(&TargetKind, CheckState, Vec<String>)> = Vec::new();
    let seen = failures.iter().filter_map(|failure| Some((failure, seen(failure)?)));
    for (failure, seen) in seen.filter(|(_, seen)| *seen != CheckState::Reached) {
        match lines.iter_mut().find(|(kind, known, _)| **kind == failure.target && *known == seen) {
            Some((_, _, ports)) => ports.push(text::port(failure.transport(), style.language)),
            None => lines.push((&failure.target, seen, vec![text::port(failure.transport(), style.language)])),
        }
    }
    let line = |(kind, seen, ports): (&TargetKind, CheckState, Vec<String>)| {
        format!("{}:{} {seen}", prose::foreign(&text::target_in_cell(kind, style.language)), layout::joined(&ports))
    };
    lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

fn colour(standing: &SinceBaseline) -> Color {
    match standing {
        SinceBaseline::Fixed | SinceBaseline::Well | SinceBaseline::WellNew => Color::Green,
        SinceBaseline::BrokenSince | SinceBaseline::StillFailing | SinceBaseline::FailsNew => Color::Red,
        SinceBaseline::NotMeasured { .. } | SinceBaseline::Gone => Color::Yellow,
    }
}

fn verdict(verification: &Verification, style: Style) -> String {
    let colour = match verification.verdict {
        Verdict::Healthy => Colour::Good,
        Verdict::Fault => Colour::Bad,
        Verdict::Inconclusive => Colour::Unknown,
    };
    let counts: Vec<_> = counts(verification).into_iter().collect();
    let sampled = verification.report.plan.sampled.as_ref();
    prose::conclusion(&Conclusion::Compared { verdict: verification.verdict, counts: &counts, sampled }, colour, style)
}

/// How many vantages of each kind there are, the worst first.
fn counts(verification: &Verification) -> BTreeMap<&SinceBaseline, usize> {
    let mut counts: BTreeMap<&SinceBaseline, usize> = BTreeMap::new();
    for compared in &verification.vantages {
        let of_kind = counts.keys().find(|known| discriminant(**known) == discriminant(&compared.standing)).copied();
        *counts.entry(of_kind.unwrap_or(&compared.standing)).or_default() += 1;
    }
    counts
}
