//! kube-proxy's configuration from its ConfigMap, and its release from the image of a pod.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetStatus};
use k8s_openapi::api::core::v1::{Container, Event, Pod};
use lbprobe_analysis::error::{NotADetection, NotAMode};
use lbprobe_analysis::facts::{
    ConfigOrigin, Known, KubeProxy, KubeProxyConfig, LocalDetection, NetworkPlugin, Node, ProxyMode, ReadyPods, RunsAs, Version,
    default_config,
};
use lbprobe_analysis::plan::unfit;
use lbprobe_analysis::words::printable;
use serde::Deserialize;
use url::Url;

use super::SYSTEM_NAMESPACE;
use super::containers::{flags, runs_a_shell, tag};
use crate::error::UnknownFact;

/// The ConfigMaps that hold it, in the order in which they are looked for: kubeadm's and most
/// vendors', ACK's of workers and of masters, EKS'.
pub(crate) const CONFIG_MAPS: [&str; 4] = ["kube-proxy", "kube-proxy-worker", "kube-proxy-master", "kube-proxy-config"];

/// The label of kube-proxy's pods, and its values: kubeadm's and ACK's.
pub(crate) const POD_LABEL: (&str, [&str; 3]) = ("k8s-app", ["kube-proxy", "kube-proxy-worker", "kube-proxy-master"]);

/// The label of its static pods on GKE and AKS.
pub(crate) const STATIC_LABEL: (&str, &str) = ("component", "kube-proxy");

/// Characters of the parser's word on a configuration that it cannot read.
const CAUSE_CHARS: usize = 200;

/// Its keys in those.
const KEYS: [&str; 2] = ["config.conf", "config"];

/// The kind of its configuration (kubeproxy.config.k8s.io/v1alpha1).
const CONFIG_KIND: &str = "KubeProxyConfiguration";

