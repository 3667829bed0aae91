//! Nodes that have something in common.

use serde::{Deserialize, Serialize};

/// The nodes that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodesOf<T> {
    /// What they have.
    pub value: T,
    /// The nodes.
    pub nodes: Vec<String>,
}
