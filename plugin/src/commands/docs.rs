//! `docs`: the pages about causes.

use crate::error::Error;
use crate::exit::Exit;
use crate::pages::Page;
use crate::report;

/// Shows pages, or which there are.
pub(crate) fn docs(pages: &[&'static Page]) -> Result<Exit, Error> {
    report::write_docs(pages)?;
    Ok(Exit::Healthy)
}
