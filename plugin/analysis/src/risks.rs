//! What works today and will not always: load that is uneven, rollouts that take the last endpoint of
//! a node away, nodes whose kube-proxies differ, ranges that overlap. No faults, and told beside them.

use serde::{Deserialize, Serialize};

use crate::facts::{DetectLocal, Facts, TrafficPolicy};
use crate::words;

/// Nodes that a sentence names.
const NAMED: usize = 3;

/// Shares that differ by less are even.
const EVEN: f64 = 1.1;

/// A risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    /// Which one, for machines.
    pub kind: RiskKind,
    /// In a sentence or two.
    pub summary: String,
    /// What can be done.
    pub advice: String,
}

/// The risks that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RiskKind {
    /// A load balancer that spreads over nodes gives some pods more than others.
    UnevenLoad,
    /// A node has one endpoint: while a rollout replaces it, the node has none.
    LastEndpointOfNode,
    /// kube-proxy takes addresses outside the pods' ranges for pods.
    DetectsStrangers,
}

/// The risks that the facts show.
#[must_use]
pub fn list(facts: &Facts) -> Vec<Risk> {
    let is_local = facts.service.external_traffic_policy == TrafficPolicy::Local;
    let of_local = if is_local { [uneven_load(facts), last_endpoint(facts)] } else { [None, None] };
    of_local.into_iter().flatten().chain(detects_strangers(facts)).collect()
}

/// Each node with an endpoint gets the same share, however many pods share it. A load balancer that
/// dials pods spreads over pods.
fn uneven_load(facts: &Facts) -> Option<Risk> {
    let pods = facts.endpoints_by_node();
    let (most, fewest) = (*pods.values().max()?, *pods.values().min()?);
    let skew = ratio(most, fewest);
    if skew < EVEN || facts.service.has_eni_backends() {
        return None;
    }
    let share = |(node, number): (&&str, &usize)| {
        format!("{} % for each of {} on {node}", percent(pods.len() * number), words::count(*number, "pod"))
    };
    let shares: Vec<_> = pods.iter().map(share).collect();
    Some(Risk {
        kind: RiskKind::UnevenLoad,
        summary: format!(
            "a load balancer that spreads evenly over nodes gives {}: up to {skew:.1} times as much to one pod as to another",
            words::short_list(&shares, NAMED)
        ),
        advice: "spread the pods evenly: podAntiAffinity or topologySpreadConstraints with kubernetes.io/hostname, or weights by the number of pods at the load balancer".into(),
    })
}

/// The share of one of so many equal parts.
fn percent(parts: usize) -> String {
    let share = ratio(100, parts);
    if share >= 10.0 { format!("{share:.0}") } else { format!("{share:.1}") }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of pods are far below 2^52")]
fn ratio(a: usize, b: usize) -> f64 {
    a as f64 / b.max(1) as f64
}

fn last_endpoint(facts: &Facts) -> Option<Risk> {
    let single: Vec<_> = facts.endpoints_by_node().into_iter().filter(|(_, number)| *number == 1).map(|(node, _)| node).collect();
    (!single.is_empty()).then(|| Risk {
        kind: RiskKind::LastEndpointOfNode,
        summary: format!(
            "{} has one endpoint{}: while a rollout or an eviction replaces it, connections that the load balancer still sends there are dropped",
            words::short_list(&single, NAMED),
            if single.len() == 1 { "" } else { " each" }
        ),
        advice: "two pods on each such node, maxUnavailable 0, and a preStop that outlasts the load balancer's health check".into(),
    })
}

/// Clients outside whose address lies in kube-proxy's range are taken for pods: they lose their
/// source address, or get other endpoints.
fn detects_strangers(facts: &Facts) -> Option<Risk> {
    let detection = facts.local_detection(None).filter(|detection| detection.mode == DetectLocal::ClusterCidr)?;
    let is_covered = |ip: &std::net::IpAddr| detection.cluster_cidrs.iter().any(|cidr| cidr.contains(ip));
    let node = facts.nodes.iter().find(|node| node.internal_ips.iter().any(is_covered))?;
    Some(Risk {
        kind: RiskKind::DetectsStrangers,
        summary: format!(
            "kube-proxy's clusterCIDR covers the nodes' own addresses ({}): it counts machines of that network as pods, and treats clients outside the cluster as if they were inside",
            node.name
        ),
        advice: "give kube-proxy a clusterCIDR with the pods' addresses only, or detectLocalMode NodeCIDR".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Endpoint;
    use crate::model::sample_facts;

    fn with_endpoints(nodes: &[&str]) -> Facts {
        let endpoints = (2..).zip(nodes).map(|(last, node)| Endpoint::ready([10, 244, 0, last].into(), node)).collect();
        Facts { endpoints, ..sample_facts() }
    }

    fn kinds(facts: &Facts) -> Vec<RiskKind> {
        list(facts).iter().map(|risk| risk.kind).collect()
    }

    #[test]
    fn pods_of_a_node_share_what_the_node_gets() {
        let facts = with_endpoints(&["node1", "node2", "node2"]);
        let risks = list(&facts);
        assert_eq!(kinds(&facts), [RiskKind::UnevenLoad, RiskKind::LastEndpointOfNode]);
        let summary = &risks[0].summary;
        assert!(summary.contains("50 % for each of 1 pod on node1 and 25 % for each of 2 pods on node2"), "{summary}");
        assert!(summary.contains("2.0 times"), "{summary}");
        assert_eq!(kinds(&with_endpoints(&["node1", "node1", "node2", "node2"])), []);
    }

    #[test]
    fn policy_cluster_and_eni_backends_spread_evenly() {
        let mut facts = with_endpoints(&["node1", "node2", "node2"]);
        facts.service.annotations.insert(crate::facts::BACKEND_TYPE.into(), "eni".into());
        assert_eq!(kinds(&facts), [RiskKind::LastEndpointOfNode]);
        facts.service.external_traffic_policy = TrafficPolicy::Cluster;
        assert_eq!(kinds(&facts), []);
    }

    #[test]
    fn a_range_that_covers_the_nodes_is_told() {
        let mut facts = with_endpoints(&["node1", "node1"]);
        assert_eq!(kinds(&facts), []);
        facts.nodes[0].internal_ips = vec![[10, 99, 0, 7].into()];
        assert_eq!(kinds(&facts), [RiskKind::DetectsStrangers]);
    }
}
