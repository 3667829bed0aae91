//! What can go wrong with a lab.

use std::fmt::Display;
use std::io;

/// Why a lab could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A file, folder, mount or process could not be had.
    #[error("failed to {what}: {source}")]
    Io {
        /// What was tried, as in "failed to …".
        what: String,
        /// The system's own words.
        source: io::Error,
    },
    /// A program that the lab calls ended badly.
    #[error("`{command}` failed: {output}")]
    Command {
        /// The program and its arguments.
        command: String,
        /// What it printed.
        output: String,
    },
    /// A component of the cluster did not start, or ended.
    #[error("{component} {cause}\nthe last lines of its log:\n{log}")]
    Component {
        /// The component's name, node first: `node2-kubelet`.
        component: String,
        /// What was seen.
        cause: String,
        /// The end of its log.
        log: String,
    },
    /// Something that `lab build` makes is missing.
    #[error("{what} is not built\nhint: {hint}")]
    NotBuilt {
        /// The missing thing.
        what: String,
        /// The command that builds it.
        hint: String,
    },
    /// The lab's API refused or failed.
    #[error("the lab's API: {0}")]
    Api(#[from] Box<kube::Error>),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

impl From<kube::Error> for LabError {
    fn from(cause: kube::Error) -> Self {
        Self::Api(Box::new(cause))
    }
}

impl From<serde_json::Error> for LabError {
    fn from(cause: serde_json::Error) -> Self {
        Self::Other(cause.to_string())
    }
}

/// Names what was tried when it failed.
pub trait Context<T> {
    /// Turns the failure into a [`LabError::Io`] that begins "failed to `what`".
    fn to(self, what: impl Display) -> Result<T, LabError>;
}

impl<T, E: Into<io::Error>> Context<T> for Result<T, E> {
    fn to(self, what: impl Display) -> Result<T, LabError> {
        self.map_err(|cause| LabError::Io { what: what.to_string(), source: cause.into() })
    }
}
