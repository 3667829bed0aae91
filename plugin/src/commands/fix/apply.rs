//! The change itself: confirmed, recorded, made, measured, and kept or put back.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lbprobe_analysis::diagnosis::Fix;
use lbprobe_analysis::fix_report::{Ended, FixReport};
use lbprobe_analysis::judgement::{FromOutside, Judgement};
use lbprobe_analysis::patch::{self, Patch};
use lbprobe_analysis::plan::{Plan, Vantage};
use lbprobe_analysis::report::Report;
use lbprobe_analysis::verification::Verification;

use super::confirm;
use crate::changes::{self, Commitment, Object, Record};
use crate::cli::FixArguments;
use crate::cluster::Cluster;
use crate::commands::probe::probe;
use crate::commands::{outside, run};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, Proposal};

/// How often in a row a change must be found undone before it counts as reverted.
const REVERTED_TWICE: usize = 2;

/// Makes a fix, and sees to it that it helps.
pub(super) async fn apply(cluster: &Cluster, arguments: &FixArguments, before: Report, fix: Fix, patch: Patch) -> Result<Exit, Error> {
    let object = changes::read(cluster, &patch.object).await?;
    // The server says now what it will not have: missing rights, admission, a version that is gone.
    let tried = object.patch(cluster, &patch.merge, Commitment::DryRun).await.map_err(|cause| with_patch(cause, &patch))?;
    if !arguments.yes {
        let diff = Some(changes::difference(&object.value, &tried.value));
        let proposal = Proposal { fix: fix.clone(), diff, manifest: None };
        report::show_proposal(&before, &proposal)?;
    }
    for owner in changes::owners_elsewhere(&object.value) {
        tell(&format!("warning: {owner} keeps {} as its own source says, and will revert the change: make it there too", patch.object));
    }
    if !arguments.yes && !confirm::confirm(&format!("Change {} in namespace {}?", patch.object, patch.object.namespace))? {
        tell("nothing was changed");
        return Ok(Exit::Fault);
    }
    let saved = save(arguments, &before, "before")?;
    let from_outside = outside::answers(arguments.outside(), &before).await;
    let record = record(&fix, &patch, &object, &saved);
    let changed = object.patch(cluster, &record.with_change()?, Commitment::Kept).await.map_err(|cause| with_patch(cause, &patch))?;
    tell(&format!("changed {} in namespace {}; probing until it shows", patch.object, patch.object.namespace));
    let expected = fix.after.as_ref().map_or(&[][..], |after| &after.vantages);
    let trial = Trial { cluster, arguments, before: &before, record: &record, expected };
    let (after, judgement, outside) = match trial.watch(&changed, from_outside).await {
        Ok(seen) => seen,
        Err(cause) => {
            tell(&format!("the change of {} stays, and is not verified", patch.object));
            tell("hint: kubectl lbprobe fix SERVICE --resume, or --undo");
            return Err(cause);
        }
    };
    let ended = settle(cluster, arguments, &changed, &record, &judgement).await?;
    let strategy = record.strategy.clone();
    let document = FixReport::new(strategy, patch, before, after, outside, judgement, ended);
    let after = save(arguments, &document.after.report, "after")?;
    tell(&format!("reports: {} and {}", saved.display(), after.display()));
    report::write_fix(&document, arguments.output)?;
    Ok(exit(&document))
}

/// Kept, or put back: and the record taken away.
pub(super) async fn settle(
    cluster: &Cluster,
    arguments: &FixArguments,
    changed: &Object,
    record: &Record,
    judgement: &Judgement,
) -> Result<Ended, Error> {
    let now = changed.again(cluster).await?;
    if !patch::is_in_place(&record.merge, &now.value) {
        now.patch(cluster, &Record::forget(), Commitment::Kept).await?;
        return Ok(Ended::Reverted);
    }
    let (merge, ended) = match (judgement.is_worth_keeping(), arguments.no_rollback) {
        (true, _) => (Record::forget(), Ended::Kept),
        (false, true) => (Record::forget(), Ended::KeptUnhelpful),
        (false, false) => (record.undo(), Ended::PutBack),
    };
    now.patch(cluster, &merge, Commitment::Kept).await?;
    Ok(ended)
}

pub(super) fn exit(document: &FixReport) -> Exit {
    match (document.ended, &document.judgement) {
        (Ended::Kept, Judgement::Fixed) => Exit::Healthy,
        (_, Judgement::NotMeasured) => Exit::Inconclusive,
        _ => Exit::Fault,
    }
}

fn record(fix: &Fix, patch: &Patch, object: &Object, saved: &Path) -> Record {
    Record {
        at: Timestamp::now(),
        strategy: fix.strategy.map_or_else(|| "patch".into(), |strategy| strategy.to_string()),
        merge: patch.merge.clone(),
        undo: patch.inverse(&object.value),
        before: saved.display().to_string(),
    }
}

/// A change that is being watched.
pub(super) struct Trial<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) arguments: &'a FixArguments,
    pub(super) before: &'a Report,
    pub(super) record: &'a Record,
    /// The vantages that are predicted to fail after it; none where nothing is predicted.
    pub(super) expected: &'a [Vantage],
}

impl Trial<'_> {
    /// Probes until what is seen is what was predicted, or the time for it is over: the probes tell when
    /// kube-proxy has taken the change.
    pub(super) async fn watch(
        &self,
        changed: &Object,
        from_outside: Option<bool>,
    ) -> Result<(Verification, Judgement, Option<FromOutside>), Error> {
        let start = Instant::now();
        let mut undone = 0;
        loop {
            let report = self.probe().await?;
            let outside = match from_outside {
                Some(before) => outside::answers(self.arguments.outside(), &report).await.map(|after| FromOutside { before, after }),
                None => None,
            };
            let verification = Verification::new(self.before, report);
            let judgement = Judgement::of(&verification, outside);
            let now = changed.again(self.cluster).await?;
            undone = if patch::is_in_place(&self.record.merge, &now.value) { 0 } else { undone + 1 };
            let is_over = start.elapsed() > self.arguments.wait || undone >= REVERTED_TWICE;
            if is_over || judgement.is_as_predicted(self.expected) {
                return Ok((verification, judgement, outside));
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn probe(&self) -> Result<Report, Error> {
        let arguments = self.arguments;
        let selector = arguments.checks.selector.as_deref();
        let facts = run::facts(self.cluster, &arguments.service, &arguments.kubernetes, &arguments.pods, selector).await?;
        let plan = run::worth_running(&facts, Plan::again(&facts, self.before))?;
        probe(self.cluster, &arguments.pods, facts, plan, Ok).await
    }
}

/// A user who may not change the object gets the patch, for one who may.
fn with_patch(cause: Error, patch: &Patch) -> Error {
    match cause {
        Error::Forbidden { what, message, can } => Error::MayNotChange { what, message, can, patch: Box::new(patch.clone()) },
        other => other,
    }
}

/// Writes a report beside the user's work; the path that was written.
fn save(arguments: &FixArguments, report: &Report, when: &str) -> Result<PathBuf, Error> {
    let service = &report.facts.service;
    let path = arguments.save.join(format!("lbprobe-{}-{}.{when}.json", service.namespace, service.name));
    report::save(report, &path)?;
    Ok(std::path::absolute(&path).unwrap_or(path))
}

pub(super) fn tell(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}
