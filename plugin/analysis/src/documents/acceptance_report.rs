//! What became of the expectations: a case for each of them and each class of nodes.

use std::collections::{BTreeSet, HashMap};

use lbprobe_protocol::Outcome;
use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope, Report};
use crate::acceptance::{Acceptance, CaseResult, Expectation, NodeClass, ServiceAcceptance, Shortfall, ShortfallReason};
use crate::causes::evidence::FailedCheck;
use crate::diagnosis::Verdict;
use crate::document_form;
use crate::kube_proxy::{self, Expected, Source};
use crate::observations::{Cell, CheckState};
use crate::plan::{SkipSubject, Vantage};
use crate::results::{NamedPodRow, Results};
use crate::text::{self, Language};

/// Names in a list before it says "and 41 more".
const NAMED: usize = 3;

/// All results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AcceptanceReport {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// What it comes to: healthy where every case passed, a fault where one failed.
    pub verdict: Verdict,
    /// Service by Service.
    pub services: Vec<ServiceResult>,
}

/// The results of one Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceResult {
    /// Namespace and name.
    pub service: String,
    /// The cases.
    pub cases: Vec<Case>,
    /// What explains its faults, most certain first; nothing where there is none.
    pub causes: Vec<String>,
    /// The fixes of the first cause, best first.
    pub fixes: Vec<String>,
}

/// One expectation from one class of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// What is expected.
    pub name: String,
    /// From which nodes; nothing where it is about all of them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<NodeClass>,
    /// From which named pod, by namespace and name; nothing where it is about nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// What became of it.
    #[serde(flatten, with = "document_form")]
    pub result: CaseResult,
}

impl AcceptanceReport {
    /// Judges reports by expectations, Service by Service in the same order. In place of a report may stand why there is
    /// none: nothing of that Service was measured then.
    #[must_use]
    pub fn new(acceptance: &Acceptance, reports: &[Result<Report, String>]) -> Self {
        let of = |(wanted, report): (&ServiceAcceptance, &Result<Report, String>)| match report {
            Ok(report) => of_service(wanted, report),
            Err(why) => missing(wanted, why),
        };
        let services: Vec<_> = acceptance.services.iter().zip(reports).map(of).collect();
        let results = || services.iter().flat_map(|service| &service.cases).map(|case| &case.result);
        let verdict = if results().any(|result| matches!(result, CaseResult::Failed(_))) {
            Verdict::Fault
        } else if results().all(|result| *result == CaseResult::Passed) {
            Verdict::Healthy
        } else {
            Verdict::Inconclusive
        };
        Self { envelope: Envelope::of(DocumentKind::AcceptanceReport), verdict, services }
    }
}

/// The cases of a Service of which there is no report.
fn missing(wanted: &ServiceAcceptance, why: &str) -> ServiceResult {
    let case = |expectation: &Expectation| Case {
        name: text::expectation(expectation, Language::English),
        nodes: None,
        pod: None,
        result: CaseResult::NotMeasured(vec![ShortfallReason::NoReport { why: why.to_owned() }.into()]),
    };
    ServiceResult {
        service: wanted.namespace.as_ref().map_or_else(|| wanted.service.clone(), |namespace| format!("{namespace}/{}", wanted.service)),
        cases: wanted.expect.iter().map(case).collect(),
        causes: Vec::new(),
        fixes: Vec::new(),
    }
}

fn of_service(wanted: &ServiceAcceptance, report: &Report) -> ServiceResult {
    let results = Results::of(report);
    let facts = &results.facts;
    let seen = Actual { serving: facts.serving_nodes(), results: &results };
    let mut cases: Vec<_> = wanted.minimum_nodes.map(|minimum| seen.enough_nodes(minimum)).into_iter().collect();
    for expectation in &wanted.expect {
        cases.extend(seen.cases(expectation));
        cases.extend(seen.cases_of_pods(expectation));
    }
    cases.extend(seen.pods_without_case(&cases));
    if !report.facts.changed_meanwhile.is_empty() {
        for case in &mut cases {
            case.result = CaseResult::NotMeasured(vec![ShortfallReason::Changed { what: report.facts.changed_meanwhile.clone() }.into()]);
        }
    }
    let explained = &report.diagnosis.causes;
    ServiceResult {
        service: format!("{}/{}", facts.service.namespace, facts.service.name),
        cases,
        causes: explained
            .iter()
            .map(|cause| format!("{} ({})", text::finding(&cause.finding, Language::English), cause.confidence))
            .collect(),
        fixes: explained
            .iter()
            .take(1)
            .flat_map(|cause| &cause.fixes)
            .take(NAMED)
            .map(|fix| text::remedy(&fix.remedy, Language::English))
            .collect(),
    }
}

