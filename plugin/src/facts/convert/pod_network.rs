//! Which network connects the pods, from the DaemonSets that run it and their ConfigMaps.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Container, ContainerPort};
use lbprobe_analysis::facts::{
    Announcer, AnnouncingProgram, AntreaConfig, AntreaScope, BgpMesh, CiliumConfig, Distribution, HostPort, NetworkPlugin, Node,
    PodNetwork, SameNodeReplies, TerwayConfig, Tunnel, Version,
};
use serde::Deserialize;

use super::NodeChoice;
use super::containers::{flags, tag, without_tag};
use crate::error::UnknownFact;

/// The first release of kube-vip that announces by BGP from nodes with an endpoint alone, under policy Local.
const KUBE_VIP_BGP_BY_ENDPOINT: Version = Version { major: 0, minor: 7, patch: 1 };

/// The first release of MetalLB that leaves out nodes with the exclude label (metallb PR 2073).
const METALLB_LEAVES_OUT: Version = Version { major: 0, minor: 14, patch: 0 };

/// The releases of Weave that know `NO_MASQ_LOCAL`, and that have it on by default.
const WEAVE_ASKS_NOT: Version = Version { major: 2, minor: 4, patch: 0 };
const WEAVE_KEEPS_SOURCE: Version = Version { major: 2, minor: 7, patch: 0 };

/// By which Calico is told the ranges of its first pools.
const POOLS: [&str; 2] = ["CALICO_IPV4POOL_CIDR", "CALICO_IPV6POOL_CIDR"];

/// A DaemonSet, as far as it tells of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    namespace: String,
    name: String,
    /// The name that it usually has, by its image where its own is another one.
    known_as: String,
    /// By its image's tag.
    release: Option<Version>,
    /// What its environment says of Calico's eBPF data path, which counts before all else.
    calico_bpf: Option<bool>,
    /// The ranges of Calico's first pools.
    pools: Vec<String>,
    /// Whether Calico's first pool is told to have no VXLAN tunnels, or those of IPIP: it has one kind at most.
    refuses_vxlan: bool,
    /// What it does to the source of what comes from outside for local pods.
    source: Source,
    /// Whether kube-router's service proxy is on, as it is by default.
    proxies_services: bool,
    /// Whether it was started with kube-router's `--hairpin-mode`.
    hairpin_mode: bool,
    /// The ConfigMaps that its pods mount.
    config_maps: Vec<String>,
}

/// A ConfigMap that has to be read to tell the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AskedConfigMap<'a> {
    pub(crate) details: Details,
    pub(crate) namespace: &'a str,
    pub(crate) name: String,
}

/// A ConfigMap in the agent's namespace that says more about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Details {
    Antrea,
    Cilium,
    Terway,
}

impl Details {
    pub(crate) fn config_map(self) -> &'static str {
        match self {
            Self::Antrea => "antrea-config",
            Self::Cilium => "cilium-config",
            Self::Terway => "eni-config",
        }
    }
}

/// What a DaemonSet's name tells.
enum Identified {
    Network(NetworkPlugin),
    Ask(Details),
}

