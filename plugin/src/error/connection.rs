//! Why there is no connection, or nobody to vouch for an image: what is wrong with the kubeconfig, how other programs
//! ended.

/// What is wrong with the kubeconfig.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KubeconfigProblem {
    #[error("there is none, and so no context {context:?}")]
    NoneWithContext { context: String },
    #[error("there is none, and this is no pod of a cluster")]
    None,
    #[error("{file}: {cause}")]
    File { file: String, cause: String },
    #[error("{0}")]
    Other(String),
}

/// How a login command ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginEnd {
    #[error("failed ({0})")]
    Failed(std::process::ExitStatus),
    #[error("does not start: {0}")]
    NotStarted(String),
    #[error("printed no credential that can be read")]
    NoCredential,
}

/// Why an image is not verified.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotVerified {
    #[error("{program} does not start: {cause}")]
    NotStarted { program: String, cause: String },
    #[error("no answer within {seconds} s")]
    Overdue { seconds: u64 },
    /// In cosign's words.
    #[error("{0}")]
    Refused(String),
}

/// A server as messages name it.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    /// The proxy before it, without its password.
    pub(crate) proxy: Option<String>,
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.url)?;
        self.proxy.as_ref().map_or(Ok(()), |proxy| write!(f, " through the proxy {proxy}"))
    }
}

/// Why a server was not reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotReached {
    #[error("no answer within {seconds} s")]
    Overdue { seconds: f32 },
    #[error("{0}")]
    Other(String),
}
