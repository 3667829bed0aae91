//! What the facts leave open, laid out: every combination of what may be is asked, and what makes
//! a difference is named.

use std::net::IpAddr;

use ipnet::IpNet;

use super::condition::Condition;
use super::connection::{Detection, SourceRange};
use super::expectation::{Answer, Case, Expectation};
use super::gates;
use super::pod_ranges::PodRanges;
use crate::facts::{DetectLocal, Distribution, Facts, LocalDetection, NetworkPlugin, Node, PodPath, ProxyMode, Version};
use crate::vantage::Network;

/// One way in which things may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Assumption {
    pub(super) mode: ProxyMode,
    pub(super) release: Version,
    pub(super) detection: Detection,
    pub(super) path: PodPath,
    pub(super) source: SourceRange,
}

/// What may be, one list for each thing that decides. None is ever empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Unknowns {
    modes: Vec<ProxyMode>,
    releases: Vec<Version>,
    detections: Vec<Detection>,
    paths: Vec<PodPath>,
    sources: Vec<SourceRange>,
}

impl Unknowns {
    /// What may be of a connection from one of a node's networks to an address of the family of
    /// `address`.
    pub(super) fn of(facts: &Facts, pods: &PodRanges<'_>, node: Option<&Node>, network: Network, address: IpAddr) -> Self {
        let detection = facts.local_detection(node);
        let is_assumed = facts.assumed_endpoints.is_some();
        let clients = clients(facts, pods, node, network, address);
        Self {
            modes: modes(facts, node),
            releases: releases(facts, node),
            detections: match network {
                // Where a cluster is assumed, the range that it is said to have is that of its pods.
                Network::Pod if is_assumed && detection.is_some_and(|known| has_range(known, address)) => vec![Detection::Local],
                Network::Pod => detections(detection, pods, node, &clients, address),
                Network::Host => vec![Detection::NonLocal],
            },
            paths: match network {
                Network::Pod => paths(facts.network_plugin(node), node.is_some_and(|node| pods.are_routed_by(node) || crosses_host(node))),
                Network::Host => vec![PodPath::ThroughHost],
            },
            sources: sources(&facts.service.load_balancer_source_ranges, &clients, address),
        }
    }

    /// Whether kube-proxy is known to run in ipvs mode.
    pub(super) fn is_ipvs(&self) -> bool {
        self.modes == [ProxyMode::Ipvs]
    }

    /// Whether `loadBalancerSourceRanges` may leave the client out.
    pub(super) fn may_be_out_of_range(&self) -> bool {
        self.sources.contains(&SourceRange::Excluded)
    }

    /// Asks every assumption that is possible. What becomes of a connection is certain where all agree on it, by whatever
    /// rule; where they do not, each rule is a case of its own.
    pub(super) fn ask(&self, answer: impl Fn(&Assumption) -> Answer) -> Expectation {
        let mut groups: Vec<(Answer, Vec<Assumption>)> = Vec::new();
        for assumption in self.all() {
            let answer = answer(&assumption);
            match groups.iter_mut().find(|(known, _)| *known == answer) {
                Some((_, assumptions)) => assumptions.push(assumption),
                None => groups.push((answer, vec![assumption])),
            }
        }
        if let Some((first, _)) = groups.first()
            && groups.iter().all(|(answer, _)| answer.expected == first.expected)
        {
            return Expectation::Certain(*first);
        }
        let case = |(answer, assumptions): (Answer, Vec<Assumption>)| Case { when: self.when(&assumptions), answer };
        Expectation::Depends(groups.into_iter().map(case).collect())
    }

    fn all(&self) -> impl Iterator<Item = Assumption> {
        let mut assumptions = Vec::new();
        for (mode, release) in self.kube_proxies() {
            for detection in &self.detections {
                for path in &self.paths {
                    let assumption =
                        |source: &SourceRange| Assumption { mode, release, detection: *detection, path: *path, source: *source };
                    assumptions.extend(self.sources.iter().map(assumption));
                }
            }
        }
        assumptions.into_iter()
    }

