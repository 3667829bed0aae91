//! What is not the cause, and what shows it: half of a diagnosis at night is not to look there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::contrast::{Contrast, names};
use super::{Cause, CauseKind};
use crate::facts::TrafficPolicy;
use crate::plan::{Network, TargetKind};
use crate::words;

/// A cause that is not it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuledOut {
    /// Which one.
    pub kind: CauseKind,
    /// What shows it.
    pub because: String,
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
    let is_found = |kind: CauseKind| found.iter().any(|cause| cause.kind == kind);
    let known = all.into_iter().filter(|(kind, _)| !is_found(*kind));
    known.filter_map(|(kind, because)| Some(RuledOut { kind, because: because? })).collect()
}

fn no_endpoints(contrast: &Contrast<'_>) -> Option<String> {
    let ready = contrast.facts.ready_endpoints();
    (ready > 0).then(|| format!("missing endpoints: the EndpointSlices have {}", words::count(ready, "ready endpoint")))
}

fn between_nodes(contrast: &Contrast<'_>) -> Option<String> {
    let crossing = contrast.matrix.checks().filter(|(vantage, target, state)| {
        state.is_connected() && matches!(&target.kind, TargetKind::Endpoint { node, .. } if *node != vantage.node)
    });
    let nodes: BTreeSet<_> = crossing.map(|(vantage, _, _)| vantage.node.as_str()).collect();
    (!nodes.is_empty())
        .then(|| format!("the network between nodes: {} reach endpoints on another node at their own address", names(&nodes)))
}

fn network_policy(contrast: &Contrast<'_>) -> Option<String> {
    let pods = contrast.reaching(Network::Pod, |target| target.kind.is_cluster_ip());
    (!pods.is_empty() && contrast.cluster_ip_failing_nodes(Network::Pod).is_empty())
        .then(|| "a NetworkPolicy: the same pods reach the endpoints by the ClusterIP".into())
}

fn cluster_dns(contrast: &Contrast<'_>) -> Option<String> {
    let names = contrast.reaching(Network::Pod, |target| target.kind == TargetKind::DnsName);
    let failing = contrast.failing_at(Network::Pod, |target| target.kind == TargetKind::DnsName);
    (!names.is_empty() && failing.is_empty()).then(|| "the cluster's DNS: the Service's name resolves and answers".into())
}

fn local_policy(contrast: &Contrast<'_>) -> Option<String> {
    let failing = contrast.failing_from_any_network();
    let beside: BTreeSet<_> = &failing & &contrast.facts.serving_nodes();
    match contrast.facts.service.external_traffic_policy {
        _ if failing.is_empty() => None,
        TrafficPolicy::Cluster => Some("externalTrafficPolicy Local: the policy is Cluster".into()),
        TrafficPolicy::Local if !beside.is_empty() => {
            Some(format!("externalTrafficPolicy Local as the only cause: nodes with an endpoint fail too, {}", names(&beside)))
        }
        TrafficPolicy::Local => None,
    }
}

fn loopback(contrast: &Contrast<'_>) -> Option<String> {
    let failing = contrast.failing_from_any_network();
    let without: BTreeSet<_> = &failing - &contrast.facts.serving_nodes();
    (!without.is_empty()).then(|| format!("a load balancer's loopback: it fails without an endpoint, on {}", names(&without)))
}

fn stale_rules(contrast: &Contrast<'_>) -> Option<String> {
    let asked = contrast.facts.kube_proxy.processes.values().filter(|process| process.healthy.is_some()).count();
    (asked > 0 && contrast.stale_nodes().is_empty()).then(|| {
        format!("a kube-proxy that fails to write its rules: healthy on {}, and no change is waiting", words::count(asked, "node"))
    })
}

fn node_name(contrast: &Contrast<'_>) -> Option<String> {
    let counts = contrast.facts.endpoints_by_node();
    let asked: Vec<_> =
        contrast.facts.kube_proxy.processes.iter().filter_map(|(node, process)| Some((node.as_str(), process.local_endpoints?))).collect();
    let agrees = |(node, counted): &(&str, u32)| (*counted > 0) == counts.contains_key(node);
    (!asked.is_empty() && asked.iter().all(agrees))
        .then(|| "a kube-proxy under another node name: its own count of local endpoints matches the EndpointSlices".into())
}
