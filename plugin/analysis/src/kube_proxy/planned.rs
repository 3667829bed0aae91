//! What Kubernetes has announced for releases that are not out: no kube-proxy of an unknown release is one of them.

use super::connection::Destination;
use super::expectation::{Answer, Expected};
use super::rule::Rule;
use crate::facts::{Facts, ProxyMode, Version};

/// ipvs mode is off, and kube-proxy does not start in it (KEP-5495).
const IPVS_OFF: Version = Version::new(40, 0);

/// Its gate is locked, and the code gone.
const IPVS_REMOVED: Version = Version::new(43, 0);

/// The gate that keeps ipvs mode between the two.
const IPVS_GATE: &str = "KubeProxyIPVS";

/// `externalIPs` are not served (KEP-5707).
const EXTERNAL_IPS_OFF: Version = Version::new(40, 0);

/// Their gate is gone.
const EXTERNAL_IPS_REMOVED: Version = Version::new(43, 0);

/// The gate that keeps them between the two.
const EXTERNAL_IPS_GATE: &str = "AllowServiceExternalIPs";

/// Whether kube-proxy of a release does not start in ipvs mode, by the gates of its configuration.
pub(crate) fn is_ipvs_off(facts: &Facts, release: Version) -> bool {
    release >= IPVS_REMOVED || release >= IPVS_OFF && !is_kept(facts, IPVS_GATE)
}

/// Whether it does not serve `externalIPs`.
pub(crate) fn are_external_ips_off(facts: &Facts, release: Version) -> bool {
    release >= EXTERNAL_IPS_REMOVED || release >= EXTERNAL_IPS_OFF && !is_kept(facts, EXTERNAL_IPS_GATE)
}

fn is_kept(facts: &Facts, gate: &str) -> bool {
    facts.kube_proxy.config.value().is_some_and(|config| config.feature_gates.get(gate) == Some(&true))
}

/// What becomes of a connection because of it; nothing where that is as before. On a node that keeps the rules of the
/// kube-proxy of before, these stay until it restarts.
pub(super) fn answer(facts: &Facts, mode: ProxyMode, release: Version, destination: Destination, is_external_ip: bool) -> Option<Answer> {
    if mode == ProxyMode::Ipvs && is_ipvs_off(facts, release) {
        let expected = match destination {
            _ if is_external_ip => Expected::Lost,
            Destination::LoadBalancerIp | Destination::UndeclaredAtLoadBalancer | Destination::ExternalIp => Expected::NotIntercepted,
            Destination::NodePort => Expected::LocalListener,
            Destination::ClusterIp | Destination::UndeclaredAtClusterIp => Expected::Lost,
        };
        return Some(Answer::new(expected, Rule::IpvsDoesNotStart));
    }
    // Nobody else has the address.
    (is_external_ip && are_external_ips_off(facts, release)).then(|| Answer::new(Expected::Lost, Rule::ExternalIpsOff))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Known;
    use crate::kube_proxy::sample_facts;

    fn rule(gates: &[&str], mode: ProxyMode, minor: u16, external: bool) -> Option<Rule> {
        let mut facts = sample_facts();
        if let Known::Value(config) = &mut facts.kube_proxy.config {
            config.feature_gates = gates.iter().map(|gate| ((*gate).to_owned(), true)).collect();
        }
        answer(&facts, mode, Version::new(minor, 0), Destination::ExternalIp, external).map(|answer| answer.rule)
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
