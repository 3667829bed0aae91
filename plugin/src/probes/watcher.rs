//! Pods that stay: started like those of a run, and followed line by line until somebody ends it.

use lbprobe_analysis::watching::WatchGapReason;
use std::collections::{HashMap, HashSet};

use futures::AsyncBufRead;
use futures::stream::{self, BoxStream, FuturesUnordered, SelectAll, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use lbprobe_protocol::ProbeEvent;
use tokio::time::{Duration, Instant, interval, sleep};

use super::answers::log_params;
use super::attempts::Attempts;
use super::build::PodNumber;
use super::clock::RunClock;
use super::job::RunJob;
use super::lines::BoundedLines;
use super::live_pods::LivePods;
use super::pod_requests::CREATES_IN_FLIGHT;
use super::run_state::not_started;
use super::runner::Runner;
use super::status::PodStage;
use crate::error::Error;

/// Before a log is asked for again whose connection broke.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest of these pauses: a pod that has ended has nothing more to say.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What is read again of it, so that no line is missed: those that were heard are passed over.
const OVERLAP: Duration = Duration::from_secs(5);

/// What comes from a pod; a number is its index among the vantages.
pub(crate) enum Heard {
    /// A sample.
    Event(usize, ProbeEvent),
    /// Nothing comes any more, or never came, for this reason.
    Silent(usize, WatchGapReason),
    /// The connection broke and stands again.
    Reconnected(usize),
}

/// A pod that does not run yet.
struct Waiting {
    since: Duration,
    /// This was told.
    is_late: bool,
}

/// The pods of a watch that are not followed yet.
struct StartingPods<'a> {
    attempts: Attempts<'a>,
    waiting: HashMap<usize, Waiting>,
    followed: HashSet<usize>,
    /// Why pods could not be created.
    refusals: Vec<Error>,
    clock: RunClock,
}

/// What follows from what was heard.
enum Step {
    None,
    /// The pod runs: its log is to be read.
    Follow(PodNumber),
    /// Another pod is to be made in place of one that could not start.
    Create(PodNumber),
}

impl<'a> StartingPods<'a> {
    fn none(attempts: Attempts<'a>) -> Self {
        Self { attempts, waiting: HashMap::new(), followed: HashSet::new(), refusals: Vec::new(), clock: RunClock::begin() }
    }

    fn created(&mut self, number: PodNumber, result: Result<(), Error>, tell: &mut impl FnMut(Heard)) -> Step {
        match result {
            Ok(()) => self.wait(number.vantage),
            Err(_) if !self.attempts.is_current(number) => {}
            Err(cause) => {
                if let Some(next) = self.attempts.after_refusal(number, &cause) {
                    return Step::Create(next);
                }
                tell(Heard::Silent(number.vantage, WatchGapReason::NotCreated { message: cause.to_string() }));
                self.refusals.push(cause);
            }
        }
        Step::None
    }

    fn reached(&mut self, number: PodNumber, stage: PodStage, tell: &mut impl FnMut(Heard)) -> Step {
        let index = number.vantage;
        if !self.attempts.is_current(number) {
            return Step::None;
        }
        match stage {
            // One that is late is taken up all the same.
            PodStage::Running => {
                self.waiting.remove(&index);
                if self.followed.insert(index) {
                    return Step::Follow(number);
                }
            }
            PodStage::Unseen | PodStage::Starting => self.wait(index),
            PodStage::Refused(why) => {
                self.waiting.remove(&index);
                if let Some(next) = self.attempts.after_start(number, &why) {
                    return Step::Create(next);
                }
                tell(Heard::Silent(index, WatchGapReason::Unmeasured(self.attempts.explained(why))));
            }
            PodStage::Ended(end) => {
                tell(Heard::Silent(index, end.failure().map_or(WatchGapReason::ProbeEnded, WatchGapReason::Unmeasured)));
            }
        }
        Step::None
    }

    /// Waits for a pod to run, unless the watch was quicker.
    fn wait(&mut self, index: usize) {
        if !self.followed.contains(&index) {
            let since = self.clock.look();
            self.waiting.entry(index).or_insert(Waiting { since, is_late: false });
        }
    }

    /// Tells of each pod once that has not started in this time.
    fn tell_late(&mut self, start: Duration, tell: &mut impl FnMut(Heard)) {
        let now = self.clock.look();
        let is_late = |waiting: &Waiting| !waiting.is_late && now.saturating_sub(waiting.since) > start;
        for (index, waiting) in self.waiting.iter_mut().filter(|(_, waiting)| is_late(waiting)) {
            waiting.is_late = true;
            tell(Heard::Silent(*index, WatchGapReason::Unmeasured(not_started(start))));
        }
    }
}

