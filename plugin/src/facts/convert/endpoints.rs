//! EndpointSlices to endpoints, as kube-proxy has them.

use std::collections::HashMap;
use std::net::IpAddr;

use k8s_openapi::api::discovery::v1::EndpointSlice;
use lbprobe_analysis::facts::{Endpoint, EndpointPort, Slice};

use super::protocol;

/// The label by which a controller marks the slices that it keeps.
const MANAGED_BY_LABEL: &str = "endpointslice.kubernetes.io/managed-by";

/// The endpoints of one slice.
pub(crate) fn endpoints(slice: EndpointSlice) -> Vec<Endpoint> {
    let port = |port: k8s_openapi::api::discovery::v1::EndpointPort| {
        let number = u16::try_from(port.port?).ok()?;
        let name = port.name.filter(|name| !name.is_empty());
        Some(EndpointPort { name, protocol: protocol(port.protocol.as_deref()), port: number })
    };
    let ports: Vec<_> = slice.ports.into_iter().flatten().filter_map(port).collect();
    let endpoint = |endpoint: k8s_openapi::api::discovery::v1::Endpoint| {
        let conditions = endpoint.conditions.unwrap_or_default();
        let ready = conditions.ready.unwrap_or(true);
        let hints = endpoint.hints.unwrap_or_default();
        Endpoint {
            addresses: endpoint.addresses.iter().filter_map(|address| address.parse().ok()).collect(),
            node: endpoint.node_name,
            ready,
            serving: conditions.serving.unwrap_or(ready),
            terminating: conditions.terminating.unwrap_or(false),
            ports: Some(ports.clone()),
            zone: endpoint.zone,
            for_zones: hints.for_zones.into_iter().flatten().map(|zone| zone.name).collect(),
            for_nodes: hints.for_nodes.into_iter().flatten().map(|node| node.name).collect(),
        }
    };
    slice.endpoints.into_iter().map(endpoint).collect()
}

/// What one slice has.
#[derive(Clone, Debug)]
pub(crate) struct SliceEndpoints {
    pub(crate) slice: Slice,
    pub(crate) endpoints: Vec<Endpoint>,
}

/// A slice with its endpoints.
pub(crate) fn slice_endpoints(slice: EndpointSlice) -> SliceEndpoints {
    let name = slice.metadata.name.clone().unwrap_or_default();
    let managed_by = slice.metadata.labels.as_ref().and_then(|labels| labels.get(MANAGED_BY_LABEL)).cloned();
    let endpoints = endpoints(slice);
    let used = endpoints.iter().filter(|endpoint| endpoint.is_used());
    let addresses = used.filter_map(|endpoint| endpoint.addresses.first().copied()).collect();
    SliceEndpoints { slice: Slice { name, managed_by, addresses }, endpoints }
}

/// The endpoints of several slices: for each port an address once. Where slices have the same address and port in
/// different conditions, kube-proxy prefers one that does not terminate, and of those takes any
/// (EndpointSliceCache.addEndpoints); here a ready one, so that the order of the slices does not matter.
pub(crate) fn merged(endpoints: Vec<Endpoint>) -> Vec<Endpoint> {
    let mut best_first: Vec<_> = endpoints.into_iter().enumerate().collect();
    best_first.sort_by_key(|(_, endpoint)| (endpoint.terminating, !endpoint.ready, !endpoint.serving));
    let mut merged: Vec<(usize, Endpoint)> = Vec::new();
    let mut by_addresses: HashMap<Vec<IpAddr>, Vec<usize>> = HashMap::new();
    for (place, endpoint) in best_first {
        let copies = by_addresses.entry(endpoint.addresses.clone()).or_default();
        let has = |port: &EndpointPort| copies.iter().any(|copy| merged[*copy].1.ports.iter().flatten().any(|known| known == port));
        let ports: Vec<_> = endpoint.ports.iter().flatten().filter(|port| !has(port)).cloned().collect();
        if let Some(alike) = copies.iter().copied().find(|copy| is_alike(&merged[*copy].1, &endpoint)) {
            merged[alike].1.ports.get_or_insert_default().extend(ports);
        } else if copies.is_empty() || !ports.is_empty() {
            copies.push(merged.len());
            merged.push((place, Endpoint { ports: Some(ports), ..endpoint }));
        }
    }
    merged.sort_by_key(|(place, _)| *place);
    merged.into_iter().map(|(_, endpoint)| endpoint).collect()
}

/// Whether two copies differ in nothing by which kube-proxy chooses.
fn is_alike(a: &Endpoint, b: &Endpoint) -> bool {
    (&a.node, a.ready, a.serving, a.terminating) == (&b.node, b.ready, b.serving, b.terminating)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_endpoint_conditions_have_their_documented_defaults() {
        let slice = json!({
            "addressType": "IPv4",
            "endpoints": [
                { "addresses": ["10.244.1.2"], "nodeName": "node1" },
                { "addresses": ["10.244.1.3"], "conditions": { "ready": false, "serving": true, "terminating": true } },
            ],
        });
        let read = endpoints(serde_json::from_value(slice).unwrap());
        assert_eq!((read[0].ready, read[0].serving, read[0].terminating), (true, true, false));
        assert_eq!((read[1].ready, read[1].serving, read[1].terminating), (false, true, true));
        assert_eq!(merged([read.clone(), read].concat()).len(), 2);
    }

    fn slice(port: &str, number: u16, ready: bool, terminating: bool) -> Vec<Endpoint> {
        let slice = json!({
            "addressType": "IPv4",
            "ports": [{ "name": port, "port": number, "protocol": "TCP" }],
            "endpoints": [
                { "addresses": ["192.0.2.200"], "conditions": { "ready": ready, "serving": ready, "terminating": terminating } },
            ],
        });
        endpoints(serde_json::from_value(slice).unwrap())
    }

    fn ports(endpoint: &Endpoint) -> Vec<u16> {
        endpoint.ports.iter().flatten().map(|port| port.port).collect()
    }

    #[test]
    fn an_address_in_two_slices_has_the_ports_of_both() {
        let both = merged([slice("a", 8080, true, false), slice("b", 8082, true, false)].concat());
        assert_eq!(both.iter().map(ports).collect::<Vec<_>>(), [[8080, 8082]]);
        let one_ready = merged([slice("a", 8080, true, false), slice("b", 8082, false, false)].concat());
        assert_eq!(
            one_ready.iter().map(|endpoint| (ports(endpoint), endpoint.ready)).collect::<Vec<_>>(),
            [(vec![8080], true), (vec![8082], false)]
        );
    }

    #[test]
    fn of_two_copies_the_better_one_counts_in_any_order() {
        let copies = [slice("a", 8080, false, false), slice("a", 8080, true, false), slice("a", 8080, false, true)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let merged = merged(order.map(|index| copies[index].clone()).concat());
            assert_eq!(merged.iter().map(|endpoint| (endpoint.ready, ports(endpoint))).collect::<Vec<_>>(), [(true, vec![8080])]);
        }
    }
}