/// An agent, where the DaemonSet's name is one of a known network.
pub(crate) fn agent(set: &DaemonSet) -> Option<Agent> {
    let env = || containers(set).iter().flat_map(|container| container.env.iter().flatten());
    let calico_bpf = env().find(|env| env.name == "FELIX_BPFENABLED").and_then(|env| env.value.as_deref()?.parse().ok());
    let of_pools = env().filter(|env| POOLS.contains(&env.name.as_str()));
    let pools = of_pools.filter_map(|env| env.value.clone()).collect();
    let tunnels = |name: &str| {
        let value = env().find(|env| env.name == name).and_then(|env| env.value.clone())?;
        Some(!["never", "off"].contains(&value.to_ascii_lowercase().as_str()))
    };
    let refuses_vxlan = match (tunnels("CALICO_IPV4POOL_VXLAN"), tunnels("CALICO_IPV4POOL_IPIP")) {
        (Some(has_vxlan), _) => !has_vxlan,
        (None, has_ipip) => has_ipip == Some(true),
    };
    let name = set.metadata.name.clone()?;
    let agent = Agent {
        namespace: set.metadata.namespace.clone()?,
        known_as: usual_name(set).map_or_else(|| name.clone(), str::to_owned),
        name,
        release: containers(set).iter().find_map(|container| tag(container.image.as_deref()?)?.parse().ok()),
        calico_bpf,
        pools,
        refuses_vxlan,
        source: source(containers(set)),
        proxies_services: flags(containers(set)).get("run-service-proxy").is_none_or(|value| value != "false"),
        hairpin_mode: flags(containers(set)).get("hairpin-mode").is_some_and(|value| value != "false"),
        config_maps: config_maps(set),
    };
    identified(&agent).map(|_| agent)
}

fn config_maps(set: &DaemonSet) -> Vec<String> {
    let volumes = set.spec.iter().filter_map(|spec| spec.template.spec.as_ref()).flat_map(|spec| spec.volumes.iter().flatten());
    volumes.filter_map(|volume| Some(volume.config_map.as_ref()?.name.clone())).collect()
}

/// Weave before 2.7.0 masquerades what comes from outside for pods of the node, unless it is told otherwise, which it takes from 2.4.0 on
/// (MetalLB, "Weave").
fn source(containers: &[Container]) -> Source {
    let is_weave = |container: &&Container| container.image.as_deref().is_some_and(|image| without_tag(image).ends_with("weave-kube"));
    let Some(weave) = containers.iter().find(is_weave) else { return Source::Kept };
    let release = weave.image.as_deref().and_then(tag).and_then(|tag| tag.parse::<Version>().ok());
    // Its script asks whether there is any value; one that comes from elsewhere is not known.
    let is_told = weave.env.iter().flatten().any(|env| env.name == "NO_MASQ_LOCAL" && env.value.as_deref() != Some(""));
    match release {
        Some(release) if release < WEAVE_ASKS_NOT || release < WEAVE_KEEPS_SOURCE && !is_told => Source::Masqueraded,
        _ => Source::Kept,
    }
}

/// What becomes of the source of a packet from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Kept,
    Masqueraded,
}

impl Agent {
    /// Whether its environment switches Calico's eBPF data path off.
    pub(crate) fn refuses_bpf(&self) -> bool {
        self.calico_bpf == Some(false)
    }
}

/// How the images of agents end that installations give names of their own, one for each architecture say, and the name
/// that the DaemonSet usually has.
const IMAGES: [(&str, &str); 6] = [
    ("calico/node", "calico-node"),
    ("calico-node", "calico-node"),
    ("flannel", "kube-flannel-ds"),
    ("cilium/cilium", "cilium"),
    ("cilium-cilium", "cilium"),
    ("weave-kube", "weave-net"),
];

/// The usual name of an agent, by its containers' images.
fn usual_name(set: &DaemonSet) -> Option<&'static str> {
    let images = || containers(set).iter().filter_map(|container| container.image.as_deref()).map(without_tag);
    IMAGES.into_iter().find(|(end, _)| images().any(|image| image.ends_with(end))).map(|(_, name)| name)
}

/// Which program that makes load balancers a DaemonSet is, if any.
pub(crate) fn announcer(set: &DaemonSet) -> Option<Announcer> {
    let has_image = |part: &str| containers(set).iter().any(|container| container.image.as_ref().is_some_and(|image| image.contains(part)));
    if is_service_lb(set) {
        Some(Announcer::ServiceLb)
    } else if has_image("metallb/speaker") || has_image("metallb-speaker") {
        let ignores = flags(containers(set)).get("ignore-exclude-lb").is_some_and(|value| value != "false");
        let release = containers(set).iter().find_map(|container| tag(container.image.as_deref()?)?.parse::<Version>().ok());
        Some(match release {
            _ if ignores => Announcer::MetalLbOnAnyNode,
            Some(release) if release < METALLB_LEAVES_OUT => Announcer::MetalLbOnAnyNode,
            Some(_) => Announcer::MetalLbByLabel,
            None => Announcer::MetalLb,
        })
    } else if has_image("kube-vip") {
        kube_vip(containers(set))
    } else {
        None
    }
}

