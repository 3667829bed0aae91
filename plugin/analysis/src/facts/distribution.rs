//! Distributions of Kubernetes, and how they run kube-proxy where the API does not show it.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{ConfigOrigin, ConfiguredMode, DetectLocal, KubeProxyConfig, LocalDetection, Node, ProxyMode};

/// Distributions that are told apart because kube-proxy runs there without a ConfigMap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Distribution {
    /// k3s: kube-proxy is a part of its own process.
    K3s,
    /// RKE2: kube-proxy is a static pod.
    Rke2,
    /// MicroK8s: kube-proxy is a part of kubelite.
    MicroK8s,
    /// Google Kubernetes Engine.
    Gke,
    /// Amazon Elastic Kubernetes Service.
    Eks,
    /// Azure Kubernetes Service.
    Aks,
    /// Tencent Kubernetes Engine, with its own build of kube-proxy.
    Tke,
}

/// kube-proxy's configuration by default where all nodes are of a distribution that runs it without a ConfigMap: their
/// programs say the mode outright, and give nodes the ranges of their pods out of its clusterCIDR (k3s' and RKE2's
/// kubeProxyArgs, MicroK8s' default-args).
#[must_use]
pub fn default_config(nodes: &[Node]) -> Option<KubeProxyConfig> {
    let mut distributions = nodes.iter().filter(|node| node.os.as_deref().is_none_or(|os| os == "linux")).map(|node| node.distribution);
    let distribution = distributions.next()??;
    if !distributions.all(|other| other == Some(distribution)) {
        return None;
    }
    let (name, network) = match distribution {
        Distribution::Gke => return gke(nodes),
        Distribution::K3s => ("k3s", [10, 42, 0, 0]),
        Distribution::Rke2 => ("RKE2", [10, 42, 0, 0]),
        Distribution::MicroK8s => ("MicroK8s", [10, 1, 0, 0]),
        Distribution::Eks | Distribution::Aks | Distribution::Tke => return None,
    };
    let default = IpNet::new(network.into(), 16).ok()?;
    let told = nodes.iter().map(|node| &node.cluster_cidrs).find(|cidrs| !cidrs.is_empty());
    let (cluster_cidrs, source) = match told {
        Some(told) => (told.clone(), format!("{name}'s --cluster-cidr")),
        None if is_of_default(nodes, default) => (vec![default], format!("{name}'s default")),
        None => (covering_ranges(nodes)?, format!("{name}, podCIDRs")),
    };
    let detection = LocalDetection { mode: DetectLocal::ClusterCidr, cluster_cidrs, interface_prefix: None };
    let config = KubeProxyConfig::read(&source, ConfiguredMode::Named(ProxyMode::Iptables), detection);
    Some(KubeProxyConfig { origin: ConfigOrigin::Assumed, ..config })
}

/// Without Dataplane V2, which shows by its DaemonSet, GKE's static pods run in iptables mode and go by the ranges of their
/// nodes (GKE's API: DatapathProvider; its manifest of kube-proxy). A node without a range tells nothing.
fn gke(nodes: &[Node]) -> Option<KubeProxyConfig> {
    if nodes.iter().any(|node| node.pod_cidrs.is_empty()) {
        return None;
    }
    let detection = LocalDetection { mode: DetectLocal::NodeCidr, cluster_cidrs: Vec::new(), interface_prefix: None };
    let config = KubeProxyConfig::read("GKE's default", ConfiguredMode::Named(ProxyMode::Iptables), detection);
    Some(KubeProxyConfig { origin: ConfigOrigin::Assumed, ..config })
}

/// Whether the default explains every range of the nodes. It has one family: who has pods of both chose their ranges.
fn is_of_default(nodes: &[Node], default: IpNet) -> bool {
    nodes.iter().flat_map(|node| &node.pod_cidrs).all(|range| default.contains(range))
}

/// Of each family the range in which all ranges of the nodes are.
fn covering_ranges(nodes: &[Node]) -> Option<Vec<IpNet>> {
    let of_family = |v6: bool| -> Vec<_> {
        let ranges = nodes.iter().flat_map(|node| &node.pod_cidrs);
        ranges.filter(|range| range.addr().is_ipv6() == v6).copied().collect()
    };
    [false, true].into_iter().map(of_family).filter(|ranges| !ranges.is_empty()).map(|ranges| covering(&ranges)).collect()
}

fn covering(ranges: &[IpNet]) -> Option<IpNet> {
    let mut covering = *ranges.first()?;
    while !ranges.iter().all(|range| covering.contains(range)) {
        covering = covering.supernet()?;
    }
    Some(covering)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, range: &str, distribution: Option<Distribution>) -> Node {
        Node { pod_cidrs: vec![range.parse().unwrap()], distribution, ..Node::named(name) }
    }

    #[test]
    fn a_default_is_assumed_where_all_nodes_are_of_one_distribution() {
        let k3s = Some(Distribution::K3s);
        let cidr = |nodes: &[Node]| default_config(nodes).map(|config| config.detection.cluster_cidrs[0].to_string());
        assert_eq!(cidr(&[node("a", "10.42.0.0/24", k3s), node("b", "10.42.1.0/24", k3s)]).as_deref(), Some("10.42.0.0/16"));
        assert_eq!(cidr(&[node("a", "10.50.0.0/24", k3s), node("b", "10.50.1.0/24", k3s)]).as_deref(), Some("10.50.0.0/23"));
        let estimated = default_config(&[node("a", "10.50.0.0/24", k3s)]).unwrap();
        assert_eq!(estimated.source, "k3s, podCIDRs", "another range was chosen, and which is not said");
        assert_eq!(cidr(&[node("a", "10.42.0.0/24", k3s), node("b", "10.42.1.0/24", None)]), None);
        assert_eq!(cidr(&[node("a", "10.4.0.0/24", Some(Distribution::Eks))]), None);
        let gke = node("a", "10.4.0.0/24", Some(Distribution::Gke));
        assert_eq!(default_config(std::slice::from_ref(&gke)).map(|config| config.detection.mode), Some(DetectLocal::NodeCidr));
        assert_eq!(default_config(&[Node { pod_cidrs: Vec::new(), ..gke }]), None);
        assert_eq!(cidr(&[]), None);
        let with_v6 = |mut node: Node| {
            node.pod_cidrs.push("fd00:42:0:1::/64".parse().unwrap());
            node
        };
        let dual = default_config(&[with_v6(node("a", "10.42.0.0/24", k3s))]).unwrap();
        let ranges: Vec<_> = dual.detection.cluster_cidrs.iter().map(ToString::to_string).collect();
        assert_eq!(ranges, ["10.42.0.0/24", "fd00:42:0:1::/64"], "the default has no IPv6");
        let alone = default_config(&[with_v6(Node { pod_cidrs: Vec::new(), ..node("a", "10.42.0.0/24", k3s) })]).unwrap();
        assert_eq!(alone.detection.cluster_cidrs.len(), 1);
        assert!(alone.detection.cluster_cidrs[0].addr().is_ipv6());
        let both = ["10.244.0.0/16", "fd00:244::/56"].map(|range| range.parse().unwrap()).to_vec();
        let told = Node { cluster_cidrs: both.clone(), ..node("a", "10.244.0.0/24", k3s) };
        let config = default_config(&[told, node("b", "10.244.1.0/24", k3s)]).unwrap();
        assert_eq!((config.detection.cluster_cidrs, config.source.as_str()), (both, "k3s's --cluster-cidr"));
    }
}
