//! The model's answers to every check of a plan, and what was seen beside them.

mod contradictions;
mod possible_reason;
mod reason;
mod shared_rows;

use std::sync::Arc;

use lbprobe_protocol::CheckId;
use serde::{Deserialize, Serialize};

use crate::document_form;
use crate::facts::Facts;
use crate::kube_proxy::{Answer, Expectation, Expected, Model, Rule};
use crate::observations::{CheckState, Matrix};
use crate::plan::{Plan, Target, TargetKind, Vantage};
pub use possible_reason::PossibleReason;
pub use reason::Reason;

/// A row per vantage of the plan, a column per target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// The expectations, in the plan's order.
    pub rows: Vec<Arc<[Expectation]>>,
}

/// What a prediction comes to for clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outlook {
    /// Nothing is expected to fail.
    Fine,
    /// Some connections will.
    Fails,
    /// Whether some will depends on what is not known.
    Depends,
}

impl Outlook {
    /// The worse of two: what fails for certain outweighs what is open.
    #[must_use]
    pub const fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fails, _) | (_, Self::Fails) => Self::Fails,
            (Self::Depends, _) | (_, Self::Depends) => Self::Depends,
            (Self::Fine, Self::Fine) => Self::Fine,
        }
    }
}

/// How an expectation and what was seen go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It was seen as expected.
    Agrees,
    /// Something else was seen.
    Contradicts,
    /// Nothing definite was expected, or nothing was measured.
    Open,
}

impl Prediction {
    /// Asks the model about every check.
    #[must_use]
    pub fn new(facts: &Facts, plan: &Plan) -> Self {
        let targets: Vec<_> = plan.targets.iter().map(|target| (&target.kind, target.transport())).collect();
        Self { rows: Model::new(facts).predict_all(&plan.vantages, &targets) }
    }

    /// All expectations with their checks, but for ports that are none of the Service's.
    pub fn checks<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (&'a Vantage, &'a Target, &'a Expectation)> {
        let rows = plan.vantages.iter().zip(&self.rows);
        let all = rows.flat_map(|(vantage, row)| {
            plan.targets.iter().zip(row.iter()).map(move |(target, expectation)| (vantage, target, expectation))
        });
        all.filter(|(_, target, _)| !target.other_listener)
    }

