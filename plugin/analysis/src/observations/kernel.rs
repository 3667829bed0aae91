//! What the kernels of some nodes told of a probe's own connections.

use lbprobe_protocol::KernelRecord;
use serde::{Deserialize, Serialize};

use super::Unmeasured;

/// A look into the kernel of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KernelLook {
    /// The node.
    pub node: String,
    /// Whether a pod of the Service is on it, so that policy Local has an endpoint there.
    pub has_endpoint: bool,
    /// Whether a part of the record was lost, as the pod's log could not be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// What it gave.
    pub seen: KernelSeen,
}

/// What a look gave, or why it gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KernelSeen {
    /// What the kernel told.
    Record(KernelRecord),
    /// Nothing was told.
    Nothing(Unmeasured),
}

impl KernelLook {
    /// What the kernel told, where it told anything.
    #[must_use]
    pub fn record(&self) -> Option<&KernelRecord> {
        match &self.seen {
            KernelSeen::Record(record) => Some(record),
            KernelSeen::Nothing(_) => None,
        }
    }
}
