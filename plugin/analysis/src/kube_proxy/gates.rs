//! The releases of kube-proxy from which each behaviour holds, with where that comes from.
//!
//! A gate names the first release with the new behaviour; a comparison is `release >= GATE`.

use crate::facts::Version;

/// iptables: a host's own connection to the load balancer's address takes any endpoint and is
/// masqueraded (kubernetes PR 77523).
pub(crate) const HOST_SHORT_CIRCUIT: Version = Version::new(15, 0);

/// iptables: whether a load balancer's address without endpoints is rejected where ClusterIPs are, in KUBE-SERVICES: from 1.14
/// (kubernetes PR 74394) until 1.20 (PR 95252). Read in 1.14.10 and 1.19.16.
pub(super) fn rejects_load_balancers_everywhere(release: Version) -> bool {
    (Version::new(14, 0)..REJECT_FORWARDED).contains(&release)
}

/// iptables: the reject chain for Services without endpoints also hooks FORWARD.
pub(super) const REJECT_FORWARDED: Version = Version::new(20, 0);

/// iptables: externalIPs are intercepted for connections that start on the node.
pub(super) const EXTERNAL_IPS_FROM_INSIDE: Version = Version::new(21, 0);

/// internalTrafficPolicy is on by default (KEP-2086).
pub(super) const INTERNAL_TRAFFIC_POLICY: Version = Version::new(22, 0);

/// iptables: an internal policy Local without local endpoint drops, where it rejected before.
pub(super) const INTERNAL_LOCAL_DROPS: Version = Version::new(24, 0);

/// ipvs: a policy Local without local endpoint falls back to the cluster's (kubernetes PR 97081).
pub(crate) const IPVS_FALLS_BACK: Version = Version::new(24, 0);

/// iptables: what has no local endpoint is dropped in KUBE-EXTERNAL-SERVICES, wherever it goes. Before,
/// it was marked, and kubelet's KUBE-FIREWALL dropped the mark in INPUT and OUTPUT only (KEP-3178): a
/// packet that the node forwards went on to the real load balancer. Seen with 1.23.17 and 1.34.4.
pub(super) const DROPS_FORWARDED: Version = Version::new(25, 0);

/// iptables: the internal policy counts whatever the external one is, and at ClusterIPs only. In 1.22
/// and 1.23 it counts where the external one is Cluster, and then at every address. Seen with
/// 1.23.17.
pub(super) const POLICIES_APART: Version = Version::new(24, 0);

/// ipvs: KUBE-IPVS-FILTER rejects ports that a Service does not declare (kubernetes PR 108460).
pub(super) const IPVS_REJECTS_UNDECLARED: Version = Version::new(26, 0);

/// Serving endpoints that terminate are used where no other is ready (KEP-1669, on by default).
pub(super) const TERMINATING_ENDPOINTS: Version = Version::new(26, 0);

/// ipvs: what is out of a source range is dropped in KUBE-PROXY-FIREWALL, which a host's own connection
/// does not cross. Before, it was marked where it began, and kubelet's KUBE-FIREWALL dropped the mark
/// in OUTPUT too. Seen with 1.23.17, 1.24.17 and 1.28.15.
pub(crate) const IPVS_DROPS_ITSELF: Version = Version::new(25, 0);

/// ipvs: loadBalancerSourceRanges are applied to the host's own connections (kubernetes PR 119791).
pub(crate) const IPVS_RANGES_FOR_HOSTS: Version = Version::new(29, 0);

/// The first release with nftables mode (KEP-3866).
pub(super) const NFTABLES: Version = Version::new(29, 0);

/// nftables: an undeclared port of a ClusterIP is rejected.
pub(super) const NFTABLES_REJECTS_UNDECLARED: Version = Version::new(30, 0);

/// `ipMode: Proxy` is honoured by default (KEP-1860).
pub(crate) const IP_MODE: Version = Version::new(30, 0);

/// nftables: a host without local endpoint reaches the load balancer's address
/// (kubernetes issue 131765, PR 132456).
pub(crate) const NFTABLES_HOST_REACHES: Version = Version::new(34, 0);

/// The same in 1.33 (kubernetes PR 133969, merged after 1.33.5 was made).
pub(super) const NFTABLES_HOST_REACHES_IN_1_33: Version = Version::new(33, 6);

/// Whether a host in nftables mode reaches the load balancer's address without local endpoint.
pub(crate) fn nftables_host_reaches(release: Version) -> bool {
    release >= NFTABLES_HOST_REACHES || release.minor == 33 && release >= NFTABLES_HOST_REACHES_IN_1_33
}

/// ipvs: declared ports of externalIPs under policy Local are rejected from 1.26 (kubernetes PR
/// 108460) until PR 121919, which 1.28.6 and 1.29.1 were the first releases to have.
pub(super) fn ipvs_rejects_external_ips(release: Version) -> bool {
    let is_fixed = release >= Version::new(29, 1) || release.minor == 28 && release >= Version::new(28, 6);
    release >= IPVS_REJECTS_UNDECLARED && !is_fixed
}

/// A release on either side of each gate, for a kube-proxy whose release is not known.
pub(super) const REPRESENTATIVES: [Version; 14] = [
    Version::new(14, 0),
    HOST_SHORT_CIRCUIT,
    REJECT_FORWARDED,
    EXTERNAL_IPS_FROM_INSIDE,
    INTERNAL_TRAFFIC_POLICY,
    IPVS_FALLS_BACK,
    Version::new(25, 0),
    IPVS_REJECTS_UNDECLARED,
    Version::new(28, 6),
    IPVS_RANGES_FOR_HOSTS,
    Version::new(29, 1),
    IP_MODE,
    NFTABLES_HOST_REACHES_IN_1_33,
    NFTABLES_HOST_REACHES,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A gate without a representative would be passed over where a release is not known.
    #[test]
    fn every_gate_has_a_representative() {
        let (gates, _) = include_str!("gates.rs").split_once("#[cfg(test)]").unwrap();
        let numbers = |text: &str| text.split(", ").map(|number| number.parse().unwrap()).collect::<Vec<u16>>();
        let versions = gates.split("Version::new(").skip(1).map(|rest| numbers(rest.split_once(')').unwrap().0));
        let versions: BTreeSet<_> = versions.map(|numbers| Version::new(numbers[0], numbers[1])).collect();
        assert_eq!(versions, REPRESENTATIVES.into_iter().collect());
        assert!(REPRESENTATIVES.is_sorted());
    }
}
