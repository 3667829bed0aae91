//! A node, as little of it as is needed: most of what the API sends of one are its images, of which few are kept.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::{ContainerImage, Node as WholeNode, NodeAddress, NodeCondition, NodeSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use lbprobe_analysis::facts::{Distribution, NetworkPlugin, Node, Readiness, Taint, Tunnel};
use serde::Deserialize;

use super::node_images::suitable_images;
use super::{LeaseAges, NodeLabels, parsed};
use crate::error::UnknownFact;
use crate::kubernetes::part_of;

/// The label by which kubelet tells its operating system.
const OS_LABEL: &str = "kubernetes.io/os";

/// The label by which kubelet tells what its machine calls itself.
const HOSTNAME_LABEL: &str = "kubernetes.io/hostname";

/// The label by which a cloud tells a node's zone.
const ZONE_LABEL: &str = "topology.kubernetes.io/zone";

/// The labels by which clouds tell a node's pool: Alibaba Cloud, Amazon, Google, Azure.
const POOL_LABELS: [&str; 4] =
    ["alibabacloud.com/nodepool-id", "eks.amazonaws.com/nodegroup", "cloud.google.com/gke-nodepool", "kubernetes.azure.com/agentpool"];

/// The labels by which a node is left out of load balancers, today's and that of before 1.19.
const EXCLUDE_LABELS: [&str; 2] =
    ["node.kubernetes.io/exclude-from-external-load-balancers", "alpha.service-controller.kubernetes.io/exclude-balancer"];

/// The labels of nodes that run the control plane, of before 1.24 and today's.
const MASTER_LABEL: &str = "node-role.kubernetes.io/master";
const CONTROL_PLANE_LABEL: &str = "node-role.kubernetes.io/control-plane";

/// By which Alibaba Cloud says that DataPathV2 takes kube-proxy's place on a node, and that each pod has an ENI of its own.
const NO_KUBE_PROXY_LABEL: &str = "k8s.aliyun.com/no-kube-proxy";
const EXCLUSIVE_ENI_LABEL: &str = "k8s.aliyun.com/exclusive-mode-eni-type";

/// By which Calico marks a node as a route reflector.
const REFLECTOR: &str = "projectcalico.org/RouteReflectorClusterID";

/// The annotations in which k3s and RKE2 say with which arguments they were started.
const NODE_ARGS: [&str; 2] = ["k3s.io/node-args", "rke2.io/node-args"];

/// The annotations in which pod networks note where a node's tunnels end: Flannel, and Calico with the length of the range.
const FLANNEL_ADDRESS: &str = "flannel.alpha.coreos.com/public-ip";
const CALICO_ADDRESS: &str = "projectcalico.org/IPv4Address";

/// By which Flannel notes how it connects a node.
const FLANNEL_BACKEND: &str = "flannel.alpha.coreos.com/backend-type";

/// The labels of nodes that are no machines: Virtual Kubelet's and Liqo's, with the key `type` in whatever domain, and Fargate's.
const VIRTUAL_VALUES: [&str; 2] = ["virtual-kubelet", "virtual-node"];
const FARGATE_LABEL: (&str, &str) = ("eks.amazonaws.com/compute-type", "fargate");

/// How the keys of their taints begin (virtual-kubelet, Liqo).
const VIRTUAL_TAINTS: [&str; 2] = ["virtual-kubelet.io/", "virtual-node."];

/// The labels of nodes of which kube-proxy is a part.
const OWN_KUBE_PROXY_LABELS: [(&str, &str); 1] = [("eks.amazonaws.com/compute-type", "auto")];

/// The label of MicroK8s' nodes.
const MICROK8S_LABEL: &str = "microk8s.io/cluster";

/// A node as the API or a file has it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct ApiNode {
    metadata: ObjectMeta,
    spec: NodeSpec,
    status: Status,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    conditions: Vec<NodeCondition>,
    addresses: Vec<NodeAddress>,
    images: Vec<ContainerImage>,
    node_info: Info,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Info {
    architecture: String,
    kube_proxy_version: String,
    kubelet_version: String,
}

/// The labels of nodes.
pub(crate) fn labels<'a>(nodes: impl Iterator<Item = &'a ApiNode>) -> NodeLabels {
    let of_node = |node: &ApiNode| Some((node.metadata.name.clone()?, node.metadata.labels.clone().unwrap_or_default()));
    nodes.filter_map(of_node).collect()
}

