//! `accept`: a file of expectations → facts and plan of each Service → one set of probe pods → observations
//! → cases → exit code.

use lbprobe_analysis::acceptance::{Acceptance, ServiceAcceptance};
use lbprobe_analysis::documents::{AcceptanceReport, Report, expectations_of};
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{PlanOptions, Redirects};

use super::probe::{probe, probe_all};
use super::{named_pods, run};
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api::{self, ReadScope};
use crate::facts::resolution::Resolved;
use crate::kubernetes::{self, Cluster};
use crate::saved::Checked;
use crate::settings::{Accept, AcceptTask, Events, ServiceName, milliseconds};
use crate::{report, saved};

/// Checks a file's expectations, or writes one from today's state.
pub(crate) async fn accept(settings: &Accept) -> Result<Exit, Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    match &settings.task {
        AcceptTask::Check { file, events } => check(&cluster, settings, &saved::acceptance(file)?, *events).await,
        AcceptTask::Init(service) => init(&cluster, settings, service).await,
    }
}

async fn check(cluster: &Cluster, settings: &Accept, checked: &Checked, events: Events) -> Result<Exit, Error> {
    let acceptance = &checked.acceptance;
    let mut subjects = Vec::new();
    // Why a Service cannot be probed; none where it can.
    let mut missing = Vec::new();
    for (found, wanted) in facts(cluster, settings, checked).await?.into_iter().zip(&acceptance.services) {
        let subject = found.and_then(|facts| run::plan(&facts, &options(settings, wanted)).map(|plan| (facts, plan)));
        missing.push(subject.as_ref().err().map(ToString::to_string));
        match subject {
            Ok(subject) => subjects.push(subject),
            // One Service that cannot be probed does not take the others' results with it.
            Err(_) if acceptance.services.len() > 1 => {}
            Err(cause) => return Err(cause),
        }
    }
    named_pods::add_to_all(cluster, &settings.named_pods, &settings.probing.pods, &mut subjects).await?;
    let result = if subjects.is_empty() {
        judged(acceptance, &missing, Vec::new(), settings)?
    } else {
        probe_all(cluster, &settings.probing, subjects, |reports| judged(acceptance, &missing, reports, settings)).await?
    };
    if events == Events::Written {
        kubernetes::write_events(cluster, &result).await;
    }
    Ok(result.verdict.into())
}

/// Judges and writes.
fn judged(acceptance: &Acceptance, missing: &[Option<String>], reports: Vec<Report>, settings: &Accept) -> Result<AcceptanceReport, Error> {
    let mut reports = reports.into_iter();
    let subjects: Vec<_> = missing
        .iter()
        .map(|why| match why {
            Some(why) => Err(why.clone()),
            None => reports.next().ok_or_else(|| Error::NothingProbed.to_string()),
        })
        .collect();
    let result = AcceptanceReport::new(acceptance, &subjects);
    report::write_acceptance(&result, settings.output, settings.redaction.as_ref())?;
    if let Some(file) = &settings.metrics_file {
        report::save_acceptance_metrics(&result, file)?;
    }
    Ok(result)
}

/// Of each Service what is known, or why nothing is. The file's own namespace counts first, then -n, then the context's.
async fn facts(cluster: &Cluster, settings: &Accept, checked: &Checked) -> Result<Vec<Result<Facts, Error>>, Error> {
    let mut names = Vec::new();
    for (wanted, name) in checked.acceptance.services.iter().zip(&checked.names) {
        let namespace = wanted.namespace.clone().or_else(|| settings.namespace.clone());
        names.push((namespace.unwrap_or_else(|| cluster.namespace.clone()), name.clone()));
    }
    let probe_namespace = settings.probing.pods.namespace.as_deref().unwrap_or(&cluster.namespace);
    let around = ReadScope { probe_namespace, selector: settings.selector.as_deref() };
    Box::pin(from_api::facts_of(cluster, &names, around)).await
}

fn options(settings: &Accept, wanted: &ServiceAcceptance) -> PlanOptions {
    let defaults = PlanOptions::default();
    PlanOptions {
        ports: wanted.expect.iter().map(|expectation| expectation.port).collect(),
        path: wanted.path.clone(),
        host: wanted.host.clone(),
        samples: settings.samples,
        timeout_ms: milliseconds(settings.timeout),
        redirects: match wanted.follow {
            Some(true) => Redirects::Followed,
            Some(false) => Redirects::NotFollowed,
            None => settings.redirects,
        },
        ..defaults
    }
}

async fn init(cluster: &Cluster, settings: &Accept, service: &ServiceName) -> Result<Exit, Error> {
    let namespace = settings.namespace.as_deref().unwrap_or(&cluster.namespace);
    let meant = Resolved::named(namespace, service);
    let facts = run::facts(cluster, &meant, settings.selector.as_deref(), &settings.probing.pods).await?;
    let plan = run::plan(&facts, &PlanOptions { samples: settings.samples, ..PlanOptions::default() })?;
    probe(cluster, &settings.probing, facts, plan, |report| {
        report::write_text(&expectations_of(&report))?;
        Ok(Exit::Healthy)
    })
    .await
}
