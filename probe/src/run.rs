//! The whole of a probe: the wait, the checks and the questions, the record on both roads, and a moment for its reader.

use std::io;
use std::time::Duration;

use futures::future::FusedFuture as _;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use lbprobe_protocol::{Plan, Record};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;

use crate::dial::Dialler;
use crate::dialling::Dialling;
use crate::questions::{self, Evidence};
use crate::refusals::RefusalCounter;
use crate::{report, watch};

/// How a probe's work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was done, or somebody ended it.
    Done,
    /// The node's kubelet was silent for too long, so that nobody could have ended it.
    KubeletLost,
}

/// Runs the plan, reports on both roads, and waits a moment for the reader of its log.
pub async fn run(plan: &Plan) -> End {
    let mut terminated = Terminated::new();
    if let Some(watch) = plan.watch {
        return watch::keep(plan, watch, &mut terminated, io::stdout()).await;
    }
    let record = observe_until(plan, &mut terminated).await;
    report::write(&record);
    if !record.interrupted {
        let _ = timeout(Duration::from_millis(plan.linger_ms.into()), terminated.wait()).await;
    }
    End::Done
}

/// Runs the plan. SIGTERM and SIGINT end it with what is known by then.
pub async fn observe(plan: &Plan) -> Record {
    observe_until(plan, &mut Terminated::new()).await
}

async fn observe_until(plan: &Plan, terminated: &mut Terminated) -> Record {
    let mut interrupted = timeout(Duration::from_millis(plan.wait_ms.into()), terminated.wait()).await.is_ok();
    let counter = RefusalCounter::start();
    let dialler = Dialler::new();
    let mut dialling = Dialling::new(plan, &dialler);
    let answers = questions::answer(&plan.questions).fuse();
    tokio::pin!(answers);
    let mut evidence = Evidence::default();
    let mut is_dialling = true;
    while !interrupted && (is_dialling || !answers.is_terminated()) {
        tokio::select! {
            answered = &mut answers => evidence = answered,
            goes_on = dialling.step(), if is_dialling => is_dialling = goes_on,
            () = terminated.wait() => interrupted = true,
        }
    }
    let (seen, retried) = dialling.end();
    let Evidence { kube_proxy, node } = evidence;
    Record { refusals: counter.rise(), retried, kube_proxy, node, ..report::record(plan, seen, interrupted) }
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
