//! The form of what is written to standard output: for each command those that it has.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use lbprobe_analysis::redaction::Redaction;

use crate::files;
use crate::settings::{
    AcceptOutput, ExplainForm, ExplainOutput, LintOutput, Output, RehearsalForm, ReportForm, ReportOutputs, Summary, WatchOutput,
};

/// How much a table shows.
#[derive(Debug, Args)]
struct DetailArguments {
    /// Show all that the table otherwise only counts: evidence, fixes, what was ruled out, risks, what is not known
    #[arg(long)]
    explain: bool,
    /// Show the verdict alone, in the table's place
    #[arg(short, long, conflicts_with = "explain")]
    quiet: bool,
}

/// The forms of a report.
#[derive(Debug, Args)]
pub(super) struct ReportOutputArguments {
    /// Form of the report: table, wide (all of it, with node ports and endpoints), json, yaml, html (a page for a browser), markdown (for a
    /// ticket), junit, github (annotations of a workflow), or bundle (an archive with all of it, for support). FORM=FILE writes it to a file, and may be given several times
    #[arg(short, long, value_name = "FORM[=FILE]", value_parser = report_output, add = ArgValueCandidates::new(forms))]
    output: Vec<(ReportForm, Option<PathBuf>)>,
    #[command(flatten)]
    detail: DetailArguments,
}

impl DetailArguments {
    /// Other forms than the table have everything in any case.
    fn of(&self, output: Output) -> Output {
        match output {
            Output::Table if self.quiet => Output::Verdict,
            Output::Table if self.explain => Output::Explained,
            output => output,
        }
    }
}

impl ReportOutputArguments {
    /// What goes to files alone is shown as a table too; an error where two forms are to be shown, or a file has two uses: `input` is read.
    pub(super) fn settings(self, input: Option<&Path>, redaction: Option<Redaction>) -> ReportOutputs {
        let in_detail = |form: ReportForm| match form {
            ReportForm::Document(output) => ReportForm::Document(self.detail.of(output)),
            form @ (ReportForm::Summary(_) | ReportForm::Bundle) => form,
        };
        let mut shown = None;
        let mut files: Vec<(ReportForm, PathBuf)> = Vec::new();
        for (form, file) in self.output {
            match file {
                Some(file) if input.is_some_and(|input| is_one(input, &file)) => conflict(&format!("{} is what is read", file.display())),
                Some(file) if files.iter().all(|(_, other)| !is_one(other, &file)) => files.push((in_detail(form), file)),
                None if form == ReportForm::Bundle => conflict("a bundle goes to a file: -o bundle=FILE"),
                None if shown.is_none() => shown = Some(form),
                Some(_) => conflict("each form needs a file of its own"),
                None => conflict("two forms for standard output; FORM=FILE writes one of them to a file"),
            }
        }
        ReportOutputs { shown: in_detail(shown.unwrap_or(ReportForm::Document(Output::Table))), files, redaction }
    }
}

/// Whether two paths lead to one file, as far as their folders are there.
fn is_one(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| Some((folder_of(path).canonicalize().ok()?, path.file_name()?.to_owned()));
    one == other || place(one).is_some_and(|one| Some(one) == place(other))
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Ends the program as clap does.
fn conflict(what: &str) -> ! {
    clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("--output: {what}\n")).exit()
}

/// What the shell offers.
fn forms() -> Vec<CompletionCandidate> {
    FORMS.into_iter().map(|(name, _)| CompletionCandidate::new(name)).collect()
}

const FORMS: [(&str, ReportForm); 9] = [
    ("table", ReportForm::Document(Output::Table)),
    ("wide", ReportForm::Document(Output::Wide)),
    ("json", ReportForm::Document(Output::Json)),
    ("yaml", ReportForm::Document(Output::Yaml)),
    ("html", ReportForm::Summary(Summary::Html)),
    ("markdown", ReportForm::Summary(Summary::Markdown)),
    ("junit", ReportForm::Summary(Summary::Junit)),
    ("github", ReportForm::Summary(Summary::Github)),
    ("bundle", ReportForm::Bundle),
];

