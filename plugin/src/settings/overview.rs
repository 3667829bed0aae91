//! No command.

use lbprobe_analysis::plan::PlanOptions;

use super::Connection;

/// The Services of a cluster, most affected first.
#[derive(Debug)]
pub(crate) struct Overview {
    pub(crate) connection: Connection,
    /// Those of this namespace; of all where missing.
    pub(crate) namespace: Option<String>,
    pub(crate) plan: PlanOptions,
    /// The command line, whose help is shown where there is no cluster.
    pub(crate) program: clap::Command,
}
