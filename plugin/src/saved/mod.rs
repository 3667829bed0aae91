//! Facts from a file: what this program saved, or what kubectl printed.

#[cfg(test)]
mod hostile;
mod objects;
mod read;
#[cfg(test)]
mod tests;

use std::path::Path;

use lbprobe_analysis::acceptance::{Acceptance, ServiceAcceptance};
use lbprobe_analysis::envelope::API_VERSION;
use lbprobe_analysis::facts::{Facts, Service};
use lbprobe_analysis::observations::Observations;
use lbprobe_analysis::plan::Plan;
use lbprobe_analysis::report::Report;
use lbprobe_protocol::Exchange;
use serde::Deserialize;

use crate::cli::{ServiceName, validate};
use crate::error::Error;
use read::{Document, Head};

/// Checks of a report: those of 10,000 vantages with some thousand targets each.
const MOST_CHECKS: usize = 20_000_000;

/// The kinds of this program's own documents that hold facts.
const OWN_KINDS: [&str; 3] = ["Facts", "Report", "Explanation"];

/// The facts in a file, `-` for standard input. Of several Services, the one of that name; a
/// namespace need only be said where two have the same.
pub(crate) fn facts(file: &Path, service: Option<&ServiceName>, namespace: Option<&str>) -> Result<Facts, Error> {
    let shown = shown(file);
    let text = read::text(file).map_err(|cause| Error::File { file: shown.clone(), cause })?;
    facts_in(&text, service, namespace, &shown)
}

/// The same of a text, with the name of its file.
pub(crate) fn facts_in(text: &str, service: Option<&ServiceName>, namespace: Option<&str>, shown: &str) -> Result<Facts, Error> {
    let error = |cause| Error::File { file: shown.to_owned(), cause };
    let documents = read::documents(text).map_err(error)?;
    match own(&documents).map_err(error)? {
        Some(facts) if is_meant(&facts.service, service, namespace) => Ok(facts),
        Some(facts) => Err(error(format!("holds service {}/{}", facts.service.namespace, facts.service.name))),
        None => objects::facts(documents, service, namespace, shown),
    }
}

/// Hands on the facts of every Service of type LoadBalancer in a file.
pub(crate) fn every_service(file: &Path, each: impl FnMut(&Facts)) -> Result<(), Error> {
    let shown = shown(file);
    let text = read::text(file).map_err(|cause| Error::File { file: shown.clone(), cause })?;
    every_service_in(&text, &shown, each)
}

/// The same of a text, with the name of its file.
pub(crate) fn every_service_in(text: &str, shown: &str, mut each: impl FnMut(&Facts)) -> Result<(), Error> {
    let error = |cause| Error::File { file: shown.to_owned(), cause };
    let documents = read::documents(text).map_err(error)?;
    match own(&documents).map_err(error)? {
        Some(facts) => {
            each(&facts);
            Ok(())
        }
        None => objects::every_service(documents, shown, each),
    }
}

fn is_meant(service: &Service, name: Option<&ServiceName>, namespace: Option<&str>) -> bool {
    let is_named = match name {
        None => true,
        Some(ServiceName::Service(name)) => *name == service.name,
        Some(ServiceName::IstioGateway(name)) => service.istio_gateway().is_some_and(|owner| owner.name == *name),
    };
    is_named && namespace.is_none_or(|name| name == service.namespace)
}

/// The expectations in a file.
pub(crate) fn acceptance(file: &Path) -> Result<Acceptance, Error> {
    let error = |cause: String| Error::Acceptance { cause: format!("{} {cause}", shown(file)) };
    acceptance_in(&read::text(file).map_err(error)?).map_err(error)
}

/// The same of a text, or why it holds none.
pub(crate) fn acceptance_in(text: &str) -> Result<Acceptance, String> {
    let acceptance: Acceptance = serde_saphyr::from_str(text).map_err(|cause| format!("is no acceptance: {cause}"))?;
    if acceptance.api_version != API_VERSION || acceptance.kind != "Acceptance" {
        let (version, kind) = (&acceptance.api_version, &acceptance.kind);
        return Err(format!("holds {kind} of {version}, not Acceptance of {API_VERSION}"));
    }
    acceptance.services.iter().try_for_each(check_service)?;
    if acceptance.services.iter().all(|service| service.expect.is_empty()) {
        return Err("expects nothing".into());
    }
    Ok(acceptance)
}

