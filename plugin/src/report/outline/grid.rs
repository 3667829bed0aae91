//! What clients see, node by node: equal nodes share a row.

use std::collections::HashMap;

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Plan, Target, Vantage};
use lbprobe_analysis::prediction::Contradiction;
use lbprobe_analysis::remedies::ExpectedResult;
use lbprobe_analysis::results::{NamedPodRow, Results};
use lbprobe_analysis::text::{self, Language};
use lbprobe_protocol::CheckId;

use crate::report::layout::{self, CellText, Severity};

/// Names in a row before it says "and 41 more".
pub(in crate::report) const NAMED_NODES: usize = 3;

/// A table.
pub(in crate::report) struct Grid {
    pub(in crate::report) columns: Vec<String>,
    pub(in crate::report) rows: Vec<GridRow>,
}

/// A row, of nodes that look alike or of a pod that the user named.
pub(in crate::report) struct GridRow {
    /// All nodes that share it, or the pod.
    pub(in crate::report) names: Vec<String>,
    /// What it is of: nodes, whether they have an endpoint, network.
    pub(in crate::report) start: Vec<String>,
    pub(in crate::report) cells: Vec<CellText>,
}

/// What was seen of a check, and where that is not what was expected, what would be.
pub(in crate::report) fn seen<'a>(
    report: &'a Report,
    results: &'a Results<'_>,
    language: Language,
) -> impl Fn(usize, usize) -> (String, Severity) + 'a {
    let expected = |contradiction: &'a Contradiction| {
        ((&contradiction.vantage, contradiction.target), text::expected(&contradiction.expected, language))
    };
    let differing: HashMap<(&Vantage, CheckId), String> = report.diagnosis.agreement.contradictions.iter().map(expected).collect();
    move |vantage, target| {
        let (words, severity) = layout::in_words(results.matrix.state(vantage, target), language);
        match differing.get(&(&report.plan.vantages[vantage], report.plan.targets[target].id)) {
            Some(expected) => (text::instead(&words, expected, language), severity.max(Severity::Unknown)),
            None => (words, severity),
        }
    }
}

/// The grid of what clients dial.
pub(in crate::report) fn of_clients(report: &Report, results: &Results<'_>, language: Language) -> Grid {
    grid((&report.facts, &report.plan), &seen(report, results, language), &results.named_pods, language)
}

/// The same of what is expected, once something was changed.
pub(in crate::report) fn of_expected(expected: &ExpectedResult, plan: &Plan, language: Language) -> Grid {
    let words = |vantage: usize, target: usize| layout::expected_in_words(&expected.prediction.rows[vantage][target], language);
    grid((&expected.facts, plan), &words, &[], language)
}

fn grid(
    (facts, plan): (&Facts, &Plan),
    words: &dyn Fn(usize, usize) -> (String, Severity),
    named_pods: &[NamedPodRow<'_>],
    language: Language,
) -> Grid {
    let columns = layout::columns(plan, |target: &Target| !target.is_evidence());
    let groups = layout::groups(facts, plan, words, &columns, language);
    let groups = layout::with_named_pods(groups, named_pods, (facts, plan), &columns, language);
    let mut rows = Vec::new();
    for group in groups {
        let names: Vec<_> = match group.pod {
            Some(pod) => vec![text::named_pod_in_row(pod, language)],
            None => group.nodes.iter().map(|node| (*node).to_owned()).collect(),
        };
        for (network, cells) in group.rows {
            let endpoint = group.endpoint.as_ref().map_or_else(|| "-".into(), |ports| text::has_endpoint(ports, language));
            let from = group.pod.map_or_else(|| network.to_string(), |_| text::fixed(language).named_pod.to_owned());
            let start = vec![text::short_list(&names, NAMED_NODES, language), endpoint, from];
            rows.push(GridRow { names: names.clone(), start, cells });
        }
    }
    let left_out: Vec<_> = layout::nodes_left_out(plan).into_iter().map(str::to_owned).collect();
    if !left_out.is_empty() {
        let not_known = || CellText { words: text::fixed(language).not_known.to_owned(), severity: Severity::Unknown };
        let start = vec![text::short_list(&left_out, NAMED_NODES, language), "-".into(), "-".into()];
        rows.push(GridRow { names: left_out, start, cells: columns.iter().map(|_| not_known()).collect() });
    }
    let titles = text::fixed(language).nodes_by_target.into_iter().map(str::to_owned);
    Grid { columns: titles.chain(columns.iter().map(|column| text::target_above_column(&column.kind, language))).collect(), rows }
}
