//! The grid: a row per group of equal nodes and network, a column per kind of target.

use std::cmp::Reverse;
use std::net::IpAddr;

use comfy_table::{Cell, Color, Row as TableRow};
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::{Facts, Node};
use lbprobe_analysis::observations::CheckState;
use lbprobe_analysis::plan::{Plan, Target, TargetKind};
use lbprobe_analysis::prediction::Prediction;
use lbprobe_analysis::results::{NamedPodRow, Results};
use lbprobe_analysis::text::reports::{Rest, Title};
use lbprobe_analysis::text::{self, Language};
use lbprobe_protocol::{CheckId, Outcome};

use super::{Detail, Style, columns, prose};
use crate::report::layout::{
    self, CellText, Column, Group, Severity, expected_in_words, first_of, groups, in_words, rows, with_named_pods,
};
use crate::report::outline;

/// Node names in a row before it says "and 41 more".
const NAMED_NODES: usize = 3;

/// What is left out of names where all of them have it.
const LONG_PART: usize = 10;

/// Rows of a grid; of more, those are shown from which most fails.
const ROWS: usize = 12;

/// Lines of a grid that has more rows than are shown: rows of several ports have several.
const LINES: usize = 20;

/// Lines of one that has no more: nodes are not left out before that.
const LINES_OF_FEW: usize = 36;

/// Lines of a row.
const ROW_LINES: usize = 12;

/// The grid of what was seen. What is expected stands beside it where it differs, and everywhere
/// where everything is shown.
pub(super) fn of_observations(report: &Report, results: &Results<'_>, style: Style) -> String {
    let matrix = &results.matrix;
    let plan = &report.plan;
    match style.detail {
        Detail::Verdict | Detail::Brief | Detail::Explained => {
            render(&report.facts, plan, is_for_clients, &outline::seen(report, results, style.language), &results.named_pods, style)
        }
        Detail::Everything => {
            let prediction = results.prediction();
            let words = |vantage: usize, target: usize| {
                let state = matrix.state(vantage, target);
                let (seen, severity) = in_words(state, style.language);
                let (expected, _) = expected_in_words(&prediction.rows[vantage][target], style.language);
                // A check that no symptom called for is no gap.
                let seen = if state == CheckState::Unmeasured && plan.targets[target].is_evidence() { "-".into() } else { seen };
                (format!("{seen} / {expected}"), severity)
            };
            let clients = render(&report.facts, plan, is_for_clients, &words, &results.named_pods, style);
            let evidence = of_evidence(Title::EvidenceChecks, &report.facts, plan, &words, style);
            format!("{}\n{clients}{evidence}", text::title(Title::SeenAndExpected, style.language))
        }
    }
}

/// The grid of what is expected.
pub(super) fn of_expectations(facts: &Facts, plan: &Plan, prediction: &Prediction, style: Style) -> String {
    let words = |vantage: usize, target: usize| expected_in_words(&prediction.rows[vantage][target], style.language);
    let clients = render(facts, plan, is_for_clients, &words, &[], style);
    match style.detail {
        Detail::Verdict | Detail::Brief | Detail::Explained => clients,
        Detail::Everything => clients + &of_evidence(Title::ExpectedOfEvidence, facts, plan, &words, style),
    }
}

/// The grid of how checks ended last, where that was heard, by the index of the vantage in the plan.
pub(super) fn of_outcomes(facts: &Facts, plan: &Plan, last: &dyn Fn(usize, CheckId) -> Option<Outcome>, style: Style) -> String {
    let words = |vantage: usize, target: usize| match last(vantage, plan.targets[target].id) {
        Some(Outcome::Answered) => in_words(CheckState::Reached, style.language),
        Some(outcome) => in_words(CheckState::Failed(outcome), style.language),
        None => ("...".into(), Severity::Unknown),
    };
    render(facts, plan, is_for_clients, &words, &[], style)
}

/// The grid of what is dialled only to tell causes apart, where there is any of it.
fn of_evidence(title: Title<'_>, facts: &Facts, plan: &Plan, words: &dyn Fn(usize, usize) -> (String, Severity), style: Style) -> String {
    let is_evidence = |target: &Target| target.is_evidence();
    if plan.targets.iter().any(is_evidence) {
        format!("\n{}:\n{}", text::title(title, style.language), render(facts, plan, is_evidence, words, &[], style))
    } else {
        String::new()
    }
}

fn is_for_clients(target: &Target) -> bool {
    !target.is_evidence()
}

