//! Facts from a file: what this program saved, or what kubectl printed.

mod objects;
mod read;
#[cfg(test)]
mod tests;

use std::path::Path;

use lbprobe_analysis::facts::{Facts, Service};
use lbprobe_analysis::report::{API_VERSION, Report};
use serde::Deserialize as _;
use serde_json::Value;

use crate::cli::ServiceName;
use crate::error::Error;

/// The facts in a file, `-` for standard input. Of several Services, the one of that name; a
/// namespace need only be said where two have the same.
pub(crate) fn facts(file: &Path, service: Option<&ServiceName>, namespace: Option<&str>) -> Result<Facts, Error> {
    let shown = shown(file);
    let documents = read::documents(file).map_err(|cause| Error::File { file: shown.clone(), cause })?;
    match own(&documents) {
        Some(facts) => {
            let facts = facts.map_err(|cause| Error::File { file: shown.clone(), cause })?;
            if is_meant(&facts.service, service, namespace) {
                Ok(facts)
            } else {
                Err(Error::File { cause: format!("holds service {}/{}", facts.service.namespace, facts.service.name), file: shown })
            }
        }
        None => objects::facts(documents, service, namespace, &shown),
    }
}

/// Hands on the facts of every Service of type LoadBalancer in a file.
pub(crate) fn every_service(file: &Path, mut each: impl FnMut(&Facts)) -> Result<(), Error> {
    let shown = shown(file);
    let documents = read::documents(file).map_err(|cause| Error::File { file: shown.clone(), cause })?;
    match own(&documents) {
        Some(facts) => {
            each(&facts.map_err(|cause| Error::File { file: shown, cause })?);
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

/// The report in a file.
pub(crate) fn report(file: &Path) -> Result<Report, Error> {
    let error = |cause| Error::NoReport { file: shown(file), cause };
    let documents = read::documents(file).map_err(error)?;
    let document = documents.into_iter().find(|document| document["kind"] == "Report").ok_or_else(|| error("holds no Report".into()))?;
    let version = document["apiVersion"].as_str().unwrap_or_default();
    if version != API_VERSION {
        return Err(error(format!("is of version {version:?}; this program reads {API_VERSION}")));
    }
    let report: Report = serde_json::from_value(document).map_err(|cause| error(format!("cannot be understood: {cause}")))?;
    if report.observations.probes.iter().map(|probe| &probe.vantage).ne(&report.plan.vantages) {
        return Err(error("has observations of other vantages than those of its plan".into()));
    }
    Ok(report)
}

fn shown(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

/// The facts in a document of this program's own: Facts, Report or Explanation.
fn own(documents: &[Value]) -> Option<Result<Facts, String>> {
    let document =
        documents.iter().find(|document| document["apiVersion"].as_str().is_some_and(|version| version.starts_with("lbprobe/")))?;
    let version = document["apiVersion"].as_str().unwrap_or_default();
    if version != API_VERSION {
        return Some(Err(format!("is of version {version}; this program reads {API_VERSION}")));
    }
    Some(Facts::deserialize(&document["facts"]).map_err(|cause| format!("its facts cannot be understood: {cause}")))
}
