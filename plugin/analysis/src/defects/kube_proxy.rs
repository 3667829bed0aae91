//! kube-proxy's own, by mode and release of each node.

use std::ops::Range;

use super::{Defect, KnownDefect, is_in, is_local};
use crate::facts::{DetectLocal, Facts, Node, ProxyMode, Version};
use crate::providers::Provider;

const fn releases(from: (u16, u16), before: (u16, u16)) -> Range<Version> {
    Version::new(from.0, from.1)..Version::new(before.0, before.1)
}

const REFUSES_HEALTH_CHECKS: [Range<Version>; 2] = [releases((26, 0), (26, 5)), releases((27, 0), (27, 2))];

/// The lines 1.26 and 1.27 were not mended.
const REFUSES_EXTERNAL_IPS: [Range<Version>; 2] = [releases((26, 0), (28, 6)), releases((29, 0), (29, 1))];

const LOSES_CHANGES: [Range<Version>; 3] = [releases((27, 0), (27, 11)), releases((28, 0), (28, 7)), releases((29, 0), (29, 2))];

/// From the first release with the mode.
const LACKS_INTERFACES: [Range<Version>; 2] = [releases((29, 0), (33, 6)), releases((34, 0), (34, 2))];

pub(super) fn known(facts: &Facts) -> Vec<KnownDefect> {
    let has_address = facts.service.load_balancer_ips().next().is_some();
    let asks_at_address = is_local(facts) && has_address && Provider::of(facts) == Some(Provider::Gce);
    let has_local_external_ip = is_local(facts) && !facts.service.external_ips.is_empty();
    [
        (Defect::IpvsRefusesHealthChecks, asks_at_address, ProxyMode::Ipvs, &REFUSES_HEALTH_CHECKS[..]),
        (Defect::IpvsRefusesExternalIps, has_local_external_ip, ProxyMode::Ipvs, &REFUSES_EXTERNAL_IPS),
        (Defect::IptablesLosesChanges, true, ProxyMode::Iptables, &LOSES_CHANGES),
        (Defect::NftablesInterfaceNames, tells_by_names(facts), ProxyMode::Nftables, &LACKS_INTERFACES),
    ]
    .into_iter()
    .filter(|(_, is_met, ..)| *is_met)
    .filter_map(|(defect, _, mode, affected)| of_nodes(defect, facts, mode, affected))
    .collect()
}

fn tells_by_names(facts: &Facts) -> bool {
    facts.local_detection(None).is_some_and(|detection| detection.mode == DetectLocal::InterfaceNamePrefix)
}

/// The release is told where all of these nodes have one.
fn of_nodes(defect: Defect, facts: &Facts, mode: ProxyMode, affected: &[Range<Version>]) -> Option<KnownDefect> {
    let is_replaced = facts.network_plugin(None).is_some_and(crate::facts::NetworkPlugin::replaces_kube_proxy);
    let release = |node: &Node| facts.kube_proxy_release(node).filter(|release| is_in(*release, affected));
    let struck = facts.nodes.iter().filter(|node| facts.proxy_mode(Some(node)) == Some(mode));
    let (nodes, releases): (Vec<_>, Vec<_>) = struck.filter_map(|node| Some((node.name.clone(), release(node)?))).unzip();
    let first = releases.first().copied().filter(|first| releases.iter().all(|release| release == first));
    (!is_replaced && !nodes.is_empty()).then(|| defect.at(nodes, first))
}
