//! The form of the file. Unknown fields are errors: a word that nobody reads would be taken for a check.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::facts::Protocol;
use crate::plan::{Network, TargetKind};

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Acceptance {
    /// [`crate::documents::API_VERSION`].
    pub api_version: String,
    /// Always `Acceptance`.
    pub kind: String,
    /// What is expected of each Service.
    pub services: Vec<ServiceAcceptance>,
}

/// What is expected of one Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceAcceptance {
    /// `NAME`, or `istiogateway/NAME` for the one that it owns.
    pub service: String,
    /// Its namespace; that of the context where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// HTTP path of all its checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// HTTP Host header and TLS server name of all its checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Whether redirects are followed: `status` is then that of the answer to which they lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow: Option<bool>,
    /// Nodes that have to be measured at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_nodes: Option<usize>,
    /// The expectations.
    pub expect: Vec<Expectation>,
}

/// One expectation: from these vantages, that target, and so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// What it is called in the results; what it says where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// From where.
    #[serde(default)]
    pub from: From,
    /// What is dialled.
    pub to: TargetName,
    /// At which of the Service's ports.
    pub port: u16,
    /// By which protocol; by each that the port has where the file names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// Whether it has to be reached, or must not be.
    #[serde(default = "reachable")]
    pub reachable: bool,
    /// HTTP status that has to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Name that the certificate has to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Milliseconds within which every sample has to be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<u32>,
    /// Whether the endpoint has to see the client's own address. The cluster's rules tell, not a
    /// measurement: no server says what it saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_kept: Option<bool>,
}

impl Expectation {
    /// Whether a connection alone is not enough for it.
    #[must_use]
    pub fn wants_an_answer(&self) -> bool {
        self.reachable && (self.status.is_some() || self.certificate.is_some())
    }
}

fn reachable() -> bool {
    true
}

/// From where connections start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct From {
    /// From pods, hosts or both; both where the file names none.
    #[serde(default)]
    pub network: Networks,
    /// From all nodes, from those of a class, or from these; from all where the file names none.
    #[serde(default)]
    pub nodes: Nodes,
}

/// Networks of nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Networks {
    /// Pods and hosts.
    #[default]
    Any,
    /// Pods.
    Pod,
    /// Hosts.
    Host,
}

impl Networks {
    /// Whether a network is among them.
    #[must_use]
    pub fn has(self, network: Network) -> bool {
        match self {
            Self::Any => true,
            Self::Pod => network == Network::Pod,
            Self::Host => network == Network::Host,
        }
    }
}

/// Nodes, by what they have or by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Nodes {
    /// Every one.
    #[default]
    All,
    /// Those with an endpoint that serves.
    WithEndpoint,
    /// Those without.
    WithoutEndpoint,
    /// Those of these names.
    Named(BTreeSet<String>),
}

/// Nodes with an endpoint of the Service behave otherwise than those without: results are told apart so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeClass {
    /// With an endpoint.
    WithEndpoint,
    /// Those on which no ready endpoint runs.
    WithoutEndpoint,
}

impl Nodes {
    /// Whether a node is among them.
    #[must_use]
    pub fn has(&self, node: &str, class: NodeClass) -> bool {
        match self {
            Self::All => true,
            Self::WithEndpoint => class == NodeClass::WithEndpoint,
            Self::WithoutEndpoint => class == NodeClass::WithoutEndpoint,
            Self::Named(names) => names.contains(node),
        }
    }
}

/// The addresses of a Service, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetName {
    /// The load balancer, by each of its addresses or its hostname.
    LoadBalancer,
    /// The Service's DNS name.
    DnsName,
    /// Each ClusterIP.
    ClusterIp,
    /// Each of `spec.externalIPs`.
    ExternalIp,
    /// The node port of the node from which it is dialled.
    OwnNodePort,
    /// The node ports that are dialled from every node: of one with an endpoint, and of one without.
    NodePort,
}

impl TargetName {
    /// Whether a target is meant.
    #[must_use]
    pub fn is(self, kind: &TargetKind) -> bool {
        match self {
            Self::LoadBalancer => kind.is_load_balancer(),
            Self::DnsName => *kind == TargetKind::DnsName,
            Self::ClusterIp => kind.is_cluster_ip(),
            Self::ExternalIp => matches!(kind, TargetKind::ExternalIp(_)),
            Self::OwnNodePort => *kind == TargetKind::OwnNodePort,
            Self::NodePort => matches!(kind, TargetKind::NodePort { .. }),
        }
    }
}
