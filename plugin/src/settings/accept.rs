//! `accept`.

use std::path::PathBuf;
use std::time::Duration;

use lbprobe_analysis::plan::Redirects;
use lbprobe_analysis::redaction::Redaction;

use super::{AcceptOutput, Connection, NamedPods, Probing, ServiceName};

/// `accept`.
#[derive(Debug)]
pub(crate) struct Accept {
    pub(crate) task: AcceptTask,
    pub(crate) connection: Connection,
    /// Namespace of Services for which the file names none; that of the kubeconfig's context where missing.
    pub(crate) namespace: Option<String>,
    /// Label selector of the nodes to probe from; all where missing.
    pub(crate) selector: Option<String>,
    /// Pods that each expectation is about as well.
    pub(crate) named_pods: NamedPods,
    /// Samples of each check.
    pub(crate) samples: u8,
    /// Deadline of each sample.
    pub(crate) timeout: Duration,
    /// Whether redirects are followed where the file does not say.
    pub(crate) redirects: Redirects,
    pub(crate) probing: Probing,
    pub(crate) output: AcceptOutput,
    pub(crate) redaction: Option<Redaction>,
    /// Where the result goes for Prometheus too.
    pub(crate) metrics_file: Option<PathBuf>,
}

/// What is done with expectations.
#[derive(Debug)]
pub(crate) enum AcceptTask {
    /// Those of a file are checked.
    Check { file: PathBuf, events: Events },
    /// A file of them is written from a Service's state.
    Init(ServiceName),
}

/// Whether results are written as Events on the Services too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Events {
    Written,
    Omitted,
}
