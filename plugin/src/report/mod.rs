//! One file a format, all fed by the same report.

mod json;
mod junit;
mod progress;
mod table;
mod watch_view;
mod yaml;

use std::io::Write as _;
use std::path::Path;

use lbprobe_analysis::acceptance::AcceptanceReport;
use lbprobe_analysis::diagnosis::Fix;
use lbprobe_analysis::explanation::Explanation;
use lbprobe_analysis::fix_report::FixReport;
use lbprobe_analysis::name_proof::NameProof;
use lbprobe_analysis::overview::Overview;
use lbprobe_analysis::report::{API_VERSION, Report, SavedFacts};
use lbprobe_analysis::verification::Verification;
use lbprobe_analysis::watching::WatchReport;
use serde::Serialize;

use crate::cli::{AcceptOutput, ExplainOutput, Output};
use crate::error::Error;

pub(crate) use progress::ProgressLine;
use table::Extent;
pub(crate) use watch_view::WatchView;

/// Writes the report to standard output.
pub(crate) fn write(report: &Report, output: Output) -> Result<(), Error> {
    print_as(report, output, |style| Ok(table::render(report, style)))
}

/// Writes a comparison with a baseline to standard output.
pub(crate) fn write_verification(verification: &Verification, output: Output) -> Result<(), Error> {
    print_as(verification, output, |style| Ok(table::render_verification(verification, style)))
}

/// A fix with what it would change.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proposal {
    pub(crate) fix: Fix,
    /// The object's difference, as kubectl diff shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) diff: Option<String>,
    /// What would be created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) manifest: Option<serde_json::Value>,
}

/// Fixes as a document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Proposals<'a> {
    api_version: &'static str,
    kind: &'static str,
    plugin_version: &'static str,
    /// Namespace and name of the Service.
    service: String,
    fixes: &'a [Proposal],
}

/// Writes fixes to standard output.
pub(crate) fn write_proposals(before: &Report, fixes: &[Proposal], output: Output) -> Result<(), Error> {
    let service = &before.facts.service;
    let document = Proposals {
        api_version: API_VERSION,
        kind: "FixProposals",
        plugin_version: env!("CARGO_PKG_VERSION"),
        service: format!("{}/{}", service.namespace, service.name),
        fixes,
    };
    print_as(&document, output, |style| table::render_proposals(before, fixes, style))
}

/// Shows a fix to the person who is asked about it, on standard error.
pub(crate) fn show_proposal(before: &Report, proposal: &Proposal) -> Result<(), Error> {
    let text = table::render_proposals(before, std::slice::from_ref(proposal), table::Style::of_stdout(Extent::Clients))?;
    let _ = writeln!(anstream::stderr(), "{text}");
    Ok(())
}

/// Writes what a change brought to standard output.
pub(crate) fn write_fix(document: &FixReport, output: Output) -> Result<(), Error> {
    print_as(document, output, |style| Ok(table::render_fix(document, style)))
}

/// Writes what became of expectations to standard output.
pub(crate) fn write_acceptance(result: &AcceptanceReport, output: AcceptOutput) -> Result<(), Error> {
    print(&match output {
        AcceptOutput::Table => table::render_acceptance(result, table::Style::of_stdout(Extent::Clients)),
        AcceptOutput::Json => json::render(result)?,
        AcceptOutput::Yaml => yaml::render(result)?,
        AcceptOutput::Junit => junit::render(result)?,
    })
}

/// Writes what a watch saw to standard output.
pub(crate) fn write_watch(watched: &WatchReport, output: Output) -> Result<(), Error> {
    print_as(watched, output, |style| Ok(table::render_watch(watched, style)))
}

/// Writes a text that is ready to standard output.
pub(crate) fn write_text(text: &str) -> Result<(), Error> {
    print(text)
}

/// Writes the proof of a name to standard output.
pub(crate) fn write_name_proof(proof: &NameProof, output: Output) -> Result<(), Error> {
    print_as(proof, output, |style| Ok(table::render_name_proof(proof, style)))
}

/// Keeps a report in a file.
pub(crate) fn save(report: &Report, path: &Path) -> Result<(), Error> {
    let written = std::fs::write(path, json::render(report)?);
    written.map_err(|cause| Error::Save { file: path.display().to_string(), cause: cause.to_string() })
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

/// Prints a document in a form, where it has a table of its own.
fn print_as(document: &impl Serialize, output: Output, render: impl FnOnce(table::Style) -> Result<String, Error>) -> Result<(), Error> {
    print(&match output {
        Output::Table => render(table::Style::of_stdout(Extent::Clients))?,
        Output::Wide => render(table::Style::of_stdout(Extent::Everything))?,
        Output::Json => json::render(document)?,
        Output::Yaml => yaml::render(document)?,
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