/// The same with its release.
pub(crate) fn announcing_program(set: &DaemonSet) -> Option<AnnouncingProgram> {
    let announcer = announcer(set)?;
    let release = containers(set).iter().find_map(|container| tag(container.image.as_deref()?)?.parse().ok());
    let filters_ports = announcer.is_kube_vip() && is_on(containers(set), "enable_service_security");
    Some(AnnouncingProgram { announcer, release, filters_ports })
}

/// An environment variable's value.
fn value<'a>(containers: &'a [Container], name: &str) -> Option<&'a str> {
    containers.iter().flat_map(|container| container.env.iter().flatten()).find(|env| env.name == name)?.value.as_deref()
}

/// Whether it is true, as Go reads it.
fn is_on(containers: &[Container], name: &str) -> bool {
    value(containers, name).is_some_and(|value| ["1", "t", "T", "true", "True", "TRUE"].contains(&value))
}

/// kube-vip by its settings, where it announces Services at all. By BGP every node announces; from 0.7.1 under policy Local only those with an
/// endpoint, where neither a leader for all nor one for each Service is elected (kube-vip PR 740).
fn kube_vip(containers: &[Container]) -> Option<Announcer> {
    let (value, is_on) = (|name: &str| value(containers, name), |name: &str| is_on(containers, name));
    let release = containers.iter().find_map(|container| tag(container.image.as_deref()?)?.parse::<Version>().ok());
    let goes_by_endpoint = release.is_some_and(|release| release >= KUBE_VIP_BGP_BY_ENDPOINT);
    match (is_on("svc_election"), is_on("bgp_enable")) {
        _ if value("svc_enable").is_some() && !is_on("svc_enable") => None,
        (true, false) => Some(Announcer::KubeVipByService),
        (false, true) if goes_by_endpoint && !is_on("vip_leaderelection") => Some(Announcer::KubeVipByService),
        (_, true) => Some(Announcer::KubeVipByBgp),
        (false, false) => Some(Announcer::KubeVip),
    }
}

/// How kube-vip chooses its nodes; none of another DaemonSet.
pub(crate) fn kube_vip_nodes(set: &DaemonSet) -> Option<NodeChoice> {
    let is_kube_vip = announcer(set).is_some_and(Announcer::is_kube_vip);
    NodeChoice::of(set).filter(|choice| is_kube_vip && !choice.is_any())
}

/// By the label of its controller, or its image.
fn is_service_lb(set: &DaemonSet) -> bool {
    let labelled = set.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key("svccontroller.k3s.cattle.io/svcname"));
    labelled || containers(set).iter().any(|container| container.image.as_ref().is_some_and(|image| image.contains("klipper-lb")))
}

/// The ports of its nodes that a DaemonSet takes without listening there itself.
pub(crate) fn host_ports(set: &DaemonSet) -> Vec<HostPort> {
    let spec = set.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
    // On the host network a port is a listener of the node's own; ServiceLB's pods are the load balancer.
    if spec.and_then(|spec| spec.host_network) == Some(true) || is_service_lb(set) {
        return Vec::new();
    }
    let ports = containers(set).iter().flat_map(|container| container.ports.iter().flatten());
    let of_tcp = ports.filter(|port| port.protocol.as_deref().unwrap_or("TCP") == "TCP");
    let host_port = |port: &ContainerPort| {
        let (namespace, name) = (set.metadata.namespace.clone()?, set.metadata.name.clone()?);
        Some(HostPort { namespace, name, port: u16::try_from(port.host_port?).ok().filter(|port| *port > 0)? })
    };
    of_tcp.filter_map(host_port).collect()
}

