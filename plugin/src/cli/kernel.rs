//! Whether the kernels of two nodes are asked too.

use clap::{Args, ValueEnum};

use crate::settings::{Confirmation, KernelEvidence};

/// The flag that asks for it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub(super) struct KernelArguments {
    /// Look into the kernel of one node with an endpoint and one without, by a privileged
    /// pod for a few seconds: connection tracking, ipvs, and the rule that drops a packet.
    /// You are asked first
    #[arg(long, value_enum, value_name = "SOURCE")]
    evidence: Option<Source>,
}

/// Where more evidence comes from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Source {
    /// The nodes' kernels
    Kernel,
}

impl KernelArguments {
    pub(super) fn settings(&self, confirmation: Confirmation) -> KernelEvidence {
        match self.evidence {
            Some(Source::Kernel) => KernelEvidence::Asked(confirmation),
            None => KernelEvidence::NotAsked,
        }
    }
}
