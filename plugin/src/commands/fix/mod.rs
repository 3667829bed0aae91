//! `fix`: facts → plan → probe pods → diagnosis → a fix → the change → probe pods → comparison → kept or
//! put back → exit code.

mod apply;
mod choose;
mod dns_name;
mod pending;

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{Proposal, Report};
use lbprobe_analysis::patch::{ObjectReference, Patch};
use lbprobe_analysis::providers;
use lbprobe_analysis::remedies::{ExpectedResult, Fix, Remedy};
use lbprobe_analysis::results::Results;

use super::probe::probe;
use super::run;
use crate::changes::{self, Object, PatchMode};
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api;
use crate::kubernetes::{self, Cluster};
use crate::report;
use crate::settings::{self, DryRun, FixAction, FixChoice};
use choose::Choice;

/// Shows the fixes, or makes one and sees to it that it helps.
pub(crate) async fn fix(settings: &settings::Fix) -> Result<Exit, Error> {
    let cluster = kubernetes::connect(&settings.connection).await?;
    let meant = from_api::resolve(&cluster, &settings.scope).await?;
    let facts = run::facts(&cluster, &meant, settings.scope.selector.as_deref(), &settings.probing.pods).await?;
    let plan = run::plan(&facts, &meant.asking.options(&settings.plan))?;
    if let Some(found) = pending::find(&cluster, &facts.service).await? {
        return Box::pin(pending::end(&cluster, settings, &meant, found)).await;
    }
    if matches!(settings.action, FixAction::Resume | FixAction::Undo) {
        return Err(Error::NothingPending { object: ObjectReference::governing(&facts.service) });
    }
    let before = probe(&cluster, &settings.probing, facts, plan, Ok).await?;
    if before.diagnosis.verdict != Verdict::Fault && !matches!(settings.choice, FixChoice::Patch(_)) {
        report::write(&before, &settings.outputs)?;
        return Ok(before.diagnosis.verdict.into());
    }
    let choice = choose::choose(&before, settings);
    if matches!(choice, Err(Error::NoStrategy { .. })) {
        // What was found instead tells why.
        report::write(&before, &settings.outputs)?;
    }
    match choice? {
        Choice::All(fixes) => show(&cluster, settings, &before, fixes).await,
        Choice::One(fix) if matches!(fix.remedy, Remedy::DialDnsName { .. }) => dns_name::show(&cluster, settings, &before, *fix).await,
        Choice::One(fix) => match fix.remedy.patch() {
            Some(patch) if settings.action == FixAction::Apply => Box::pin(apply::apply(&cluster, settings, before, *fix, patch)).await,
            _ => show(&cluster, settings, &before, vec![*fix]).await,
        },
    }
}

/// Shows fixes with what they would change, and changes nothing.
async fn show(cluster: &Cluster, settings: &settings::Fix, before: &Report, fixes: Vec<Fix>) -> Result<Exit, Error> {
    let dry_run = match settings.action {
        FixAction::Show(dry_run) => dry_run,
        FixAction::Apply | FixAction::Resume | FixAction::Undo => DryRun::None,
    };
    let results = Results::of(before);
    let mut proposals = Vec::new();
    for fix in fixes {
        let expected = ExpectedResult::of(&fix, &results);
        proposals.push(Proposal { expected, ..proposal(cluster, dry_run, before, fix).await? });
    }
    report::write_proposals(before, &proposals, &settings.outputs)?;
    Ok(Exit::Fault)
}

async fn proposal(cluster: &Cluster, dry_run: DryRun, before: &Report, fix: Fix) -> Result<Proposal, Error> {
    let Some(patch) = fix.remedy.patch() else {
        let manifest = match fix.remedy {
            Remedy::SecondLoadBalancer => {
                let service = changes::read(cluster, &ObjectReference::of_service(&before.facts.service)).await?;
                Some(changes::internal_service(&service.value, providers::internal_annotation(&before.facts)))
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
        DryRun::Server => Ok(object.patch(cluster, &patch.merge, PatchMode::DryRun).await?.value),
        DryRun::None => Ok(changes::merged(&object.value, &patch.merge)),
    }
}
