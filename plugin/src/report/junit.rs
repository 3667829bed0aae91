//! JUnit XML: of an acceptance a suite for each Service, and a case for each expectation and class of nodes; of a report a case for
//! each check.

use lbprobe_analysis::acceptance::{CaseResult, Shortfall};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{AcceptanceReport, Case, Explanation, Overview, Report as DiagnosedReport, ServiceResult};
use lbprobe_analysis::plan::Target;
use lbprobe_analysis::prediction::Outlook;
use lbprobe_analysis::results::Results;
use lbprobe_analysis::text::reports::Headline;
use lbprobe_analysis::text::{self, Language};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::layout::{self, Severity};
use super::outline::{self, Outline};
use crate::error::Error;

pub(super) fn render(report: &AcceptanceReport) -> Result<String, Error> {
    let mut document = Report::new("kubectl lbprobe accept");
    document.add_test_suites(report.services.iter().map(suite));
    document.to_string().map_err(|cause| Error::Output(cause.to_string()))
}

/// A case for each check by which clients come, by a name that is the same in each run, and one for the verdict. What could not be measured
/// is an error.
pub(super) fn render_report(report: &DiagnosedReport, outline: &Outline, service: &str) -> Result<String, Error> {
    let class = service.replace('/', ".");
    let case = |name: String, status| {
        let mut case = TestCase::new(name, status);
        case.set_classname(class.clone());
        case
    };
    let mut suite = TestSuite::new(service);
    suite.add_test_cases(checks(report).map(|(name, (words, severity))| case(name, status(&words, severity))));
    let mut verdict = case(
        "verdict".into(),
        match outline.verdict {
            Verdict::Healthy => TestCaseStatus::success(),
            Verdict::Fault => with_message(NonSuccessKind::Failure, &message(outline), &description(outline)),
            Verdict::Inconclusive => with_message(NonSuccessKind::Error, &message(outline), &description(outline)),
        },
    );
    if !outline.outside.is_empty() {
        verdict.set_system_out(outline.outside.join("\n"));
    }
    suite.add_test_case(verdict);
    written(suite)
}

/// How each check ended: from the nodes, then from the pods that the user named.
fn checks(report: &DiagnosedReport) -> impl Iterator<Item = (String, (String, Severity))> {
    let plan = &report.plan;
    let results = Results::of(report);
    let targets = || plan.targets.iter().enumerate().filter(|(_, target)| !target.is_evidence());
    let name = |target: &Target, from: &str| text::check_from(target, from, Language::English);
    let of_nodes = plan.vantages.iter().enumerate().flat_map(|(vantage, at)| {
        let state = |target: usize| layout::in_words(results.matrix.state(vantage, target), Language::English);
        targets().map(move |(index, target)| (name(target, &at.to_string()), state(index))).collect::<Vec<_>>()
    });
    let of_pods = results.named_pods.iter().flat_map(|row| {
        targets()
            .map(|(index, target)| {
                (name(target, &format!("pod {}", row.pod)), layout::in_words(row.checks[index].state(), Language::English))
            })
            .collect::<Vec<_>>()
    });
    let left_out = layout::nodes_left_out(plan).into_iter().flat_map(|node| {
        let not_known = || (text::fixed(Language::English).not_known.to_owned(), Severity::Unknown);
        targets().map(|(_, target)| (name(target, node), not_known())).collect::<Vec<_>>()
    });
    of_nodes.chain(of_pods).chain(left_out).collect::<Vec<_>>().into_iter()
}

/// Of an explanation a case for each check by which clients come, and one for the outlook. What depends is an error.
pub(super) fn render_explanation(explanation: &Explanation) -> Result<String, Error> {
    let service = &explanation.facts.service;
    let mut suite = TestSuite::new(format!("{}/{}", service.namespace, service.name));
    let class = format!("{}.{}", service.namespace, service.name);
    let case = |name: String, status| {
        let mut case = TestCase::new(name, status);
        case.set_classname(class.clone());
        case
    };
    for (vantage, target, expectation) in explanation.expectations.service_checks(&explanation.plan) {
        let (words, severity) = layout::expected_in_words(expectation, Language::English);
        let status = match severity {
            Severity::Bad | Severity::Unknown if explanation.ignores(expectation) => skipped(&words),
            _ => status(&words, severity),
        };
        suite.add_test_case(case(text::check_from(target, &vantage.to_string(), Language::English), status));
    }
    let Headline { word, said } = outline::explained(explanation, Language::English);
    let why = explanation.reasons.iter().map(|reason| text::reason(reason, Language::English));
    let open = explanation.uncovered.iter().map(|what| text::uncovered(what, Language::English));
    let risks = explanation.risks.iter().filter(|risk| risk.outside().is_some()).map(|risk| text::risk(risk, Language::English));
    let description = why.chain(open).chain(risks).collect::<Vec<_>>().join("\n");
    suite.add_test_case(case("outlook".into(), outlook(explanation.outlook, &format!("{word}: {said}"), &description)));
    written(suite)
}

/// Of an overview a case for each Service.
pub(super) fn render_overview(overview: &Overview) -> Result<String, Error> {
    let mut suite = TestSuite::new("kubectl lbprobe explain");
    for summary in &overview.services {
        let reasons = outline::reasons(summary, Language::English).join("\n");
        let status = outlook(summary.outlook, outline::outlook(summary, Language::English), &reasons);
        let mut case = TestCase::new(summary.name.clone(), status);
        case.set_classname(summary.namespace.clone());
        suite.add_test_case(case);
    }
    if overview.services.is_empty() {
        let nothing = with_message(NonSuccessKind::Error, text::fixed(Language::English).no_service, "");
        suite.add_test_case(TestCase::new("outlook", nothing));
    }
    written(suite)
}

fn written(suite: TestSuite) -> Result<String, Error> {
    let mut document = Report::new("kubectl lbprobe");
    document.add_test_suite(suite);
    document.to_string().map_err(|cause| Error::Output(cause.to_string()))
}

fn outlook(outlook: Outlook, message: &str, description: &str) -> TestCaseStatus {
    match outlook {
        Outlook::Fine => TestCaseStatus::success(),
        Outlook::Fails => with_message(NonSuccessKind::Failure, message, description),
        Outlook::Depends => with_message(NonSuccessKind::Error, message, description),
    }
}

fn status(words: &str, severity: Severity) -> TestCaseStatus {
    match severity {
        Severity::Good => TestCaseStatus::success(),
        Severity::Bad => with_message(NonSuccessKind::Failure, words, ""),
        Severity::Unknown => with_message(NonSuccessKind::Error, words, ""),
    }
}

/// Of what somebody has accepted.
fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
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
