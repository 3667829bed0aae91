//! The signals that end the program: Ctrl-C, SIGTERM, and SIGHUP when its terminal goes away. One stream for all of it.
//!
//! Who has something to put right first attends to them; everywhere else a signal ends the command where it stands,
//! at a prompt too.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

use crate::error::Error;
use crate::exit::Exit;

#[cfg(unix)]
use self::unix::hand_on_all;
#[cfg(windows)]
use self::windows::hand_on_all;

/// How many came so far, and what the last one asks for.
type Received = (usize, Option<Exit>);

static STREAM: OnceLock<watch::Receiver<Received>> = OnceLock::new();

/// Those who attend to signals now.
static ATTENDING: AtomicUsize = AtomicUsize::new(0);

/// Begins to listen; the stream belongs to the process, as signals do. One that cannot be listened to keeps its
/// default, which ends the process: the Job's deadline cleans up then.
pub(crate) fn listen() {
    let (sender, receiver) = watch::channel((0, None));
    if STREAM.set(receiver).is_err() {
        return;
    }
    hand_on_all(&sender);
}

/// One came.
fn tell(sender: &watch::Sender<Received>, exit: Exit) {
    sender.send_modify(|(count, last)| {
        *count += 1;
        *last = Some(exit);
    });
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
