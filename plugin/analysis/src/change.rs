//! Changes to a cluster that can be thought through before they are made: facts in, facts out.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{CannotApply, NotAChange, NotANetwork, NotAVersion};
use crate::facts::{
    ConfiguredMode, DetectLocal, Endpoint, Facts, Ingress, IpMode, Known, KubeProxyConfig, KubeProxyProcess, LocalDetection, NetworkPlugin,
    Node, PodNetwork, ProxyMode, TrafficPolicy, Version,
};
use crate::providers::BACKEND_TYPE;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `externalTrafficPolicy=Cluster`.
    ExternalTrafficPolicy(TrafficPolicy),
    /// `internalTrafficPolicy=Local`.
    InternalTrafficPolicy(TrafficPolicy),
    /// `ipMode=Proxy`, at every address of the status.
    IpMode(IpMode),
    /// `replicas-on=node1,node2`: a ready endpoint on these nodes, and on no other; `replicas-on=`
    /// takes all away.
    ReplicasOn(Vec<String>),
    /// `kube-proxy=1.24`: the release on every node.
    KubeProxy(Version),
    /// `mode=nftables`: kube-proxy's mode.
    Mode(ProxyMode),
    /// `clusterCIDR=10.244.0.0/16`: kube-proxy's, for the family of the range.
    ClusterCidr(IpNet),
    /// `cni=cilium@1.18`: another pod network on every node, of a release or of one that is not known.
    PodNetwork(PlannedNetwork),
    /// `backend-type=eni`: the load balancer dials pods, with external policy Cluster.
    EniBackends,
    /// `hostname=lb.example.com`: the status has a name and no address.
    Hostname(String),
    /// `loadBalancerSourceRanges=10.244.0.0/16,198.18.0.0/24`: these and no others; none with an empty
    /// value.
    SourceRanges(Vec<IpNet>),
}

impl Change {
    /// What stands before the equals sign, for each kind of change.
    pub const KEYS: [&'static str; 11] = [
        "externalTrafficPolicy",
        "internalTrafficPolicy",
        "loadBalancerSourceRanges",
        "ipMode",
        "replicas-on",
        "kube-proxy",
        "mode",
        "clusterCIDR",
        "cni",
        "backend-type",
        "hostname",
    ];
}

/// A pod network that a cluster is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedNetwork {
    plugin: NetworkPlugin,
    release: Option<Version>,
}

impl PlannedNetwork {
    /// Those whose way with Services is known, by the names that they are asked for: Cilium in kube-proxy's place, and beside it.
    pub const NAMES: [(&'static str, NetworkPlugin); 9] = [
        ("flannel", NetworkPlugin::Flannel),
        ("calico", NetworkPlugin::Calico),
        ("calico-ebpf", NetworkPlugin::CalicoEbpf),
        ("cilium", NetworkPlugin::CiliumKubeProxyReplacement),
        ("cilium-beside-kube-proxy", NetworkPlugin::Cilium),
        ("antrea", NetworkPlugin::Antrea),
        ("kube-router", NetworkPlugin::KubeRouterServiceProxy),
        ("ovn-kubernetes", NetworkPlugin::OvnKubernetes),
        ("kindnet", NetworkPlugin::Kindnet),
    ];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, plugin)| *plugin == self.plugin).map_or("", |(name, _)| name)
    }

    fn facts(self) -> PodNetwork {
        PodNetwork { release: self.release, ..PodNetwork::named(self.plugin, &format!("cni={self}")) }
    }
}

impl FromStr for PlannedNetwork {
    type Err = NotANetwork;

    fn from_str(word: &str) -> Result<Self, NotANetwork> {
        let (name, release) = word.split_once('@').map_or((word, None), |(name, release)| (name, Some(release)));
        let known = Self::NAMES.iter().find(|(known, _)| *known == name);
        let (_, plugin) = known.ok_or_else(|| NotANetwork::Unknown(Self::NAMES.map(|(name, _)| name).to_vec()))?;
        let release = release.map(|release| release.parse().map_err(NotANetwork::Release)).transpose()?;
        Ok(Self { plugin: *plugin, release })
    }
}

impl fmt::Display for PlannedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.release.map_or(Ok(()), |release| write!(f, "@{release}"))
    }
}

impl FromStr for Change {
    type Err = NotAChange;

