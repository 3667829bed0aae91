//! SIGINT, SIGTERM and SIGHUP.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{Received, tell};
use crate::exit::Exit;

/// Hands on whatever comes, from now on.
pub(super) fn hand_on_all(sender: &watch::Sender<Received>) {
    let kinds =
        [(SignalKind::interrupt(), Exit::Interrupted), (SignalKind::terminate(), Exit::Terminated), (SignalKind::hangup(), Exit::HungUp)];
    // Whoever started us with nohup wants us to go on.
    let ignored = ignored();
    for (kind, exit) in kinds {
        if kind == SignalKind::hangup() && ignored & (1 << (kind.as_raw_value() - 1)) != 0 {
            continue;
        }
        if let Ok(signal) = signal(kind) {
            tokio::spawn(hand_on(signal, exit, sender.clone()));
        }
    }
}

/// The signals that this process was started to ignore, a bit each, from the first on; none where that cannot be told,
/// as on a Mac.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

async fn hand_on(mut signal: Signal, exit: Exit, sender: watch::Sender<Received>) {
    while signal.recv().await.is_some() {
        tell(&sender, exit);
    }
}
