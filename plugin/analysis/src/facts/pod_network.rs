//! How pods are connected.

use serde::{Deserialize, Serialize};

/// What is known of the cluster's pod network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodNetwork {
    /// Which one.
    pub plugin: NetworkPlugin,
    /// What shows it: "DaemonSet kube-system/terway-eniip".
    pub source: String,
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
    /// Cilium in kube-proxy's place.
    CiliumKubeProxyReplacement,
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
    /// Antrea.
    Antrea,
    /// Weave, kube-router and others that are plain bridges or veth pairs.
    Bridge,
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