impl Runner<'_> {
    /// Starts the pods, and tells what they see until it is dropped. An error means that no pod could be
    /// made at all, or that the image does not come and the probe may be carried.
    pub(crate) async fn keep_watch(&self, job: &RunJob, pods: &mut LivePods, mut tell: impl FnMut(Heard)) -> Result<(), Error> {
        let mut creates = stream::iter(self.creations(job)).buffer_unordered(CREATES_IN_FLIGHT);
        let mut later_creates = FuturesUnordered::new();
        let mut logs: SelectAll<BoxStream<'_, Heard>> = SelectAll::new();
        let mut starting = StartingPods::none(Attempts::first(self.run_spec, self.vantages));
        let mut ticks = interval(PAUSE);
        loop {
            let step = tokio::select! {
                Some((number, result)) = creates.next() => starting.created(number, result, &mut tell),
                Some((number, result)) = later_creates.next() => starting.created(number, result, &mut tell),
                Some(change) = pods.watch.next() => match pods.note(&self.run_spec.namespace, change)? {
                    Some((number, stage)) => {
                        // What was seen already is worth more than the pods that are missing.
                        if starting.followed.is_empty() {
                            self.image_comes(&stage)?;
                        }
                        starting.reached(number, stage, &mut tell)
                    }
                    None => Step::None,
                },
                Some(heard) = logs.next() => {
                    tell(heard);
                    Step::None
                }
                _ = ticks.tick() => {
                    starting.tell_late(self.run_spec.limits.start, &mut tell);
                    Step::None
                }
            };
            match step {
                Step::Follow(number) => logs.push(self.follow(number)),
                Step::Create(number) => later_creates.push(self.create_another(number, job)),
                Step::None => {}
            }
            if starting.refusals.len() == self.vantages.len() {
                return Err(self.no_pod(starting.refusals).await);
            }
        }
    }

    /// The lines of a pod's log, from its first on, over as many connections as it takes.
    fn follow(&self, number: PodNumber) -> BoxStream<'static, Heard> {
        let api: Api<Pod> = Api::namespaced(self.cluster.client.clone(), &self.run_spec.namespace);
        let (pod, index) = (self.run_spec.pod_name(number), number.vantage);
        let start = Following { api, pod, index, lines: None, heard: None, next: None, is_broken: false, pause: PAUSE };
        stream::unfold(start, |mut following| async move {
            let heard = following.next().await?;
            Some((heard, following))
        })
        .boxed()
    }
}

type Log = std::pin::Pin<Box<dyn AsyncBufRead + Send>>;

/// A log that is being followed.
struct Following {
    api: Api<Pod>,
    pod: String,
    index: usize,
    lines: Option<BoundedLines<Log>>,
    /// When the last new line came, and its number.
    heard: Option<(Instant, u64)>,
    /// The line that ended a silence, after that was told.
    next: Option<ProbeEvent>,
    is_broken: bool,
    pause: Duration,
}

impl Following {
    /// The next line; nothing where the pod is gone.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some(event) = self.next.take() {
                return Some(Heard::Event(self.index, event));
            }
            let Some(lines) = &mut self.lines else {
                self.open().await?;
                continue;
            };
            let Some(line) = lines.next().await else {
                self.lines = None;
                self.is_broken = self.heard.is_some();
                continue;
            };
            // Read again after a break, a line is no news.
            let is_new = |event: &ProbeEvent| self.heard.is_none_or(|(_, last)| event.number > last);
            let Some(event) = ProbeEvent::from_line(&line).filter(is_new) else { continue };
            self.heard = Some((Instant::now(), event.number));
            self.pause = PAUSE;
            if std::mem::take(&mut self.is_broken) {
                self.next = Some(event);
                return Some(Heard::Reconnected(self.index));
            }
            return Some(Heard::Event(self.index, event));
        }
    }

    /// Opens the log, after a pause that grows while it brings nothing; nothing where the pod is gone.
    async fn open(&mut self) -> Option<()> {
        loop {
            let since = self.heard.map(|(heard, _)| i64::try_from((heard.elapsed() + OVERLAP).as_secs()).unwrap_or(i64::MAX));
            let params = LogParams { since_seconds: since, ..log_params() };
            let opened = self.api.log_stream(&self.pod, &params).await;
            match opened {
                Ok(log) => {
                    self.lines = Some(BoundedLines::new(Box::pin(log)));
                    if self.is_broken || self.pause > PAUSE {
                        sleep(self.pause).await;
                    }
                    self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                    return Some(());
                }
                Err(kube::Error::Api(status)) if status.code == 404 => return None,
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
}
