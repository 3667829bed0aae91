//! Probe pods → observations → report, for every command that measures: and the pods removed again.

use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use lbprobe_analysis::batch;
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::{Facts, ServiceChange, differences};
use lbprobe_analysis::observations::{Observations, ProbeResult};
use lbprobe_analysis::plan::{CarriedBytes, Network, Plan, SkipReason, SkipSubject, Vantage};
use lbprobe_analysis::preflight::Admission;
use lbprobe_analysis::text;
use lbprobe_analysis::text::messages::Message;

use super::meanwhile::heard_during;
use crate::client_certificate;
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::{from_api, note_pod_addresses};
use crate::kubernetes::Cluster;
use crate::pause::{self, Phase};
use crate::probes::{self, Delivery, HostPods, LivePods, ProbePlans, ResultChannel, RunLimits, RunSpec, Runner};
use crate::report::ProgressLine;
use crate::settings::{self, Pods, Probing};
use crate::signals::Attention;
use crate::terminal::{language, say};

/// Milliseconds for which a probe waits for the reader of its log. Longer than kubelet takes to
/// show a pod as running, on a busy node too.
pub(super) const LINGER_MS: u32 = 15_000;

/// Services that are read again at a time.
const READ_IN_FLIGHT: usize = 10;

/// What a pod may live beyond its start and its plan, whatever becomes of this program.
const LIFE_MARGIN: Duration = Duration::from_mins(5);

/// How long a pod may take to start, and so much more for each of many.
const START: Duration = Duration::from_secs(20);
const START_PER_HUNDRED_PODS: Duration = Duration::from_secs(1);

/// How long the cluster waits for a sign of life, and so much more for each of many pods: a busy server is slow to hear it.
const DEADLINE: Duration = Duration::from_secs(90);
const DEADLINE_PER_HUNDRED_PODS: Duration = Duration::from_secs(1);

/// A Service with what is known of it and what is to be done.
type Subject = (Facts, Plan);

/// Runs a plan. What follows from the report comes before the pods are removed, so that nobody waits
/// for that to read a verdict. Of a sample whose classes disagree with themselves more nodes are probed, once.
pub(crate) async fn probe<T>(
    cluster: &Cluster,
    probing: &Probing,
    facts: Facts,
    plan: Plan,
    then: impl FnOnce(Report) -> Result<T, Error>,
) -> Result<T, Error> {
    if let Some(hint) = plan.sample_hint(&facts) {
        say(Message::Hint { hint: &text::sample_hint(hint, language()) });
    }
    let mut then = Some(then);
    let mut finish = |report| match then.take() {
        Some(then) => then(report),
        None => Err(nothing_probed()),
    };
    let mut attention = Attention::begin();
    let mut rounds = Rounds { cluster, probing, attention: &mut attention, delivery: probing.pods.delivery, named_pods: None };
    let seen = rounds.run(vec![(facts, plan)], |reports| {
        let report = only(reports)?;
        let holds = report.facts.changed_meanwhile.is_empty();
        match report.plan.widened(&report.facts, &report.observations).filter(|_| holds) {
            Some(wider) => Ok(FirstRound::Differing(Box::new((report, wider)))),
            None => finish(report).map(FirstRound::Done),
        }
    });
    let (first, wider) = match seen.await? {
        (FirstRound::Done(done), _) => return Ok(done),
        // Nothing was said yet, and nobody wants to hear it any more.
        (FirstRound::Differing(..), Some(exit)) => return Err(Error::Interrupted(exit)),
        (FirstRound::Differing(first), None) => *first,
    };
    say(Message::ProbingMore);
    // The pods that the user named were probed in the first round.
    rounds.named_pods = Some(Vec::new());
    let more = vec![(first.facts.clone(), wider.beyond(&first.plan))];
    let second = rounds.run(more, |reports| only(reports).and_then(|second| finish(joined(first.clone(), second, wider.clone())))).await;
    match second {
        Ok((done, _)) => Ok(done),
        Err(cause @ Error::Interrupted(_)) => Err(cause),
        // What was seen first stands.
        Err(cause) => {
            say(Message::ProbingMoreFailed { cause: &cause.told(language()) });
            finish(first)
        }
    }
}

