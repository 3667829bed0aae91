//! The change itself: confirmed, recorded, made, measured, and kept or put back.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lbprobe_analysis::documents::{FixReport, Proposal, Report, Verification};
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::fix_outcome::{Disposition, FixOutcome, FromOutside};
use lbprobe_analysis::patch::{self, Patch};
use lbprobe_analysis::plan::{Plan, Vantage};
use lbprobe_analysis::remedies::{ExpectedResult, Fix};
use lbprobe_analysis::results::Results;
use lbprobe_analysis::text::messages::{Message, Question};
use serde_json::{Value, json};

use crate::changes::{self, Journal, Method, Object, PatchMode, Record, RunId};
use crate::commands::confirm;
use crate::commands::outside::Lookout;
use crate::commands::probe::probe;
use crate::commands::run;
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::resolution::Resolved;
use crate::kubernetes::Cluster;
use crate::pause::{self, Phase};
use crate::probes;
use crate::report;
use crate::settings::{self, Confirmation, Rollback, ServiceName};
use crate::signals::Attention;
use crate::terminal::{language, say};

/// How often in a row a change must be found undone before it counts as reverted.
const REVERTED_TWICE: usize = 2;

/// Makes a fix, and sees to it that it helps.
pub(super) async fn apply(cluster: &Cluster, settings: &settings::Fix, before: Report, fix: Fix, patch: Patch) -> Result<Exit, Error> {
    let object = changes::read(cluster, &patch.object).await?;
    // Somebody may have begun a change of their own since this run began.
    if let Some(record) = Record::of(&object)? {
        return Err(Error::Pending { object: object.reference.clone(), change: Box::new(record.change()) });
    }
    // The server says now what it will not have: missing rights, admission, a version that is gone.
    let tried = object.patch(cluster, &patch.merge, PatchMode::DryRun).await.map_err(|cause| with_patch(cause, &patch))?;
    if settings.confirmation == Confirmation::Asked {
        let diff = Some(changes::difference(&object.value, &tried.value));
        let expected = ExpectedResult::of(&fix, &Results::of(&before));
        let proposal = Proposal { fix: fix.clone(), diff, manifest: None, expected };
        report::show_proposal(&before, &proposal)?;
    }
    warn_of_owners(&object, &before);
    if settings.confirmation == Confirmation::Asked && !confirm::confirm(Question::Change { object: &patch.object }).await? {
        say(Message::NothingChanged);
        return Ok(Exit::Fault);
    }
    let run = RunId::new(&probes::new_run_id()).map_err(|cause| Error::Change(cause.to_string()))?;
    let saved = save(settings, &before, &run, "before")?;
    let method = fix.remedy.strategy().map_or(Method::OwnPatch, Method::Strategy);
    let journal = Journal::new(run, method, patch.clone(), &object.value, file_name(&saved));
    let (_, record) = journal.save(&settings.folder, Timestamp::now())?;
    let from_outside = lookout(cluster, settings).answers(&before).await?;
    pause::at(Phase::BeforeChange).await;
    // From here on a signal is attended to: the change is not left without a word.
    let mut attention = Attention::begin();
    let changed = object.patch(cluster, &record.with_change(&patch.merge)?, PatchMode::Applied).await;
    let changed = changed.inspect_err(|cause| maybe_changed(cause, &object)).map_err(|cause| with_patch(cause, &patch))?;
    pause::at(Phase::Changed).await;
    say(Message::Changed { object: &patch.object });
    let expected = fix.after.as_ref().map_or(&[][..], |after| &after.vantages);
    let attempt = Attempt { cluster, settings, before: &before, merge: &patch.merge, expected };
    let made = AppliedChange { journal: &journal, record: &record, from_outside };
    let document = Box::pin(attempt.end(&mut attention, &changed, made)).await?;
    report::write_fix(&document, &settings.outputs)?;
    match save(settings, &document.after.report, &journal.run, "after") {
        Ok(after) => say(Message::Reports { before: &saved.display().to_string(), after: &after.display().to_string() }),
        // The verdict stands, whatever becomes of its copy.
        Err(cause) => say(Message::ReportNotSaved { cause: &cause.told(language()), before: &saved.display().to_string() }),
    }
    Ok(exit(&document))
}

