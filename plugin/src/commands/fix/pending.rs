//! A change whose verification never ended: found by its record, and gone on with or back from.
//!
//! Nothing is done because a record stands on an object: it may be anybody's. A person says what is to become of the
//! change, and sees before it what would be changed.

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Service;
use lbprobe_analysis::patch::{ObjectReference, Patch};
use lbprobe_analysis::text::messages::{Message, Question};

use super::apply::{self, AppliedChange, Attempt};
use crate::changes::{self, Journal, Object, PatchMode, Record, Undo};
use crate::commands::confirm;
use crate::commands::probe::probe;
use crate::commands::run;
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::resolution::Resolved;
use crate::kubernetes::Cluster;
use crate::settings::{self, Confirmation, FixAction};
use crate::signals::Attention;
use crate::terminal::{Ink, say, tell_text};
use crate::{report, saved};

/// Between two probes while a change that was taken back does not show everywhere.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(500);

/// A change that is not verified.
pub(super) struct Found {
    object: Object,
    record: Record,
}

/// The record on the Service or on what owns it.
pub(super) async fn find(cluster: &Cluster, service: &Service) -> Result<Option<Found>, Error> {
    let mut references = vec![ObjectReference::of_service(service), ObjectReference::governing(service)];
    references.dedup();
    for reference in references {
        let object = match changes::read(cluster, &reference).await {
            // Who may not read the owner has not changed it either.
            Err(Error::Forbidden { .. }) if reference.kind != "Service" => continue,
            object => object?,
        };
        if let Some(record) = Record::of(&object)? {
            return Ok(Some(Found { object, record }));
        }
    }
    Ok(None)
}

/// Goes on, or back, as the user says. Who says nothing is told of the change, and nothing is done.
pub(super) async fn end(cluster: &Cluster, settings: &settings::Fix, meant: &Resolved, found: Found) -> Result<Exit, Error> {
    let Found { object, record } = found;
    match settings.action {
        FixAction::Undo => undo(cluster, settings, meant, (object, record)).await,
        FixAction::Resume => Box::pin(resume(cluster, settings, object, record)).await,
        FixAction::Show(_) | FixAction::Apply => Err(Error::Pending { object: object.reference, change: Box::new(record.change()) }),
    }
}

async fn undo(cluster: &Cluster, settings: &settings::Fix, meant: &Resolved, (object, record): (Object, Record)) -> Result<Exit, Error> {
    let undo = Undo::of(&settings.folder, &object.reference, &record)?;
    say(Message::Pending { object: &object.reference, record: &record.change().to_string() });
    say(match &undo {
        Undo::Recorded(_) => Message::UndoRecorded,
        Undo::Computed(_) => Message::UndoComputed,
    });
    let merge = Record::forget(undo.merge().clone());
    let tried = object.patch(cluster, &merge, PatchMode::DryRun).await?;
    tell_text(&changes::difference(&object.value, &tried.value), Ink::Plain);
    if settings.confirmation == Confirmation::Asked && !confirm::confirm(Question::PutBack { object: &object.reference }).await? {
        say(Message::NothingChanged);
        return Ok(Exit::Inconclusive);
    }
    let mut attention = Attention::begin();
    object.patch(cluster, &merge, PatchMode::Applied).await?;
    say(Message::PutBack { object: &object.reference, before: &format!("{:.0}", record.at) });
    let report = after_undo(cluster, settings, meant, &mut attention).await?;
    report::write(&report, &settings.outputs)?;
    Ok(report.diagnosis.verdict.into())
}

/// What is seen when the rules are those of before again: facts and rules are read after the change, and kube-proxy
/// has the time that a change may take to show.
async fn after_undo(cluster: &Cluster, settings: &settings::Fix, meant: &Resolved, attention: &mut Attention) -> Result<Report, Error> {
    let start = std::time::Instant::now();
    loop {
        let facts = async {
            let facts = run::facts(cluster, meant, settings.scope.selector.as_deref(), &settings.probing.pods).await?;
            let plan = run::plan(&facts, &meant.asking.options(&settings.plan))?;
            Ok((facts, plan))
        };
        let (facts, plan) = attention.or(facts).await?;
        let report = probe(cluster, &settings.probing, facts, plan, Ok).await?;
        if report.diagnosis.agreement.contradictions.is_empty() || start.elapsed() > settings.wait {
            return Ok(report);
        }
        let pause = async {
            tokio::time::sleep(PAUSE).await;
            Ok(())
        };
        attention.or(pause).await?;
    }
}

async fn resume(cluster: &Cluster, settings: &settings::Fix, object: Object, record: Record) -> Result<Exit, Error> {
    let folder = &settings.folder;
    let no_baseline = |record: &Record, object: &Object| Error::NoBaseline {
        object: Box::new(object.reference.clone()),
        run: record.run.to_string(),
        folder: folder.display().to_string(),
    };
    let Some(journal) = Journal::of_record(folder, &object.reference, &record)? else {
        return Err(no_baseline(&record, &object));
    };
    let Ok(before) = saved::report(&folder.join(file_name(&journal.before))) else {
        return Err(no_baseline(&record, &object));
    };
    // Without it every check would fail, and a good change would be put back.
    if before.plan.with_client_certificate && settings.probing.pods.client_certificate.is_none() {
        return Err(Error::BaselineWithCertificate { file: journal.before.clone() });
    }
    say(Message::Verifying { object: &object.reference, record: &record.change().to_string() });
    if settings.confirmation == Confirmation::Asked {
        let Patch { merge, .. } = &journal.patch;
        let was = changes::merged(&object.value, &journal.undo);
        tell_text(&changes::difference(&was, &changes::merged(&was, merge)), Ink::Plain);
        if !confirm::confirm(Question::GoOn).await? {
            say(Message::NothingChanged);
            return Ok(Exit::Inconclusive);
        }
    }
    let mut attention = Attention::begin();
    let attempt = Attempt { cluster, settings, before: &before, merge: &journal.patch.merge, expected: &[] };
    let made = AppliedChange { journal: &journal, record: &record, from_outside: None };
    let document = Box::pin(attempt.end(&mut attention, &object, made)).await?;
    report::write_fix(&document, &settings.outputs)?;
    Ok(apply::exit(&document))
}

/// A file beside the journal, and never one elsewhere.
fn file_name(path: &str) -> &std::ffi::OsStr {
    std::path::Path::new(path).file_name().unwrap_or_default()
}