/// Its pods' containers.
pub(super) fn containers(set: &DaemonSet) -> &[Container] {
    set.spec.as_ref().and_then(|spec| spec.template.spec.as_ref()).map_or(&[], |spec| &spec.containers)
}

fn identified(agent: &Agent) -> Option<Identified> {
    by_name(&agent.name, agent).or_else(|| by_name(&agent.known_as, agent))
}

fn by_name(name: &str, agent: &Agent) -> Option<Identified> {
    use NetworkPlugin as Plugin;
    Some(match name {
        "kube-flannel-ds" | "kube-flannel" => Identified::Network(Plugin::Flannel),
        "calico-node" if agent.calico_bpf == Some(true) => Identified::Network(Plugin::CalicoEbpf),
        "calico-node" | "canal" | "rke2-canal" => Identified::Network(Plugin::Calico),
        "cilium" => Identified::Ask(Details::Cilium),
        "terway-eni" => Identified::Network(Plugin::TerwayExclusiveEni),
        "terway" | "terway-eniip" => Identified::Ask(Details::Terway),
        "kindnet" => Identified::Network(Plugin::Kindnet),
        "aws-node" => Identified::Network(Plugin::AmazonVpc),
        "anetd" => Identified::Network(Plugin::GkeDataplaneV2),
        "antrea-agent" => Identified::Ask(Details::Antrea),
        "azure-cns" => Identified::Network(Plugin::AzureCni),
        "kube-ovn-cni" => Identified::Network(Plugin::KubeOvn),
        "ovnkube-node" => Identified::Network(Plugin::OvnKubernetes),
        "kube-router" if agent.proxies_services => Identified::Network(Plugin::KubeRouterServiceProxy),
        "weave-net" | "kube-router" => Identified::Network(Plugin::Bridge),
        _ => return None,
    })
}

/// The ConfigMap that has to be read to tell the network, and its namespace: installations have Cilium outside kube-system.
/// Where the DaemonSet mounts one whose name only begins so, as Antrea's older manifests have it with a hash, it is that one.
pub(crate) fn asks(agents: &[Agent]) -> Option<AskedConfigMap<'_>> {
    agents.iter().find_map(|agent| match identified(agent) {
        Some(Identified::Ask(details)) => {
            let usual = details.config_map();
            let with_hash = || agent.config_maps.iter().find(|name| name.strip_prefix(usual).is_some_and(|rest| rest.starts_with('-')));
            let is_usual = agent.config_maps.iter().any(|name| name == usual);
            let name = with_hash().filter(|_| !is_usual).map_or(usual, String::as_str).to_owned();
            Some(AskedConfigMap { details, namespace: agent.namespace.as_str(), name })
        }
        _ => None,
    })
}

/// The network, or why it cannot be told. `details` is the data of the ConfigMap that
/// [`asks`] names, where it could be read.
pub(crate) fn pod_network(agents: &[Agent], details: Option<&BTreeMap<String, String>>) -> Result<PodNetwork, UnknownFact> {
    let agent = answering(agents, details)?;
    let plugin = match identified(agent) {
        Some(Identified::Network(plugin)) => plugin,
        Some(Identified::Ask(Details::Antrea)) => NetworkPlugin::Antrea,
        Some(Identified::Ask(Details::Cilium)) => cilium(details),
        Some(Identified::Ask(Details::Terway)) => details.map_or(NetworkPlugin::Terway, |details| terway(details, &agent.name)),
        None => return Err(UnknownFact::NoPodNetwork),
    };
    let has_details = |wanted: Details| details.filter(|_| asks(agents).is_some_and(|asked| asked.details == wanted));
    Ok(PodNetwork {
        plugin,
        source: format!("DaemonSet {}/{}", agent.namespace, agent.name),
        release: agent.release,
        pod_ranges: agent.pools.iter().filter_map(|pool| pool.parse().ok()).collect(),
        antrea: has_details(Details::Antrea).and_then(antrea),
        cilium: has_details(Details::Cilium).map(cilium_config),
        terway: has_details(Details::Terway).map(terway_config),
        hairpin_mode: agent.hairpin_mode,
        announced_ranges: Vec::new(),
        bgp_mesh: BgpMesh::Full,
        refuses_vxlan: agent.refuses_vxlan,
        masquerades_for_local_pods: agent.source == Source::Masqueraded,
    })
}

