//! `man`: the manual pages of a release.

use crate::error::Error;
use crate::exit::Exit;
use crate::settings::Manual;

/// Writes a page for the program and one for each command.
pub(crate) fn manual(settings: Manual) -> Result<Exit, Error> {
    clap_mangen::generate_to(settings.program, settings.folder).map_err(|cause| Error::Output(cause.to_string()))?;
    Ok(Exit::Healthy)
}
