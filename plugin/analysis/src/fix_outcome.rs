//! What a change has brought: whether it stays. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::diagnosis::Verdict;
use crate::documents::{SinceBaseline, Verification};
use crate::plan::Vantage;

/// Whether clients outside are answered, from where that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FromOutside {
    /// Before the change.
    pub before: bool,
    /// After it.
    pub after: bool,
}

/// What a change has brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FixOutcome {
    /// Everything is answered from everywhere.
    Fixed,
    /// Some of what failed is answered, nothing broke, and this is left.
    Better {
        /// From where something fails still.
        failing: Vec<Vantage>,
    },
    /// What failed fails on.
    NoBetter,
    /// What was answered fails.
    Broke {
        /// From where.
        vantages: Vec<Vantage>,
    },
    /// What was answered outside fails.
    BrokeOutside,
    /// Some of what failed is answered and nothing is seen to fail, but not everything that was measured before is now.
    PartlyMeasured {
        /// What is missing.
        missing: Vec<Vantage>,
    },
    /// The Service or its endpoints changed while they were measured: what was seen is of two states.
    ServiceChanged,
    /// Nothing was seen to get better, and not everything could be measured.
    NotMeasured,
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

    /// Whether the change stays.
    #[must_use]
    pub fn is_worth_keeping(&self) -> bool {
        matches!(self, Self::Fixed | Self::Better { .. })
    }

    /// Whether it is what was predicted: nothing more can be waited for then.
    #[must_use]
    pub fn is_as_predicted(&self, failing_after: &[Vantage]) -> bool {
        match self {
            Self::Fixed => true,
            Self::Better { failing } => failing.iter().collect::<BTreeSet<_>>() == failing_after.iter().collect(),
            Self::NoBetter
            | Self::Broke { .. }
            | Self::BrokeOutside
            | Self::PartlyMeasured { .. }
            | Self::ServiceChanged
            | Self::NotMeasured => false,
        }
    }
}
