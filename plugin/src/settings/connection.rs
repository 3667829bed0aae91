//! The way to the API server.

use std::path::PathBuf;
use std::time::Duration;

/// The way to the API server.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// Context of the kubeconfig; its current one where missing.
    pub(crate) context: Option<String>,
    /// Path of the kubeconfig; kubectl's own places where missing.
    pub(crate) kubeconfig: Option<PathBuf>,
    /// As whom requests are made; as the kubeconfig's user where missing.
    pub(crate) impersonation: Option<Impersonation>,
    /// Limit of each request.
    pub(crate) request_timeout: Duration,
    pub(crate) trace: Trace,
}

/// Whether each request is told as it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trace {
    Off,
    Requests,
}

/// Another user, as whom requests are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Impersonation {
    pub(crate) user: String,
    pub(crate) groups: Vec<String>,
}
