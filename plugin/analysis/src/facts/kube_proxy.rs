//! kube-proxy: how it is configured, and which release runs where.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Known, Version};
use crate::error::{NotADetection, NotAMode};

/// The release from which an empty mode means nftables, as planned (KEP-5343).
const NFTABLES_BY_DEFAULT: Version = Version::new(40, 0);

/// What the API tells of kube-proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeProxy {
    /// Its configuration. The running process may have been started with another one.
    pub config: Known<KubeProxyConfig>,
    /// Its release by node, from the image tags of its pods.
    pub releases: Known<BTreeMap<String, Version>>,
    /// The nodes whose pod of kube-proxy is not Ready: nobody keeps the rules up to date there.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub not_ready: BTreeSet<String>,
    /// The nodes on which it has no pod, where it has one on others.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub without_pod: BTreeSet<String>,
    /// How many Ready pods its DaemonSets have, where these are fewer than nodes and it was not read which nodes have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub too_few_ready: Option<ReadyPods>,
    /// What the running process itself said, by node. Only probes on hosts can ask it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub processes: BTreeMap<String, KubeProxyProcess>,
}

/// Ready pods of kube-proxy beside the nodes that should have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadyPods {
    /// How many pods.
    pub ready: usize,
    /// How many nodes: Linux, Ready, and no virtual ones.
    pub nodes: usize,
}

/// A running kube-proxy. All is missing where nothing answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeProxyProcess {
    /// Its mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<ProxyMode>,
    /// Its release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Version>,
    /// How it tells its own pods, and by which ranges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<LocalDetection>,
    /// Whether it says that its rules are as new as what it knows (`/livez`, or `/healthz` before 1.28).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy: Option<bool>,
    /// Whether it takes its node for one that load balancers may use; not so where it does not find
    /// its Node object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_eligible: Option<bool>,
    /// Seconds for which a change has waited to be written into its rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_seconds: Option<u32>,
    /// How often it could not write its rules since it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_failures: Option<u32>,
    /// Its own count of the Service's endpoints on its node, by the healthCheckNodePort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_endpoints: Option<u32>,
    /// The count before the checks, where it was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_endpoints_before: Option<u32>,
    /// Whether the count is no matter of a moment: it lasted, or nothing waited to change it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local_endpoints_settled: bool,
}

impl KubeProxy {
    /// Whether it is known to run: its configuration was read, or pods of it were seen.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.config.value().is_some() || self.releases.value().is_some() || self.processes.values().any(|process| process.mode.is_some())
    }
}

/// How a kube-proxy tells that a packet comes from a pod of its own node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalDetection {
    /// `detectLocalMode`.
    #[serde(rename = "detectLocal")]
    pub mode: DetectLocal,
    /// `clusterCIDR`: of each family only the first counts.
    #[serde(rename = "clusterCIDRs")]
    pub cluster_cidrs: Vec<IpNet>,
    /// `detectLocal.interfaceNamePrefix`, where that is the mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface_prefix: Option<String>,
}

/// What of kube-proxy's configuration decides about a Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeProxyConfig {
    /// Where it was read: "ConfigMap kube-system/kube-proxy"; or whose default it is.
    pub source: String,
    /// Whether it was read at all.
    #[serde(default, skip_serializing_if = "ConfigOrigin::is_read")]
    pub origin: ConfigOrigin,
    /// `mode`.
    pub mode: ConfiguredMode,
    /// How it tells its own pods.
    #[serde(flatten)]
    pub detection: LocalDetection,
    /// `iptables.masqueradeAll` and its siblings: at ClusterIPs the endpoint sees a node's address then. No check depends on
    /// it; it is there for readers of the JSON.
    pub masquerade_all: bool,
    /// `nodePortAddresses`, as written.
    pub node_port_addresses: Vec<String>,
    /// `ipvs.strictARP`: nodes answer ARP for addresses of the interface asked for alone, not for those that ipvs mode binds.
    #[serde(default, rename = "strictARP", skip_serializing_if = "Option::is_none")]
    pub strict_arp: Option<bool>,
    /// Under which node's name kube-proxies run: each counts the endpoints of that node as its own.
    #[serde(default, skip_serializing_if = "RunsAs::is_unknown")]
    pub runs_as: RunsAs,
    /// The address at which kube-proxy dials the API server, by the kubeconfig beside its configuration; nothing where that has a
    /// name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_server: Option<IpAddr>,
    /// `featureGates`, as written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub feature_gates: BTreeMap<String, bool>,
}

impl KubeProxyConfig {
    /// One that was read and says no more than this.
    #[must_use]
    pub fn read(source: &str, mode: ConfiguredMode, detection: LocalDetection) -> Self {
        Self {
            source: source.into(),
            origin: ConfigOrigin::Read,
            mode,
            detection,
            masquerade_all: false,
            node_port_addresses: Vec::new(),
            strict_arp: None,
            runs_as: RunsAs::Unknown,
            api_server: None,
            feature_gates: BTreeMap::new(),
        }
    }
}

