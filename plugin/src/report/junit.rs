//! Acceptance as JUnit XML: a suite for each Service, a case for each expectation and class of nodes.

use lbprobe_analysis::acceptance::{CaseResult, Shortfall};
use lbprobe_analysis::documents::{AcceptanceReport, Case, ServiceResult};
use lbprobe_analysis::text::{self, Language};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::error::Error;

pub(super) fn render(report: &AcceptanceReport) -> Result<String, Error> {
    let mut document = Report::new("kubectl lbprobe accept");
    document.add_test_suites(report.services.iter().map(suite));
    document.to_string().map_err(|cause| Error::Output(cause.to_string()))
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
