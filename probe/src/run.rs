//! All checks at once, then the record on both roads, then a short wait for its reader.

use std::time::Duration;

use futures::future::{FusedFuture as _, LocalBoxFuture};
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use lbprobe_protocol::{Check, FollowUp, Outcome, Plan, Record, SYMPTOM_MS, When};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::dial::{Attempt, Dialler};
use crate::questions::{self, Evidence};
use crate::refusals::RefusalCounter;
use crate::{report, watch};

/// Runs the plan, reports on both roads, and waits a moment for the reader of its log.
pub async fn run(plan: &Plan) {
    let mut terminated = Terminated::new();
    if let Some(watch) = plan.watch {
        return watch::keep(plan, watch, &mut terminated).await;
    }
    let record = observe_until(plan, &mut terminated).await;
    report::write(&record);
    if !record.interrupted {
        let _ = timeout(Duration::from_millis(plan.linger_ms.into()), terminated.wait()).await;
    }
}

/// Runs the plan. SIGTERM and SIGINT end it with what is known by then.
pub async fn observe(plan: &Plan) -> Record {
    observe_until(plan, &mut Terminated::new()).await
}

async fn observe_until(plan: &Plan, terminated: &mut Terminated) -> Record {
    let _ = timeout(Duration::from_millis(plan.wait_ms.into()), terminated.wait()).await;
    let counter = RefusalCounter::start();
    let dialler = Dialler::new();
    let mut seen: Vec<SeenOfCheck> = plan.checks.iter().map(|_| SeenOfCheck::default()).collect();
    let mut pending: FuturesUnordered<LocalBoxFuture<'_, Made>> = FuturesUnordered::new();
    pending.extend(attempts_when(plan, &dialler, &mut seen, When::AtOnce));
    let mut symptom = Symptom::new();
    let answers = questions::answer(&plan.questions).fuse();
    tokio::pin!(answers);
    let mut evidence = Evidence::default();
    let mut interrupted = false;
    loop {
        tokio::select! {
            answered = &mut answers => evidence = answered,
            next = pending.next() => match next {
                Some(made) => {
                    if made.attempt.sample.outcome != Outcome::Answered {
                        symptom.show();
                    }
                    pending.extend(seen[made.place].take(made, &dialler, plan));
                }
                // What a failure of the last sample calls for is still to be made.
                None if symptom.is_shown() => pending.extend(attempts_when(plan, &dialler, &mut seen, When::OnSymptom)),
                None if answers.is_terminated() => break,
                None => {
                    evidence = answers.as_mut().await;
                    break;
                }
            },
            () = symptom.wait(), if !pending.is_empty() => {
                pending.extend(attempts_when(plan, &dialler, &mut seen, When::OnSymptom));
            }
            () = terminated.wait() => {
                interrupted = true;
                break;
            }
        }
    }
    drop(pending);
    let Evidence { kube_proxy, node } = evidence;
    Record { refusals: counter.rise(), kube_proxy, node, ..report::record(plan, seen, interrupted) }
}

/// The first sign that something is wrong: a failure, or a sample that is slow to answer.
struct Symptom {
    slow: Instant,
    state: SymptomState,
}

#[derive(PartialEq, Eq)]
enum SymptomState {
    None,
    Shown,
    ActedOn,
}

impl Symptom {
    fn new() -> Self {
        Self { slow: Instant::now() + Duration::from_millis(SYMPTOM_MS.into()), state: SymptomState::None }
    }

    fn show(&mut self) {
        if self.state == SymptomState::None {
            self.state = SymptomState::Shown;
        }
    }

    /// Whether one is there on which nothing was done yet. To ask is to act.
    fn is_shown(&mut self) -> bool {
        let is_shown = self.state == SymptomState::Shown;
        if is_shown {
            self.state = SymptomState::ActedOn;
        }
        is_shown
    }

    /// Returns once, when a symptom is there.
    async fn wait(&mut self) {
        match self.state {
            SymptomState::None => sleep_until(self.slow).await,
            SymptomState::Shown => {}
            SymptomState::ActedOn => std::future::pending().await,
        }
        self.state = SymptomState::ActedOn;
    }
}

