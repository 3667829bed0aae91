//! `verify`: facts → the baseline's plan again → probe pods → observations → comparison → exit code.

use lbprobe_analysis::documents::Verification;
use lbprobe_analysis::plan::{Asked, Plan};

use super::outside::Lookout;
use super::probe::probe;
use super::{named_pods, run};
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api;
use crate::settings::Verify;
use crate::{kubernetes, report, saved};

/// Probes once more what a report has, and compares.
pub(crate) async fn verify(settings: &Verify) -> Result<Exit, Error> {
    let baseline = saved::report(&settings.baseline)?;
    let cluster = kubernetes::connect(&settings.connection).await?;
    let meant = from_api::resolve_anything(&cluster, &settings.scope, settings.elsewhere).await?;
    let facts = run::facts_of(&cluster, &meant, settings.scope.selector.as_deref(), &settings.probing.pods).await?;
    let (then, now) = (&baseline.facts.service, &facts.service);
    // What is none of the cluster's is of no namespace either.
    let is_same = then.name == now.name && (then.namespace == now.namespace || then.is_elsewhere() && now.is_elsewhere());
    if !is_same {
        let name = |service: &lbprobe_analysis::facts::Service| format!("{}/{}", service.namespace, service.name);
        return Err(Error::OtherBaseline { file: settings.baseline.display().to_string(), holds: name(then), asked: name(now) });
    }
    let file = || settings.baseline.display().to_string();
    match (baseline.plan.with_client_certificate, settings.probing.pods.client_certificate.is_some()) {
        (true, false) => return Err(Error::BaselineWithCertificate { file: file() }),
        // What failed for want of it would pass for repaired.
        (false, true) => return Err(Error::BaselineWithoutCertificate { file: file() }),
        (true, true) | (false, false) => {}
    }
    let word = |asked: &Option<Asked>| asked.as_ref().map(|asked| asked.word.clone());
    if let Some(asked) = word(&meant.asking().asked).filter(|asked| word(&baseline.plan.asked).as_ref() != Some(asked)) {
        let holds = word(&baseline.plan.asked).unwrap_or_else(|| format!("{}/{}", now.namespace, now.name));
        return Err(Error::OtherQuestion { file: settings.baseline.display().to_string(), holds, asked });
    }
    let plan = run::worth_running(&facts, Plan::again(&facts, &baseline))?;
    let plan = named_pods::add_again(&cluster, &settings.named_pods, &settings.probing.pods, (&facts, &baseline.plan), plan).await?;
    let lookout = Lookout { outside: &settings.outside, cluster: &cluster, connection: &settings.connection, pods: &settings.probing.pods };
    let outside = lookout.see(&plan, &facts).await?;
    let targets = plan.targets.clone();
    probe(&cluster, &settings.probing, facts, plan, |report| {
        let report = run::with_outside(report, outside, &targets);
        let redaction = settings.outputs.redaction.as_ref();
        let (baseline, report) = (report::redacted_report(&baseline, redaction)?, report::redacted_report(&report, redaction)?);
        let verification = Verification::new(&baseline, report.into_owned());
        report::write_verification(&verification, &settings.outputs)?;
        Ok(verification.verdict.into())
    })
    .await
}
