//! What a lab can be told.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How a lab's cluster is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
pub struct LabOptions {
    /// Name of the lab; several labs run side by side
    #[arg(long, default_value = "lab")]
    pub name: String,
    /// Number of nodes
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=40))]
    pub nodes: u8,
    /// Mode of kube-proxy
    #[arg(long, value_enum, default_value_t = ProxyMode::Iptables)]
    pub mode: ProxyMode,
    /// kube-proxy's clusterCIDR; pods have addresses of 10.244.0.0/16, so that another range makes kube-proxy
    /// take pods for strangers
    #[arg(long, default_value = crate::addresses::POD_RANGE)]
    pub cluster_cidr: String,
    /// Nodes whose kube-proxy is another: node2=1.33, node3=1.23:iptables, with commas between them
    #[arg(long = "kube-proxy", value_name = "NODE=RELEASE[:MODE]", value_delimiter = ',')]
    #[serde(default)]
    pub kube_proxies: Vec<NodeProxy>,
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

/// Releases of kube-proxy that are built beside the lab's own, each from a module file of its own in
/// `tests/kube-proxies`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
pub enum ProxyRelease {
    /// 1.23.17: before the traffic policies were reorganised
    #[value(name = "1.23")]
    V1_23,
    /// 1.33.4: nftables before hosts reached load balancers without a local endpoint
    #[value(name = "1.33")]
    V1_33,
}

impl ProxyRelease {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::V1_23, Self::V1_33];

    /// As its binary is stamped; the same as in its module file.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Self::V1_23 => "v1.23.17",
            Self::V1_33 => "v1.33.4",
        }
    }

    /// Whether it marks what it means to drop, for kubelet's chains (before 1.25).
    #[must_use]
    pub fn marks_drops(self) -> bool {
        self == Self::V1_23
    }

    /// The name of its module file, without `.mod`.
    #[must_use]
    pub fn module(self) -> &'static str {
        match self {
            Self::V1_23 => "1.23",
            Self::V1_33 => "1.33",
        }
    }
}

impl Default for LabOptions {
    fn default() -> Self {
        Self {
            name: "lab".into(),
            nodes: 3,
            mode: ProxyMode::Iptables,
            cluster_cidr: crate::addresses::POD_RANGE.into(),
            kube_proxies: Vec::new(),
        }
    }
}

impl LabOptions {
    /// The kube-proxy of a node, where it differs from the cluster's.
    #[must_use]
    pub fn kube_proxy_of(&self, node: &str) -> Option<&NodeProxy> {
        self.kube_proxies.iter().find(|proxy| proxy.node == node)
    }

    /// The names of the nodes.
    pub fn node_names(&self) -> impl Iterator<Item = String> + Clone + use<> {
        (1..=self.nodes).map(|number| format!("node{number}"))
    }
}

/// kube-proxy's modes that this machine's kernel can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ProxyMode {
    /// Rules of iptables.
    Iptables,
    /// Rules of nftables.
    Nftables,
}

impl fmt::Display for ProxyMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iptables => "iptables",
            Self::Nftables => "nftables",
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
        assert_eq!("node3=1.23:iptables".parse(), proxy("node3", ProxyRelease::V1_23, Some(ProxyMode::Iptables)));
        for wrong in ["node2", "node2=1.2", "node2=1.33:ipvs"] {
            assert!(wrong.parse::<NodeProxy>().is_err(), "{wrong}");
        }
    }
}