/// A change whose answer was lost may have been made.
fn maybe_changed(cause: &Error, object: &Object) {
    if matches!(cause, Error::Unreachable { .. } | Error::Overdue { .. }) {
        say(Message::MaybeChanged { object: &object.reference });
    }
}

/// Who else keeps the object as it is.
fn warn_of_owners(object: &Object, before: &Report) {
    for owner in changes::owners_elsewhere(&object.value) {
        say(Message::KeptByOther { owner, object: &object.reference });
    }
    if let Some(owner) = before.facts.service.other_owner().filter(|_| object.reference.kind == "Service") {
        say(Message::OwnedByOther { owner: &owner.to_string() });
    }
}

/// Tries of a change that somebody else's crosses: an address that a controller writes into the status, for instance.
const SETTLE_TRIES: usize = 4;

/// Kept, or put back, and the record taken away; a change that could not be measured everywhere keeps its record.
async fn settle(
    cluster: &Cluster,
    settings: &settings::Fix,
    changed: &Object,
    made: &AppliedChange<'_>,
    outcome: &FixOutcome,
) -> Result<Disposition, Error> {
    pause::at(Phase::BeforeSettle).await;
    let mut tries = 1;
    loop {
        let now = changed.again(cluster).await?;
        let (merge, ended) = settlement(settings, &now, made, outcome);
        let Some(merge) = merge else { return Ok(ended) };
        match now.patch(cluster, &merge, PatchMode::Applied).await {
            Ok(_) => {
                pause::at(Phase::Settled).await;
                return Ok(ended);
            }
            Err(Error::ChangedMeanwhile { .. }) if tries < SETTLE_TRIES => tries += 1,
            Err(cause) => return Err(cause),
        }
    }
}

/// What becomes of a change, and what is merged for it; nothing where the object is left alone.
fn settlement(settings: &settings::Fix, now: &Object, made: &AppliedChange<'_>, outcome: &FixOutcome) -> (Option<Value>, Disposition) {
    let forget = || Some(Record::forget(json!({})));
    // A record belongs to a run: another's is none of our business, and without ours nobody wants this settled.
    if Record::of(now).ok().flatten().as_ref() != Some(made.record) {
        return (None, Disposition::LeftAlone);
    }
    if !patch::is_in_place(&made.journal.patch.merge, &now.value) {
        return (forget(), Disposition::Reverted);
    }
    match (outcome, settings.rollback) {
        (FixOutcome::PartlyMeasured { .. } | FixOutcome::ServiceChanged, _) => (None, Disposition::Unverified),
        (outcome, _) if outcome.is_worth_keeping() => (forget(), Disposition::Kept),
        (_, Rollback::Never) => (forget(), Disposition::KeptUnhelpful),
        (_, Rollback::WhenUnhelpful) => (Some(Record::forget(made.journal.undo.clone())), Disposition::PutBack),
    }
}

pub(super) fn exit(document: &FixReport) -> Exit {
    match (document.ended, &document.outcome) {
        (Disposition::Kept, FixOutcome::Fixed) => Exit::Healthy,
        (Disposition::Unverified, _) | (_, FixOutcome::NotMeasured) => Exit::Inconclusive,
        _ => Exit::Fault,
    }
}

/// A change that was made.
pub(super) struct AppliedChange<'a> {
    pub(super) journal: &'a Journal,
    pub(super) record: &'a Record,
    pub(super) from_outside: Option<bool>,
}

/// A change that is being watched.
pub(super) struct Attempt<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) settings: &'a settings::Fix,
    pub(super) before: &'a Report,
    /// What was merged.
    pub(super) merge: &'a Value,
    /// The vantages that are predicted to fail after it; none where nothing is predicted.
    pub(super) expected: &'a [Vantage],
}