/// What is known of one Service.
struct Actual<'a> {
    /// Nodes with an endpoint.
    serving: BTreeSet<&'a str>,
    results: &'a Results<'a>,
}

/// What one check says of an expectation.
enum Met {
    Yes,
    No(ShortfallReason),
    Unknown(ShortfallReason),
}

impl Actual<'_> {
    fn enough_nodes(&self, minimum: usize) -> Case {
        let measured: BTreeSet<_> =
            self.results.matrix.checks().filter(|(_, _, state)| state.is_known()).map(|(vantage, _, _)| &vantage.node).collect();
        let result = if measured.len() >= minimum {
            CaseResult::Passed
        } else {
            CaseResult::NotMeasured(vec![ShortfallReason::TooFewNodes { measured: measured.len(), minimum }.into()])
        };
        Case { name: text::minimum_nodes(minimum, Language::English), nodes: None, pod: None, result }
    }

    fn class(&self, vantage: &Vantage) -> NodeClass {
        if self.serving.contains(vantage.node.as_str()) { NodeClass::WithEndpoint } else { NodeClass::WithoutEndpoint }
    }

    fn cases(&self, expectation: &Expectation) -> Vec<Case> {
        let vantages: Vec<_> = self.results.matrix.plan.vantages.iter().filter(|vantage| self.is_meant(expectation, vantage)).collect();
        let classes: BTreeSet<_> = vantages.iter().map(|vantage| self.class(vantage)).collect();
        if classes.is_empty() {
            let result = CaseResult::NotMeasured(vec![ShortfallReason::SelectsNothing.into()]);
            return vec![Case { name: text::expectation(expectation, Language::English), nodes: None, pod: None, result }];
        }
        let of_class = |class: NodeClass| {
            let names: BTreeSet<_> = vantages.iter().filter(|vantage| self.class(vantage) == class).copied().collect();
            Case {
                name: text::expectation(expectation, Language::English),
                nodes: Some(class),
                pod: None,
                result: self.result(expectation, &names),
            }
        };
        classes.into_iter().map(of_class).collect()
    }

    /// A case for each named pod that an expectation is about.
    fn cases_of_pods(&self, expectation: &Expectation) -> Vec<Case> {
        let case =
            |pod: String, result| Case { name: text::expectation(expectation, Language::English), nodes: None, pod: Some(pod), result };
        let is_meant = |row: &&NamedPodRow<'_>| self.is_meant(expectation, &row.pod.vantage);
        let probed =
            self.results.named_pods.iter().filter(is_meant).map(|row| case(row.pod.to_string(), self.result_of_pod(expectation, row)));
        let left_out = self.results.matrix.plan.skipped.iter().filter_map(|skip| match &skip.subject {
            SkipSubject::Pod(pod) => {
                let why = text::skip_reason(&skip.reason, Language::English);
                Some(case(pod.clone(), CaseResult::NotMeasured(vec![ShortfallReason::NoReport { why }.into()])))
            }
            _ => None,
        });
        probed.chain(left_out).collect()
    }

    /// A case for each named pod that no expectation is about: nobody may call it accepted.
    fn pods_without_case(&self, cases: &[Case]) -> Vec<Case> {
        let pods = self.results.named_pods.iter().map(|row| row.pod.to_string());
        let is_missing = |pod: &String| cases.iter().all(|case| case.pod.as_ref() != Some(pod));
        let result = || CaseResult::NotMeasured(vec![ShortfallReason::SelectsNothing.into()]);
        pods.filter(is_missing).map(|pod| Case { name: pod.clone(), nodes: None, pod: Some(pod), result: result() }).collect()
    }

    fn result_of_pod(&self, expectation: &Expectation, row: &NamedPodRow<'_>) -> CaseResult {
        let plan = self.results.matrix.plan;
        let predicted =
            plan.vantages.iter().position(|vantage| *vantage == row.pod.vantage).map(|index| &self.results.prediction().rows[index]);
        let (mut failed, mut unknown, mut asked) = (Vec::new(), Vec::new(), 0);
        for (index, check) in row.checks.iter().enumerate().filter(|(_, check)| is_asked(expectation, &check.own)) {
            asked += 1;
            let by_proxy = check.status_of_proxy().filter(|_| expectation.reachable);
            let met = match by_proxy {
                // The connection ended in the pod.
                Some(status) => Met::No(ShortfallReason::OtherStatus { seen: vec![status], wanted: expectation.status.unwrap_or(200) }),
                None => met(expectation, &check.own, predicted.map(|row| &row[index])),
            };
            match met {
                Met::Yes => {}
                Met::No(how) => failed.push((&row.pod.vantage, how)),
                Met::Unknown(why) => unknown.push((&row.pod.vantage, why)),
            }
        }
        // The case says which pod: its node's own name would stand for a plain one.
        outcome(expectation, asked, failed, unknown).without_vantages()
    }

    fn is_meant(&self, expectation: &Expectation, vantage: &Vantage) -> bool {
        expectation.from.network.has(vantage.network) && expectation.from.nodes.has(&vantage.node, self.class(vantage))
    }

    fn result(&self, expectation: &Expectation, vantages: &BTreeSet<&Vantage>) -> CaseResult {
        // Both go through the plan's checks in its order.
        let cells =
            self.results.matrix.cells().zip(self.results.prediction().checks(self.results.matrix.plan).map(|(_, _, predicted)| predicted));
        let is_meant = |cell: &Cell<'_>| vantages.contains(cell.vantage) && is_asked(expectation, cell);
        let (mut failed, mut unknown, mut asked) = (Vec::new(), Vec::new(), 0);
        for (cell, predicted) in cells.filter(|(cell, _)| is_meant(cell)) {
            asked += 1;
            match met(expectation, &cell, Some(predicted)) {
                Met::Yes => {}
                Met::No(how) => failed.push((cell.vantage, how)),
                Met::Unknown(why) => unknown.push((cell.vantage, why)),
            }
        }
        outcome(expectation, asked, failed, unknown)
    }
}

