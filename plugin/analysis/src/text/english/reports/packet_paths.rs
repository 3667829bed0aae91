//! The way of a packet, station by station.

use super::targets;
use crate::facts::Facts;
use crate::kube_proxy::{Answer, Expected, Reach, ServiceProxy, Source};
use crate::plan::Network;
use crate::results::PacketPath;
use crate::text::english::{findings, rules};
use crate::text::reports::{PacketPathInWords, Station};
use crate::words;

/// Nodes that a station names.
const NODES: usize = 3;

pub(crate) fn packet_path(path: &PacketPath<'_>, facts: &Facts) -> PacketPathInWords {
    let dialled = format!("{}:{}", targets::in_cell(&path.target.kind), path.target.dialled_port.unwrap_or(path.target.port));
    let client = match path.vantage.network {
        Network::Pod => format!("a pod on {}", path.vantage.node),
        Network::Host => format!("{} itself", path.vantage.node),
    };
    PacketPathInWords {
        heading: format!("{} to {dialled}: {}", path.vantage, path.seen),
        stations: [Station { title: client, lines: vec![format!("dials {dialled}")] }, rules_of(path), end(path, facts)],
        ends: match path.answer.map(|answer| answer.expected) {
            Some(Expected::NotIntercepted) => format!("passed on: {}", path.seen),
            Some(Expected::Lost) => format!("the reply is lost: {}", path.seen),
            _ => path.seen.to_string(),
        },
    }
}

/// Whose rules decide, and by which one.
fn rules_of(path: &PacketPath<'_>) -> Station {
    let node = path.target.node_of_port().unwrap_or(&path.vantage.node);
    match path.answer {
        Some(Answer { rule, .. }) if rule.service_proxy() == ServiceProxy::LoadBalancer => {
            Station { title: "the load balancer".into(), lines: vec![rules::rule(*rule).into()] }
        }
        Some(Answer { rule, .. }) => Station {
            title: format!("{} on {node}", findings::service_proxy(rule.service_proxy())),
            lines: vec![rules::rule(*rule).into()],
        },
        None => Station { title: format!("the rules on {node}"), lines: vec!["No rule known to this tool explains this result.".into()] },
    }
}

/// Where it ends, or would have.
fn end(path: &PacketPath<'_>, facts: &Facts) -> Station {
    let nodes: Vec<_> = facts.endpoint_nodes().into_iter().collect();
    let on = if nodes.is_empty() { "no node".to_owned() } else { words::short_list(&nodes, NODES) };
    let endpoints = |lines: Vec<String>| Station { title: "the Service's endpoints".into(), lines };
    match path.answer.map(|answer| answer.expected) {
        Some(Expected::Reached { endpoints: reach, source }) => {
            let which = match reach {
                Reach::Any => format!("any of them, on {on}"),
                Reach::Hinted => format!("only those that topology hints assign to this node or zone; all are on {on}"),
                Reach::Local => "one on the node itself".to_owned(),
            };
            let seen = match source {
                Source::Client => "see the client's own address",
                Source::Node => "see a node's address",
                Source::LoadBalancer => "see the load balancer's address",
            };
            endpoints(vec![which, seen.into()])
        }
        Some(Expected::NotIntercepted) => {
            Station { title: "outside the node".into(), lines: vec!["the load balancer, as for clients outside".into()] }
        }
        Some(Expected::LocalListener) => Station {
            title: "the node's own port".into(),
            lines: vec!["whatever listens there on all addresses; else it is refused".into()],
        },
        Some(Expected::Lost) => endpoints(vec![format!("on {on}"), "their reply does not come back".into()]),
        Some(Expected::Refused | Expected::Dropped) => endpoints(vec![format!("on {on}"), "never reached".into()]),
        None => endpoints(vec![format!("on {on}")]),
    }
}
