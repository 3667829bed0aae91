//! Files of expectations.

use std::path::Path;

use lbprobe_analysis::acceptance::{Acceptance, ServiceAcceptance};
use lbprobe_analysis::documents::API_VERSION;

use super::shown;
use crate::error::{Error, FileProblem, WrongWord};
use crate::settings::{ServiceName, syntax};

/// Expectations that can be asked, with the Services that they name, in their order.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) acceptance: Acceptance,
    pub(crate) names: Vec<ServiceName>,
}

/// The expectations in a file.
pub(crate) fn acceptance(file: &Path) -> Result<Checked, Error> {
    let error = |cause| Error::Acceptance { file: shown(file), cause };
    acceptance_in(&super::text(file).map_err(error)?).map_err(error)
}

/// The same of a text, or why it holds none.
pub(crate) fn acceptance_in(text: &str) -> Result<Checked, FileProblem> {
    let acceptance: Acceptance = serde_saphyr::from_str(text).map_err(|cause| FileProblem::NotUnderstood(cause.to_string()))?;
    if acceptance.api_version != API_VERSION || acceptance.kind != "Acceptance" {
        let (version, kind) = (acceptance.api_version, acceptance.kind);
        return Err(FileProblem::OtherKind { kind, version, wanted: "Acceptance" });
    }
    let names = acceptance.services.iter().map(checked_name).collect::<Result<_, _>>()?;
    if acceptance.services.iter().all(|service| service.expect.is_empty()) {
        return Err(FileProblem::ExpectsNothing);
    }
    Ok(Checked { acceptance, names })
}

/// The same rules as those of the flags: what cannot be asked is an error of the file, not of a load balancer.
fn checked_name(service: &ServiceAcceptance) -> Result<ServiceName, FileProblem> {
    let of = |field: &'static str, cause: WrongWord| FileProblem::WrongInService { field, service: service.service.clone(), cause };
    let name = ServiceName::parse(&service.service).map_err(|cause| of("name", cause))?;
    service.namespace.as_deref().map(syntax::namespace).transpose().map_err(|cause| of("namespace", cause))?;
    service.path.as_deref().map(syntax::path).transpose().map_err(|cause| of("path", cause))?;
    service.host.as_deref().map(syntax::host).transpose().map_err(|cause| of("host", cause))?;
    for expectation in &service.expect {
        if expectation.port == 0 {
            return Err(of("port", WrongWord::Port));
        }
        expectation.certificate.as_deref().map(syntax::host).transpose().map_err(|cause| of("certificate", cause))?;
    }
    Ok(name)
}
