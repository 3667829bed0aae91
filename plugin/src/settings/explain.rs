//! `explain`.

use std::path::PathBuf;

use lbprobe_analysis::change::Change;
use lbprobe_analysis::ignoring::Ignored;
use lbprobe_analysis::lint::LintLevel;
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
    /// What does not count, beside what the Services' annotations say.
    pub(crate) ignored: Vec<Ignored>,
    /// What decides the exit code; the outlook where missing.
    pub(crate) fail_on: Option<FailOn>,
    pub(crate) output: ExplainForm,
    pub(crate) redaction: Option<Redaction>,
}

/// The findings for which `explain` ends as for a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailOn {
    /// What fails for certain.
    Fault,
    /// Also what may fail. What works and will not always is neither.
    Risk,
}

impl FailOn {
    /// Whether a finding is one of these.
    pub(crate) fn includes(self, level: LintLevel) -> bool {
        match self {
            Self::Fault => level == LintLevel::Error,
            Self::Risk => level <= LintLevel::Warning,
        }
    }
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
