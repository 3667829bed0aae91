//! `fix`.

use std::path::PathBuf;
use std::time::Duration;

use lbprobe_analysis::plan::PlanOptions;
use lbprobe_analysis::remedies::Strategy;

use super::{Connection, Probing, ReportOutputs, Scope};

/// `fix`.
#[derive(Debug)]
pub(crate) struct Fix {
    pub(crate) connection: Connection,
    pub(crate) scope: Scope,
    pub(crate) plan: PlanOptions,
    pub(crate) probing: Probing,
    pub(crate) choice: FixChoice,
    /// The name that strategy hostname puts into the status.
    pub(crate) hostname: Option<String>,
    pub(crate) action: FixAction,
    pub(crate) confirmation: Confirmation,
    pub(crate) rollback: Rollback,
    /// How long a change may take to show.
    pub(crate) wait: Duration,
    pub(crate) outside: Outside,
    /// Where reports and journals are kept.
    pub(crate) folder: PathBuf,
    /// Namespaces in which to look for who uses the address still.
    pub(crate) search_namespaces: Vec<String>,
    pub(crate) outputs: ReportOutputs,
}

/// Which fix.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FixChoice {
    /// All are shown; the best one that is a change in the cluster is applied.
    Any,
    Strategy(Strategy),
    /// A merge patch of the user's own.
    Patch(serde_json::Value),
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FixAction {
    Show(DryRun),
    Apply,
    /// A change whose verification never ended is verified now.
    Resume,
    /// Such a change is taken back.
    Undo,
}

/// Whether a change is tried at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DryRun {
    /// It is not: the patch alone tells what would change.
    None,
    /// It is: admission and rights are checked, and what the server fills in is shown.
    Server,
}

/// Whether a person is asked before a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    Asked,
    /// The person has said yes already.
    Given,
}

/// When a change is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rollback {
    /// Where it does not help, or breaks what worked.
    WhenUnhelpful,
    Never,
}

/// From where the load balancer is dialled outside the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outside {
    /// From nowhere.
    NotAsked,
    /// From this machine, which counts as outside.
    Here,
    /// From another machine.
    Ssh(SshHost),
    /// From a pod of another cluster, which this context of the kubeconfig names.
    Context(String),
}

impl Outside {
    /// From where, as the user named it; nothing where that is this machine or nowhere.
    pub(crate) fn named(&self) -> Option<String> {
        match self {
            Self::NotAsked | Self::Here => None,
            Self::Ssh(host) => Some(host.as_str().to_owned()),
            Self::Context(context) => Some(format!("{CONTEXT_PREFIX}{context}")),
        }
    }
}

/// What stands before the name of a context.
pub(super) const CONTEXT_PREFIX: &str = "context/";

/// A machine that `ssh` reaches: `ssh://[USER@]HOST[:PORT]`, as it takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SshHost(String);

impl SshHost {
    /// The word has been checked.
    pub(super) fn new(word: &str) -> Self {
        Self(word.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