    fn from_str(word: &str) -> Result<Self, NotAChange> {
        let (key, value) = word.split_once('=').ok_or(NotAChange::NoValue)?;
        let wrong = |cause: &dyn fmt::Display| NotAChange::Value { key: key.to_owned(), cause: cause.to_string() };
        Ok(match key {
            "externalTrafficPolicy" => Self::ExternalTrafficPolicy(policy(value)?),
            "internalTrafficPolicy" => Self::InternalTrafficPolicy(policy(value)?),
            "ipMode" => Self::IpMode(ip_mode(value)?),
            "replicas-on" => Self::ReplicasOn(value.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()),
            "kube-proxy" => match value.parse::<Version>() {
                Ok(version) if version.major == 1 => Self::KubeProxy(version),
                Ok(_) => return Err(wrong(&NotAVersion(value.to_owned()))),
                Err(cause) => return Err(wrong(&cause)),
            },
            "mode" if !value.is_empty() => Self::Mode(value.parse().map_err(|cause| wrong(&cause))?),
            "clusterCIDR" => Self::ClusterCidr(value.parse().map_err(|cause| wrong(&cause))?),
            "cni" => Self::PodNetwork(value.parse().map_err(|cause: NotANetwork| wrong(&cause))?),
            "backend-type" if value == "eni" => Self::EniBackends,
            "hostname" if !value.is_empty() => Self::Hostname(value.to_owned()),
            "loadBalancerSourceRanges" => {
                let ranges = value.split(',').filter(|range| !range.is_empty()).map(str::parse).collect::<Result<_, _>>();
                Self::SourceRanges(ranges.map_err(|cause| wrong(&cause))?)
            }
            _ => return Err(NotAChange::Unknown { word: word.to_owned(), keys: &Self::KEYS }),
        })
    }
}

impl fmt::Display for Change {
    /// The word that it is read from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |ranges: &[IpNet]| ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::ExternalTrafficPolicy(policy) => write!(f, "externalTrafficPolicy={policy}"),
            Self::InternalTrafficPolicy(policy) => write!(f, "internalTrafficPolicy={policy}"),
            Self::IpMode(IpMode::Vip) => f.write_str("ipMode=VIP"),
            Self::IpMode(IpMode::Proxy) => f.write_str("ipMode=Proxy"),
            Self::ReplicasOn(nodes) => write!(f, "replicas-on={}", nodes.join(",")),
            Self::KubeProxy(version) => write!(f, "kube-proxy={version}"),
            Self::Mode(mode) => write!(f, "mode={mode}"),
            Self::ClusterCidr(range) => write!(f, "clusterCIDR={range}"),
            Self::PodNetwork(network) => write!(f, "cni={network}"),
            Self::EniBackends => f.write_str("backend-type=eni"),
            Self::Hostname(name) => write!(f, "hostname={name}"),
            Self::SourceRanges(ranges) => write!(f, "loadBalancerSourceRanges={}", joined(ranges)),
        }
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn policy(value: &str) -> Result<TrafficPolicy, NotAChange> {
    match value {
        "Cluster" => Ok(TrafficPolicy::Cluster),
        "Local" => Ok(TrafficPolicy::Local),
        _ => Err(NotAChange::Policy),
    }
}

fn ip_mode(value: &str) -> Result<IpMode, NotAChange> {
    match value {
        "VIP" => Ok(IpMode::Vip),
        "Proxy" => Ok(IpMode::Proxy),
        _ => Err(NotAChange::IpMode),
    }
}

/// Facts in which changes are made, one after the other.
pub fn changed(facts: &Facts, changes: &[Change]) -> Result<Facts, CannotApply> {
    let mut facts = facts.clone();
    changes.iter().try_for_each(|change| change.apply(&mut facts))?;
    Ok(facts)
}

impl Change {
    /// Makes the change in the facts: in the Service, its endpoints, kube-proxy or the pod network.
    pub fn apply(&self, facts: &mut Facts) -> Result<(), CannotApply> {
        match self {
            Self::ExternalTrafficPolicy(policy) => facts.service.external_traffic_policy = *policy,
            Self::InternalTrafficPolicy(policy) => facts.service.internal_traffic_policy = *policy,
            Self::IpMode(mode) => {
                for ingress in &mut facts.service.ingress {
                    if let Ingress::Address { ip_mode, .. } = ingress {
                        *ip_mode = Some(*mode);
                    }
                }
            }
            Self::ReplicasOn(nodes) => replicas_on(facts, nodes)?,
            Self::KubeProxy(version) => {
                facts.kube_proxy.processes.values_mut().for_each(|process| process.release = Some(*version));
                facts.kube_proxy.releases = Known::Value(facts.nodes.iter().map(|node| (node.name.clone(), *version)).collect());
            }
            Self::Mode(mode) if facts.assumed_endpoints.is_some() => {
                assumed_processes(facts).for_each(|process| process.mode = Some(*mode));
            }
            Self::Mode(mode) => {
                facts.kube_proxy.processes.values_mut().for_each(|process| process.mode = Some(*mode));
                config(facts)?.mode = ConfiguredMode::Named(*mode);
            }
            Self::ClusterCidr(cidr) if facts.assumed_endpoints.is_some() => {
                let by_range = LocalDetection { mode: DetectLocal::ClusterCidr, cluster_cidrs: Vec::new(), interface_prefix: None };
                for process in assumed_processes(facts) {
                    let detection = process.detection.get_or_insert_with(|| by_range.clone());
                    detection.cluster_cidrs.push(*cidr);
                }
            }
            Self::ClusterCidr(cidr) => {
                let replace = |detection: &mut LocalDetection| {
                    detection.cluster_cidrs.retain(|other| other.addr().is_ipv6() != cidr.addr().is_ipv6());
                    detection.cluster_cidrs.push(*cidr);
                };
                replace(&mut config(facts)?.detection);
                facts.kube_proxy.processes.values_mut().filter_map(|process| process.detection.as_mut()).for_each(replace);
            }
            Self::PodNetwork(network) => {
                facts.nodes.iter_mut().for_each(|node| node.network_plugin = None);
                facts.pod_network = Known::Value(network.facts());
            }
            Self::EniBackends => {
                facts.service.annotations.insert(BACKEND_TYPE.into(), "eni".into());
                facts.service.external_traffic_policy = TrafficPolicy::Cluster;
            }
            Self::Hostname(name) => facts.service.ingress = vec![Ingress::Hostname(name.clone())],
            Self::SourceRanges(ranges) => facts.service.load_balancer_source_ranges.clone_from(ranges),
        }
        Ok(())
    }
}

