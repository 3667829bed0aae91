//! What a lab can be told.

use std::fmt;

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
}

impl Default for LabOptions {
    fn default() -> Self {
        Self { name: "lab".into(), nodes: 3, mode: ProxyMode::Iptables, cluster_cidr: crate::addresses::POD_RANGE.into() }
    }
}

impl LabOptions {
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
