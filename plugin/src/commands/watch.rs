//! `watch`: facts → plan → probe pods that stay → samples → outages → report → exit code.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::StreamExt as _;
use lbprobe_analysis::documents::WatchReport;
use lbprobe_analysis::plan::{Network, Plan};
use lbprobe_analysis::text::messages::Message;
use lbprobe_analysis::watching::{Changed, ObservedChange, Watching};
use lbprobe_protocol::Watch;

use super::probe::{limits, refused_host_network, run_spec, say_carried, with_pods};
use super::run;
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api::{self, Followed};
use crate::kubernetes;
use crate::metrics_server::{MetricsServer, Scrape};
use crate::pause::{self, Phase};
use crate::probes::{Delivery, Heard, LivePods, ResultChannel, RunJob, RunSpec, Runner};
use crate::report::{self, WatchView};
use crate::settings::{self, milliseconds};
use crate::signals::Attention;
use crate::terminal::say;

/// What the pods outlive the watch by, for the last answers and the clean-up.
pub(super) const MARGIN: Duration = Duration::from_mins(1);

/// Between two looks of the table on a terminal.
const REDRAW: Duration = Duration::from_millis(500);

/// Watches, reports, cleans up. Where the image does not come the probe is carried.
pub(crate) async fn watch(settings: &settings::Watch) -> Result<Exit, Error> {
    // An address that cannot be had is told before anything is made.
    let mut metrics = match settings.metrics {
        Some(address) => Some(MetricsServer::start(address).await?),
        None => None,
    };
    match Box::pin(watch_by(settings, settings.pods.delivery, &mut metrics, |_| {})).await {
        Err(cause @ Error::ImageNotThere { .. }) => {
            Box::pin(watch_by(settings, settings::Delivery::ConfigMap, &mut metrics, |delivery| say_carried(&cause, delivery))).await
        }
        ended => ended,
    }
}

async fn watch_by(
    settings: &settings::Watch,
    delivery: settings::Delivery,
    metrics: &mut Option<MetricsServer>,
    tell: impl FnOnce(&Delivery),
) -> Result<Exit, Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    let meant = from_api::resolve(&cluster, &settings.scope).await?;
    let facts = run::facts(&cluster, &meant, settings.scope.selector.as_deref(), &settings.pods).await?;
    let mut plan = run::plan(&facts, &meant.asking.options(&settings.plan))?;
    plan.targets.retain(|target| !target.is_evidence());
    let (interval_ms, for_ms) = (milliseconds(settings.interval), milliseconds(settings.duration).into());
    let mut attention = Attention::begin();
    let limits = limits(&settings.pods, None, plan.vantages.len());
    let kubelet_silence_ms = Some(milliseconds(limits.kubelet_silence()));
    let plan_of = |network| plan.for_watch(&facts.service, network, Watch { interval_ms, for_ms, kubelet_silence_ms });
    let delivery = Delivery::first(delivery, &settings.pods.image, &facts.nodes, &plan.vantages)?;
    tell(&delivery);
    let made = run_spec(&cluster, &settings.pods, (limits, delivery), plan_of)?;
    plan.with_client_certificate = made.client_certificate.is_some();
    let run_spec = RunSpec { longest: settings.duration + MARGIN + limits.start, ..made };
    if let Some(reason) = attention.or(refused_host_network(&cluster, &run_spec, &plan.vantages)).await? {
        plan.skip_network(Network::Host, reason);
    }
    let plan = run::worth_running(&facts, plan)?;
    let runner = Runner { cluster: &cluster, run_spec: &run_spec, facts: &facts, vantages: &plan.vantages, channel: ResultChannel::Logs };
    if let Some(server) = metrics {
        say(Message::MetricsServed { address: server.address });
    }
    let work = async |attention: &mut Attention, pods: &mut LivePods, job: &RunJob| {
        keep(&runner, attention, pods, job, (&plan, settings), metrics).await
    };
    Box::pin(with_pods(&runner, &mut attention, work)).await.map(|(exit, _)| exit)
}

async fn keep(
    runner: &Runner<'_>,
    attention: &mut Attention,
    pods: &mut LivePods,
    job: &RunJob,
    (plan, settings): (&Plan, &settings::Watch),
    metrics: &mut Option<MetricsServer>,
) -> Result<Exit, Error> {
    let Runner { cluster, facts, .. } = runner;
    let (mut watching, mut silent) = (Watching::new(plan, milliseconds(settings.interval)), HashMap::new());
    let mut view = WatchView::start(facts, plan, settings.interval);
    let mut redraw = tokio::time::interval(REDRAW);
    // One reading of the clock: it may be set while we watch, and nothing is to be taken for longer or shorter by that.
    let (from_ms, start) = (now_ms(), Instant::now());
    let here_ms = || from_ms.saturating_add(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX));
    let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let watched = runner.keep_watch(job, pods, |heard| drop(sender.send(heard)));
    tokio::pin!(watched);
    let mut changes = from_api::follow(cluster, &facts.service.namespace, &facts.service.name);
    let mut unheard: HashSet<usize> = (0..plan.vantages.len()).collect();
    loop {
        tokio::select! {
            // Somebody has seen enough: what was seen counts.
            _ = attention.signal() => break,
            result = &mut watched => result?,
            Some(heard) = heard.recv() => match heard {
                Heard::Event(index, event) => {
                    silent.remove(&index);
                    view.heard(index);
                    if let Some(news) = watching.hear(index, here_ms(), event) {
                        view.news(&news);
                    }
                    if unheard.remove(&index) && unheard.is_empty() {
                        pause::at(Phase::Watching).await;
                    }
                }
                Heard::Silent(index, reason) => {
                    view.silent(&plan.vantages[index], &reason);
                    silent.insert(index, reason);
                }
                Heard::Reconnected(index) => view.reconnected(&plan.vantages[index]),
            },
            Some(followed) = changes.next() => match followed {
                Followed::Changed(what) => {
                    let change = ObservedChange { at_ms: here_ms(), what: Changed::Service(what), node: None };
                    view.change(&change);
                    watching.changed(change);
                }
                Followed::Refused(reason) => watching.refused(reason),
            },
            Some(scrape) = next_scrape(metrics) => {
                let service = (facts.service.namespace.as_str(), facts.service.name.as_str());
                // Whoever asked may be gone by now.
                drop(scrape.send(report::metrics(&watching, service, here_ms())?));
            }
            _ = redraw.tick() => view.show(&watching, start.elapsed()),
            () = tokio::time::sleep_until((start + settings.duration).into()) => break,
        }
    }
    drop(view);
    let service = format!("{}/{}", facts.service.namespace, facts.service.name);
    let until_ms = here_ms();
    let report = WatchReport::new(service, from_ms, until_ms, watching.end(from_ms, until_ms, &silent));
    report::write_watch(&report, settings.output, settings.redaction.as_ref())?;
    Ok(report.verdict.into())
}

/// Nothing where no metrics are served.
async fn next_scrape(server: &mut Option<MetricsServer>) -> Option<Scrape> {
    match server {
        Some(server) => server.scrape().await,
        None => None,
    }
}

pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
