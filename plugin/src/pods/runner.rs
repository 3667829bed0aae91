//! Creates the pods, hears of them by one watch, and gathers their answers.
//!
//! The runner never prints: it tells its progress to whoever listens. A pod that fails is data;
//! an error means that no pod could be made at all.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use futures::stream::{self, BoxStream, FuturesUnordered, StreamExt as _};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{PostParams, WatchEvent, WatchParams};
use kube::{Api, ResourceExt as _};
use lbprobe_analysis::facts::{Facts, Taint};
use lbprobe_analysis::observations::{Observations, Probe, Seen, Unmeasured};
use lbprobe_analysis::plan::Vantage;
use lbprobe_analysis::words::printable;
use tokio::time::interval;

use super::answers;
use super::build::Blueprint;
use super::resume;
use super::state::{Ask, Starting, State};
use super::status::{MESSAGE_CHARS, ProbePod, Stage};
use crate::cluster::Cluster;
use crate::error::{Access, Error, Refusal};

/// Creates in flight. API servers end watches under more (seen at 50 with 1,000 nodes).
pub(super) const CREATES_IN_FLIGHT: usize = 10;

/// Log requests in flight.
const LOGS_IN_FLIGHT: usize = 50;

/// A pod with a warning in its events that has not started by then will not.
const WARNING_GRACE: Duration = Duration::from_secs(4);

/// kubelet renews its lease every 10 s; one that is older twice over is silent.
const SILENT_LEASE_SECONDS: u64 = 25;

/// How long a kubelet whose lease is that old gets to say a first word of the pod.
const SILENT_GRACE: Duration = Duration::from_secs(4);

/// What a probe's deadlines may add up to beyond its checks' own.
const ANSWER_MARGIN: Duration = Duration::from_secs(5);

/// Which way answers come; the other one is taken where it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Road {
    /// One log request a pod, quicker by kubelet's slowness to report an end.
    Logs,
    /// In the pods' status, which costs no request.
    TerminationMessages,
}

/// Counts for a progress line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) pods: usize,
    pub(crate) created: usize,
    pub(crate) running: usize,
    pub(crate) answered: usize,
}

/// One run's pods.
pub(crate) struct Runner<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) blueprint: &'a Blueprint,
    pub(crate) facts: &'a Facts,
    pub(crate) vantages: &'a [Vantage],
    pub(crate) road: Road,
    pub(crate) start_timeout: Duration,
}

/// What happens next; a number is the pod's place among the vantages.
enum Happening {
    Created(usize, Result<(), Error>),
    Pod(Option<(usize, Stage)>),
    Warning(usize, String),
    Log(usize, String),
    Tick,
}

/// Where the run stands.
struct Course {
    states: Vec<State>,
    /// Why pods could not be created.
    refusals: Vec<Error>,
    logs_to_read: VecDeque<usize>,
}