    /// All expectations with their checks, and what was seen of each.
    pub fn beside<'a>(&'a self, matrix: &'a Matrix<'a>) -> impl Iterator<Item = (&'a Vantage, &'a Target, &'a Expectation, CheckState)> {
        let pairs = self.checks(matrix.plan).zip(matrix.checks());
        pairs.map(|((vantage, target, expectation), (_, _, seen))| (vantage, target, expectation, seen))
    }

    /// The expectations of the checks by which clients come.
    pub fn service_checks<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (&'a Vantage, &'a Target, &'a Expectation)> {
        self.checks(plan).filter(|(_, target, _)| !target.is_evidence())
    }

    /// What it comes to for clients.
    #[must_use]
    pub fn outlook(&self, plan: &Plan) -> Outlook {
        // Without an address that clients outside use nothing is said of it, unless it is for clients inside alone.
        let is_inside = |target: &Target| target.kind.is_cluster_ip() || target.kind == TargetKind::DnsName;
        let has_address = plan.targets.iter().any(Target::is_external) || plan.service_targets().all(is_inside);
        let mut outlook = if plan.targets_left_out.is_some() || !has_address { Outlook::Depends } else { Outlook::Fine };
        for (_, _, expectation) in self.service_checks(plan).filter(|(_, _, expectation)| expectation.answers().any(is_failure)) {
            if will_fail(expectation) {
                return Outlook::Fails;
            }
            outlook = Outlook::Depends;
        }
        outlook
    }

    /// How many checks of clients will certainly fail.
    #[must_use]
    pub fn failing(&self, plan: &Plan) -> usize {
        self.failing_at(plan, |target| !target.is_evidence())
    }

    /// How many of them may fail, by what is not known.
    #[must_use]
    pub fn open(&self, plan: &Plan) -> usize {
        let checks = self.service_checks(plan).filter(|(_, _, expectation)| expectation.answers().any(is_failure));
        checks.filter(|(_, _, expectation)| !will_fail(expectation)).count()
    }

    /// The same at some targets.
    #[must_use]
    pub fn failing_at(&self, plan: &Plan, which: impl Fn(&Target) -> bool) -> usize {
        self.checks(plan).filter(|(_, target, expectation)| which(target) && will_fail(expectation)).count()
    }

    /// The rule behind the first check of clients that will fail, or else may.
    #[must_use]
    pub fn first_failure(&self, plan: &Plan) -> Option<Rule> {
        let certain = self.service_checks(plan).find(|(_, _, expectation)| will_fail(expectation));
        let any = || self.service_checks(plan).find(|(_, _, expectation)| expectation.answers().any(is_failure));
        let (_, _, expectation) = certain.or_else(any)?;
        expectation.answers().find(|answer| is_failure(answer)).map(|answer| answer.rule)
    }

    /// The rules behind checks at some targets that fail, or may.
    pub fn fails_for<'a>(&'a self, plan: &'a Plan, which: impl Fn(&Target) -> bool + 'a) -> impl Iterator<Item = Rule> {
        let checks = self.checks(plan).filter(move |(_, target, _)| which(target));
        checks.flat_map(|(_, _, expectation)| expectation.answers().filter(|answer| is_failure(answer)).map(|answer| answer.rule))
    }

    /// The vantages from which some check of clients will certainly fail, in the plan's order.
    #[must_use]
    pub fn failing_vantages(&self, plan: &Plan) -> Vec<Vantage> {
        self.failing_vantages_at(plan, |target| !target.is_evidence())
    }

    /// The same at some targets.
    #[must_use]
    pub fn failing_vantages_at(&self, plan: &Plan, which: impl Fn(&Target) -> bool) -> Vec<Vantage> {
        let mut vantages: Vec<Vantage> = Vec::new();
        for (vantage, _, _) in self.checks(plan).filter(|(_, target, expectation)| which(target) && will_fail(expectation)) {
            if vantages.last() != Some(vantage) {
                vantages.push(vantage.clone());
            }
        }
        vantages
    }
}

/// Whether a check fails, whatever is not known.
pub(crate) fn will_fail(expectation: &Expectation) -> bool {
    expectation.answers().all(is_failure)
}

/// Whether a connection comes to nothing. What is passed on goes where outside clients go.
#[must_use]
pub fn is_failure(answer: &Answer) -> bool {
    matches!(answer.expected, Expected::Refused | Expected::Dropped | Expected::Lost | Expected::LocalListener)
}

/// Puts an expectation beside what was seen.
#[must_use]
pub fn compare(expectation: &Expectation, seen: CheckState) -> Comparison {
    if !seen.is_measured() {
        return Comparison::Open;
    }
    let mut fits = expectation.answers().map(|answer| fits(answer.expected, seen));
    match expectation {
        Expectation::Certain(_) => {
            fits.next().flatten().map_or(Comparison::Open, |fits| if fits { Comparison::Agrees } else { Comparison::Contradicts })
        }
        // What depends is contradicted only where nothing that it may be was seen.
        Expectation::Depends(_) if fits.all(|fits| fits == Some(false)) => Comparison::Contradicts,
        Expectation::Depends(_) => Comparison::Open,
    }
}

/// The one answer of an expectation that fits what was seen: nothing where several do that have different reasons, or
/// where one may that does not say how it ends.
pub(crate) fn fitting(expectation: &Expectation, seen: CheckState) -> Option<&Answer> {
    if !seen.is_measured() || expectation.answers().any(|answer| fits(answer.expected, seen).is_none()) {
        return None;
    }
    let mut fitting = expectation.answers().filter(|answer| fits(answer.expected, seen) == Some(true));
    let first = fitting.next()?;
    fitting.all(|other| other.rule.has_reason_of(first.rule)).then_some(first)
}

