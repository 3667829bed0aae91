//! The signals that end the program: Ctrl-C, SIGTERM, and SIGHUP when its terminal goes away. One stream for all of it.
//!
//! Who has something to put right first attends to them; everywhere else a signal ends the command where it stands,
//! at a prompt too.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::error::Error;
use crate::exit::Exit;

/// How many came so far, and what the last one asks for.
type Received = (usize, Option<Exit>);

static STREAM: OnceLock<watch::Receiver<Received>> = OnceLock::new();

/// Those who attend to signals now.
static ATTENDING: AtomicUsize = AtomicUsize::new(0);

/// Begins to listen; the stream belongs to the process, as signals do. One that cannot be listened to keeps its
/// default, which ends the process: the Job's deadline cleans up then.
pub(crate) fn listen() {
    let kinds =
        [(SignalKind::interrupt(), Exit::Interrupted), (SignalKind::terminate(), Exit::Terminated), (SignalKind::hangup(), Exit::HungUp)];
    let (sender, receiver) = watch::channel((0, None));
    if STREAM.set(receiver).is_err() {
        return;
    }
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

/// The signals that this process was started to ignore, a bit each, from the first on; none where that cannot be told.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

async fn hand_on(mut signal: Signal, exit: Exit, sender: watch::Sender<Received>) {
    while signal.recv().await.is_some() {
        sender.send_modify(|(count, last)| {
            *count += 1;
            *last = Some(exit);
        });
    }
}

async fn next(stream: &mut watch::Receiver<Received>) -> Exit {
    if stream.changed().await.is_ok()
        && let Some(exit) = stream.borrow_and_update().1
    {
        return exit;
    }
    // Nobody listens: no signal will come this way.
    std::future::pending().await
}

/// Returns at a signal to which nobody attends.
pub(crate) async fn unattended() -> Exit {
    let Some(mut stream) = STREAM.get().cloned() else { return std::future::pending().await };
    stream.mark_unchanged();
    loop {
        let exit = next(&mut stream).await;
        if ATTENDING.load(Ordering::SeqCst) == 0 {
            return exit;
        }
    }
}

/// Somebody puts things right before the program ends, for as long as this lives.
pub(crate) struct Attention {
    stream: Option<watch::Receiver<Received>>,
}

impl Attention {
    /// Signals from now on.
    pub(crate) fn begin() -> Self {
        ATTENDING.fetch_add(1, Ordering::SeqCst);
        let mut stream = STREAM.get().cloned();
        stream.iter_mut().for_each(watch::Receiver::mark_unchanged);
        Self { stream }
    }

    /// The next signal.
    pub(crate) async fn signal(&mut self) -> Exit {
        match &mut self.stream {
            Some(stream) => next(stream).await,
            None => std::future::pending().await,
        }
    }

    /// Work that a signal ends.
    pub(crate) async fn or<T>(&mut self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::select! {
            biased;
            exit = self.signal() => Err(Error::Interrupted(exit)),
            done = work => done,
        }
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        ATTENDING.fetch_sub(1, Ordering::SeqCst);
    }
}
