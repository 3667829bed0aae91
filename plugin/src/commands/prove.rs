//! `rehearse --prove`: facts → plan → today's checks → probe pods that stay, which see kube-proxies end and come back → the checks
//! of each such node again → proof → exit code. It changes nothing: whoever runs it changes the nodes meanwhile.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use lbprobe_analysis::documents::{RehearsalProof, Report};
use lbprobe_analysis::plan::{Network, Plan, PlanOptions};
use lbprobe_analysis::rehearsal::Proving;
use lbprobe_analysis::results::Results;
use lbprobe_analysis::text;
use lbprobe_analysis::text::messages::Message;
use lbprobe_analysis::watching::{Changed, News, WatchGapReason, Watching};
use lbprobe_protocol::Watch;

use super::probe::{limits, probe, refused_host_network, run_spec, with_pods};
use super::run;
use super::watch::{MARGIN, now_ms};
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api;
use crate::facts::resolution::Resolved;
use crate::kubernetes::{self, Cluster};
use crate::pause::{self, Phase};
use crate::probes::{Delivery, Heard, LivePods, ResultChannel, RunJob, RunSpec, Runner};
use crate::report;
use crate::settings::{self, Probing, Prove, milliseconds};
use crate::signals::Attention;
use crate::terminal::{language, say};

/// What a kube-proxy that is back may take to write its rules, before its node is measured.
const SETTLE: Duration = Duration::from_secs(5);

/// How often a node is measured again whose probe has ended, as it does when the node restarts.
const WITHOUT_PROBE: Duration = Duration::from_secs(30);

/// Holds a rehearsal against what the change does.
pub(crate) async fn prove(settings: &Prove) -> Result<Exit, Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    let meant = from_api::resolve(&cluster, &settings.scope).await?;
    let prover = Prover { cluster: &cluster, meant: &meant, settings };
    let first = prover.measure(&settings.plan, || ()).await?;
    let proving = Proving::new(&Results::of(&first), settings.changes.clone(), &settings.plan.nodes)
        .map_err(|cause| Error::Change(cause.to_string()))?;
    if proving.progress().0 == 0 {
        return Err(Error::ProveWithoutHosts);
    }
    let (agreeing, mismatches) = (proving.today().agreeing, proving.today().mismatches.len());
    let proof = Box::pin(prover.follow(&first, proving, || say(Message::ProvingBegins { agreeing, mismatches }))).await?;
    report::write_proof(&proof, settings.output, settings.redaction.as_ref())?;
    Ok(proof.verdict.into())
}

struct Prover<'a> {
    cluster: &'a Cluster,
    meant: &'a Resolved,
    settings: &'a Prove,
}

/// A node's checks under way.
struct Measurement<'a> {
    node: String,
    /// Whether pods may have been made for it: then it cleans up by itself, and has to be waited for.
    begun: Rc<Cell<bool>>,
    work: Pin<Box<dyn Future<Output = Result<Report, Error>> + 'a>>,
}

