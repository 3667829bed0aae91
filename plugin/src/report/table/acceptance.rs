//! Acceptance for a terminal.

use comfy_table::{Cell, Color};
use lbprobe_analysis::acceptance::{AcceptanceReport, CaseResult, ServiceResult, Shortfall};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::{text, words};

use super::{Colour, Style, grid, prose};

/// Lines of one expectation.
const LINES: usize = 4;

/// The whole of it.
pub(crate) fn render(report: &AcceptanceReport, style: Style) -> String {
    let mut text: String = report.services.iter().map(|service| of_service(service, style)).collect();
    let (word, colour) = match report.verdict {
        Verdict::Healthy => ("ACCEPTED", Colour::Good),
        Verdict::Fault => ("NOT ACCEPTED", Colour::Bad),
        Verdict::Inconclusive => ("INCONCLUSIVE", Colour::Unknown),
    };
    let all = || report.services.iter().flat_map(|service| &service.cases);
    let count = |is: fn(&CaseResult) -> bool| all().filter(|case| is(&case.result)).count();
    let passed = count(|result| *result == CaseResult::Passed);
    let failed = count(|result| matches!(result, CaseResult::Failed(_)));
    let said = format!(
        "{passed} of {} passed, {failed} failed, {} not measured",
        words::count(all().count(), "expectation"),
        all().count() - passed - failed
    );
    text.push_str(&prose::wrap(&format!("{word}: {said}"), "", "  ", style).replacen(word, &style.coloured(word, colour), 1));
    text
}

/// The first lines, and how many more there are.
fn first_of(shortfalls: &[Shortfall], style: Style) -> String {
    let (first, rest) = shortfalls.split_at(shortfalls.len().min(LINES));
    let more = (!rest.is_empty()).then(|| format!("and {} more (all of them with -o json)", rest.len()));
    first.iter().map(|shortfall| prose::foreign(&text::shortfall(shortfall, style.language))).chain(more).collect::<Vec<_>>().join("\n")
}

fn of_service(service: &ServiceResult, style: Style) -> String {
    let mut table = style.table();
    table.set_header(["EXPECTATION", "FROM", "RESULT"]);
    for case in &service.cases {
        let (words, colour) = match &case.result {
            CaseResult::Passed => ("passed".to_owned(), Color::Green),
            CaseResult::Failed(how) => (format!("FAILED\n{}", first_of(how, style)), Color::Red),
            CaseResult::NotMeasured(why) => (format!("not measured\n{}", first_of(why, style)), Color::Yellow),
        };
        let nodes = case.nodes.map(|nodes| nodes.to_string()).unwrap_or_default();
        table.add_row([Cell::new(prose::foreign(&case.name)), Cell::new(nodes), Cell::new(words).fg(colour)]);
    }
    let mut text = format!("Service {}\n{}", prose::foreign(&service.service), grid::trimmed(&table.to_string()));
    text.push_str(&prose::section("Why", service.causes.iter().map(|cause| prose::item("- ", cause, style))));
    text.push_str(&prose::section("What to do, best first", service.fixes.iter().map(|fix| prose::item("- ", fix, style))));
    text.push('\n');
    text
}