    /// Modes and releases that go together: there is no nftables mode before 1.29.
    fn kube_proxies(&self) -> impl Iterator<Item = (ProxyMode, Version)> + '_ {
        let pairs = self.modes.iter().flat_map(|mode| self.releases.iter().map(|release| (*mode, *release)));
        pairs.filter(|(mode, release)| *mode != ProxyMode::Nftables || *release >= gates::NFTABLES || self.modes.len() == 1)
    }

    /// What all of these assumptions share and others do not.
    fn when(&self, assumptions: &[Assumption]) -> Vec<Condition> {
        let mut when = Vec::new();
        let modes = kept(&self.modes, assumptions, |assumption| assumption.mode);
        when.extend(modes.map(Condition::Mode));
        when.extend(
            kept(&self.releases, assumptions, |assumption| assumption.release).and_then(|kept| release_range(&self.releases, &kept)),
        );
        when.extend(
            kept(&self.detections, assumptions, |assumption| assumption.detection)
                .map(|kept| Condition::CountedAsLocal(kept == [Detection::Local])),
        );
        when.extend(
            kept(&self.paths, assumptions, |assumption| assumption.path).and_then(|kept| kept.first().copied()).map(Condition::Path),
        );
        when.extend(
            kept(&self.sources, assumptions, |assumption| assumption.source)
                .map(|kept| Condition::InSourceRange(kept == [SourceRange::Allowed])),
        );
        when
    }
}

/// The values that occur, where they are fewer than those that may.
fn kept<T: Copy + PartialEq>(possible: &[T], assumptions: &[Assumption], value: impl Fn(&Assumption) -> T) -> Option<Vec<T>> {
    let kept: Vec<T> =
        possible.iter().copied().filter(|possible| assumptions.iter().any(|assumption| value(assumption) == *possible)).collect();
    (kept.len() < possible.len()).then_some(kept)
}

/// The representatives stand for the releases up to the next one.
fn release_range(possible: &[Version], kept: &[Version]) -> Option<Condition> {
    let (first, last) = (kept.first()?, kept.last()?);
    let from = (possible.first() != Some(first)).then_some(*first);
    let before = possible.iter().find(|version| *version > last).copied();
    // Of what is kept at both ends, and not in between, only the first is said.
    Some(Condition::Release { from: if before.is_none() { Some(*first) } else { from }, before })
}

/// The addresses from which a vantage dials: the node's own, or its pods'. Those of a cluster that is assumed are not known.
fn clients(facts: &Facts, pods: &PodRanges<'_>, node: Option<&Node>, network: Network, address: IpAddr) -> Vec<IpNet> {
    let Some(node) = node.filter(|_| facts.assumed_endpoints.is_none()) else { return Vec::new() };
    match network {
        Network::Pod => pods.of_node(node, address.is_ipv6()),
        Network::Host => node.internal_ips.iter().filter(|ip| ip.is_ipv6() == address.is_ipv6()).map(|ip| IpNet::from(*ip)).collect(),
    }
}

fn has_range(known: &LocalDetection, address: IpAddr) -> bool {
    known.mode == DetectLocal::ClusterCidr && known.cluster_cidrs.iter().any(|cidr| is_of_family(cidr, address))
}

fn modes(facts: &Facts, node: Option<&Node>) -> Vec<ProxyMode> {
    facts.proxy_mode(node).map_or_else(|| ProxyMode::ALL.to_vec(), |mode| vec![mode])
}

fn is_of_family(cidr: &IpNet, address: IpAddr) -> bool {
    cidr.addr().is_ipv6() == address.is_ipv6()
}

fn releases(facts: &Facts, node: Option<&Node>) -> Vec<Version> {
    let release = node.and_then(|node| facts.kube_proxy_release(node));
    release.map_or_else(|| gates::REPRESENTATIVES.to_vec(), |release| vec![release])
}

/// Whether kube-proxy counts a pod of the node as local.
fn detections(
    known: Option<&LocalDetection>,
    pods: &PodRanges<'_>,
    node: Option<&Node>,
    clients: &[IpNet],
    address: IpAddr,
) -> Vec<Detection> {
    let open = vec![Detection::Local, Detection::NonLocal];
    let Some(known) = known else { return vec![Detection::Local, Detection::NonLocal, Detection::Off] };
    match known.mode {
        DetectLocal::ClusterCidr => match known.cluster_cidrs.iter().find(|cidr| is_of_family(cidr, address)) {
            None => vec![Detection::Off],
            // Where no pod of the node was seen, those of all others may show that the range is that of the pods.
            Some(cidr) if clients.is_empty() && pods.all_are_in(cidr) => vec![Detection::Local],
            Some(cidr) => within(clients, |client| cidr.contains(client), |client| client.contains(cidr))
                .map_or(open, |is_in| vec![if is_in { Detection::Local } else { Detection::NonLocal }]),
        },
        DetectLocal::NodeCidr => match node.map(|node| &node.pod_cidrs).filter(|own| own.iter().any(|cidr| is_of_family(cidr, address))) {
            None => vec![Detection::Off],
            Some(own) => {
                let holds = |client: &IpNet| own.iter().any(|cidr| cidr.contains(client));
                within(clients, holds, |_| false).map_or(open, |is_in| vec![if is_in { Detection::Local } else { Detection::NonLocal }])
            }
        },
        // The interfaces of Azure's own network (AKS from 1.23.3).
        DetectLocal::InterfaceNamePrefix if known.interface_prefix.as_deref() == Some("azv") => vec![Detection::Local],
        DetectLocal::BridgeInterface | DetectLocal::InterfaceNamePrefix => open,
    }
}