/// The same for several Services, whose checks share the pods.
pub(crate) async fn probe_all<T>(
    cluster: &Cluster,
    probing: &Probing,
    subjects: Vec<Subject>,
    then: impl FnOnce(Vec<Report>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut attention = Attention::begin();
    let mut rounds = Rounds { cluster, probing, attention: &mut attention, delivery: probing.pods.delivery, named_pods: None };
    rounds.run(subjects, then).await.map(|(done, _)| done)
}

/// What a sample came to.
enum FirstRound<T> {
    Done(T),
    /// Nodes of a class differ: this is the plan with more of them.
    Differing(Box<(Report, Plan)>),
}

/// One plan gives one report.
fn only(mut reports: Vec<Report>) -> Result<Report, Error> {
    reports.pop().ok_or_else(nothing_probed)
}

fn nothing_probed() -> Error {
    Error::NothingProbed
}

/// Both rounds of a sample as one, by facts that have to hold for both. What was planned otherwise by then cannot be put
/// beside the rest.
fn joined(first: Report, second: Report, plan: Plan) -> Report {
    let mut facts = first.facts;
    facts.changed_meanwhile = differences((&facts.service, &facts.endpoints), (&second.facts.service, &second.facts.endpoints));
    facts.changed_meanwhile.extend(second.facts.changed_meanwhile);
    if second.plan.targets != plan.targets {
        return Report::new(facts, first.plan, first.observations);
    }
    let observations = plan.joined([first.observations, second.observations]);
    let carried = [first.plan.carried, second.plan.carried].into_iter().flatten();
    let plan = Plan {
        carried: carried.reduce(|one, other| CarriedBytes { nodes: one.nodes + other.nodes, bytes: one.bytes + other.bytes }),
        ..plan
    };
    Report::new(facts, plan, observations)
}

/// Sets of probe pods, one after the other, under one attention to signals: none is lost between two of them.
struct Rounds<'a> {
    cluster: &'a Cluster,
    probing: &'a Probing,
    attention: &'a mut Attention,
    /// How the probe comes to the nodes: once it was carried, it is carried to the end.
    delivery: settings::Delivery,
    /// What the named pods gave, while the rest is probed in another way: a container that was put into one stays there.
    named_pods: Option<Vec<ProbeResult>>,
}

/// The image does not come: how the probe comes instead, told in a line.
fn carry_instead(cause: &Error, subjects: &[Subject]) -> settings::Delivery {
    let nodes = subjects.first().map(|(facts, _)| &facts.nodes[..]).unwrap_or_default();
    say_carried(cause, &Delivery::carried(nodes, &batch::vantages(subjects)));
    settings::Delivery::ConfigMap
}

/// Whether the cluster takes no carried probe.
fn is_refused(cause: &Error) -> bool {
    matches!(cause, Error::NoConfigMap { .. } | Error::NoPod { .. } | Error::Forbidden { .. } | Error::NotCarried { .. })
}

/// Tells that the image does not come, and what it costs to carry the probe.
pub(super) fn say_carried(cause: &Error, delivery: &Delivery) {
    if let Some(CarriedBytes { nodes, bytes }) = delivery.bytes() {
        say(Message::Carrying { cause: &cause.told(language()), nodes, bytes });
    }
}

/// What a round came to.
enum Judged<T> {
    Done(T),
    /// The Services changed meanwhile: so they are now.
    Again(Vec<Subject>),
}