/// "json", or "json=report.json".
fn report_output(word: &str) -> Result<(ReportForm, Option<PathBuf>), String> {
    let (form, file) = word.split_once('=').map_or((word, None), |(form, file)| (form, Some(file)));
    let known = FORMS.into_iter().find(|(name, _)| *name == form);
    let (_, form) = known.ok_or_else(|| format!("possible forms: {}", FORMS.map(|(name, _)| name).join(", ")))?;
    match file {
        Some("") => Err("the name of the file is missing".into()),
        Some("-") | None => Ok((form, None)),
        // After minutes of probing nobody wants to hear of a folder that is not there.
        Some(file) => writable(Path::new(file)).map(|()| (form, Some(file.into()))),
    }
}

/// Whether a file can be written, in words.
pub(super) fn writable(file: &Path) -> Result<(), String> {
    let folder = folder_of(file);
    if !folder.is_dir() {
        Err(format!("there is no folder {}", folder.display()))
    } else if file.symlink_metadata().is_ok_and(|there| !there.is_file() && !there.is_symlink()) {
        Err(format!("{} is not a regular file", file.display()))
    } else {
        files::may_write_in(folder).map_err(|cause| format!("cannot write in {}: {cause}", folder.display()))
    }
}

impl ValueEnum for Output {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Table, Self::Wide, Self::Json, Self::Yaml]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Table => ("table", "For a terminal"),
            // Flags of their own say these.
            Self::Verdict | Self::Explained => return None,
            Self::Wide => ("wide", "All of it, with node ports and endpoints"),
            Self::Json => ("json", "All of it as one JSON document"),
            Self::Yaml => ("yaml", "The same as YAML"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for ExplainForm {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Explanation(ExplainOutput::Document(Output::Table)),
            Self::Explanation(ExplainOutput::Document(Output::Wide)),
            Self::Explanation(ExplainOutput::Document(Output::Json)),
            Self::Explanation(ExplainOutput::Document(Output::Yaml)),
            Self::Explanation(ExplainOutput::Junit),
            Self::Lint(LintOutput::Sarif),
            Self::Lint(LintOutput::Github),
            Self::Explanation(ExplainOutput::Facts),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Explanation(ExplainOutput::Document(output)) => return output.to_possible_value(),
            Self::Explanation(ExplainOutput::Junit) => ("junit", "As JUnit XML: a case for each check, or for each Service"),
            Self::Explanation(ExplainOutput::Facts) => ("facts", "The facts alone as YAML, to be explained again with -f"),
            Self::Lint(LintOutput::Sarif) => ("sarif", "As SARIF, for code scanning: results by code, with the place in the file"),
            Self::Lint(LintOutput::Github) => ("github", "The same as annotations of a GitHub workflow"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for RehearsalForm {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Document(Output::Table),
            Self::Document(Output::Wide),
            Self::Document(Output::Json),
            Self::Document(Output::Yaml),
            Self::Html,
            Self::Markdown,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Document(output) => return output.to_possible_value(),
            Self::Html => ("html", "One page for a browser"),
            Self::Markdown => ("markdown", "For a ticket or a pull request"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for WatchOutput {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Document(Output::Table),
            Self::Document(Output::Wide),
            Self::Document(Output::Json),
            Self::Document(Output::Yaml),
            Self::Html,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Document(output) => output.to_possible_value(),
            Self::Html => Some(PossibleValue::new("html").help("One page for a browser, with the outages over time")),
        }
    }
}

impl ValueEnum for AcceptOutput {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Document(Output::Table), Self::Document(Output::Json), Self::Document(Output::Yaml), Self::Junit]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Document(output) => output.to_possible_value(),
            Self::Junit => Some(PossibleValue::new("junit").help("As JUnit XML: a case for each expectation and class of nodes")),
        }
    }
}
