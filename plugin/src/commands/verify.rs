//! `verify`: facts → the baseline's plan again → probe pods → observations → comparison → exit code.

use lbprobe_analysis::plan::Plan;
use lbprobe_analysis::verification::Verification;

use super::probe::probe;
use super::run;
use crate::cli::VerifyArguments;
use crate::cluster;
use crate::error::Error;
use crate::exit::Exit;
use crate::{report, saved};

/// Probes once more what a report has, and compares.
pub(crate) async fn verify(arguments: &VerifyArguments) -> Result<Exit, Error> {
    let baseline = saved::report(&arguments.baseline)?;
    let cluster = cluster::connect(&arguments.kubernetes).await?;
    let facts =
        run::facts(&cluster, &arguments.service, &arguments.kubernetes, &arguments.probes.pods, arguments.selector.as_deref()).await?;
    let (then, now) = (&baseline.facts.service, &facts.service);
    if (&then.namespace, &then.name) != (&now.namespace, &now.name) {
        let name = |service: &lbprobe_analysis::facts::Service| format!("{}/{}", service.namespace, service.name);
        return Err(Error::OtherBaseline { file: arguments.baseline.display().to_string(), holds: name(then), asked: name(now) });
    }
    let plan = run::worth_running(&facts, Plan::again(&facts, &baseline))?;
    probe(&cluster, &arguments.probes, facts, plan, |report| {
        let verification = Verification::new(&baseline, report);
        report::write_verification(&verification, arguments.output)?;
        Ok(verification.verdict.into())
    })
    .await
}
