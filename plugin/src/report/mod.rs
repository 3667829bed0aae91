//! One file a format, all fed by the same report.

mod bundle;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod forms;
mod github;
#[cfg(test)]
mod hostile;
mod html;
mod json;
mod junit;
mod layout;
pub(crate) mod line_breaks;
mod lint;
mod markdown;
mod outline;
mod progress;
mod prometheus;
mod redacted;
#[cfg(test)]
mod snapshots;
mod table;
mod watch_view;
mod yaml;

use std::path::{Path, PathBuf};

use lbprobe_analysis::documents::{
    AcceptanceReport, DnsNameCheck, Explanation, FixProposals, FixReport, Overview, Preflight, Proposal, Rehearsal, RehearsalProof, Report,
    SavedFacts, Verification, WatchReport,
};
use lbprobe_analysis::facts::Service;
use lbprobe_analysis::redaction::Redaction;
use serde::Serialize;

use crate::error::Error;
use crate::files;
use crate::pages::Page;
use crate::settings::{AcceptOutput, ExplainOutput, Output, RehearsalForm, ReportForm, ReportOutputs, Summary, WatchOutput};
use crate::terminal::{self, Form, Ink, language, print, stream};

use json::Layout;
pub(crate) use lint::Lint;
use outline::{Outline, RehearsalOutline};
pub(crate) use progress::ProgressLine;
pub(crate) use prometheus::render as metrics;
pub(crate) use redacted::report as redacted_report;
use table::Detail;
pub(crate) use watch_view::WatchView;

/// Writes the report to standard output, and to the files that are wanted.
pub(crate) fn write(report: &Report, outputs: &ReportOutputs) -> Result<(), Error> {
    let report = &*redacted::report(report, outputs.redaction.as_ref())?;
    let outline = || Outline::of(report, language());
    let layout = Layout::of(report.plan.vantages.len());
    write_to_all(report, layout, outputs, (report, &outline), &|style| Ok(table::render(report, style)))
}

/// Writes a comparison with a baseline to standard output, and to the files that are wanted. Stand-ins are in both reports already.
pub(crate) fn write_verification(verification: &Verification, outputs: &ReportOutputs) -> Result<(), Error> {
    let outline = || Outline::of_verification(verification, language());
    let layout = Layout::of(verification.vantages.len());
    let table = |style| Ok(table::render_verification(verification, style));
    write_to_all(verification, layout, outputs, (&verification.report, &outline), &table)
}

fn name(service: &Service) -> String {
    format!("{}/{}", service.namespace, service.name)
}

/// `summed_up` has today's report, and what a summary says; `table` draws a table. What cannot be written takes nothing else with it:
/// the first error is told when all is written.
fn write_to_all(
    document: &impl Serialize,
    layout: Layout,
    outputs: &ReportOutputs,
    summed_up: (&Report, &dyn Fn() -> Outline),
    table: &dyn Fn(table::Style) -> Result<String, Error>,
) -> Result<(), Error> {
    let to_file = |(form, path): &(ReportForm, PathBuf)| {
        let text = |(text, form): (String, Form)| terminal::shown(&text, form).into_bytes();
        let content = match form {
            ReportForm::Document(output) => text(as_document(document, layout, *output, table)?),
            ReportForm::Summary(summary) => text(summarised(*summary, summed_up)?),
            ReportForm::Bundle => bundle::render(summed_up.0, &summed_up.1(), table)?,
        };
        files::write(path, &content).map_err(|cause| Error::Save { file: path.display().to_string(), cause })
    };
    let shown = match outputs.shown {
        ReportForm::Document(output) => print_as(document, layout, output, table),
        ReportForm::Summary(summary) => summarised(summary, summed_up).and_then(|(text, form)| print(&text, form)),
        // The command line has none without a file.
        ReportForm::Bundle => Ok(()),
    };
    // All of them, before the first error ends this.
    let written: Vec<_> = outputs.files.iter().map(to_file).collect();
    written.into_iter().chain([shown]).collect()
}

fn as_document(
    document: &impl Serialize,
    layout: Layout,
    output: Output,
    table: &dyn Fn(table::Style) -> Result<String, Error>,
) -> Result<(String, Form), Error> {
    let drawn = |detail| Ok((table(table::Style::of_file(detail))?, Form::Text(Ink::Plain)));
    match output {
        Output::Verdict => drawn(Detail::Verdict),
        Output::Table => drawn(Detail::Brief),
        Output::Explained => drawn(Detail::Explained),
        Output::Wide => drawn(Detail::Everything),
        Output::Json => Ok((json::render(document, layout)?, Form::Escaped)),
        Output::Yaml => Ok((yaml::render(document)?, Form::Escaped)),
    }
}

