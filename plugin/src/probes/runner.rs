//! Creates the pods, hears of them by one watch, and gathers their answers.
//!
//! The runner never prints: it tells its progress to whoever listens. A pod that fails is data;
//! an error means that no pod could be made at all.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::{self, FuturesUnordered, StreamExt as _};
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::observations::{Observations, Probe, ProbeResult, Unmeasured};
use lbprobe_analysis::plan::Vantage;
use lbprobe_analysis::words::printable;
use tokio::time::{MissedTickBehavior, interval};

use super::admission::without_name;
use super::attempts::Attempts;
use super::build::{PodNumber, RunSpec};
use super::delivery::{Delivery, ImageDelivery};
use super::job::RunJob;
use super::live_pods::LivePods;
use super::pod_requests::{CREATES_IN_FLIGHT, Looked};
use super::result_channel::ResultChannel;
use super::run_state::{Late, RunProgress, RunState};
use super::state::{PodState, Starting};
use super::status::{MESSAGE_CHARS, PodStage};
use crate::error::{Error, ImageNotThere};
use crate::kubernetes::Cluster;
use crate::pause::{self, Phase};

/// Batches that are removed at a time while others are made. What the server does for them the verdict waits for; what it
/// has not done by then, the end does. At 5,000 nodes all that were ready at a time made the verdict 1.28 times the floor.
const REMOVALS_IN_FLIGHT: usize = 1;

/// Log requests in flight.
const LOGS_IN_FLIGHT: usize = 50;

/// A pod with a warning in its events that has not started by then will not.
const WARNING_GRACE: Duration = Duration::from_secs(4);

/// kubelet renews its lease every 10 s; one that is older twice over is silent.
const SILENT_LEASE_SECONDS: u64 = 25;

/// How long a kubelet whose lease is that old gets to say a first word of the pod.
const SILENT_GRACE: Duration = Duration::from_secs(4);

/// Which part of the time that a pod may take to start a node gets to pull an image that it is not known to have, where
/// the probe may come otherwise.
const IMAGE_SHARE: u32 = 4;

/// An answer that takes longer comes from a server that was silent meanwhile, for kubelets too.
const SILENCE: Duration = Duration::from_secs(1);

/// One run's pods.
pub(crate) struct Runner<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) run_spec: &'a RunSpec,
    pub(crate) facts: &'a Facts,
    pub(crate) vantages: &'a [Vantage],
    pub(crate) channel: ResultChannel,
}

/// What happens next; a mere number is that of a vantage.
enum RunEvent {
    Created(PodNumber, Result<(), Error>),
    Pod(Option<(PodNumber, PodStage)>),
    Warning(PodNumber, String),
    Log(usize, String),
    /// The server was asked how the pods stand.
    Looked(Looked),
    /// A batch of pods that have answered was removed, or not: the clean-up sees to the rest.
    Removed,
    Tick,
}

