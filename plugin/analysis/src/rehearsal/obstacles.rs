//! What a change of kube-proxy does beside the addresses of Services.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facts::{Facts, NetworkPlugin, ProxyMode, Version};

/// The release from which kube-proxy does not start in ipvs mode (KEP-5495).
const WITHOUT_IPVS: Version = Version::new(40, 0);

/// The release from which nftables mode is there without a feature gate (KEP-3866).
const WITH_NFTABLES: Version = Version::new(31, 0);

/// The release in which nftables mode begins to serve node ports at 127.0.0.1, where its configuration asks for it (KEP-6032).
const NFTABLES_WITH_LOCALHOST: Version = Version::new(38, 0);

/// Why kube-proxy would not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Obstacle {
    /// The release has no ipvs mode any more.
    NoIpvs {
        /// kube-proxy's.
        release: Version,
        /// How many nodes have it.
        nodes: usize,
    },
    /// The release has no nftables mode yet, or only behind a feature gate.
    NoNftables {
        /// kube-proxy's.
        release: Version,
        /// How many nodes have it.
        nodes: usize,
    },
}

/// What changes for whoever uses a node's own addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RehearsalNote {
    /// Node ports answer at 127.0.0.1 in iptables mode alone.
    LocalhostNodePorts,
    /// Node ports answer at the primary address of each node alone, in place of all of its addresses.
    PrimaryAddresses,
    /// They answer at all addresses of each node, in place of its primary one.
    AllAddresses,
    /// nftables mode needs Linux 5.13.
    KernelForNftables,
    /// Another pod network means another pod of each, and policies of other kinds.
    OtherPodNetwork,
}

/// What keeps kube-proxy from starting, after the change.
pub(crate) fn obstacles(changed: &Facts) -> Vec<Obstacle> {
    if changed.network_plugin(None).is_some_and(NetworkPlugin::replaces_kube_proxy) {
        return Vec::new();
    }
    let mut releases: BTreeMap<(Option<ProxyMode>, Version), usize> = BTreeMap::new();
    for node in &changed.nodes {
        if let Some(release) = changed.kube_proxy_release(node) {
            *releases.entry((changed.proxy_mode(Some(node)), release)).or_default() += 1;
        }
    }
    let obstacle = |((mode, release), nodes)| match mode {
        Some(ProxyMode::Ipvs) if release >= WITHOUT_IPVS => Some(Obstacle::NoIpvs { release, nodes }),
        Some(ProxyMode::Nftables) if release < WITH_NFTABLES => Some(Obstacle::NoNftables { release, nodes }),
        _ => None,
    };
    releases.into_iter().filter_map(obstacle).collect()
}

/// What else changes.
pub(crate) fn notes(today: &Facts, changed: &Facts) -> Vec<RehearsalNote> {
    let network = (today.pod_network != changed.pod_network).then_some(RehearsalNote::OtherPodNetwork);
    network.into_iter().chain(of_mode(today, changed)).collect()
}

fn of_mode(today: &Facts, changed: &Facts) -> Vec<RehearsalNote> {
    let (Some(before), Some(after)) = (today.proxy_mode(None), changed.proxy_mode(None)) else { return Vec::new() };
    if before == after {
        return Vec::new();
    }
    let newest = changed.nodes.iter().filter_map(|node| changed.kube_proxy_release(node)).max();
    let addresses_are_named = changed.kube_proxy.config.value().is_some_and(|config| !config.node_port_addresses.is_empty());
    let loses_localhost =
        before == ProxyMode::Iptables && newest.is_none_or(|newest| newest < NFTABLES_WITH_LOCALHOST || after != ProxyMode::Nftables);
    [
        (after == ProxyMode::Nftables).then_some(RehearsalNote::KernelForNftables),
        loses_localhost.then_some(RehearsalNote::LocalhostNodePorts),
        (after == ProxyMode::Nftables && !addresses_are_named).then_some(RehearsalNote::PrimaryAddresses),
        (before == ProxyMode::Nftables && !addresses_are_named).then_some(RehearsalNote::AllAddresses),
    ]
    .into_iter()
    .flatten()
    .collect()
}