/// `words` says what a cell holds, by the indices of vantage and target in the plan.
fn render(
    facts: &Facts,
    plan: &Plan,
    shows: impl Fn(&Target) -> bool,
    words: &dyn Fn(usize, usize) -> (String, Severity),
    pods: &[NamedPodRow<'_>],
    style: Style,
) -> String {
    let targets = layout::columns(plan, shows);
    let left_out = layout::nodes_left_out(plan);
    let shared = Shared::of(facts);
    let drawn = |groups: &[Group<'_>]| drawn(groups, &targets, &left_out, shared, style);
    let mut groups = with_named_pods(groups(facts, plan, words, &targets, style.language), pods, (facts, plan), &targets, style.language);
    let most_lines = if rows(&groups) > ROWS { LINES } else { LINES_OF_FEW };
    if most_lines == LINES_OF_FEW {
        let all = drawn(&groups);
        if all.lines().count() <= most_lines {
            return all;
        }
    }
    groups.sort_by_key(|group| (Reverse(group.severity()), Reverse(group.nodes.len())));
    let mut most = ROWS;
    loop {
        let (first, rest) = groups.split_at(first_of(&groups, most));
        let text = drawn(first) + &others(rest, style);
        if most == 1 || text.lines().count() <= most_lines {
            return text;
        }
        most -= 1;
    }
}

/// What is left of the groups, in a line.
fn others(groups: &[Group<'_>], style: Style) -> String {
    let nodes: usize = groups.iter().filter(|group| group.pod.is_none()).map(|group| group.nodes.len()).sum();
    if nodes == 0 {
        return String::new();
    }
    format!(" {}\n", text::rest(Rest::Nodes { rows: rows(groups), nodes }, style.language))
}

/// What the names of all nodes have in common: long names leave no room for the other columns.
#[derive(Clone, Copy, Debug)]
enum Shared<'a> {
    /// What stands behind the host's own part.
    Domain(&'a str),
    /// What stands before it: the region in the names that Alibaba Cloud gives, `cn-hangzhou.10.0.0.1`.
    Region(&'a str),
}

impl<'a> Shared<'a> {
    fn of(facts: &'a Facts) -> Option<Self> {
        let (host, _) = facts.nodes.first()?.name.split_once('.')?;
        let at = host.len();
        let first = &facts.nodes.first()?.name;
        let is_long = |part: &str| part.len() >= LONG_PART;
        let has_domain = |node: &Node| node.name.find('.').is_some_and(|at_own| node.name[at_own..] == first[at..]);
        let has_region = |node: &Node| node.name.strip_prefix(&first[..=at]).is_some_and(|rest| rest.parse::<IpAddr>().is_ok());
        if is_long(&first[..=at]) && facts.nodes.iter().all(has_region) {
            Some(Self::Region(&first[..=at]))
        } else if is_long(&first[at..]) && facts.nodes.iter().all(has_domain) {
            Some(Self::Domain(&first[at..]))
        } else {
            None
        }
    }

    const fn part(self) -> &'a str {
        match self {
            Self::Domain(part) | Self::Region(part) => part,
        }
    }

    fn left_out_of(self, name: &str) -> &str {
        let rest = match self {
            Self::Domain(domain) => name.strip_suffix(domain),
            Self::Region(region) => name.strip_prefix(region),
        };
        rest.unwrap_or(name)
    }
}

/// The first of some nodes.
fn named(nodes: &[&str], shared: Option<Shared<'_>>, language: Language) -> String {
    let short: Vec<&str> = nodes.iter().map(|name| shared.map_or(*name, |shared| shared.left_out_of(name))).collect();
    prose::foreign(&text::short_list(&short, NAMED_NODES, language))
}

fn drawn(groups: &[Group<'_>], targets: &[Column], left_out: &[&str], shared: Option<Shared<'_>>, style: Style) -> String {
    let mut table = style.table();
    let titles = text::fixed(style.language).nodes_by_target.into_iter().map(str::to_owned);
    let title = |kind: &TargetKind| {
        let title = prose::foreign(&text::target_above_column(kind, style.language));
        // Of nodes only: a load balancer's name may end like theirs.
        match (kind, shared) {
            (TargetKind::NodePort { .. } | TargetKind::Endpoint { .. }, Some(shared)) => title.replace(shared.part(), ""),
            _ => title,
        }
    };
    table.set_header(titles.chain(targets.iter().map(|column| title(&column.kind))));
    for group in groups {
        for (index, (network, cells)) in group.rows.iter().enumerate() {
            let (name, endpoint) = if index == 0 {
                let name = group.pod.map_or_else(
                    || named(&group.nodes, shared, style.language),
                    |pod| prose::foreign(&text::named_pod_in_row(pod, style.language)),
                );
                let endpoint = group.endpoint.as_ref().map(|ports| text::has_endpoint(ports, style.language));
                (name, endpoint.unwrap_or_else(|| "-".into()))
            } else {
                (String::new(), String::new())
            };
            let from = group.pod.map_or_else(|| network.to_string(), |_| text::fixed(style.language).named_pod.to_owned());
            let start = [name, endpoint, from].into_iter().map(Cell::new);
            let mut row = TableRow::from(start.chain(cells.iter().map(cell)));
            row.max_height(ROW_LINES);
            table.add_row(row);
        }
    }
    if !left_out.is_empty() {
        let start = [named(left_out, shared, style.language), "-".to_owned(), "-".to_owned()].into_iter().map(Cell::new);
        let not_known = || Cell::new(text::fixed(style.language).not_known).fg(Color::Yellow);
        table.add_row(start.chain(targets.iter().map(|_| not_known())));
    }
    let legend =
        shared.map(|shared| prose::wrap(&prose::foreign(&text::shared_part_of_names(shared.part(), style.language)), " ", " ", style));
    columns::drawn(table, style) + &legend.unwrap_or_default()
}

fn cell(said: &CellText) -> Cell {
    Cell::new(&said.words).fg(match said.severity {
        Severity::Good => Color::Green,
        Severity::Unknown => Color::Yellow,
        Severity::Bad => Color::Red,
    })
}
