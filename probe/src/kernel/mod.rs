//! A look into the node's kernel, by a privileged probe on the host network: it dials, from there and from the network of
//! an ordinary probe beside it, and asks the kernel what became of each connection.
//!
//! Nothing of the node is changed but for one table of nftables with rules for these connections alone, which mark their
//! packets for tracing; the kernel may load a module that is asked. The table belongs to the probe's socket: the kernel removes it with that, however the probe ends.

mod conntrack;
mod dial;
mod lender;
mod rules;
mod trace;
mod trace_message;
mod virtual_connection;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use lbprobe_protocol::{
    AddressRange, Arrivals, Check, CheckId, Datagram, Exchange, Flow, FlowFrom, FlowProtocol, Host, KernelGap, KernelPart, KernelRecord,
    KernelSource, MOST_ARRIVALS, MOST_FLOWS, Plan, Record, StaleEntries, Step, Tracking, Tuple,
};
use tokio::task::JoinError;

use self::conntrack::{Conntrack, Other, Others};
use self::dial::{Dialled, Dialling};
use self::lender::Lender;
use self::trace::{Trace, Tracing};
use crate::datagram::Said;
use crate::end::Terminated;
use crate::resolve::node_address;

/// What the kernel tells. A signal ends it with nothing.
pub(crate) async fn observe(plan: &Plan, terminated: &mut Terminated) -> Record {
    let nothing = |interrupted| Record { planned: plan.checks.len(), interrupted, ..Record::default() };
    let Some(part) = plan.kernel.clone() else { return nothing(false) };
    let plan = plan.clone();
    let looking = tokio::task::spawn_blocking(move || look(&plan, &part));
    let failed = |cause: JoinError| KernelRecord {
        gaps: vec![KernelGap { of: KernelSource::Record, why: cause.to_string() }],
        ..KernelRecord::default()
    };
    tokio::select! {
        looked = looking => Record { kernel: Some(looked.unwrap_or_else(failed)), ..nothing(false) },
        () = terminated.wait() => nothing(true),
    }
}

/// Between two looks at the entries of others: a client that sends renews its own.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// How long the probes of the other node are waited for: they start at about the same time, and dial the same targets. What comes later is
/// not seen, and neither is what was reset.
const BEHIND: Duration = Duration::from_secs(4);

/// Dials the checks of a plan that have an address, each from both networks, and ends the probe that lent the other one.
fn look(plan: &Plan, part: &KernelPart) -> KernelRecord {
    let mut look = Look { record: KernelRecord::default(), tracing: None, conntrack: Conntrack::open() };
    match Tracing::begin(&part.run) {
        Ok(tracing) => look.tracing = Some(tracing),
        Err(cause) => look.miss(KernelSource::Trace, cause.to_string()),
    }
    if Tracing::is_blind_to_some() {
        look.miss(KernelSource::Trace, "iptables-legacy has tables here, and their rules are not traced".into());
    }
    let lender = Lender::find(&part.run, Duration::from_millis(part.start_ms.into()));
    if let Err(cause) = &lender {
        look.miss(KernelSource::PodNetwork, cause.to_string());
    }
    let lender = lender.ok();
    if lender.is_some() {
        thread::sleep(Duration::from_millis(part.settle_ms.into()));
    }
    for check in &plan.checks {
        let Some(destination) = destination(check) else { continue };
        for from in [FlowFrom::Pod, FlowFrom::Host] {
            let is_there = look.own(protocol(check), destination).any(|flow| flow.from == from);
            if !is_there && look.record.flows.len() < MOST_FLOWS && (from == FlowFrom::Host || lender.is_some()) {
                look.dial(check, from, destination, lender.as_ref());
            }
        }
    }
    if let Some(lender) = lender {
        lender.end();
    }
    if !part.peers.is_empty() {
        look.find_arrivals(plan, &part.peers);
    }
    if let Some(endpoints) = &part.endpoints {
        look.find_stale(plan, endpoints);
    }
    look.record
}

/// Names are not resolved: what one stands for may be another address in each network.
fn destination(check: &Check) -> Option<SocketAddr> {
    match check.host {
        Host::Address(address) => Some(SocketAddr::new(address, check.port)),
        Host::Node => Some(SocketAddr::new(node_address()?, check.port)),
        Host::Name(_) | Host::Service { .. } => None,
    }
}

/// What is said by UDP; none of TCP.
fn datagram(check: &Check) -> Option<&Datagram> {
    match &check.exchange {
        Exchange::Udp(datagram) => Some(datagram),
        _ => None,
    }
}

