//! How pods are connected, and what of that answers for Services beside kube-proxy or in its place.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Version;

/// From when Cilium announces an address from nodes with an endpoint alone (cilium PR 46399).
pub const CILIUM_ANNOUNCES_BY_ENDPOINT: Version = Version::new(20, 2);

/// What is known of the cluster's pod network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodNetwork {
    /// Which one.
    pub plugin: NetworkPlugin,
    /// What shows it: "DaemonSet kube-system/terway-eniip".
    pub source: String,
    /// Its release, by its image's tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Version>,
    /// The ranges of all pods, where it was told some: Calico's `CALICO_IPV4POOL_CIDR` and its sibling of IPv6, from which its
    /// first pools are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pod_ranges: Vec<IpNet>,
    /// What its ConfigMap says, where it is Antrea.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub antrea: Option<AntreaConfig>,
    /// The same where it is Cilium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cilium: Option<CiliumConfig>,
    /// The same where it is Terway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terway: Option<TerwayConfig>,
    /// Whether kube-router was started with `--hairpin-mode`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hairpin_mode: bool,
    /// Whether it is Weave that masquerades what comes from outside for pods of the node: by default before 2.7.0.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masquerades_for_local_pods: bool,
    /// The ranges of load balancers' addresses that Calico announces by BGP: `serviceLoadBalancerIPs` of its BGPConfiguration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announced_ranges: Vec<IpNet>,
    /// Whether Calico's nodes peer with each other by BGP: `nodeToNodeMeshEnabled` of its BGPConfiguration.
    #[serde(default, skip_serializing_if = "BgpMesh::is_full")]
    pub bgp_mesh: BgpMesh,
    /// Whether Calico's first pool has no VXLAN tunnels, by `CALICO_IPV4POOL_VXLAN` and `CALICO_IPV4POOL_IPIP`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refuses_vxlan: bool,
}

/// Whether nodes peer with each other by BGP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BgpMesh {
    /// Each with each other one, as by default.
    #[default]
    Full,
    /// Only with the peers that are written down.
    Off,
}

impl BgpMesh {
    /// Whether each node peers with each other one.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_full(&self) -> bool {
        *self == Self::Full
    }
}

/// Whether the CNI plugin lets packets of a pod come back to it, as its configuration says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HairpinSetting {
    /// Where that is: "ConfigMap kube-flannel/kube-flannel-cfg".
    pub source: String,
    /// Whether `hairpinMode` is true.
    pub is_on: bool,
}

impl PodNetwork {
    /// One of which nothing else is known.
    #[must_use]
    pub fn named(plugin: NetworkPlugin, source: &str) -> Self {
        Self {
            plugin,
            source: source.into(),
            release: None,
            pod_ranges: Vec::new(),
            antrea: None,
            cilium: None,
            terway: None,
            hairpin_mode: false,
            announced_ranges: Vec::new(),
            bgp_mesh: BgpMesh::Full,
            refuses_vxlan: false,
            masquerades_for_local_pods: false,
        }
    }
}

/// What of Antrea's `antrea-agent.conf` decides about Services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AntreaConfig {
    /// What AntreaProxy answers for.
    pub scope: AntreaScope,
    /// `antreaProxy.proxyLoadBalancerIPs`; on by default.
    #[serde(rename = "proxyLoadBalancerIPs")]
    pub proxy_load_balancer_ips: bool,
    /// `trafficEncapMode` is `networkPolicyOnly`: Antrea runs on top of a cloud's own pod network.
    pub network_policy_only: bool,
}

/// What AntreaProxy answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AntreaScope {
    /// Nothing: kube-proxy does.
    Nothing,
    /// Pods at ClusterIPs and load balancers' addresses, as by default since 0.11.
    Pods,
    /// `antreaProxy.proxyAll`: hosts, node ports and external IPs too.
    All,
}

/// How replies of endpoints get to pods of their own node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SameNodeReplies {
    /// That is not known, or they may go past the node's connection tracking.
    #[default]
    Open,
    /// Through the node, by `enable-endpoint-routes`.
    ThroughNode,
    /// The same for connections that iptables or nftables translated: by the rule that masquerades those, which comes with
    /// masquerading by iptables (cilium, pkg/datapath/iptables). It asks for the state DNAT, which ipvs does not set.
    Masqueraded,
}

/// What of Cilium's `cilium-config` decides about Services, beside whether it takes kube-proxy's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct CiliumConfig {
    /// `bpf-lb-mode` is `dsr` or `hybrid`: endpoints on other nodes answer clients directly.
    pub direct_server_return: bool,
    /// `bpf-lb-sock`, without `bpf-lb-sock-hostns-only`: pods' connections go to an endpoint from the start.
    pub socket_load_balancing_in_pods: bool,
    /// How replies of endpoints get to pods of their own node.
    #[serde(default)]
    pub same_node_replies: SameNodeReplies,
    /// `enable-l2-announcements`: Cilium announces load balancers' addresses by ARP and NDP.
    #[serde(default)]
    pub announces_by_layer_2: bool,
    /// `enable-bgp-control-plane`, or the older `bgp-announce-lb-ip`: it may announce them by BGP.
    #[serde(default)]
    pub announces_by_bgp: bool,
    /// `enable-bgp-control-plane`: it does so as its objects say.
    #[serde(default)]
    pub bgp_control_plane: bool,
}

impl CiliumConfig {
    /// Whether endpoints on other nodes answer pods directly.
    pub(crate) const fn is_direct_from_pods(self) -> bool {
        self.direct_server_return && !self.socket_load_balancing_in_pods
    }
}

