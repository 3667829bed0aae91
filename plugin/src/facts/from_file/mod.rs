//! Facts from a file: what this program saved, or what kubectl printed.

mod groups;
mod manifests;
mod near;
mod objects;
#[cfg(test)]
mod tests;
mod workloads;

use std::path::Path;

use lbprobe_analysis::facts::{Facts, Service};
use serde::Deserialize;

use crate::error::{Error, FileProblem};
use crate::facts::resolution::{self, Asking, Listed, ResolvedHere};
use crate::saved::{self, Document, check_version, shown};
use crate::settings::{ServiceName, ServiceReference};

/// The kinds of this program's own documents that hold facts.
const OWN_KINDS: [&str; 3] = ["Facts", "Report", "Explanation"];

/// The text of a file, `-` for standard input.
pub(crate) fn text(file: &Path) -> Result<String, Error> {
    saved::text(file).map_err(|cause| Error::File { file: shown(file), cause })
}

/// The facts in a file, `-` for standard input. Of several Services, the one that is meant; a
/// namespace need only be said where two have the same name.
pub(crate) fn facts(file: &Path, service: Option<&ServiceReference>, namespace: Option<&str>) -> Result<(Facts, Asking), Error> {
    facts_in(&text(file)?, service, namespace, &shown(file))
}

/// The same of a text, with the name of its file.
pub(crate) fn facts_in(
    text: &str,
    service: Option<&ServiceReference>,
    namespace: Option<&str>,
    shown: &str,
) -> Result<(Facts, Asking), Error> {
    let error = |cause| Error::File { file: shown.to_owned(), cause };
    let documents = saved::documents(text).map_err(error)?;
    let Some(facts) = own(&documents).map_err(error)? else { return objects::facts(documents, service, namespace, shown) };
    let only = || Listed { services: vec![facts.service.clone().into()], ..Listed::default() };
    let other = || error(FileProblem::OtherService(format!("{}/{}", facts.service.namespace, facts.service.name)));
    // Of what else leads to the Service nothing is in such a document.
    let wanted = Wanted::of(service, namespace, only).map_err(|_| other())?;
    if wanted.is_met_by(&facts.service) {
        return Ok((facts, wanted.asking));
    }
    Err(other())
}

/// Which Service of a file is meant.
struct Wanted {
    /// The only one of type LoadBalancer where missing.
    name: Option<ServiceName>,
    namespace: Option<String>,
    asking: Asking,
}

impl Wanted {
    /// What is listed in the file matters only where the Service is not named itself.
    fn of(service: Option<&ServiceReference>, namespace: Option<&str>, listed: impl FnOnce() -> Listed) -> Result<Self, Error> {
        let named =
            |name: Option<&ServiceName>| Self { name: name.cloned(), namespace: namespace.map(str::to_owned), asking: Asking::default() };
        let pointer = match service {
            None => return Ok(named(None)),
            Some(ServiceReference::Name(name)) => return Ok(named(Some(name))),
            Some(ServiceReference::Pointer(pointer)) => pointer,
        };
        let found = resolution::resolve(pointer, namespace, &listed(), ResolvedHere::NotAsked).map_err(Error::NotResolved)?;
        Ok(Self { name: Some(found.name), namespace: Some(found.namespace), asking: found.asking })
    }

    fn is_met_by(&self, service: &Service) -> bool {
        let is_named = match &self.name {
            None => true,
            Some(ServiceName::Service(name)) => *name == service.name,
            Some(ServiceName::IstioGateway(name)) => service.istio_gateway().is_some_and(|owner| owner.name == *name),
        };
        is_named && self.namespace.as_ref().is_none_or(|name| *name == service.namespace)
    }
}

/// Hands on the facts of every Service that clients outside have an address for in a file, or are to have one.
pub(crate) fn every_service(file: &Path, each: impl FnMut(&Facts)) -> Result<(), Error> {
    every_service_in(&text(file)?, &shown(file), each)
}

/// The same of a text, with the name of its file.
pub(crate) fn every_service_in(text: &str, shown: &str, mut each: impl FnMut(&Facts)) -> Result<(), Error> {
    let error = |cause| Error::File { file: shown.to_owned(), cause };
    let documents = saved::documents(text).map_err(error)?;
    match own(&documents).map_err(error)? {
        Some(facts) => {
            each(&facts);
            Ok(())
        }
        None => objects::every_service(documents, shown, each),
    }
}

/// The facts in a document of this program's own: Facts, Report or Explanation.
fn own(documents: &[Document<'_>]) -> Result<Option<Facts>, FileProblem> {
    #[derive(Deserialize)]
    struct Holder {
        facts: Facts,
    }
    let is_own = |document: &&Document<'_>| document.kind().is_some_and(|kind| OWN_KINDS.contains(&kind.as_str()));
    let mut heads = documents.iter().filter(is_own).map(|document| (document, document.head()));
    let Some((document, head)) = heads.find(|(_, head)| head.api_version.starts_with("lbprobe/")) else { return Ok(None) };
    check_version(&head)?;
    let holder: Holder = document.typed().map_err(FileProblem::FactsNotUnderstood)?;
    Ok(Some(holder.facts))
}
