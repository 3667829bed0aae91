//! What is said of checks: in cells, where they are not as expected, and why they will fail.

use std::collections::BTreeSet;

use super::targets;
use crate::acceptance::CaseResult;
use crate::codes::Code as _;
use crate::facts::{LocalPorts, Protocol, TransportPort};
use crate::kube_proxy::{Expectation, Expected};
use crate::plan::{Network, Target, Vantage};
use crate::prediction::{Contradiction, Reason};
use crate::results::{Disagreement, OutsideCheck};
use crate::text::DifferenceInWords;
use crate::text::english::{conditions, disagreements, rules};
use crate::words;

/// "LB 198.51.100.1:80 from node2 (pod)".
pub(crate) fn check_from(target: &Target, from: &str) -> String {
    format!("{}:{} from {from}", targets::in_cell(&target.kind), port(target.transport()))
}

/// Vantages and nodes that a line names.
const NAMED: usize = 3;

/// Ports that it names.
const PORTS: usize = 6;

/// Whether a node has an endpoint: for all ports, for none, or for which.
pub(crate) fn has_endpoint(ports: &LocalPorts) -> String {
    match ports {
        LocalPorts::Every => "yes".into(),
        LocalPorts::Some(ports) => ports.iter().map(|local| port(*local)).collect::<Vec<_>>().join(","),
        LocalPorts::None => "no".into(),
    }
}

/// "80", "53/UDP".
pub(crate) fn port(port: TransportPort) -> String {
    if port.protocol == Protocol::Tcp { port.port.to_string() } else { port.to_string() }
}

/// A cell that is not as expected.
pub(crate) fn instead(seen: &str, expected: &str) -> String {
    format!("{seen}, expected {expected}")
}

/// A cell of what is expected.
pub(crate) fn expected(expectation: &Expectation) -> String {
    expectation.to_string()
}

/// What a word of [`expected`] means, where it does not say so itself.
pub(crate) const fn legend(expected: Expected) -> Option<&'static str> {
    match expected {
        Expected::NotIntercepted => Some("passed on: no rule on the node takes the connection, so it ends as it does for clients outside"),
        Expected::Lost => Some("lost: nobody on its way answers; a router may refuse it"),
        Expected::LocalListener => {
            Some("local listener: the node has the address; refused, unless a process of the node listens on the port")
        }
        Expected::Reached { .. } | Expected::Refused | Expected::Dropped => None,
    }
}

/// How an expectation of an acceptance ended.
pub(crate) const fn case_result(result: &CaseResult) -> &'static str {
    match result {
        CaseResult::Passed => "passed",
        CaseResult::Failed(_) => "FAILED",
        CaseResult::NotMeasured(_) => "not measured",
    }
}

/// "node1 and node2 (pod and host), node3 (pod)": the nodes from both of whose networks it is so come first.
pub(crate) fn vantages(all: &[Vantage]) -> String {
    let of = |network: Network| all.iter().filter(move |vantage| vantage.network == network).map(|vantage| vantage.node.as_str());
    let (pods, hosts): (BTreeSet<_>, BTreeSet<_>) = (of(Network::Pod).collect(), of(Network::Host).collect());
    let both: Vec<_> = of(Network::Pod).filter(|node| hosts.contains(node)).collect();
    let pods_alone: Vec<_> = of(Network::Pod).filter(|node| !hosts.contains(node)).collect();
    let hosts_alone: Vec<_> = of(Network::Host).filter(|node| !pods.contains(node)).collect();
    let groups = [(both, "pod and host"), (pods_alone, "pod"), (hosts_alone, "host")];
    let groups = groups.iter().filter(|(nodes, _)| !nodes.is_empty());
    groups.map(|(nodes, networks)| format!("{} ({networks})", words::short_list(nodes, NAMED))).collect::<Vec<_>>().join(", ")
}

pub(crate) fn contradiction(contradiction: &Contradiction, target: Option<&Target>) -> String {
    let target = target.map(targets::in_sentence).unwrap_or_default();
    format!("{} at {target}: expected {}, saw {}", contradiction.vantage, contradiction.expected, contradiction.seen)
}

/// How a check from outside ended, with the rule by which it fails.
pub(crate) fn outside(check: &OutsideCheck, target: &Target) -> String {
    let target = targets::in_sentence(target);
    match (check.outcome, check.rule) {
        (None, _) => format!("{target}: ok"),
        (Some(outcome), Some(rule)) => format!("{target}: {outcome}, as predicted: {}", rules::rule(rule)),
        (Some(outcome), None) => format!("{target}: {outcome}"),
    }
}

pub(crate) fn disagreement(found: &Disagreement) -> String {
    let nodes = words::short_list(&found.nodes, NAMED);
    let DifferenceInWords { about, api, nodes_say, explanation } = disagreements::difference(&found.difference);
    format!("{about}: {api}, but {nodes_say} on {nodes} ({}): {explanation}", found.confidence)
}

/// Why checks are expected to end as they are.
pub(crate) fn reason(reason: &Reason) -> String {
    let when: Vec<_> = reason.when.iter().map(conditions::condition).collect();
    let when = if when.is_empty() { String::new() } else { format!(", if {}", when.join(" and ")) };
    let mut ports: Vec<_> = reason.targets.iter().map(|target| port(target.transport())).collect();
    ports.dedup();
    let at: Vec<_> = reason.addresses.iter().map(ToString::to_string).collect();
    let at = if at.is_empty() { String::new() } else { format!(" at {}", words::short_list(&at, NAMED)) };
    let ports = format!("port{} {}{at}", if ports.len() == 1 { "" } else { "s" }, words::short_list(&ports, PORTS));
    let (from, expected, rule) = (vantages(&reason.vantages), reason.answer.expected, rules::rule(reason.answer.rule));
    let nodes: Vec<_> = reason.targets.iter().filter_map(Target::node_of_port).collect();
    let code = format!(" [{}]", reason.answer.rule.code());
    if nodes.is_empty() {
        format!("{from}, {ports}: {expected}{when}: {rule}{code}")
    } else {
        // Its rules decide there, and not those of the node that dials.
        format!("{from}, at the node port of {} ({ports}): {expected} by the rules there{when}: {rule}{code}", distinct(nodes))
    }
}

fn distinct(mut nodes: Vec<&str>) -> String {
    nodes.dedup();
    words::short_list(&nodes, NAMED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vantages_are_told_by_node() {
        let all = |of: &[(&str, Network)]| -> Vec<Vantage> {
            of.iter().map(|(node, network)| Vantage { node: (*node).into(), network: *network }).collect()
        };
        let (pod, host) = (Network::Pod, Network::Host);
        for (of, expected) in [
            (all(&[("a", pod)]), "a (pod)"),
            (all(&[("a", pod), ("a", host), ("b", pod), ("b", host)]), "a and b (pod and host)"),
            (all(&[("a", pod), ("b", pod), ("b", host), ("c", host)]), "b (pod and host), a (pod), c (host)"),
            (all(&[("a", host), ("b", host), ("c", host), ("d", host)]), "a, b and 2 more (host)"),
        ] {
            assert_eq!(vantages(&of), expected);
        }
    }
}
