//! `diagnose`: a report again.

use std::path::PathBuf;

use clap::Args;

use crate::settings::{Diagnose, Output};

/// What `diagnose` takes.
#[derive(Debug, Args)]
pub(crate) struct DiagnoseArguments {
    /// The report, JSON or YAML; - is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) filename: PathBuf,
    /// Form of the report on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

impl DiagnoseArguments {
    pub(super) fn settings(self) -> Diagnose {
        Diagnose { report: self.filename, output: self.output }
    }
}
