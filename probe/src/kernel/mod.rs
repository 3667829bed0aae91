//! A look into the node's kernel, by a privileged probe on the host network: it dials, from there and from the network of
//! an ordinary probe beside it, and asks the kernel what became of each connection.
//!
//! Nothing of the node is changed but for one table of nftables with rules for these connections alone, which mark their
//! packets for tracing. The table belongs to the probe's socket: the kernel removes it with that, however the probe ends.

mod conntrack;
mod dial;
mod lender;
mod rules;
mod trace;
mod trace_message;
mod virtual_connection;

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::Duration;

use lbprobe_protocol::{
    Check, Datagram, Exchange, Flow, FlowFrom, FlowProtocol, Host, KernelGap, KernelPart, KernelRecord, KernelRole, KernelSource,
    MOST_FLOWS, NODE_ADDRESS_VARIABLE, Plan, Record, StaleEntries, Step,
};

use self::conntrack::{Conntrack, Others};
use self::dial::{Dialled, Dialling};
use self::lender::Lender;
use self::trace::{Trace, Tracing};
use crate::datagram::Said;
use crate::end::Terminated;

/// How long the packets of one connection may take to be told: they are by the time it has ended.
const TOLD: Duration = Duration::from_millis(100);

/// Takes part in a look into the kernel, where the plan says so.
pub(crate) async fn take_part(plan: &Plan, terminated: &mut Terminated) -> Option<Record> {
    let KernelPart { run, role, endpoints } = plan.kernel.clone()?;
    let nothing = |interrupted| Record { planned: plan.checks.len(), interrupted, ..Record::default() };
    if role == KernelRole::Lend {
        let lent = tokio::time::timeout(Duration::from_millis(plan.wait_ms.into()), terminated.wait());
        return Some(nothing(lent.await.is_err()));
    }
    let plan = plan.clone();
    let looking = tokio::task::spawn_blocking(move || look(&plan, &run, endpoints));
    tokio::select! {
        looked = looking => Some(Record { kernel: looked.ok(), ..nothing(false) }),
        () = terminated.wait() => Some(nothing(true)),
    }
}

/// Between two looks at the entries of others: a client that sends renews its own.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// Dials the checks of a plan that have an address, each from both networks, and ends the probe that lent the other one.
fn look(plan: &Plan, run: &str, endpoints: Option<Vec<IpAddr>>) -> KernelRecord {
    let mut look = Look { record: KernelRecord::default(), tracing: None, conntrack: Conntrack::open() };
    match Tracing::begin(run) {
        Ok(tracing) => look.tracing = Some(tracing),
        Err(cause) => look.miss(KernelSource::Trace, cause.to_string()),
    }
    let lender = Lender::find(run);
    if let Err(cause) = &lender {
        look.miss(KernelSource::PodNetwork, cause.to_string());
    }
    let lender = lender.ok();
    for check in &plan.checks {
        let Some(destination) = destination(check) else { continue };
        for from in [FlowFrom::Pod, FlowFrom::Host] {
            let is_dialled = look.record.flows.iter().any(|flow| (flow.from, flow.destination) == (from, destination));
            if !is_dialled && look.record.flows.len() < MOST_FLOWS && (from == FlowFrom::Host || lender.is_some()) {
                look.dial(check, from, destination, lender.as_ref());
            }
        }
    }
    if let Some(lender) = lender {
        lender.end();
    }
    if let Some(endpoints) = endpoints {
        look.find_stale(plan, &endpoints);
    }
    look.record
}