impl Attempt<'_> {
    /// Watches the change, and settles it. Where that breaks off, the change stays, and it is said.
    pub(super) async fn end(&self, attention: &mut Attention, changed: &Object, made: AppliedChange<'_>) -> Result<FixReport, Error> {
        let settled = async {
            let (after, outcome, outside) = Box::pin(self.watch(attention, changed, made.from_outside)).await?;
            // A change that was sent is not taken back by a signal: it is waited for, within the limit of a request.
            let ended = settle(self.cluster, self.settings, changed, &made, &outcome).await?;
            Ok((after, outcome, outside, ended))
        };
        let (after, outcome, outside, ended) = match Box::pin(settled).await {
            Ok(settled) => settled,
            Err(cause) => {
                // The object that was changed, not the Service, which may have an owner.
                let now = changed.again(self.cluster).await;
                if matches!(now, Err(Error::Api { code: Some(404), .. })) {
                    say(Message::Gone { object: &changed.reference });
                } else {
                    say(Message::NotVerified { object: &changed.reference });
                    say(Message::NotVerifiedHint);
                }
                return Err(cause);
            }
        };
        Ok(FixReport::new(
            made.journal.strategy.to_string(),
            made.journal.patch.clone(),
            self.before.clone(),
            after,
            outside,
            outcome,
            ended,
        ))
    }

    /// Probes until what is seen is what was predicted, or the time for it is over: the probes tell when
    /// kube-proxy has taken the change.
    async fn watch(
        &self,
        attention: &mut Attention,
        changed: &Object,
        from_outside: Option<bool>,
    ) -> Result<(Verification, FixOutcome, Option<FromOutside>), Error> {
        let start = Instant::now();
        let mut undone = 0;
        loop {
            // The probe attends to signals itself, and removes its pods.
            let (facts, plan) = attention.or(self.next()).await?;
            let report = probe(self.cluster, &self.settings.probing, facts, plan, Ok).await?;
            let verification = Verification::new(self.before, report);
            let now = attention.or(changed.again(self.cluster)).await?;
            undone = if patch::is_in_place(self.merge, &now.value) { 0 } else { undone + 1 };
            let is_over = start.elapsed() > self.settings.wait || undone >= REVERTED_TWICE;
            // The look from outside may cost a pod there: what is not yet so inside is not asked for.
            if is_over || FixOutcome::of(&verification, None).is_as_predicted(self.expected) {
                let outside = match from_outside {
                    // This attends to signals itself too.
                    Some(before) => {
                        let after = Box::pin(lookout(self.cluster, self.settings).answers(&verification.report)).await?;
                        after.map(|after| FromOutside { before, after })
                    }
                    None => None,
                };
                let outcome = FixOutcome::of(&verification, outside);
                if is_over || outcome.is_as_predicted(self.expected) {
                    return Ok((verification, outcome, outside));
                }
            }
            attention
                .or(async {
                    pause::at(Phase::BetweenProbes).await;
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    Ok(())
                })
                .await?;
        }
    }

    async fn next(&self) -> Result<(Facts, Plan), Error> {
        let service = &self.before.facts.service;
        // What led to the Service before the change may not lead there after it.
        let meant = Resolved::named(&service.namespace, &ServiceName::Service(service.name.clone()));
        let selector = self.settings.scope.selector.as_deref();
        let facts = run::facts(self.cluster, &meant, selector, &self.settings.probing.pods).await?;
        let plan = run::worth_running(&facts, Plan::again(&facts, self.before))?;
        Ok((facts, plan))
    }
}

fn lookout<'a>(cluster: &'a Cluster, settings: &'a settings::Fix) -> Lookout<'a> {
    Lookout { outside: &settings.outside, cluster, connection: &settings.connection, pods: &settings.probing.pods }
}

/// A user who may not change the object gets the patch, for one who may.
fn with_patch(cause: Error, patch: &Patch) -> Error {
    match cause {
        Error::Forbidden { what, message, can } => Error::MayNotChange { what, message, can, patch: Box::new(patch.clone()) },
        other => other,
    }
}

/// Writes a report beside the user's work; the path that was written.
fn save(settings: &settings::Fix, report: &Report, run: &RunId, when: &str) -> Result<PathBuf, Error> {
    let service = &report.facts.service;
    let path = settings.folder.join(format!("lbprobe-{}-{}.{run}.{when}.json", service.namespace, service.name));
    report::save(report, &path)?;
    Ok(std::path::absolute(&path).unwrap_or(path))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
