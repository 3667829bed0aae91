//! What `fix` did, in a form that is versioned and can be read back.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope, Report, Verification};
use crate::fix_outcome::{FixOutcome, FromOutside};
use crate::patch::Patch;

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
