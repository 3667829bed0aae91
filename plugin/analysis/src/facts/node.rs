//! One node.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Distribution, NetworkPlugin, Version};

/// One node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its Ready condition; what the condition says where it is not.
    pub readiness: Readiness,
    /// What the machine calls itself, from the label `kubernetes.io/hostname`, where that is not the node's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// `linux` or `windows`, from the label `kubernetes.io/os`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The ranges of its pods' addresses, `spec.podCIDRs`; networks such as Terway have none.
    #[serde(default, rename = "podCIDRs")]
    pub pod_cidrs: Vec<IpNet>,
    /// Addresses of pods that were seen on it, other than those of the Service's endpoints: of pods in a file, and of
    /// probes. They tell where pods are where that is not in `podCIDRs`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pod_addresses: Vec<IpAddr>,
    /// Its addresses of type InternalIP.
    #[serde(default, rename = "internalIPs")]
    pub internal_ips: Vec<IpAddr>,
    /// Its addresses of type ExternalIP.
    #[serde(default, rename = "externalIPs")]
    pub external_ips: Vec<IpAddr>,
    /// `nodeInfo.kubeProxyVersion`, which kubelet guesses and newer ones leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kube_proxy_version: Option<Version>,
    /// kubelet's release, which kube-proxy's usually equals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubelet_version: Option<Version>,
    /// Its zone, from the label `topology.kubernetes.io/zone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Its node pool, by the label of the cloud that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The cloud that made it, the beginning of `spec.providerID`: "alicloud", "aws", "gce", "azure".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Conditions other than Ready that are not as they should be, "NetworkUnavailable" for instance.
    #[serde(default, rename = "troubles", skip_serializing_if = "Vec::is_empty")]
    pub failing_conditions: Vec<String>,
    /// Which plugin connects its pods, where its labels say so: node pools of Terway may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_plugin: Option<NetworkPlugin>,
    /// The distribution of Kubernetes that runs on it, by kubelet's release or the node's labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// The flags with which k3s or RKE2 was told to start kube-proxy there, by their names without dashes. Reports have what
    /// comes of them, kube-proxy's configuration.
    #[serde(skip)]
    pub kube_proxy_flags: BTreeMap<String, String>,
    /// The ranges of all pods that k3s' or RKE2's server on it was told, and tells kube-proxy.
    #[serde(skip)]
    pub cluster_cidrs: Vec<IpNet>,
    /// The cluster of route reflectors that it is one of: Calico passes on there what its peers announce (annotation
    /// `projectcalico.org/RouteReflectorClusterID`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_reflector_cluster: Option<String>,
    /// The label by which kube-proxy is a part of its machine, as in EKS' Auto Mode: no pod shows it.
    #[serde(skip)]
    pub own_kube_proxy: Option<String>,
    /// Whether it has the label `node.kubernetes.io/exclude-from-external-load-balancers`; not known in reports of a time
    /// when it was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded_from_load_balancers: Option<bool>,
    /// Whether it has the label `node-role.kubernetes.io/master`, by which Alibaba Cloud's controller leaves nodes out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub master: bool,
    /// Whether it has the label `node-role.kubernetes.io/control-plane`, by which Azure's leaves nodes out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub control_plane: bool,
    /// How the pod network reaches it, by its annotations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<Tunnel>,
    /// False where k3s or RKE2 was started on it without ServiceLB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_service_lb: Option<bool>,
    /// The label by which it is no machine, but a provider's service for pods: a virtual kubelet, or Fargate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_by: Option<String>,
    /// The architecture of its processor in Kubernetes' spelling, "amd64" or "arm64". Only how a probe is brought to it
    /// depends on that and on its images: reports leave both out.
    #[serde(skip)]
    pub architecture: Option<String>,
    /// Some of the images that it has.
    #[serde(skip)]
    pub images: Vec<String>,
    /// Cordoned. Pods run on it all the same.
    pub unschedulable: bool,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Seconds since kubelet last renewed its lease, when the facts were read. kubelet does so
    /// every 10 s; the node turns NotReady only after 40 s or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease_age_seconds: Option<u64>,
}

impl Node {
    /// A Ready Linux node of which nothing else is known.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            readiness: Readiness::Ready,
            hostname: None,
            os: Some("linux".into()),
            pod_cidrs: Vec::new(),
            pod_addresses: Vec::new(),
            internal_ips: Vec::new(),
            external_ips: Vec::new(),
            kube_proxy_version: None,
            kubelet_version: None,
            zone: None,
            pool: None,
            provider: None,
            failing_conditions: Vec::new(),
            network_plugin: None,
            distribution: None,
            kube_proxy_flags: BTreeMap::new(),
            cluster_cidrs: Vec::new(),
            route_reflector_cluster: None,
            own_kube_proxy: None,
            excluded_from_load_balancers: None,
            master: false,
            control_plane: false,
            tunnel: None,
            runs_service_lb: None,
            virtual_by: None,
            architecture: None,
            images: Vec::new(),
            unschedulable: false,
            taints: Vec::new(),
            lease_age_seconds: None,
        }
    }

    /// Whether an address is in one of its pods' ranges.
    #[must_use]
    pub fn pod_cidrs_contain(&self, address: IpAddr) -> bool {
        self.pod_cidrs.iter().any(|range| range.contains(&address))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// The end of a pod network's tunnels on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "network", content = "address", rename_all = "camelCase")]
pub enum Tunnel {
    /// Flannel's, at its `public-ip`. In k3s no DaemonSet shows it.
    Flannel(Option<IpAddr>),
    /// Calico's, at its `IPv4Address`.
    Calico(Option<IpAddr>),
}

impl Tunnel {
    /// Where it ends.
    #[must_use]
    pub const fn address(self) -> Option<IpAddr> {
        match self {
            Self::Flannel(address) | Self::Calico(address) => address,
        }
    }
}

/// Whether a node is Ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Readiness {
    /// Condition Ready is True.
    Ready,
    /// It is not, or unknown, with the condition's message.
    NotReady(String),
}

/// A taint, as `kubectl describe node` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// NoSchedule, PreferNoSchedule or NoExecute.
    pub effect: String,
}
