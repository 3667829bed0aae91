//! How a probe's work ends, and by which signals.

use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How a probe's work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was done, or somebody ended it.
    Done,
    /// The node's kubelet was silent for too long, so that nobody could have ended it.
    KubeletLost,
}

/// SIGTERM, by which kubelet ends a pod, or SIGINT, by which a person does.
pub(crate) struct Terminated {
    signals: Vec<Signal>,
}

impl Terminated {
    /// A signal that cannot be listened to is left at its default, which ends the process.
    pub(crate) fn new() -> Self {
        Self { signals: [SignalKind::terminate(), SignalKind::interrupt()].into_iter().filter_map(|kind| signal(kind).ok()).collect() }
    }

    pub(crate) async fn wait(&mut self) {
        let mut any: FuturesUnordered<_> = self.signals.iter_mut().map(Signal::recv).collect();
        match any.next().await {
            Some(_) => {}
            None => std::future::pending().await,
        }
    }
}
