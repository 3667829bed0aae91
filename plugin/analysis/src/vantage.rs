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
    /// Connections stand, and break off before an answer.
    CutOff,
    /// Each check only sometimes.
    NowAndThen,
}

/// From where something fails that is none of this cluster's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailingFrom {
    /// From every vantage that was measured.
    Everywhere,
    /// From every pod, and from no host.
    Pods,
    /// From the pods of these nodes, and not from their hosts nor from pods of others.
    PodsOf(Vec<String>),
    /// From every host, and from no pod.
    Hosts,
    /// From everything on these nodes, and from nothing on others.
    Nodes(Vec<String>),
    /// From some vantages, in no such pattern.
    Some,
}
