//! What is known of the cluster, as plain structs.

mod endpoint;
mod known;
mod kube_proxy;
mod node;
mod pod_network;
mod service;
mod version;

pub use endpoint::Endpoint;
pub use known::Known;
pub use kube_proxy::{DetectLocal, KubeProxy, KubeProxyConfig, KubeProxyProcess, NotAMode, ProxyMode};
pub use node::{Node, Readiness, Taint};
pub use pod_network::{NetworkPlugin, PodNetwork, PodPath};
pub use service::{Ingress, IpMode, Owner, Protocol, Service, ServicePort, TrafficPolicy};

pub use version::{NotAVersion, Version};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Everything that was read of one Service and the cluster around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// The Service.
    pub service: Service,
    /// The endpoints of its EndpointSlices, each once.
    pub endpoints: Vec<Endpoint>,
    /// The nodes, by name.
    pub nodes: Vec<Node>,
    /// kube-proxy.
    #[serde(default)]
    pub kube_proxy: KubeProxy,
    /// The pod network.
    #[serde(default)]
    pub pod_network: Known<PodNetwork>,
}

impl Facts {
    /// Names of the nodes with a ready local endpoint.
    #[must_use]
    pub fn endpoint_nodes(&self) -> BTreeSet<&str> {
        self.endpoints.iter().filter(|endpoint| endpoint.ready).filter_map(|endpoint| endpoint.node.as_deref()).collect()
    }

    /// kube-proxy's release on a node, from the best source that tells: the process itself, the
    /// image of its pod, kubelet's word for it, kubelet's own release.
    #[must_use]
    pub fn kube_proxy_release(&self, node: &Node) -> Option<Version> {
        let by_process = self.kube_proxy.processes.get(&node.name).and_then(|process| process.release);
        let by_image = || self.kube_proxy.releases.value()?.get(&node.name).copied();
        by_process.or_else(by_image).or(node.kube_proxy_version).or(node.kubelet_version)
    }

    /// How many endpoints are ready.
    #[must_use]
    pub fn ready_endpoints(&self) -> usize {
        self.endpoints.iter().filter(|endpoint| endpoint.ready).count()
    }
}