impl ApiNode {
    /// One that is ready, runs Linux, and of which nothing else is known.
    pub(crate) fn assumed(name: &str, addresses: &[IpAddr]) -> Self {
        let ready = NodeCondition { type_: "Ready".into(), status: "True".into(), ..NodeCondition::default() };
        let address = |address: &IpAddr| NodeAddress { type_: "InternalIP".into(), address: address.to_string() };
        Self {
            metadata: ObjectMeta {
                name: Some(name.into()),
                labels: Some([(OS_LABEL.into(), "linux".into())].into()),
                ..ObjectMeta::default()
            },
            spec: NodeSpec::default(),
            status: Status { conditions: vec![ready], addresses: addresses.iter().map(address).collect(), ..Status::default() },
        }
    }
}

/// The addresses by which clients may dial a node.
pub(crate) fn node_addresses(node: &ApiNode) -> Vec<IpAddr> {
    node.status.addresses.iter().filter_map(|address| address.address.parse().ok()).collect()
}

/// One node.
pub(crate) fn node(node: ApiNode, leases: &LeaseAges) -> Node {
    let ApiNode { metadata, spec, status } = node;
    let name = metadata.name.unwrap_or_default();
    let (ready, others): (Vec<_>, Vec<_>) = status.conditions.into_iter().partition(|condition| condition.type_ == "Ready");
    let of_type = |wanted: &str| {
        let addresses = status.addresses.iter().filter(|address| address.type_ == wanted);
        addresses.filter_map(|address| address.address.parse().ok()).collect()
    };
    let mut labels = metadata.labels.unwrap_or_default();
    let annotations = metadata.annotations.unwrap_or_default();
    let taint = |taint: k8s_openapi::api::core::v1::Taint| Taint { key: taint.key, value: taint.value, effect: taint.effect };
    Node {
        readiness: match ready.into_iter().next() {
            Some(condition) if condition.status == "True" => Readiness::Ready,
            Some(condition) => Readiness::NotReady(condition.message.unwrap_or_default()),
            None => Readiness::NotReady(UnknownFact::KubeletNotReported.to_string()),
        },
        network_plugin: network_plugin(&labels),
        distribution: distribution(&status.node_info.kubelet_version, &labels).filter(|_| !is_without_kube_proxy(&annotations)),
        kube_proxy_flags: kube_proxy_flags(&annotations),
        cluster_cidrs: cluster_cidrs(&annotations),
        own_kube_proxy: first_label(&OWN_KUBE_PROXY_LABELS, &labels),
        excluded_from_load_balancers: Some(EXCLUDE_LABELS.iter().any(|label| labels.contains_key(*label))),
        master: labels.contains_key(MASTER_LABEL),
        control_plane: labels.contains_key(CONTROL_PLANE_LABEL),
        hostname: labels.remove(HOSTNAME_LABEL).filter(|hostname| !hostname.eq_ignore_ascii_case(&name)),
        tunnel: tunnel(&annotations),
        route_reflector_cluster: annotations.get(REFLECTOR).filter(|cluster| !cluster.is_empty()).cloned(),
        runs_service_lb: is_without_service_lb(&annotations).then_some(false),
        virtual_by: virtual_by(&labels, spec.taints.as_deref().unwrap_or_default()),
        architecture: Some(status.node_info.architecture).filter(|architecture| !architecture.is_empty()),
        images: suitable_images(status.images),
        os: labels.remove(OS_LABEL),
        zone: labels.remove(ZONE_LABEL),
        pool: POOL_LABELS.iter().find_map(|label| labels.remove(*label)),
        pod_cidrs: parsed(spec.pod_cidrs.or_else(|| Some(vec![spec.pod_cidr?]))),
        pod_addresses: Vec::new(),
        internal_ips: of_type("InternalIP"),
        external_ips: of_type("ExternalIP"),
        kube_proxy_version: status.node_info.kube_proxy_version.parse().ok(),
        kubelet_version: status.node_info.kubelet_version.parse().ok(),
        provider: spec.provider_id.and_then(|id| provider(&id)),
        // All other conditions tell of trouble where they hold.
        failing_conditions: others.into_iter().filter(|condition| condition.status == "True").map(|condition| condition.type_).collect(),
        unschedulable: spec.unschedulable.unwrap_or(false),
        taints: spec.taints.into_iter().flatten().map(taint).collect(),
        lease_age_seconds: leases.get(&name).copied(),
        name,
    }
}

