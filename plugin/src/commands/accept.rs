//! `accept`: a file of expectations → facts and plan of each Service → one set of probe pods → observations
//! → cases → exit code.

use lbprobe_analysis::acceptance::{self, Acceptance, AcceptanceReport, ServiceAcceptance};
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Plan, PlanOptions};

use super::probe::{probe, probe_all};
use super::run;
use crate::cli::{AcceptArguments, Events, KubernetesArguments, ServiceName, milliseconds};
use crate::cluster::{self, Cluster};
use crate::error::Error;
use crate::exit::Exit;
use crate::{report, saved};

/// Checks a file's expectations, or writes one from today's state.
pub(crate) async fn accept(arguments: &AcceptArguments) -> Result<Exit, Error> {
    let cluster = cluster::connect(&arguments.kubernetes).await?;
    match (&arguments.filename, &arguments.init) {
        (Some(file), _) => check(&cluster, arguments, &saved::acceptance(file)?).await,
        (None, Some(service)) => init(&cluster, arguments, service).await,
        // Clap asks for one of the two.
        (None, None) => Err(Error::NoService { namespace: cluster.namespace, name: String::new() }),
    }
}

async fn check(cluster: &Cluster, arguments: &AcceptArguments, acceptance: &Acceptance) -> Result<Exit, Error> {
    let mut subjects = Vec::new();
    for wanted in &acceptance.services {
        let facts = facts(cluster, arguments, wanted).await?;
        let plan = run::plan(&facts, &options(arguments, wanted))?;
        subjects.push((facts, plan));
    }
    let result = probe_all(cluster, &arguments.pods, subjects, |reports| {
        let result = AcceptanceReport::new(acceptance, &reports);
        report::write_acceptance(&result, arguments.output)?;
        Ok(result)
    })
    .await?;
    if arguments.events() == Events::Written {
        cluster::write_events(cluster, &result).await?;
    }
    Ok(result.verdict.into())
}

/// The file's own namespace counts first, then -n, then the context's.
async fn facts(cluster: &Cluster, arguments: &AcceptArguments, wanted: &ServiceAcceptance) -> Result<Facts, Error> {
    let namespace = wanted.namespace.clone().or_else(|| arguments.kubernetes.namespace.clone());
    let kubernetes = KubernetesArguments { namespace, ..arguments.kubernetes.clone() };
    let name = ServiceName::parse(&wanted.service)
        .map_err(|cause| Error::Acceptance { cause: format!("service {:?}: {cause}", wanted.service) })?;
    run::facts(cluster, &name, &kubernetes, &arguments.pods, arguments.selector.as_deref()).await
}

fn options(arguments: &AcceptArguments, wanted: &ServiceAcceptance) -> PlanOptions {
    let defaults = PlanOptions::default();
    PlanOptions {
        ports: wanted.expect.iter().map(|expectation| expectation.port).collect(),
        path: wanted.path.clone().unwrap_or(defaults.path),
        host: wanted.host.clone(),
        samples: arguments.samples,
        timeout_ms: milliseconds(arguments.timeout),
        ..defaults
    }
}

async fn init(cluster: &Cluster, arguments: &AcceptArguments, service: &ServiceName) -> Result<Exit, Error> {
    let facts = run::facts(cluster, service, &arguments.kubernetes, &arguments.pods, arguments.selector.as_deref()).await?;
    let plan: Plan = run::plan(&facts, &PlanOptions { samples: arguments.samples, ..PlanOptions::default() })?;
    probe(cluster, &arguments.pods, facts, plan, |report| {
        report::write_text(&acceptance::of_report(&report))?;
        Ok(Exit::Healthy)
    })
    .await
}
