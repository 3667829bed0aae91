//! What a node's kernel tells of the probe's own connections: the entry of connection tracking, that of ipvs, and the
//! rules that a packet met.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::{CheckId, Outcome};

/// The most connections that a record tells of.
pub const MOST_FLOWS: usize = 32;

/// The most rules that a record tells of one packet: kube-proxy's way from hook to verdict has about twenty.
pub const MOST_STEPS: usize = 64;

/// The most entries that a record tells of for one node port.
pub const MOST_ARRIVALS: usize = 64;

/// About the most bytes of one connection's line in a record.
pub const FLOW_BYTES: usize = 24 * 1024;

/// A probe's part in a look into the kernel. Two probes on a node share one: one on the pod network, and a privileged one
/// on the host network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KernelPart {
    /// The run, by which the two find each other.
    pub run: String,
    /// What this one does.
    pub role: KernelRole,
    /// The addresses of the Service's endpoints, those that terminate among them. None where there are too many to tell: then
    /// nobody looks for connections that lead elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Vec<IpAddr>>,
    /// Milliseconds that the other probe may take to start.
    pub start_ms: u32,
    /// Milliseconds to wait before anything is dialled from the pod network: NetworkPolicies may not hold for a new pod yet.
    pub settle_ms: u32,
    /// Where the probes are that dial this node's node ports meanwhile. Connections from elsewhere are nobody's business.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<AddressRange>,
}

/// Addresses of one family that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressRange {
    /// Any of them.
    pub address: IpAddr,
    /// How many bits are the same.
    pub length: u8,
}

impl AddressRange {
    /// Whether an address is one of them.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let bits = |address: IpAddr| match address {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32_u32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let ((own, width), (other, other_width)) = (bits(self.address), bits(address));
        let free = width - u32::from(self.length).min(width);
        // All of 128 bits are more than a shift may have.
        width == other_width && (own ^ other).checked_shr(free).unwrap_or_default() == 0
    }
}

/// What a probe does in a look into the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KernelRole {
    /// Waits in the pod network, from which the other one dials, until that one ends it.
    Lend,
    /// Dials the plan's checks from the host network and from the pod network, and asks the kernel about each connection.
    Look,
}

/// What a privileged probe found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KernelRecord {
    /// The probe's own connections, in the order in which they were made.
    pub flows: Vec<Flow>,
    /// What came to the node's own node ports from the other probes of the look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arrivals: Vec<Arrivals>,
    /// Connections of others by UDP that lead to no endpoint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<StaleEntries>,
    /// What could not be found out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<KernelGap>,
}

/// Entries of connection tracking for one of the node's own node ports. Who dialled has another entry, on the node where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Arrivals {
    /// The node port.
    pub destination: SocketAddr,
    /// What was spoken.
    pub protocol: FlowProtocol,
    /// The entries; none where nothing came, or what came was reset.
    pub entries: Vec<Tracked>,
}

/// Entries of connection tracking for a UDP port that lead to what is no endpoint of the Service, and that a datagram renewed
/// while the probe looked. A client that keeps its source port gets no answer for as long as it sends: each datagram keeps its
/// entry alive, and no rule is asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StaleEntries {
    /// The check with the port.
    pub check: CheckId,
    /// What those clients dial.
    pub destination: SocketAddr,
    /// Where their datagrams go; the destination itself where no rule was there when the first one came.
    pub to: SocketAddr,
    /// How many entries there are.
    pub entries: usize,
}

/// Something that the kernel did not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KernelGap {
    /// What was asked for.
    pub of: KernelSource,
    /// The system's own words, or the probe's.
    pub why: String,
}

/// Where the kernel's word comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KernelSource {
    /// Connection tracking, by netlink.
    Conntrack,
    /// A packet's way through the rules of nftables, and of an iptables that writes such.
    Trace,
    /// The pod network, from which no connection was made.
    PodNetwork,
    /// The host network, from which no connection was made.
    HostNetwork,
    /// The record of the look, of which a part is missing.
    Record,
}

/// Where a connection began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FlowFrom {
    /// The pod network.
    Pod,
    /// The host network.
    Host,
}

/// What was spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FlowProtocol {
    /// A connection, and nothing on it.
    Tcp,
    /// A datagram, and the wait for an answer.
    Udp,
}

/// One connection of the probe's own, or one exchange by UDP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// The check that it was made for.
    pub check: CheckId,
    /// Where it began.
    pub from: FlowFrom,
    /// What was spoken.
    pub protocol: FlowProtocol,
    /// Its own address.
    pub source: SocketAddr,
    /// What it dialled.
    pub destination: SocketAddr,
    /// How it ended: of TCP the connection alone, of UDP whether an answer came.
    pub outcome: Outcome,
    /// What connection tracking of the node's network has of it.
    pub tracking: Tracking,
    /// What ipvs has of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_connection: Option<VirtualConnection>,
    /// The rules that its first packet met, in order; none where nobody told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<Step>>,
}

/// What connection tracking has of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tracking {
    /// This entry.
    Entry(Tracked),
    /// No entry in the zone that hosts use. A connection that was reset has none any more.
    NoEntry,
    /// It could not be asked.
    NotRead,
}