/// Terway's mode, which node pools may differ in.
fn network_plugin(labels: &BTreeMap<String, String>) -> Option<NetworkPlugin> {
    let says = |label: &str, value: &str| labels.get(label).is_some_and(|own| own.eq_ignore_ascii_case(value));
    if says(EXCLUSIVE_ENI_LABEL, "eniOnly") {
        Some(NetworkPlugin::TerwayExclusiveEni)
    } else if says(NO_KUBE_PROXY_LABEL, "true") {
        Some(NetworkPlugin::TerwayDataPathV2)
    } else {
        None
    }
}

/// The first of some labels with their values that it has.
fn first_label(of: &[(&str, &str)], labels: &BTreeMap<String, String>) -> Option<String> {
    let (label, value) = of.iter().find(|(label, value)| labels.get(*label).is_some_and(|own| own == value))?;
    Some(format!("{label}={value}"))
}

/// The mark by which a node is no machine.
fn virtual_by(labels: &BTreeMap<String, String>, taints: &[k8s_openapi::api::core::v1::Taint]) -> Option<String> {
    let by_value = labels
        .iter()
        .filter(|(key, _)| *key == "type" || key.ends_with("/type"))
        .find(|(_, value)| VIRTUAL_VALUES.contains(&value.as_str()))
        .map(|(key, value)| format!("{key}={value}"));
    let by_taint =
        || taints.iter().find(|taint| VIRTUAL_TAINTS.iter().any(|start| taint.key.starts_with(start))).map(|taint| taint.key.clone());
    by_value.or_else(|| first_label(&[FARGATE_LABEL], labels)).or_else(by_taint)
}

/// By the suffix of kubelet's release, which distributions build by themselves.
fn distribution(kubelet_version: &str, labels: &BTreeMap<String, String>) -> Option<Distribution> {
    let has = |suffix: &str| kubelet_version.contains(suffix);
    // Before 1.17 it stood behind a dash.
    if has("+k3s") || has("-k3s.") {
        Some(Distribution::K3s)
    } else if has("+rke2") {
        Some(Distribution::Rke2)
    } else if has("-gke.") {
        Some(Distribution::Gke)
    } else if has("-tke.") {
        Some(Distribution::Tke)
    } else if has("-eks-") {
        Some(Distribution::Eks)
    } else if labels.contains_key(MICROK8S_LABEL) {
        Some(Distribution::MicroK8s)
    } else if labels.contains_key("kubernetes.azure.com/cluster") {
        Some(Distribution::Aks)
    } else {
        None
    }
}

/// Whether k3s or RKE2 starts no kube-proxy: nothing is as by default then.
fn is_without_kube_proxy(annotations: &BTreeMap<String, String>) -> bool {
    arguments(annotations).iter().any(|word| word.starts_with("--disable-kube-proxy"))
}

/// The flags of kube-proxy that decide about Services.
const DECISIVE_FLAGS: [&str; 10] = [
    "cluster-cidr",
    "config",
    "detect-local-mode",
    "feature-gates",
    "hostname-override",
    "ipvs-strict-arp",
    "masquerade-all",
    "nodeport-addresses",
    "pod-interface-name-prefix",
    "proxy-mode",
];

/// By `--kube-proxy-arg proxy-mode=ipvs`, once for each flag. One without a value is true.
fn kube_proxy_flags(annotations: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let flag = |word: &String| {
        let (name, value) = word.trim_start_matches('-').split_once('=').unwrap_or((word.trim_start_matches('-'), "true"));
        (name.to_owned(), value.to_owned())
    };
    let flags = values_of(&arguments(annotations), "--kube-proxy-arg");
    flags.iter().map(flag).filter(|(name, _)| DECISIVE_FLAGS.contains(&name.as_str())).collect()
}

/// The ranges of all pods with which k3s' or RKE2's server was started, `--cluster-cidr`.
fn cluster_cidrs(annotations: &BTreeMap<String, String>) -> Vec<IpNet> {
    let lists = values_of(&arguments(annotations), "--cluster-cidr");
    lists.iter().flat_map(|list| list.split(',')).filter_map(|range| range.trim().parse().ok()).collect()
}

/// The values of a switch, in the next word or behind `=`.
fn values_of(words: &[String], switch: &str) -> Vec<String> {
    let next = words.windows(2).filter(|pair| pair[0] == switch).map(|pair| pair[1].clone());
    let joined = words.iter().filter_map(|word| Some(word.strip_prefix(switch)?.strip_prefix('=')?.to_owned()));
    next.chain(joined).collect()
}

