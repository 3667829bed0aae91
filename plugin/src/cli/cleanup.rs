//! `cleanup`: remove what runs left.

use clap::Args;

use super::kubernetes::KubernetesArguments;

/// What `cleanup` takes.
#[derive(Debug, Args)]
pub(crate) struct CleanupArguments {
    /// In all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub(crate) all_namespaces: bool,
    /// Only show what would be removed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArguments,
}

/// Whether something is only to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preview {
    /// It is.
    Yes,
    /// It is to be done.
    No,
}

impl CleanupArguments {
    /// Whether left-overs are only to be shown.
    pub(crate) fn preview(&self) -> Preview {
        if self.dry_run { Preview::Yes } else { Preview::No }
    }
}
