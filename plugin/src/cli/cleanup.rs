//! `cleanup`: remove what runs left.

use clap::Args;

use super::kubernetes::KubernetesArguments;
use crate::settings::{Cleanup, Namespaces, Preview};

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

impl CleanupArguments {
    pub(super) fn settings(self) -> Cleanup {
        let (namespace, connection) = self.kubernetes.settings();
        let namespaces = match namespace {
            _ if self.all_namespaces => Namespaces::All,
            Some(name) => Namespaces::Named(name),
            None => Namespaces::OfContext,
        };
        Cleanup { connection, namespaces, preview: if self.dry_run { Preview::Yes } else { Preview::No } }
    }
}
