//! What works today and will not always: load that is uneven, rollouts that take the last endpoint of
//! a node away, nodes whose kube-proxies differ, ranges that overlap. No faults, and told beside them.

use serde::{Deserialize, Serialize};

use crate::facts::{DetectLocal, Facts, ServiceType, Slice, TrafficPolicy};
use crate::providers::{self, ClusterPrice, DataPath, NoBackend};

/// Who makes EndpointSlices of hand-written Endpoints, for Services without a selector.
const MIRRORING: &str = "endpointslicemirroring-controller.k8s.io";

/// Who makes those of Services with one.
const BY_SELECTOR: &str = "endpointslice-controller.k8s.io";

/// Shares that differ by less are even.
const EVEN: f64 = 1.1;

/// A risk. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Risk {
    /// A load balancer that spreads over nodes gives some pods more than others.
    UnevenLoad {
        /// Nodes with endpoints, and how many each has.
        nodes: Vec<EndpointCount>,
    },
    /// A node has one endpoint: while a rollout replaces it, the node has none.
    LastEndpointOfNode {
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// Nobody answers clients outside: the load balancer has no backend.
    NoBackendOutside {
        /// Why.
        why: NoBackend,
    },
    /// The endpoints belong to no node, and the load balancer may go by their nodes.
    EndpointsWithoutNode {
        /// How many there are.
        endpoints: usize,
    },
    /// EndpointSlices are left over: kube-proxy uses them, and nobody keeps them.
    LeftOverSlices {
        /// Those, with who made them.
        slices: Vec<Slice>,
        /// Whether the Service has a selector, whose controller keeps slices of its own.
        selector: bool,
    },
    /// kube-proxy takes addresses outside the pods' ranges for pods.
    DetectsStrangers {
        /// A node whose address is among them.
        node: String,
    },
}

/// How many endpoints a node has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointCount {
    /// The node.
    pub node: String,
    /// Its endpoints that get connections.
    pub endpoints: usize,
}

/// The risks that the facts show.
#[must_use]
pub fn list(facts: &Facts) -> Vec<Risk> {
    let has_load_balancer = facts.service.service_type == ServiceType::LoadBalancer;
    let is_local = has_load_balancer && facts.service.external_traffic_policy == TrafficPolicy::Local;
    let of_local = if is_local { [uneven_load(facts), last_endpoint(facts)] } else { [None, None] };
    let outside = providers::no_backend(facts).filter(|_| has_load_balancer).map(|why| Risk::NoBackendOutside { why });
    let of_endpoints = left_over(facts).into_iter().chain(without_node(facts).filter(|_| has_load_balancer));
    outside.into_iter().chain(of_endpoints).chain(of_local.into_iter().flatten()).chain(detects_strangers(facts)).collect()
}

/// Each node with an endpoint gets the same share, however many pods share it. A load balancer that
/// dials pods spreads over pods.
fn uneven_load(facts: &Facts) -> Option<Risk> {
    let pods = facts.endpoints_by_node();
    let nodes: Vec<_> = pods.iter().map(|(node, endpoints)| EndpointCount { node: (*node).to_owned(), endpoints: *endpoints }).collect();
    let is_even = skew(&nodes)? < EVEN;
    // Alibaba Cloud's controller weighs nodes by their pods, and who dials pods needs no weights.
    let spreads_over_nodes = providers::cluster_price(facts) != ClusterPrice::Nothing && !providers::alibaba::is_here(facts);
    (!is_even && spreads_over_nodes).then_some(Risk::UnevenLoad { nodes })
}

/// The controller of Services with a selector does not keep mirrored slices, nor the mirroring one those of selectors.
fn left_over(facts: &Facts) -> Option<Risk> {
    let selector = facts.service.has_selector?;
    let slices = left_over_slices(facts);
    (!slices.is_empty()).then_some(Risk::LeftOverSlices { slices, selector })
}

/// The EndpointSlices with used endpoints that nobody keeps.
pub(crate) fn left_over_slices(facts: &Facts) -> Vec<Slice> {
    let (Some(selector), Some(slices)) = (facts.service.has_selector, facts.slices.value()) else { return Vec::new() };
    let stranger = if selector { MIRRORING } else { BY_SELECTOR };
    let is_left_over = |slice: &&Slice| slice.managed_by.as_deref() == Some(stranger) && !slice.addresses.is_empty();
    slices.iter().filter(is_left_over).cloned().collect()
}

