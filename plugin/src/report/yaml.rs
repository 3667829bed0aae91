//! Documents as YAML.

use serde::Serialize;

use crate::error::Error;

pub(super) fn render(document: &impl Serialize) -> Result<String, Error> {
    serde_saphyr::to_string(document).map_err(|cause| Error::Output(cause.to_string()))
}
