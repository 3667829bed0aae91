//! A pod of an application from which the Service is dialled, beside the pods of the nodes.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Known, PodPolicy};
use crate::vantage::Vantage;

/// A pod that the user named, with what sets it apart from a plain pod of its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedPod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid: another pod of that name is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Its node, and which of the node's networks it is in: the host's for pods with `hostNetwork`.
    pub vantage: Vantage,
    /// The container of a service mesh's proxy, which takes the pod's connections: "istio-proxy".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar: Option<String>,
    /// The NetworkPolicies that select it.
    #[serde(default)]
    pub policies: Known<Vec<PodPolicy>>,
    /// `spec.hostAliases`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host_aliases: Vec<HostAlias>,
    /// Its `dnsPolicy`, where its names are not resolved by the cluster's DNS: "Default", "None", or "ClusterFirst" in the host network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_dns: Option<String>,
    /// Variables that send its programs to an HTTP proxy, which the probe does not use: "HTTPS_PROXY".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proxy_variables: Vec<String>,
    /// What gives it a network interface of its own, with security groups that other pods of its node do not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_interface: Option<OwnInterface>,
    /// Whether it still initialises: its own containers do not run yet, nor a sidecar among them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub initialises: bool,
    /// How the probe comes into it.
    #[serde(default, skip_serializing_if = "PodDelivery::is_image")]
    pub delivery: PodDelivery,
}

/// What gives a pod a network interface of the cloud's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OwnInterface {
    /// Terway: an ENI by trunking, or an exclusive one (annotations `k8s.aliyun.com/pod-eni` and `k8s.aliyun.com/pod-networking`).
    Terway,
    /// Alibaba Cloud's container compute service, with security groups that the pod names
    /// (`network.alibabacloud.com/security-group-ids`).
    AlibabaCompute,
    /// AWS: security groups for pods (`vpc.amazonaws.com/pod-eni`).
    Aws,
}

/// How the probe comes into a pod that runs, which takes no volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PodDelivery {
    /// In its image.
    #[default]
    Image,
    /// By the standard input of a container, whose shell starts it.
    Sent(ShellImage),
    /// In its image; where that cannot be pulled, like [`Sent`](Self::Sent), in a second container.
    ImageOrSent(ShellImage),
}

/// An image that a node has or can pull, with a shell, and what runs there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShellImage {
    /// Its reference.
    pub image: String,
    /// The node's architecture in Kubernetes' spelling: "amd64".
    pub architecture: String,
}

impl PodDelivery {
    fn is_image(&self) -> bool {
        *self == Self::Image
    }
}

/// An entry of a pod's hosts file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostAlias {
    /// The address.
    pub address: IpAddr,
    /// The names that it has in the pod.
    pub names: Vec<String>,
}

impl fmt::Display for NamedPod {
    /// As it stands in a sentence: "shop/cart-7d9f".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl NamedPod {
    /// The policies that limit where it may connect to; nothing where it is not known which select it.
    #[must_use]
    pub fn limiting_policies(&self) -> Option<Vec<String>> {
        let limiting = |policies: &Vec<PodPolicy>| {
            policies.iter().filter(|policy| policy.limits_egress).map(|policy| format!("{}/{}", policy.namespace, policy.name)).collect()
        };
        self.policies.value().map(limiting)
    }

    /// The address that its hosts file gives a name.
    #[must_use]
    pub fn alias(&self, name: &str) -> Option<IpAddr> {
        self.host_aliases.iter().find(|alias| alias.names.iter().any(|other| other == name)).map(|alias| alias.address)
    }
}
