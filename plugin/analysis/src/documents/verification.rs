//! Two reports of the same Service beside each other, vantage by vantage: what a change brought.

mod again;
mod missing;
mod named_pods;

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use super::{DocumentKind, Envelope, Report};
use crate::coverage::{OutsideGap, Uncovered};
use crate::diagnosis::Verdict;
use crate::facts::{Protocol, TransportPort};
use crate::observations::{CheckState, Matrix};
use crate::plan::{Target, TargetKind, Vantage};
use crate::results::SinceBaseline;
use missing::Missing;
pub use named_pods::ComparedPod;

/// The report of today beside a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// What it comes to.
    pub verdict: Verdict,
    /// A comparison for each vantage of either report: those of the baseline first, in its order.
    pub vantages: Vec<Compared>,
    /// The same for each pod that the user names today.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub named_pods: Vec<ComparedPod>,
    /// Today's report.
    pub report: Report,
}

/// One vantage, then and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// From where; one that only one of the reports has is among them.
    pub vantage: Vantage,
    /// What became of it.
    pub standing: SinceBaseline,
    /// The checks of clients that fail now, or did.
    pub failures: Vec<Failure>,
}

/// A check that fails now, or did.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What is dialled.
    pub target: TargetKind,
    /// The Service's port.
    pub port: u16,
    /// Its protocol.
    #[serde(skip_serializing_if = "Protocol::is_tcp")]
    pub protocol: Protocol,
    /// What was seen before; nothing where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_words")]
    pub before: Option<CheckState>,
    /// What is seen now.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_words")]
    pub now: Option<CheckState>,
}

impl Failure {
    /// The port with its protocol.
    #[must_use]
    pub const fn transport(&self) -> TransportPort {
        TransportPort { port: self.port, protocol: self.protocol }
    }
}

/// A state as reports call it.
#[expect(clippy::ref_option, reason = "serde calls it so")]
fn in_words<S: Serializer>(state: &Option<CheckState>, to: S) -> Result<S::Ok, S::Error> {
    state.map(|state| state.to_string()).serialize(to)
}

/// The checks of clients from one vantage.
type Row = Vec<(Target, CheckState)>;

impl Verification {
    /// Compares today's report with a baseline.
    #[must_use]
    pub fn new(baseline: &Report, mut report: Report) -> Self {
        if baseline.observations.outside.is_some() && report.observations.outside.is_none() {
            report.diagnosis.uncovered.push(Uncovered::Outside { why: OutsideGap::OfBaseline });
        }
        let vantages = compared(baseline, &report);
        let named_pods = named_pods::compared(baseline, &report);
        Self { envelope: Envelope::of(DocumentKind::Verification), verdict: verdict(&vantages, &report), vantages, named_pods, report }
    }

    /// The vantages with a standing.
    pub fn with(&self, standing: impl Fn(&SinceBaseline) -> bool) -> impl Iterator<Item = &Vantage> {
        self.vantages.iter().filter(move |compared| standing(&compared.standing)).map(|compared| &compared.vantage)
    }
}

/// Those of the baseline in its order, then those that are new.
fn compared(baseline: &Report, report: &Report) -> Vec<Compared> {
    let (then, now, missing) = (rows(baseline), rows(report), Missing::of(report));
    let new = report.plan.vantages.iter().filter(|vantage| !then.contains_key(vantage));
    let all = baseline.plan.vantages.iter().chain(new);
    all.map(|vantage| compare(vantage, then.get(vantage), now.get(vantage), &missing)).collect()
}

/// Healthy only where today's report is, and nothing that was measured before is missing.
fn verdict(vantages: &[Compared], report: &Report) -> Verdict {
    match report.diagnosis.verdict {
        Verdict::Healthy if !report.diagnosis.uncovered.is_empty() => Verdict::Inconclusive,
        Verdict::Healthy if vantages.iter().any(|compared| matches!(compared.standing, SinceBaseline::NotMeasured { .. })) => {
            Verdict::Inconclusive
        }
        verdict => verdict,
    }
}

fn rows(report: &Report) -> HashMap<&Vantage, Row> {
    let matrix = Matrix::new(&report.plan, &report.observations);
    let mut rows: HashMap<&Vantage, Row> = report.plan.vantages.iter().map(|vantage| (vantage, Row::new())).collect();
    for cell in matrix.cells().filter(|cell| !cell.target.is_evidence()) {
        rows.entry(cell.vantage).or_default().push((cell.target.clone(), cell.state_with_redirects()));
    }
    rows
}

fn compare(vantage: &Vantage, then: Option<&Row>, now: Option<&Row>, missing: &Missing<'_>) -> Compared {
    let without = || {
        if missing.is_gone(&vantage.node) { SinceBaseline::Gone } else { SinceBaseline::NotMeasured { reason: missing.why(vantage) } }
    };
    Compared { vantage: vantage.clone(), standing: standing(then, now, without), failures: failures(then, now) }
}

/// `without` is what it comes to where nothing is known today.
fn standing(then: Option<&Row>, now: Option<&Row>, without: impl FnOnce() -> SinceBaseline) -> SinceBaseline {
    let is_measured = |row: &&Row| row.iter().any(|(_, state)| state.is_known());
    let fails = |row: &Row| row.iter().any(|(_, state)| state.is_failure());
    // What fails for certain counts, whatever else is not known.
    let (then, now) = (then.filter(is_measured), now.filter(|row| fails(row) || row.iter().all(|(_, state)| state.is_known())));
    match (then, now) {
        (_, None) => without(),
        (None, Some(now)) => {
            if fails(now) {
                SinceBaseline::FailsNew
            } else {
                SinceBaseline::WellNew
            }
        }
        (Some(then), Some(now)) => match (fails(then), fails(now)) {
            (_, true) if broke(then, now) => SinceBaseline::BrokenSince,
            (_, true) => SinceBaseline::StillFailing,
            (true, false) => SinceBaseline::Fixed,
            (false, false) => SinceBaseline::Well,
        },
    }
}

/// Whether something fails now that was answered then.
fn broke(then: &Row, now: &Row) -> bool {
    let was_reached = |target: &Target| state(then, target) == Some(CheckState::Reached);
    now.iter().any(|(target, state)| state.is_failure() && was_reached(target))
}

fn state(row: &Row, target: &Target) -> Option<CheckState> {
    row.iter().find(|(other, _)| other.kind == target.kind && other.transport() == target.transport()).map(|(_, state)| *state)
}

fn failures(then: Option<&Row>, now: Option<&Row>) -> Vec<Failure> {
    let empty = Row::new();
    let (then, now) = (then.unwrap_or(&empty), now.unwrap_or(&empty));
    let only_then = then.iter().filter(|(target, _)| state(now, target).is_none());
    let targets = now.iter().chain(only_then).map(|(target, _)| target);
    let failure = |target: &Target| {
        let (before, after) = (state(then, target), state(now, target));
        let fails = [before, after].into_iter().flatten().any(CheckState::is_failure);
        fails.then(|| Failure { target: target.kind.clone(), port: target.port, protocol: target.protocol, before, now: after })
    };
    targets.filter_map(failure).collect()
}
