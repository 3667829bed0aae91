//! One file a format, all fed by the same report.

mod json;
mod progress;
mod table;
mod yaml;

use std::io::Write as _;

use lbprobe_analysis::explanation::Explanation;
use lbprobe_analysis::overview::Overview;
use lbprobe_analysis::report::{Report, SavedFacts};

use crate::cli::{ExplainOutput, Output};
use crate::error::Error;

pub(crate) use progress::ProgressLine;
use table::Extent;

/// Writes the report to standard output.
pub(crate) fn write(report: &Report, output: Output) -> Result<(), Error> {
    print(&match output {
        Output::Table => table::render(report, table::Style::of_stdout(Extent::Clients)),
        Output::Wide => table::render(report, table::Style::of_stdout(Extent::Everything)),
        Output::Json => json::render(report)?,
        Output::Yaml => yaml::render(report)?,
    })
}

/// Writes an explanation to standard output.
pub(crate) fn write_explanation(explanation: &Explanation, output: ExplainOutput) -> Result<(), Error> {
    print(&match output {
        ExplainOutput::Table => table::render_explanation(explanation, table::Style::of_stdout(Extent::Clients)),
        ExplainOutput::Wide => table::render_explanation(explanation, table::Style::of_stdout(Extent::Everything)),
        ExplainOutput::Json => json::render(explanation)?,
        ExplainOutput::Yaml => yaml::render(explanation)?,
        ExplainOutput::Facts => yaml::render(&SavedFacts::new(explanation.facts.clone()))?,
    })
}

/// Writes a line for each Service to standard output.
pub(crate) fn write_overview(overview: &Overview, output: ExplainOutput) -> Result<(), Error> {
    print(&match output {
        ExplainOutput::Table | ExplainOutput::Wide => table::render_overview(overview, table::Style::of_stdout(Extent::Clients)),
        ExplainOutput::Json => json::render(overview)?,
        ExplainOutput::Yaml => yaml::render(overview)?,
        ExplainOutput::Facts => return Err(Error::FactsOfAll),
    })
}

/// A reader that closed the pipe has what it wanted.
fn print(text: &str) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Output(cause.to_string())),
        _ => Ok(()),
    }
}