fn summarised(summary: Summary, (report, outline): (&Report, &dyn Fn() -> Outline)) -> Result<(String, Form), Error> {
    let (outline, service) = (outline(), name(&report.facts.service));
    match summary {
        Summary::Junit => Ok((junit::render_report(report, &outline, &service)?, Form::Xml)),
        Summary::Github => Ok((github::render(&outline, &service), Form::Text(Ink::Plain))),
        Summary::Html => Ok((html::render(report, &outline, language())?, Form::Text(Ink::Plain))),
        Summary::Markdown => Ok((markdown::render(&outline, language()), Form::Text(Ink::Plain))),
    }
}

/// Writes fixes to standard output, and to the files that are wanted. A summary is that of the report that they are for.
pub(crate) fn write_proposals(before: &Report, fixes: &[Proposal], outputs: &ReportOutputs) -> Result<(), Error> {
    let document = FixProposals::new(&before.facts.service, fixes);
    let layout = Layout::of(before.plan.vantages.len());
    let outline = || Outline::of(before, language());
    write_to_all(&document, layout, outputs, (before, &outline), &|style| table::render_proposals(before, fixes, style))
}

/// Shows a fix to the person who is asked about it, on standard error.
pub(crate) fn show_proposal(before: &Report, proposal: &Proposal) -> Result<(), Error> {
    let text = table::render_proposals(before, std::slice::from_ref(proposal), table::Style::of_stderr(Detail::Brief))?;
    terminal::tell_text(&text, table::ink(&std::io::stderr()));
    Ok(())
}

/// Writes what a change brought to standard output, and to the files that are wanted.
pub(crate) fn write_fix(document: &FixReport, outputs: &ReportOutputs) -> Result<(), Error> {
    let layout = Layout::of(document.after.vantages.len());
    let outline = || Outline::of_fix(document, language());
    write_to_all(document, layout, outputs, (&document.after.report, &outline), &|style| Ok(table::render_fix(document, style)))
}

/// Writes what became of expectations to standard output.
pub(crate) fn write_acceptance(result: &AcceptanceReport, output: AcceptOutput, redaction: Option<&Redaction>) -> Result<(), Error> {
    let result = &*redacted::document(result, redaction)?;
    match output {
        AcceptOutput::Document(output) => print_as(result, Layout::Indented, output, |style| Ok(table::render_acceptance(result, style))),
        AcceptOutput::Junit => print(&junit::render(result)?, Form::Xml),
    }
}

/// Keeps what became of expectations in a file for Prometheus' node exporter, which is another user's.
pub(crate) fn save_acceptance_metrics(result: &AcceptanceReport, path: &Path) -> Result<(), Error> {
    let text = prometheus::render_acceptance(result)?;
    files::write_for_others(path, text.as_bytes()).map_err(|cause| Error::Save { file: path.display().to_string(), cause })
}

/// Writes what a watch saw to standard output.
pub(crate) fn write_watch(watched: &WatchReport, output: WatchOutput, redaction: Option<&Redaction>) -> Result<(), Error> {
    let watched = &*redacted::document(watched, redaction)?;
    match output {
        WatchOutput::Document(output) => {
            print_as(watched, Layout::of(watched.checks.len()), output, |style| Ok(table::render_watch(watched, style)))
        }
        WatchOutput::Html => print(&html::render_watch(watched, language()), Form::Text(Ink::Plain)),
    }
}

/// Writes a text that is ready to standard output.
pub(crate) fn write_text(text: &str) -> Result<(), Error> {
    print(text, Form::Text(Ink::Plain))
}

