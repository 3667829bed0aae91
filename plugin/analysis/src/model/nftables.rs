//! kube-proxy in nftables mode: the logic of iptables mode in other chains, with other gaps.

use super::expectation::{Answer, Expected, Reach, Source};
use super::gates;
use super::rule::Rule;
use super::situation::{Detection, Door, Origin, Situation, SourceRange, Supply};
use super::sources::source_at_cluster_ip;
use crate::facts::TrafficPolicy;

pub(super) fn answer(situation: &Situation) -> Answer {
    match situation.door {
        Door::UndeclaredAtLoadBalancer => Answer::new(Expected::PassedOn, Rule::NftablesUndeclaredPort),
        Door::UndeclaredAtClusterIp if situation.release >= gates::NFTABLES_REJECTS_UNDECLARED => {
            Answer::new(Expected::Refused, Rule::NftablesRejectsUndeclaredPort)
        }
        Door::UndeclaredAtClusterIp => Answer::new(Expected::PassedOn, Rule::NftablesUndeclaredClusterIpPort),
        _ if situation.supply == Supply::Nowhere => Answer::new(Expected::Refused, Rule::NoEndpoint),
        Door::ClusterIp => cluster_ip(situation),
        Door::LoadBalancerIp | Door::ExternalIp | Door::NodePort => external(situation),
    }
}

fn external(situation: &Situation) -> Answer {
    if situation.door == Door::LoadBalancerIp && situation.source == SourceRange::Excluded {
        return Answer::new(Expected::Dropped, Rule::OutsideSourceRanges);
    }
    match (situation.external, situation.origin, situation.supply) {
        (TrafficPolicy::Cluster, _, _) => Answer::reached(Reach::Any, Source::Node, Rule::ExternalPolicyCluster),
        (TrafficPolicy::Local, Origin::Pod(Detection::Local), _) => Answer::reached(Reach::Any, Source::Client, Rule::LocalPodShortCircuit),
        (TrafficPolicy::Local, Origin::Host, Supply::Elsewhere)
            if situation.door != Door::NodePort && !gates::nftables_host_reaches(situation.release) =>
        {
            Answer::new(Expected::Dropped, Rule::NftablesDropsHost)
        }
        (TrafficPolicy::Local, Origin::Host, _) => Answer::reached(Reach::Any, Source::Node, Rule::NftablesHostShortCircuit),
        (TrafficPolicy::Local, _, Supply::Here) => Answer::reached(Reach::Local, Source::Client, Rule::LocalEndpoint),
        (TrafficPolicy::Local, Origin::Pod(_), _) => Answer::new(Expected::Dropped, Rule::NonLocalPodWithoutEndpoint),
        (TrafficPolicy::Local, Origin::Elsewhere, _) => Answer::new(Expected::Dropped, Rule::NoLocalEndpoint),
    }
}

fn cluster_ip(situation: &Situation) -> Answer {
    let source = source_at_cluster_ip(situation.origin);
    match (situation.internal, situation.supply) {
        (TrafficPolicy::Local, Supply::Here) => Answer::reached(Reach::Local, source, Rule::InternalLocalEndpoint),
        (TrafficPolicy::Local, _) => Answer::new(Expected::Dropped, Rule::InternalNoLocalEndpoint),
        (TrafficPolicy::Cluster, _) => Answer::reached(Reach::Any, source, Rule::ClusterIpAnyEndpoint),
    }
}
