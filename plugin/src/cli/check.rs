//! `check`: what a run would meet.

use clap::Args;

use super::kubernetes::KubernetesArguments;
use super::probes::PodArguments;
use crate::settings::{Check, Output};

/// What `check` takes.
#[derive(Debug, Args)]
pub(crate) struct CheckCommandArguments {
    /// Form of the answer on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
    #[command(flatten)]
    pub(crate) pods: PodArguments,
}

impl CheckCommandArguments {
    pub(super) fn settings(self) -> Check {
        let (namespace, connection) = self.kubernetes.settings();
        Check { connection, namespace, pods: self.pods.settings(), output: self.output }
    }
}
