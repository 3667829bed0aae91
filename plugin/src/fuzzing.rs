//! What reads foreign text, and what shows it, each by itself: the fuzz targets call it, and the tests that feed it
//! the same seeds.

use lbprobe_analysis::acceptance::Acceptance;
use lbprobe_analysis::documents::{
    AcceptanceReport, DnsNameCheck, Explanation, FixReport, Overview, OverviewBuilder, Proposal, Report, Verification, expectations_of,
};
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::fix_outcome::{Disposition, FixOutcome};
use lbprobe_analysis::patch::{ObjectReference, Patch};
use lbprobe_analysis::plan::{Plan, PlanOptions};
use lbprobe_analysis::remedies::{ExpectedResult, Fix};
use lbprobe_analysis::results::Results;
use lbprobe_analysis::text::{self, Language};

use crate::changes::Record;
use crate::error::Error;
use crate::facts::from_file;
use crate::report::forms::{self, Forms};
use crate::{saved, terminal};

/// A text as the file of `diagnose -f` and `verify --baseline`; nothing where it is no report.
#[must_use]
pub fn report(text: &str) -> Option<Report> {
    saved::report_in(text).ok()
}

/// A text as the file of `explain -f` and `explain -A -f`: what is said of each Service in it.
#[must_use]
pub fn objects(text: &str) -> Vec<Explanation> {
    let explain = |facts: Facts| {
        let plan = Plan::new(&facts, &PlanOptions::default());
        Explanation::new(facts, plan)
    };
    let mut explained = Vec::new();
    explained.extend(from_file::facts_in(text, None, None, "a file").ok().map(|(facts, _)| explain(facts)));
    let _ = from_file::every_service_in(text, "a file", |facts| explained.push(explain(facts.clone())));
    explained
}

/// A text as the file of `accept -f`; nothing where it is none.
#[must_use]
pub fn acceptance(text: &str) -> Option<Acceptance> {
    saved::acceptance_in(text).ok().map(|checked| checked.acceptance)
}

/// A text as the annotation `lbprobe/fix` of a Service: what a person is told of it.
#[must_use]
pub fn annotation(text: &str) -> String {
    let object = ObjectReference { api_version: "v1".into(), kind: "Service".into(), namespace: "shop".into(), name: "gateway".into() };
    let said = match Record::read(text) {
        Ok(record) => Error::Pending { object, change: Box::new(record.change()) },
        Err(cause) => Error::Record { object, cause },
    };
    terminal::shown(&said.to_string(), terminal::Form::Text(terminal::Ink::Plain))
}

/// Makes everything of a report that commands make of one.
pub fn follow(report: &Report) {
    let again = again(report);
    let verification = Verification::new(report, again.clone());
    let _ = text::fix_outcome(&FixOutcome::of(&verification, None), Language::English);
    let _ = Plan::again(&report.facts, report);
    let _ = report.plan.widened(&report.facts, &report.observations).map(|widened| widened.beyond(&report.plan));
    let _ = expectations_of(&again);
    let _ = Explanation::new(report.facts.clone(), report.plan.clone());
    let _ = overview(report);
}

/// Each document that commands make of a report in each form, with its name. Tables have that many columns.
#[must_use]
pub fn forms(report: &Report, width: u16) -> Vec<(String, String)> {
    let again = again(report);
    let verification = Verification::new(report, again.clone());
    let outcome = FixOutcome::of(&verification, None);
    let explanation = Explanation::new(report.facts.clone(), report.plan.clone());
    let fixes: Vec<&Fix> = again.diagnosis.causes.iter().flat_map(|cause| &cause.fixes).collect();
    let proof = fixes.first().map(|fix| DnsNameCheck::new(report, (*fix).clone()));
    let results = Results::of(&again);
    let proposals: Vec<_> = fixes
        .iter()
        .map(|fix| Proposal { fix: (*fix).clone(), diff: None, manifest: None, expected: ExpectedResult::of(fix, &results) })
        .collect();
    let patch = fixes
        .iter()
        .find_map(|fix| fix.remedy.patch())
        .unwrap_or_else(|| Patch { object: ObjectReference::of_service(&report.facts.service), merge: serde_json::Value::Null });
    let fix = FixReport::new("cluster".into(), patch, report.clone(), verification.clone(), None, outcome, Disposition::Kept);
    let documents = [
        ("the report", Some(forms::of_report(report, width))),
        ("its diagnosis", Some(forms::of_report(&again, width))),
        ("a verification", Some(forms::of_verification(&verification, width))),
        ("an explanation", Some(forms::of_explanation(&explanation, width))),
        ("an overview", Some(forms::of_overview(&overview(report), width))),
        ("the proof of the name", proof.map(|proof| forms::of_dns_name_check(&proof, width))),
        ("fixes", Some(forms::of_proposals(report, &proposals, width))),
        ("a fix", Some(forms::of_fix(&fix, width))),
    ];
    documents.into_iter().filter_map(|(name, forms)| Some(named(name, forms?))).flatten().collect()
}

/// What becomes of expectations by a report, in each form.
#[must_use]
pub fn results(acceptance: &Acceptance, report: &Report, width: u16) -> Vec<(String, String)> {
    let reports = vec![Ok(report.clone()); acceptance.services.len().min(4)];
    named("an acceptance", forms::of_acceptance(&AcceptanceReport::new(acceptance, &reports), width))
}

/// The first character that does more than show; a line's end is none.
#[must_use]
pub fn steering(text: &str) -> Option<char> {
    text.chars().find(|c| *c != '\n' && lbprobe_analysis::words::steers(*c))
}

fn again(report: &Report) -> Report {
    let Report { facts, plan, observations, .. } = report.clone();
    Report::new(facts, plan, observations)
}

fn overview(report: &Report) -> Overview {
    let mut overview = OverviewBuilder::new(PlanOptions::default());
    overview.add(&report.facts);
    overview.build()
}

fn named(document: &str, forms: Result<Forms, Error>) -> Vec<(String, String)> {
    match forms {
        Ok(forms) => forms.into_iter().map(|(form, text)| (format!("{document} as {form}"), text)).collect(),
        Err(cause) => vec![(format!("{document} that could not be written"), cause.to_string())],
    }
}

#[cfg(test)]
mod tests;
