//! `diagnose`: a report again.

use std::path::PathBuf;

use clap::Args;

use super::output::ReportOutputArguments;
use super::redaction::RedactionArguments;
use crate::settings::Diagnose;

/// What `diagnose` takes.
#[derive(Debug, Args)]
pub(crate) struct DiagnoseArguments {
    /// The report, JSON or YAML; - is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) filename: PathBuf,
    #[command(flatten)]
    output: ReportOutputArguments,
    #[command(flatten)]
    redaction: RedactionArguments,
}

impl DiagnoseArguments {
    pub(super) fn settings(self) -> Diagnose {
        Diagnose { outputs: self.output.settings(Some(&self.filename), self.redaction.settings()), report: self.filename }
    }
}
