//! What a lab can be told.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::addresses;

/// How many nodes a lab can have.
pub const MOST_NODES: u8 = 40;

/// The most fake nodes that there is room for among the lab's addresses.
pub const MOST_FAKE_NODES: u16 = 20_000;

/// The name of a lab's folder in each cgroup hierarchy.
#[must_use]
pub fn cgroup(lab: &str) -> String {
    format!("lbprobe-lab-{lab}")
}

/// How a lab's cluster is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
pub struct LabOptions {
    /// Name of the lab; several labs run side by side
    #[arg(long, default_value = "lab")]
    pub name: String,
    /// Number of nodes
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=i64::from(MOST_NODES)))]
    pub nodes: u8,
    /// Mode of kube-proxy
    #[arg(long, value_enum, default_value_t = ProxyMode::Iptables)]
    pub mode: ProxyMode,
    /// kube-proxy's clusterCIDR; pods have addresses of 10.244.0.0/16, so that another range makes kube-proxy
    /// take pods for strangers
    #[arg(long, default_value = addresses::POD_RANGE)]
    pub cluster_cidr: String,
    /// How pods are connected
    #[arg(long, value_enum, default_value_t = PodNetwork::Routed)]
    #[serde(default)]
    pub pod_network: PodNetwork,
    /// Nodes whose kube-proxy is another: node2=1.33, node3=1.23:ipvs, with commas between them; a node in mode
    /// ipvs is a virtual machine of its own
    #[arg(long = "kube-proxy", value_name = "NODE=RELEASE[:MODE]", value_delimiter = ',')]
    #[serde(default)]
    pub kube_proxies: Vec<NodeProxy>,
    /// Number of fake nodes beside the real ones: objects without a machine, on which probe pods start and answer,
    /// to see how things scale; such a lab has no cloud
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=i64::from(MOST_FAKE_NODES)))]
    #[serde(default)]
    pub fake_nodes: u16,
}

/// How the pods of a cluster are connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum PodNetwork {
    /// By a link to their node, with addresses of 10.244.0.0/16
    #[default]
    Routed,
    /// The same; those of nodes with an even number have addresses of 10.245.0.0/16, as from a second vSwitch, so that
    /// kube-proxy's clusterCIDR covers the first only
    TwoRanges,
    /// The same; hosts, pods, Services and load balancers have IPv6 addresses too
    DualStack,
    /// To the cloud's own network, as with Terway's ENIs: what they send goes past their node, but for ClusterIPs
    Vpc,
}

/// A kube-proxy that differs from the cluster's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeProxy {
    /// The node.
    pub node: String,
    /// Its release.
    pub release: ProxyRelease,
    /// Its mode, where it differs too.
    pub mode: Option<ProxyMode>,
}

impl FromStr for NodeProxy {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let (node, rest) = word.split_once('=').ok_or("say NODE=RELEASE, node2=1.33 for instance")?;
        let (release, mode) = rest.split_once(':').map_or((rest, None), |(release, mode)| (release, Some(mode)));
        let mode = mode.map(|mode| ProxyMode::from_str(mode, false)).transpose()?;
        Ok(Self { node: node.to_owned(), release: ProxyRelease::from_str(release, false)?, mode })
    }
}

/// Releases of kube-proxy. The cluster's own is part of its Kubernetes; each of the others is built
/// from a module file of its own in `lab/kube-proxies`, which also says the patch release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
pub enum ProxyRelease {
    /// Before the traffic policies were reorganised; ipvs refuses without a local endpoint
    #[value(name = "1.23")]
    V1_23,
    /// The first with the chains of today; ipvs falls back to the cluster's endpoints
    #[value(name = "1.24")]
    V1_24,
    /// ipvs refuses undeclared ports itself
    #[value(name = "1.28")]
    V1_28,
    /// nftables in beta; ipMode is known
    #[value(name = "1.31")]
    V1_31,
    /// nftables before hosts reached load balancers without a local endpoint
    #[value(name = "1.33")]
    V1_33,
    /// The cluster's own
    #[value(name = "1.34")]
    V1_34,
    /// ipvs writes an Event that it will go
    #[value(name = "1.35")]
    V1_35,
    /// externalIPs are deprecated
    #[value(name = "1.36")]
    V1_36,
    /// The newest that was tried
    #[value(name = "1.37")]
    V1_37,
}

impl ProxyRelease {
    /// Whether it marks what it means to drop, for kubelet's chains (before 1.25).
    #[must_use]
    pub fn marks_drops(self) -> bool {
        matches!(self, Self::V1_23 | Self::V1_24)
    }

