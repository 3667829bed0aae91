//! Which nodes share a row, and what a cell says: for any format that shows a grid. Nothing is drawn here.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use lbprobe_analysis::facts::{Facts, LocalPorts, NamedPod, TransportPort};
use lbprobe_analysis::kube_proxy::Expectation;
use lbprobe_analysis::observations::CheckState;
use lbprobe_analysis::plan::{Network, Plan, Skip, SkipReason, Target, TargetKind};
use lbprobe_analysis::prediction::is_failure;
use lbprobe_analysis::results::{NamedPodCheck, NamedPodRow};
use lbprobe_analysis::text::reports::Rest;
use lbprobe_analysis::text::{self, Language};

/// Different words in a cell before it says how many ports more there are.
const WORDS: usize = 3;

/// Ports beside a word before it says how many more there are.
const PORTS: usize = 4;

/// What one cell says, and how bad it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct CellText {
    pub(super) words: String,
    pub(super) severity: Severity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Severity {
    Good,
    Unknown,
    Bad,
}

/// What a node's network sees, a cell for each kind of target.
pub(super) type Row = (Network, Vec<CellText>);

/// A column: a kind of targets, and which of the plan's they are, by their indices.
pub(super) struct Column {
    pub(super) kind: TargetKind,
    targets: Vec<usize>,
}

/// Nodes that look alike, or a pod that the user named.
pub(super) struct Group<'a> {
    pub(super) nodes: Vec<&'a str>,
    /// The pod, whose row stands below those of its node; nothing where the group is of nodes.
    pub(super) pod: Option<&'a NamedPod>,
    /// For which ports they have an endpoint; nothing where there is no Service.
    pub(super) endpoint: Option<LocalPorts>,
    pub(super) rows: Vec<Row>,
}

impl Group<'_> {
    pub(super) fn severity(&self) -> Severity {
        self.rows.iter().flat_map(|(_, cells)| cells).map(|said| said.severity).max().unwrap_or(Severity::Good)
    }
}

/// The nodes of a plan in groups of those that look alike, with a cell for each kind of target. `words` says what a check
/// comes to, by the indices of its vantage and target in the plan.
pub(super) fn groups<'a>(
    facts: &Facts,
    plan: &'a Plan,
    words: &dyn Fn(usize, usize) -> (String, Severity),
    columns: &[Column],
    language: Language,
) -> Vec<Group<'a>> {
    let local_ports = facts.local_ports();
    let mut nodes: Vec<(&str, Vec<Row>)> = Vec::new();
    for (index, vantage) in plan.vantages.iter().enumerate() {
        let row = (vantage.network, cells(plan, &|target| words(index, target), columns, language));
        match nodes.last_mut() {
            Some((node, rows)) if *node == vantage.node => rows.push(row),
            _ => nodes.push((&vantage.node, vec![row])),
        }
    }
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut indices: HashMap<(Option<LocalPorts>, Vec<Row>), usize> = HashMap::new();
    for (node, rows) in nodes {
        let endpoint = endpoint(facts, &local_ports, node);
        let index = *indices.entry((endpoint.clone(), rows.clone())).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.nodes.push(node),
            None => groups.push(Group { nodes: vec![node], pod: None, endpoint, rows }),
        }
    }
    groups
}

fn endpoint(facts: &Facts, local_ports: &BTreeMap<&str, LocalPorts>, node: &str) -> Option<LocalPorts> {
    (!facts.service.is_elsewhere()).then(|| local_ports.get(node).cloned().unwrap_or(LocalPorts::None))
}

/// The groups with a row for each named pod, below the rows of its node.
pub(super) fn with_named_pods<'a>(
    mut groups: Vec<Group<'a>>,
    pods: &[NamedPodRow<'a>],
    (facts, plan): (&Facts, &Plan),
    columns: &[Column],
    language: Language,
) -> Vec<Group<'a>> {
    let local_ports = facts.local_ports();
    for row in pods {
        let NamedPod { vantage, .. } = row.pod;
        let of_pod = cells(plan, &|target| of_named_pod(&row.checks[target], language), columns, language);
        let of_node = groups.iter().rposition(|group| group.nodes.contains(&vantage.node.as_str()));
        let endpoint = endpoint(facts, &local_ports, &vantage.node);
        let group = Group { nodes: vec![&vantage.node], pod: Some(row.pod), endpoint, rows: vec![(vantage.network, of_pod)] };
        groups.insert(of_node.map_or(groups.len(), |index| index + 1), group);
    }
    groups
}

