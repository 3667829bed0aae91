//! How certain a finding is.

use serde::{Deserialize, Serialize};

/// How certain a cause is; the more certain comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Confidence {
    /// The pattern is complete: what the cause predicts was seen everywhere.
    Confirmed,
    /// Nothing contradicts it, but part of the pattern was not seen.
    Likely,
    /// It is one explanation among others.
    Possible,
}