/// Nothing where the expectation does not say how it ends.
fn fits(expected: Expected, seen: CheckState) -> Option<bool> {
    match expected {
        Expected::Reached { .. } => Some(seen.is_connected()),
        Expected::Refused => Some(seen.is_refused()),
        Expected::Dropped => Some(seen.is_timed_out()),
        Expected::Lost => Some(seen.failed_to_connect()),
        Expected::LocalListener => Some(seen.is_refused() || seen.is_connected()),
        Expected::NotIntercepted => None,
    }
}

/// How a run's observations and the model's expectations go together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// Checks that were seen as expected.
    pub agreeing: usize,
    /// Checks without a definite expectation, or not measured.
    pub open: usize,
    /// Checks that were seen otherwise: the model or the facts are wrong there, or kube-proxy does
    /// not do what it is told.
    #[serde(with = "contradictions")]
    pub contradictions: Vec<Contradiction>,
    /// What could explain them, most telling first.
    #[serde(flatten, with = "document_form")]
    pub explanations: Vec<PossibleReason>,
}

/// A check that was seen otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contradiction {
    /// From where.
    pub vantage: Vantage,
    /// The target's id in the plan.
    pub target: CheckId,
    /// What was expected.
    pub expected: Expectation,
    /// What was seen, in the report's words.
    pub seen: String,
}

impl Agreement {
    /// Compares every check.
    #[must_use]
    pub fn new(prediction: &Prediction, matrix: &Matrix<'_>) -> Self {
        let mut agreement = Self::default();
        for (vantage, target, expectation, seen) in prediction.beside(matrix) {
            // What no symptom called for was not left open: it was not asked.
            if target.is_evidence() && seen == CheckState::Unmeasured {
                continue;
            }
            match compare(expectation, seen) {
                Comparison::Agrees => agreement.agreeing += 1,
                Comparison::Open => agreement.open += 1,
                Comparison::Contradicts => agreement.contradictions.push(Contradiction {
                    vantage: vantage.clone(),
                    target: target.id,
                    expected: expectation.clone(),
                    seen: seen.to_string(),
                }),
            }
        }
        Self { contradictions: contradictions::in_order(agreement.contradictions), ..agreement }
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::outcome::ECONNREFUSED;
    use lbprobe_protocol::{ConnectFailure, Outcome};

    use super::*;
    use crate::kube_proxy::{Case, Reach, Source};

    fn certain(expected: Expected) -> Expectation {
        Expectation::Certain(Answer { expected, rule: Rule::NoLocalEndpoint })
    }

    const REACHED: Expected = Expected::Reached { endpoints: Reach::Any, source: Source::Client };
    const SILENT: CheckState = CheckState::Failed(Outcome::Connect(ConnectFailure::TimedOut));
    const REFUSED: CheckState = CheckState::Failed(Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)));

    #[test]
    fn what_is_seen_agrees_contradicts_or_leaves_it_open() {
        let rows = [
            (REACHED, CheckState::Reached, Comparison::Agrees),
            (REACHED, SILENT, Comparison::Contradicts),
            (Expected::Dropped, SILENT, Comparison::Agrees),
            (Expected::Dropped, REFUSED, Comparison::Contradicts),
            (Expected::Refused, REFUSED, Comparison::Agrees),
            (Expected::Refused, CheckState::Unmeasured, Comparison::Open),
            (Expected::LocalListener, REFUSED, Comparison::Agrees),
            (Expected::LocalListener, SILENT, Comparison::Contradicts),
            (Expected::NotIntercepted, SILENT, Comparison::Open),
            (REACHED, CheckState::Mixed { failed: 1, of: 3, outcome: Outcome::Interrupted }, Comparison::Contradicts),
        ];
        for (expected, seen, comparison) in rows {
            assert_eq!(compare(&certain(expected), seen), comparison, "{expected:?} {seen:?}");
        }
    }

    #[test]
    fn what_depends_is_contradicted_by_something_else_only() {
        let case = |expected| Case { when: Vec::new(), answer: Answer { expected, rule: Rule::NoLocalEndpoint } };
        let depends = Expectation::Depends(vec![case(REACHED), case(Expected::Dropped)]);
        assert_eq!(compare(&depends, SILENT), Comparison::Open);
        assert_eq!(compare(&depends, REFUSED), Comparison::Contradicts);
    }
}
