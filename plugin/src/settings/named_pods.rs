//! Pods of applications from which the Service is dialled too.

use super::Confirmation;

/// Pods of applications from which the Service is dialled too.
#[derive(Debug)]
pub(crate) struct NamedPods {
    pub(crate) names: Vec<PodName>,
    /// An image with a shell, into which the probe's program is sent.
    pub(crate) debug_image: Option<String>,
    /// Whether the user is asked before the probe is put into them.
    pub(crate) confirmation: Confirmation,
}

/// A pod, or a Deployment whose pods are meant. Without a namespace it is that of the Service, as kubectl's `-n` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodName {
    pub(crate) kind: PodNameKind,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
}

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodNameKind {
    Pod,
    /// Its pods, one a node at most.
    Deployment,
}
