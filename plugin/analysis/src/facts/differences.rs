//! What of a Service and its endpoints is not what it was, as far as it decides who reaches it. Pure.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::{Endpoint, Ingress, Service};

/// A line for each thing that differs; nothing where all that matters is the same.
#[must_use]
pub fn differences(before: (&Service, &[Endpoint]), now: (&Service, &[Endpoint])) -> Vec<String> {
    let ((service_before, endpoints_before), (service, endpoints)) = (before, now);
    let mut lines = of_service(service_before, service);
    let (before, now) = (by_place(endpoints_before), by_place(endpoints));
    let turned =
        now.iter().filter(|(place, state)| before.get(*place) != Some(state)).map(|(place, (state, _))| format!("{place} {state}"));
    let gone = before.keys().filter(|place| !now.contains_key(*place)).map(|place| format!("{place} is gone"));
    lines.extend(turned.chain(gone));
    lines
}

fn of_service(before: &Service, now: &Service) -> Vec<String> {
    let fields = [
        changed("externalTrafficPolicy", &before.external_traffic_policy, &now.external_traffic_policy),
        changed("internalTrafficPolicy", &before.internal_traffic_policy, &now.internal_traffic_policy),
        changed("the ClusterIPs", &before.cluster_ips, &now.cluster_ips),
        changed("the load balancer's addresses", &addresses(before), &addresses(now)),
        changed("externalIPs", &before.external_ips, &now.external_ips),
        changed("loadBalancerSourceRanges", &before.load_balancer_source_ranges, &now.load_balancer_source_ranges),
        // One that went with policy Local, and came back with it, is another one.
        (before.external_traffic_policy == now.external_traffic_policy && before.health_check_node_port != now.health_check_node_port)
            .then(|| "the healthCheckNodePort changed: the policy was another one meanwhile".to_owned()),
        changed("the proxy that serves it", &before.proxy_name, &now.proxy_name),
        (before.ports != now.ports).then(|| "the ports changed".to_owned()),
        (before.annotations != now.annotations).then(|| "annotations for the cloud controller changed".to_owned()),
    ];
    fields.into_iter().flatten().collect()
}

fn changed<T: PartialEq + Debug>(what: &str, before: &T, now: &T) -> Option<String> {
    (before != now).then(|| format!("{what} changed from {before:?} to {now:?}"))
}

fn addresses(service: &Service) -> Vec<String> {
    let mut addresses: Vec<_> = service
        .ingress
        .iter()
        .map(|ingress| match ingress {
            Ingress::Address { ip, ip_mode: Some(mode) } => format!("{ip} ({mode:?})"),
            Ingress::Address { ip, ip_mode: None } => ip.to_string(),
            Ingress::Hostname(name) => name.clone(),
        })
        .collect();
    addresses.sort();
    addresses
}

/// What decides about an endpoint: its state, its ports, and the hints that it has.
type Deciding<'a> = (&'static str, (&'a [super::EndpointPort], &'a [String], &'a [String]));

fn by_place(endpoints: &[Endpoint]) -> BTreeMap<String, Deciding<'_>> {
    let of = |endpoint: &'_ Endpoint| {
        let address = endpoint.addresses.first().map(ToString::to_string).unwrap_or_default();
        let state = match (endpoint.ready, endpoint.terminating, endpoint.serving) {
            (true, _, _) => "is ready",
            (false, true, true) => "terminates, and serves still",
            (false, true, false) => "terminates",
            (false, false, _) => "is not ready",
        };
        (format!("the endpoint {address} on {}", endpoint.node.as_deref().unwrap_or("an unknown node")), state)
    };
    let deciding = |endpoint| {
        let (place, state) = of(endpoint);
        (place, (state, (&endpoint.ports[..], &endpoint.for_zones[..], &endpoint.for_nodes[..])))
    };
    endpoints.iter().map(deciding).collect()
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
        let lines = differences((&before, &endpoints), (&now, &[terminating, endpoint([10, 244, 3, 2], "node3")]));
        assert_eq!(
            lines,
            [
                "externalTrafficPolicy changed from Local to Cluster",
                "the endpoint 10.244.1.2 on node1 terminates, and serves still",
                "the endpoint 10.244.3.2 on node3 is ready",
                "the endpoint 10.244.2.2 on node2 is gone",
            ]
        );
    }
}
