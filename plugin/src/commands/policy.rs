//! `policy`: settings → documents. Asks no cluster.

use crate::error::Error;
use crate::exit::Exit;
use crate::policies;
use crate::report;
use crate::settings::Policy;

/// Writes the policies.
pub(crate) fn policy(settings: &Policy) -> Result<Exit, Error> {
    report::write_manifests(&policies::documents(settings))?;
    Ok(Exit::Healthy)
}
