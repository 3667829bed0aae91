//! The kinds of address by which a Service is dialled.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The kinds of address by which a Service is dialled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetKind {
    /// An address of the load balancer.
    LoadBalancerIp(IpAddr),
    /// The load balancer by name, where its status has no address.
    LoadBalancerHostname(String),
    /// The name that the user gave, as it resolves where it is dialled.
    PublicName(String),
    /// An address of no Service of this cluster.
    Address(IpAddr),
    /// The Service's DNS name.
    DnsName,
    /// A ClusterIP.
    ClusterIp(IpAddr),
    /// One of `spec.externalIPs`.
    ExternalIp(IpAddr),
    /// The node port at the node from which it is dialled.
    OwnNodePort,
    /// The node port at one node, whichever it is dialled from.
    NodePort {
        /// The node.
        node: String,
        /// The node's address.
        address: IpAddr,
    },
    /// An endpoint itself, past kube-proxy.
    Endpoint {
        /// The node on which it runs; endpoints that are written by hand may name none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
        /// Its address.
        address: IpAddr,
    },
}

impl TargetKind {
    /// Whether it is one that kube-proxy treats by the external policy, and clients use.
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.is_load_balancer() || matches!(self, Self::ExternalIp(_))
    }

    /// Whether it is a node port.
    #[must_use]
    pub fn is_node_port(&self) -> bool {
        matches!(self, Self::OwnNodePort | Self::NodePort { .. })
    }

    /// Whether it is a ClusterIP.
    #[must_use]
    pub fn is_cluster_ip(&self) -> bool {
        matches!(self, Self::ClusterIp(_))
    }

    /// Whether it is an endpoint itself.
    #[must_use]
    pub fn is_endpoint(&self) -> bool {
        matches!(self, Self::Endpoint { .. })
    }

    /// The node of an endpoint that is dialled, where it has one.
    #[must_use]
    pub fn endpoint_node(&self) -> Option<&str> {
        match self {
            Self::Endpoint { node, .. } => node.as_deref(),
            _ => None,
        }
    }

    /// The address that clients outside use too, which ipvs binds to the node.
    #[must_use]
    pub fn external_address(&self) -> Option<IpAddr> {
        match self {
            Self::LoadBalancerIp(address) | Self::ExternalIp(address) => Some(*address),
            _ => None,
        }
    }

    /// Whether it is one of the load balancer's.
    #[must_use]
    pub fn is_load_balancer(&self) -> bool {
        matches!(self, Self::LoadBalancerIp(_) | Self::LoadBalancerHostname(_))
    }
}
