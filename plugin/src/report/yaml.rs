//! The report as YAML.

use lbprobe_analysis::report::Report;

use crate::error::Error;

pub(super) fn render(report: &Report) -> Result<String, Error> {
    serde_saphyr::to_string(report).map_err(|cause| Error::Output(cause.to_string()))
}
