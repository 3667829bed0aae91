//! `explain`.

use std::path::PathBuf;

use lbprobe_analysis::change::Change;
use lbprobe_analysis::plan::PlanOptions;
use lbprobe_analysis::redaction::Redaction;

use super::{Connection, ExplainForm, Scope, ServiceReference};

/// `explain`.
#[derive(Debug)]
pub(crate) struct Explain {
    pub(crate) subject: Subject,
    pub(crate) connection: Connection,
    /// Changes to think through.
    pub(crate) changes: Vec<Change>,
    pub(crate) plan: PlanOptions,
    pub(crate) output: ExplainForm,
    pub(crate) redaction: Option<Redaction>,
}

/// What is explained.
#[derive(Debug)]
pub(crate) enum Subject {
    /// A Service of the cluster.
    Service(Scope),
    /// A Service in a file: the only one of type LoadBalancer where none is named, or else the only one that clients outside have
    /// an address for.
    InFile { file: PathBuf, reference: Option<ServiceReference>, namespace: Option<String> },
    /// Every Service of the cluster, on the nodes of a label selector; on all where missing.
    All { selector: Option<String> },
    /// Every Service in a file.
    AllInFile { file: PathBuf },
}
