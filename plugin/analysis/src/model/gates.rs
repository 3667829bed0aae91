//! The releases of kube-proxy from which each behaviour holds, with where that comes from.
//!
//! A gate names the first release with the new behaviour; a comparison is `release >= GATE`.

use crate::facts::Version;

/// iptables: a host's own connection to the load balancer's address takes any endpoint and is
/// masqueraded (kubernetes PR 77523).
pub(super) const HOST_SHORT_CIRCUIT: Version = Version::new(15, 0);

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

/// ipvs: KUBE-IPVS-FILTER rejects ports that a Service does not declare (kubernetes PR 108460).
pub(super) const IPVS_REJECTS_UNDECLARED: Version = Version::new(26, 0);

/// Serving endpoints that terminate are used where no other is ready (KEP-1669, on by default).
pub(super) const TERMINATING_ENDPOINTS: Version = Version::new(26, 0);

/// ipvs: loadBalancerSourceRanges are applied to the host's own connections (kubernetes PR 119791).
pub(super) const IPVS_RANGES_FOR_HOSTS: Version = Version::new(29, 0);

/// The first release with nftables mode (KEP-3866).
pub(super) const NFTABLES: Version = Version::new(29, 0);

/// nftables: an undeclared port of a ClusterIP is rejected.
pub(super) const NFTABLES_REJECTS_UNDECLARED: Version = Version::new(30, 0);

/// `ipMode: Proxy` is honoured by default (KEP-1860).
pub(crate) const IP_MODE: Version = Version::new(30, 0);

/// nftables: a host without local endpoint reaches the load balancer's address
/// (kubernetes issue 131765). A patch of 1.33 has it as well.
pub(super) const NFTABLES_HOST_REACHES: Version = Version::new(34, 0);

/// A release on either side of each gate, for a kube-proxy whose release is not known.
pub(super) const REPRESENTATIVES: [Version; 11] = [
    Version::new(14, 0),
    HOST_SHORT_CIRCUIT,
    REJECT_FORWARDED,
    EXTERNAL_IPS_FROM_INSIDE,
    INTERNAL_TRAFFIC_POLICY,
    IPVS_FALLS_BACK,
    Version::new(25, 0),
    IPVS_REJECTS_UNDECLARED,
    IPVS_RANGES_FOR_HOSTS,
    IP_MODE,
    NFTABLES_HOST_REACHES,
];
