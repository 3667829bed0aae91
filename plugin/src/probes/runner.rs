//! Creates the pods, hears of them by one watch, and gathers their answers.
//!
//! The runner never prints: it tells its progress to whoever listens. A pod that fails is data;
//! an error means that no pod could be made at all.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::{self, BoxStream, FuturesUnordered, StreamExt as _};
use http::HeaderValue;
use http::header::ACCEPT;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{ListParams, PostParams, WatchEvent, WatchParams};
use kube::core::Request as HttpRequest;
use kube::{Api, Resource as _};
use lbprobe_analysis::facts::{Facts, Taint};
use lbprobe_analysis::observations::{Observations, Probe, ProbeResult, Unmeasured};
use lbprobe_analysis::plan::{Network, Vantage};
use lbprobe_analysis::words::printable;
use serde::de::IgnoredAny;
use tokio::time::{MissedTickBehavior, interval};

use super::admission::without_name;
use super::answers;
use super::attempts::Attempts;
use super::build::{Batches, PodNumber, RunSpec};
use super::clock::RunClock;
use super::creation;
use super::delivery::{Delivery, ImageDelivery};
use super::job::RunJob;
use super::result_channel::ResultChannel;
use super::state::{Action, PodState, Starting};
use super::status::{MESSAGE_CHARS, PodStage, ProbePod};
use super::warnings::warning;
use crate::error::{Access, Error, ImageNotThere, Refusal, Request};
use crate::kubernetes::{Cluster, watch};
use crate::pause::{self, Phase};

/// Creates in flight. API servers end watches under more (seen at 50 with 1,000 nodes).
pub(super) const CREATES_IN_FLIGHT: usize = 10;

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

/// Between two looks at how the pods stand: a list of thousands is not asked for each one that is late.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// Asks for an object's metadata in place of all of it, or where a server cannot do that, for all of it.
const METADATA_ONLY: HeaderValue =
    HeaderValue::from_static("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json");

/// So many pods are few.
const FEW: usize = 200;

/// An answer that takes longer comes from a server that was silent meanwhile, for kubelets too.
const SILENCE: Duration = Duration::from_secs(1);

/// Pods in one page of such a look: 13 kB each as the server sends them.
const PAGE: u32 = 500;

/// Counts for a progress line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunProgress {
    pub(crate) pods: usize,
    pub(crate) created: usize,
    pub(crate) running: usize,
    pub(crate) answered: usize,
}

/// One run's pods.
pub(crate) struct Runner<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) run_spec: &'a RunSpec,
    pub(crate) facts: &'a Facts,
    pub(crate) vantages: &'a [Vantage],
    pub(crate) channel: ResultChannel,
}

/// The pods that are there, by the one watch that tells of them.
pub(crate) struct LivePods {
    pub(super) watch: BoxStream<'static, kube::Result<WatchEvent<ProbePod>>>,
    /// Which pod bears each name.
    numbers: HashMap<String, PodNumber>,
    /// How many vantages there are.
    pub(super) vantages: usize,
    /// Whether each pod was seen, and not seen to go: those of all first attempts, then those of all second ones.
    pub(super) alive: Vec<bool>,
    /// Whether kubelet has said something of each of them.
    pub(super) picked_up: Vec<bool>,
    /// The addresses of each vantage's pod, as soon as it has some.
    addresses: HashMap<usize, Vec<IpAddr>>,
}

/// How pods stand, by the server's own word.
type Looked = Result<Vec<(PodNumber, PodStage)>, Error>;

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

/// Where the run stands.
struct RunState<'a> {
    states: Vec<PodState>,
    attempts: Attempts<'a>,
    /// Pods to make in place of those that could not start.
    to_create: Vec<PodNumber>,
    progress: RunProgress,
    batches: Batches,
    /// Of each batch, the pods that are not done.
    waiting: Vec<usize>,
    /// Why pods could not be created.
    refusals: Vec<Error>,
    logs_to_read: VecDeque<usize>,
    batches_to_remove: VecDeque<usize>,
    clock: RunClock,
    /// What the clock showed when something happened last.
    now: Duration,
    limits: Late,
    /// When the server was last asked how the pods stand.
    asked: Option<Duration>,
    /// When it was asked for what it told last, and whether it did.
    looked: Option<(Duration, Result<(), String>)>,
}

/// After how long a pod is late.
#[derive(Clone, Copy)]
struct Late {
    start: Duration,
    answer: Duration,
    /// For how long the server was silent: no kubelet heard of its pod then.
    silence: Duration,
}

