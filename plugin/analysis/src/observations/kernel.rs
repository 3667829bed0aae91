//! What the kernels of some nodes told of a probe's own connections.

use std::collections::BTreeSet;
use std::net::SocketAddr;

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
    /// Its entry of connection tracking.
    pub entry: &'a Tracked,
}

/// The node at whose node port a connection of another one arrived, where both were looked at and it was there to be seen. That it is not
/// tells nothing: the looks are not of one moment, and a reset takes an entry with it.
#[must_use]
pub fn receiver<'a>(looks: &'a [KernelLook], dialled_by: &KernelLook, flow: &Flow) -> Option<Receiver<'a>> {
    let others = looks.iter().filter(|look| look.node != dialled_by.node);
    others.filter_map(|look| Some((look, look.record()?))).find_map(|(look, record)| {
        let is_meant = |arrivals: &&Arrivals| (arrivals.destination, arrivals.protocol) == (flow.destination, flow.protocol);
        let arrivals = record.arrivals.iter().find(is_meant)?;
        let entry = arrivals.entries.iter().find(|entry| entry.original.source == source_outside(flow))?;
        Some(Receiver { node: &look.node, entry })
    })
}

/// What the dialling node made of the connection's address.
fn source_outside(flow: &Flow) -> SocketAddr {
    flow.tracking.entry().map_or(flow.source, |entry| entry.reply.destination)
}

/// Leaves out what came to the node ports from others than the probes: it is nobody's business.
pub fn leave_out_others(looks: &mut [KernelLook]) {
    let own: BTreeSet<_> = looks
        .iter()
        .filter_map(KernelLook::record)
        .flat_map(|record| &record.flows)
        .map(|flow| (source_outside(flow), flow.destination))
        .collect();
    for look in looks {
        let KernelSeen::Record(record) = &mut look.seen else { continue };
        for arrivals in &mut record.arrivals {
            arrivals.entries.retain(|entry| own.contains(&(entry.original.source, entry.original.destination)));
        }
    }
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

#[cfg(test)]
mod tests {
    use lbprobe_protocol::{FlowFrom, FlowProtocol, Outcome, Tracking, Tuple};

    use super::*;

    fn tracked(from: &str, to: &str, reply_from: &str, reply_to: &str) -> Tracked {
        let tuple = |source: &str, destination: &str| Tuple { source: source.parse().unwrap(), destination: destination.parse().unwrap() };
        Tracked { original: tuple(from, to), reply: tuple(reply_from, reply_to), replied: true }
    }

    fn flow(source: &str, tracking: Tracking) -> Flow {
        Flow {
            check: 0,
            from: FlowFrom::Pod,
            protocol: FlowProtocol::Tcp,
            source: source.parse().unwrap(),
            destination: PORT.parse().unwrap(),
            outcome: Outcome::Answered,
            tracking,
            virtual_connection: None,
            steps: None,
        }
    }

    fn look(node: &str, record: KernelRecord) -> KernelLook {
        KernelLook { node: node.into(), has_endpoint: false, cut: false, seen: KernelSeen::Record(record) }
    }

    const PORT: &str = "192.0.2.1:30080";

    #[test]
    fn an_arrival_is_known_by_the_source_that_its_node_made_of_it() {
        let masked = flow("10.244.2.9:4000", Tracking::Entry(tracked("10.244.2.9:4000", PORT, PORT, "192.0.2.2:61000")));
        let plain = flow("10.244.2.9:4001", Tracking::NoEntry);
        let lost = flow("10.244.2.9:4002", Tracking::NoEntry);
        let entries = ["192.0.2.2:61000", "10.244.2.9:4001", "10.244.2.77:5000"].map(|from| tracked(from, PORT, "10.244.1.5:80", from));
        let arrivals = Arrivals { destination: PORT.parse().unwrap(), protocol: FlowProtocol::Tcp, entries: entries.to_vec() };
        let received = KernelRecord { arrivals: vec![arrivals], ..KernelRecord::default() };
        let dialled = KernelRecord { flows: vec![masked.clone(), plain.clone(), lost.clone()], ..KernelRecord::default() };
        let mut looks = [look("node1", received), look("node2", dialled)];
        leave_out_others(&mut looks);
        let kept = &looks[0].record().unwrap().arrivals[0].entries;
        assert_eq!(kept.len(), 2, "a stranger's is left out: {kept:?}");
        let of = |flow: &Flow| receiver(&looks, &looks[1], flow).map(|receiver| receiver.entry.original.source.to_string());
        assert_eq!(of(&masked).as_deref(), Some("192.0.2.2:61000"));
        assert_eq!(of(&plain).as_deref(), Some("10.244.2.9:4001"));
        assert_eq!(of(&lost), None);
    }
}
