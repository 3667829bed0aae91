//! Those of pod networks.

use std::ops::Range;

use ipnet::IpNet;

use super::{Defect, KnownDefect, is_local, nodes_with_its_address};
use crate::facts::{AntreaScope, BgpMesh, Facts, NetworkPlugin, PodNetwork, ProxyMode, Version};
use crate::providers::{self, Provider};

const CILIUM_BGP_KNOWS_POLICY: Version = Version::new(14, 0);
const CILIUM_BGP_KNOWS_GATEWAYS: Version = Version::new(19, 0);
const CILIUM_KNOWS_HOST_NETWORK: Version = Version::new(13, 0);
const CILIUM_DROPS_OTHER_PORTS: Version = Version::new(19, 0);
const CILIUM_ANSWERS_AT_ADDRESS: Version = Version::new(15, 0);
const CALICO_GOES_BY_ENDPOINT: Version = Version { major: 3, minor: 25, patch: 0 };
const CALICO_ANNOUNCES_30: Version = Version { major: 3, minor: 30, patch: 7 };
const CALICO_ANNOUNCES_31: Version = Version { major: 3, minor: 31, patch: 5 };
/// Their filter has no exception for it before 3.27.3 (`bird_ipam.cfg.template`).
const CALICO_REFLECTORS_KEEP: Range<Version> = CALICO_GOES_BY_ENDPOINT..Version { major: 3, minor: 27, patch: 3 };
const ANTREA_ANSWERS: Version = Version::new(9, 0);
const AMAZON_VPC_SHARES_NFTABLES: Version = Version::new(23, 0);
const AMAZON_VPC_ROUTES_REPLIES: Version = Version::new(8, 0);

pub(super) fn known(facts: &Facts) -> Vec<KnownDefect> {
    let Some(network) = facts.pod_network.value() else { return Vec::new() };
    let Some(release) = network.release else { return Vec::new() };
    let all = match network.plugin {
        NetworkPlugin::Antrea => antrea(facts, network, release),
        NetworkPlugin::AmazonVpc => amazon_vpc(facts, release),
        NetworkPlugin::Calico | NetworkPlugin::CalicoEbpf => calico(facts, network, release),
        plugin if plugin.is_cilium() => cilium(facts, network, release),
        _ => Vec::new(),
    };
    all.into_iter().map(|(defect, nodes)| defect.at(nodes, Some(release))).collect()
}

type Found = Vec<(Defect, Vec<String>)>;

fn cilium(facts: &Facts, network: &PodNetwork, release: Version) -> Found {
    let replaces = network.plugin == NetworkPlugin::CiliumKubeProxyReplacement;
    let by_bgp = network.cilium.is_some_and(|cilium| cilium.announces_by_bgp) && is_local(facts);
    let serving = facts.serving_nodes();
    let without: Vec<_> = facts.nodes.iter().filter(|node| !serving.contains(node.name.as_str())).map(|node| node.name.clone()).collect();
    let mut found = Vec::new();
    if by_bgp && facts.has_cilium_placeholder() && release < CILIUM_BGP_KNOWS_GATEWAYS {
        found.push((Defect::CiliumBgpLacksGateways, Vec::new()));
    } else if by_bgp && release < CILIUM_BGP_KNOWS_POLICY && !without.is_empty() {
        found.push((Defect::CiliumBgpIgnoresPolicy, without));
    }
    let on_host = on_host_network(facts);
    if replaces && is_local(facts) && release < CILIUM_KNOWS_HOST_NETWORK && !on_host.is_empty() {
        found.push((Defect::CiliumHostNetwork, on_host));
    }
    let own = nodes_with_its_address(facts);
    if replaces && release >= CILIUM_DROPS_OTHER_PORTS && !own.is_empty() {
        found.push((Defect::CiliumDropsOtherPorts, own));
    }
    if replaces && is_local(facts) && release < CILIUM_ANSWERS_AT_ADDRESS && Provider::of(facts) == Some(Provider::Gce) {
        found.push((Defect::CiliumLacksHealthChecks, Vec::new()));
    }
    found
}