impl Runner<'_> {
    /// Runs all pods to their answers. `tell` hears of every change.
    pub(crate) async fn run(&self, mut tell: impl FnMut(Progress)) -> Result<Observations, Error> {
        let job = self.create_job().await?;
        let places: HashMap<String, usize> = (0..self.vantages.len()).map(|place| (self.blueprint.pod_name(place), place)).collect();
        let mut course = Course::new(self.vantages.len());
        let mut creates = stream::iter(self.creations(&job)).buffer_unordered(CREATES_IN_FLIGHT);
        let mut pods = self.watch_pods();
        let mut warnings = self.watch_warnings(&places);
        let mut logs = FuturesUnordered::new();
        let mut ticks = interval(Duration::from_millis(500));
        while !course.states.iter().all(State::is_done) {
            let happening = tokio::select! {
                Some((place, result)) = creates.next() => Happening::Created(place, result),
                Some(change) = pods.next() => Happening::Pod(self.change(&places, change)?),
                Some((place, message)) = warnings.next() => Happening::Warning(place, message),
                Some((place, text)) = logs.next() => Happening::Log(place, text),
                _ = ticks.tick() => Happening::Tick,
            };
            self.advance(&mut course, happening);
            while logs.len() < LOGS_IN_FLIGHT
                && let Some(place) = course.logs_to_read.pop_front()
            {
                logs.push(self.fetch_log(place));
            }
            tell(course.progress());
        }
        if course.refusals.len() == course.states.len() {
            return Err(self.no_pod(&course.refusals));
        }
        Ok(self.observations(course.states))
    }

    fn advance(&self, course: &mut Course, happening: Happening) {
        let Course { states, .. } = course;
        let plan = |place: usize| self.blueprint.plans.of(self.vantages[place].network);
        match happening {
            Happening::Created(place, Ok(())) => states[place].created(),
            Happening::Created(place, Err(cause)) => course.refused(place, cause),
            Happening::Pod(None) => {}
            Happening::Pod(Some((place, stage))) => {
                let ask = states[place].reached(stage, self.road, plan(place));
                course.ask(place, ask);
            }
            Happening::Warning(place, message) => states[place].warned(message),
            Happening::Log(place, text) => {
                let ask = states[place].log_read(&text, plan(place));
                course.ask(place, ask);
            }
            Happening::Tick => self.expire(states),
        }
    }

    pub(super) async fn create_job(&self) -> Result<Job, Error> {
        let api: Api<Job> = Api::namespaced(self.cluster.client.clone(), &self.blueprint.namespace);
        let what = format!("create the run's Job in namespace {}", self.blueprint.namespace);
        let (params, job) = (PostParams::default(), self.blueprint.job());
        self.cluster.request(&what, Access { verb: "create", resource: "jobs" }, api.create(&params, &job)).await
    }

    pub(super) fn creations<'b>(&'b self, job: &'b Job) -> impl Iterator<Item = impl Future<Output = (usize, Result<(), Error>)>> {
        let taints: HashMap<&str, &[Taint]> = self.facts.nodes.iter().map(|node| (node.name.as_str(), &node.taints[..])).collect();
        self.vantages.iter().enumerate().map(move |(place, vantage)| {
            let pod = self.blueprint.pod(place, vantage, taints.get(vantage.node.as_str()).copied().unwrap_or_default(), Some(job));
            async move { (place, self.create_pod(&pod).await) }
        })
    }

    async fn create_pod(&self, pod: &Pod) -> Result<(), Error> {
        let api: Api<Pod> = Api::namespaced(self.cluster.client.clone(), &self.blueprint.namespace);
        let params = PostParams::default();
        let access = Access { verb: "create", resource: "pods" };
        self.cluster.request("create the pod", access, api.create(&params, pod)).await.map(drop)
    }

    pub(super) fn watch_pods(&self) -> BoxStream<'static, kube::Result<WatchEvent<ProbePod>>> {
        let api: Api<ProbePod> = Api::namespaced(self.cluster.client.clone(), &self.blueprint.namespace);
        resume::watch(api, WatchParams::default().labels(&self.blueprint.selector()))
    }

    /// Warnings about the run's pods; those about others are passed over. A user who may not see
    /// events loses only the quickness of a message.
    fn watch_warnings<'b>(&self, places: &'b HashMap<String, usize>) -> BoxStream<'b, (usize, String)> {
        let api: Api<Event> = Api::namespaced(self.cluster.client.clone(), &self.blueprint.namespace);
        let changes = resume::watch(api, WatchParams::default().fields("type=Warning,involvedObject.kind=Pod"));
        changes.filter_map(move |change| std::future::ready(change.ok().and_then(|event| warning(places, event)))).boxed()
    }

    /// Which pod changed, and to what. The watch is what everything hangs on: without it the run
    /// cannot go on.
    pub(super) fn change(
        &self,
        places: &HashMap<String, usize>,
        change: kube::Result<WatchEvent<ProbePod>>,
    ) -> Result<Option<(usize, Stage)>, Error> {
        let (pod, gone) = match change {
            Ok(WatchEvent::Added(pod) | WatchEvent::Modified(pod)) => (pod, false),
            Ok(WatchEvent::Deleted(pod)) => (pod, true),
            Ok(_) => return Ok(None),
            Err(cause) => {
                let access = Access { verb: "watch", resource: "pods" };
                let what = format!("watch pods in namespace {}", self.blueprint.namespace);
                return Err(Error::Forbidden { what, message: cause.to_string(), can: Some(access) });
            }
        };
        let stage = match (Stage::of(&pod), gone) {
            (stage @ (Stage::Ended { .. } | Stage::Refused(_)), _) | (stage, false) => stage,
            (_, true) => {
                Stage::Refused(Unmeasured { reason: "the pod was removed by somebody else before it answered".into(), hint: None })
            }
        };
        Ok(places.get(pod.name()).map(|place| (*place, stage)))
    }

    async fn fetch_log(&self, place: usize) -> (usize, String) {
        let api: Api<Pod> = Api::namespaced(self.cluster.client.clone(), &self.blueprint.namespace);
        (place, answers::follow_log(&api, &self.blueprint.pod_name(place), self.answer_limit()).await)
    }

    fn answer_limit(&self) -> Duration {
        let longest = self.blueprint.plans.host.checks.iter().map(|check| check.timeout_ms).max().unwrap_or_default();
        let wait = Duration::from_millis(self.blueprint.plans.pod.wait_ms.into());
        // A follow-up begins when the check that calls for it has ended.
        wait + Duration::from_millis(longest.into()) * 2 + ANSWER_MARGIN
    }

    /// Ends the wait for pods that have had their time.
    fn expire(&self, states: &mut [State]) {
        let answer_limit = self.answer_limit() + Duration::from_millis(self.blueprint.plans.host.linger_ms.into()) + ANSWER_MARGIN;
        for (vantage, state) in self.vantages.iter().zip(states) {
            match state {
                State::Starting(starting) => {
                    if let Some(why) = self.start_overdue(vantage, starting) {
                        state.give_up(why);
                    }
                }
                State::Answering(answering) if answering.since.elapsed() > answer_limit => {
                    let waited = answering.since.elapsed();
                    state.overdue(waited);
                }
                _ => {}
            }
        }
    }

    fn start_overdue(&self, vantage: &Vantage, starting: &Starting) -> Option<Unmeasured> {
        let waited = starting.since.elapsed();
        match &starting.warning {
            Some((at, message)) if at.elapsed() > WARNING_GRACE => Some(Unmeasured {
                reason: printable(&format!("the pod does not start: {message}"), MESSAGE_CHARS),
                hint: Some(format!("kubectl get events -n {} --field-selector type=Warning", self.blueprint.namespace)),
            }),
            _ if waited > self.start_timeout => Some(self.not_started(vantage)),
            _ if !starting.seen && waited > SILENT_GRACE => self.silent_kubelet(vantage),
            _ => None,
        }
    }

    fn silent_kubelet(&self, vantage: &Vantage) -> Option<Unmeasured> {
        let node = self.facts.nodes.iter().find(|node| node.name == vantage.node)?;
        let age = node.lease_age_seconds.filter(|age| *age >= SILENT_LEASE_SECONDS)?;
        let reason = format!("kubelet does not take the pod up, and its last sign of life was {age} s before the run");
        Some(Unmeasured { reason, hint: Some(format!("kubectl describe node {}", vantage.node)) })
    }

    pub(super) fn not_started(&self, vantage: &Vantage) -> Unmeasured {
        let reason = format!("kubelet did not start the pod within {} s", self.start_timeout.as_secs());
        Unmeasured { reason, hint: Some(format!("kubectl describe node {}; a longer --start-timeout where nodes are slow", vantage.node)) }
    }

    /// The server refused every pod: nothing was measured, and the first refusal says why.
    pub(super) fn no_pod(&self, refusals: &[Error]) -> Error {
        let message = match refusals.first() {
            Some(Error::Forbidden { message, .. } | Error::Api { message, .. }) => message.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let message = printable(&message, MESSAGE_CHARS);
        Error::NoPod { namespace: self.blueprint.namespace.clone(), why: Refusal::of(&message), message }
    }

    fn observations(&self, states: Vec<State>) -> Observations {
        let not_awaited = || Seen::Nothing(Unmeasured { reason: "the run ended before the probe answered".into(), hint: None });
        let seen = states.into_iter().map(|state| if let State::Done(seen) = state { seen } else { not_awaited() });
        Observations { probes: self.vantages.iter().zip(seen).map(|(vantage, seen)| Probe { vantage: vantage.clone(), seen }).collect() }
    }
}