impl Late {
    /// When a pod is, by the run's clock.
    fn late_since(self, state: &PodState) -> Option<Duration> {
        match state {
            PodState::Starting(starting) => Some(starting.since.saturating_add(self.start).saturating_add(self.silence)),
            PodState::Answering(answering) => Some(answering.since.saturating_add(self.answer)),
            PodState::Creating | PodState::Done(_) => None,
        }
    }
}

impl Runner<'_> {
    /// The pods' watch, before there is any.
    pub(crate) fn live_pods(&self) -> LivePods {
        let vantages = self.vantages.len();
        let attempts = 0..self.run_spec.delivery.attempts();
        let numbers = attempts.flat_map(|attempt| (0..vantages).map(move |vantage| PodNumber { vantage, attempt }));
        let numbers: HashMap<_, _> = numbers.map(|number| (self.run_spec.pod_name(number), number)).collect();
        let none = vec![false; numbers.len()];
        LivePods { watch: self.watch_pods(), vantages, alive: none.clone(), picked_up: none, numbers, addresses: HashMap::new() }
    }

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
                Some(change) = pods.watch.next() => RunEvent::Pod(pods.note(self, change)?),
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

    /// The first pods of all vantages, one create after the other.
    pub(super) fn creations<'b>(&'b self, job: &'b RunJob) -> impl Iterator<Item = impl Future<Output = (PodNumber, Result<(), Error>)>> {
        let taints: HashMap<&str, &[Taint]> = self.facts.nodes.iter().map(|node| (node.name.as_str(), &node.taints[..])).collect();
        self.vantages.iter().enumerate().map(move |(index, vantage)| {
            let taints = taints.get(vantage.node.as_str()).copied().unwrap_or_default();
            self.create(PodNumber::first(index), taints, job)
        })
    }

    /// Makes a pod in place of one that could not start.
    pub(super) async fn create_another(&self, number: PodNumber, job: &RunJob) -> (PodNumber, Result<(), Error>) {
        let name = &self.vantages[number.vantage].node;
        let node = self.facts.nodes.iter().find(|node| node.name == *name);
        self.create(number, node.map(|node| &node.taints[..]).unwrap_or_default(), job).await
    }

    async fn create(&self, number: PodNumber, taints: &[Taint], job: &RunJob) -> (PodNumber, Result<(), Error>) {
        let vantage = &self.vantages[number.vantage];
        let created = match self.run_spec.pod(number, vantage, taints, Some(&job.job)) {
            Ok(mut pod) => {
                Batches::of_pods(self.vantages.len()).mark(number.vantage, &mut pod);
                self.create_pod(&pod).await
            }
            Err(cause) => Err(cause),
        };
        (number, created)
    }

    async fn create_pod(&self, pod: &Pod) -> Result<(), Error> {
        let (client, path) = (&self.cluster.client, Pod::url_path(&(), Some(&self.run_spec.namespace)));
        let access = Access { verb: "create", resource: "pods" };
        let create = async || {
            let body = serde_json::to_vec(pod).map_err(kube::Error::SerdeError)?;
            let request = HttpRequest::new(&path).create(&PostParams::default(), body);
            let mut request = request.map_err(kube::Error::BuildRequest)?;
            request.headers_mut().insert(ACCEPT, METADATA_ONLY);
            // The watch tells what became of it.
            let IgnoredAny = client.request(request).await?;
            Ok(())
        };
        creation::insist(async || self.cluster.request(Request::CreatePod, access, create()).await).await.map(drop)
    }

    fn watch_pods(&self) -> BoxStream<'static, kube::Result<WatchEvent<ProbePod>>> {
        let api: Api<ProbePod> = Api::namespaced(self.cluster.client.clone(), &self.run_spec.namespace);
        watch(api, WatchParams::default().labels(&self.run_spec.selector()))
    }

    /// Warnings about the run's pods; those about others are passed over. A user who may not see
    /// events loses only the quickness of a message.
    fn watch_warnings<'b>(&self, numbers: &'b HashMap<String, PodNumber>) -> BoxStream<'b, (PodNumber, String)> {
        let api: Api<Event> = Api::namespaced(self.cluster.client.clone(), &self.run_spec.namespace);
        let changes = watch(api, WatchParams::default().fields("type=Warning,involvedObject.kind=Pod"));
        changes.filter_map(move |change| std::future::ready(change.ok().and_then(|event| warning(numbers, event)))).boxed()
    }

    /// How the pods stand by the server's own word: nobody is late whose answer only was not heard.
    async fn look(&self, numbers: &HashMap<String, PodNumber>) -> Looked {
        match self.list_pods(|pod| Some((*numbers.get(pod.name())?, PodStage::of(pod)))).await {
            // The watch is all that such a user has.
            Err(Error::Forbidden { .. }) => Ok(Vec::new()),
            looked => looked,
        }
    }

    /// The run's pods page by page, as little of each as is kept.
    async fn list_pods<T>(&self, keep: impl Fn(&ProbePod) -> Option<T>) -> Result<Vec<T>, Error> {
        let api: Api<ProbePod> = Api::namespaced(self.cluster.client.clone(), &self.run_spec.namespace);
        let access = Access { verb: "list", resource: "pods" };
        let mut params = ListParams::default().labels(&self.run_spec.selector()).limit(PAGE);
        let mut kept = Vec::new();
        for _ in 0..=self.vantages.len() * self.run_spec.delivery.attempts() {
            let page = self.cluster.request(Request::ListProbes, access, api.list(&params)).await?;
            kept.extend(page.items.iter().filter_map(&keep));
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => break,
            }
        }
        Ok(kept)
    }

    /// Which pods are there, by the server's own word; nothing is changed where it gives none.
    pub(super) async fn recount(&self, pods: &mut LivePods) {
        let numbers = &pods.numbers;
        if let Ok(there) = self.list_pods(|pod| numbers.get(pod.name()).copied()).await {
            pods.alive.fill(false);
            for number in there {
                let place = pods.place(number);
                pods.alive[place] = true;
            }
        }
    }

    async fn fetch_log(&self, number: PodNumber) -> (usize, String) {
        let index = number.vantage;
        let api: Api<Pod> = Api::namespaced(self.cluster.client.clone(), &self.run_spec.namespace);
        let plan = self.run_spec.plans.of(self.vantages[index].network);
        (index, answers::follow_log(&api, &self.run_spec.pod_name(number), plan, self.run_spec.answer_limit()).await)
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

    /// The server refused every pod: nothing was measured, and the first refusal says why.
    pub(super) async fn no_pod(&self, refusals: Vec<Error>) -> Error {
        let refusal = refusals.into_iter().next().unwrap_or(Error::NothingProbed);
        let name = self.run_spec.pod_name(PodNumber::first(0));
        creation::explained(self.cluster, refusal, "pods", &self.run_spec.namespace, |namespace, message| Error::NoPod {
            namespace: namespace.to_owned(),
            why: Refusal::of(message),
            message: printable(&without_name(message, &name), MESSAGE_CHARS),
        })
        .await
    }

    fn observations(&self, states: Vec<PodState>) -> Observations {
        let not_awaited = || ProbeResult::Nothing(Unmeasured::RunEnded);
        let seen = states.into_iter().map(|state| if let PodState::Done(seen) = state { seen } else { not_awaited() });
        Observations {
            probes: self.vantages.iter().zip(seen).map(|(vantage, seen)| Probe { vantage: vantage.clone(), seen }).collect(),
            outside: None,
        }
    }
}