/// What of KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1) decides about a Service.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    mode: Option<String>,
    #[serde(rename = "clusterCIDR")]
    cluster_cidr: Option<String>,
    detect_local_mode: Option<String>,
    iptables: Option<Masquerade>,
    nftables: Option<Masquerade>,
    node_port_addresses: Option<Vec<String>>,
    detect_local: Option<WrittenDetection>,
    ipvs: Option<WrittenIpvs>,
    feature_gates: Option<BTreeMap<String, bool>>,
    hostname_override: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WrittenDetection {
    interface_name_prefix: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WrittenIpvs {
    #[serde(rename = "strictARP")]
    strict_arp: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Masquerade {
    masquerade_all: Option<bool>,
}

/// Whether a ConfigMap's data holds a configuration. EKS has a ConfigMap `kube-proxy` with a kubeconfig alone.
pub(crate) fn holds_config(data: &BTreeMap<String, String>) -> bool {
    config_text(data).is_some()
}

/// The text of kube-proxy's configuration: under one of the usual keys, or under any where it names its kind.
fn config_text(data: &BTreeMap<String, String>) -> Option<&String> {
    let by_kind = || data.values().find(|text| text.contains(CONFIG_KIND));
    KEYS.iter().find_map(|key| data.get(*key)).or_else(by_kind)
}

/// The configuration in a ConfigMap's data, or why there is none.
pub(crate) fn config(name: &str, data: &BTreeMap<String, String>) -> Result<KubeProxyConfig, UnknownFact> {
    let source = format!("ConfigMap kube-system/{name}");
    let text = config_text(data).ok_or_else(|| UnknownFact::NoKey { map: source.clone(), keys: KEYS.join(", ") })?;
    let written: Written = serde_saphyr::from_str(text).map_err(|cause| {
        let first = cause.to_string().lines().next().map(|line| printable(line, CAUSE_CHARS)).unwrap_or_default();
        UnknownFact::NotRead { map: source.clone(), cause: first }
    })?;
    let masquerade_all = [written.iptables, written.nftables].into_iter().flatten().any(|mode| mode.masquerade_all == Some(true));
    let cidrs = written.cluster_cidr.unwrap_or_default();
    let cidrs = cidrs.split(',').map(str::trim).filter(|cidr| !cidr.is_empty());
    Ok(KubeProxyConfig {
        mode: written
            .mode
            .unwrap_or_default()
            .parse()
            .map_err(|cause: NotAMode| UnknownFact::Mode { map: source.clone(), cause: cause.to_string() })?,
        detection: LocalDetection {
            mode: written
                .detect_local_mode
                .unwrap_or_default()
                .parse()
                .map_err(|cause: NotADetection| UnknownFact::Detection { map: source.clone(), cause: cause.to_string() })?,
            cluster_cidrs: cidrs
                .map(|cidr| cidr.parse().map_err(|_| UnknownFact::ClusterCidr { map: source.clone(), range: cidr.to_owned() }))
                .collect::<Result<_, _>>()?,
            interface_prefix: written.detect_local.and_then(|detect| detect.interface_name_prefix).filter(|prefix| !prefix.is_empty()),
        },
        origin: ConfigOrigin::Read,
        masquerade_all,
        node_port_addresses: written.node_port_addresses.unwrap_or_default(),
        // kube-proxy's default is false.
        strict_arp: Some(written.ipvs.and_then(|ipvs| ipvs.strict_arp).unwrap_or(false)),
        runs_as: match written.hostname_override.and_then(|name| node_name(&name)) {
            Some(name) => RunsAs::SameUnlessFlag(name),
            None => RunsAs::HostnameUnlessFlag,
        },
        api_server: data.values().find_map(|text| api_server(text)),
        feature_gates: written.feature_gates.unwrap_or_default(),
        source,
    })
}

/// A kubeconfig, as little of it as matters here.
#[derive(Deserialize)]
struct Kubeconfig {
    clusters: Vec<NamedCluster>,
}

#[derive(Deserialize)]
struct NamedCluster {
    cluster: DialledCluster,
}

#[derive(Deserialize)]
struct DialledCluster {
    server: String,
}

/// The address of the API server in a kubeconfig.
fn api_server(text: &str) -> Option<IpAddr> {
    let kubeconfig: Kubeconfig = serde_saphyr::from_str(text).ok()?;
    let url: Url = kubeconfig.clusters.first()?.cluster.server.parse().ok()?;
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// One of kube-proxy's pods.
#[derive(Debug)]
pub(crate) struct KubeProxyPod {
    node: String,
    /// Its condition; nothing where a file leaves the status out.
    ready: Option<bool>,
    image: Option<String>,
    started: Started,
}

/// What one of kube-proxy's pods tells; nothing of one without a node.
pub(crate) fn pod(pod: Pod) -> Option<KubeProxyPod> {
    let (name, spec) = (pod.metadata.name.unwrap_or_default(), pod.spec?);
    let mut conditions = pod.status.into_iter().flat_map(|status| status.conditions.unwrap_or_default());
    let ready = conditions.find(|condition| condition.type_ == "Ready").map(|condition| condition.status == "True");
    let started = Started::by(format!("pod {SYSTEM_NAMESPACE}/{name}"), &spec.containers);
    let image = spec.containers.into_iter().find_map(|container| container.image);
    Some(KubeProxyPod { node: spec.node_name?, ready, image, started })
}

/// The nodes on which kube-proxy has pods, and none that is Ready.
pub(crate) fn not_ready(pods: &[KubeProxyPod]) -> BTreeSet<String> {
    let known = |ready: bool| pods.iter().filter(move |pod| pod.ready == Some(ready)).map(|pod| pod.node.clone());
    let ready: BTreeSet<String> = known(true).collect();
    known(false).filter(|node| !ready.contains(node)).collect()
}

/// The nodes on which kube-proxy has no pod, where it has one on others: a taint, or a selector of its DaemonSet, keeps it
/// away. Nothing where its DaemonSet has more pods than were seen: a file may hold a part of them.
fn without_pod(pods: &[KubeProxyPod], daemon_set: Option<&Started>, nodes: &[Node]) -> BTreeSet<String> {
    let with_pod: BTreeSet<_> = pods.iter().map(|pod| pod.node.as_str()).collect();
    if with_pod.is_empty() || are_part(pods, daemon_set) {
        return BTreeSet::new();
    }
    let wanting = nodes.iter().filter(|node| wants_pod(node)).map(|node| node.name.clone());
    wanting.filter(|node| !with_pod.contains(node.as_str())).collect()
}

/// Whether nothing shows that a node needs no pod of kube-proxy: it has it as a process of its own, or a data path in its place.
fn wants_pod(node: &Node) -> bool {
    unfit(node).is_none() && node.own_kube_proxy.is_none() && node.network_plugin != Some(NetworkPlugin::TerwayDataPathV2)
}

/// Whether the DaemonSet has more pods than were seen.
fn are_part(pods: &[KubeProxyPod], daemon_set: Option<&Started>) -> bool {
    daemon_set.and_then(|set| set.counted).is_some_and(|counted| pods.len() < counted.scheduled)
}

/// How many Ready pods its DaemonSets have, where these are fewer than nodes and not all pods were seen.
fn too_few_ready(pods: &[KubeProxyPod], daemon_set: Option<&Started>, nodes: &[Node]) -> Option<ReadyPods> {
    let counted = daemon_set?.counted.filter(|_| are_part(pods, daemon_set))?;
    let wanting = nodes.iter().filter(|node| wants_pod(node)).count();
    (counted.ready < wanting).then_some(ReadyPods { ready: counted.ready, nodes: wanting })
}

/// The image of each kube-proxy that runs, with its node, which therefore has it.
pub(crate) fn images(pods: &[KubeProxyPod]) -> impl Iterator<Item = (&str, &str)> {
    pods.iter().filter(|pod| pod.ready == Some(true)).filter_map(|pod| Some((pod.node.as_str(), pod.image.as_deref()?)))
}

/// Under which names kube-proxies run by the flags of their pods, beside what their configuration says: kubelet has put
/// each pod's own value into the place of a variable only where it runs. Nothing without pods, or where none tells.
pub(crate) fn names(pods: &[KubeProxyPod], configured: &RunsAs) -> Option<RunsAs> {
    let by_pod: Vec<(&str, RunsAs)> = pods.iter().map(|pod| (pod.node.as_str(), pod.started.runs_as(configured.clone()))).collect();
    let (_, first) = by_pod.first()?;
    let has_its_nodes = |(node, name): &(&str, RunsAs)| *name == RunsAs::ItsNode || name.same() == Some(node);
    let has_another = |(node, name): &(&str, RunsAs)| name.same().is_some_and(|name| name != *node);
    if by_pod.iter().all(has_its_nodes) {
        return Some(RunsAs::ItsNode);
    }
    if by_pod.iter().all(|(_, name)| name == first) {
        return Some(first.clone());
    }
    let name_of = |node: &str, name: &RunsAs| if *name == RunsAs::ItsNode { Some(node.to_owned()) } else { name.same().map(str::to_owned) };
    let named = || by_pod.iter().filter_map(|(node, name)| Some(((*node).to_owned(), name_of(node, name)?)));
    by_pod.iter().any(has_another).then(|| RunsAs::Each(named().collect()))
}

/// The releases by node that the tags of the pods' images tell.
pub(crate) fn releases(pods: &[KubeProxyPod]) -> BTreeMap<String, Version> {
    pods.iter().filter_map(|pod| Some((pod.node.clone(), pod.started.release?))).collect()
}

/// How kube-proxy is started, by its DaemonSet or a static pod.
#[derive(Debug)]
pub(crate) struct Started {
    source: String,
    /// By its image's tag.
    release: Option<Version>,
    flags: BTreeMap<String, String>,
    /// Whether a shell reads its command line.
    is_in_shell: bool,
    /// How many pods its DaemonSet has.
    counted: Option<Counted>,
}

/// The pods of a DaemonSet, by its controller.
#[derive(Clone, Copy, Debug)]
struct Counted {
    scheduled: usize,
    ready: usize,
}

impl Started {
    fn by(source: String, containers: &[Container]) -> Self {
        let release = containers.iter().find_map(|container| tag(container.image.as_deref()?)?.parse().ok());
        Self { source, release, flags: flags(containers), is_in_shell: runs_a_shell(containers), counted: None }
    }

    /// Under which names kube-proxies run. The flag counts before `hostnameOverride` of the configuration, and each pod has a
    /// value of its own where it is a variable: kubelet replaces `$(NAME)`, and a shell `$NAME` and `${NAME}`.
    fn runs_as(&self, configured: RunsAs) -> RunsAs {
        match (self.flags.get("hostname-override"), configured) {
            (None, RunsAs::SameUnlessFlag(name)) => RunsAs::Same(name),
            (None, RunsAs::HostnameUnlessFlag) => RunsAs::Hostname,
            (None, configured) => configured,
            (Some(value), _) if value.contains("$(") || self.is_in_shell && value.contains(['$', '`']) => RunsAs::ItsNode,
            // A variable that nobody replaces is a name as it stands.
            (Some(value), _) => RunsAs::Same(value.trim().to_ascii_lowercase()),
        }
    }
}

/// Whether a DaemonSet is kube-proxy's, and on no node. Who answers in its place that does not tell: static pods of
/// kube-proxy may, as on GKE.
fn is_switched_off(set: &DaemonSet) -> bool {
    // One that its controller has not looked at yet says nothing.
    let is_nowhere = |status: &DaemonSetStatus| status.observed_generation.is_some() && status.desired_number_scheduled == 0;
    is_kube_proxys(set) && set.status.as_ref().is_some_and(is_nowhere)
}

/// The label of nodes that Calico's guide keeps kube-proxy to, and that no node has, where its eBPF data path takes over.
const NON_CALICO: &str = "non-calico";

/// Whether kube-proxy was taken off every node as Calico's guide to its eBPF data path has it.
pub(crate) fn makes_room_for_calico(set: &DaemonSet) -> bool {
    let pod = set.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
    let selector = pod.and_then(|spec| spec.node_selector.as_ref());
    is_switched_off(set) && selector.is_some_and(|selector| selector.contains_key(NON_CALICO))
}

fn is_kube_proxys(set: &DaemonSet) -> bool {
    let name = set.metadata.name.as_deref().unwrap_or_default();
    set.metadata.namespace.as_deref() == Some(SYSTEM_NAMESPACE) && CONFIG_MAPS.contains(&name)
}

/// What a DaemonSet tells of kube-proxy; nothing of another one, nor of one that is on no node.
pub(crate) fn by_daemon_set(set: &DaemonSet) -> Option<Started> {
    let (namespace, name) = (set.metadata.namespace.as_deref()?, set.metadata.name.as_deref()?);
    if !is_kube_proxys(set) || is_switched_off(set) {
        return None;
    }
    let containers = set.spec.as_ref()?.template.spec.as_ref().map(|spec| &spec.containers[..])?;
    let counted = set.status.as_ref().and_then(Counted::by);
    Some(Started { counted, ..Started::by(format!("DaemonSet {namespace}/{name}"), containers) })
}

/// What all of its DaemonSets tell: the first how it is started, each how many pods it has.
pub(crate) fn by_daemon_sets(sets: impl Iterator<Item = Started>) -> Option<Started> {
    sets.reduce(|first, other| {
        let add = |(one, two): (Counted, Counted)| Counted { scheduled: one.scheduled + two.scheduled, ready: one.ready + two.ready };
        Started { counted: first.counted.zip(other.counted).map(add), ..first }
    })
}

impl Counted {
    /// Nothing by a controller that has not looked yet.
    fn by(status: &DaemonSetStatus) -> Option<Self> {
        status.observed_generation?;
        Some(Self { scheduled: status.current_number_scheduled.try_into().ok()?, ready: status.number_ready.try_into().ok()? })
    }
}

/// The reason of the Event that kube-proxy in ipvs mode writes on its Node, from 1.35 on (kubernetes PR 134539).
pub(crate) const IPVS_REASON: &str = "IPVSDeprecation";

/// The node of such an Event, whose kube-proxy runs in ipvs mode; nothing of another one.
pub(crate) fn by_event(event: Event) -> Option<String> {
    let is_meant = event.reason.as_deref() == Some(IPVS_REASON) && event.involved_object.kind.as_deref() == Some("Node");
    event.involved_object.name.filter(|_| is_meant)
}

/// What tells of kube-proxy beside its ConfigMap.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) daemon_set: Option<Started>,
    pub(crate) pods: Vec<KubeProxyPod>,
    /// The nodes whose Events tell of ipvs mode.
    pub(crate) ipvs_nodes: Vec<String>,
}

/// What is known of kube-proxy, with what its DaemonSet, its static pods, its Events and the distribution add: the first
/// that tells.
pub(crate) fn completed(mut known: KubeProxy, sources: Sources, nodes: &[Node]) -> KubeProxy {
    let Sources { daemon_set: by_daemon_set, pods, ipvs_nodes } = sources;
    known.without_pod = without_pod(&pods, by_daemon_set.as_ref(), nodes);
    known.too_few_ready = too_few_ready(&pods, by_daemon_set.as_ref(), nodes);
    let static_pod = pods.iter().map(|pod| &pod.started).find(|started| by_flags(started).is_some());
    if known.config.value().is_none() {
        let by_flags = by_daemon_set.as_ref().or(static_pod).and_then(by_flags);
        for node in ipvs_nodes {
            known.processes.entry(node).or_default().mode = Some(ProxyMode::Ipvs);
        }
        if let Some(config) = by_flags.or_else(|| by_distribution(nodes)) {
            known.config = Known::Value(config);
        } else {
            note_modes(&mut known, nodes);
        }
    }
    if let Known::Value(config) = &mut known.config {
        let configured = std::mem::take(&mut config.runs_as);
        let told = by_daemon_set.as_ref().map(|set| set.runs_as(configured.clone()));
        config.runs_as = told.or_else(|| names(&pods, &configured)).unwrap_or(configured);
    }
    if let (Known::Unknown(_), Some(release)) = (&known.releases, by_daemon_set.and_then(|set| set.release)) {
        known.releases = Known::Value(nodes.iter().map(|node| (node.name.clone(), release)).collect());
    }
    known
}

/// Nothing where a file has the configuration, or no flag says anything of it.
fn by_flags(set: &Started) -> Option<KubeProxyConfig> {
    let flag = |name: &str| set.flags.get(name).map(String::as_str);
    let says = ["cluster-cidr", "proxy-mode", "detect-local-mode"].iter().any(|name| set.flags.contains_key(*name));
    if flag("config").is_some() || !says {
        return None;
    }
    let detection = LocalDetection { mode: "".parse().ok()?, cluster_cidrs: Vec::new(), interface_prefix: None };
    let unset = KubeProxyConfig { runs_as: RunsAs::HostnameUnlessFlag, ..KubeProxyConfig::read(&set.source, "".parse().ok()?, detection) };
    with_flags(unset, &set.flags)
}

/// A configuration with what flags say beside it; nothing where one of them cannot be read.
fn with_flags(config: KubeProxyConfig, flags: &BTreeMap<String, String>) -> Option<KubeProxyConfig> {
    let flag = |name: &str| flags.get(name).map(String::as_str);
    let list = |name: &str| flag(name).into_iter().flat_map(|value| value.split(',')).map(str::trim).filter(|word| !word.is_empty());
    let LocalDetection { mode, cluster_cidrs, interface_prefix } = config.detection;
    let cluster_cidrs = match flag("cluster-cidr") {
        Some(_) => list("cluster-cidr").map(|range| range.parse().ok()).collect::<Option<_>>()?,
        None => cluster_cidrs,
    };
    Some(KubeProxyConfig {
        mode: flag("proxy-mode").map_or(Some(config.mode), |mode| mode.parse().ok())?,
        detection: LocalDetection {
            mode: flag("detect-local-mode").map_or(Some(mode), |mode| mode.parse().ok())?,
            cluster_cidrs,
            interface_prefix: flag("pod-interface-name-prefix").filter(|prefix| !prefix.is_empty()).map(str::to_owned).or(interface_prefix),
        },
        masquerade_all: flag("masquerade-all") == Some("true"),
        node_port_addresses: list("nodeport-addresses").map(str::to_owned).collect(),
        strict_arp: Some(flag("ipvs-strict-arp") == Some("true")),
        feature_gates: list("feature-gates").filter_map(gate).collect(),
        ..config
    })
}

/// What the distribution starts kube-proxy with by itself, and with the flags that it was given where all nodes have the
/// same ones.
fn by_distribution(nodes: &[Node]) -> Option<KubeProxyConfig> {
    let default = default_config(nodes)?;
    let mut flags = nodes.iter().filter(|node| node.os.as_deref().is_none_or(|os| os == "linux")).map(|node| &node.kube_proxy_flags);
    let of_first = flags.next()?;
    if of_first.is_empty() && flags.clone().all(BTreeMap::is_empty) {
        return Some(default);
    }
    // The one names a file; the other is the node's name by default, and here something that all nodes share.
    let is_not_read = ["config", "hostname-override"].iter().any(|name| of_first.contains_key(*name));
    if is_not_read || flags.any(|flags| flags != of_first) {
        return None;
    }
    let source = format!("{} and --kube-proxy-arg", default.source);
    with_flags(KubeProxyConfig { source, ..default }, of_first)
}

/// The modes of nodes that were given different flags.
fn note_modes(known: &mut KubeProxy, nodes: &[Node]) {
    for node in nodes.iter().filter(|node| !node.kube_proxy_flags.contains_key("config")) {
        if let Some(mode) = node.kube_proxy_flags.get("proxy-mode").and_then(|mode| mode.parse().ok()) {
            known.processes.entry(node.name.clone()).or_default().mode = Some(mode);
        }
    }
}

/// A name of a node as kube-proxy has it: trimmed, in lower case. None for what stands in its place until something
/// replaces it.
fn node_name(written: &str) -> Option<String> {
    let name = written.trim().to_ascii_lowercase();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    (!name.is_empty() && name.bytes().all(fits)).then_some(name)
}

/// `KubeProxyIPVS=true`, as a flag has it.
fn gate(word: &str) -> Option<(String, bool)> {
    let (name, value) = word.split_once('=')?;
    Some((name.trim().to_owned(), value.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::facts::{ConfiguredMode, DetectLocal};

    use super::*;

    fn read(text: &str) -> Result<KubeProxyConfig, UnknownFact> {
        config("kube-proxy", &BTreeMap::from([("config.conf".to_owned(), text.to_owned())]))
    }

    #[test]
    fn a_configuration_as_kubeadm_writes_it() {
        let config = read(
            "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: 10.244.0.0/16,fd00::/56\n\
             detectLocalMode: \"\"\niptables:\n  masqueradeAll: false\n  masqueradeBit: null\nmode: ipvs\nnodePortAddresses: null\n",
        )
        .unwrap();
        assert_eq!((config.mode, config.detection.mode), (ProxyMode::Ipvs.into(), DetectLocal::ClusterCidr));
        assert_eq!(config.detection.cluster_cidrs.len(), 2);
        assert_eq!(config.source, "ConfigMap kube-system/kube-proxy");
    }

    #[test]
    fn a_key_without_a_value_is_left_out() {
        let config = read("mode: iptables\ndetectLocal:\n#  bridgeInterface: br0\niptables:\nfeatureGates:\n").unwrap();
        assert_eq!((config.mode, config.detection.interface_prefix), (ProxyMode::Iptables.into(), None));
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let config = read("kind: KubeProxyConfiguration\nmode: \"\"\nclusterCIDR: \"\"\n").unwrap();
        assert_eq!(config.mode, ConfiguredMode::Default);
        assert!(config.detection.cluster_cidrs.is_empty() && !config.masquerade_all);
    }

    #[test]
    fn what_cannot_be_understood_says_why() {
        for (text, part) in [
            ("mode: userspace", "userspace"),
            ("clusterCIDR: pods", "pods"),
            ("mode: [", "cannot be read"),
            ("detectLocalMode: Magic", "Magic"),
        ] {
            let cause = read(text).unwrap_err().to_string();
            assert!(cause.contains(part), "{cause}");
        }
        assert!(config("kube-proxy", &BTreeMap::new()).unwrap_err().to_string().contains("config.conf"));
    }

    #[test]
    fn releases_come_from_image_tags() {
        let pod = |image: &str| {
            let pod = serde_json::json!({ "spec": { "nodeName": "node1", "containers": [{ "name": "kube-proxy", "image": image }] } });
            releases(&[super::pod(serde_json::from_value(pod).unwrap()).unwrap()]).into_iter().next()
        };
        assert_eq!(pod("registry.example.com:5000/kube-proxy:v1.30.1-aliyun.1"), Some(("node1".into(), Version::new(30, 1))));
        assert_eq!(pod("example.com/kube-proxy:v1.24.9@sha256:00"), Some(("node1".into(), Version::new(24, 9))));
        assert_eq!(pod("registry.example.com:5000/kube-proxy"), None);
        assert_eq!(pod("example.com/kube-proxy:latest"), None);
    }
}
