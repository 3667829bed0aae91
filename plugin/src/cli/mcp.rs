//! `mcp`: the plugin's commands as tools for an agent.

use std::path::PathBuf;

use clap::Args;

use super::kubernetes::KubernetesArguments;
use crate::settings::{Fixing, Mcp, syntax};

/// What `mcp` takes.
#[derive(Debug, Args)]
pub(crate) struct McpArguments {
    /// Offer the tool fix, which changes the cluster. Without this, no tool does
    #[arg(long)]
    allow_fix: bool,
    /// Folder for the reports from before and after a fix and for the file that undoes it
    #[arg(long, value_name = "FOLDER", default_value = ".", requires = "allow_fix")]
    save: PathBuf,
    /// Namespace of the probe pods; by default that of the kubeconfig's context
    #[arg(long, value_name = "NAMESPACE", value_parser = syntax::namespace)]
    probe_namespace: Option<String>,
    #[command(flatten)]
    kubernetes: KubernetesArguments,
}

impl McpArguments {
    pub(super) fn settings(self) -> Mcp {
        if self.kubernetes.namespace.is_some() {
            clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, "each call of a tool names its namespace: leave out --namespace\n")
                .exit()
        }
        let fixing = if self.allow_fix { Fixing::Offered { save: self.save } } else { Fixing::NotOffered };
        Mcp { flags: self.kubernetes.words(), probe_namespace: self.probe_namespace, fixing }
    }
}
