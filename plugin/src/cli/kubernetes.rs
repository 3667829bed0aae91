//! kubectl's own flags.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::validate;
use crate::settings::{Connection, Impersonation, Trace, syntax};

/// kubectl's own.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct KubernetesArguments {
    /// Namespace of the Service; by default that of the kubeconfig's context
    #[arg(short, long, value_parser = syntax::namespace)]
    pub(crate) namespace: Option<String>,
    /// Context of the kubeconfig
    #[arg(long)]
    pub(crate) context: Option<String>,
    /// Path of the kubeconfig
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// User to impersonate
    #[arg(long = "as", value_name = "USER")]
    pub(crate) impersonate: Option<String>,
    /// Group to impersonate; may be given several times
    #[arg(long = "as-group", value_name = "GROUP", requires = "impersonate")]
    pub(crate) impersonate_groups: Vec<String>,
    /// Limit of each request to the server, 5s or 1m for instance
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = validate::duration)]
    pub(crate) request_timeout: Duration,
    /// Tell each request to the server as it ends, with the time that it took; -v=6 does the same, as with kubectl
    #[arg(short, long, value_name = "LEVEL", num_args = 0..=1, require_equals = true, default_missing_value = "6")]
    pub(crate) verbose: Option<u8>,
}

impl KubernetesArguments {
    /// The words that say the same to another command, but for the namespace.
    pub(super) fn words(&self) -> Vec<String> {
        let flag = |name: &str, value: &str| format!("--{name}={value}");
        let kubeconfig = self.kubeconfig.as_ref().map(|path| path.display().to_string());
        let single = [("context", &self.context), ("kubeconfig", &kubeconfig), ("as", &self.impersonate)];
        let single = single.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| flag(name, value)));
        let groups = self.impersonate_groups.iter().map(|group| flag("as-group", group));
        let timeout = flag("request-timeout", &format!("{}ms", self.request_timeout.as_millis()));
        single.chain(groups).chain([timeout]).collect()
    }

    /// The namespace that was named, and the way to the server.
    pub(super) fn settings(self) -> (Option<String>, Connection) {
        let groups = self.impersonate_groups;
        let connection = Connection {
            context: self.context,
            kubeconfig: self.kubeconfig,
            impersonation: self.impersonate.map(|user| Impersonation { user, groups }),
            request_timeout: self.request_timeout,
            trace: if self.verbose.is_some_and(|level| level > 0) { Trace::Requests } else { Trace::Off },
        };
        (self.namespace, connection)
    }
}
