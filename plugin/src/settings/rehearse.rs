//! `rehearse`.

use std::path::PathBuf;
use std::time::Duration;

use lbprobe_analysis::change::Change;
use lbprobe_analysis::plan::PlanOptions;
use lbprobe_analysis::redaction::Redaction;

use super::{Connection, Output, Probing, RehearsalForm, Scope};

/// `rehearse`.
#[derive(Debug)]
pub(crate) struct Rehearse {
    pub(crate) subject: RehearsedIn,
    /// Of this one; of all where missing.
    pub(crate) namespace: Option<String>,
    pub(crate) connection: Connection,
    /// Changes to kube-proxy, made together.
    pub(crate) changes: Vec<Change>,
    pub(crate) plan: PlanOptions,
    pub(crate) output: RehearsalForm,
    pub(crate) redaction: Option<Redaction>,
}

/// Where the Services are.
#[derive(Debug)]
pub(crate) enum RehearsedIn {
    /// In the cluster, on the nodes of a label selector.
    Cluster { selector: Option<String> },
    /// In a file.
    File(PathBuf),
}

/// `rehearse --prove`.
#[derive(Debug)]
pub(crate) struct Prove {
    pub(crate) connection: Connection,
    pub(crate) scope: Scope,
    /// Changes to kube-proxy that somebody makes meanwhile.
    pub(crate) changes: Vec<Change>,
    pub(crate) plan: PlanOptions,
    pub(crate) probing: Probing,
    /// How long to wait for them.
    pub(crate) duration: Duration,
    /// Between two samples of a check.
    pub(crate) interval: Duration,
    pub(crate) output: Output,
    pub(crate) redaction: Option<Redaction>,
}