/// Flannel where no DaemonSet shows any network, or none was read, and a node's annotation shows it: k3s runs it in its own
/// process.
pub(crate) fn or_by_annotation(network: Result<PodNetwork, UnknownFact>, nodes: &[Node]) -> Result<PodNetwork, UnknownFact> {
    match (network, nodes.iter().find(|node| is_k3s_with_flannel(node))) {
        (Err(UnknownFact::NoPodNetwork | UnknownFact::NotInFile("DaemonSets")), Some(node)) => {
            Ok(PodNetwork::named(NetworkPlugin::Flannel, &format!("Node {}", node.name)))
        }
        (network, _) => network,
    }
}

/// Elsewhere the annotation may be one of an earlier network.
fn is_k3s_with_flannel(node: &Node) -> bool {
    node.distribution == Some(Distribution::K3s) && matches!(node.tunnel, Some(Tunnel::Flannel(_)))
}

/// The network where Calico's own resources switch its eBPF data path on.
pub(crate) fn in_place_of_kube_proxy(network: PodNetwork) -> PodNetwork {
    match network.plugin {
        NetworkPlugin::Calico => PodNetwork { plugin: NetworkPlugin::CalicoEbpf, ..network },
        _ => network,
    }
}

/// The agent that decides how Services are reached: one on top of a cloud's own network, where there are both; Cilium in
/// kube-proxy's place whatever network it is chained to ("CNI Chaining", its documentation).
fn answering<'a>(agents: &'a [Agent], details: Option<&BTreeMap<String, String>>) -> Result<&'a Agent, UnknownFact> {
    let is_cilium = |agent: &&Agent| matches!(identified(agent), Some(Identified::Ask(Details::Cilium)));
    let is_asked = asks(agents).is_some_and(|asked| asked.details == Details::Cilium);
    if is_asked && cilium(details) == NetworkPlugin::CiliumKubeProxyReplacement {
        return agents.iter().find(is_cilium).ok_or(UnknownFact::NoPodNetwork);
    }
    let is_base = |agent: &&Agent| {
        let base = [NetworkPlugin::AmazonVpc, NetworkPlugin::AzureCni, NetworkPlugin::Flannel];
        matches!(identified(agent), Some(Identified::Network(plugin)) if base.contains(&plugin))
    };
    let (mut bases, mut others): (Vec<_>, Vec<_>) = agents.iter().partition(is_base);
    // A network may have a DaemonSet for each architecture.
    bases.dedup_by_key(|agent| &agent.known_as);
    others.dedup_by_key(|agent| &agent.known_as);
    match (&others[..], &bases[..]) {
        ([agent], _) | ([], [agent]) => Ok(agent),
        ([], []) => Err(UnknownFact::NoPodNetwork),
        _ => {
            let names: Vec<_> = agents.iter().map(|agent| agent.name.as_str()).collect();
            Err(UnknownFact::SeveralPodNetworks(names.join(", ")))
        }
    }
}

