//! `rehearse`: facts of every Service → expectations of today and after a change → what differs → exit code. Creates nothing.

use lbprobe_analysis::documents::{Rehearsal, RehearsalBuilder};
use lbprobe_analysis::error::CannotApply;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::results::Results;

use super::run::check_nodes;
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api::{self, ReadScope};
use crate::facts::from_file;
use crate::saved::{report_in, shown};
use crate::settings::{Rehearse, RehearsedIn};
use crate::{kubernetes, report};

/// Thinks a change through for every Service.
pub(crate) async fn rehearse(settings: &Rehearse) -> Result<Exit, Error> {
    let mut rehearsal = RehearsalBuilder::new(settings.plan.clone(), settings.changes.clone());
    let is_meant = |of: &str| settings.namespace.as_ref().is_none_or(|namespace| namespace == of);
    // What cannot be changed for one Service cannot for any, and all have the same nodes.
    let mut refused: Option<Error> = None;
    let mut add = |facts: &Facts| {
        if refused.is_none() && is_meant(&facts.service.namespace) {
            refused = check_nodes(facts, &settings.plan).and_then(|()| rehearsal.add(facts).map_err(|cause| cannot(&cause))).err();
        }
    };
    match &settings.subject {
        RehearsedIn::Cluster { selector } => {
            let cluster = kubernetes::connect(&settings.connection).await?;
            let around = ReadScope { probe_namespace: &cluster.namespace, selector: selector.as_deref() };
            Box::pin(from_api::every_service(&cluster, around, &mut add)).await?;
        }
        RehearsedIn::File(file) => every_service(&from_file::text(file)?, &shown(file), &mut add)?,
    }
    if let Some(cause) = refused {
        return Err(cause);
    }
    let file = match &settings.subject {
        // Its name may say whose it is.
        RehearsedIn::File(file) if settings.redaction.is_none() => Some(file.display().to_string()),
        RehearsedIn::File(_) | RehearsedIn::Cluster { .. } => None,
    };
    let rehearsal = Rehearsal { file, ..rehearsal.build() };
    report::write_rehearsal(&rehearsal, settings.output, settings.redaction.as_ref())?;
    Ok(rehearsal.outlook().into())
}

fn cannot(cause: &CannotApply) -> Error {
    Error::Change(cause.to_string())
}

/// The Services in a text. A report has one, with what its nodes said of their kube-proxies, which counts more than their configuration.
fn every_service(text: &str, shown: &str, mut each: impl FnMut(&Facts)) -> Result<(), Error> {
    match report_in(text) {
        Ok(report) => {
            each(&Results::of(&report).facts);
            Ok(())
        }
        Err(_) => from_file::every_service_in(text, shown, each),
    }
}