/// Where a cluster is assumed, nothing is known of kube-proxy but what is said here.
fn assumed_processes(facts: &mut Facts) -> impl Iterator<Item = &mut KubeProxyProcess> {
    for node in &facts.nodes {
        facts.kube_proxy.processes.entry(node.name.clone()).or_default();
    }
    facts.kube_proxy.processes.values_mut()
}

fn config(facts: &mut Facts) -> Result<&mut KubeProxyConfig, CannotApply> {
    match &mut facts.kube_proxy.config {
        Known::Value(config) => Ok(config),
        Known::Unknown(reason) => Err(CannotApply::ConfigUnknown(reason.clone())),
    }
}

/// Endpoints with an address of each family that the Service has. Which address does not matter:
/// the first of the node's own range, or else of the range for documentation.
fn replicas_on(facts: &mut Facts, nodes: &[String]) -> Result<(), CannotApply> {
    let by_name: HashMap<&str, &Node> = facts.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
    let mut endpoints = Vec::new();
    for (number, name) in (1..=u8::MAX).cycle().zip(nodes) {
        let node = by_name.get(name.as_str()).ok_or_else(|| CannotApply::NoNode(name.clone()))?;
        for own in &facts.service.cluster_ips {
            let in_range = node.pod_cidrs.iter().find(|cidr| cidr.addr().is_ipv6() == own.is_ipv6()).map(IpNet::addr);
            let elsewhere: IpAddr =
                if own.is_ipv6() { [0x2001, 0xdb8, 0, 0, 0, 0, 0, number.into()].into() } else { [192, 0, 2, number].into() };
            endpoints.push(Endpoint::ready(in_range.unwrap_or(elsewhere), name));
        }
    }
    facts.endpoints = endpoints;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_from_words() {
        assert_eq!("externalTrafficPolicy=Cluster".parse(), Ok(Change::ExternalTrafficPolicy(TrafficPolicy::Cluster)));
        assert_eq!("replicas-on=node1,node2".parse(), Ok(Change::ReplicasOn(vec!["node1".into(), "node2".into()])));
        assert_eq!("replicas-on=".parse(), Ok(Change::ReplicasOn(Vec::new())));
        assert!(["kube-proxy=0.1", "kube-proxy=2.0", "kube-proxy="].iter().all(|word| word.parse::<Change>().is_err()));
        assert_eq!("kube-proxy=v1.24".parse(), Ok(Change::KubeProxy(Version::new(24, 0))));
        assert_eq!("ipMode=Proxy".parse(), Ok(Change::IpMode(IpMode::Proxy)));
        let ranges = ["10.244.0.0/16", "198.18.0.0/24"].map(|range| range.parse().unwrap()).to_vec();
        assert_eq!("loadBalancerSourceRanges=10.244.0.0/16,198.18.0.0/24".parse(), Ok(Change::SourceRanges(ranges)));
    }

    #[test]
    fn a_change_is_written_as_it_is_read() {
        let words = [
            "externalTrafficPolicy=Cluster",
            "internalTrafficPolicy=Local",
            "ipMode=Proxy",
            "replicas-on=node1,node2",
            "kube-proxy=1.24.17",
            "mode=nftables",
            "clusterCIDR=10.244.0.0/16",
            "backend-type=eni",
            "hostname=lb.example.com",
            "cni=cilium@1.18.2",
            "cni=flannel",
            "loadBalancerSourceRanges=10.244.0.0/16,198.18.0.0/24",
        ];
        for word in words {
            assert_eq!(word.parse::<Change>().unwrap().to_string(), word);
        }
    }

    #[test]
    fn other_words_say_what_is_wrong_with_them() {
        for (word, part) in [
            ("Cluster", "KEY=VALUE"),
            ("externalTrafficPolicy=local", "Cluster or Local"),
            ("policy=Local", "the key is one of"),
            ("kube-proxy=latest", "not a release"),
            ("mode=userspace", "none of iptables"),
            ("mode=", "with a value"),
            ("clusterCIDR=10.0.0.0", "clusterCIDR"),
            ("loadBalancerSourceRanges=all", "loadBalancerSourceRanges"),
        ] {
            let cause = word.parse::<Change>().unwrap_err().to_string();
            assert!(cause.contains(part), "{cause}");
        }
    }
}