/// A load balancer in the cluster may announce an address from nodes of endpoints alone, whatever the policy.
fn without_node(facts: &Facts) -> Option<Risk> {
    let used: Vec<_> = facts.endpoints.iter().filter(|endpoint| endpoint.is_used()).collect();
    let all_lack_one = !used.is_empty() && used.iter().all(|endpoint| endpoint.node.is_none());
    let is_cluster = facts.service.external_traffic_policy == TrafficPolicy::Cluster;
    (all_lack_one && is_cluster && providers::data_path(facts) == DataPath::KubeProxy)
        .then(|| Risk::EndpointsWithoutNode { endpoints: facts.ready_endpoints() })
}

/// How many times as much a pod gets on the node with the fewest as on the one with the most; nothing without nodes.
#[must_use]
pub fn skew(nodes: &[EndpointCount]) -> Option<f64> {
    let numbers = || nodes.iter().map(|node| node.endpoints);
    Some(ratio(numbers().max()?, numbers().min()?))
}

/// The first number in units of the second.
#[expect(clippy::cast_precision_loss, reason = "numbers of pods are far below 2^52")]
#[must_use]
pub fn ratio(a: usize, b: usize) -> f64 {
    a as f64 / b.max(1) as f64
}

fn last_endpoint(facts: &Facts) -> Option<Risk> {
    let gets_connections = providers::takes_connections(facts);
    let single = facts.endpoints_by_node().into_iter().filter(|(node, number)| *number == 1 && gets_connections(node));
    let nodes: Vec<_> = single.map(|(node, _)| node.to_owned()).collect();
    (!nodes.is_empty()).then_some(Risk::LastEndpointOfNode { nodes })
}

/// Clients outside whose address lies in kube-proxy's range are taken for pods: they lose their
/// source address, or get other endpoints.
fn detects_strangers(facts: &Facts) -> Option<Risk> {
    let detection = facts.local_detection(None).filter(|detection| detection.mode == DetectLocal::ClusterCidr)?;
    let is_covered = |ip: &std::net::IpAddr| detection.cluster_cidrs.iter().any(|cidr| cidr.contains(ip));
    let node = facts.nodes.iter().find(|node| node.internal_ips.iter().any(is_covered))?;
    Some(Risk::DetectsStrangers { node: node.name.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Endpoint;
    use crate::kube_proxy::sample_facts;
    use crate::text::{self, Language};

    fn with_endpoints(nodes: &[&str]) -> Facts {
        let endpoints = (2..).zip(nodes).map(|(last, node)| Endpoint::ready([10, 244, 0, last].into(), node)).collect();
        Facts { endpoints, ..sample_facts() }
    }

    fn kinds(facts: &Facts) -> Vec<&'static str> {
        let kind = |risk: &Risk| match risk {
            Risk::UnevenLoad { .. } => "uneven",
            Risk::LastEndpointOfNode { .. } => "last",
            Risk::DetectsStrangers { .. } => "strangers",
            Risk::NoBackendOutside { .. } => "outside",
            Risk::LeftOverSlices { .. } => "slices",
            Risk::EndpointsWithoutNode { .. } => "nodeless",
        };
        list(facts).iter().map(kind).collect()
    }

    #[test]
    fn pods_of_a_node_share_what_the_node_gets() {
        let facts = with_endpoints(&["node1", "node2", "node2"]);
        let risks = list(&facts);
        assert_eq!(kinds(&facts), ["uneven", "last"]);
        let summary = text::risk(&risks[0], Language::English);
        assert!(summary.contains("50 % for each of 1 pod on node1 and 25 % for each of 2 pods on node2"), "{summary}");
        assert!(summary.contains("2.0 times"), "{summary}");
        assert_eq!(kinds(&with_endpoints(&["node1", "node1", "node2", "node2"])), [""; 0]);
    }

    #[test]
    fn policy_cluster_and_eni_backends_spread_evenly() {
        let mut facts = with_endpoints(&["node1", "node2", "node2"]);
        facts.service.annotations.insert(crate::providers::BACKEND_TYPE.into(), "eni".into());
        assert_eq!(kinds(&facts), ["last"]);
        facts.service.external_traffic_policy = TrafficPolicy::Cluster;
        assert_eq!(kinds(&facts), [""; 0]);
    }

    #[test]
    fn a_range_that_covers_the_nodes_is_told() {
        let mut facts = with_endpoints(&["node1", "node1"]);
        assert_eq!(kinds(&facts), [""; 0]);
        facts.nodes[0].internal_ips = vec![[10, 99, 0, 7].into()];
        assert_eq!(kinds(&facts), ["strangers"]);
    }
}
