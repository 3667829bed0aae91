//! Where a connection starts.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a connection starts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vantage {
    /// The node.
    pub node: String,
    /// Which of the node's networks.
    pub network: Network,
}

impl fmt::Display for Vantage {
    /// As it stands in a sentence: "node2 (pod)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.node, self.network)
    }
}

/// A node's pod network or its host network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Network {
    /// A pod's own.
    Pod,
    /// The node's own.
    Host,
}

impl Network {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Pod, Self::Host];
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pod => "pod",
            Self::Host => "host",
        })
    }
}

/// How something fails that is none of this cluster's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoAnswer {
    /// Its name does not resolve.
    Unresolved,
    /// Connections come to nothing.
    Unreached,
}

/// From where something fails that is none of this cluster's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailingFrom {
    /// From every vantage that was measured.
    Everywhere,
    /// From pods alone: the hosts of the same nodes reach it.
    Pods,
    /// From these nodes, and others reach it.
    Nodes(Vec<String>),
}
