//! The words of a rehearsal.

use super::targets;
use crate::diagnosis::Verdict;
use crate::facts::KubeProxyProcess;
use crate::prediction::Outlook;
use crate::rehearsal::{Effect, Held, Mismatch, NodeProof, NodeState, Obstacle, RehearsalNote};
use crate::text::reports::{Headline, ProofCounts, RehearsalCounts};
use crate::words::short_list;

/// The columns of its table.
pub(crate) const COLUMNS: [&str; 6] = ["SERVICE", "EFFECT", "FROM", "TO", "TODAY", "AFTER"];

/// How its third column is read.
pub(crate) const LEGEND: &str = "FROM pod×2: from pods on 2 nodes.";

/// The columns of its proof.
pub(crate) const PROOF_COLUMNS: [&str; 4] = ["NODE", "KUBE-PROXY", "CHECKS AFTER IT", "OUTAGE"];

/// How the last one is read.
pub(crate) const PROOF_LEGEND: &str = "OUTAGE: the longest time for which a check that is answered again had no answer.";

/// What a proof comes to.
pub(crate) fn proof(proof: &ProofCounts<'_>) -> Headline {
    let ProofCounts { verdict, changes, nodes, changed, agreeing, mismatches } = *proof;
    let (word, said) = match verdict {
        Verdict::Healthy => {
            ("PROVEN", format!("{changes} did what was rehearsed on {}: {} as rehearsed", plural(nodes, "node"), plural(agreeing, "check")))
        }
        Verdict::Fault => ("NOT AS REHEARSED", format!("{changes} did something else at {}", plural(mismatches, "check"))),
        Verdict::Inconclusive => ("NOT PROVEN", format!("{changes} was seen on {changed} of {}", plural(nodes, "node"))),
    };
    Headline { word, said }
}

/// The Service whose checks they are, and how those of today went with the prediction.
pub(crate) fn proof_today(service: &str, today: &Held) -> String {
    let ended = plural(today.agreeing, "check");
    let base = format!("Service {service}, before the change: {ended} as predicted");
    let open = if today.open > 0 { format!(", {} left open", today.open) } else { String::new() };
    let otherwise = match today.mismatches.len() {
        0 => String::new(),
        number => format!(", {number} NOT as predicted: the rehearsal starts from something that is not so"),
    };
    base + &open + &otherwise
}

/// A kube-proxy before and after.
pub(crate) fn proof_kube_proxy(proof: &NodeProof) -> String {
    let before = process(&proof.before);
    match (proof.state, &proof.after) {
        (NodeState::Waiting, _) => format!("{before}, has not changed"),
        (NodeState::NotRehearsed, _) => "not rehearsed: nothing is predicted of it, or it is new".into(),
        (NodeState::NotFollowed, _) => format!("{before}, could not be followed"),
        (NodeState::Restarted, _) => format!("{before}, restarted without the change"),
        (NodeState::Unsaid, _) => format!("{before}, then restarted and does not say what it is"),
        (NodeState::Changed, after) => format!("{before} → {}", after.as_ref().map(process).unwrap_or_default()),
    }
}

fn process(process: &KubeProxyProcess) -> String {
    let (mode, release) = (process.mode.map(|mode| mode.to_string()), process.release.map(|release| release.to_string()));
    let words: Vec<_> = mode.into_iter().chain(release).collect();
    if words.is_empty() { "not known".into() } else { words.join(" ") }
}

/// Checks beside a rehearsal, in a cell.
pub(crate) fn proof_checks(held: Option<&Held>) -> String {
    match held {
        None => "-".into(),
        Some(Held { agreeing, open, mismatches }) => {
            let parts = [(mismatches.len(), "not as rehearsed"), (*agreeing, "as rehearsed"), (*open, "left open")];
            let parts = parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
            let parts: Vec<_> = parts.collect();
            if parts.is_empty() { "none".into() } else { parts.join(", ") }
        }
    }
}

pub(crate) fn mismatch(of: &Mismatch) -> String {
    let Mismatch { vantage, target, expected, seen } = of;
    format!("{vantage} at {}: rehearsed {expected}, saw {seen}", targets::in_sentence(target))
}

