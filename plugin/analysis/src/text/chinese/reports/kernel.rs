//! What kernels told of the probe's own connections.

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{
    ConnectFailure, Flow, FlowFrom, FlowProtocol, KernelGap, KernelSource, Outcome, Step, Tracked, Tracking, VirtualConnection,
};

use crate::observations::{KernelLook, KernelSeen, Receiver};
use crate::text::chinese::{outcomes, unmeasured};
use crate::words;

/// Characters of what comes from a node: names of chains, comments of rules, messages.
const CHARS: usize = 160;

/// Targets of iptables and statements of nftables that change where a packet goes, with the words for it.
const CHANGES: [(&str, &str); 7] = [
    ("DNAT", "做了 DNAT"),
    ("dnat", "做了 DNAT"),
    ("REDIRECT", "被重定向"),
    ("redir", "被重定向"),
    ("TPROXY", "被交给透明代理"),
    ("tproxy", "被交给透明代理"),
    ("queue", "被送入某个程序的队列"),
];

/// A connection: how it ended, and in lines below it what the kernel has of it.
pub(crate) fn flow(look: &KernelLook, flow: &Flow, received_by: Option<Receiver<'_>>) -> Vec<String> {
    let from = match flow.from {
        FlowFrom::Pod => "pod",
        FlowFrom::Host => "host",
    };
    let outcome = match (flow.outcome, flow.protocol) {
        (Outcome::Answered, FlowProtocol::Tcp) => "已连通".to_owned(),
        (Outcome::Answered, FlowProtocol::Udp) => "有应答".to_owned(),
        (failed, _) => outcomes::outcome(failed),
    };
    let mut lines = vec![format!("{} ({from})，{} → {}：{outcome}", look.node, flow.source, flow.destination)];
    lines.extend(flow.steps.as_deref().and_then(|steps| rules(flow, steps)));
    match &flow.tracking {
        Tracking::Entry(entry) => lines.push(format!("conntrack：{}", tracked(entry))),
        Tracking::NoEntry if flow.outcome == REFUSED => lines.push("conntrack：没有条目（reset 会将其删除）".into()),
        Tracking::NoEntry => lines.push("conntrack：没有条目".into()),
        Tracking::NotRead => {}
    }
    lines.extend(flow.virtual_connection.as_ref().map(virtual_connection));
    lines.extend(received_by.map(received));
    lines
}

/// What the node has of it to whose node port it went.
fn received(Receiver { node, entry }: Receiver<'_>) -> String {
    format!("{node}（被访问的节点）上的 conntrack：{}", tracked(entry))
}

const REFUSED: Outcome = Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED));

/// The rule that decided, where one did. Nothing where something else did: ipvs, or a rule that was gone when it was read.
fn rules(flow: &Flow, steps: &[Step]) -> Option<String> {
    if let Some(step) = Step::ending(steps) {
        let how = if step.refuses() { "被拒绝" } else { "被丢弃" };
        return Some(format!("在{}中{how}", place(step)));
    }
    let change = |step: &&Step| CHANGES.iter().find(|(by, _)| step.by.as_deref() == Some(by));
    if let Some(step) = steps.iter().find(|step| change(step).is_some()) {
        return change(&step).map(|(_, how)| format!("在{}中{how}", place(step)));
    }
    let is_changed = flow.tracking.entry().is_some_and(|entry| entry.reply.source != entry.original.destination);
    (!is_changed && flow.virtual_connection.is_none()).then(|| "经过的 nftables 规则都没有丢弃、拒绝或重定向它".to_owned())
}

/// Where a rule is, and what it says of itself.
fn place(step: &Step) -> String {
    let comment = step.comment.as_deref().map(|comment| format!("，注释 \"{}\"", words::printable(comment, CHARS)));
    let map = step.by.as_deref().filter(|by| by.starts_with('@'));
    let map = map.map(|map| format!("，通过其 set 或 map {}", words::printable(map, CHARS)));
    let (table, chain) = (words::printable(&step.table, CHARS), words::printable(&step.chain, CHARS));
    format!("链 {chain}（表 {table}{}{}）", map.unwrap_or_default(), comment.unwrap_or_default())
}

fn tracked(Tracked { original, reply, replied }: &Tracked) -> String {
    let changed = match (reply.source != original.destination, reply.destination != original.source) {
        (true, true) => "（DNAT 和 SNAT）",
        (true, false) => "（DNAT）",
        (false, true) => "（SNAT）",
        (false, false) => "",
    };
    let came = if *replied { "" } else { "；没有看到应答" };
    format!("预期应答 {} → {}{changed}{came}", reply.source, reply.destination)
}

fn virtual_connection(VirtualConnection { server, state }: &VirtualConnection) -> String {
    format!("ipvs：到 {server}，{}", words::printable(state, CHARS))
}

/// What a look did not tell.
pub(crate) fn gaps(look: &KernelLook) -> Vec<String> {
    match &look.seen {
        KernelSeen::Nothing(why) => vec![format!("{}：没有结果：{}", look.node, unmeasured::reason(why))],
        KernelSeen::Record(record) => {
            let cut = look.cut.then(|| format!("{}：缺少一部分结果：读不到 Pod 的日志", look.node));
            let gaps = record.gaps.iter().map(|gap| format!("{}：{}", look.node, self::gap(gap)));
            cut.into_iter().chain(gaps).collect()
        }
    }
}

fn gap(KernelGap { of, why }: &KernelGap) -> String {
    let of = match of {
        KernelSource::Conntrack => "没有读到 conntrack",
        KernelSource::Trace => "并非每个包都被跟踪到",
        KernelSource::PodNetwork => "没有从 Pod 网络建立连接",
        KernelSource::HostNetwork => "没有从主机网络建立连接",
        KernelSource::Record => "缺少一部分结果",
    };
    format!("{of}：{}", words::printable(why, CHARS))
}