impl Course {
    fn new(pods: usize) -> Self {
        Self { states: (0..pods).map(|_| State::Creating).collect(), refusals: Vec::new(), logs_to_read: VecDeque::new() }
    }

    fn refused(&mut self, place: usize, cause: Error) {
        let reason = printable(&cause.to_string(), MESSAGE_CHARS);
        self.states[place].give_up(Unmeasured { reason, hint: cause.hint() });
        self.refusals.push(cause);
    }

    fn ask(&mut self, place: usize, ask: Option<Ask>) {
        self.logs_to_read.extend(ask.map(|Ask::Log| place));
    }

    fn progress(&self) -> Progress {
        let mut progress = Progress { pods: self.states.len(), ..Progress::default() };
        for state in &self.states {
            progress.created += usize::from(!matches!(state, State::Creating));
            progress.running += usize::from(matches!(state, State::Answering(_) | State::Done(_)));
            progress.answered += usize::from(matches!(state, State::Done(_)));
        }
        progress
    }
}

fn warning(places: &HashMap<String, usize>, event: WatchEvent<Event>) -> Option<(usize, String)> {
    let (WatchEvent::Added(event) | WatchEvent::Modified(event)) = event else { return None };
    let place = *places.get(event.involved_object.name.as_ref()?)?;
    let reason = event.reason.clone().unwrap_or_else(|| event.name_any());
    Some((place, format!("{reason}: {}", event.message.unwrap_or_default())))
}