impl Tracking {
    /// The entry, where there is one.
    #[must_use]
    pub fn entry(&self) -> Option<&Tracked> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::NoEntry | Self::NotRead => None,
        }
    }
}

/// An entry of connection tracking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tracked {
    /// The packets of the one who dialled.
    pub original: Tuple,
    /// The packets that are expected back.
    pub reply: Tuple,
    /// Whether any came back.
    pub replied: bool,
}

/// From where to where a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tuple {
    /// From there.
    pub source: SocketAddr,
    /// To there.
    pub destination: SocketAddr,
}

/// An entry of ipvs's table of connections (`/proc/net/ip_vs_conn`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualConnection {
    /// The real server that it goes to.
    pub server: SocketAddr,
    /// TCP's state as ipvs has it, in its own word.
    pub state: String,
}

/// A rule that a packet met, or the policy at a chain's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The table, with its family: `ip filter`.
    pub table: String,
    /// The chain.
    pub chain: String,
    /// The rule's comment, which kube-proxy writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What the rule does beside its verdict: the target of iptables, the statement of nftables, or the set or map in which
    /// nftables looks the verdict up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What became of the packet.
    pub verdict: StepVerdict,
}

/// The target of iptables and the expression of nftables that refuse a packet.
const REFUSALS: [&str; 2] = ["REJECT", "reject"];

impl Step {
    /// Whether its rule refuses.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.by.as_deref().is_some_and(|by| REFUSALS.contains(&by))
    }

    /// The one at which a packet ends, where it does.
    #[must_use]
    pub fn ending(steps: &[Self]) -> Option<&Self> {
        steps.iter().find(|step| step.refuses() || step.verdict == StepVerdict::Drop)
    }
}

/// What a rule does with a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepVerdict {
    /// It goes no further. A rule that refuses ends so too.
    Drop,
    /// It passes this hook.
    Accept,
    /// The next rule is asked.
    Continue,
    /// The rules of another chain are asked.
    To(String),
    /// The chain that led here goes on.
    Return,
    /// Something that the probe does not know, by nftables' number.
    Other(i32),
}

/// A line of a record.
#[expect(clippy::large_enum_variant, reason = "it lives as long as a line is written or read")]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    /// A look was made, whatever it gave.
    Looked,
    Flow(Flow),
    Arrivals(Arrivals),
    Stale(StaleEntries),
    Gap(KernelGap),
}

impl KernelRecord {
    /// The lines of a record. The first one says that a look was made.
    pub(crate) fn lines(&self) -> Vec<String> {
        let flows = self.flows.iter().take(MOST_FLOWS).cloned().map(Line::Flow);
        let stale = self.stale.iter().take(MOST_FLOWS).cloned().map(Line::Stale);
        let arrivals = self.arrivals.iter().take(MOST_FLOWS).cloned().map(Line::Arrivals);
        let lines = std::iter::once(Line::Looked).chain(flows).chain(arrivals).chain(stale).chain(self.gaps.iter().cloned().map(Line::Gap));
        lines.filter_map(|line| Some(format!("k {}\n", serde_json::to_string(&line).ok()?))).collect()
    }

    /// Reads one of them.
    pub(crate) fn read(&mut self, rest: &str) -> Option<()> {
        match serde_json::from_str(rest).ok()? {
            Line::Flow(mut flow) if self.flows.len() < MOST_FLOWS => {
                if let Some(steps) = &mut flow.steps {
                    steps.truncate(MOST_STEPS);
                }
                self.flows.push(flow);
            }
            Line::Arrivals(mut arrivals) if self.arrivals.len() < MOST_FLOWS => {
                arrivals.entries.truncate(MOST_ARRIVALS);
                self.arrivals.push(arrivals);
            }
            Line::Stale(stale) if self.stale.len() < MOST_FLOWS => self.stale.push(stale),
            Line::Gap(gap) if self.gaps.len() < MOST_FLOWS => self.gaps.push(gap),
            Line::Looked | Line::Flow(_) | Line::Arrivals(_) | Line::Stale(_) | Line::Gap(_) => {}
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_begins_with_its_bits() {
        let range = |address: &str, length| AddressRange { address: address.parse().unwrap(), length };
        let holds = |range: AddressRange, address: &str| range.contains(address.parse().unwrap());
        assert!(holds(range("10.244.2.0", 24), "10.244.2.9") && !holds(range("10.244.2.0", 24), "10.244.3.9"));
        assert!(holds(range("192.0.2.1", 32), "192.0.2.1") && !holds(range("192.0.2.1", 32), "192.0.2.2"));
        assert!(holds(range("0.0.0.0", 0), "198.51.100.1") && !holds(range("0.0.0.0", 0), "2001:db8::1"));
        assert!(holds(range("2001:db8::", 32), "2001:db8:1::7") && holds(range("::", 0), "2001:db8::1"));
        assert!(holds(range("2001:db8::1", 128), "2001:db8::1") && !holds(range("2001:db8::1", 128), "2001:db8::2"));
    }
}
