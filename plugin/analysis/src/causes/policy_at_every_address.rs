//! A service proxy other than kube-proxy that takes externalTrafficPolicy Local to hold at the ClusterIP too, as kube-router
//! before 2.1 (kube-router issue 818): a node without endpoint fails at every address, and the DNS name is no way out.

use super::evidence::{EndpointState, Evidence};
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::facts::{NetworkPlugin, TrafficPolicy, Version};
use crate::kube_proxy::ServiceProxy;
use crate::plan::{Network, TargetKind};
use crate::remedies;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let facts = symptoms.facts;
    let (external, internal) = (facts.service.external_traffic_policy, facts.service.internal_traffic_policy);
    if external != TrafficPolicy::Local || internal != TrafficPolicy::Cluster {
        return None;
    }
    let is_kube_router = facts.network_plugin(None) == Some(NetworkPlugin::KubeRouterServiceProxy);
    if !is_kube_router && facts.kube_proxy.is_seen() {
        return None;
    }
    let with_endpoint = symptoms.nodes_with_endpoint();
    let fails_so = |network: &Network| {
        let (failing, measured) = (symptoms.failing_nodes(*network), symptoms.measured_nodes(*network));
        let without = &measured - &with_endpoint;
        let reaching = symptoms.reaching(*network, |target| target.kind == TargetKind::DnsName);
        !without.is_empty()
            && reaching.is_disjoint(&without)
            && failing == without
            && symptoms.cluster_ip_failing_nodes(*network) == without
            && measured.len() > without.len()
    };
    let networks = symptoms.failing_networks();
    if networks.is_empty() || !networks.iter().all(fails_so) {
        return None;
    }
    let mut evidence = vec![Evidence::EndpointsOnlyOn { state: EndpointState::Ready, nodes: names(&with_endpoint), ports: Vec::new() }];
    for network in &networks {
        evidence.extend(symptoms.failures(*network).into_iter().map(Evidence::Fails));
        evidence.push(Evidence::FailsAtClusterIp { network: *network, nodes: names(&symptoms.cluster_ip_failing_nodes(*network)) });
        evidence.push(Evidence::Reaches { network: *network, nodes: names(&symptoms.working_nodes(*network)) });
    }
    let release = facts.pod_network.value().and_then(|network| network.release).filter(|_| is_kube_router);
    // From 2.1 on it does not do that: then it is something else.
    let is_old = release.map(|release| release < Version { major: 2, minor: 1, patch: 0 });
    Some(Cause {
        finding: Finding::PolicyAtEveryAddress { by: (is_kube_router && is_old != Some(false)).then_some(ServiceProxy::KubeRouter) },
        confidence: if is_old == Some(true) { Confidence::Confirmed } else { Confidence::Likely },
        evidence,
        fixes: remedies::for_policy_at_every_address(facts),
    })
}
