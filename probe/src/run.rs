//! All checks at once, then the record on both roads, then a short wait for its reader.

use std::time::Duration;

use futures::future::FusedFuture as _;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use lbprobe_protocol::{Check, KubeProxyEvidence, Plan, Question, Record};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};

use crate::dial::{Attempt, Dialler};
use crate::refusals::RefusalCounter;
use crate::{kube_proxy, report};

/// Runs the plan and reports. SIGTERM ends it with what is known by then.
pub(crate) async fn run(plan: &Plan) {
    let mut terminated = Terminated::new();
    let counter = RefusalCounter::start();
    let dialler = Dialler::new();
    let mut attempts: Vec<Vec<Attempt>> = plan.checks.iter().map(|_| Vec::new()).collect();
    let mut pending: FuturesUnordered<_> =
        plan.checks.iter().enumerate().flat_map(|(place, check)| samples(&dialler, place, check)).collect();
    let kube_proxy = answer_questions(plan).fuse();
    tokio::pin!(kube_proxy);
    let mut evidence = None;
    let mut interrupted = false;
    loop {
        tokio::select! {
            answer = &mut kube_proxy => evidence = answer,
            next = pending.next() => match next {
                Some((place, attempt)) => attempts[place].push(attempt),
                None if kube_proxy.is_terminated() => break,
                None => {
                    evidence = kube_proxy.as_mut().await;
                    break;
                }
            },
            () = terminated.wait() => {
                interrupted = true;
                break;
            }
        }
    }
    drop(pending);
    let record = Record { refusals: counter.rise(), kube_proxy: evidence, ..report::record(plan, attempts, interrupted) };
    report::write(&record);
    if !interrupted {
        let _ = timeout(Duration::from_millis(plan.linger_ms.into()), terminated.wait()).await;
    }
}

/// What the plan asks for beside its checks.
async fn answer_questions(plan: &Plan) -> Option<KubeProxyEvidence> {
    match plan.questions.first()? {
        Question::KubeProxy => Some(kube_proxy::ask().await),
    }
}

/// The samples of one check. They start a little apart, so that a burst of one packet loss or one
/// full queue does not take all of them.
fn samples<'a>(
    dialler: &'a Dialler,
    place: usize,
    check: &'a Check,
) -> impl Iterator<Item = impl Future<Output = (usize, Attempt)> + use<'a>> {
    (0..check.samples).map(move |number| async move {
        sleep(SAMPLE_GAP * u32::from(number)).await;
        (place, dialler.attempt(check).await)
    })
}

/// Between the starts of two samples of one check.
const SAMPLE_GAP: Duration = Duration::from_millis(20);

/// SIGTERM, by which kubelet ends a pod, or SIGINT, by which a person does.
struct Terminated {
    signals: Vec<Signal>,
}

impl Terminated {
    /// A signal that cannot be listened to is left at its default, which ends the process.
    fn new() -> Self {
        Self { signals: [SignalKind::terminate(), SignalKind::interrupt()].into_iter().filter_map(|kind| signal(kind).ok()).collect() }
    }

    async fn wait(&mut self) {
        let mut any: FuturesUnordered<_> = self.signals.iter_mut().map(Signal::recv).collect();
        match any.next().await {
            Some(_) => {}
            None => std::future::pending().await,
        }
    }
}