/// Nodes whose endpoint has the node's own address.
fn on_host_network(facts: &Facts) -> Vec<String> {
    let is_own = |node: &&crate::facts::Node| {
        let own = |endpoint: &&crate::facts::Endpoint| endpoint.addresses.iter().any(|address| node.internal_ips.contains(address));
        facts.endpoints.iter().filter(|endpoint| endpoint.is_used()).any(|endpoint| own(&endpoint))
    };
    facts.nodes.iter().filter(is_own).map(|node| node.name.clone()).collect()
}

/// Where kube-proxy runs beside it, that answers.
fn antrea(facts: &Facts, network: &PodNetwork, release: Version) -> Found {
    let is_alone = network.antrea.is_some_and(|antrea| antrea.scope == AntreaScope::All)
        && facts.kube_proxy.releases.value().is_none()
        && facts.kube_proxy.config.value().is_none();
    let is_asked = is_local(facts) && providers::is_on_a_cloud(facts);
    if is_alone && is_asked && release < ANTREA_ANSWERS { vec![(Defect::AntreaLacksHealthChecks, Vec::new())] } else { Vec::new() }
}

/// What becomes of an address that is a range of its own in its BGPConfiguration. A wider range beside it covers it.
fn calico(facts: &Facts, network: &PodNetwork, release: Version) -> Found {
    let holds = |range: &&IpNet| facts.service.load_balancer_ips().any(|address| range.contains(&address));
    let mut holding = network.announced_ranges.iter().filter(holds).peekable();
    if holding.peek().is_none() || holding.any(|range| range.prefix_len() < range.max_prefix_len()) {
        return Vec::new();
    }
    let serving = facts.serving_nodes();
    let (with, without): (Vec<_>, Vec<_>) =
        facts.nodes.iter().map(|node| node.name.clone()).partition(|node| serving.contains(node.as_str()));
    let is_mended = release >= CALICO_ANNOUNCES_30 && release.minor == 30 || release >= CALICO_ANNOUNCES_31;
    let mut found = Vec::new();
    if is_local(facts) && release < CALICO_GOES_BY_ENDPOINT && !without.is_empty() {
        found.push((Defect::CalicoAnnouncesEverywhere, without));
    } else if !is_local(facts) && release >= CALICO_GOES_BY_ENDPOINT && !is_mended && !asks_for_range(facts, network) {
        found.push((Defect::CalicoAnnouncesNowhere, Vec::new()));
    }
    let reflectors: Vec<_> =
        facts.nodes.iter().filter(|node| node.route_reflector_cluster.is_some()).map(|node| node.name.clone()).collect();
    let serves = |node: &String| serving.contains(node.as_str());
    let reflects = network.bgp_mesh == BgpMesh::Off && !reflectors.is_empty() && !reflectors.iter().any(serves);
    if is_local(facts) && reflects && CALICO_REFLECTORS_KEEP.contains(&release) {
        found.push((Defect::CalicoReflectorsKeepRoute, reflectors));
    }
    // Of the mode with eBPF it is not known.
    if network.plugin == NetworkPlugin::Calico && is_local(facts) && release >= CALICO_GOES_BY_ENDPOINT {
        found.push((Defect::CalicoBlackhole, with));
    }
    found
}

/// Whether the Service asks for an address that is a range of its own there: that it announces (`advertiseThisService`).
fn asks_for_range(facts: &Facts, network: &PodNetwork) -> bool {
    let is_alone = |range: &IpNet, address| range.prefix_len() == range.max_prefix_len() && range.contains(&address);
    facts.service.requested_address.is_some_and(|address| network.announced_ranges.iter().any(|range| is_alone(range, address)))
}

fn amazon_vpc(facts: &Facts, release: Version) -> Found {
    let mut found = Vec::new();
    let by_nftables = facts.nodes.iter().filter(|node| facts.proxy_mode(Some(node)) == Some(ProxyMode::Nftables));
    let by_nftables: Vec<_> = by_nftables.map(|node| node.name.clone()).collect();
    if release < AMAZON_VPC_SHARES_NFTABLES && !by_nftables.is_empty() {
        found.push((Defect::AmazonVpcBesideNftables, by_nftables));
    }
    if release < AMAZON_VPC_ROUTES_REPLIES && providers::dials_pods_on_aws(&facts.service) {
        found.push((Defect::AmazonVpcPodTargets, Vec::new()));
    }
    found
}