/// Whether a check is at what an expectation is about.
fn is_asked(expectation: &Expectation, cell: &Cell<'_>) -> bool {
    let is_protocol = expectation.protocol.is_none_or(|protocol| cell.target.protocol == protocol);
    expectation.to.is(&cell.target.kind) && cell.target.port == expectation.port && is_protocol
}

/// What so many checks come to, of which these fell short and of these it is not known.
fn outcome(
    expectation: &Expectation,
    asked: usize,
    failed: Vec<(&Vantage, ShortfallReason)>,
    unknown: Vec<(&Vantage, ShortfallReason)>,
) -> CaseResult {
    if asked == 0 {
        return CaseResult::NotMeasured(vec![ShortfallReason::NoSuchTarget { to: expectation.to, port: expectation.port }.into()]);
    }
    match (failed.is_empty(), unknown.is_empty()) {
        (false, _) => CaseResult::Failed(grouped(failed)),
        (true, false) => CaseResult::NotMeasured(grouped(unknown)),
        (true, true) => CaseResult::Passed,
    }
}

fn met(expectation: &Expectation, cell: &Cell<'_>, predicted: Option<&kube_proxy::Expectation>) -> Met {
    match cell.state {
        CheckState::Unmeasured | CheckState::Unanswered => Met::Unknown(ShortfallReason::NotMeasured),
        CheckState::Silent if expectation.wants_an_answer() => Met::No(ShortfallReason::NobodyAnswered),
        CheckState::Silent => Met::Unknown(ShortfallReason::NobodyAnsweredGuess),
        CheckState::Reached if !expectation.reachable => Met::No(ShortfallReason::Reached),
        CheckState::Reached => answered_as_wanted(expectation, cell, predicted),
        CheckState::Failed(_) if !expectation.reachable => Met::Yes,
        // Nothing that answers now and then is out of reach.
        CheckState::Failed(outcome) => Met::No(ShortfallReason::Fails { failed: FailedCheck { samples: None, outcome } }),
        CheckState::Mixed { failed, of, outcome } => {
            Met::No(ShortfallReason::Fails { failed: FailedCheck { samples: Some((failed, of)), outcome } })
        }
    }
}

