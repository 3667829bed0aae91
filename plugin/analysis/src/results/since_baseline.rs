//! What became of a vantage since a baseline was taken.

use serde::{Deserialize, Serialize};

/// What became of a vantage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SinceBaseline {
    /// Something fails that was answered before.
    BrokenSince,
    /// What failed fails on.
    StillFailing,
    /// It was not measured before, its node being new for instance, and something fails.
    FailsNew,
    /// It was measured before, and is not now.
    NotMeasured {
        /// Why, as far as it is known.
        reason: String,
    },
    /// What failed is answered now.
    Fixed,
    /// It was not measured before, and all is answered.
    WellNew,
    /// All was answered, and is.
    Well,
    /// Its node is gone.
    Gone,
}
