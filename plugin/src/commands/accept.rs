//! `accept`: a file of expectations → facts and plan of each Service → one set of probe pods → observations
//! → cases → exit code.

use lbprobe_analysis::acceptance::{self, Acceptance, AcceptanceReport, ServiceAcceptance};
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Plan, PlanOptions};
use lbprobe_analysis::report::Report;

use super::probe::{probe, probe_all};
use super::run;
use crate::cli::{AcceptArguments, Events, ServiceName, milliseconds};
use crate::cluster::{self, Around, Cluster};
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
    // Why a Service cannot be probed; none where it can.
    let mut missing = Vec::new();
    for (found, wanted) in facts(cluster, arguments, acceptance).await?.into_iter().zip(&acceptance.services) {
        let subject = found.and_then(|facts| run::plan(&facts, &options(arguments, wanted)).map(|plan| (facts, plan)));
        missing.push(subject.as_ref().err().map(ToString::to_string));
        match subject {
            Ok(subject) => subjects.push(subject),
            // One Service that cannot be probed does not take the others' results with it.
            Err(_) if acceptance.services.len() > 1 => {}
            Err(cause) => return Err(cause),
        }
    }
    let result = if subjects.is_empty() {
        judged(acceptance, &missing, Vec::new(), arguments)?
    } else {
        probe_all(cluster, &arguments.probes, subjects, |reports| judged(acceptance, &missing, reports, arguments)).await?
    };
    if arguments.events() == Events::Written {
        cluster::write_events(cluster, &result).await;
    }
    Ok(result.verdict.into())
}

/// Judges and writes.
fn judged(
    acceptance: &Acceptance,
    missing: &[Option<String>],
    reports: Vec<Report>,
    arguments: &AcceptArguments,
) -> Result<AcceptanceReport, Error> {
    let mut reports = reports.into_iter();
    let subjects: Vec<_> = missing
        .iter()
        .map(|why| match why {
            Some(why) => Err(why.clone()),
            None => reports.next().ok_or_else(|| "the run gave no report of it".to_owned()),
        })
        .collect();
    let result = AcceptanceReport::new(acceptance, &subjects);
    report::write_acceptance(&result, arguments.output)?;
    Ok(result)
}

/// Of each Service what is known, or why nothing is. The file's own namespace counts first, then -n, then the context's.
async fn facts(cluster: &Cluster, arguments: &AcceptArguments, acceptance: &Acceptance) -> Result<Vec<Result<Facts, Error>>, Error> {
    let mut names = Vec::new();
    for wanted in &acceptance.services {
        let name = ServiceName::parse(&wanted.service)
            .map_err(|cause| Error::Acceptance { cause: format!("service {:?}: {cause}", wanted.service) })?;
        let namespace = wanted.namespace.clone().or_else(|| arguments.kubernetes.namespace.clone());
        names.push((namespace.unwrap_or_else(|| cluster.namespace.clone()), name));
    }
    let probe_namespace = arguments.probes.pods.probe_namespace.as_deref().unwrap_or(&cluster.namespace);
    let around = Around { probe_namespace, selector: arguments.selector.as_deref() };
    Box::pin(cluster::facts_of(cluster, &names, around)).await
}

fn options(arguments: &AcceptArguments, wanted: &ServiceAcceptance) -> PlanOptions {
    let defaults = PlanOptions::default();
    PlanOptions {
        ports: wanted.expect.iter().map(|expectation| expectation.port).collect(),
        path: wanted.path.clone().unwrap_or(defaults.path),
        host: wanted.host.clone(),
        samples: arguments.samples,
        timeout_ms: milliseconds(arguments.timeout),
        redirects: arguments.redirects(wanted.follow),
        ..defaults
    }
}

async fn init(cluster: &Cluster, arguments: &AcceptArguments, service: &ServiceName) -> Result<Exit, Error> {
    let facts = run::facts(cluster, service, &arguments.kubernetes, &arguments.probes.pods, arguments.selector.as_deref()).await?;
    let plan: Plan = run::plan(&facts, &PlanOptions { samples: arguments.samples, ..PlanOptions::default() })?;
    probe(cluster, &arguments.probes, facts, plan, |report| {
        report::write_text(&acceptance::of_report(&report))?;
        Ok(Exit::Healthy)
    })
    .await
}