impl Runner<'_> {
    /// Runs all pods to their answers. `tell` hears of every change.
    pub(crate) async fn run(&self, job: &RunJob, pods: &mut LivePods, mut tell: impl FnMut(RunProgress)) -> Result<Observations, Error> {
        let numbers = pods.numbers.clone();
        let limits = Late { start: self.run_spec.limits.start, answer: self.run_spec.answer_limit(), silence: Duration::ZERO };
        let mut run_state = RunState::new(Attempts::first(self.run_spec, self.vantages), self.vantages.len(), limits);
        let mut creates = stream::iter(self.creations(job)).buffer_unordered(CREATES_IN_FLIGHT);
        let mut later_creates = FuturesUnordered::new();
        let mut warnings = self.watch_warnings(&numbers);
        let mut logs = FuturesUnordered::new();
        let mut removals: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
        let mut look: Option<BoxFuture<'_, Looked>> = None;
        let mut ticks = interval(Duration::from_millis(500));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while run_state.progress.answered < run_state.states.len() {
            // What was heard counts before what is late: a program that was stopped hears it all at once.
            let event = tokio::select! {
                biased;
                Some(change) = pods.watch.next() => RunEvent::Pod(pods.note(&self.run_spec.namespace, change)?),
                Some((index, text)) = logs.next() => RunEvent::Log(index, text),
                Some((number, result)) = creates.next() => RunEvent::Created(number, result),
                Some((number, result)) = later_creates.next() => RunEvent::Created(number, result),
                looked = async { match look.as_mut() { Some(look) => look.await, None => std::future::pending().await } } => {
                    look = None;
                    RunEvent::Looked(looked)
                }
                Some((number, message)) = warnings.next() => RunEvent::Warning(number, message),
                Some(()) = removals.next() => RunEvent::Removed,
                _ = ticks.tick() => RunEvent::Tick,
            };
            let before = run_state.progress;
            let is_time_to_look = matches!(event, RunEvent::Tick);
            self.check_image(&run_state, &event)?;
            self.advance(&mut run_state, event);
            later_creates.extend(run_state.to_create.drain(..).map(|number| self.create_another(number, job)));
            while logs.len() < LOGS_IN_FLIGHT
                && let Some(index) = run_state.logs_to_read.pop_front()
            {
                logs.push(self.fetch_log(run_state.attempts.current(index)));
            }
            while removals.len() < REMOVALS_IN_FLIGHT
                && let Some(batch) = run_state.batches_to_remove.pop_front()
            {
                removals.push(async move { drop(self.remove_batch(batch).await) }.boxed());
            }
            if is_time_to_look && look.is_none() && run_state.wants_a_look() {
                run_state.asked = Some(run_state.clock.look());
                look = Some(self.look(&numbers).boxed());
            }
            tell(run_state.progress);
            run_state.pause(before).await;
        }
        if run_state.refusals.len() == run_state.states.len() {
            return Err(self.no_pod(run_state.refusals).await);
        }
        pause::at(Phase::Answered).await;
        Ok(self.observations(run_state.states))
    }

    /// Ends a run that may go on by ConfigMaps, at the first sign that the image does not come.
    fn check_image(&self, run_state: &RunState<'_>, event: &RunEvent) -> Result<(), Error> {
        match (&self.run_spec.delivery, event) {
            (_, RunEvent::Pod(Some((_, stage)))) => self.image_comes(stage),
            (_, RunEvent::Looked(Ok(looked))) => looked.iter().try_for_each(|(_, stage)| self.image_comes(stage)),
            (Delivery::Image(image), RunEvent::Tick) if image.may_fall_back => {
                let patience = self.run_spec.limits.start / IMAGE_SHARE;
                let silence = run_state.limits.silence;
                // What kubelet has not taken up, or warns of, is slow for another reason.
                let waits = |(vantage, state): &(&Vantage, &PodState)| {
                    matches!(state, PodState::Starting(starting) if starting.seen && starting.warning.is_none() && run_state.now.saturating_sub(starting.since) > patience + silence)
                        && image.is_missing_on(&vantage.node)
                };
                self.vantages.iter().zip(&run_state.states).find(waits).map_or(Ok(()), |(vantage, _)| {
                    let cause = ImageNotThere::Slow { node: vantage.node.clone(), seconds: patience.as_secs() };
                    Err(Error::ImageNotThere { cause })
                })
            }
            _ => Ok(()),
        }
    }

    /// Whether a pod's stage says that its image does not come, where the run may go on by ConfigMaps.
    pub(super) fn image_comes(&self, stage: &PodStage) -> Result<(), Error> {
        match (&self.run_spec.delivery, stage) {
            (
                Delivery::Image(ImageDelivery { may_fall_back: true, .. }),
                PodStage::Refused(Unmeasured::ImageNotPulled { message } | Unmeasured::ImageAbsent { message }),
            ) => Err(Error::ImageNotThere { cause: ImageNotThere::Refused(message.clone()) }),
            _ => Ok(()),
        }
    }

    fn advance(&self, run_state: &mut RunState<'_>, event: RunEvent) {
        let now = run_state.clock.look();
        run_state.now = now;
        let plan = |index: usize| self.run_spec.plans.of(self.vantages[index].network);
        match event {
            RunEvent::Created(number, Ok(())) if run_state.attempts.is_current(number) => run_state.change(number.vantage, |state| {
                state.created(now);
                None
            }),
            RunEvent::Created(number, Err(cause)) if run_state.attempts.is_current(number) => {
                match run_state.attempts.after_refusal(number, &cause) {
                    Some(next) => run_state.begin_again(next),
                    None => run_state.refused(number.vantage, cause, &self.run_spec.pod_name(number), &self.run_spec.namespace),
                }
            }
            RunEvent::Pod(Some((number, stage))) => self.reached(run_state, number, stage, now),
            RunEvent::Warning(number, message) if run_state.attempts.is_current(number) => {
                run_state.states[number.vantage].warned(without_name(&message, &self.run_spec.pod_name(number)), now);
            }
            RunEvent::Log(index, text) => run_state.change(index, |state| state.log_read(&text, plan(index))),
            RunEvent::Looked(looked) => {
                let asked = run_state.asked.unwrap_or(now);
                let took = now.saturating_sub(asked);
                if took > SILENCE {
                    run_state.limits.silence += took;
                }
                run_state.looked = Some((asked, looked.as_ref().map(drop).map_err(ToString::to_string)));
                for (number, stage) in looked.into_iter().flatten() {
                    self.reached(run_state, number, stage, now);
                }
                self.expire(run_state, now);
            }
            RunEvent::Tick => self.expire(run_state, now),
            // What is heard of a pod whose place another has taken changes nothing.
            RunEvent::Created(..) | RunEvent::Warning(..) | RunEvent::Pod(None) | RunEvent::Removed => {}
        }
    }

    /// A pod has come so far. Where its image cannot be used another pod takes its place, if there is another image.
    fn reached(&self, run_state: &mut RunState<'_>, number: PodNumber, stage: PodStage, now: Duration) {
        let index = number.vantage;
        if !run_state.attempts.is_current(number) || run_state.states[index].is_done() {
            return;
        }
        let stage = match stage {
            PodStage::Refused(why) => match run_state.attempts.after_start(number, &why) {
                Some(next) => return run_state.begin_again(next),
                None => PodStage::Refused(run_state.attempts.explained(why)),
            },
            stage => stage,
        };
        let plan = self.run_spec.plans.of(self.vantages[index].network);
        run_state.change(index, |state| state.reached(stage, self.channel, plan, now));
    }

    /// Ends the wait for pods that have had their time, by the server's own word as well.
    fn expire(&self, run_state: &mut RunState, now: Duration) {
        let looked = run_state.looked.clone();
        let lease_ages = self.silent_kubelets();
        for index in 0..run_state.states.len() {
            let state = &run_state.states[index];
            if let PodState::Starting(starting) = state
                && let Some(why) = self.will_not_start(&self.vantages[index], starting, now, &lease_ages)
            {
                run_state.give_up(index, why);
                continue;
            }
            let Some(late) = run_state.limits.late_since(state) else { continue };
            match &looked {
                Some((at, Ok(()))) if *at >= late => run_state.too_late(index),
                Some((at, Err(cause))) if *at >= late => {
                    run_state.give_up(index, Unmeasured::ServerSilent { message: printable(cause, MESSAGE_CHARS) });
                }
                _ => {}
            }
        }
    }

    /// The nodes whose kubelet was silent for long when the run began, few if any, and for how many seconds.
    pub(super) fn silent_kubelets(&self) -> HashMap<&str, u64> {
        let old = |age: &u64| *age >= SILENT_LEASE_SECONDS;
        self.facts.nodes.iter().filter_map(|node| Some((node.name.as_str(), node.lease_age_seconds.filter(old)?))).collect()
    }

    fn will_not_start(&self, vantage: &Vantage, starting: &Starting, now: Duration, lease_ages: &HashMap<&str, u64>) -> Option<Unmeasured> {
        let waited = now.saturating_sub(starting.since);
        match &starting.warning {
            Some((at, message)) if now.saturating_sub(*at) > WARNING_GRACE => {
                Some(Unmeasured::NotStarting { message: printable(message, MESSAGE_CHARS), namespace: self.run_spec.namespace.clone() })
            }
            _ if !starting.seen && waited > SILENT_GRACE => Self::silent_kubelet(vantage, lease_ages),
            _ => None,
        }
    }

    fn silent_kubelet(vantage: &Vantage, lease_ages: &HashMap<&str, u64>) -> Option<Unmeasured> {
        lease_ages.get(vantage.node.as_str()).map(|seconds| Unmeasured::KubeletSilent { seconds: *seconds })
    }

    fn observations(&self, states: Vec<PodState>) -> Observations {
        let not_awaited = || ProbeResult::Nothing(Unmeasured::RunEnded);
        let seen = states.into_iter().map(|state| if let PodState::Done(seen) = state { seen } else { not_awaited() });
        Observations {
            probes: self.vantages.iter().zip(seen).map(|(vantage, seen)| Probe { vantage: vantage.clone(), seen }).collect(),
            ..Observations::default()
        }
    }
}