/// The same rules as those of the flags: what cannot be asked is an error of the file, not of a load balancer.
fn check_service(service: &ServiceAcceptance) -> Result<(), String> {
    let of = |field: &str, cause: String| format!("has a wrong {field} of service {:?}: {cause}", service.service);
    ServiceName::parse(&service.service).map_err(|cause| of("name", cause))?;
    service.namespace.as_deref().map(validate::namespace).transpose().map_err(|cause| of("namespace", cause))?;
    service.path.as_deref().map(validate::path).transpose().map_err(|cause| of("path", cause))?;
    service.host.as_deref().map(validate::host).transpose().map_err(|cause| of("host", cause))?;
    for expectation in &service.expect {
        if expectation.port == 0 {
            return Err(of("port", "0 is no port".into()));
        }
        expectation.certificate.as_deref().map(validate::host).transpose().map_err(|cause| of("certificate", cause))?;
    }
    Ok(())
}

/// The report in a file.
pub(crate) fn report(file: &Path) -> Result<Report, Error> {
    let error = |cause| Error::NoReport { file: shown(file), cause };
    report_in(&read::text(file).map_err(error)?).map_err(error)
}

/// The same of a text, or why it holds none. The diagnosis is made anew: what the text itself says of it plays no part.
pub(crate) fn report_in(text: &str) -> Result<Report, String> {
    /// A report without what follows from the rest.
    #[derive(Deserialize)]
    struct Parts {
        facts: Facts,
        plan: Plan,
        observations: Observations,
    }
    let documents = read::documents(text)?;
    let is_report = |document: &&Document<'_>| document.kind().as_deref() == Some("Report");
    let document = documents.iter().find(is_report).ok_or("holds no Report")?;
    check_version(&document.head())?;
    let Parts { facts, plan, observations } = document.typed().map_err(|cause| format!("cannot be understood: {cause}"))?;
    let checks = plan.vantages.len().saturating_mul(plan.targets.len());
    if checks > MOST_CHECKS {
        return Err(format!("has more checks than any cluster ({checks})"));
    }
    plan.targets.iter().try_for_each(|target| check_exchange(&target.exchange))?;
    if observations.probes.iter().map(|probe| &probe.vantage).ne(&plan.vantages) {
        return Err("has observations of other vantages than those of its plan".into());
    }
    Ok(Report::new(facts, plan, observations))
}

/// What a report says to a server is said again by `verify`, and goes by the rules of the flags too.
fn check_exchange(exchange: &Exchange) -> Result<(), String> {
    let (request, sni) = match exchange {
        Exchange::Connect => (None, None),
        Exchange::Http(request) => (Some(request), None),
        Exchange::Tls { sni } => (None, sni.as_deref()),
        Exchange::Https { sni, request } => (Some(request), sni.as_deref()),
    };
    let of = |field: &str, cause: String| format!("has a wrong {field} in its plan: {cause}");
    for host in sni.into_iter().chain(request.and_then(|request| request.host.as_deref())) {
        validate::host(host).map_err(|cause| of("host", cause))?;
    }
    request.map_or(Ok(()), |request| validate::path(&request.path).map(drop).map_err(|cause| of("path", cause)))
}

fn shown(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

fn check_version(head: &Head) -> Result<(), String> {
    let version = &head.api_version;
    match version.as_str() {
        API_VERSION => Ok(()),
        "" => Err(format!("names no apiVersion; this program reads {API_VERSION}")),
        _ => Err(format!("is of version {version}; this program reads {API_VERSION}")),
    }
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
    let holder: Holder = document.typed().map_err(|cause| format!("has facts that cannot be understood: {cause}"))?;
    Ok(Some(holder.facts))
}
