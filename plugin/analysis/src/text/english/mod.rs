//! English.

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
use crate::words;

/// Nodes that a sentence names before it says "and 41 more".
const NODES: usize = 3;

/// Nodes in a sentence.
fn names(nodes: &[String]) -> String {
    words::short_list(nodes, NODES)
}

/// All ports of a list.
fn ports(ports: &[u16]) -> String {
    words::list(&ports.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// "ports 53/UDP and 80".
fn transport_ports(ports: &[TransportPort]) -> String {
    let noun = if ports.len() == 1 { "port" } else { "ports" };
    format!("{noun} {}", words::list(&ports.iter().map(|port| reports::checks::port(*port)).collect::<Vec<_>>()))
}
