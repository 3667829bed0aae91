//! How it shows that the probe's image does not come.

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ImageNotThere {
    /// What kubelet said.
    #[error("{0}")]
    Refused(String),
    #[error("node {node} has not pulled it within {seconds} s")]
    Slow { node: String, seconds: u64 },
}
