//! kube-proxy rewrites a pod's connection on its node, and an endpoint on the same node replies past the node: Cilium beside
//! kube-proxy delivers from pod to pod directly. Pods beside an endpoint fail at every address that kube-proxy translates
//! without masquerading, and the hosts of the same nodes do not (kubernetes issue 87263).

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::kube_proxy::Rule;
use crate::plan::Network;
use crate::remedies::{self, Fix, Remedy};

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let failing = symptoms.failing_nodes(Network::Pod);
    let reach_by_host = symptoms.working_nodes(Network::Host);
    let is_beside_endpoints = !failing.is_empty() && failing == symptoms.failing_beside_endpoint(Network::Pod);
    if symptoms.failing_networks() != [Network::Pod]
        || !is_beside_endpoints
        || !failing.is_subset(&symptoms.cluster_ip_reached_nodes(Network::Pod))
        || !may_bypass(symptoms)
    {
        return None;
    }
    let network = symptoms.facts.pod_network.value()?;
    let mut evidence: Vec<_> = symptoms.failures(Network::Pod).into_iter().map(Evidence::Fails).collect();
    let working = symptoms.working_nodes(Network::Pod);
    evidence.extend((!working.is_empty()).then(|| Evidence::Reaches { network: Network::Pod, nodes: names(&working) }));
    evidence.extend((!reach_by_host.is_empty()).then(|| Evidence::Reaches { network: Network::Host, nodes: names(&reach_by_host) }));
    evidence.push(Evidence::SameReachClusterIp { network: Network::Pod });
    let fixes = [remedies::service_name(&symptoms.facts.service), Remedy::CiliumReplacesKubeProxy].map(Fix::from).to_vec();
    Some(Cause { finding: Finding::ReplyBypassesNode { source: network.source.clone() }, confidence: Confidence::Likely, evidence, fixes })
}

/// Whether the model has it among what may become of such a connection.
fn may_bypass(symptoms: &Symptoms<'_>) -> bool {
    let mut checks = symptoms.prediction.checks(symptoms.matrix.plan).filter(|(_, target, _)| symptoms.is_at_load_balancer(target));
    checks.any(|(_, _, expectation)| expectation.answers().any(|answer| answer.rule == Rule::CiliumReplyBypassesNode))
}
