//! NetworkPolicies, held against what the probe's own pods saw.

use std::net::IpAddr;

use super::Uncovered;
use crate::facts::{Facts, PolicyConcern, PolicyEnforcement};
use crate::observations::{CheckState, Matrix};
use crate::plan::Network;

/// NetworkPolicies that may hold back clients of the Service. Whether policies of another kind admit more, and whether the pods are on the
/// host network, where none holds, is not looked at: none of them is certain.
pub(super) fn holding_back(facts: &Facts) -> Option<Uncovered> {
    let policies = facts.service_policies.clone();
    let are_enforced = facts.policy_enforcement() == PolicyEnforcement::Always;
    (!policies.is_empty()).then_some(Uncovered::NetworkPolicies { policies, are_enforced })
}

/// Policies that select the probe's pods and let none of theirs through to the Service's, where a probe got through. Flannel
/// enforces none: there the policy holds nobody back, and what was measured is what pods get. k3s enforces them beside Flannel.
/// Nodes whose own host is an endpoint say nothing: policies let pods connect to their node.
#[must_use]
pub(crate) fn policies_not_enforced(facts: &Facts, matrix: &Matrix<'_>) -> Option<Uncovered> {
    if facts.policy_enforcement() == PolicyEnforcement::Never {
        return None;
    }
    let is_endpoint = |address: &IpAddr| facts.endpoints.iter().any(|endpoint| endpoint.addresses.contains(address));
    let serves_by_host = |name: &str| facts.nodes.iter().any(|node| node.name == name && node.internal_ips.iter().any(is_endpoint));
    let limiting = facts.pod_policies.value().into_iter().flatten().filter(|policy| policy.limits_egress);
    let stops = |namespace: &str, name: &str| {
        let mut concerns = facts.service_policies.iter().filter(|policy| policy.namespace == namespace && policy.name == name);
        concerns.any(|policy| policy.concern == PolicyConcern::StopsEgress)
    };
    let stopping = limiting.filter(|policy| stops(&policy.namespace, &policy.name));
    let policies: Vec<_> = stopping.map(|policy| format!("{}/{}", policy.namespace, policy.name)).collect();
    let mut pods = matrix
        .cells()
        .filter(|cell| cell.vantage.network == Network::Pod && cell.state == CheckState::Reached)
        .filter(|cell| !serves_by_host(&cell.vantage.node));
    let gets_through = pods.any(|cell| cell.target.kind.is_endpoint() || cell.target.kind.is_cluster_ip());
    (gets_through && !policies.is_empty()).then_some(Uncovered::PoliciesNotEnforced { policies, wait_ms: matrix.plan.wait_ms })
}
