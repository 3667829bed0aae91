//! Which way answers come.

/// Which way answers come; the other one is taken where it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultChannel {
    /// One log request a pod, quicker by kubelet's slowness to report an end.
    Logs,
    /// In the pods' status, which costs no request.
    TerminationMessages,
}
