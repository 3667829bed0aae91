//! Files of expectations.

use std::path::Path;

use lbprobe_analysis::acceptance::{Acceptance, ServiceAcceptance};
use lbprobe_analysis::documents::API_VERSION;

use super::shown;
use crate::error::Error;
use crate::settings::{ServiceName, syntax};

/// The expectations in a file.
pub(crate) fn acceptance(file: &Path) -> Result<Acceptance, Error> {
    let error = |cause: String| Error::Acceptance { cause: format!("{} {cause}", shown(file)) };
    acceptance_in(&super::text(file).map_err(error)?).map_err(error)
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
    service.namespace.as_deref().map(syntax::namespace).transpose().map_err(|cause| of("namespace", cause))?;
    service.path.as_deref().map(syntax::path).transpose().map_err(|cause| of("path", cause))?;
    service.host.as_deref().map(syntax::host).transpose().map_err(|cause| of("host", cause))?;
    for expectation in &service.expect {
        if expectation.port == 0 {
            return Err(of("port", "0 is no port".into()));
        }
        expectation.certificate.as_deref().map(syntax::host).transpose().map_err(|cause| of("certificate", cause))?;
    }
    Ok(())
}
