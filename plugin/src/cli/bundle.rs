//! `bundle`: a run as one file.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::output::writable;
use super::run::RunArguments;
use crate::settings::{ReportForm, Run};

/// What `bundle` takes.
#[derive(Debug, Args)]
pub(crate) struct BundleArguments {
    /// The archive; by default lbprobe-TIME.tar.gz in this folder
    #[arg(long, value_name = "FILE", value_parser = archive)]
    file: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
}

impl BundleArguments {
    pub(super) fn settings(self) -> Run {
        let mut run = self.run.settings();
        let file = self.file.unwrap_or_else(|| PathBuf::from(Timestamp::now().strftime("lbprobe-%Y%m%dT%H%M%SZ.tar.gz").to_string()));
        run.outputs.files.push((ReportForm::Bundle, file));
        run
    }
}

/// A file that can be written.
fn archive(word: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(word);
    writable(&file).map(|()| file)
}