impl Prover<'_> {
    /// A run, by facts of now. `begin` is called before anything is made.
    async fn measure(&self, options: &PlanOptions, begin: impl FnOnce()) -> Result<Report, Error> {
        let Probing { pods, .. } = &self.settings.probing;
        let facts = run::facts(self.cluster, self.meant, self.settings.scope.selector.as_deref(), pods).await?;
        let plan = run::plan(&facts, &self.meant.asking.options(options))?;
        begin();
        probe(self.cluster, &self.settings.probing, facts, plan, Ok).await
    }

    /// The checks of one node, once its kube-proxy had time for its rules.
    fn measurement(&self, node: String) -> Measurement<'_> {
        let begun = Rc::new(Cell::new(false));
        let (of, begins) = (node.clone(), Rc::clone(&begun));
        let work = Box::pin(async move {
            tokio::time::sleep(SETTLE).await;
            let options = PlanOptions { nodes: BTreeSet::from([of]), ..self.settings.plan.clone() };
            self.measure(&options, || begins.set(true)).await
        });
        Measurement { node, begun, work }
    }

    /// Watches the nodes until all have changed, the time is over, or somebody has seen enough.
    async fn follow(&self, first: &Report, proving: Proving, begin: impl FnOnce()) -> Result<RehearsalProof, Error> {
        let Prove { probing, duration, interval, .. } = self.settings;
        let facts = &first.facts;
        let mut plan = first.plan.clone();
        plan.targets.retain(|target| !target.is_evidence());
        let mut attention = Attention::begin();
        let limits = limits(&probing.pods, None, plan.vantages.len());
        let kubelet_silence_ms = Some(milliseconds(limits.kubelet_silence()));
        let watch = Watch { interval_ms: milliseconds(*interval), for_ms: milliseconds(*duration).into(), kubelet_silence_ms };
        // How the probe came first it comes again.
        let wanted = if first.plan.carried.is_some() { settings::Delivery::ConfigMap } else { probing.pods.delivery };
        let delivery = Delivery::first(wanted, &probing.pods.image, &facts.nodes, &plan.vantages)?;
        let plan_of = |network| plan.for_watch(&facts.service, network, watch);
        let made = run_spec(self.cluster, &probing.pods, (limits, delivery), plan_of)?;
        let run_spec = RunSpec { longest: *duration + MARGIN + limits.start, ..made };
        if attention.or(refused_host_network(self.cluster, &run_spec, &plan.vantages)).await?.is_some() {
            return Err(Error::ProveWithoutHosts);
        }
        let runner = Runner { cluster: self.cluster, run_spec: &run_spec, facts, vantages: &plan.vantages, channel: ResultChannel::Logs };
        let work = async |attention: &mut Attention, pods: &mut LivePods, job: &RunJob| {
            let unheard = (0..plan.vantages.len()).collect();
            let (waiting, [twice, without_probe, unmeasured]) = (VecDeque::new(), [(); 3].map(|()| BTreeSet::new()));
            let following = Following { prover: self, plan: &plan, proving, unheard, waiting, twice, without_probe, unmeasured };
            following.keep((&runner, job, pods), attention, begin).await
        };
        Box::pin(with_pods(&runner, &mut attention, work)).await.map(|(proof, _)| proof)
    }
}

/// Nodes that are watched while they change.
struct Following<'a> {
    prover: &'a Prover<'a>,
    plan: &'a Plan,
    proving: Proving,
    /// The vantages of which nothing was heard so far.
    unheard: BTreeSet<usize>,
    /// Nodes to be measured, in their order.
    waiting: VecDeque<String>,
    /// Nodes that did not do what was rehearsed, and were measured once more: rules may have taken long.
    twice: BTreeSet<String>,
    /// Nodes on which nobody sees kube-proxy end any more.
    without_probe: BTreeSet<String>,
    /// Nodes that could not be measured again when their kube-proxies were back.
    unmeasured: BTreeSet<String>,
}

