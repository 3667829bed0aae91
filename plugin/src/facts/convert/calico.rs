//! What Calico is told by its own objects: whether its eBPF data path is on, and what it announces by BGP to whom
//! (FelixConfiguration and BGPConfiguration `default`, and the operator's Installation).

use ipnet::IpNet;
use lbprobe_analysis::facts::{BgpMesh, NetworkPlugin, PodNetwork};
use serde_json::Value;

use super::pod_network::in_place_of_kube_proxy;

/// The kinds that are read.
pub(crate) const KINDS: [&str; 3] = ["FelixConfiguration", "BGPConfiguration", "Installation"];

/// What was read of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct CalicoSettings {
    /// Whether one of them switches the eBPF data path on, on all nodes.
    enables_bpf: bool,
    /// The ranges of load balancers' addresses that are announced.
    announced_ranges: Vec<IpNet>,
    bgp_mesh: BgpMesh,
}

impl CalicoSettings {
    /// Takes an object of one of the kinds; of others of their names nothing.
    pub(crate) fn add(&mut self, kind: &str, object: &Value) {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let is_default = text("/metadata/name") == "default";
        match kind {
            "FelixConfiguration" if is_default => self.enables_bpf |= object.pointer("/spec/bpfEnabled") == Some(&Value::Bool(true)),
            // Others have the name too; a typed list leaves the group out of its items.
            "Installation" if text("/apiVersion").is_empty() || text("/apiVersion").starts_with("operator.tigera.io/") => {
                self.enables_bpf |= text("/spec/calicoNetwork/linuxDataplane") == "BPF";
            }
            "BGPConfiguration" if is_default => {
                let listed = object.pointer("/spec/serviceLoadBalancerIPs").and_then(Value::as_array).into_iter().flatten();
                self.announced_ranges.extend(listed.filter_map(|entry| entry["cidr"].as_str()?.parse::<IpNet>().ok()));
                if object.pointer("/spec/nodeToNodeMeshEnabled") == Some(&Value::Bool(false)) {
                    self.bgp_mesh = BgpMesh::Off;
                }
            }
            _ => {}
        }
    }

    /// The network that is told so. What the agent's environment refuses, no object switches on.
    pub(crate) fn apply_to(&self, network: PodNetwork, refuses_bpf: bool) -> PodNetwork {
        if !matches!(network.plugin, NetworkPlugin::Calico | NetworkPlugin::CalicoEbpf) {
            return network;
        }
        let network = if self.enables_bpf && !refuses_bpf { in_place_of_kube_proxy(network) } else { network };
        PodNetwork { announced_ranges: self.announced_ranges.clone(), bgp_mesh: self.bgp_mesh, ..network }
    }
}