/// The arguments with which k3s or RKE2 was started.
fn arguments(annotations: &BTreeMap<String, String>) -> Vec<String> {
    let words = NODE_ARGS.iter().filter_map(|key| serde_json::from_str::<Vec<String>>(annotations.get(*key)?).ok());
    words.flatten().collect()
}

/// By `--disable servicelb`, `--disable=traefik,servicelb` or the older `--no-deploy`.
fn is_without_service_lb(annotations: &BTreeMap<String, String>) -> bool {
    let words = arguments(annotations);
    let is_switch = |word: &str| matches!(word, "--disable" | "--no-deploy");
    let names_it = |list: &str| list.split(',').any(|name| name == "servicelb");
    let by_next = words.windows(2).any(|pair| is_switch(&pair[0]) && names_it(&pair[1]));
    by_next || words.iter().filter_map(|word| word.split_once('=')).any(|(switch, list)| is_switch(switch) && names_it(list))
}

/// An annotation of Flannel's stays where k3s was told to run another network.
fn tunnel(annotations: &BTreeMap<String, String>) -> Option<Tunnel> {
    let has_other = values_of(&arguments(annotations), "--flannel-backend").iter().any(|backend| backend == "none");
    let address = |key: &str| annotations.get(key)?.split('/').next()?.parse().ok();
    if !has_other && (annotations.contains_key(FLANNEL_BACKEND) || annotations.contains_key(FLANNEL_ADDRESS)) {
        return Some(Tunnel::Flannel(address(FLANNEL_ADDRESS)));
    }
    annotations.contains_key(CALICO_ADDRESS).then(|| Tunnel::Calico(address(CALICO_ADDRESS)))
}

/// The cloud in a provider's ID: `aws:///eu-west-1a/i-0`, or Alibaba Cloud's `cn-hongkong.i-0`.
fn provider(id: &str) -> Option<String> {
    match id.split_once("://") {
        Some((cloud, _)) => Some(cloud.to_owned()),
        // Oracle's names have the cloud in them.
        None if id.starts_with("ocid1.") => Some("oci".to_owned()),
        None => id.split_once(".i-").map(|_| "alicloud".to_owned()),
    }
}

part_of!(WholeNode, ApiNode);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_node_is_read_without_what_is_not_needed() {
        let object = json!({
            "metadata": {
                "name": "node7",
                "labels": { OS_LABEL: "linux", ZONE_LABEL: "cn-hongkong-b", "alibabacloud.com/nodepool-id": "np-7", "app": "shop" },
            },
            "spec": { "podCIDR": "10.244.7.0/24", "providerID": "cn-hongkong.i-0", "taints": [{ "key": "a", "effect": "NoSchedule" }] },
            "status": {
                "addresses": [{ "type": "InternalIP", "address": "192.0.2.7" }, { "type": "ExternalIP", "address": "203.0.113.7" }],
                "conditions": [
                    { "type": "Ready", "status": "True" },
                    { "type": "NetworkUnavailable", "status": "True" },
                    { "type": "MemoryPressure", "status": "False" },
                ],
                "nodeInfo": { "kubeletVersion": "v1.34.1", "kubeProxyVersion": "", "architecture": "arm64" },
                "images": [{ "names": ["registry.example.com/pause:3"], "sizeBytes": 300_000 }, { "names": null }],
            },
        });
        let read = node(serde_json::from_value(object).unwrap(), &LeaseAges::new());
        assert_eq!((read.readiness, read.os.as_deref(), read.zone.as_deref()), (Readiness::Ready, Some("linux"), Some("cn-hongkong-b")));
        assert_eq!((read.pool.as_deref(), read.provider.as_deref()), (Some("np-7"), Some("alicloud")));
        assert_eq!(read.failing_conditions, ["NetworkUnavailable"]);
        assert_eq!((read.internal_ips.len(), read.external_ips.len(), read.pod_cidrs.len(), read.taints.len()), (1, 1, 1, 1));
        assert_eq!((read.kube_proxy_version, read.kubelet_version), (None, "1.34.1".parse().ok()));
        assert_eq!((read.architecture.as_deref(), &read.images[..]), (Some("arm64"), &["registry.example.com/pause:3".to_owned()][..]));
        assert_eq!(provider("aws:///eu-west-1a/i-0").as_deref(), Some("aws"));
    }
}
