//! Probe pods → observations → report, for every command that measures: and the pods removed again.

use std::io::Write as _;

use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Network, Plan, Vantage};
use lbprobe_analysis::report::Report;
use lbprobe_analysis::sharing;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::PodArguments;
use crate::cluster::Cluster;
use crate::error::Error;
use crate::exit::Exit;
use crate::pods::{self, Blueprint, ProbePlans, Road, Runner};
use crate::report::ProgressLine;

/// Milliseconds for which a probe waits for the reader of its log. Longer than kubelet takes to
/// show a pod as running, on a busy node too.
const LINGER_MS: u32 = 15_000;

/// Runs a plan. What follows from the report comes before the pods are removed, so that nobody waits
/// for that to read a verdict.
pub(crate) async fn probe<T>(
    cluster: &Cluster,
    arguments: &PodArguments,
    facts: Facts,
    plan: Plan,
    then: impl FnOnce(Report) -> Result<T, Error>,
) -> Result<T, Error> {
    probe_all(cluster, arguments, vec![(facts, plan)], |mut reports| match reports.pop() {
        Some(report) => then(report),
        // One plan gives one report.
        None => Err(Error::NoVantage { reasons: "nothing was to be probed".into() }),
    })
    .await
}

/// The same for several Services, whose checks share the pods.
pub(crate) async fn probe_all<T>(
    cluster: &Cluster,
    arguments: &PodArguments,
    mut subjects: Vec<(Facts, Plan)>,
    then: impl FnOnce(Vec<Report>) -> Result<T, Error>,
) -> Result<T, Error> {
    let vantages = sharing::vantages(&subjects);
    let road = road(&vantages, arguments);
    let linger_ms = if road == Road::Logs { LINGER_MS } else { 0 };
    let blueprint = blueprint(cluster, arguments, |network| sharing::for_probe(&subjects, network, linger_ms));
    let refusal = refused_host_network(cluster, &blueprint, &vantages).await?;
    if let Some(reason) = &refusal {
        for (_, plan) in &mut subjects {
            plan.skip_network(Network::Host, reason.clone());
        }
    }
    let vantages = sharing::vantages(&subjects);
    let (Some((facts, _)), false) = (subjects.first(), vantages.is_empty()) else {
        return Err(Error::NoVantage { reasons: refusal.unwrap_or_default() });
    };
    let observations = {
        let start_timeout = arguments.start_timeout;
        let runner = Runner { cluster, blueprint: &blueprint, facts, vantages: &vantages, road, start_timeout };
        let line = ProgressLine::start(&facts.service.name);
        tokio::select! {
            result = runner.run(|progress| line.show(progress)) => result,
            signal = ended_by_signal() => Err(Error::Interrupted(signal)),
        }
    };
    let ended = observations.and_then(|observations| then(sharing::reports(subjects, observations)));
    clean_up(cluster, &blueprint, &ended).await;
    ended
}

fn road(vantages: &[Vantage], arguments: &PodArguments) -> Road {
    if vantages.len() <= arguments.read_logs_up_to { Road::Logs } else { Road::TerminationMessages }
}

/// The pods as the user wants them; `plan` says what those of a network are told.
pub(super) fn blueprint(cluster: &Cluster, arguments: &PodArguments, plan: impl Fn(Network) -> lbprobe_protocol::Plan) -> Blueprint {
    Blueprint {
        run: pods::new_run_id(),
        namespace: arguments.probe_namespace.clone().unwrap_or_else(|| cluster.namespace.clone()),
        image: arguments.image.clone(),
        pull_secrets: arguments.image_pull_secret.clone(),
        tolerations: arguments.tolerations,
        deadline: arguments.deadline,
        plans: ProbePlans { pod: plan(Network::Pod), host: plan(Network::Host) },
    }
}

/// Where admission forbids pods on the host network, the run goes on without them and says so.
pub(super) async fn refused_host_network(cluster: &Cluster, blueprint: &Blueprint, vantages: &[Vantage]) -> Result<Option<String>, Error> {
    match vantages.iter().find(|vantage| vantage.network == Network::Host) {
        Some(vantage) => pods::host_network_refusal(cluster, blueprint, vantage).await,
        None => Ok(None),
    }
}

pub(super) async fn ended_by_signal() -> Exit {
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
pub(super) async fn clean_up<T>(cluster: &Cluster, blueprint: &Blueprint, ended: &Result<T, Error>) {
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
