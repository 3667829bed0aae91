//! What is not the cause, and what shows it: half of a diagnosis at night is not to look there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::causes::{Cause, CauseKind, Symptoms, names};
use crate::document_form;
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
    #[serde(flatten, with = "document_form")]
    pub proof: Proof,
}

/// The causes that what was seen speaks against, but for those that were found all the same.
pub(super) fn list(symptoms: &Symptoms<'_>, found: &[Cause]) -> Vec<RuledOut> {
    let all = [
        (CauseKind::NoEndpoints, no_endpoints(symptoms)),
        (CauseKind::BetweenNodes, between_nodes(symptoms)),
        (CauseKind::NetworkPolicy, network_policy(symptoms)),
        (CauseKind::ClusterDns, cluster_dns(symptoms)),
        (CauseKind::LocalPolicyWithoutLocalEndpoint, local_policy(symptoms)),
        (CauseKind::Loopback, loopback(symptoms)),
        (CauseKind::StaleRules, stale_rules(symptoms)),
        (CauseKind::NodeNameDiffers, node_name(symptoms)),
    ];
    let is_found = |kind: CauseKind| found.iter().any(|cause| cause.kind() == kind);
    // What plain pods show holds for one with policies and a hosts file of its own only where it fails as they do.
    let may_be_of_pod = |kind: CauseKind| is_found(CauseKind::NamedPod) && matches!(kind, CauseKind::NetworkPolicy | CauseKind::ClusterDns);
    let known = all.into_iter().filter(|(kind, _)| !is_found(*kind) && !may_be_of_pod(*kind));
    known.filter_map(|(kind, proof)| Some(RuledOut { kind, proof: proof? })).collect()
}

fn no_endpoints(symptoms: &Symptoms<'_>) -> Option<Proof> {
    let ready = symptoms.facts.ready_endpoints();
    let all_ports = symptoms.facts.ports_without_endpoint().next().is_none();
    (ready > 0 && all_ports).then_some(Proof::ReadyEndpoints { number: ready })
}

fn between_nodes(symptoms: &Symptoms<'_>) -> Option<Proof> {
    let crossing = symptoms
        .matrix
        .checks()
        .filter(|(vantage, target, state)| state.is_connected() && target.kind.endpoint_node().is_some_and(|node| node != vantage.node));
    let nodes: BTreeSet<_> = crossing.map(|(vantage, _, _)| vantage.node.as_str()).collect();
    (!nodes.is_empty()).then(|| Proof::OtherNodesReached { nodes: names(&nodes) })
}

fn network_policy(symptoms: &Symptoms<'_>) -> Option<Proof> {
    let pods = symptoms.reaching(Network::Pod, |target| target.kind.is_cluster_ip());
    (!pods.is_empty() && symptoms.cluster_ip_failing_nodes(Network::Pod).is_empty()).then_some(Proof::PodsReachClusterIp)
}

fn cluster_dns(symptoms: &Symptoms<'_>) -> Option<Proof> {
    let names = symptoms.reaching(Network::Pod, |target| target.kind == TargetKind::DnsName);
    let failing = symptoms.failing_at(Network::Pod, |target| target.kind == TargetKind::DnsName);
    (!names.is_empty() && failing.is_empty()).then_some(Proof::NameAnswers)
}

fn local_policy(symptoms: &Symptoms<'_>) -> Option<Proof> {
    let failing = symptoms.failing_from_any_network();
    let beside: BTreeSet<_> = &failing & &symptoms.facts.serving_nodes();
    match symptoms.facts.service.external_traffic_policy {
        _ if failing.is_empty() => None,
        TrafficPolicy::Cluster => Some(Proof::PolicyIsCluster),
        TrafficPolicy::Local if !beside.is_empty() => Some(Proof::FailsBesideEndpoints { nodes: names(&beside) }),
        TrafficPolicy::Local => None,
    }
}

fn loopback(symptoms: &Symptoms<'_>) -> Option<Proof> {
    let failing = symptoms.failing_from_any_network();
    let without: BTreeSet<_> = &failing - &symptoms.facts.serving_nodes();
    (!without.is_empty()).then(|| Proof::FailsWithoutEndpoint { nodes: names(&without) })
}

fn stale_rules(symptoms: &Symptoms<'_>) -> Option<Proof> {
    let asked = symptoms.facts.kube_proxy.processes.values().filter(|process| process.healthy.is_some()).count();
    (asked > 0 && symptoms.stale_nodes().is_empty()).then_some(Proof::KubeProxyHealthy { nodes: asked })
}

fn node_name(symptoms: &Symptoms<'_>) -> Option<Proof> {
    let counts = symptoms.facts.endpoints_by_node();
    let asked: Vec<_> =
        symptoms.facts.kube_proxy.processes.iter().filter_map(|(node, process)| Some((node.as_str(), process.local_endpoints?))).collect();
    let agrees = |(node, counted): &(&str, u32)| (*counted > 0) == counts.contains_key(node);
    (!asked.is_empty() && asked.iter().all(agrees)).then_some(Proof::CountsMatch)
}
