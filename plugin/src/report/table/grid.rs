//! The grid: a row per group of equal nodes and network, a column per kind of target.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use comfy_table::{Cell, Color, Row as TableRow};
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::kube_proxy::Expectation;
use lbprobe_analysis::observations::CheckState;
use lbprobe_analysis::plan::{Network, Plan, Target, TargetKind, Vantage};
use lbprobe_analysis::prediction::{Prediction, is_failure};
use lbprobe_analysis::results::Results;
use lbprobe_analysis::text::reports::{Rest, Title};
use lbprobe_analysis::{text, words};
use lbprobe_protocol::{CheckId, Outcome};

use super::{Extent, Style, prose};

/// Node names in a row before it says "and 41 more".
const NAMED_NODES: usize = 3;

/// Rows of a grid; of more, those are shown from which most fails.
const ROWS: usize = 12;

/// Lines of a grid that has more rows than are shown: rows of several ports have several.
const LINES: usize = 20;

/// Lines of one that has no more: nodes are not left out before that.
const LINES_OF_FEW: usize = 36;

/// Lines of a row.
const ROW_LINES: usize = 12;

/// Different words in a cell before it says how many ports more there are.
const WORDS: usize = 3;

/// Ports beside a word before it says how many more there are.
const PORTS: usize = 4;

/// What one cell says, and how bad it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Said {
    words: String,
    worst: Worst,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Worst {
    Good,
    Unknown,
    Bad,
}

/// What a node's network sees, a cell for each kind of target.
type Row = (Network, Vec<Said>);

/// Nodes that look alike.
struct Group<'a> {
    nodes: Vec<&'a str>,
    has_endpoint: bool,
    rows: Vec<Row>,
}

impl Group<'_> {
    fn worst(&self) -> Worst {
        self.rows.iter().flat_map(|(_, cells)| cells).map(|said| said.worst).max().unwrap_or(Worst::Good)
    }
}

/// The grid of what was seen. What is expected stands beside it where it differs, and everywhere
/// where everything is shown.
pub(super) fn of_observations(report: &Report, results: &Results<'_>, style: Style) -> String {
    let matrix = &results.matrix;
    let plan = &report.plan;
    let differing: HashMap<(&Vantage, CheckId), String> = report
        .diagnosis
        .agreement
        .contradictions
        .iter()
        .map(|contradiction| ((&contradiction.vantage, contradiction.target), contradiction.expected.to_string()))
        .collect();
    match style.extent {
        Extent::Clients => render(
            &report.facts,
            plan,
            is_for_clients,
            &|vantage, target| {
                let (words, worst) = in_words(matrix.state(vantage, target));
                match differing.get(&(&plan.vantages[vantage], plan.targets[target].id)) {
                    Some(expected) => (text::instead(&words, expected, style.language), worst),
                    None => (words, worst),
                }
            },
            style,
        ),
        Extent::Everything => {
            let prediction = results.prediction();
            let words = |vantage: usize, target: usize| {
                let state = matrix.state(vantage, target);
                let (seen, worst) = in_words(state);
                let (expected, _) = expected_in_words(&prediction.rows[vantage][target], style);
                // A check that no symptom called for is no gap.
                let seen = if state == CheckState::Unmeasured && plan.targets[target].kind.is_evidence() { "-".into() } else { seen };
                (format!("{seen} / {expected}"), worst)
            };
            let clients = render(&report.facts, plan, is_for_clients, &words, style);
            let evidence = of_evidence(Title::EvidenceChecks, &report.facts, plan, &words, style);
            format!("{}\n{clients}{evidence}", text::title(Title::SeenAndExpected, style.language))
        }
    }
}

/// The grid of what is expected.
pub(super) fn of_expectations(facts: &Facts, plan: &Plan, prediction: &Prediction, style: Style) -> String {
    let words = |vantage: usize, target: usize| expected_in_words(&prediction.rows[vantage][target], style);
    let clients = render(facts, plan, is_for_clients, &words, style);
    match style.extent {
        Extent::Clients => clients,
        Extent::Everything => clients + &of_evidence(Title::ExpectedOfEvidence, facts, plan, &words, style),
    }
}

