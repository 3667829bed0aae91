//! One file a format, all fed by the same report.

mod json;
mod progress;
mod table;
mod yaml;

use std::io::Write as _;

use lbprobe_analysis::report::Report;

use crate::cli::Output;
use crate::error::Error;

pub(crate) use progress::ProgressLine;

/// Writes the report to standard output. A reader that closed the pipe has what it wanted.
pub(crate) fn write(report: &Report, output: Output) -> Result<(), Error> {
    let text = match output {
        Output::Table => table::render(report, table::Style::of_stdout()),
        Output::Json => json::render(report)?,
        Output::Yaml => yaml::render(report)?,
    };
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Output(cause.to_string())),
        _ => Ok(()),
    }
}
