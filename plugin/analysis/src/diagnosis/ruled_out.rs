//! What is not the cause, and what shows it: half of a diagnosis at night is not to look there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::contrast::{Contrast, names};
use super::{Cause, CauseKind};
use crate::documents;
use crate::facts::TrafficPolicy;
use crate::plan::{Network, TargetKind};

/// What rules a cause out. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are what the variants say they are of")]
pub enum Proof {
    /// So many endpoints are ready.
    ReadyEndpoints { number: usize },
    /// These nodes reach endpoints on other nodes at their own addresses.
    OtherNodesReached { nodes: Vec<String> },
    /// The same pods reach the ClusterIP.
    PodsReachClusterIp,
    /// The Service's name resolves and answers.
    NameAnswers,
    /// The policy is Cluster.
    PolicyIsCluster,
    /// Nodes with an endpoint fail too.
    FailsBesideEndpoints { nodes: Vec<String> },
    /// Nodes without an endpoint fail.
    FailsWithoutEndpoint { nodes: Vec<String> },
    /// kube-proxy on so many nodes is healthy, and has no change waiting.
    KubeProxyHealthy { nodes: usize },
    /// kube-proxy counts the endpoints that EndpointSlices have.
    CountsMatch,
}

/// A cause that is ruled out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuledOut {
    /// Which one.
    pub kind: CauseKind,
    /// What shows it.
    #[serde(flatten, with = "documents::proof")]
    pub proof: Proof,
}

/// The causes that what was seen speaks against, but for those that were found all the same.
pub(super) fn list(contrast: &Contrast<'_>, found: &[Cause]) -> Vec<RuledOut> {
    let all = [
        (CauseKind::NoEndpoints, no_endpoints(contrast)),
        (CauseKind::BetweenNodes, between_nodes(contrast)),
        (CauseKind::NetworkPolicy, network_policy(contrast)),
        (CauseKind::ClusterDns, cluster_dns(contrast)),
        (CauseKind::LocalPolicyWithoutLocalEndpoint, local_policy(contrast)),
        (CauseKind::Loopback, loopback(contrast)),
        (CauseKind::StaleRules, stale_rules(contrast)),
        (CauseKind::NodeNameDiffers, node_name(contrast)),
    ];
    let is_found = |kind: CauseKind| found.iter().any(|cause| cause.kind() == kind);
    let known = all.into_iter().filter(|(kind, _)| !is_found(*kind));
    known.filter_map(|(kind, proof)| Some(RuledOut { kind, proof: proof? })).collect()
}

fn no_endpoints(contrast: &Contrast<'_>) -> Option<Proof> {
    let ready = contrast.facts.ready_endpoints();
    (ready > 0).then_some(Proof::ReadyEndpoints { number: ready })
}

fn between_nodes(contrast: &Contrast<'_>) -> Option<Proof> {
    let crossing = contrast.matrix.checks().filter(|(vantage, target, state)| {
        state.is_connected() && matches!(&target.kind, TargetKind::Endpoint { node, .. } if *node != vantage.node)
    });
    let nodes: BTreeSet<_> = crossing.map(|(vantage, _, _)| vantage.node.as_str()).collect();
    (!nodes.is_empty()).then(|| Proof::OtherNodesReached { nodes: names(&nodes) })
}

fn network_policy(contrast: &Contrast<'_>) -> Option<Proof> {
    let pods = contrast.reaching(Network::Pod, |target| target.kind.is_cluster_ip());
    (!pods.is_empty() && contrast.cluster_ip_failing_nodes(Network::Pod).is_empty()).then_some(Proof::PodsReachClusterIp)
}

fn cluster_dns(contrast: &Contrast<'_>) -> Option<Proof> {
    let names = contrast.reaching(Network::Pod, |target| target.kind == TargetKind::DnsName);
    let failing = contrast.failing_at(Network::Pod, |target| target.kind == TargetKind::DnsName);
    (!names.is_empty() && failing.is_empty()).then_some(Proof::NameAnswers)
}

fn local_policy(contrast: &Contrast<'_>) -> Option<Proof> {
    let failing = contrast.failing_from_any_network();
    let beside: BTreeSet<_> = &failing & &contrast.facts.serving_nodes();
    match contrast.facts.service.external_traffic_policy {
        _ if failing.is_empty() => None,
        TrafficPolicy::Cluster => Some(Proof::PolicyIsCluster),
        TrafficPolicy::Local if !beside.is_empty() => Some(Proof::FailsBesideEndpoints { nodes: names(&beside) }),
        TrafficPolicy::Local => None,
    }
}

fn loopback(contrast: &Contrast<'_>) -> Option<Proof> {
    let failing = contrast.failing_from_any_network();
    let without: BTreeSet<_> = &failing - &contrast.facts.serving_nodes();
    (!without.is_empty()).then(|| Proof::FailsWithoutEndpoint { nodes: names(&without) })
}

fn stale_rules(contrast: &Contrast<'_>) -> Option<Proof> {
    let asked = contrast.facts.kube_proxy.processes.values().filter(|process| process.healthy.is_some()).count();
    (asked > 0 && contrast.stale_nodes().is_empty()).then_some(Proof::KubeProxyHealthy { nodes: asked })
}

fn node_name(contrast: &Contrast<'_>) -> Option<Proof> {
    let counts = contrast.facts.endpoints_by_node();
    let asked: Vec<_> =
        contrast.facts.kube_proxy.processes.iter().filter_map(|(node, process)| Some((node.as_str(), process.local_endpoints?))).collect();
    let agrees = |(node, counted): &(&str, u32)| (*counted > 0) == counts.contains_key(node);
    (!asked.is_empty() && asked.iter().all(agrees)).then_some(Proof::CountsMatch)
}
