//! Facts alone, as a document.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope};
use crate::facts::Facts;

/// Facts alone, to be explained again elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedFacts {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// As they were read, with the changes of `--if` made.
    pub facts: Facts,
}

impl SavedFacts {
    /// Makes a document of them.
    #[must_use]
    pub fn new(facts: Facts) -> Self {
        Self { envelope: Envelope::of(DocumentKind::Facts), facts }
    }
}
