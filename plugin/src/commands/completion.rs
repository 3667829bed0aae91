//! `completion`: the program that kubectl asks what may follow, shown or installed.

use std::path::Path;

use lbprobe_analysis::text::messages::Message;

use crate::completion::{SCRIPT, script_file};
use crate::error::{Error, FileProblem};
use crate::exit::Exit;
use crate::files;
use crate::settings::Completion;
use crate::terminal::{Form, Ink, print, say};

/// More than this program ever wrote there.
const MOST_BYTES: u64 = 4096;

/// Shows it, or writes it beside the plugin.
pub(crate) fn completion(settings: Completion) -> Result<Exit, Error> {
    match settings {
        Completion::Show => print(SCRIPT, Form::Text(Ink::Plain))?,
        Completion::Install => {
            let path = std::env::var_os("PATH");
            let file = script_file(path.as_deref()).ok_or(Error::NotOnPath)?;
            let shown = file.display().to_string();
            install(&file).map_err(|cause| Error::CompletionNotInstalled { file: shown.clone(), cause })?;
            say(Message::CompletionInstalled { file: &shown });
        }
    }
    Ok(Exit::Healthy)
}

/// What another program put there under that name stays.
fn install(file: &Path) -> Result<(), FileProblem> {
    match files::read(file, MOST_BYTES) {
        Ok(content) if content != SCRIPT.as_bytes() => Err(FileProblem::OfAnother),
        Err(FileProblem::NotRegular | FileProblem::TooLarge(_)) => Err(FileProblem::OfAnother),
        _ => files::write_program(file, SCRIPT.as_bytes()),
    }
}