/// The first attempts of the checks that are made then.
fn attempts_when<'a>(plan: &'a Plan, dialler: &'a Dialler, seen: &mut [SeenOfCheck], when: When) -> Vec<LocalBoxFuture<'a, Made>> {
    let meant = || plan.checks.iter().enumerate().filter(|(_, check)| check.when == when);
    for (place, _) in meant() {
        seen[place].is_begun = true;
    }
    meant().flat_map(|(place, check)| first_attempts(dialler, place, check)).collect()
}

/// What was seen of one check so far.
#[derive(Default)]
pub(crate) struct SeenOfCheck {
    /// Whether the check is made at all: some wait for a symptom.
    pub(crate) is_begun: bool,
    pub(crate) samples: Vec<Attempt>,
    pub(crate) follow_ups: Vec<(FollowUp, Attempt)>,
    /// Follow-ups that a symptom has called for already.
    called: Vec<FollowUp>,
}

/// An attempt that was made.
struct Made {
    place: usize,
    /// Which follow-up it is; none for a sample.
    follow_up: Option<FollowUp>,
    attempt: Attempt,
}

impl SeenOfCheck {
    /// Keeps an attempt. A sample with a symptom calls for follow-ups, each once.
    fn take<'a>(&mut self, made: Made, dialler: &'a Dialler, plan: &'a Plan) -> Vec<LocalBoxFuture<'a, Made>> {
        let Made { place, follow_up, attempt } = made;
        if let Some(follow_up) = follow_up {
            self.follow_ups.push((follow_up, attempt));
            return Vec::new();
        }
        let check = &plan.checks[place];
        let outcome = attempt.sample.outcome;
        self.samples.push(attempt);
        let called: Vec<_> =
            check.follow_ups.iter().copied().filter(|which| calls_for(outcome, *which) && !self.called.contains(which)).collect();
        self.called.extend(&called);
        called.into_iter().map(|which| follow_up_of(dialler, place, check, which)).collect()
    }
}

/// Whether an outcome is a symptom that another attempt can tell more of.
fn calls_for(outcome: Outcome, follow_up: FollowUp) -> bool {
    match follow_up {
        // Made at once, whatever the samples give: a lost SYN would double the run's time.
        FollowUp::FromNodeAddress => false,
        FollowUp::ProxyHeader => outcome.is_hung_up(),
        FollowUp::PlainHttp => outcome.is_no_tls(),
    }
}

fn follow_up_of<'a>(dialler: &'a Dialler, place: usize, check: &'a Check, which: FollowUp) -> LocalBoxFuture<'a, Made> {
    async move { Made { place, follow_up: Some(which), attempt: dialler.follow_up(check, which).await } }.boxed_local()
}

/// The samples of one check, and the follow-up that waits for no symptom. Samples start a little
/// apart, so that a burst of one packet loss or one full queue does not take all of them.
fn first_attempts<'a>(dialler: &'a Dialler, place: usize, check: &'a Check) -> impl Iterator<Item = LocalBoxFuture<'a, Made>> {
    let sample = move |number| {
        async move {
            sleep(SAMPLE_GAP * u32::from(number)).await;
            Made { place, follow_up: None, attempt: dialler.attempt(check).await }
        }
        .boxed_local()
    };
    let from_node = check.follow_ups.contains(&FollowUp::FromNodeAddress);
    let from_node = from_node.then(|| follow_up_of(dialler, place, check, FollowUp::FromNodeAddress));
    (0..check.samples).map(sample).chain(from_node)
}

/// Between the starts of two samples of one check.
const SAMPLE_GAP: Duration = Duration::from_millis(20);

/// SIGTERM, by which kubelet ends a pod, or SIGINT, by which a person does.
pub(crate) struct Terminated {
    signals: Vec<Signal>,
}

impl Terminated {
    /// A signal that cannot be listened to is left at its default, which ends the process.
    fn new() -> Self {
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
