//! Chinese, in the characters and with the words that engineers in mainland China use. Kubernetes' own terms stay English.

pub(crate) mod changes;
pub(crate) mod conditions;
pub(crate) mod coverage;
mod defects;
pub(crate) mod disagreements;
pub(crate) mod evidence;
pub(crate) mod expectations;
pub(crate) mod findings;
pub(crate) mod gaps;
pub(crate) mod messages;
pub(crate) mod notes;
pub(crate) mod outcomes;
pub(crate) mod possible_reasons;
pub(crate) mod remedies;
pub(crate) mod reports;
pub(crate) mod risks;
pub(crate) mod ruled_out;
pub(crate) mod rules;
pub(crate) mod samples;
pub(crate) mod shortfalls;
pub(crate) mod skips;
pub(crate) mod unmeasured;

use crate::facts::TransportPort;

/// Nodes that a sentence names before it says how many there are.
const NODES: usize = 3;

/// "a、b 和 c"; beside a Chinese character without a space.
pub(crate) fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [init @ .., last] => {
            let (init, last) = (init.iter().map(AsRef::as_ref).collect::<Vec<_>>().join("、"), last.as_ref());
            let space = |beside: Option<char>| if beside.is_some_and(|c| c.is_ascii()) { " " } else { "" };
            format!("{init}{}和{}{last}", space(init.chars().next_back()), space(last.chars().next()))
        }
    }
}

/// As [`list`], but no more than `most` items by name: "a、b 等 44 个".
pub(crate) fn short_list<S: AsRef<str>>(items: &[S], most: usize) -> String {
    if items.len() <= most {
        return list(items);
    }
    let shown: Vec<_> = items[..most.saturating_sub(1).max(1)].iter().map(AsRef::as_ref).collect();
    format!("{} 等 {} 个", shown.join("、"), items.len())
}

/// Nodes in a sentence.
fn names(nodes: &[String]) -> String {
    short_list(nodes, NODES)
}

/// All ports of a list.
fn ports(ports: &[u16]) -> String {
    list(&ports.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// "端口 53/UDP 和 80".
fn transport_ports(ports: &[TransportPort]) -> String {
    format!("端口 {}", list(&ports.iter().map(|port| reports::checks::port(*port)).collect::<Vec<_>>()))
}
