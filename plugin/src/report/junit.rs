//! JUnit XML: of an acceptance a suite for each Service, and a case for each expectation and class of nodes; of a report a case for
//! each cell of its grid.

use lbprobe_analysis::acceptance::{CaseResult, Shortfall};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{AcceptanceReport, Case, ServiceResult};
use lbprobe_analysis::text::reports::Headline;
use lbprobe_analysis::text::{self, Language};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::layout::{CellText, Severity};
use super::outline::Outline;
use crate::error::Error;

pub(super) fn render(report: &AcceptanceReport) -> Result<String, Error> {
    let mut document = Report::new("kubectl lbprobe accept");
    document.add_test_suites(report.services.iter().map(suite));
    document.to_string().map_err(|cause| Error::Output(cause.to_string()))
}

/// A case for each cell: what could not be measured is an error. What nobody measured or predicted is one more.
pub(super) fn render_outline(outline: &Outline, service: &str) -> Result<String, Error> {
    let mut suite = TestSuite::new(service);
    for row in &outline.grid.rows {
        let (from, cells) = (row.start.join(", "), outline.grid.columns.iter().skip(row.start.len()).zip(&row.cells));
        suite.add_test_cases(cells.map(|(column, cell)| {
            let mut case = TestCase::new(format!("{column} from {from}"), status(cell));
            case.set_classname(service.replace('/', "."));
            case
        }));
    }
    let status = match outline.verdict {
        Verdict::Healthy => TestCaseStatus::success(),
        Verdict::Fault => with_message(NonSuccessKind::Failure, &message(outline), &description(outline)),
        Verdict::Inconclusive => with_message(NonSuccessKind::Error, &message(outline), &description(outline)),
    };
    let mut verdict = TestCase::new("verdict", status);
    verdict.set_classname(service.replace('/', "."));
    suite.add_test_case(verdict);
    let mut document = Report::new("kubectl lbprobe");
    document.add_test_suite(suite);
    document.to_string().map_err(|cause| Error::Output(cause.to_string()))
}

fn status(cell: &CellText) -> TestCaseStatus {
    match cell.severity {
        Severity::Good => TestCaseStatus::success(),
        Severity::Bad => with_message(NonSuccessKind::Failure, &cell.words, ""),
        Severity::Unknown => with_message(NonSuccessKind::Error, &cell.words, ""),
    }
}

fn with_message(kind: NonSuccessKind, message: &str, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    status.set_description(description);
    status
}

/// What a report comes to.
fn message(outline: &Outline) -> String {
    outline.headlines.iter().map(|Headline { word, said }| format!("{word}: {said}")).collect::<Vec<_>>().join("; ")
}

/// What shows that, or what is open; and the best fix of each cause.
fn description(outline: &Outline) -> String {
    let evidence = outline.causes.iter().flat_map(|cause| &cause.evidence).cloned();
    let open = outline.lists.iter().filter(|_| outline.verdict == Verdict::Inconclusive).flat_map(|list| &list.items);
    let fixes = outline.causes.iter().filter_map(|cause| cause.fixes.first()).map(|fix| format!("fix: {}", fix.in_short));
    evidence.chain(open.map(|item| item.text.clone())).chain(fixes).collect::<Vec<_>>().join("\n")
}

fn suite(service: &ServiceResult) -> TestSuite {
    let mut suite = TestSuite::new(service.service.clone());
    suite.add_test_cases(service.cases.iter().map(|case| test_case(service, case)));
    suite
}

/// What could not be measured is an error, not a failure: readers tell the two apart.
fn test_case(service: &ServiceResult, case: &Case) -> TestCase {
    let status = match &case.result {
        CaseResult::Passed => TestCaseStatus::success(),
        CaseResult::Failed(how) => not_passed(NonSuccessKind::Failure, how, Some(diagnosis(service))),
        CaseResult::NotMeasured(why) => not_passed(NonSuccessKind::Error, why, None),
    };
    let nodes = case.nodes.map(|nodes| text::node_class(nodes, Language::English).to_owned()).or_else(|| case.pod.clone());
    let nodes = nodes.map(|nodes| format!(" from {nodes}")).unwrap_or_default();
    let mut test_case = TestCase::new(format!("{}{nodes}", case.name), status);
    test_case.set_classname(service.service.replace('/', "."));
    test_case
}

fn not_passed(kind: NonSuccessKind, shortfalls: &[Shortfall], diagnosis: Option<String>) -> TestCaseStatus {
    // What pipelines read is a document, and in English.
    let lines: Vec<_> = shortfalls.iter().map(|shortfall| text::shortfall(shortfall, Language::English)).collect();
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(lines.join("; "));
    status.set_description(lines.iter().cloned().chain(diagnosis).collect::<Vec<_>>().join("\n"));
    status
}

/// What explains the Service's faults.
fn diagnosis(service: &ServiceResult) -> String {
    let causes = service.causes.iter().map(|cause| format!("cause: {cause}"));
    causes.chain(service.fixes.iter().map(|fix| format!("fix: {fix}"))).collect::<Vec<_>>().join("\n")
}
