//! What the kernels of some nodes told of a probe's own connections.

use lbprobe_protocol::{Arrivals, Flow, KernelRecord, Tracked};
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

/// What the node that received a connection has of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Receiver<'a> {
    /// The node.
    pub node: &'a str,
    /// Its entry of connection tracking; nothing where it was looked for and was not there.
    pub entry: Option<&'a Tracked>,
}

/// The node at whose node port a connection of another one arrived, where both were looked at.
#[must_use]
pub fn receiver<'a>(looks: &'a [KernelLook], dialled_by: &KernelLook, flow: &Flow) -> Option<Receiver<'a>> {
    let others = looks.iter().filter(|look| look.node != dialled_by.node);
    // What the dialling node made of its address.
    let source = flow.tracking.entry().map_or(flow.source, |entry| entry.reply.destination);
    others.filter_map(|look| Some((look, look.record()?))).find_map(|(look, record)| {
        let is_meant = |arrivals: &&Arrivals| (arrivals.destination, arrivals.protocol) == (flow.destination, flow.protocol);
        let arrivals = record.arrivals.iter().find(is_meant)?;
        let entry = arrivals.entries.iter().find(|entry| entry.original.source == source);
        Some(Receiver { node: &look.node, entry })
    })
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