fn answered_as_wanted(expectation: &Expectation, cell: &Cell<'_>, predicted: Option<&kube_proxy::Expectation>) -> Met {
    let answers = || cell.answers();
    // Where redirects are followed, what counts is the answer to which they lead.
    let statuses: BTreeSet<_> = match cell.chain() {
        Some(chain) if chain.outcome == Outcome::Interrupted => return Met::Unknown(ShortfallReason::NotMeasured),
        Some(chain) if let Some(outcome) = chain.failure() => {
            let to = chain.last_url().map(str::to_owned);
            return Met::No(ShortfallReason::RedirectFails { to, outcome });
        }
        Some(chain) => chain.http().map(|http| http.status).into_iter().collect(),
        None => answers().filter_map(|answer| Some(answer.http.as_ref()?.status)).collect(),
    };
    if let Some(wanted) = expectation.status
        && statuses != BTreeSet::from([wanted])
    {
        return Met::No(if statuses.is_empty() {
            ShortfallReason::NoStatus { wanted }
        } else {
            ShortfallReason::OtherStatus { seen: statuses.into_iter().collect(), wanted }
        });
    }
    if let Some(wanted) = &expectation.certificate {
        let names: BTreeSet<_> =
            answers().filter_map(|answer| answer.certificate.as_ref()).flat_map(|certificate| &certificate.names).collect();
        if !names.iter().any(|name| covers(name, wanted)) {
            let (seen, wanted) = (names.into_iter().cloned().collect::<Vec<_>>(), wanted.clone());
            return Met::No(if seen.is_empty() {
                ShortfallReason::NoCertificate { wanted }
            } else {
                ShortfallReason::OtherCertificate { seen, wanted }
            });
        }
    }
    if let (Some(bound), Some(slowest)) = (expectation.within_ms, cell.slowest_ms())
        && slowest > bound
    {
        return Met::No(ShortfallReason::TooSlow { milliseconds: slowest.into(), bound: bound.into() });
    }
    match expectation.source_kept {
        Some(wanted) => source_as_wanted(wanted, predicted),
        None => Met::Yes,
    }
}

fn source_as_wanted(wanted: bool, predicted: Option<&kube_proxy::Expectation>) -> Met {
    match predicted.and_then(kube_proxy::Expectation::certain).map(|answer| answer.expected) {
        Some(Expected::Reached { source, .. }) if (source == Source::Client) == wanted => Met::Yes,
        Some(Expected::Reached { .. }) if wanted => Met::No(ShortfallReason::SourceIsNodes),
        Some(Expected::Reached { .. }) => Met::No(ShortfallReason::SourceIsClients),
        _ => Met::Unknown(ShortfallReason::SourceNotKnown),
    }
}

/// Whether a certificate's name holds for a host (RFC 6125: a star for one label, the leftmost).
fn covers(name: &str, host: &str) -> bool {
    name.eq_ignore_ascii_case(host)
        || name.strip_prefix("*.").is_some_and(|rest| host.split_once('.').is_some_and(|(_, parent)| parent.eq_ignore_ascii_case(rest)))
}

/// Each reason once, with its vantages, in the order in which it was first found.
fn grouped(found: Vec<(&Vantage, ShortfallReason)>) -> Vec<Shortfall> {
    let mut shortfalls: Vec<Shortfall> = Vec::new();
    let mut indices: HashMap<ShortfallReason, usize> = HashMap::new();
    for (vantage, reason) in found {
        let index = *indices.entry(reason.clone()).or_insert(shortfalls.len());
        if index == shortfalls.len() {
            shortfalls.push(reason.into());
        }
        let vantages = &mut shortfalls[index].vantages;
        if vantages.last() != Some(vantage) {
            vantages.push(vantage.clone());
        }
    }
    shortfalls
}

#[cfg(test)]
mod tests;
