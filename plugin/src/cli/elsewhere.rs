//! What becomes of a target that is none of the cluster's.

use clap::Args;

use crate::settings::Elsewhere;

/// What becomes of a target that is none of the cluster's.
#[derive(Debug, Args)]
pub(super) struct ElsewhereArguments {
    /// Probe a URL or an address even if no Service of this cluster has it
    #[arg(long)]
    any: bool,
}

impl ElsewhereArguments {
    pub(super) const fn settings(&self) -> Elsewhere {
        if self.any { Elsewhere::Probed } else { Elsewhere::Refused }
    }
}
