//! `mcp`: serves until the agent goes.

use crate::error::Error;
use crate::exit::Exit;
use crate::mcp;
use crate::settings::Mcp;

/// Serves an agent.
pub(crate) async fn mcp(settings: Mcp) -> Result<Exit, Error> {
    mcp::serve(settings).await.map_err(|cause| Error::Mcp { cause })?;
    Ok(Exit::Healthy)
}
