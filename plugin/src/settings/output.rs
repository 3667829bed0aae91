//! The form of what is written to standard output, and to files.

use std::path::PathBuf;

use lbprobe_analysis::redaction::Redaction;

/// A form that every document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Table,
    /// Of a table the verdict alone.
    Verdict,
    /// The same, with what it only counts.
    Explained,
    /// All of that, with node ports and endpoints too.
    Wide,
    Json,
    Yaml,
}

/// A form of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExplainOutput {
    Document(Output),
    /// As JUnit XML.
    Junit,
    /// The facts alone, as YAML.
    Facts,
}

/// A form of a rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RehearsalForm {
    Document(Output),
    /// One page for a browser.
    Html,
    /// For a ticket or a pull request.
    Markdown,
}

/// What `explain` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExplainForm {
    /// The explanation.
    Explanation(ExplainOutput),
    /// Results by code, as checkers of files report them.
    Lint(LintOutput),
}

/// A form of such results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LintOutput {
    /// For code scanning.
    Sarif,
    /// Annotations of a GitHub workflow.
    Github,
}

/// A form of an acceptance's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AcceptOutput {
    Document(Output),
    Junit,
}

/// A form of what a watch saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WatchOutput {
    Document(Output),
    /// One page for a browser.
    Html,
}

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportForm {
    Document(Output),
    Summary(Summary),
    /// All of it as one archive, which goes to a file.
    Bundle,
}

/// A form in which a report is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Summary {
    /// One page for a browser.
    Html,
    /// For a ticket or a pull request.
    Markdown,
    Junit,
    /// Annotations of a GitHub workflow.
    Github,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportOutputs {
    /// On standard output.
    pub(crate) shown: ReportForm,
    /// Into files.
    pub(crate) files: Vec<(ReportForm, PathBuf)>,
    /// With stand-ins for names and addresses.
    pub(crate) redaction: Option<Redaction>,
}