    /// The name of its module file, without `.mod`; none for the cluster's own.
    #[must_use]
    pub fn module(self) -> Option<&'static str> {
        Some(match self {
            Self::V1_23 => "1.23",
            Self::V1_24 => "1.24",
            Self::V1_28 => "1.28",
            Self::V1_31 => "1.31",
            Self::V1_33 => "1.33",
            Self::V1_34 => return None,
            Self::V1_35 => "1.35",
            Self::V1_36 => "1.36",
            Self::V1_37 => "1.37",
        })
    }
}

impl Default for LabOptions {
    fn default() -> Self {
        Self {
            name: "lab".into(),
            nodes: 3,
            mode: ProxyMode::Iptables,
            cluster_cidr: addresses::POD_RANGE.into(),
            pod_network: PodNetwork::Routed,
            kube_proxies: Vec::new(),
            fake_nodes: 0,
        }
    }
}

impl LabOptions {
    /// The kube-proxy of a node, where it differs from the cluster's.
    #[must_use]
    pub fn kube_proxy_of(&self, node: &str) -> Option<&NodeProxy> {
        self.kube_proxies.iter().find(|proxy| proxy.node == node)
    }

    /// kube-proxy's mode on a node.
    #[must_use]
    pub fn mode_of(&self, node: &str) -> ProxyMode {
        self.kube_proxy_of(node).and_then(|proxy| proxy.mode).unwrap_or(self.mode)
    }

    /// The release of kube-proxy on a node.
    #[must_use]
    pub fn release_of(&self, node: &str) -> ProxyRelease {
        self.kube_proxy_of(node).map_or(ProxyRelease::V1_34, |proxy| proxy.release)
    }

    /// Whether any of its nodes is a guest.
    #[must_use]
    pub fn has_guests(&self) -> bool {
        (1..=self.nodes).any(|number| self.is_guest(&format!("node{number}")))
    }

    /// Whether a node is a guest with a kernel of its own: this machine's need not have ip_vs.
    #[must_use]
    pub fn is_guest(&self, node: &str) -> bool {
        self.mode_of(node) == ProxyMode::Ipvs
    }

    /// Whether there are nodes without machines, whose kubelets renew no leases.
    #[must_use]
    pub fn has_fake_nodes(&self) -> bool {
        self.fake_nodes > 0
    }

    /// The range of the pods on node `number`.
    #[must_use]
    pub fn pod_range(&self, number: u8) -> String {
        match self.pod_network {
            PodNetwork::TwoRanges if number.is_multiple_of(2) => addresses::second_pod_range(number),
            PodNetwork::Routed | PodNetwork::TwoRanges | PodNetwork::DualStack => addresses::pod_range(number),
            PodNetwork::Vpc => addresses::vpc_pod_range(number),
        }
    }

    /// A range as the cluster's components are told it: with that of IPv6 behind it where there is one.
    #[must_use]
    pub fn ranges(&self, range: &str) -> Vec<String> {
        let ipv6 = addresses::ipv6_range_of(range).filter(|_| self.pod_network == PodNetwork::DualStack);
        [range.to_owned()].into_iter().chain(ipv6).collect()
    }

    /// The same for an address.
    #[must_use]
    pub fn addresses(&self, address: Ipv4Addr) -> Vec<IpAddr> {
        let ipv6 = (self.pod_network == PodNetwork::DualStack).then(|| addresses::ipv6_of(address).into());
        [address.into()].into_iter().chain(ipv6).collect()
    }

    /// The names of the nodes.
    pub fn node_names(&self) -> impl Iterator<Item = String> + Clone + use<> {
        (1..=self.nodes).map(|number| format!("node{number}"))
    }
}

/// kube-proxy's modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ProxyMode {
    /// Rules of iptables.
    Iptables,
    /// Rules of nftables.
    Nftables,
    /// Virtual servers of ip_vs.
    Ipvs,
}

impl fmt::Display for ProxyMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iptables => "iptables",
            Self::Nftables => "nftables",
            Self::Ipvs => "ipvs",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_can_have_a_kube_proxy_of_its_own() {
        let proxy = |node: &str, release, mode| Ok(NodeProxy { node: node.into(), release, mode });
        assert_eq!("node2=1.33".parse(), proxy("node2", ProxyRelease::V1_33, None));
        assert_eq!("node3=1.23:ipvs".parse(), proxy("node3", ProxyRelease::V1_23, Some(ProxyMode::Ipvs)));
        for wrong in ["node2", "node2=1.2", "node2=1.33:userspace"] {
            assert!(wrong.parse::<NodeProxy>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_node_in_mode_ipvs_is_a_guest() {
        let kube_proxies = vec!["node2=1.34:ipvs".parse().unwrap(), "node3=1.33".parse().unwrap()];
        let options = LabOptions { kube_proxies, ..LabOptions::default() };
        assert_eq!(["node1", "node2", "node3"].map(|node| options.is_guest(node)), [false, true, false]);
        assert_eq!((options.release_of("node1"), options.release_of("node3")), (ProxyRelease::V1_34, ProxyRelease::V1_33));
    }
}
