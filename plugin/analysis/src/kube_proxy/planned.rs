//! What Kubernetes has announced for releases that are not out: no kube-proxy of an unknown release is one of them.

use std::collections::BTreeMap;

use super::connection::Destination;
use super::expectation::{Answer, Expected};
use super::rule::Rule;
use crate::facts::{ProxyMode, Version};

/// ipvs mode is off, and kube-proxy does not start in it (KEP-5495).
pub(crate) const IPVS_OFF: Version = Version::new(40, 0);

/// Its gate is locked, and the code gone.
const IPVS_REMOVED: Version = Version::new(43, 0);

/// The gate that keeps ipvs mode between the two.
const IPVS_GATE: &str = "KubeProxyIPVS";

/// `externalIPs` are not served (KEP-5707).
pub(crate) const EXTERNAL_IPS_OFF: Version = Version::new(40, 0);

/// Their gate is gone.
const EXTERNAL_IPS_REMOVED: Version = Version::new(43, 0);

/// The gate that keeps them between the two.
const EXTERNAL_IPS_GATE: &str = "AllowServiceExternalIPs";

/// What becomes of a connection because of it; nothing where that is as before. On a node that keeps the rules of the
/// kube-proxy of before, these stay until it restarts.
pub(super) fn answer(
    gates: &BTreeMap<String, bool>,
    mode: ProxyMode,
    release: Version,
    destination: Destination,
    is_external_ip: bool,
) -> Option<Answer> {
    let is_off = |from: Version, until: Version, gate: &str| release >= until || release >= from && gates.get(gate) != Some(&true);
    if mode == ProxyMode::Ipvs && is_off(IPVS_OFF, IPVS_REMOVED, IPVS_GATE) {
        let expected = match destination {
            _ if is_external_ip => Expected::Lost,
            Destination::LoadBalancerIp | Destination::UndeclaredAtLoadBalancer | Destination::ExternalIp => Expected::NotIntercepted,
            Destination::NodePort => Expected::LocalListener,
            Destination::ClusterIp | Destination::UndeclaredAtClusterIp => Expected::Lost,
        };
        return Some(Answer::new(expected, Rule::IpvsDoesNotStart));
    }
    (is_external_ip && is_off(EXTERNAL_IPS_OFF, EXTERNAL_IPS_REMOVED, EXTERNAL_IPS_GATE))
        // Nobody else has the address.
        .then(|| Answer::new(Expected::Lost, Rule::ExternalIpsOff))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(gates: &[&str], mode: ProxyMode, minor: u16, external: bool) -> Option<Rule> {
        let gates = gates.iter().map(|gate| ((*gate).to_owned(), true)).collect();
        answer(&gates, mode, Version::new(minor, 0), Destination::ExternalIp, external).map(|answer| answer.rule)
    }

    #[test]
    fn ipvs_and_external_ips_go_unless_their_gates_keep_them_for_a_while() {
        for (mode, minor, expected) in [
            (ProxyMode::Ipvs, 39, None),
            (ProxyMode::Ipvs, 40, Some(Rule::IpvsDoesNotStart)),
            (ProxyMode::Nftables, 39, None),
            (ProxyMode::Nftables, 40, Some(Rule::ExternalIpsOff)),
        ] {
            assert_eq!(rule(&[], mode, minor, true), expected, "{mode} {minor}");
        }
        let both = [IPVS_GATE, EXTERNAL_IPS_GATE];
        assert_eq!((rule(&both, ProxyMode::Ipvs, 42, true), rule(&both, ProxyMode::Iptables, 42, true)), (None, None));
        assert_eq!(rule(&both, ProxyMode::Ipvs, 43, true), Some(Rule::IpvsDoesNotStart));
        assert_eq!(rule(&both, ProxyMode::Iptables, 43, true), Some(Rule::ExternalIpsOff));
        assert_eq!(rule(&[], ProxyMode::Iptables, 43, false), None, "an address of a load balancer is served");
    }
}