impl Rounds<'_> {
    /// What was seen is judged by facts that held all the time: the Services and their endpoints are read again after the
    /// probes. Where they changed meanwhile everything is probed once more; where they changed again, that is the result.
    /// With it comes the signal that came during the clean-up, where one did.
    async fn run<T>(
        &mut self,
        mut subjects: Vec<Subject>,
        then: impl FnOnce(Vec<Report>) -> Result<T, Error>,
    ) -> Result<(T, Option<Exit>), Error> {
        let mut then = Some(then);
        // What was to be probed, while it is carried in place of an image.
        let mut instead: Option<Vec<Subject>> = None;
        loop {
            let is_last = subjects.iter().any(|(facts, _)| !facts.changed_meanwhile.is_empty());
            let judge = |seen: Vec<(Report, Option<Subject>)>| {
                let has_changed = seen.iter().any(|(report, _)| !report.facts.changed_meanwhile.is_empty());
                let is_there = |(report, again): &(Report, Option<Subject>)| report.facts.changed_meanwhile.is_empty() || again.is_some();
                if has_changed && !is_last && seen.iter().all(is_there) {
                    return Ok(Judged::Again(
                        seen.into_iter().map(|(report, again)| again.unwrap_or((report.facts, report.plan))).collect(),
                    ));
                }
                match then.take() {
                    Some(then) => then(seen.into_iter().map(|(report, _)| report).collect()).map(Judged::Done),
                    None => Err(nothing_probed()),
                }
            };
            let kept = matches!(self.delivery, settings::Delivery::Auto { .. }).then(|| subjects.clone());
            let round = match (Box::pin(self.round(subjects, judge)).await, kept) {
                (Err(cause @ Error::ImageNotThere { .. }), Some(again)) => {
                    self.delivery = carry_instead(&cause, &again);
                    instead = Some(again.clone());
                    subjects = again;
                    continue;
                }
                // The image may come to some nodes at least.
                (Err(cause), _) if is_refused(&cause) && instead.is_some() => {
                    say(Message::Warning { cause: &cause.told(language()) });
                    self.delivery = settings::Delivery::Image;
                    subjects = instead.take().unwrap_or_default();
                    continue;
                }
                (round, _) => round?,
            };
            match round {
                (Judged::Done(done), signal) => return Ok((done, signal)),
                (Judged::Again(_), Some(exit)) => return Err(Error::Interrupted(exit)),
                (Judged::Again(again), None) => {
                    // What they saw is of the Service as it was.
                    self.named_pods = None;
                    subjects = again;
                }
            }
        }
    }

    async fn round<T>(
        &mut self,
        mut subjects: Vec<Subject>,
        judge: impl FnOnce(Vec<(Report, Option<Subject>)>) -> Result<Judged<T>, Error>,
    ) -> Result<(Judged<T>, Option<Exit>), Error> {
        let Self { cluster, probing, attention, delivery, named_pods } = self;
        let earlier: Vec<_> = subjects.iter_mut().map(|(facts, _)| std::mem::take(&mut facts.changed_meanwhile)).collect();
        let vantages = batch::vantages(&subjects);
        let channel = channel(&vantages, probing);
        let linger_ms = if channel == ResultChannel::Logs { LINGER_MS } else { 0 };
        let limits = limits(&probing.pods, probing.answer_timeout, vantages.len());
        let plan = |network| batch::for_probe(&subjects, network, linger_ms);
        let nodes = subjects.first().map(|(facts, _)| &facts.nodes[..]).unwrap_or_default();
        let delivery = Delivery::first(*delivery, &probing.pods.image, nodes, &vantages)?;
        let run_spec = run_spec(cluster, &probing.pods, (limits, delivery), plan)?;
        let refusal = attention.or(refused_host_network(cluster, &run_spec, &vantages)).await?;
        for (_, plan) in &mut subjects {
            plan.limits = Some(run_spec.limits_of_report());
            plan.carried = run_spec.delivery.bytes();
            plan.with_client_certificate = run_spec.client_certificate.is_some();
            if let Some(reason) = &refusal {
                plan.skip_network(Network::Host, reason.clone());
            }
        }
        pause::at(Phase::FactsRead).await;
        let vantages = batch::vantages(&subjects);
        let (Some((facts, _)), false) = (subjects.first(), vantages.is_empty()) else {
            let reasons = refusal.map(|refusal| text::skip_reason(&SkipReason::Refused(refusal), language()));
            return Err(Error::NoVantage { reasons: reasons.unwrap_or_default() });
        };
        let shared = facts.clone();
        let runner = Runner { cluster, run_spec: &run_spec, facts: &shared, vantages: &vantages, channel };
        let pods_to_observe = batch::named_pods(&subjects).to_vec();
        with_pods(&runner, attention, async |attention, pods, job| {
            let line = ProgressLine::start(&shared.service.name);
            let services: Vec<_> = subjects.iter().map(|(facts, _)| facts).collect();
            let from_named_pods = async {
                if named_pods.is_none() {
                    *named_pods = Some(probes::observe_named_pods(cluster, &run_spec, &pods_to_observe).await);
                }
                Ok(())
            };
            let from_nodes = runner.run(job, pods, |progress| line.show(progress));
            // Where the image does not come, all begin again without it.
            let work = attention.or(async { tokio::try_join!(from_nodes, from_named_pods).map(|(observations, ())| observations) });
            let (observations, heard) = heard_during(cluster, &services, work).await;
            let observations = Observations { named_pods: named_pods.clone().unwrap_or_default(), ..observations? };
            for (facts, _) in &mut subjects {
                note_pod_addresses(&mut facts.nodes, pods.addresses(&vantages));
            }
            let reports = batch::reports(subjects, observations);
            let meanwhile = heard.into_iter().zip(earlier).map(|(heard, earlier)| Meanwhile { heard, earlier });
            let seen = attention.or(async { Ok(read_again(cluster, reports, meanwhile).await) }).await?;
            drop(line);
            pause::at(Phase::FactsReadAgain).await;
            judge(seen)
        })
        .await
    }
}

