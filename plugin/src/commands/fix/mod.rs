//! `fix`: facts → plan → probe pods → diagnosis → a fix → the change → probe pods → comparison → kept or
//! put back → exit code.

mod apply;
mod choose;
mod confirm;
mod dns_name;
mod pending;

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::patch::{ObjectReference, Patch};
use lbprobe_analysis::remedies::{ExpectedResult, Fix, Remedy};
use lbprobe_analysis::report::Report;
use lbprobe_analysis::results::Results;

use super::probe::probe;
use super::run;
use crate::changes::{self, Commitment, Object};
use crate::cli::{DryRun, FixArguments};
use crate::cluster::{self, Cluster};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, Proposal};
use choose::Choice;

/// Shows the fixes, or makes one and sees to it that it helps.
pub(crate) async fn fix(arguments: &FixArguments) -> Result<Exit, Error> {
    let cluster = cluster::connect(&arguments.kubernetes).await?;
    let selector = arguments.checks.targets.selector.as_deref();
    let facts = run::facts(&cluster, &arguments.service, &arguments.kubernetes, &arguments.probes.pods, selector).await?;
    let plan = run::plan(&facts, &arguments.checks.plan_options())?;
    if let Some(found) = pending::find(&cluster, &facts.service).await? {
        return Box::pin(pending::end(&cluster, arguments, found)).await;
    }
    if arguments.pending().is_some() {
        return Err(Error::NothingPending { object: ObjectReference::governing(&facts.service) });
    }
    let before = probe(&cluster, &arguments.probes, facts, plan, Ok).await?;
    if before.diagnosis.verdict != Verdict::Fault && arguments.patch.is_none() {
        report::write(&before, arguments.output)?;
        return Ok(before.diagnosis.verdict.into());
    }
    let choice = choose::choose(&before, arguments);
    if matches!(choice, Err(Error::NoStrategy { .. })) {
        // What was found instead tells why.
        report::write(&before, arguments.output)?;
    }
    match choice? {
        Choice::All(fixes) => show(&cluster, arguments, &before, fixes).await,
        Choice::One(fix) if matches!(fix.remedy, Remedy::DialDnsName { .. }) => dns_name::show(&cluster, arguments, &before, *fix).await,
        Choice::One(fix) => match fix.remedy.patch() {
            Some(patch) if arguments.apply => Box::pin(apply::apply(&cluster, arguments, before, *fix, patch)).await,
            _ => show(&cluster, arguments, &before, vec![*fix]).await,
        },
    }
}

/// Shows fixes with what they would change, and changes nothing.
async fn show(cluster: &Cluster, arguments: &FixArguments, before: &Report, fixes: Vec<Fix>) -> Result<Exit, Error> {
    let results = Results::of(before);
    let mut proposals = Vec::new();
    for fix in fixes {
        let expected = ExpectedResult::of(&fix, &results);
        proposals.push(Proposal { expected, ..proposal(cluster, arguments.dry_run, before, fix).await? });
    }
    report::write_proposals(before, &proposals, arguments.output)?;
    Ok(Exit::Fault)
}

async fn proposal(cluster: &Cluster, dry_run: DryRun, before: &Report, fix: Fix) -> Result<Proposal, Error> {
    let Some(patch) = fix.remedy.patch() else {
        let manifest = match fix.remedy {
            Remedy::SecondLoadBalancer => {
                let service = changes::read(cluster, &ObjectReference::of_service(&before.facts.service)).await?;
                Some(changes::internal_service(&service.value))
            }
            _ => None,
        };
        return Ok(Proposal { fix, diff: None, manifest, expected: None });
    };
    let object = changes::read(cluster, &patch.object).await?;
    let after = changed(cluster, dry_run, &object, &patch).await?;
    let diff = changes::difference(&object.value, &after);
    Ok(Proposal { fix, diff: Some(diff), manifest: None, expected: None })
}

/// What an object would be: as the server says, or by the patch alone.
async fn changed(cluster: &Cluster, dry_run: DryRun, object: &Object, patch: &Patch) -> Result<serde_json::Value, Error> {
    match dry_run {
        DryRun::Server => Ok(object.patch(cluster, &patch.merge, Commitment::DryRun).await?.value),
        DryRun::None => Ok(changes::merged(&object.value, &patch.merge)),
    }
}