/// Under which node's name kube-proxies run, by `hostnameOverride` of the configuration and the flag `--hostname-override`,
/// which counts before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunsAs {
    /// Neither was read.
    #[default]
    Unknown,
    /// Each under its node's: the flag has a variable.
    ItsNode,
    /// Each under the machine's hostname: neither says otherwise.
    Hostname,
    /// The same, unless a flag that was not read says otherwise.
    HostnameUnlessFlag,
    /// All under this one.
    Same(String),
    /// The same, unless a flag that was not read says otherwise.
    SameUnlessFlag(String),
    /// Those on these nodes under these names, by the flags of their pods.
    Each(BTreeMap<String, String>),
}

impl RunsAs {
    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    /// The one name of all.
    #[must_use]
    pub fn same(&self) -> Option<&str> {
        match self {
            Self::Same(name) => Some(name),
            _ => None,
        }
    }

    /// The name under which it runs on a node, where that is known and another than the node's.
    pub(crate) fn other_name_on(&self, node: Option<&str>) -> Option<&str> {
        let name = match self {
            Self::Same(name) => Some(name.as_str()),
            Self::Each(names) => node.and_then(|node| names.get(node)).map(String::as_str),
            _ => None,
        };
        name.filter(|name| node != Some(*name))
    }
}

/// `mode` in a configuration. In documents it is one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConfiguredMode {
    /// It is empty.
    Default,
    /// This one.
    #[serde(untagged)]
    Named(ProxyMode),
}

impl ConfiguredMode {
    /// The mode in which a kube-proxy of some release runs: an empty one means iptables, and from 1.40 on nftables
    /// (KEP-5343). A release that is not known is none of those to come.
    #[must_use]
    pub fn in_release(self, release: Option<Version>) -> ProxyMode {
        match self {
            Self::Named(mode) => mode,
            Self::Default if release.is_some_and(|release| release >= NFTABLES_BY_DEFAULT) => ProxyMode::Nftables,
            Self::Default => ProxyMode::Iptables,
        }
    }
}

impl From<ProxyMode> for ConfiguredMode {
    fn from(mode: ProxyMode) -> Self {
        Self::Named(mode)
    }
}

impl FromStr for ConfiguredMode {
    type Err = NotAMode;

    fn from_str(word: &str) -> Result<Self, NotAMode> {
        if word.is_empty() { Ok(Self::Default) } else { word.parse().map(Self::Named) }
    }
}

/// How a configuration is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConfigOrigin {
    /// It was read.
    #[default]
    Read,
    /// It is what the distribution has by default.
    Assumed,
}

impl ConfigOrigin {
    /// Whether it was read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        *self == Self::Read
    }
}

/// How kube-proxy programs a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProxyMode {
    /// iptables, the default.
    Iptables,
    /// IP virtual server.
    Ipvs,
    /// nftables, from 1.29 on.
    Nftables,
}

impl ProxyMode {
    /// All that Linux knows.
    pub const ALL: [Self; 3] = [Self::Iptables, Self::Ipvs, Self::Nftables];
}

impl fmt::Display for ProxyMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iptables => "iptables",
            Self::Ipvs => "ipvs",
            Self::Nftables => "nftables",
        })
    }
}

impl FromStr for ProxyMode {
    type Err = NotAMode;

    fn from_str(word: &str) -> Result<Self, NotAMode> {
        match word {
            "iptables" => Ok(Self::Iptables),
            "ipvs" => Ok(Self::Ipvs),
            "nftables" => Ok(Self::Nftables),
            other => Err(NotAMode(other.chars().take(40).collect())),
        }
    }
}

/// The ways in which kube-proxy tells that a packet comes from a pod of its own node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DetectLocal {
    /// By the cluster's range; the default.
    #[default]
    #[serde(rename = "ClusterCIDR")]
    ClusterCidr,
    /// By the node's `spec.podCIDRs`.
    #[serde(rename = "NodeCIDR")]
    NodeCidr,
    /// By the name of the bridge.
    BridgeInterface,
    /// By the beginning of the interface's name.
    InterfaceNamePrefix,
}

impl FromStr for DetectLocal {
    type Err = NotADetection;

    /// As kube-proxy reads it: an empty word is the default.
    fn from_str(word: &str) -> Result<Self, NotADetection> {
        match word {
            "" | "ClusterCIDR" => Ok(Self::ClusterCidr),
            "NodeCIDR" => Ok(Self::NodeCidr),
            "BridgeInterface" => Ok(Self::BridgeInterface),
            "InterfaceNamePrefix" => Ok(Self::InterfaceNamePrefix),
            other => Err(NotADetection(other.chars().take(40).collect())),
        }
    }
}