/// Writes pages of the documentation, or the list of all, to standard output.
pub(crate) fn write_docs(pages: &[&'static Page]) -> Result<(), Error> {
    let style = table::Style::of_stdout(Detail::Brief);
    let shown: Vec<_> = pages.iter().map(|page| table::render_page(page.in_language(style.language), style)).collect();
    print_table(&if shown.is_empty() { table::render_pages(style) } else { shown.join("\n") })
}

/// Writes objects for `kubectl apply` to standard output.
pub(crate) fn write_manifests(objects: &[serde_json::Value]) -> Result<(), Error> {
    let documents: Vec<_> = objects.iter().map(yaml::render).collect::<Result<_, _>>()?;
    print(&documents.join("---\n"), Form::Escaped)
}

/// Writes the proof of a name to standard output, and to the files that are wanted. A summary is that of the report that it is from.
pub(crate) fn write_dns_name_check(proof: &DnsNameCheck, before: &Report, outputs: &ReportOutputs) -> Result<(), Error> {
    let layout = Layout::of(proof.proven.len() + proof.unproven.len());
    let outline = || Outline::of(before, language());
    write_to_all(proof, layout, outputs, (before, &outline), &|style| Ok(table::render_dns_name_check(proof, style)))
}

/// Keeps a report in a file.
pub(crate) fn save(report: &Report, path: &Path) -> Result<(), Error> {
    let text = terminal::shown(&json::render(report, Layout::of(report.plan.vantages.len()))?, Form::Escaped);
    files::write(path, text.as_bytes()).map_err(|cause| Error::Save { file: path.display().to_string(), cause })
}

/// Writes an explanation to standard output.
pub(crate) fn write_explanation(explanation: &Explanation, output: ExplainOutput, redaction: Option<&Redaction>) -> Result<(), Error> {
    let explanation = &*redacted::document(explanation, redaction)?;
    let layout = Layout::of(explanation.plan.vantages.len());
    match output {
        ExplainOutput::Document(output) => print_as(explanation, layout, output, |style| Ok(table::render_explanation(explanation, style))),
        ExplainOutput::Junit => print(&junit::render_explanation(explanation)?, Form::Xml),
        ExplainOutput::Facts => print(&yaml::render(&SavedFacts::new(explanation.facts.clone()))?, Form::Escaped),
    }
}

/// Writes a line for each Service to standard output.
pub(crate) fn write_overview(overview: &Overview, output: ExplainOutput, redaction: Option<&Redaction>) -> Result<(), Error> {
    let mut overview = redacted::document(overview, redaction)?;
    if redaction.is_some() {
        // Its name may say whose it is.
        overview.to_mut().file = None;
    }
    let overview = &*overview;
    match output {
        ExplainOutput::Document(output) => {
            print_as(overview, Layout::Indented, output, |style| Ok(table::render_overview(overview, style)))
        }
        ExplainOutput::Junit => print(&junit::render_overview(overview)?, Form::Xml),
        ExplainOutput::Facts => Err(Error::FactsOfAll),
    }
}

/// Writes what a change would do to every Service to standard output.
pub(crate) fn write_rehearsal(rehearsal: &Rehearsal, output: RehearsalForm, redaction: Option<&Redaction>) -> Result<(), Error> {
    let rehearsal = &*redacted::document(rehearsal, redaction)?;
    let outline = || RehearsalOutline::of(rehearsal, language());
    match output {
        RehearsalForm::Document(output) => {
            print_as(rehearsal, Layout::Indented, output, |style| Ok(table::render_rehearsal(rehearsal, style)))
        }
        RehearsalForm::Html => print(&html::render_rehearsal(&outline(), language()), Form::Escaped),
        RehearsalForm::Markdown => print(&markdown::render_rehearsal(&outline(), language()), Form::Text(Ink::Plain)),
    }
}

/// Writes a rehearsal beside what the change did to standard output.
pub(crate) fn write_proof(proof: &RehearsalProof, output: Output, redaction: Option<&Redaction>) -> Result<(), Error> {
    let proof = &*redacted::document(proof, redaction)?;
    print_as(proof, Layout::Indented, output, |style| Ok(table::render_proof(proof, style)))
}

/// Writes what a run would meet to standard output.
pub(crate) fn write_preflight(preflight: &Preflight, output: Output) -> Result<(), Error> {
    print_as(preflight, Layout::Indented, output, |style| Ok(table::render_preflight(preflight, style)))
}

/// Prints a document, of which `render` draws the table.
fn print_as(
    document: &impl Serialize,
    layout: Layout,
    output: Output,
    render: impl FnOnce(table::Style) -> Result<String, Error>,
) -> Result<(), Error> {
    match output {
        Output::Table => print_table(&render(table::Style::of_stdout(Detail::Brief))?),
        Output::Verdict => print_table(&render(table::Style::of_stdout(Detail::Verdict))?),
        Output::Explained => print_table(&render(table::Style::of_stdout(Detail::Explained))?),
        Output::Wide => print_table(&render(table::Style::of_stdout(Detail::Everything))?),
        Output::Json => stream(Form::Escaped, |to| json::write(document, layout, to)),
        Output::Yaml => print(&yaml::render(document)?, Form::Escaped),
    }
}

/// The log of a GitHub workflow is read for commands, wherever they stand in a line: what is no annotation is to be none.
fn print_table(text: &str) -> Result<(), Error> {
    let text = &if std::env::var_os("GITHUB_ACTIONS").is_some() { without_commands(text) } else { text.to_owned() };
    print(text, Form::Text(table::ink(&std::io::stdout())))
}

fn without_commands(text: &str) -> String {
    let line = |line: &str| {
        let line = line.replace("##[", "## [");
        if line.trim_start().starts_with("::") { line.replacen("::", ": :", 1) } else { line }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_no_commands_of_a_workflow() {
        assert_eq!(without_commands("  ::error::x\na ##[error]b\n- at ::1\n"), "  : :error::x\na ## [error]b\n- at ::1\n");
    }
}