/// The grid of how checks ended last, where that was heard, by the index of the vantage in the plan.
pub(super) fn of_outcomes(facts: &Facts, plan: &Plan, last: &dyn Fn(usize, CheckId) -> Option<Outcome>, style: Style) -> String {
    let words = |vantage: usize, target: usize| match last(vantage, plan.targets[target].id) {
        Some(Outcome::Answered) => in_words(CheckState::Reached),
        Some(outcome) => in_words(CheckState::Failed(outcome)),
        None => ("...".into(), Worst::Unknown),
    };
    render(facts, plan, is_for_clients, &words, style)
}

/// The grid of what is dialled only to tell causes apart, where there is any of it.
fn of_evidence(title: Title<'_>, facts: &Facts, plan: &Plan, words: &dyn Fn(usize, usize) -> (String, Worst), style: Style) -> String {
    let is_evidence = |target: &Target| target.kind.is_evidence();
    if plan.targets.iter().any(is_evidence) {
        format!("\n{}:\n{}", text::title(title, style.language), render(facts, plan, is_evidence, words, style))
    } else {
        String::new()
    }
}

fn is_for_clients(target: &Target) -> bool {
    !target.kind.is_evidence()
}

/// `words` says what a cell holds, by the indices of vantage and target in the plan.
fn render(
    facts: &Facts,
    plan: &Plan,
    shows: impl Fn(&Target) -> bool,
    words: &dyn Fn(usize, usize) -> (String, Worst),
    style: Style,
) -> String {
    let kinds = kinds(plan, shows);
    let mut groups = groups(facts, plan, words, &kinds, style);
    let most_lines = if rows(&groups) > ROWS { LINES } else { LINES_OF_FEW };
    if most_lines == LINES_OF_FEW {
        let all = drawn(&groups, &kinds, style);
        if all.lines().count() <= most_lines {
            return all;
        }
    }
    groups.sort_by_key(|group| (Reverse(group.worst()), Reverse(group.nodes.len())));
    let mut most = ROWS;
    loop {
        let (first, rest) = groups.split_at(first_of(&groups, most));
        let text = drawn(first, &kinds, style) + &others(rest, style);
        if most == 1 || text.lines().count() <= most_lines {
            return text;
        }
        most -= 1;
    }
}

