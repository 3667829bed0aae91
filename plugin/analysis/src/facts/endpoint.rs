//! One endpoint of an EndpointSlice.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Protocol, ServicePort, TransportPort};

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
    /// Its own ports, by the names of the Service's: where it has none of a name, kube-proxy has no endpoint for that
    /// port. Not known in reports of a time when they were not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<EndpointPort>>,
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

/// An EndpointSlice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slice {
    /// Its name.
    pub name: String,
    /// Who keeps it, by its label `endpointslice.kubernetes.io/managed-by`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    /// The addresses of its endpoints that kube-proxy uses.
    pub addresses: Vec<IpAddr>,
}

/// A port of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointPort {
    /// The name of the Service's port that leads to it; none where that has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its protocol.
    #[serde(default, skip_serializing_if = "Protocol::is_tcp")]
    pub protocol: Protocol,
    /// Its number.
    pub port: u16,
}

/// A port of the Service for which kube-proxy has no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingPort {
    /// Its number and protocol.
    #[serde(flatten)]
    pub port: TransportPort,
    /// Its name; a Service of one port may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its targetPort, where that is a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_port_name: Option<String>,
}

impl MissingPort {
    /// That of a declared port.
    #[must_use]
    pub fn of(declared: &ServicePort) -> Self {
        let (name, target_port_name) = (declared.name.clone(), declared.target_port_name.clone());
        Self { port: declared.transport(), name, target_port_name }
    }
}

/// The ports of a Service for which a node has a ready endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LocalPorts {
    /// All of them.
    Every,
    /// These.
    Some(Vec<TransportPort>),
    /// None.
    None,
}

impl EndpointPort {
    /// Whether it is the port behind one of the Service's: kube-proxy goes by name and protocol.
    #[must_use]
    pub fn is_behind(&self, declared: &ServicePort) -> bool {
        self.name == declared.name && self.protocol == declared.protocol
    }
}

impl Endpoint {
    /// Whether kube-proxy has it as an endpoint of one of the Service's ports. One of which the ports are not known is
    /// taken for one of every port.
    #[must_use]
    pub fn serves(&self, declared: &ServicePort) -> bool {
        self.ports.as_ref().is_none_or(|ports| ports.iter().any(|port| port.is_behind(declared)))
    }

    /// Whether kube-proxy uses it from 1.26 on: ready, or still serving while it terminates (KEP-1669).
    #[must_use]
    pub const fn is_used(&self) -> bool {
        self.ready || (self.serving && self.terminating)
    }

    /// A ready endpoint of which nothing else is known.
    #[must_use]
    pub fn ready(address: IpAddr, node: &str) -> Self {
        Self {
            addresses: vec![address],
            node: Some(node.into()),
            ready: true,
            serving: true,
            terminating: false,
            ports: None,
            zone: None,
            for_zones: Vec::new(),
            for_nodes: Vec::new(),
        }
    }
}