/// What of Terway's `eni-config` decides about Services.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TerwayConfig {
    /// `in_cluster_loadbalance`: its eBPF data paths dial endpoints themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_cluster_load_balance: Option<bool>,
    /// `host_stack_cidrs`: what pods with an ENI of their own reach through the node.
    #[serde(default, rename = "hostStackCIDRs", skip_serializing_if = "Vec::is_empty")]
    pub host_stack_cidrs: Vec<IpNet>,
}

/// The pod networks that are told apart, as far as they change what kube-proxy sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NetworkPlugin {
    /// Flannel.
    Flannel,
    /// Calico with iptables or nftables.
    Calico,
    /// Calico with its eBPF data path, which takes kube-proxy's place.
    CalicoEbpf,
    /// Cilium beside kube-proxy.
    Cilium,
    /// Cilium that takes kube-proxy's place in part, or of which that could not be told.
    CiliumPartly,
    /// Cilium in kube-proxy's place.
    CiliumKubeProxyReplacement,
    /// Google's Dataplane V2, which is built on Cilium.
    GkeDataplaneV2,
    /// Terway with secondary addresses behind veth pairs.
    TerwayVeth,
    /// Terway with IPvlan, which dials Services by eBPF.
    TerwayIpvlan,
    /// Terway with DataPathV2.
    TerwayDataPathV2,
    /// Terway with an interface of the cloud's for each pod.
    TerwayExclusiveEni,
    /// Terway in a mode that could not be told.
    Terway,
    /// kindnet.
    Kindnet,
    /// Amazon's VPC network: veth pairs.
    AmazonVpc,
    /// Azure's own: veth pairs.
    AzureCni,
    /// Antrea, whose AntreaProxy answers pods.
    Antrea,
    /// kube-router with its service proxy, which takes kube-proxy's place.
    KubeRouterServiceProxy,
    /// OVN-Kubernetes, OpenShift's: it takes kube-proxy's place.
    OvnKubernetes,
    /// Kube-OVN: kube-proxy answers for load balancers, where the pods' packets cross their node.
    KubeOvn,
    /// Weave, kube-router without its service proxy and others that are plain bridges or veth pairs.
    Bridge,
}

/// The first release of Calico whose IPAM gives load balancers their addresses, where its configuration has it do so (calico issue 10476).
const CALICO_GIVES_ADDRESSES: Version = Version { major: 3, minor: 30, patch: 0 };

/// Whether NetworkPolicies hold anybody back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyEnforcement {
    /// They do, unless a policy of the pod network's own kind admits more: Calico's, Cilium's, Antrea's.
    Always,
    /// They do not.
    Never,
    /// That is not known.
    Unknown,
}

impl NetworkPlugin {
    /// Whether it is Cilium in one of its ways.
    #[must_use]
    pub const fn is_cilium(self) -> bool {
        matches!(self, Self::Cilium | Self::CiliumPartly | Self::CiliumKubeProxyReplacement)
    }

    /// Whether a NetworkPolicy's ranges mean clients inside as well. With Cilium, which Google's Dataplane V2 and Terway's data
    /// paths are built on, they mean what is outside the cluster alone ("Layer 3 Policies", its documentation).
    #[must_use]
    pub const fn applies_ranges_to_pods(self) -> bool {
        !self.is_cilium() && !matches!(self, Self::GkeDataplaneV2 | Self::TerwayDataPathV2 | Self::TerwayIpvlan | Self::Terway)
    }

    /// Whether it enforces NetworkPolicies, by its own documents. Those that do have kinds of policies of their own, which may admit more.
    #[must_use]
    pub const fn policy_enforcement(self) -> PolicyEnforcement {
        match self {
            Self::Calico
            | Self::CalicoEbpf
            | Self::Cilium
            | Self::CiliumPartly
            | Self::CiliumKubeProxyReplacement
            | Self::GkeDataplaneV2
            | Self::Antrea
            | Self::OvnKubernetes
            | Self::KubeOvn => PolicyEnforcement::Always,
            Self::Flannel => PolicyEnforcement::Never,
            Self::TerwayVeth
            | Self::TerwayIpvlan
            | Self::TerwayDataPathV2
            | Self::TerwayExclusiveEni
            | Self::Terway
            | Self::Kindnet
            | Self::AmazonVpc
            | Self::AzureCni
            | Self::KubeRouterServiceProxy
            | Self::Bridge => PolicyEnforcement::Unknown,
        }
    }

    /// Whether it may give Services of type LoadBalancer their addresses: Cilium's LB IPAM, Calico's from 3.30, Antrea's
    /// ServiceExternalIP, kube-router's external IPs, Kube-OVN's.
    #[must_use]
    pub fn may_make_load_balancers(self, release: Option<Version>) -> bool {
        match self {
            Self::Flannel | Self::Bridge | Self::Kindnet => false,
            Self::Calico | Self::CalicoEbpf => release.is_none_or(|release| release >= CALICO_GIVES_ADDRESSES),
            _ => true,
        }
    }

    /// Whether it answers for Services in kube-proxy's place, for pods and hosts.
    #[must_use]
    pub const fn replaces_kube_proxy(self) -> bool {
        matches!(
            self,
            Self::CalicoEbpf | Self::CiliumKubeProxyReplacement | Self::GkeDataplaneV2 | Self::KubeRouterServiceProxy | Self::OvnKubernetes
        )
    }
}

/// The way of a pod's packets to a Service's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PodPath {
    /// Through the node's own network stack, where kube-proxy's rules are.
    ThroughHost,
    /// Past it, onto the cloud's network.
    PastHost,
}