impl LivePods {
    /// The addresses of pods by node, without those of the host network, which have the node's own.
    pub(crate) fn addresses(&self, vantages: &[Vantage]) -> impl Iterator<Item = (String, Vec<IpAddr>)> {
        let of_pods = vantages.iter().enumerate().filter(|(_, vantage)| vantage.network == Network::Pod);
        of_pods.filter_map(|(index, vantage)| Some((vantage.node.clone(), self.addresses.get(&index)?.clone())))
    }

    /// Which pod changed, and to what. The watch is what everything hangs on: without it the run cannot go on.
    pub(super) fn note(
        &mut self,
        runner: &Runner<'_>,
        change: kube::Result<WatchEvent<ProbePod>>,
    ) -> Result<Option<(PodNumber, PodStage)>, Error> {
        let (pod, is_there) = match change {
            Ok(WatchEvent::Added(pod) | WatchEvent::Modified(pod)) => (pod, true),
            Ok(WatchEvent::Deleted(pod)) => (pod, false),
            Ok(_) => return Ok(None),
            Err(cause) => {
                let access = Access { verb: "watch", resource: "pods" };
                let what = Request::WatchProbes { namespace: &runner.run_spec.namespace }.to_string();
                return Err(Error::Forbidden { what, message: cause.to_string(), can: Some(access) });
            }
        };
        let Some(number) = self.numbers.get(pod.name()).copied() else { return Ok(None) };
        let place = self.place(number);
        self.alive[place] = is_there;
        if let Some(addresses) = pod.addresses() {
            self.addresses.insert(number.vantage, addresses);
        }
        let stage = match PodStage::of(&pod) {
            stage @ (PodStage::Ended(_) | PodStage::Refused(_)) => stage,
            stage if is_there => stage,
            _ => PodStage::Refused(Unmeasured::PodRemoved),
        };
        self.picked_up[place] |= stage != PodStage::Unseen;
        Ok(Some((number, stage)))
    }

