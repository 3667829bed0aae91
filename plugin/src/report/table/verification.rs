//! A comparison with a baseline for a terminal: what became of each node, then today's own report.

use std::collections::{BTreeMap, HashMap};
use std::mem::discriminant;

use comfy_table::{Cell, Color, Row};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::observations::CheckState;
use lbprobe_analysis::plan::{Network, TargetKind};
use lbprobe_analysis::verification::{Compared, Failure, SinceBaseline, Verification};
use lbprobe_analysis::words;

use super::{Colour, Style, grid, heading, prose, room, sections};

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
    let mut text = heading(&report.facts, style);
    text.push('\n');
    text.push_str(&table(verification, style));
    text.push('\n');
    text.push_str(&verdict(verification, style));
    text.push_str(&super::causes(report, style));
    room::fitted(text, |room| sections::of_report(report, room, style), style)
}

/// Vantages of which the same is said.
struct Group<'a> {
    nodes: Vec<&'a str>,
    network: Network,
    compared: &'a Compared,
}

fn table(verification: &Verification, style: Style) -> String {
    let mut groups = groups(&verification.vantages);
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
        let text = drawn(first, style) + &others(rest);
        if most == 1 || text.lines().count() <= most_lines {
            return text;
        }
        most -= 1;
    }
}

/// What is left of the groups, in a line.
fn others(groups: &[Group<'_>]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let vantages: usize = groups.iter().map(|group| group.nodes.len()).sum();
    let (rows, vantages) = (words::count(groups.len(), "row"), words::count(vantages, "vantage"));
    format!(" and {rows} more, of {vantages} (all of them with -o json)\n")
}

fn drawn(groups: &[Group<'_>], style: Style) -> String {
    let mut table = style.table();
    table.set_header(["NODE", "FROM", "BEFORE", "NOW", "RESULT"]);
    for Group { nodes, network, compared } in groups {
        let (before, now) = before_and_now(compared);
        let result = match &compared.standing {
            SinceBaseline::NotMeasured { reason } => format!("not measured: {}", prose::foreign(reason)),
            other => other.to_string(),
        };
        let mut row = Row::from([
            Cell::new(prose::foreign(&words::short_list(nodes, NAMED))),
            Cell::new(network),
            Cell::new(before),
            Cell::new(now),
            Cell::new(result).fg(colour(&compared.standing)),
        ]);
        row.max_height(ROW_LINES);
        table.add_row(row);
    }
    grid::trimmed(&table.to_string())
}

fn groups(vantages: &[Compared]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: HashMap<(Network, &SinceBaseline, &[Failure]), usize> = HashMap::new();
    for compared in vantages {
        let network = compared.vantage.network;
        let place = *places.entry((network, &compared.standing, &compared.failures)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.nodes.push(&compared.vantage.node),
            None => groups.push(Group { nodes: vec![&compared.vantage.node], network, compared }),
        }
    }
    groups
}

/// What failed on each side; "ok" where nothing did.
fn before_and_now(compared: &Compared) -> (String, String) {
    let (before, now) = match compared.standing {
        SinceBaseline::FailsNew | SinceBaseline::WellNew => ("-", "ok"),
        SinceBaseline::NotMeasured { .. } | SinceBaseline::Gone => ("ok", "-"),
        _ => ("ok", "ok"),
    };
    let or = |said: String, otherwise: &str| if said.is_empty() { otherwise.to_owned() } else { said };
    (or(side(&compared.failures, |failure| failure.before), before), or(side(&compared.failures, |failure| failure.now), now))
}

/// A line for each address and what was seen there, with the ports; nothing where all was well.
fn side(failures: &[Failure], seen: fn(&Failure) -> Option<CheckState>) -> String {
    let mut lines: Vec<(&TargetKind, CheckState, Vec<String>)> = Vec::new();
    let seen = failures.iter().filter_map(|failure| Some((failure, seen(failure)?)));
    for (failure, seen) in seen.filter(|(_, seen)| *seen != CheckState::Reached) {
        match lines.iter_mut().find(|(kind, known, _)| **kind == failure.target && *known == seen) {
            Some((_, _, ports)) => ports.push(failure.port.to_string()),
            None => lines.push((&failure.target, seen, vec![failure.port.to_string()])),
        }
    }
    let line = |(kind, seen, ports): (&TargetKind, CheckState, Vec<String>)| format!("{}:{} {seen}", target(kind), grid::joined(&ports));
    lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(in crate::report) fn target(kind: &TargetKind) -> String {
    match kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ExternalIp(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) => prose::foreign(name),
        TargetKind::DnsName => "DNS name".into(),
        TargetKind::ClusterIp(ip) => format!("ClusterIP {ip}"),
        TargetKind::OwnNodePort | TargetKind::NodePort { .. } => "node port".into(),
        TargetKind::Endpoint { .. } => "endpoint".into(),
    }
}

fn colour(standing: &SinceBaseline) -> Color {
    match standing {
        SinceBaseline::Fixed | SinceBaseline::Well | SinceBaseline::WellNew => Color::Green,
        SinceBaseline::BrokenSince | SinceBaseline::StillFailing | SinceBaseline::FailsNew => Color::Red,
        SinceBaseline::NotMeasured { .. } | SinceBaseline::Gone => Color::Yellow,
    }
}

fn verdict(verification: &Verification, style: Style) -> String {
    let (word, colour) = match verification.verdict {
        Verdict::Healthy => ("VERIFIED", Colour::Good),
        Verdict::Fault => ("NOT FIXED", Colour::Bad),
        Verdict::Inconclusive => ("INCONCLUSIVE", Colour::Unknown),
    };
    let said = words::list(&counts(verification));
    let sampled = verification.report.plan.sampled.as_ref().map(|sampled| format!("; {sampled}")).unwrap_or_default();
    prose::wrap(&format!("{word}: {said}{sampled}"), "", "  ", style).replacen(word, &style.coloured(word, colour), 1)
}

/// "2 vantages fixed", "1 still failing", the worst first.
fn counts(verification: &Verification) -> Vec<String> {
    let mut counts: BTreeMap<&SinceBaseline, usize> = BTreeMap::new();
    for compared in &verification.vantages {
        let of_kind = counts.keys().find(|known| discriminant(**known) == discriminant(&compared.standing)).copied();
        *counts.entry(of_kind.unwrap_or(&compared.standing)).or_default() += 1;
    }
    let noun = |place: usize, count: usize| if place == 0 { words::count(count, "vantage") } else { count.to_string() };
    counts.iter().enumerate().map(|(place, (standing, count))| format!("{} {standing}", noun(place, *count))).collect()
}
