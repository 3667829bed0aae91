//! `man`: the manual pages of a release.

use crate::error::Error;
use crate::exit::Exit;
use crate::settings::Manual;

/// Writes a page for the program and one for each command.
pub(crate) fn manual(settings: Manual) -> Result<Exit, Error> {
    let Manual { program, folder } = settings;
    clap_mangen::generate_to(program, &folder)
        .map_err(|cause| Error::ManualNotWritten { folder: folder.display().to_string(), cause: cause.to_string() })?;
    Ok(Exit::Healthy)
}