impl Following<'_> {
    async fn keep(
        mut self,
        (runner, job, pods): (&Runner<'_>, &RunJob, &mut LivePods),
        attention: &mut Attention,
        begin: impl FnOnce(),
    ) -> Result<RehearsalProof, Error> {
        let Prove { duration, interval, .. } = self.prover.settings;
        let plan = self.plan;
        let mut watching = Watching::new(plan, milliseconds(*interval));
        let (from_ms, start) = (now_ms(), Instant::now());
        let here_ms = || from_ms.saturating_add(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX));
        let mut silent: HashMap<usize, WatchGapReason> = HashMap::new();
        let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let watched = runner.keep_watch(job, pods, |heard| drop(sender.send(heard)));
        tokio::pin!(watched);
        let mut begin = Some(begin);
        let mut under_way: Option<Measurement<'_>> = None;
        let mut looks = tokio::time::interval_at((start + WITHOUT_PROBE).into(), WITHOUT_PROBE);
        let ended = loop {
            if self.unheard.is_empty()
                && let Some(begin) = begin.take()
            {
                begin();
                pause::at(Phase::Watching).await;
            }
            if under_way.is_none() {
                under_way = self.waiting.pop_front().map(|node| self.prover.measurement(node));
            }
            tokio::select! {
                // Somebody has seen enough: what was seen counts.
                _ = attention.signal() => break Ok(()),
                result = &mut watched => if let Err(cause) = result {
                    break Err(cause);
                },
                Some(heard) = heard.recv() => match heard {
                    Heard::Event(index, event) => {
                        silent.remove(&index);
                        self.heard(index, watching.hear(index, here_ms(), event));
                    }
                    Heard::Silent(index, reason) => {
                        self.silent(index);
                        silent.insert(index, reason);
                    }
                    Heard::Reconnected(_) => {}
                },
                (node, measured) = next_of(&mut under_way) => {
                    under_way = None;
                    self.measured(node, measured);
                    if self.proving.is_done() && self.waiting.is_empty() {
                        break Ok(());
                    }
                }
                _ = looks.tick() => self.look_again(),
                () = tokio::time::sleep_until((start + *duration).into()) => break Ok(()),
            }
        };
        // Its pods go by its own hand: who dropped it would leave them behind. Before it made any there is nothing to wait for.
        if let Some(Measurement { node, begun, work }) = under_way
            && begun.get()
        {
            let measured = work.await;
            self.measured(node, measured);
        }
        ended?;
        let until_ms = here_ms();
        let service = &self.prover.meant;
        let service = format!("{}/{}", service.namespace, runner.facts.service.name);
        Ok(RehearsalProof::new(service, (from_ms, until_ms), self.proving, &watching.end(from_ms, until_ms, &silent)))
    }

    /// A word of a vantage, with what it brought.
    fn heard(&mut self, index: usize, news: Option<News>) {
        self.unheard.remove(&index);
        if self.plan.vantages[index].network == Network::Host {
            self.without_probe.remove(&self.plan.vantages[index].node);
            self.proving.followed(&self.plan.vantages[index].node);
        }
        if let Some(News::Change(change)) = news
            && let Changed::KubeProxyAnswers { node } = change.what
        {
            self.twice.remove(&node);
            self.measure_next(node);
        }
    }

    fn silent(&mut self, index: usize) {
        let vantage = &self.plan.vantages[index];
        // Nobody waits for a probe that does not start.
        self.unheard.remove(&index);
        if vantage.network == Network::Host {
            self.proving.not_followed(&vantage.node);
            self.without_probe.insert(vantage.node.clone());
        }
    }

    /// Of nodes without a probe a measurement alone tells whether they have changed, and what could not be measured is tried again.
    fn look_again(&mut self) {
        let nodes = self.without_probe.union(&self.unmeasured);
        let nodes: Vec<_> = nodes.filter(|node| !self.proving.has_changed(node)).cloned().collect();
        for node in nodes {
            self.measure_next(node);
        }
    }

    fn measure_next(&mut self, node: String) {
        if !self.waiting.contains(&node) {
            self.waiting.push_back(node);
        }
    }

    fn measured(&mut self, node: String, measured: Result<Report, Error>) {
        match measured {
            Ok(report) => {
                self.unmeasured.remove(&node);
                let Some(proof) = self.proving.measured(&node, &Results::of(&report)) else { return };
                let is_otherwise = proof.held.as_ref().is_some_and(|held| !held.mismatches.is_empty());
                if is_otherwise && self.twice.insert(node.clone()) {
                    self.measure_next(node);
                    return;
                }
                let kube_proxy = text::proof_kube_proxy(proof, language());
                let checks = text::proof_checks(proof.held.as_ref(), language());
                let (nodes, changed) = self.proving.progress();
                say(Message::NodeProven { node: &node, kube_proxy: &kube_proxy, checks: &checks, changed, nodes });
            }
            Err(cause) => {
                self.proving.not_measured(&node);
                say(Message::NodeNotMeasured { node: &node, cause: &cause.told(language()) });
                self.unmeasured.insert(node);
            }
        }
    }
}

/// Never, where none is under way.
async fn next_of(measurement: &mut Option<Measurement<'_>>) -> (String, Result<Report, Error>) {
    match measurement {
        Some(Measurement { node, work, .. }) => (node.clone(), work.await),
        None => std::future::pending().await,
    }
}
