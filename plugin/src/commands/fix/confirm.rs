//! Asks a person; never guesses what one would say.

use std::io::{IsTerminal as _, Write as _};

use crate::error::Error;

/// Whether a question is answered with yes.
pub(super) fn confirm(question: &str) -> Result<bool, Error> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(Error::Unconfirmed);
    }
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "{question} [y/N] ");
    let _ = stderr.flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|cause| Error::Output(cause.to_string()))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
