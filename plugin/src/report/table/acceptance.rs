//! Acceptance for a terminal.

use comfy_table::{Cell, Color};
use lbprobe_analysis::acceptance::{CaseResult, Shortfall};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{AcceptanceReport, ServiceResult};
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{Conclusion, Rest, Title};

use super::{Colour, Style, columns, prose};

/// Lines of one expectation.
const LINES: usize = 4;

/// The whole of it.
pub(crate) fn render(report: &AcceptanceReport, style: Style) -> String {
    let mut text: String = report.services.iter().map(|service| of_service(service, style)).collect();
    let colour = match report.verdict {
        Verdict::Healthy => Colour::Good,
        Verdict::Fault => Colour::Bad,
        Verdict::Inconclusive => Colour::Unknown,
    };
    let all = || report.services.iter().flat_map(|service| &service.cases);
    let count = |is: fn(&CaseResult) -> bool| all().filter(|case| is(&case.result)).count();
    let passed = count(|result| *result == CaseResult::Passed);
    let failed = count(|result| matches!(result, CaseResult::Failed(_)));
    let not_measured = count(|result| matches!(result, CaseResult::NotMeasured(_)));
    let conclusion = Conclusion::Accepted { verdict: report.verdict, passed, failed, not_measured };
    text.push_str(&prose::conclusion(&conclusion, colour, style));
    text
}

/// The first lines, and how many more there are.
fn first_of(shortfalls: &[Shortfall], style: Style) -> String {
    let (first, rest) = shortfalls.split_at(shortfalls.len().min(LINES));
    let more = (!rest.is_empty()).then(|| text::rest(Rest::Items(rest.len()), style.language));
    first.iter().map(|shortfall| prose::foreign(&text::shortfall(shortfall, style.language))).chain(more).collect::<Vec<_>>().join("\n")
}

fn of_service(service: &ServiceResult, style: Style) -> String {
    let mut table = style.table();
    table.set_header(text::fixed(style.language).acceptance);
    for case in &service.cases {
        let ended = text::case_result(&case.result, style.language);
        let (words, colour) = match &case.result {
            CaseResult::Passed => (ended.to_owned(), Color::Green),
            CaseResult::Failed(how) => (format!("{ended}\n{}", first_of(how, style)), Color::Red),
            CaseResult::NotMeasured(why) => (format!("{ended}\n{}", first_of(why, style)), Color::Yellow),
        };
        let nodes = case.nodes.map(|nodes| text::node_class(nodes, style.language).to_owned());
        let nodes = nodes.or_else(|| case.pod.as_deref().map(prose::foreign)).unwrap_or_default();
        table.add_row([Cell::new(prose::foreign(&case.name)), Cell::new(nodes), Cell::new(words).fg(colour)]);
    }
    let mut text = format!("{}\n{}", text::service_name(&prose::foreign(&service.service), style.language), columns::drawn(table, style));
    text.push_str(&prose::section(
        &text::title(Title::Why, style.language),
        service.causes.iter().map(|cause| prose::item("- ", cause, style)),
    ));
    text.push_str(&prose::section(
        &text::title(Title::Fixes(None), style.language),
        service.fixes.iter().map(|fix| prose::item("- ", fix, style)),
    ));
    text.push('\n');
    text
}
