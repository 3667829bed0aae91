//! `rehearse`.

use std::path::PathBuf;

use lbprobe_analysis::change::Change;
use lbprobe_analysis::plan::PlanOptions;
use lbprobe_analysis::redaction::Redaction;

use super::{Connection, RehearsalForm};

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
