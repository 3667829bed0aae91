//! `completion`: the program that kubectl asks what may follow, shown or installed.

use std::io::ErrorKind;
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

/// What another program put there under that name stays. One of this program's releases begins as this one does.
fn install(file: &Path) -> Result<(), FileProblem> {
    let is_there = match std::fs::symlink_metadata(file) {
        Ok(_) => true,
        Err(cause) if cause.kind() == ErrorKind::NotFound => false,
        Err(cause) => return Err(FileProblem::NotOpened(cause.to_string())),
    };
    if is_there && !is_own(&files::read(file, MOST_BYTES)?) {
        return Err(FileProblem::OfAnother);
    }
    files::write_program(file, SCRIPT.as_bytes())
}

fn is_own(content: &[u8]) -> bool {
    const LINES: usize = 2;
    let beginning = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').take(LINES).map(<[u8]>::to_vec).collect::<Vec<_>>();
    beginning(content) == beginning(SCRIPT.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_release_is_replaced_and_another_program_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kubectl_complete-lbprobe");
        install(&file).unwrap();
        std::fs::write(&file, SCRIPT.replace("exec", "exec env")).unwrap();
        install(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), SCRIPT);
        std::fs::write(&file, "#!/bin/sh\nexec something\n").unwrap();
        assert_eq!(install(&file), Err(FileProblem::OfAnother));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "#!/bin/sh\nexec something\n");
    }
}
