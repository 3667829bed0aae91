//! `completion` and `man`.

use std::path::PathBuf;

use clap::Args;

use crate::settings::Completion;

/// What `completion` takes.
#[derive(Debug, Args)]
pub(crate) struct CompletionArguments {
    /// Write the program beside the plugin, where kubectl finds it
    #[arg(long)]
    install: bool,
}

impl CompletionArguments {
    pub(super) fn settings(self) -> Completion {
        if self.install { Completion::Install } else { Completion::Show }
    }
}

/// What `man` takes.
#[derive(Debug, Args)]
pub(crate) struct ManualArguments {
    /// Folder to write to
    pub(super) folder: PathBuf,
}
