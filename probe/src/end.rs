//! How a probe's work ends, and by which signals.

#[cfg(unix)]
use futures::stream::{FuturesUnordered, StreamExt as _};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How a probe's work ended.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was done, or somebody ended it.
    Done,
    /// The node's kubelet was silent for too long, so that nobody could have ended it.
    KubeletLost,
}

/// SIGTERM, by which kubelet ends a pod, or SIGINT, by which a person does.
#[cfg(unix)]
pub(crate) struct Terminated {
    signals: Vec<Signal>,
}

#[cfg(unix)]
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

/// Ctrl-C: on Windows only the plugin dials.
#[cfg(windows)]
pub(crate) struct Terminated {
    ctrl_c: Option<tokio::signal::windows::CtrlC>,
}

#[cfg(windows)]
impl Terminated {
    /// Where it cannot be listened to it is left at its default, which ends the process.
    pub(crate) fn new() -> Self {
        Self { ctrl_c: tokio::signal::windows::ctrl_c().ok() }
    }

    pub(crate) async fn wait(&mut self) {
        let came = match &mut self.ctrl_c {
            Some(ctrl_c) => ctrl_c.recv().await,
            None => None,
        };
        if came.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