/// A proxy's own error is no answer of the server's.
fn of_named_pod(check: &NamedPodCheck<'_>, language: Language) -> (String, Severity) {
    match check.status_of_proxy() {
        Some(status) => (text::http_status(status, language), Severity::Bad),
        None => in_words(check.state(), language),
    }
}

/// Nodes of which nothing is known, which have a row of their own.
pub(super) fn nodes_left_out(plan: &Plan) -> Vec<&str> {
    let skipped =
        plan.skipped.iter().filter(|skip| matches!(skip.reason, SkipReason::OtherOs(_) | SkipReason::NotReady(_) | SkipReason::Virtual));
    skipped.filter_map(Skip::node).collect()
}

/// A column for each kind of those targets, in the plan's order.
pub(super) fn columns(plan: &Plan, shows: impl Fn(&Target) -> bool) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (index, target) in plan.targets.iter().enumerate().filter(|(_, target)| shows(target)) {
        match columns.iter_mut().find(|column| column.kind == target.kind) {
            Some(column) => column.targets.push(index),
            None => columns.push(Column { kind: target.kind.clone(), targets: vec![index] }),
        }
    }
    columns
}

fn cells(plan: &Plan, words: &dyn Fn(usize) -> (String, Severity), columns: &[Column], language: Language) -> Vec<CellText> {
    let of_column = |column: &Column| {
        let ports = column.targets.iter().map(|index| (plan.targets[*index].transport(), words(*index)));
        cell_text(language, ports)
    };
    columns.iter().map(of_column).collect()
}

/// One word for all ports where they agree, else a line for each different word with its ports.
fn cell_text(language: Language, ports: impl Iterator<Item = (TransportPort, (String, Severity))>) -> CellText {
    let mut ports_by_words: Vec<(String, Severity, Vec<String>)> = Vec::new();
    for (port, (words, badness)) in ports {
        match ports_by_words.iter_mut().find(|(known, _, _)| *known == words) {
            Some((_, _, ports)) => ports.push(text::port(port, language)),
            None => ports_by_words.push((words, badness, vec![text::port(port, language)])),
        }
    }
    let severity = ports_by_words.iter().map(|(_, badness, _)| *badness).max().unwrap_or(Severity::Good);
    if ports_by_words.len() > WORDS {
        ports_by_words.sort_by_key(|(_, badness, ports)| (Reverse(*badness), Reverse(ports.len())));
    }
    let words = match &ports_by_words[..] {
        [(words, _, _)] => words.clone(),
        several => {
            let (shown, rest) = several.split_at(several.len().min(WORDS));
            let ports: usize = rest.iter().map(|(_, _, ports)| ports.len()).sum();
            let more = (ports > 0).then(|| text::rest(Rest::Ports(ports), language));
            let shown = shown.iter().map(|(words, _, ports)| format!("{}: {words}", joined(ports, language)));
            shown.chain(more).collect::<Vec<_>>().join("\n")
        }
    };
    CellText { words, severity }
}

/// "80,443", or "80,81,82 and 97 more".
pub(super) fn joined(ports: &[String], language: Language) -> String {
    if ports.len() <= PORTS {
        return ports.join(",");
    }
    let (shown, rest) = ports.split_at(PORTS - 1);
    format!("{} {}", shown.join(","), text::rest_alone(Rest::Items(rest.len()), language))
}

/// How many of the groups have so many rows together; one at least.
pub(super) fn first_of(groups: &[Group<'_>], most: usize) -> usize {
    let mut rows = 0;
    let fitting = groups.iter().take_while(|group| {
        rows += group.rows.len();
        rows <= most
    });
    fitting.count().max(1).min(groups.len())
}

pub(super) fn rows(groups: &[Group<'_>]) -> usize {
    groups.iter().map(|group| group.rows.len()).sum()
}

pub(super) fn in_words(state: CheckState, language: Language) -> (String, Severity) {
    let severity = match state {
        CheckState::Reached => Severity::Good,
        CheckState::Failed(_) | CheckState::Mixed { .. } => Severity::Bad,
        CheckState::Silent | CheckState::Unanswered | CheckState::Unmeasured => Severity::Unknown,
    };
    (text::check_state(state, language), severity)
}

pub(super) fn expected_in_words(expectation: &Expectation, language: Language) -> (String, Severity) {
    let failing = expectation.answers().filter(|answer| is_failure(answer)).count();
    let severity = match failing {
        0 => Severity::Good,
        _ if expectation.certain().is_some() => Severity::Bad,
        _ => Severity::Unknown,
    };
    (text::expected(expectation, language), severity)
}
