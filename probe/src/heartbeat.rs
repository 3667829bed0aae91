//! kubelet's heartbeat. A probe that keeps watch has a readiness probe that runs `lbprobe-probe heartbeat` beside it;
//! that sends SIGUSR1 to the container's first process. When kubelet is gone, so is the heartbeat, and nothing else
//! could end the probe: not the Job's deadline, not a deletion, both of which kubelet carries out.

use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal as Number, kill};
use nix::unistd::Pid;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

/// The probe, in its container. Where the node shows another process here (`shareProcessNamespace`), it is not ours:
/// the kernel refuses, and the probe hears no heartbeat.
const FIRST_PROCESS: Pid = Pid::from_raw(1);

/// Tells the probe of the same container that kubelet is there. The kernel drops the signal while the probe does not
/// listen yet: a namespace's first process gets only signals that it handles.
///
/// # Errors
///
/// The kernel's, where the process is not ours or there is none.
pub fn send() -> Result<(), Errno> {
    kill(FIRST_PROCESS, Number::SIGUSR1)
}

/// What is heard of kubelet.
pub(crate) struct Heartbeat {
    /// None where it cannot be listened to, or nobody asked for it.
    signals: Option<(Signal, Duration)>,
    last: Option<Instant>,
}

impl Heartbeat {
    /// Listens for it, where a limit of its silence is given.
    pub(crate) fn listen(limit: Option<Duration>) -> Self {
        let signals = limit.and_then(|limit| Some((signal(SignalKind::user_defined1()).ok()?, limit)));
        Self { signals, last: None }
    }

    /// Waits until kubelet has been silent for the limit. A kubelet that was never heard does not count: the readiness
    /// probe may have been taken out by a webhook.
    pub(crate) async fn lost(&mut self) {
        let Some((signals, limit)) = &mut self.signals else { return std::future::pending().await };
        loop {
            let last = self.last;
            let silence = async {
                match last {
                    Some(last) => sleep_until(last + *limit).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(()) = signals.recv() => self.last = Some(Instant::now()),
                () = silence => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    fn beat() {
        kill(Pid::this(), Number::SIGUSR1).unwrap();
    }

    /// One test, because all of a process listen to the same signal.
    #[tokio::test]
    async fn silence_counts_from_the_last_heartbeat_and_never_before_the_first() {
        const LIMIT: Duration = Duration::from_millis(300);
        let mut heartbeat = Heartbeat::listen(Some(LIMIT));
        assert!(timeout(LIMIT * 3, heartbeat.lost()).await.is_err(), "it was never heard");
        beat();
        assert!(timeout(LIMIT / 2, heartbeat.lost()).await.is_err(), "it was heard just now");
        beat();
        let last = std::time::Instant::now();
        timeout(LIMIT * 20, heartbeat.lost()).await.unwrap();
        assert!(last.elapsed() >= LIMIT, "{:?}", last.elapsed());
        assert!(timeout(LIMIT, Heartbeat::listen(None).lost()).await.is_err(), "nobody asked for it");
    }
}