pub(crate) const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Breaks => "breaks",
        Effect::MayBreak => "may break",
        Effect::FailsOtherwise => "differs",
        Effect::GoesAnotherWay => "rerouted",
        Effect::OtherSource => "source",
        Effect::OtherEndpoints => "endpoints",
        Effect::Heals => "heals",
        Effect::MayHeal => "may heal",
        Effect::Opens => "opens",
    }
}

pub(crate) fn headline(counts: &RehearsalCounts<'_>) -> Headline {
    let RehearsalCounts { outlook, changes, worse, changed, services, nodes, starts } = *counts;
    let of = |number: usize| format!("{number} of {}", plural(services, "Service"));
    let (word, what) = match outlook {
        Outlook::Fails if !starts => ("WILL BREAK", format!("kube-proxy does not start with {changes}")),
        Outlook::Fails => ("WILL BREAK", format!("{changes} breaks {}", of(worse))),
        Outlook::Depends if services == 0 => ("UNKNOWN", format!("there is no Service to rehearse {changes} with")),
        Outlook::Depends => ("DEPENDS", format!("{changes} may change {} for the worse, by what is not known", of(worse))),
        Outlook::Fine if changed == 0 => ("SAFE", format!("{changes} changes nothing for {}", plural(services, "Service"))),
        Outlook::Fine => ("SAFE", format!("{changes} breaks nothing, and changes something for {}", of(changed))),
    };
    Headline { word, said: format!("{what}, on {} (predicted, nothing was changed)", plural(nodes, "node")) }
}

fn plural(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

pub(crate) fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::NoIpvs { release, nodes } => {
            format!(
                "kube-proxy {release} does not start in ipvs mode, on {}: from 1.40 on it is off by default. Choose another mode with the \
                 upgrade, or before it",
                plural(*nodes, "node")
            )
        }
        Obstacle::NoNftables { release, nodes } => {
            format!(
                "kube-proxy {release} does not start in nftables mode without a feature gate, on {}: upgrade it first",
                plural(*nodes, "node")
            )
        }
    }
}

pub(crate) const fn note(note: RehearsalNote) -> &'static str {
    match note {
        RehearsalNote::KernelForNftables => "nftables mode needs Linux 5.13 or newer on every node: kubectl get nodes -o wide shows it",
        RehearsalNote::OtherPodNetwork => {
            "every pod starts again with another pod network, and may have another address: NetworkPolicies of the old network's own kinds, \
             MTUs and what it announces are not part of this"
        }
        RehearsalNote::LocalhostNodePorts => {
            "node ports stop answering at 127.0.0.1: only iptables mode serves them there. Programs on the nodes that dial them there, \
             local registries for instance, need the node's own address"
        }
        RehearsalNote::PrimaryAddresses => {
            "node ports answer at the primary address of each node alone, unless kube-proxy's nodePortAddresses names others: check what \
             dials a node's other addresses"
        }
        RehearsalNote::AllAddresses => {
            "node ports answer at every address of each node, unless kube-proxy's nodePortAddresses names some: check the firewall of \
             addresses that had none open"
        }
    }
}

pub(crate) fn node_group(nodes: usize, examples: &[String], breaks: usize, heals: usize) -> String {
    let names: Vec<_> = examples.iter().map(String::as_str).collect();
    let more = nodes.saturating_sub(names.len());
    let names = if more > 0 { format!("{} and {more} more", names.join(", ")) } else { short_list(&names, names.len().max(1)) };
    let what = match (breaks, heals) {
        (0, 0) => "nothing gets better or worse".to_owned(),
        (0, heals) => format!("{} for the better", plural(heals, "change")),
        (breaks, 0) => format!("{} for the worse", plural(breaks, "change")),
        (breaks, heals) => format!("{} for the worse, {heals} for the better", plural(breaks, "change")),
    };
    format!("{names}: {what}")
}

/// What to do before the change, for a Service.
pub(crate) fn first(service: &str, remedy: &str) -> String {
    format!("{service}: {remedy}")
}

pub(crate) fn changed_ways(number: usize) -> String {
    format!("What changes: {}", plural(number, "row"))
}

pub(crate) fn unchanged(number: usize) -> String {
    if number == 1 { "1 other Service stays as it is.".to_owned() } else { format!("{number} other Services stay as they are.") }
}

/// Services that a brief table leaves out.
pub(crate) fn more(number: usize) -> String {
    format!("{} more: -o wide shows all.", plural(number, "Service"))
}
