//! Why no look into a kernel was made.

/// Why no look into a kernel was made; said behind "--evidence kernel".
#[derive(Debug, thiserror::Error)]
pub(crate) enum KernelLookProblem {
    #[error("starts privileged pods, and there is no terminal to confirm on")]
    Unconfirmed,
    #[error("has nothing to dial: no target of this run has an address, or no node can be probed")]
    NothingToDial,
    #[error("runs the probe's image alone, and the nodes do not have it{}", cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default())]
    WithoutImage { cause: Option<String> },
    #[error("needs a privileged pod, which namespace {namespace} does not take: {message}")]
    PodRefused { namespace: String, message: String },
}

impl KernelLookProblem {
    /// What to do about it.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Unconfirmed => "--yes confirms it",
            Self::NothingToDial => "run it without --evidence",
            Self::WithoutImage { .. } => "--image NAME@sha256:DIGEST, for an image that the nodes can pull",
            Self::PodRefused { .. } => {
                "--probe-namespace NAMESPACE, for one that takes privileged pods, as kube-system usually does; or run it without --evidence"
            }
        }
    }
}
