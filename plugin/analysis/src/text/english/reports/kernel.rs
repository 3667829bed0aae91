//! What kernels told of the probe's own connections.

use lbprobe_protocol::{Flow, FlowFrom, FlowProtocol, KernelGap, KernelSource, Outcome, Step, Tracked, VirtualConnection};

use crate::observations::{KernelLook, KernelSeen};
use crate::text::english::unmeasured;
use crate::words;

/// Characters of what comes from a node: names of chains, comments of rules, messages.
const CHARS: usize = 160;

/// Targets of iptables, and the expression of nftables, that change where a packet goes.
const CHANGES: [&str; 4] = ["DNAT", "REDIRECT", "TPROXY", "nat"];

/// A connection: how it ended, and in lines below it what the kernel has of it.
pub(crate) fn flow(look: &KernelLook, flow: &Flow) -> Vec<String> {
    let from = match flow.from {
        FlowFrom::Pod => "pod",
        FlowFrom::Host => "host",
    };
    let outcome = match (flow.outcome, flow.protocol) {
        (Outcome::Answered, FlowProtocol::Tcp) => "connected".to_owned(),
        (Outcome::Answered, FlowProtocol::Udp) => "answered".to_owned(),
        (failed, _) => failed.to_string(),
    };
    let mut lines = vec![format!("{} ({from}), {} → {}: {outcome}", look.node, flow.source, flow.destination)];
    lines.extend(flow.steps.as_deref().map(rules));
    lines.push(flow.tracked.as_ref().map_or_else(|| "conntrack: no entry".to_owned(), tracked));
    lines.extend(flow.virtual_connection.as_ref().map(virtual_connection));
    lines
}

/// The rule that decided, where one did.
fn rules(steps: &[Step]) -> String {
    if let Some(step) = Step::ending(steps) {
        let how = if step.refuses() { "refused" } else { "dropped" };
        return format!("{how} in {}", place(step));
    }
    match steps.iter().find(|step| step.by.as_deref().is_some_and(|by| CHANGES.contains(&by))) {
        Some(step) => format!("DNAT in {}", place(step)),
        None if steps.is_empty() => "the node's rules saw no packet with this destination".to_owned(),
        None => "no rule drops, refuses or redirects it: it leaves the node as it is".to_owned(),
    }
}

/// Where a rule is, and what it says of itself.
fn place(step: &Step) -> String {
    let comment = step.comment.as_deref().map(|comment| format!(": \"{}\"", words::printable(comment, CHARS)));
    let map = step.by.as_deref().filter(|by| by.starts_with('@'));
    let map = map.map(|map| format!(", by the map {}", words::printable(map, CHARS)));
    let (table, chain) = (words::printable(&step.table, CHARS), words::printable(&step.chain, CHARS));
    format!("{chain} (table {table}){}{}", map.unwrap_or_default(), comment.unwrap_or_default())
}

fn tracked(Tracked { original, reply, replied }: &Tracked) -> String {
    let changed = match (reply.source != original.destination, reply.destination != original.source) {
        (true, true) => " (DNAT and SNAT)",
        (true, false) => " (DNAT)",
        (false, true) => " (SNAT)",
        (false, false) => "",
    };
    let came = if *replied { "" } else { "; none came" };
    format!("conntrack: reply expected {} → {}{changed}{came}", reply.source, reply.destination)
}

fn virtual_connection(VirtualConnection { server, state }: &VirtualConnection) -> String {
    format!("ipvs: to {server}, {}", words::printable(state, CHARS))
}

/// What a look did not tell.
pub(crate) fn gaps(look: &KernelLook) -> Vec<String> {
    match &look.seen {
        KernelSeen::Nothing(why) => vec![format!("{}: nothing was told: {}", look.node, unmeasured::reason(why))],
        KernelSeen::Record(record) => record.gaps.iter().map(|gap| format!("{}: {}", look.node, self::gap(gap))).collect(),
    }
}

fn gap(KernelGap { of, why }: &KernelGap) -> String {
    let of = match of {
        KernelSource::Conntrack => "conntrack was not read",
        KernelSource::Trace => "no packet was traced",
        KernelSource::PodNetwork => "the pod network was not dialled from",
    };
    format!("{of}: {}", words::printable(why, CHARS))
}