/// A Job, work with its pods, and their removal, whatever the work comes to. Signals end the work, and a second one the
/// removal. One that came during that is handed on beside the result.
pub(super) async fn with_pods<T>(
    runner: &Runner<'_>,
    attention: &mut Attention,
    work: impl AsyncFnOnce(&mut Attention, &mut LivePods, &probes::RunJob) -> Result<T, Error>,
) -> Result<(T, Option<Exit>), Error> {
    let mut live = runner.live_pods();
    // A create that was sent is waited for, within the limit of a request: it may land whatever we do.
    let mut creation = Box::pin(probes::create_job(runner.cluster, runner.run_spec));
    let created = tokio::select! {
        biased;
        exit = attention.signal() => {
            drop(creation.await);
            Err(Error::Interrupted(exit))
        }
        created = &mut creation => created,
    };
    let job = match created {
        Ok(job) => job,
        Err(cause) => {
            let ended = Err::<(), _>(cause);
            // Only the server's own no means that nothing was made.
            if !matches!(ended, Err(Error::NoJob { .. } | Error::Forbidden { .. } | Error::Unauthorized { .. } | Error::Suspended { .. })) {
                clean_up(runner, &mut live, attention, &ended).await;
            }
            return match ended {
                Err(cause) => Err(cause),
                Ok(()) => Err(nothing_probed()),
            };
        }
    };
    pause::at(Phase::JobCreated).await;
    let all = async {
        let sent = async {
            probes::create_config_maps(runner.cluster, runner.run_spec, &job).await?;
            probes::create_secret(runner.cluster, runner.run_spec, &job).await
        };
        let ended = match attention.or(sent).await {
            Ok(()) => work(attention, &mut live, &job).await,
            Err(cause) => Err(cause),
        };
        pause::at(Phase::Reported).await;
        let signal = clean_up(runner, &mut live, attention, &ended).await;
        match (ended, signal) {
            // Who wants to end is not to see everything begin again.
            (Err(Error::ImageNotThere { .. }), Some(exit)) => Err(Error::Interrupted(exit)),
            (ended, signal) => ended.map(|done| (done, signal)),
        }
    };
    tokio::select! {
        ended = all => ended,
        never = probes::keep_alive(runner.cluster, runner.run_spec, &job) => match never {},
    }
}

/// What became of a Service while it was probed.
struct Meanwhile {
    /// What was heard of it.
    heard: Vec<ServiceChange>,
    /// What had changed in the round before.
    earlier: Vec<ServiceChange>,
}

/// Reads each Service again. Beside a report whose Service changed stands what it is now, with the plan for that; nothing
/// where it cannot be probed any more.
async fn read_again(cluster: &Cluster, reports: Vec<Report>, meanwhile: impl Iterator<Item = Meanwhile>) -> Vec<(Report, Option<Subject>)> {
    let reads = reports.into_iter().zip(meanwhile).map(|(report, meanwhile)| one_again(cluster, report, meanwhile));
    stream::iter(reads).buffered(READ_IN_FLIGHT).collect().await
}

async fn one_again(cluster: &Cluster, report: Report, Meanwhile { heard, earlier }: Meanwhile) -> (Report, Option<Subject>) {
    let service = &report.facts.service;
    if service.is_elsewhere() {
        return (report, None);
    }
    let (changed, now) = match probes::patiently(async || from_api::service_again(cluster, &service.namespace, &service.name).await).await {
        Ok(Some((service, endpoints))) => {
            let changed = differences((&report.facts.service, &report.facts.endpoints), (&service, &endpoints));
            // What was changed and changed back is no difference any more.
            (if changed.is_empty() { heard } else { changed }, Some((service, endpoints)))
        }
        Ok(None) => (vec![ServiceChange::NoLoadBalancer], None),
        Err(cause) => (vec![ServiceChange::NotReadAgain { reason: cause.to_string() }], None),
    };
    if changed.is_empty() {
        return (report, None);
    }
    if earlier.is_empty() && now.is_some() {
        let name = format!("{}/{}", service.namespace, service.name);
        say(Message::ProbingAgain { service: &name, changes: &changed });
    }
    let again = now.map(|(service, endpoints)| {
        let facts = Facts { service, endpoints, changed_meanwhile: changed.clone(), ..report.facts.clone() };
        // The same pods: whoever named them has agreed to it.
        let named_pods = report.plan.named_pods.clone();
        let mut plan = Plan { named_pods, ..Plan::again(&facts, &report) };
        plan.skipped.extend(report.plan.skipped.iter().filter(|skip| matches!(skip.subject, SkipSubject::Pod(_))).cloned());
        (facts, plan)
    });
    let Report { facts, plan, observations, .. } = report;
    (Report::new(Facts { changed_meanwhile: changed, ..facts }, plan, observations), again)
}