/// `antrea-agent.conf`, as far as it decides about Services; nothing where it cannot be read.
fn antrea(details: &BTreeMap<String, String>) -> Option<AntreaConfig> {
    let written: WrittenAntrea = serde_saphyr::from_str(details.get("antrea-agent.conf")?).ok()?;
    let gate = written.feature_gates.unwrap_or_default().antrea_proxy.unwrap_or(true);
    let proxy = written.antrea_proxy.unwrap_or_default();
    Some(AntreaConfig {
        scope: match (gate && proxy.enable.unwrap_or(true), proxy.proxy_all.unwrap_or(false)) {
            (false, _) => AntreaScope::Nothing,
            (true, false) => AntreaScope::Pods,
            (true, true) => AntreaScope::All,
        },
        proxy_load_balancer_ips: proxy.proxy_load_balancer_ips.unwrap_or(true),
        network_policy_only: written.traffic_encap_mode.as_deref() == Some("networkPolicyOnly"),
    })
}

/// What of it is read.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WrittenAntrea {
    traffic_encap_mode: Option<String>,
    // Where all lines below a key are commented out, its value is null.
    antrea_proxy: Option<WrittenAntreaProxy>,
    feature_gates: Option<WrittenAntreaGates>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WrittenAntreaProxy {
    enable: Option<bool>,
    proxy_all: Option<bool>,
    #[serde(rename = "proxyLoadBalancerIPs")]
    proxy_load_balancer_ips: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrittenAntreaGates {
    #[serde(rename = "AntreaProxy")]
    antrea_proxy: Option<bool>,
}

/// `in_cluster_loadbalance` is a key of its own; `host_stack_cidrs` stands in `eni_conf`, as a list in JSON.
fn terway_config(details: &BTreeMap<String, String>) -> TerwayConfig {
    let ranges = details.values().find_map(|text| {
        let (_, rest) = text.split_once("\"host_stack_cidrs\"")?;
        let (list, _) = rest.split_once('[')?.1.split_once(']')?;
        Some(list.split(',').filter_map(|range| range.trim().trim_matches('"').parse().ok()).collect())
    });
    TerwayConfig {
        in_cluster_load_balance: details.get("in_cluster_loadbalance").and_then(|value| value.trim().parse().ok()),
        host_stack_cidrs: ranges.unwrap_or_default(),
    }
}

fn cilium(details: Option<&BTreeMap<String, String>>) -> NetworkPlugin {
    let says = |key: &str| details.and_then(|details| details.get(key)).map(String::as_str);
    match (details, says("kube-proxy-replacement")) {
        (_, Some("true" | "strict")) => NetworkPlugin::CiliumKubeProxyReplacement,
        (Some(_), Some("false" | "disabled") | None) => NetworkPlugin::Cilium,
        _ => NetworkPlugin::CiliumPartly,
    }
}

fn cilium_config(details: &BTreeMap<String, String>) -> CiliumConfig {
    let says = |key: &str, values: &[&str]| details.get(key).is_some_and(|value| values.contains(&value.trim()));
    let lacks_v6 = says("enable-ipv6", &["true"]) && says("enable-ipv6-masquerade", &["false"]);
    let lacks_v4 = says("enable-ipv4-masquerade", &["false"]) || says("masquerade", &["false"]);
    let masquerades_by_iptables =
        !(says("enable-bpf-masquerade", &["true"]) || says("enable-identity-mark", &["false"]) || lacks_v4 || lacks_v6);
    CiliumConfig {
        direct_server_return: says("bpf-lb-mode", &["dsr", "hybrid"]),
        same_node_replies: match (says("enable-endpoint-routes", &["true"]), masquerades_by_iptables) {
            (true, _) => SameNodeReplies::ThroughNode,
            (false, true) => SameNodeReplies::Masqueraded,
            (false, false) => SameNodeReplies::Open,
        },
        // In kube-proxy's place it is on by default.
        announces_by_layer_2: says("enable-l2-announcements", &["true"]),
        announces_by_bgp: says("enable-bgp-control-plane", &["true"]) || says("bgp-announce-lb-ip", &["true"]),
        bgp_control_plane: says("enable-bgp-control-plane", &["true"]),
        socket_load_balancing_in_pods: !says("bpf-lb-sock", &["false"]) && !says("bpf-lb-sock-hostns-only", &["true"]),
    }
}

/// Terway's own configuration is JSON under `eni_conf`, with a line such as
/// `"eniip_virtual_type": "Veth"` in that or in the CNI's part.
fn terway(details: &BTreeMap<String, String>, daemon_set: &str) -> NetworkPlugin {
    let written = details.values().find_map(|text| {
        let (_, rest) = text.split_once("\"eniip_virtual_type\"")?;
        rest.split('"').nth(1).map(str::to_ascii_lowercase)
    });
    match written.as_deref() {
        Some("veth" | "policyroute") => NetworkPlugin::TerwayVeth,
        Some("ipvlan") => NetworkPlugin::TerwayIpvlan,
        Some("datapathv2") => NetworkPlugin::TerwayDataPathV2,
        // Without it nothing is accelerated: veth pairs.
        None if daemon_set == "terway-eniip" => NetworkPlugin::TerwayVeth,
        _ => NetworkPlugin::Terway,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(sets: &[serde_json::Value]) -> Vec<Agent> {
        sets.iter().cloned().filter_map(|set| agent(&serde_json::from_value(set).unwrap())).collect()
    }

    fn set(name: &str) -> serde_json::Value {
        serde_json::json!({ "metadata": { "namespace": "kube-system", "name": name } })
    }

    fn details(key: &str, value: &str) -> BTreeMap<String, String> {
        [(key.to_owned(), value.to_owned())].into()
    }

    #[test]
    fn networks_are_told_by_their_daemon_sets() {
        let agents = agents(&[set("kube-flannel-ds"), set("node-exporter")]);
        let network = pod_network(&agents, None).unwrap();
        assert_eq!((network.plugin, network.source.as_str()), (NetworkPlugin::Flannel, "DaemonSet kube-system/kube-flannel-ds"));
    }

    #[test]
    fn networks_are_told_by_their_images_where_the_names_are_others() {
        let with_image = |name: &str, image: &str| {
            let mut set = set(name);
            set["spec"] =
                serde_json::json!({ "selector": {}, "template": { "spec": { "containers": [{ "name": "a", "image": image }] } } });
            set
        };
        let each = ["amd64", "arm64"]
            .map(|arch| with_image(&format!("kube-flannel-ds-{arch}"), &format!("quay.io/coreos/flannel:v0.12.0-{arch}")));
        let plugin = |sets: &[serde_json::Value]| pod_network(&agents(sets), None).map(|network| network.plugin);
        assert_eq!(plugin(&each), Ok(NetworkPlugin::Flannel));
        assert_eq!(plugin(&[with_image("net", "example.com:5000/mirror/calico-node@sha256:00")]), Ok(NetworkPlugin::Calico));
        assert_eq!(plugin(&[with_image("net", "example.com/calico/node-driver:v1")]), Err(UnknownFact::NoPodNetwork));
        assert_eq!(plugin(&[with_image("operator", "quay.io/cilium/cilium-operator:v1.16.0")]), Err(UnknownFact::NoPodNetwork));
    }

    #[test]
    fn a_configuration_of_comments_alone_has_the_defaults() {
        let antrea = agents(&[set("antrea-agent")]);
        let text = "featureGates:\n#  AntreaProxy: true\ntrafficEncapMode: \"networkPolicyOnly\"\nantreaProxy:\n#  enable: true\n";
        let network = pod_network(&antrea, Some(&details("antrea-agent.conf", text))).unwrap();
        let read = network.antrea.expect("it is read");
        assert_eq!((read.scope, read.network_policy_only), (AntreaScope::Pods, true));
    }

    #[test]
    fn ports_of_the_node_are_those_that_are_forwarded_over_tcp() {
        let with = |spec: serde_json::Value| {
            let mut set = set("edge");
            set["spec"] = serde_json::json!({ "selector": {}, "template": { "spec": spec } });
            let found = host_ports(&serde_json::from_value(set).unwrap());
            found.into_iter().map(|found| (found.namespace, found.name, found.port)).collect::<Vec<_>>()
        };
        let ports = serde_json::json!([
            { "containerPort": 8080, "hostPort": 80 }, { "containerPort": 53, "hostPort": 53, "protocol": "UDP" }, { "containerPort": 9090 },
        ]);
        let containers = serde_json::json!([{ "name": "edge", "ports": ports }]);
        assert_eq!(with(serde_json::json!({ "containers": containers })), [("kube-system".into(), "edge".into(), 80)]);
        assert_eq!(with(serde_json::json!({ "hostNetwork": true, "containers": containers })), []);
    }

    #[test]
    fn calico_says_in_its_environment_whether_it_replaces_kube_proxy() {
        let mut calico = set("calico-node");
        calico["spec"] = serde_json::json!({ "selector": {}, "template": { "spec": { "containers": [
            { "name": "calico-node", "env": [{ "name": "FELIX_BPFENABLED", "value": "true" }] },
        ] } } });
        assert_eq!(pod_network(&agents(&[calico]), None).unwrap().plugin, NetworkPlugin::CalicoEbpf);
        assert_eq!(pod_network(&agents(&[set("calico-node")]), None).unwrap().plugin, NetworkPlugin::Calico);
    }

    #[test]
    fn terway_and_cilium_say_it_in_a_config_map() {
        let terway = agents(&[set("terway-eniip")]);
        let asked = |agents: &[Agent]| asks(agents).map(|asked| (asked.details, asked.namespace.to_owned(), asked.name));
        assert_eq!(asked(&terway), Some((Details::Terway, "kube-system".into(), "eni-config".into())));
        let mut hashed = set("antrea-agent");
        hashed["spec"] = serde_json::json!({ "selector": {}, "template": { "spec": { "containers": [], "volumes": [
            { "name": "antrea-config", "configMap": { "name": "antrea-config-kggb75829d" } },
        ] } } });
        assert_eq!(asked(&agents(&[hashed])), Some((Details::Antrea, "kube-system".into(), "antrea-config-kggb75829d".into())));
        for (text, plugin) in [
            (r#"{ "eniip_virtual_type": "IPVlan" }"#, NetworkPlugin::TerwayIpvlan),
            (r#"{"eniip_virtual_type":"Veth"}"#, NetworkPlugin::TerwayVeth),
            ("{}", NetworkPlugin::TerwayVeth),
            (r#"{"eniip_virtual_type":"something new"}"#, NetworkPlugin::Terway),
        ] {
            assert_eq!(pod_network(&terway, Some(&details("10-terway.conf", text))).unwrap().plugin, plugin);
        }
        let cilium = agents(&[set("cilium")]);
        let replaces = details("kube-proxy-replacement", "true");
        assert_eq!(pod_network(&cilium, Some(&replaces)).unwrap().plugin, NetworkPlugin::CiliumKubeProxyReplacement);
        assert_eq!(pod_network(&cilium, None).unwrap().plugin, NetworkPlugin::CiliumPartly);
        let chained = agents(&[set("kube-ovn-cni"), set("cilium")]);
        assert_eq!(pod_network(&chained, Some(&replaces)).unwrap().plugin, NetworkPlugin::CiliumKubeProxyReplacement);
        let beside = details("kube-proxy-replacement", "false");
        assert!(matches!(pod_network(&chained, Some(&beside)), Err(UnknownFact::SeveralPodNetworks(_))));
    }

    #[test]
    fn none_and_several_are_no_answer() {
        assert_eq!(pod_network(&[], None), Err(UnknownFact::NoPodNetwork));
        assert_eq!(
            pod_network(&agents(&[set("cilium"), set("calico-node")]), None),
            Err(UnknownFact::SeveralPodNetworks("cilium, calico-node".into()))
        );
    }
}