fn protocol(check: &Check) -> FlowProtocol {
    if datagram(check).is_some() { FlowProtocol::Udp } else { FlowProtocol::Tcp }
}

fn number(protocol: FlowProtocol) -> u8 {
    match protocol {
        FlowProtocol::Tcp => conntrack::TCP,
        FlowProtocol::Udp => conntrack::UDP,
    }
}

struct Look {
    record: KernelRecord,
    tracing: Option<Tracing>,
    conntrack: Conntrack,
}

impl Look {
    fn dial(&mut self, check: &Check, from: FlowFrom, destination: SocketAddr, lender: Option<&Lender>) {
        let said = match datagram(check) {
            None => None,
            Some(datagram) => {
                // What cannot be said is a matter of the plan's, not of the node's.
                let Some(said) = Said::new(datagram, RandomState::new().hash_one(destination)) else { return };
                Some(said)
            }
        };
        let (network, of) = match from {
            FlowFrom::Pod => (lender.map(|lender| &lender.network), KernelSource::PodNetwork),
            FlowFrom::Host => (None, KernelSource::HostNetwork),
        };
        let protocol = protocol(check);
        let dialling = match Dialling::prepare(destination, said, network) {
            Ok(dialling) => dialling,
            Err(cause) => return self.miss(of, cause.to_string()),
        };
        let trace = self.trace(protocol, &dialling, destination);
        let Dialled { source, outcome, socket } = dialling.dial(destination, Duration::from_millis(check.timeout_ms.into()));
        if from == FlowFrom::Pod && lender.is_some_and(|lender| !lender.is_there()) {
            return self.miss(of, "the probe there has ended, and its network with it".into());
        }
        let tracking = match self.conntrack.entry(number(protocol), source, destination) {
            Ok(entry) => entry.map_or(Tracking::NoEntry, Tracking::Entry),
            Err(cause) => {
                self.miss(KernelSource::Conntrack, cause.to_string());
                Tracking::NotRead
            }
        };
        let virtual_connection = virtual_connection::find(number(protocol), source, destination);
        drop(socket);
        let steps = trace.and_then(|trace| self.steps(&trace, source, destination));
        let flow = Flow { check: check.id, from, protocol, source, destination, outcome, tracking, virtual_connection, steps };
        self.record.flows.push(flow);
    }

    fn trace(&mut self, protocol: FlowProtocol, dialling: &Dialling, destination: SocketAddr) -> Option<Trace> {
        let trace = self.tracing.as_mut()?.follow(number(protocol), dialling.port, destination);
        trace.map_err(|cause| self.miss(KernelSource::Trace, cause.to_string())).ok()
    }

    fn steps(&mut self, trace: &Trace, source: SocketAddr, destination: SocketAddr) -> Option<Vec<Step>> {
        let steps = self.tracing.as_mut()?.steps(trace, source, destination);
        steps.map_err(|cause| self.miss(KernelSource::Trace, cause.to_string())).ok()
    }

    /// What came to the node's own node ports from the probes of the other node, which dial at the same time.
    fn find_arrivals(&mut self, plan: &Plan, peers: &[AddressRange]) {
        let own: BTreeSet<_> = plan
            .checks
            .iter()
            .filter_map(|check| Some((number(protocol(check)), destination(check).filter(|to| Some(to.ip()) == node_address())?)))
            .collect();
        let Some((_, first)) = own.first() else { return };
        thread::sleep(BEHIND);
        let is_wanted = |protocol, Tuple { source, destination }: &Tuple| {
            let is_peers = own.contains(&(protocol, *destination)) && peers.iter().any(|peers| peers.contains(source.ip()));
            is_peers && self.record.flows.iter().all(|flow| flow.source != *source)
        };
        let found = match conntrack::wanted(conntrack::family(*first), is_wanted) {
            Ok(found) => found,
            Err(cause) => return self.miss(KernelSource::Conntrack, cause.to_string()),
        };
        self.record.arrivals = own
            .into_iter()
            .map(|(protocol, destination)| {
                let entries = found.iter().filter(|(of, entry)| (*of, entry.original.destination) == (protocol, destination));
                let entries = entries.map(|(_, entry)| entry.clone()).take(MOST_ARRIVALS).collect();
                let protocol = if protocol == conntrack::TCP { FlowProtocol::Tcp } else { FlowProtocol::Udp };
                Arrivals { destination, protocol, entries }
            })
            .collect();
    }