fn channel(vantages: &[Vantage], probing: &Probing) -> ResultChannel {
    if vantages.len() <= probing.read_logs_up_to { ResultChannel::Logs } else { ResultChannel::TerminationMessages }
}

/// How long things may take, by the user's word or by the number of pods.
pub(super) fn limits(pods: &Pods, answer: Option<Duration>, count: usize) -> RunLimits {
    let hundreds = u32::try_from(count / 100).unwrap_or(u32::MAX);
    RunLimits {
        start: pods.start_timeout.unwrap_or_else(|| START.saturating_add(START_PER_HUNDRED_PODS.saturating_mul(hundreds))),
        answer,
        deadline: pods.deadline.unwrap_or_else(|| DEADLINE.saturating_add(DEADLINE_PER_HUNDRED_PODS.saturating_mul(hundreds))),
    }
}

/// The pods as the user wants them; `plan` says what those of a network are told.
pub(super) fn run_spec(
    cluster: &Cluster,
    pods: &Pods,
    (limits, delivery): (RunLimits, Delivery),
    plan: impl Fn(Network) -> lbprobe_protocol::Plan,
) -> Result<RunSpec, Error> {
    let plans = ProbePlans::new(plan)?;
    Ok(RunSpec {
        run: probes::new_run_id(),
        namespace: pods.namespace.clone().unwrap_or_else(|| cluster.namespace.clone()),
        image: pods.image.reference.clone(),
        delivery,
        pull_secrets: pods.pull_secrets.clone(),
        tolerations: pods.tolerations,
        host_pods: HostPods::Unprivileged,
        client_certificate: client_certificate::read(pods.client_certificate.as_ref())?,
        longest: plans.longest().saturating_add(limits.start).saturating_add(LIFE_MARGIN),
        limits,
        plans,
    })
}

/// Where admission forbids pods on the host network, the run goes on without them and says so. Where it cannot be asked,
/// their creation tells.
pub(super) async fn refused_host_network(cluster: &Cluster, run_spec: &RunSpec, vantages: &[Vantage]) -> Result<Option<String>, Error> {
    let Some(vantage) = vantages.iter().find(|vantage| vantage.network == Network::Host) else { return Ok(None) };
    Ok(match probes::host_pod_admission(cluster, run_spec, vantage, &[]).await? {
        Admission::Refused(reason) => Some(reason),
        Admission::Admitted | Admission::NotAsked(_) => None,
    })
}

/// Removes the run's objects. A failure is a warning with the command that finishes it: the verdict stands, and the
/// cluster removes the rest at the Job's deadline. Returned is the signal that came meanwhile, where one did.
async fn clean_up<T>(runner: &Runner<'_>, live: &mut LivePods, attention: &mut Attention, ended: &Result<T, Error>) -> Option<Exit> {
    let run_spec = runner.run_spec;
    let interrupted = match ended {
        Err(Error::Interrupted(exit)) => Some(*exit),
        _ => None,
    };
    if interrupted.is_some() {
        tell_of_removal();
    }
    let (removed, signal) = removed(runner, live, attention, interrupted).await;
    match removed {
        Ok(unconfirmed) => {
            if signal.is_some() && unconfirmed.is_empty() {
                say(Message::Removed { namespace: &run_spec.namespace });
            }
            if !unconfirmed.is_empty() {
                let most_seconds = run_spec.longest_without_kubelet().as_secs();
                say(Message::NotConfirmed { vantages: &unconfirmed, most_seconds });
            }
        }
        Err(cause) => {
            let seconds = run_spec.limits.deadline.as_secs();
            say(Message::CleanUpFailed { cause: &cause.told(language()), seconds });
            say(Message::Hint { hint: &probes::remove_command(runner.cluster, run_spec) });
        }
    }
    signal
}

fn tell_of_removal() {
    say(Message::Removing);
}

/// The removal to its end, or to the second signal; and the last signal.
async fn removed(
    runner: &Runner<'_>,
    live: &mut LivePods,
    attention: &mut Attention,
    mut signal: Option<Exit>,
) -> (Result<Vec<Vantage>, Error>, Option<Exit>) {
    let mut removal = Box::pin(probes::clean_up(runner, live));
    loop {
        tokio::select! {
            biased;
            exit = attention.signal() => match signal.replace(exit) {
                None => tell_of_removal(),
                Some(_) => return (Err(Error::Interrupted(exit)), signal),
            },
            removed = &mut removal => return (removed, signal),
        }
    }
}
