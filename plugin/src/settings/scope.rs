//! Which Service is asked about, and from which nodes.

use super::ServiceReference;

/// Which Service is asked about, and from which nodes.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) service: ServiceReference,
    /// That of the kubeconfig's context where missing.
    pub(crate) namespace: Option<String>,
    /// Label selector of nodes; all where missing.
    pub(crate) selector: Option<String>,
}

/// What becomes of a URL or an address that leads to no Service of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// That is an error.
    Refused,
    /// It is probed all the same.
    Probed,
}
