//! Endpoints to which ipvs gives no weight.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// A ready endpoint to which ipvs gives no weight.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleServer {
    /// The endpoint.
    pub endpoint: SocketAddr,
    /// The virtual server that it stands behind.
    pub virtual_server: SocketAddr,
    /// The node of that ipvs.
    pub node: String,
}
