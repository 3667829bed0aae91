//! The words for what could explain a contradiction.

use super::{names, transport_ports};
use crate::prediction::PossibleReason;

pub(crate) fn possible_reason(reason: &PossibleReason) -> String {
    match reason {
        PossibleReason::NobodyListens { ports } => {
            format!("the endpoints, which refuse {} themselves: kube-proxy forwards to them correctly", transport_ports(ports))
        }
        PossibleReason::StaleRules { nodes } => format!("kube-proxy on {} fails to write its rules", names(nodes)),
        PossibleReason::EndpointsChanged { nodes } => {
            format!("endpoints that came or went: kube-proxy on {} counted others after the checks than before; run it again", names(nodes))
        }
        PossibleReason::DrainedServers { nodes } => format!("ipvs on {} keeps ready endpoints without weight", names(nodes)),
        PossibleReason::RefusalRateLimited { nodes } => format!(
            "a refusal that was never sent: {} held some back, as the kernel limits their rate (icmp_ratelimit); try fewer ports with --port",
            names(nodes)
        ),
        PossibleReason::ModeNotAsked { nodes } => format!(
            "kube-proxy on {} could not be asked for its mode: it may differ from its configuration, or another program may have taken \
             its place",
            names(nodes)
        ),
        PossibleReason::NetworkPolicy => "a NetworkPolicy that selects the probe's pods".into(),
        PossibleReason::PodNetworkNotKnown { reason } => {
            format!("a pod network that bypasses kube-proxy (which one is not known: {reason})")
        }
        PossibleReason::PodNetwork { source } => format!("the pod network's own handling of Services ({source})"),
        PossibleReason::FirewallBetweenNodes => "a firewall or security group between nodes".into(),
        PossibleReason::Other => "rules of another program on the node, or endpoints that changed during the run".into(),
    }
}
