//! What a change has brought: whether it stays. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

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

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Disposition {
    /// It stays.
    Kept,
    /// What was before it is put back.
    PutBack,
    /// It did not help, and stays all the same: the user asked for that.
    KeptUnhelpful,
    /// Somebody else put back what was before it.
    Reverted,
    /// It stays with its record: not all that was measured before could be measured after it.
    Unverified,
    /// The record of the change was gone, or another's, when it was to be settled: nothing was kept or put back.
    LeftAlone,
}

impl FixOutcome {
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
