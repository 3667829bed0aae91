//! Programs that are run to their end.

use std::process::Command;

use crate::error::{Context as _, LabError};

/// Runs a program to its end; its output, or an error that holds it.
pub(crate) fn run(command: &mut Command) -> Result<String, LabError> {
    let words = command.get_program().to_string_lossy().into_owned();
    let words = command.get_args().fold(words, |words, word| format!("{words} {}", word.to_string_lossy()));
    let output = command.output().to(format!("start {words}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(LabError::Command { command: words, output: format!("{}: {}", output.status, text(&output.stderr)) })
    }
}