/// How many of the groups have so many rows together; one at least.
fn first_of(groups: &[Group<'_>], most: usize) -> usize {
    let mut rows = 0;
    let fitting = groups.iter().take_while(|group| {
        rows += group.rows.len();
        rows <= most
    });
    fitting.count().max(1).min(groups.len())
}

fn rows(groups: &[Group<'_>]) -> usize {
    groups.iter().map(|group| group.rows.len()).sum()
}

/// What is left of the groups, in a line.
fn others(groups: &[Group<'_>], style: Style) -> String {
    let nodes: usize = groups.iter().map(|group| group.nodes.len()).sum();
    if nodes == 0 {
        return String::new();
    }
    format!(" {}\n", text::rest(Rest::Nodes { rows: rows(groups), nodes }, style.language))
}

fn drawn(groups: &[Group<'_>], kinds: &[TargetKind], style: Style) -> String {
    let mut table = style.table();
    let titles = text::fixed(style.language).nodes_by_target.into_iter().map(str::to_owned);
    let title = |kind: &TargetKind| prose::foreign(&text::target_above_column(kind, style.language));
    table.set_header(titles.chain(kinds.iter().map(title)));
    for group in groups {
        for (index, (network, cells)) in group.rows.iter().enumerate() {
            let (name, endpoint) = if index == 0 {
                (prose::foreign(&words::short_list(&group.nodes, NAMED_NODES)), text::has_endpoint(group.has_endpoint, style.language))
            } else {
                (String::new(), "")
            };
            let start = [name, endpoint.to_owned(), network.to_string()].into_iter().map(Cell::new);
            let mut row = TableRow::from(start.chain(cells.iter().map(cell)));
            row.max_height(ROW_LINES);
            table.add_row(row);
        }
    }
    trimmed(&table.to_string())
}

/// Each kind once, in the plan's order.
fn kinds(plan: &Plan, shows: impl Fn(&Target) -> bool) -> Vec<TargetKind> {
    let mut seen = BTreeSet::new();
    plan.targets.iter().filter(|target| shows(target)).map(|target| target.kind.clone()).filter(|kind| seen.insert(kind.clone())).collect()
}

fn groups<'a>(
    facts: &Facts,
    plan: &'a Plan,
    words: &dyn Fn(usize, usize) -> (String, Worst),
    kinds: &[TargetKind],
    style: Style,
) -> Vec<Group<'a>> {
    let endpoint_nodes = facts.endpoint_nodes();
    let mut nodes: Vec<(&str, Vec<Row>)> = Vec::new();
    for (index, vantage) in plan.vantages.iter().enumerate() {
        let row = (vantage.network, cells(plan, &|target| words(index, target), kinds, style));
        match nodes.last_mut() {
            Some((node, rows)) if *node == vantage.node => rows.push(row),
            _ => nodes.push((&vantage.node, vec![row])),
        }
    }
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut indices: HashMap<(bool, Vec<Row>), usize> = HashMap::new();
    for (node, rows) in nodes {
        let has_endpoint = endpoint_nodes.contains(node);
        let index = *indices.entry((has_endpoint, rows.clone())).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.nodes.push(node),
            None => groups.push(Group { nodes: vec![node], has_endpoint, rows }),
        }
    }
    groups
}

fn cells(plan: &Plan, words: &dyn Fn(usize) -> (String, Worst), kinds: &[TargetKind], style: Style) -> Vec<Said> {
    let of_kind = |kind: &TargetKind| {
        let targets = plan.targets.iter().enumerate().filter(|(_, target)| target.kind == *kind);
        said(style, targets.map(|(index, target)| (target.port, words(index))))
    };
    kinds.iter().map(of_kind).collect()
}

/// One word for all ports where they agree, else a line for each different word with its ports.
fn said(style: Style, ports: impl Iterator<Item = (u16, (String, Worst))>) -> Said {
    let mut ports_by_words: Vec<(String, Worst, Vec<String>)> = Vec::new();
    for (port, (words, badness)) in ports {
        match ports_by_words.iter_mut().find(|(known, _, _)| *known == words) {
            Some((_, _, ports)) => ports.push(port.to_string()),
            None => ports_by_words.push((words, badness, vec![port.to_string()])),
        }
    }
    let worst = ports_by_words.iter().map(|(_, badness, _)| *badness).max().unwrap_or(Worst::Good);
    if ports_by_words.len() > WORDS {
        ports_by_words.sort_by_key(|(_, badness, ports)| (Reverse(*badness), Reverse(ports.len())));
    }
    let words = match &ports_by_words[..] {
        [(words, _, _)] => words.clone(),
        several => {
            let (shown, rest) = several.split_at(several.len().min(WORDS));
            let ports: usize = rest.iter().map(|(_, _, ports)| ports.len()).sum();
            let more = (ports > 0).then(|| text::rest(Rest::Ports(ports), style.language));
            let shown = shown.iter().map(|(words, _, ports)| format!("{}: {words}", joined(ports)));
            shown.chain(more).collect::<Vec<_>>().join("\n")
        }
    };
    Said { words, worst }
}

/// "80,443", or "80,81,82 and 97 more".
pub(super) fn joined(ports: &[String]) -> String {
    if ports.len() <= PORTS {
        return ports.join(",");
    }
    let (shown, rest) = ports.split_at(PORTS - 1);
    format!("{} and {} more", shown.join(","), rest.len())
}

fn in_words(state: CheckState) -> (String, Worst) {
    let worst = match state {
        CheckState::Reached => Worst::Good,
        CheckState::Failed(_) | CheckState::Mixed { .. } => Worst::Bad,
        CheckState::Silent | CheckState::Unmeasured => Worst::Unknown,
    };
    (state.to_string(), worst)
}

fn expected_in_words(expectation: &Expectation, style: Style) -> (String, Worst) {
    let failing = expectation.answers().filter(|answer| is_failure(answer)).count();
    let worst = match failing {
        0 => Worst::Good,
        _ if expectation.certain().is_some() => Worst::Bad,
        _ => Worst::Unknown,
    };
    (text::expected(expectation, style.language), worst)
}

fn cell(said: &Said) -> Cell {
    Cell::new(&said.words).fg(match said.worst {
        Worst::Good => Color::Green,
        Worst::Unknown => Color::Yellow,
        Worst::Bad => Color::Red,
    })
}

/// The table pads its last column, which serves nobody.
pub(super) fn trimmed(table: &str) -> String {
    table.lines().map(str::trim_end).flat_map(|line| [line, "\n"]).collect()
}
