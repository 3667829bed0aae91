//! The record of a change that was never verified: in words, and why an annotation is none.

use std::fmt;

use jiff::Timestamp;

/// A change that was never verified, as its record tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PendingChange {
    pub(crate) at: Timestamp,
    pub(crate) strategy: String,
    /// The run's id.
    pub(crate) run: String,
}

impl fmt::Display for PendingChange {
    /// As it stands behind the object's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "was changed at {:.0} by strategy {} (run {}) and never verified", self.at, self.strategy, self.run)
    }
}

/// Why an annotation is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRecord {
    #[error("it is longer than {most} bytes")]
    TooLong { most: usize },
    #[error("a run's id has eight hexadecimal digits")]
    RunId,
    #[error("a digest has 64 hexadecimal digits")]
    Digest,
    #[error("there is no such strategy")]
    Strategy,
    /// In the parser's words.
    #[error("{0}")]
    NotUnderstood(String),
}
