//! One endpoint of an EndpointSlice.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// One endpoint. Conditions that a slice leaves out have their documented defaults
/// (discovery.k8s.io/v1): ready and serving count as true, terminating as false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Its addresses, of one family.
    pub addresses: Vec<IpAddr>,
    /// The node on which it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Takes new connections.
    pub ready: bool,
    /// As ready, but also while terminating.
    pub serving: bool,
    /// Is being deleted.
    pub terminating: bool,
    /// Its own ports, by the names of the Service's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<EndpointPort>,
    /// Its zone. No rule goes by it but through the hints; it is there for readers of the JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// `hints.forZones`: the zones whose clients should use it; all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_zones: Vec<String>,
    /// `hints.forNodes`: the nodes whose clients should use it; all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_nodes: Vec<String>,
}

/// A port of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointPort {
    /// The name of the Service's port that leads to it; none where that has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its number.
    pub port: u16,
}

impl Endpoint {
    /// A ready endpoint of which nothing else is known.
    #[must_use]
    pub fn ready(address: IpAddr, node: &str) -> Self {
        Self {
            addresses: vec![address],
            node: Some(node.into()),
            ready: true,
            serving: true,
            terminating: false,
            ports: Vec::new(),
            zone: None,
            for_zones: Vec::new(),
            for_nodes: Vec::new(),
        }
    }
}
