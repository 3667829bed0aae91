//! Documents as JSON.

use serde::Serialize;

use crate::error::Error;

pub(super) fn render(document: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(document).map(|text| text + "\n").map_err(|cause| Error::Output(cause.to_string()))
}