/// Names are not resolved here: what they stand for is a target of its own.
fn destination(check: &Check) -> Option<SocketAddr> {
    match check.host {
        Host::Address(address) => Some(SocketAddr::new(address, check.port)),
        Host::Node => {
            let node: IpAddr = std::env::var(NODE_ADDRESS_VARIABLE).ok()?.parse().ok()?;
            Some(SocketAddr::new(node, check.port))
        }
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

fn protocol(check: &Check) -> u8 {
    if datagram(check).is_some() { conntrack::UDP } else { conntrack::TCP }
}

fn flow_protocol(check: &Check) -> FlowProtocol {
    if datagram(check).is_some() { FlowProtocol::Udp } else { FlowProtocol::Tcp }
}

struct Look {
    record: KernelRecord,
    tracing: Option<Tracing>,
    conntrack: Conntrack,
}

impl Look {
    fn dial(&mut self, check: &Check, from: FlowFrom, destination: SocketAddr, lender: Option<&Lender>) {
        let network = if from == FlowFrom::Pod { lender.map(|lender| &lender.network) } else { None };
        let said = datagram(check).and_then(|datagram| Said::new(datagram, RandomState::new().hash_one(destination)));
        let protocol = protocol(check);
        let dialling = match Dialling::prepare(destination, said, network) {
            Ok(dialling) => dialling,
            Err(cause) => return self.miss(KernelSource::PodNetwork, cause.to_string()),
        };
        let trace = self.trace(protocol, &dialling, destination);
        let Dialled { source, outcome, socket } = dialling.dial(destination, Duration::from_millis(check.timeout_ms.into()));
        let tracked = self.conntrack.entry(protocol, source, destination);
        let tracked = tracked.unwrap_or_else(|cause| {
            self.miss(KernelSource::Conntrack, cause.to_string());
            None
        });
        let virtual_connection = virtual_connection::find(protocol, source, destination);
        drop(socket);
        let steps = trace.map(|trace| self.steps(trace, source, destination));
        self.record.flows.push(Flow {
            check: check.id,
            from,
            protocol: flow_protocol(check),
            source,
            destination,
            outcome,
            tracked,
            virtual_connection,
            steps,
        });
    }

    /// Clients by UDP that send, and whose datagrams lead to no endpoint: entries that a datagram has renewed between two looks.
    /// Where the node's rules take no connection to a destination, all of them lead to it itself.
    fn find_stale(&mut self, plan: &Plan, endpoints: &[IpAddr]) {
        let udp = plan.checks.iter().filter(|check| datagram(check).is_some());
        let destinations: Vec<_> = udp.filter_map(|check| Some((check.id, destination(check)?))).collect();
        if destinations.is_empty() {
            return;
        }
        let before: Vec<_> = destinations.iter().map(|(_, destination)| self.others(*destination)).collect();
        thread::sleep(BETWEEN_LOOKS);
        for ((check, destination), before) in destinations.into_iter().zip(before) {
            let is_taken =
                self.own(destination).any(|flow| flow.tracked.as_ref().is_some_and(|tracked| tracked.reply.source != destination));
            let leads_nowhere = |to: SocketAddr| !endpoints.contains(&to.ip()) && (to != destination || is_taken);
            let mut stale: BTreeMap<SocketAddr, usize> = BTreeMap::new();
            for (other, seconds) in self.others(destination) {
                if leads_nowhere(other.to) && before.get(&other).is_some_and(|earlier| seconds >= *earlier) {
                    *stale.entry(other.to).or_default() += 1;
                }
            }
            self.record.stale.extend(stale.into_iter().map(|(to, entries)| StaleEntries { check, destination, to, entries }));
        }
    }

    /// The probe's own connections to a destination.
    fn own(&self, destination: SocketAddr) -> impl Iterator<Item = &Flow> {
        self.record.flows.iter().filter(move |flow| flow.destination == destination)
    }

    fn others(&mut self, destination: SocketAddr) -> Others {
        let sources: Vec<_> = self.own(destination).map(|flow| flow.source).collect();
        self.conntrack.others(destination, &sources).unwrap_or_else(|cause| {
            self.miss(KernelSource::Conntrack, cause.to_string());
            Others::new()
        })
    }

    fn trace(&mut self, protocol: u8, dialling: &Dialling, destination: SocketAddr) -> Option<Trace> {
        match self.tracing.as_mut()?.follow(protocol, dialling.port, destination) {
            Ok(trace) => Some(trace),
            Err(cause) => {
                self.miss(KernelSource::Trace, cause.to_string());
                None
            }
        }
    }

    fn steps(&mut self, trace: Trace, source: SocketAddr, destination: SocketAddr) -> Vec<Step> {
        thread::sleep(TOLD);
        self.tracing.as_mut().map(|tracing| tracing.steps(&trace, source, destination)).unwrap_or_default()
    }

    /// Each thing is told once.
    fn miss(&mut self, of: KernelSource, why: String) {
        let gap = KernelGap { of, why };
        if !self.record.gaps.contains(&gap) {
            self.record.gaps.push(gap);
        }
    }
}
