//! The words for risks.

use super::names;
use crate::risks::{EndpointCount, Risk, ratio, skew};
use crate::words;

/// Shares that a sentence names.
const SHARES: usize = 3;

pub(crate) fn risk(risk: &Risk) -> String {
    match risk {
        Risk::UnevenLoad { nodes } => uneven_load(nodes),
        Risk::LastEndpointOfNode { nodes } => format!(
            "{} has one endpoint{}: while a rollout or an eviction replaces it, connections that the load balancer still sends there are \
             dropped",
            names(nodes),
            if nodes.len() == 1 { "" } else { " each" }
        ),
        Risk::DetectsStrangers { node } => format!(
            "kube-proxy's clusterCIDR covers the nodes' own addresses ({node}): it counts machines of that network as pods, and treats \
             clients outside the cluster as if they were inside"
        ),
    }
}

/// What can be done about it.
pub(crate) const fn advice(risk: &Risk) -> &'static str {
    match risk {
        Risk::UnevenLoad { .. } => {
            "spread the pods evenly: podAntiAffinity or topologySpreadConstraints with kubernetes.io/hostname, or weights by the number of \
             pods at the load balancer"
        }
        Risk::LastEndpointOfNode { .. } => {
            "two pods on each such node, maxUnavailable 0, and a preStop that outlasts the load balancer's health check"
        }
        Risk::DetectsStrangers { .. } => "give kube-proxy a clusterCIDR with the pods' addresses only, or detectLocalMode NodeCIDR",
    }
}

fn uneven_load(nodes: &[EndpointCount]) -> String {
    let share = |EndpointCount { node, endpoints }: &EndpointCount| {
        format!("{} % for each of {} on {node}", percent(nodes.len() * endpoints), words::count(*endpoints, "pod"))
    };
    let shares: Vec<_> = nodes.iter().map(share).collect();
    format!(
        "a load balancer that spreads evenly over nodes gives {}: up to {:.1} times as much to one pod as to another",
        words::short_list(&shares, SHARES),
        skew(nodes).unwrap_or(1.0)
    )
}

/// The share of one of so many equal parts.
fn percent(parts: usize) -> String {
    let share = ratio(100, parts);
    if share >= 10.0 { format!("{share:.0}") } else { format!("{share:.1}") }
}