/// Whether the kube-proxy of a node may take pods of other nodes for its own: a range of the whole
/// cluster holds them all. ipvs knows no such shortcut.
pub(super) fn may_detect_strangers(facts: &Facts, node: Option<&Node>) -> bool {
    let by_range =
        facts.local_detection(node).is_none_or(|known| known.mode == DetectLocal::ClusterCidr && !known.cluster_cidrs.is_empty());
    by_range && modes(facts, node) != [ProxyMode::Ipvs]
}

/// Whether kube-proxy serves node ports at a node's first address: everywhere, unless
/// `nodePortAddresses` says where.
pub(super) fn serves_node_ports(facts: &Facts, node: Option<&Node>, family: IpAddr) -> bool {
    let Some(config) = facts.kube_proxy.config.value() else { return true };
    let own = node.and_then(|node| node.internal_ips.iter().find(|ip| ip.is_ipv6() == family.is_ipv6()));
    let ranges = &config.node_port_addresses;
    let is_named =
        |own: &IpAddr| ranges.iter().any(|range| range == "primary" || range.parse().is_ok_and(|range: IpNet| range.contains(own)));
    ranges.is_empty() || own.is_none_or(is_named)
}

/// Whether all clients are in a range, or none is; nothing where that cannot be told.
fn within(clients: &[IpNet], contains: impl Fn(&IpNet) -> bool, overlaps: impl Fn(&IpNet) -> bool) -> Option<bool> {
    let is_told =
        !clients.is_empty() && (clients.iter().all(&contains) || !clients.iter().any(|client| contains(client) || overlaps(client)));
    is_told.then(|| clients.iter().all(contains))
}

fn sources(ranges: &[IpNet], clients: &[IpNet], address: IpAddr) -> Vec<SourceRange> {
    let ranges: Vec<_> = ranges.iter().filter(|range| is_of_family(range, address)).collect();
    if ranges.is_empty() {
        return vec![SourceRange::Allowed];
    }
    let contains = |client: &IpNet| ranges.iter().any(|range| range.contains(client));
    let overlaps = |client: &IpNet| ranges.iter().any(|range| client.contains(*range));
    match within(clients, contains, overlaps) {
        Some(true) => vec![SourceRange::Allowed],
        Some(false) => vec![SourceRange::Excluded],
        None => vec![SourceRange::Allowed, SourceRange::Excluded],
    }
}

/// Whether pods have no interface of the cloud's to themselves there, whatever their network.
fn crosses_host(node: &Node) -> bool {
    use Distribution::{Aks, Gke, K3s, MicroK8s, Rke2};
    matches!(node.distribution, Some(Aks | Gke | K3s | MicroK8s | Rke2))
}

/// Networks whose way is known have one; of others it is said to depend.
fn paths(plugin: Option<NetworkPlugin>, crosses_host: bool) -> Vec<PodPath> {
    use NetworkPlugin as Plugin;
    match plugin {
        Some(
            Plugin::Flannel
            | Plugin::Calico
            | Plugin::Cilium
            | Plugin::CiliumPartly
            | Plugin::TerwayVeth
            | Plugin::Kindnet
            | Plugin::AmazonVpc
            | Plugin::AzureCni
            | Plugin::KubeRouterServiceProxy
            | Plugin::OvnKubernetes
            | Plugin::GkeDataplaneV2
            | Plugin::Antrea
            | Plugin::Bridge
            | Plugin::CalicoEbpf
            | Plugin::CiliumKubeProxyReplacement,
        ) => vec![PodPath::ThroughHost],
        Some(Plugin::TerwayExclusiveEni) => vec![PodPath::PastHost],
        None if crosses_host => vec![PodPath::ThroughHost],
        _ => vec![PodPath::ThroughHost, PodPath::PastHost],
    }
}
