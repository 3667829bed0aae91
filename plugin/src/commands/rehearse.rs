//! `rehearse`: facts of every Service → expectations of today and after a change → what differs → exit code. Creates nothing.

use lbprobe_analysis::documents::{Rehearsal, RehearsalBuilder};
use lbprobe_analysis::error::CannotApply;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::results::Results;

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
    // What cannot be changed for one Service cannot for any.
    let mut refused: Option<CannotApply> = None;
    let mut file = None;
    match &settings.subject {
        RehearsedIn::Cluster { namespace, selector } => {
            let cluster = kubernetes::connect(&settings.connection).await?;
            let around = ReadScope { probe_namespace: &cluster.namespace, selector: selector.as_deref() };
            let is_meant = |of: &str| namespace.as_ref().is_none_or(|namespace| namespace == of);
            Box::pin(from_api::every_service(&cluster, around, |facts| {
                if is_meant(&facts.service.namespace) && refused.is_none() {
                    refused = rehearsal.add(facts).err();
                }
            }))
            .await?;
        }
        RehearsedIn::File { file: read, namespace } => {
            let is_meant = |of: &str| namespace.as_ref().is_none_or(|namespace| namespace == of);
            let each = |facts: &Facts| {
                if is_meant(&facts.service.namespace) && refused.is_none() {
                    refused = rehearsal.add(facts).err();
                }
            };
            every_service(&from_file::text(read)?, &shown(read), each)?;
            file = Some(read.display().to_string());
        }
    }
    if let Some(cause) = refused {
        return Err(Error::Change(cause.to_string()));
    }
    let rehearsal = Rehearsal { file, ..rehearsal.build() };
    report::write_rehearsal(&rehearsal, settings.output, settings.redaction.as_ref())?;
    Ok(rehearsal.outlook().into())
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
