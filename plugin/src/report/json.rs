//! The report as JSON.

use lbprobe_analysis::report::Report;

use crate::error::Error;

pub(super) fn render(report: &Report) -> Result<String, Error> {
    serde_json::to_string_pretty(report).map(|text| text + "\n").map_err(|cause| Error::Output(cause.to_string()))
}
