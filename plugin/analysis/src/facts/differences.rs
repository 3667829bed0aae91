//! What of a Service and its endpoints is not what it was, as far as it decides who reaches it. Pure.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Endpoint, EndpointPort, Ingress, IpMode, Service, TrafficPolicy};

/// One thing that differs. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "what was, and what is")]
pub enum ServiceChange {
    /// externalTrafficPolicy.
    ExternalTrafficPolicy { from: TrafficPolicy, to: TrafficPolicy },
    /// internalTrafficPolicy.
    InternalTrafficPolicy { from: TrafficPolicy, to: TrafficPolicy },
    /// The ClusterIPs.
    ClusterIps { from: Vec<IpAddr>, to: Vec<IpAddr> },
    /// Addresses and names in the status.
    LoadBalancer { from: Vec<Address>, to: Vec<Address> },
    /// externalIPs.
    ExternalIps { from: Vec<IpAddr>, to: Vec<IpAddr> },
    /// loadBalancerSourceRanges.
    SourceRanges { from: Vec<IpNet>, to: Vec<IpNet> },
    /// The healthCheckNodePort is another one under the same policy: one that went with policy Local, and came back.
    HealthCheckNodePort,
    /// The proxy that serves it, by its label.
    ServiceProxy { from: Option<String>, to: Option<String> },
    /// The ports.
    Ports,
    /// Annotations for the cloud controller.
    Annotations,
    /// An endpoint is there, or is in another state.
    Endpoint { endpoint: EndpointName, state: EndpointTurn },
    /// An endpoint is gone.
    EndpointGone { endpoint: EndpointName },
    /// It is no Service with a load balancer any more.
    NoLoadBalancer,
    /// Whether it changed is not known: it could not be read again, and why.
    NotReadAgain { reason: String },
}

/// An address of a status with its ipMode, or a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "as the status has them")]
pub enum Address {
    /// An address.
    Ip { ip: IpAddr, ip_mode: Option<IpMode> },
    /// A name.
    Hostname { name: String },
}

/// An endpoint by its first address and its node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointName {
    /// Its first address; nothing where it has none.
    pub address: Option<IpAddr>,
    /// Its node, where that is known.
    pub node: Option<String>,
}

/// The states of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndpointTurn {
    /// It is ready.
    Ready,
    /// It terminates, and still serves.
    TerminatingAndServing,
    /// It terminates.
    Terminating,
    /// It is not ready.
    NotReady,
}

impl EndpointName {
    /// That of an endpoint.
    #[must_use]
    pub fn of(endpoint: &Endpoint) -> Self {
        Self { address: endpoint.addresses.first().copied(), node: endpoint.node.clone() }
    }
}

impl EndpointTurn {
    /// That of an endpoint.
    #[must_use]
    pub const fn of(endpoint: &Endpoint) -> Self {
        match (endpoint.ready, endpoint.terminating, endpoint.serving) {
            (true, _, _) => Self::Ready,
            (false, true, true) => Self::TerminatingAndServing,
            (false, true, false) => Self::Terminating,
            (false, false, _) => Self::NotReady,
        }
    }
}

/// All that differs; nothing where all that matters is the same.
#[must_use]
pub fn differences(before: (&Service, &[Endpoint]), now: (&Service, &[Endpoint])) -> Vec<ServiceChange> {
    let ((service_before, endpoints_before), (service, endpoints)) = (before, now);
    let mut changes = service_differences(service_before, service);
    let (before, now) = (by_name(endpoints_before), by_name(endpoints));
    let turned = now.iter().filter(|(name, deciding)| before.get(*name) != Some(deciding));
    let turns = turned.filter_map(|(name, deciding)| Some((name, deciding.first()?.state)));
    changes.extend(turns.map(|(name, state)| ServiceChange::Endpoint { endpoint: name.clone(), state }));
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    changes.extend(gone.map(|name| ServiceChange::EndpointGone { endpoint: name.clone() }));
    changes
}

