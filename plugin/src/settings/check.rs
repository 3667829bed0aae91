//! `check`.

use super::{Connection, Output, Pods};

/// What a run would meet.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) connection: Connection,
    /// Where the Services are; the context's where missing.
    pub(crate) namespace: Option<String>,
    pub(crate) pods: Pods,
    pub(crate) output: Output,
}
