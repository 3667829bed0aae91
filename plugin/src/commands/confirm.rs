//! Asks a person; never guesses what one would say.

use std::io::{IsTerminal as _, Write as _};

use lbprobe_analysis::text;
use lbprobe_analysis::text::messages::Question;

use crate::error::Error;
use crate::settings::Confirmation;
use crate::terminal::{Form, Ink, language, shown};

/// Whether a question is answered with yes. Everything else is a no; a signal ends the program here too.
pub(super) async fn confirm(question: Question<'_>) -> Result<bool, Error> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(Error::Unconfirmed);
    }
    let mut stderr = std::io::stderr();
    let question = text::question(question, language());
    let _ = write!(stderr, "{} [y/N] ", shown(&question, Form::Text(Ink::Plain)));
    let _ = stderr.flush();
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = answer.await.map_err(|cause| Error::Output(cause.to_string()))?.map_err(|cause| Error::Output(cause.to_string()))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Goes on where the user has agreed, beforehand or when asked; `unconfirmed` is said where nobody can be asked.
pub(super) async fn agreed(confirmation: Confirmation, question: Question<'_>, unconfirmed: Error) -> Result<(), Error> {
    if confirmation == Confirmation::Given {
        return Ok(());
    }
    match confirm(question).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::NothingProbed),
        Err(Error::Unconfirmed) => Err(unconfirmed),
        Err(cause) => Err(cause),
    }
}