/// What differs in the Service itself.
#[must_use]
pub fn service_differences(before: &Service, now: &Service) -> Vec<ServiceChange> {
    let same_policy = before.external_traffic_policy == now.external_traffic_policy;
    let fields = [
        changed(&before.external_traffic_policy, &now.external_traffic_policy, |from, to| ServiceChange::ExternalTrafficPolicy {
            from,
            to,
        }),
        changed(&before.internal_traffic_policy, &now.internal_traffic_policy, |from, to| ServiceChange::InternalTrafficPolicy {
            from,
            to,
        }),
        changed(&before.cluster_ips, &now.cluster_ips, |from, to| ServiceChange::ClusterIps { from, to }),
        changed(&addresses(before), &addresses(now), |from, to| ServiceChange::LoadBalancer { from, to }),
        changed(&before.external_ips, &now.external_ips, |from, to| ServiceChange::ExternalIps { from, to }),
        changed(&before.load_balancer_source_ranges, &now.load_balancer_source_ranges, |from, to| ServiceChange::SourceRanges { from, to }),
        (same_policy && before.health_check_node_port != now.health_check_node_port).then_some(ServiceChange::HealthCheckNodePort),
        changed(&before.proxy_name, &now.proxy_name, |from, to| ServiceChange::ServiceProxy { from, to }),
        (before.ports != now.ports).then_some(ServiceChange::Ports),
        (before.annotations != now.annotations).then_some(ServiceChange::Annotations),
    ];
    fields.into_iter().flatten().collect()
}

fn changed<T: PartialEq + Clone>(before: &T, now: &T, change: impl Fn(T, T) -> ServiceChange) -> Option<ServiceChange> {
    (before != now).then(|| change(before.clone(), now.clone()))
}

fn addresses(service: &Service) -> Vec<Address> {
    let address = |ingress: &Ingress| match ingress {
        Ingress::Address { ip, ip_mode } => Address::Ip { ip: *ip, ip_mode: *ip_mode },
        Ingress::Hostname(name) => Address::Hostname { name: name.clone() },
    };
    let mut addresses: Vec<_> = service.ingress.iter().map(address).collect();
    addresses.sort();
    addresses
}

/// What decides about an endpoint: its state, its ports, and the hints that it has.
#[derive(PartialEq)]
struct Deciding<'a> {
    state: EndpointTurn,
    ports: &'a Option<Vec<EndpointPort>>,
    for_zones: &'a [String],
    for_nodes: &'a [String],
}

fn by_name(endpoints: &[Endpoint]) -> BTreeMap<EndpointName, Vec<Deciding<'_>>> {
    let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for endpoint in endpoints {
        by_name.entry(EndpointName::of(endpoint)).or_default().push(Deciding::of(endpoint));
    }
    by_name
}

impl<'a> Deciding<'a> {
    fn of(endpoint: &'a Endpoint) -> Self {
        let Endpoint { ports, for_zones, for_nodes, .. } = endpoint;
        Self { state: EndpointTurn::of(endpoint), ports, for_zones, for_nodes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::TrafficPolicy;

    #[test]
    fn what_decides_who_is_reached_is_told_and_nothing_else() {
        let before = Service::named("shop", "gateway");
        let endpoint = |address: [u8; 4], node: &str| Endpoint::ready(address.into(), node);
        let endpoints = [endpoint([10, 244, 1, 2], "node1"), endpoint([10, 244, 2, 2], "node2")];
        let turned: Vec<_> = endpoints.iter().rev().cloned().collect();
        assert!(differences((&before, &endpoints), (&before, &turned)).is_empty(), "the order is nobody's matter");
        let now = Service { external_traffic_policy: TrafficPolicy::Cluster, ..before.clone() };
        let terminating = Endpoint { ready: false, serving: true, terminating: true, ..endpoints[0].clone() };
        let changes = differences((&before, &endpoints), (&now, &[terminating, endpoint([10, 244, 3, 2], "node3")]));
        let name = |address: [u8; 4], node: &str| EndpointName { address: Some(address.into()), node: Some(node.into()) };
        assert_eq!(
            changes,
            [
                ServiceChange::ExternalTrafficPolicy { from: TrafficPolicy::Local, to: TrafficPolicy::Cluster },
                ServiceChange::Endpoint { endpoint: name([10, 244, 1, 2], "node1"), state: EndpointTurn::TerminatingAndServing },
                ServiceChange::Endpoint { endpoint: name([10, 244, 3, 2], "node3"), state: EndpointTurn::Ready },
                ServiceChange::EndpointGone { endpoint: name([10, 244, 2, 2], "node2") },
            ]
        );
    }
}