    /// Where a pod stands in the lists of all.
    fn place(&self, number: PodNumber) -> usize {
        number.attempt * self.vantages + number.vantage
    }
}

impl<'a> RunState<'a> {
    fn new(attempts: Attempts<'a>, pods: usize, limits: Late) -> Self {
        let batches = Batches::of_pods(pods);
        let mut waiting = vec![0; batches.count()];
        (0..pods).for_each(|index| waiting[batches.batch_of(index)] += 1);
        Self {
            states: (0..pods).map(|_| PodState::Creating).collect(),
            attempts,
            to_create: Vec::new(),
            progress: RunProgress { pods, ..RunProgress::default() },
            batches,
            waiting,
            refusals: Vec::new(),
            logs_to_read: VecDeque::new(),
            batches_to_remove: VecDeque::new(),
            clock: RunClock::begin(),
            now: Duration::ZERO,
            limits,
            asked: None,
            looked: None,
        }
    }

    /// Changes a pod's state, and counts what that brings.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut PodState) -> Option<Action>) {
        let before = reached(&self.states[index]);
        let action = change(&mut self.states[index]);
        let now = reached(&self.states[index]);
        self.logs_to_read.extend(action.map(|Action::ReadLog| index));
        self.progress.created += usize::from(now >= 1 && before < 1);
        self.progress.running += usize::from(now >= 2 && before < 2);
        if now == 3 && before < 3 {
            self.progress.answered += 1;
            let batch = self.batches.batch_of(index);
            self.waiting[batch] -= 1;
            // One batch alone is removed when the verdict is there: nobody is to wait for that.
            if self.waiting[batch] == 0 && self.waiting.len() > 1 {
                self.batches_to_remove.push_back(batch);
            }
        }
    }

    /// Whether somebody is late, or with few pods slow, of whom the server was not asked since.
    fn wants_a_look(&self) -> bool {
        if self.asked.is_some_and(|asked| self.now.saturating_sub(asked) < BETWEEN_LOOKS) {
            return false;
        }
        let is_late = |late: Duration| late <= self.now && self.asked.is_none_or(|asked| asked < late);
        // Of few pods it costs little to hear early that the server is silent.
        let waits =
            |state: &PodState| matches!(state, PodState::Starting(starting) if self.now.saturating_sub(starting.since) > BETWEEN_LOOKS);
        let is_few = self.states.len() <= FEW;
        self.states.iter().any(|state| self.limits.late_since(state).is_some_and(is_late) || (is_few && waits(state)))
    }

    /// A pod is made in place of one that could not start.
    fn begin_again(&mut self, next: PodNumber) {
        self.states[next.vantage].begun_again(self.now);
        self.to_create.push(next);
    }

    fn give_up(&mut self, index: usize, why: Unmeasured) {
        self.change(index, |state| {
            state.give_up(why);
            None
        });
    }

    fn too_late(&mut self, index: usize) {
        let Late { start, answer, .. } = self.limits;
        self.change(index, |state| {
            if matches!(state, PodState::Starting(_)) {
                state.give_up(not_started(start));
            } else {
                state.overdue(answer);
            }
            None
        });
    }

    fn refused(&mut self, index: usize, cause: Error, name: &str, namespace: &str) {
        let why = match &cause {
            Error::Forbidden { message, .. } | Error::Api { message, .. } => Unmeasured::NotCreated {
                message: printable(&without_name(message, name), MESSAGE_CHARS),
                hint: Some(Refusal::of(message).hint("pods", namespace)),
            },
            other => Unmeasured::Other { message: printable(&other.to_string(), MESSAGE_CHARS), hint: other.hint() },
        };
        self.give_up(index, why);
        self.refusals.push(cause);
    }

    /// Where a test stops the run.
    async fn pause(&self, before: RunProgress) {
        let RunProgress { pods, created, running, .. } = self.progress;
        if created == pods && before.created < pods {
            pause::at(Phase::PodsCreated).await;
        }
        if running == pods && before.running < pods {
            pause::at(Phase::PodsRunning).await;
        }
    }
}

/// How far a pod has come: created, running, done.
fn reached(state: &PodState) -> u8 {
    match state {
        PodState::Creating => 0,
        PodState::Starting(_) => 1,
        PodState::Answering(_) => 2,
        PodState::Done(_) => 3,
    }
}

pub(super) fn not_started(start_timeout: Duration) -> Unmeasured {
    Unmeasured::start_overdue(start_timeout)
}
