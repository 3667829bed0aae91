//! What kernels told of the probe's own connections.

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{
    ConnectFailure, Flow, FlowFrom, FlowProtocol, KernelGap, KernelSource, Outcome, Step, Tracked, Tracking, VirtualConnection,
};

use crate::observations::{KernelLook, KernelSeen, Receiver};
use crate::text::english::unmeasured;
use crate::words;

/// Characters of what comes from a node: names of chains, comments of rules, messages.
const CHARS: usize = 160;

/// Targets of iptables and statements of nftables that change where a packet goes, with the words for it.
const CHANGES: [(&str, &str); 7] = [
    ("DNAT", "DNAT"),
    ("dnat", "DNAT"),
    ("REDIRECT", "redirected"),
    ("redir", "redirected"),
    ("TPROXY", "given to a transparent proxy"),
    ("tproxy", "given to a transparent proxy"),
    ("queue", "queued to a program"),
];

/// A connection: how it ended, and in lines below it what the kernel has of it.
pub(crate) fn flow(look: &KernelLook, flow: &Flow, received_by: Option<Receiver<'_>>) -> Vec<String> {
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
    lines.extend(flow.steps.as_deref().and_then(|steps| rules(flow, steps)));
    match &flow.tracking {
        Tracking::Entry(entry) => lines.push(format!("conntrack: {}", tracked(entry))),
        Tracking::NoEntry if flow.outcome == REFUSED => lines.push("conntrack: no entry (a reset removes it)".into()),
        Tracking::NoEntry => lines.push("conntrack: no entry".into()),
        Tracking::NotRead => {}
    }
    lines.extend(flow.virtual_connection.as_ref().map(virtual_connection));
    lines.extend(received_by.map(received));
    lines
}

/// What the node has of it to whose node port it went.
fn received(Receiver { node, entry }: Receiver<'_>) -> String {
    format!("conntrack on {node} (the node that was dialled): {}", tracked(entry))
}

const REFUSED: Outcome = Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED));

/// The rule that decided, where one did. Nothing where something else did: ipvs, or a rule that was gone when it was read.
fn rules(flow: &Flow, steps: &[Step]) -> Option<String> {
    if let Some(step) = Step::ending(steps) {
        let how = if step.refuses() { "rejected" } else { "dropped" };
        return Some(format!("{how} in {}", place(step)));
    }
    let change = |step: &&Step| CHANGES.iter().find(|(by, _)| step.by.as_deref() == Some(by));
    if let Some(step) = steps.iter().find(|step| change(step).is_some()) {
        return change(&step).map(|(_, how)| format!("{how} in {}", place(step)));
    }
    let is_changed = flow.tracking.entry().is_some_and(|entry| entry.reply.source != entry.original.destination);
    (!is_changed && flow.virtual_connection.is_none()).then(|| "no nftables rule that it met drops, rejects or redirects it".to_owned())
}

/// Where a rule is, and what it says of itself.
fn place(step: &Step) -> String {
    let comment = step.comment.as_deref().map(|comment| format!(": \"{}\"", words::printable(comment, CHARS)));
    let map = step.by.as_deref().filter(|by| by.starts_with('@'));
    let map = map.map(|map| format!(", by its set or map {}", words::printable(map, CHARS)));
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
    let came = if *replied { "" } else { "; no reply seen" };
    format!("reply expected {} → {}{changed}{came}", reply.source, reply.destination)
}

fn virtual_connection(VirtualConnection { server, state }: &VirtualConnection) -> String {
    format!("ipvs: to {server}, {}", words::printable(state, CHARS))
}

/// What a look did not tell.
pub(crate) fn gaps(look: &KernelLook) -> Vec<String> {
    match &look.seen {
        KernelSeen::Nothing(why) => vec![format!("{}: no result: {}", look.node, unmeasured::reason(why))],
        KernelSeen::Record(record) => {
            let cut = look.cut.then(|| format!("{}: a part of the result is missing: the pod's log could not be read", look.node));
            let gaps = record.gaps.iter().map(|gap| format!("{}: {}", look.node, self::gap(gap)));
            cut.into_iter().chain(gaps).collect()
        }
    }
}

fn gap(KernelGap { of, why }: &KernelGap) -> String {
    let of = match of {
        KernelSource::Conntrack => "conntrack was not read",
        KernelSource::Trace => "not every packet was traced",
        KernelSource::PodNetwork => "no connection was made from the pod network",
        KernelSource::HostNetwork => "no connection was made from the host network",
        KernelSource::Record => "a part of the result is missing",
    };
    format!("{of}: {}", words::printable(why, CHARS))
}
