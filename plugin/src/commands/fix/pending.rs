//! A change whose verification never ended: found by its record, and gone on with or back from.

use lbprobe_analysis::facts::{Facts, Service};
use lbprobe_analysis::fix_report::FixReport;
use lbprobe_analysis::patch::{ObjectReference, Patch};
use lbprobe_analysis::plan::Plan;

use super::apply::{self, Trial, tell};
use super::confirm;
use crate::changes::{self, Commitment, Object, Record};
use crate::cli::{FixArguments, Pending};
use crate::cluster::Cluster;
use crate::commands::probe::probe;
use crate::error::Error;
use crate::exit::Exit;
use crate::{report, saved};

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

/// Goes on, or back, as the user says.
pub(super) async fn end(cluster: &Cluster, arguments: &FixArguments, found: Found, facts: Facts, plan: Plan) -> Result<Exit, Error> {
    let Found { object, record } = found;
    let wish = match arguments.pending() {
        Some(wish) => wish,
        None => ask(&object.reference, &record)?,
    };
    match wish {
        Pending::Undo => {
            object.patch(cluster, &record.undo(), Commitment::Kept).await?;
            tell(&format!("{} is as it was before {}", object.reference, record.at));
            probe(cluster, &arguments.pods, facts, plan, |report| {
                report::write(&report, arguments.output)?;
                Ok(report.diagnosis.verdict.into())
            })
            .await
        }
        Pending::Resume => resume(cluster, arguments, object, record).await,
    }
}

fn ask(object: &ObjectReference, record: &Record) -> Result<Pending, Error> {
    let pending = Error::Pending { object: object.clone(), record: Box::new(record.clone()) };
    tell(&pending.to_string());
    match confirm::confirm("Go on, and verify it? No takes it back to what was.") {
        Ok(true) => Ok(Pending::Resume),
        Ok(false) => Ok(Pending::Undo),
        Err(_) => Err(pending),
    }
}

async fn resume(cluster: &Cluster, arguments: &FixArguments, object: Object, record: Record) -> Result<Exit, Error> {
    let before = saved::report(record.before.as_ref())?;
    let patch = Patch { object: object.reference.clone(), merge: record.merge.clone() };
    let trial = Trial { cluster, arguments, before: &before, record: &record, expected: &[] };
    let (after, judgement, outside) = trial.watch(&object, None).await?;
    let ended = apply::settle(cluster, arguments, &object, &record, &judgement).await?;
    let document = FixReport::new(record.strategy, patch, before, after, outside, judgement, ended);
    report::write_fix(&document, arguments.output)?;
    Ok(apply::exit(&document))
}
