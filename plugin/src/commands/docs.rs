//! `docs`: the page about a cause.

use crate::error::Error;
use crate::exit::Exit;
use crate::pages::Page;
use crate::report;

/// Shows a page, or which there are.
pub(crate) fn docs(page: Option<&Page>) -> Result<Exit, Error> {
    report::write_docs(page)?;
    Ok(Exit::Healthy)
}
