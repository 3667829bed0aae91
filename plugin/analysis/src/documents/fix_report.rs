//! What `fix` did, in a form that is versioned and can be read back.

use serde::Serialize;

use super::{DocumentKind, Envelope, Report, Verification};
use crate::diagnosis::Verdict;
use crate::fix_outcome::{Disposition, FixOutcome, FromOutside};
use crate::patch::Patch;
use crate::plan::Vantage;
use crate::results::SinceBaseline;

/// A change, with what was seen before it and after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FixReport {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// The strategy, or `patch` for one of the user's own.
    pub strategy: String,
    /// What was changed.
    pub patch: Patch,
    /// What was seen before.
    pub before: Report,
    /// What is seen after it, beside that.
    pub after: Verification,
    /// Whether the load balancer answered outside, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<FromOutside>,
    /// What it has brought.
    #[serde(rename = "judgement")]
    pub outcome: FixOutcome,
    /// What became of the change.
    pub ended: Disposition,
}

impl FixReport {
    /// Puts it together.
    #[must_use]
    pub fn new(
        strategy: String,
        patch: Patch,
        before: Report,
        after: Verification,
        outside: Option<FromOutside>,
        outcome: FixOutcome,
        ended: Disposition,
    ) -> Self {
        Self { envelope: Envelope::of(DocumentKind::FixReport), strategy, patch, before, after, outside, outcome, ended }
    }
}

impl FixOutcome {
    /// Judges by what is seen after the change, beside what was seen before it.
    #[must_use]
    pub fn of(verification: &Verification, outside: Option<FromOutside>) -> Self {
        let broken: Vec<_> = verification.with(|standing| *standing == SinceBaseline::BrokenSince).cloned().collect();
        let has_fixed = verification.with(|standing| *standing == SinceBaseline::Fixed).next().is_some();
        let failing =
            || verification.with(|standing| matches!(standing, SinceBaseline::StillFailing | SinceBaseline::FailsNew)).cloned().collect();
        let missing =
            || -> Vec<Vantage> { verification.with(|standing| matches!(standing, SinceBaseline::NotMeasured { .. })).cloned().collect() };
        match verification.verdict {
            // Nothing follows from what was seen of two states of the Service.
            _ if !verification.report.facts.changed_meanwhile.is_empty() => Self::ServiceChanged,
            _ if !broken.is_empty() => Self::Broke { vantages: broken },
            _ if outside.is_some_and(|outside| outside.before && !outside.after) => Self::BrokeOutside,
            Verdict::Healthy => Self::Fixed,
            Verdict::Fault if !has_fixed => Self::NoBetter,
            Verdict::Inconclusive if !has_fixed => Self::NotMeasured,
            Verdict::Fault if missing().is_empty() => Self::Better { failing: failing() },
            Verdict::Fault | Verdict::Inconclusive => Self::PartlyMeasured { missing: missing() },
        }
    }
}
