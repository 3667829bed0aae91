//! What older clusters have in the place of EndpointSlices: those of `discovery.k8s.io/v1beta1` (until 1.24), and Endpoints.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EndpointAddress, EndpointSubset, Endpoints};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

use super::SERVICE_NAME_LABEL;

/// By which v1beta1 names an endpoint's node and zone.
const NODE: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

/// An EndpointSlice of `discovery.k8s.io/v1beta1`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BetaSlice {
    api_version: BetaVersion,
    metadata: ObjectMeta,
    address_type: String,
    #[serde(default)]
    endpoints: Option<Vec<BetaEndpoint>>,
    #[serde(default)]
    ports: Option<Vec<EndpointPort>>,
}

/// That and no other version.
#[derive(Debug, Deserialize)]
enum BetaVersion {
    #[serde(rename = "discovery.k8s.io/v1beta1")]
    V1Beta1,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BetaEndpoint {
    addresses: Vec<String>,
    #[serde(default)]
    conditions: Option<EndpointConditions>,
    #[serde(default)]
    node_name: Option<String>,
    #[serde(default)]
    topology: Option<BTreeMap<String, String>>,
}

impl From<BetaSlice> for EndpointSlice {
    fn from(slice: BetaSlice) -> Self {
        let BetaSlice { api_version: BetaVersion::V1Beta1, metadata, address_type, endpoints, ports } = slice;
        let endpoint = |endpoint: BetaEndpoint| {
            let topology = endpoint.topology.unwrap_or_default();
            Endpoint {
                addresses: endpoint.addresses,
                conditions: endpoint.conditions,
                node_name: endpoint.node_name.or_else(|| topology.get(NODE).cloned()),
                zone: topology.get(ZONE).cloned(),
                ..Endpoint::default()
            }
        };
        Self { metadata, address_type, endpoints: endpoints.into_iter().flatten().map(endpoint).collect(), ports }
    }
}

/// What the controller of EndpointSlices makes of Endpoints: a slice for each subset.
pub(crate) fn of_endpoints(endpoints: Endpoints) -> Vec<EndpointSlice> {
    let Endpoints { metadata, subsets } = endpoints;
    let name = metadata.name.unwrap_or_default();
    let labels = BTreeMap::from([(SERVICE_NAME_LABEL.to_owned(), name.clone())]);
    let metadata = ObjectMeta { namespace: metadata.namespace, name: Some(name), labels: Some(labels), ..ObjectMeta::default() };
    subsets.into_iter().flatten().map(|subset| of_subset(metadata.clone(), subset)).collect()
}

fn of_subset(metadata: ObjectMeta, subset: EndpointSubset) -> EndpointSlice {
    let endpoint = |address: EndpointAddress, ready: bool| Endpoint {
        addresses: vec![address.ip],
        conditions: Some(EndpointConditions { ready: Some(ready), ..EndpointConditions::default() }),
        node_name: address.node_name,
        ..Endpoint::default()
    };
    let port = |port: k8s_openapi::api::core::v1::EndpointPort| EndpointPort {
        name: port.name,
        port: Some(port.port),
        protocol: port.protocol,
        ..EndpointPort::default()
    };
    let ready = subset.addresses.into_iter().flatten().map(|address| endpoint(address, true));
    let not_ready = subset.not_ready_addresses.into_iter().flatten().map(|address| endpoint(address, false));
    let endpoints: Vec<_> = ready.chain(not_ready).collect();
    let is_v6 = endpoints.iter().flat_map(|endpoint| &endpoint.addresses).any(|address| address.contains(':'));
    EndpointSlice {
        metadata,
        address_type: if is_v6 { "IPv6" } else { "IPv4" }.into(),
        endpoints,
        ports: Some(subset.ports.into_iter().flatten().map(port).collect()),
    }
}
