//! Facts from a file: what this program saved, or what kubectl printed.

mod objects;
mod read;
#[cfg(test)]
mod tests;

use std::path::Path;

use lbprobe_analysis::acceptance::Acceptance;
use lbprobe_analysis::facts::{Facts, Service};
use lbprobe_analysis::report::{API_VERSION, Report};
use serde::Deserialize;

use crate::cli::ServiceName;
use crate::error::Error;
use read::{Document, Head};

/// The kinds of this program's own documents that hold facts.
const OWN_KINDS: [&str; 3] = ["Facts", "Report", "Explanation"];

/// The facts in a file, `-` for standard input. Of several Services, the one of that name; a
/// namespace need only be said where two have the same.
pub(crate) fn facts(file: &Path, service: Option<&ServiceName>, namespace: Option<&str>) -> Result<Facts, Error> {
    let shown = shown(file);
    let error = |cause| Error::File { file: shown.clone(), cause };
    let text = read::text(file).map_err(error)?;
    let documents = read::documents(&text).map_err(error)?;
    match own(&documents).map_err(error)? {
        Some(facts) if is_meant(&facts.service, service, namespace) => Ok(facts),
        Some(facts) => Err(error(format!("holds service {}/{}", facts.service.namespace, facts.service.name))),
        None => objects::facts(documents, service, namespace, &shown),
    }
}

/// Hands on the facts of every Service of type LoadBalancer in a file.
pub(crate) fn every_service(file: &Path, mut each: impl FnMut(&Facts)) -> Result<(), Error> {
    let shown = shown(file);
    let error = |cause| Error::File { file: shown.clone(), cause };
    let text = read::text(file).map_err(error)?;
    let documents = read::documents(&text).map_err(error)?;
    match own(&documents).map_err(error)? {
        Some(facts) => {
            each(&facts);
            Ok(())
        }
        None => objects::every_service(documents, &shown, each),
    }
}

fn is_meant(service: &Service, name: Option<&ServiceName>, namespace: Option<&str>) -> bool {
    let is_named = match name {
        None => true,
        Some(ServiceName::Service(name)) => *name == service.name,
        Some(ServiceName::IstioGateway(name)) => service.owner.as_ref().is_some_and(|owner| owner.name == *name),
    };
    is_named && namespace.is_none_or(|name| name == service.namespace)
}

/// The expectations in a file.
pub(crate) fn acceptance(file: &Path) -> Result<Acceptance, Error> {
    let error = |cause: String| Error::Acceptance { cause: format!("{} {cause}", shown(file)) };
    let text = read::text(file).map_err(error)?;
    let acceptance: Acceptance = serde_saphyr::from_str(&text).map_err(|cause| error(format!("is no acceptance: {cause}")))?;
    if acceptance.api_version != API_VERSION || acceptance.kind != "Acceptance" {
        let (version, kind) = (&acceptance.api_version, &acceptance.kind);
        return Err(error(format!("holds {kind} of {version}, not Acceptance of {API_VERSION}")));
    }
    if acceptance.services.iter().all(|service| service.expect.is_empty()) {
        return Err(error("expects nothing".into()));
    }
    Ok(acceptance)
}

/// The report in a file.
pub(crate) fn report(file: &Path) -> Result<Report, Error> {
    let error = |cause| Error::NoReport { file: shown(file), cause };
    let text = read::text(file).map_err(error)?;
    let documents = read::documents(&text).map_err(error)?;
    let is_report = |document: &&Document<'_>| document.kind().as_deref() == Some("Report");
    let document = documents.iter().find(is_report).ok_or_else(|| error("holds no Report".into()))?;
    check_version(&document.head()).map_err(error)?;
    let report: Report = document.typed().map_err(|cause| error(format!("cannot be understood: {cause}")))?;
    if report.observations.probes.iter().map(|probe| &probe.vantage).ne(&report.plan.vantages) {
        return Err(error("has observations of other vantages than those of its plan".into()));
    }
    Ok(report)
}

fn shown(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

fn check_version(head: &Head) -> Result<(), String> {
    let version = &head.api_version;
    if version == API_VERSION { Ok(()) } else { Err(format!("is of version {version}; this program reads {API_VERSION}")) }
}

/// The facts in a document of this program's own: Facts, Report or Explanation.
fn own(documents: &[Document<'_>]) -> Result<Option<Facts>, String> {
    #[derive(Deserialize)]
    struct Holder {
        facts: Facts,
    }
    let is_own = |document: &&Document<'_>| document.kind().is_some_and(|kind| OWN_KINDS.contains(&kind.as_str()));
    let mut heads = documents.iter().filter(is_own).map(|document| (document, document.head()));
    let Some((document, head)) = heads.find(|(_, head)| head.api_version.starts_with("lbprobe/")) else { return Ok(None) };
    check_version(&head)?;
    let holder: Holder = document.typed().map_err(|cause| format!("its facts cannot be understood: {cause}"))?;
    Ok(Some(holder.facts))
}
