//! `run`: facts → plan → probe pods → observations → diagnosis → report → exit code.

use std::io::Write as _;

use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Network, Plan};
use lbprobe_analysis::report::Report;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{PodArguments, RunArguments};
use crate::cluster::{self, Around, Cluster};
use crate::error::Error;
use crate::exit::Exit;
use crate::pods::{self, Blueprint, ProbePlans, Road, Runner};
use crate::report::{self, ProgressLine};

/// Milliseconds for which a probe waits for the reader of its log. Longer than kubelet takes to
/// show a pod as running, on a busy node too.
const LINGER_MS: u32 = 15_000;

/// Probes, reports, cleans up.
pub(crate) async fn run(arguments: &RunArguments) -> Result<Exit, Error> {
    let cluster = cluster::connect(&arguments.kubernetes).await?;
    let namespace = arguments.kubernetes.namespace.as_deref().unwrap_or(&cluster.namespace);
    let selector = arguments.checks.selector.as_deref();
    let probe_namespace = arguments.pods.probe_namespace.as_deref().unwrap_or(&cluster.namespace);
    let around = Around { probe_namespace, selector };
    let facts = Box::pin(cluster::facts(&cluster, namespace, &arguments.service, around)).await?;
    let mut plan = plan(&facts, arguments)?;
    let road = road(&plan, &arguments.pods);
    let blueprint = blueprint(&cluster, &facts, &plan, &arguments.pods, road);
    leave_out_refused_host_network(&cluster, &blueprint, &mut plan).await?;
    let observations = {
        let start_timeout = arguments.pods.start_timeout;
        let runner = Runner { cluster: &cluster, blueprint: &blueprint, facts: &facts, vantages: &plan.vantages, road, start_timeout };
        let line = ProgressLine::start(&facts.service.name);
        tokio::select! {
            result = runner.run(|progress| line.show(progress)) => result,
            signal = ended_by_signal() => Err(Error::Interrupted(signal)),
        }
    };
    let written = observations.and_then(|observations| {
        let report = Report::new(facts, plan, observations);
        report::write(&report, arguments.output)?;
        Ok(report.diagnosis.verdict.into())
    });
    clean_up(&cluster, &blueprint, &written).await;
    written
}

/// The checks, or why there is none.
fn plan(facts: &Facts, arguments: &RunArguments) -> Result<Plan, Error> {
    let options = arguments.checks.plan_options();
    let unknown: Vec<_> = options.nodes.iter().filter(|name| facts.nodes.iter().all(|node| node.name != **name)).cloned().collect();
    if !unknown.is_empty() {
        return Err(Error::NoVantage { reasons: format!("no node is named {}", unknown.join(", ")) });
    }
    let plan = Plan::new(facts, &options);
    let reasons = || plan.skipped.iter().map(|skip| format!("{} {}", skip.what, skip.reason)).collect::<Vec<_>>().join("; ");
    if plan.vantages.is_empty() {
        let reasons = if facts.nodes.is_empty() { "no node matches".into() } else { reasons() };
        return Err(Error::NoVantage { reasons });
    }
    if plan.targets.is_empty() {
        return Err(Error::NoPort { reasons: reasons() });
    }
    Ok(plan)
}

fn road(plan: &Plan, arguments: &PodArguments) -> Road {
    if plan.vantages.len() <= arguments.read_logs_up_to { Road::Logs } else { Road::TerminationMessages }
}

fn blueprint(cluster: &Cluster, facts: &Facts, plan: &Plan, arguments: &PodArguments, road: Road) -> Blueprint {
    let linger_ms = if road == Road::Logs { LINGER_MS } else { 0 };
    Blueprint {
        run: pods::new_run_id(),
        namespace: arguments.probe_namespace.clone().unwrap_or_else(|| cluster.namespace.clone()),
        image: arguments.image.clone(),
        pull_secrets: arguments.image_pull_secret.clone(),
        tolerations: arguments.tolerations,
        deadline: arguments.deadline,
        plans: ProbePlans {
            pod: plan.for_probe(&facts.service, Network::Pod, linger_ms),
            host: plan.for_probe(&facts.service, Network::Host, linger_ms),
        },
    }
}

/// Where admission forbids pods on the host network, the run goes on without them and says so.
async fn leave_out_refused_host_network(cluster: &Cluster, blueprint: &Blueprint, plan: &mut Plan) -> Result<(), Error> {
    let Some(vantage) = plan.vantages.iter().find(|vantage| vantage.network == Network::Host) else { return Ok(()) };
    if let Some(reason) = pods::host_network_refusal(cluster, blueprint, vantage).await? {
        plan.skip_network(Network::Host, reason.clone());
        if plan.vantages.is_empty() {
            return Err(Error::NoVantage { reasons: reason });
        }
    }
    Ok(())
}

async fn ended_by_signal() -> Exit {
    let wait = |kind, exit| async move {
        match signal(kind) {
            Ok(mut signal) => signal.recv().await,
            // Without a handler the signal ends the program, and the Job's deadline cleans up.
            Err(_) => std::future::pending().await,
        };
        exit
    };
    tokio::select! {
        exit = wait(SignalKind::interrupt(), Exit::Interrupted) => exit,
        exit = wait(SignalKind::terminate(), Exit::Terminated) => exit,
    }
}

/// Removes the run's objects. A failure is a warning with the command that finishes it: the
/// verdict stands, and the cluster removes the rest at the Job's deadline.
async fn clean_up(cluster: &Cluster, blueprint: &Blueprint, ended: &Result<Exit, Error>) {
    let interrupted = matches!(ended, Err(Error::Interrupted(_)));
    let mut stderr = anstream::stderr();
    if interrupted {
        let _ = writeln!(stderr, "\ninterrupted: removing the probe pods (again to leave them to the cluster)");
    }
    let removed = tokio::select! {
        removed = pods::clean_up(cluster, blueprint) => removed,
        signal = ended_by_signal() => Err(Error::Interrupted(signal)),
    };
    match removed {
        Ok(()) if interrupted => {
            let _ = writeln!(stderr, "removed: nothing of this run is left in namespace {}", blueprint.namespace);
        }
        Ok(()) => {}
        Err(cause) => {
            let seconds = blueprint.deadline.as_secs();
            let _ = writeln!(stderr, "warning: failed to clean up: {cause}; the cluster does it by itself {seconds} s after the start");
            let _ = writeln!(stderr, "hint: {}", pods::remove_command(blueprint));
        }
    }
}