    /// Clients by UDP whose datagrams lead to no endpoint, and that send: a datagram renews its entry between two looks.
    fn find_stale(&mut self, plan: &Plan, endpoints: &[IpAddr]) {
        let udp = plan.checks.iter().filter(|check| datagram(check).is_some());
        let destinations: Vec<_> = udp.filter_map(|check| Some((check.id, destination(check)?))).collect();
        let families: BTreeSet<_> = destinations.iter().map(|(_, destination)| conntrack::family(*destination)).collect();
        for family in families {
            let of_family: Vec<_> = destinations.iter().copied().filter(|(_, to)| conntrack::family(*to) == family).collect();
            let start = Instant::now();
            let before = self.others(family, &of_family, endpoints);
            thread::sleep(BETWEEN_LOOKS);
            let after = self.others(family, &of_family, endpoints);
            let (Some(before), Some(after)) = (before, after) else { continue };
            let passed = u32::try_from(start.elapsed().as_secs()).unwrap_or(u32::MAX);
            for (check, destination) in of_family {
                let stale = renewed(&before, &after, passed, destination);
                self.record.stale.extend(stale.into_iter().map(|(to, entries)| StaleEntries { check, destination, to, entries }));
            }
        }
    }

    /// Entries of others to these destinations that lead to no endpoint. Where the node's rules take not even the probe's own
    /// connections from both networks, they rightly lead to the destination itself.
    fn others(&mut self, family: u8, destinations: &[(CheckId, SocketAddr)], endpoints: &[IpAddr]) -> Option<Others> {
        let is_taken = |to: &SocketAddr| {
            let mut own = self.own(FlowProtocol::Udp, *to).peekable();
            own.peek().is_some() && own.all(|flow| flow.tracking.entry().is_some_and(|entry| entry.reply.source != *to))
        };
        let taken: Vec<_> = destinations.iter().map(|(_, to)| *to).filter(is_taken).collect();
        let own: Vec<_> = self.record.flows.iter().map(|flow| flow.source).collect();
        let is_wanted = |other: &Other| {
            let is_dialled = destinations.iter().any(|(_, to)| *to == other.destination);
            let is_astray = !endpoints.contains(&other.to.ip()) && (other.to != other.destination || taken.contains(&other.to));
            is_dialled && is_astray && !own.contains(&other.source)
        };
        let others = conntrack::others(family, is_wanted);
        others.map_err(|cause| self.miss(KernelSource::Conntrack, cause.to_string())).ok()
    }

    /// The probe's own connections to a destination.
    fn own(&self, protocol: FlowProtocol, destination: SocketAddr) -> impl Iterator<Item = &Flow> {
        self.record.flows.iter().filter(move |flow| (flow.protocol, flow.destination) == (protocol, destination))
    }

    /// Each thing is told once.
    fn miss(&mut self, of: KernelSource, why: String) {
        let gap = KernelGap { of, why };
        if !self.record.gaps.contains(&gap) {
            self.record.gaps.push(gap);
        }
    }
}

/// Where entries lead that a datagram renewed while so many seconds passed, and how many there are. One that nothing renewed has as many
/// fewer left.
fn renewed(before: &Others, after: &Others, passed: u32, destination: SocketAddr) -> BTreeMap<SocketAddr, usize> {
    let mut found = BTreeMap::new();
    for (other, seconds) in after.iter().filter(|(other, _)| other.destination == destination) {
        // The kernel counts whole seconds.
        if before.get(other).is_some_and(|earlier| *seconds > earlier.saturating_sub(passed) + 1) {
            *found.entry(other.to).or_default() += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_count_that_a_datagram_renewed() {
        let destination = "198.51.100.1:53".parse().unwrap();
        let other = |port: u16| Other { source: ([192, 0, 2, 7], port).into(), destination, to: "10.244.1.9:53".parse().unwrap() };
        let elsewhere = Other { destination: "198.51.100.1:443".parse().unwrap(), ..other(5) };
        let before = Others::from([(other(1), 118), (other(2), 118), (other(3), 30), (elsewhere, 20)]);
        // Sends each second; sent last before the first look; sent once, a second before the second look; is new; another port.
        let after = Others::from([(other(1), 119), (other(2), 115), (other(3), 29), (other(4), 30), (elsewhere, 30)]);
        assert_eq!(renewed(&before, &after, 3, destination), BTreeMap::from([("10.244.1.9:53".parse().unwrap(), 2)]));
    }
}
