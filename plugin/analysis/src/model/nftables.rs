//! kube-proxy in nftables mode: the logic of iptables mode in other chains, with other gaps.

use super::OUT_OF_RANGE;
use super::expectation::{Answer, Expected, Reach, Source};
use super::gates;
use super::situation::{Detection, Door, Origin, Situation, SourceRange, Supply};
use super::sources::source_at_cluster_ip;
use crate::facts::TrafficPolicy;

pub(super) fn answer(situation: &Situation) -> Answer {
    match situation.door {
        Door::UndeclaredAtLoadBalancer => {
            Answer::new(Expected::PassedOn, "nftables has no rule for a port of the load balancer that the Service does not declare")
        }
        Door::UndeclaredAtClusterIp if situation.release >= gates::NFTABLES_REJECTS_UNDECLARED => {
            Answer::new(Expected::Refused, "from 1.30 nftables rejects undeclared ports of a ClusterIP")
        }
        Door::UndeclaredAtClusterIp => Answer::new(Expected::PassedOn, "before 1.30 nftables has no rule for an undeclared port"),
        _ if situation.supply == Supply::Nowhere => Answer::new(Expected::Refused, "no endpoint anywhere: kube-proxy rejects"),
        Door::ClusterIp => cluster_ip(situation),
        Door::LoadBalancerIp | Door::ExternalIp | Door::NodePort => external(situation),
    }
}

fn external(situation: &Situation) -> Answer {
    if situation.door == Door::LoadBalancerIp && situation.source == SourceRange::Excluded {
        return Answer::new(Expected::Dropped, OUT_OF_RANGE);
    }
    match (situation.external, situation.origin, situation.supply) {
        (TrafficPolicy::Cluster, _, _) => {
            Answer::reached(Reach::Any, Source::Node, "externalTrafficPolicy Cluster: any endpoint, masqueraded")
        }
        (TrafficPolicy::Local, Origin::Pod(Detection::Local), _) => {
            Answer::reached(Reach::Any, Source::Client, "kube-proxy knows the pod for one of its own and gives it any endpoint")
        }
        (TrafficPolicy::Local, Origin::Host, Supply::Elsewhere)
            if situation.door != Door::NodePort && !gates::nftables_host_reaches(situation.release) =>
        {
            Answer::new(Expected::Dropped, "before 1.34 nftables drops a host's own connection where the node has no endpoint")
        }
        (TrafficPolicy::Local, Origin::Host, _) => Answer::reached(Reach::Any, Source::Node, "a host's own connection takes any endpoint"),
        (TrafficPolicy::Local, _, Supply::Here) => {
            Answer::reached(Reach::Local, Source::Client, "externalTrafficPolicy Local: an endpoint of the node takes it")
        }
        (TrafficPolicy::Local, Origin::Pod(_), _) => Answer::new(
            Expected::Dropped,
            "kube-proxy takes the pod for a stranger (its clusterCIDR has not the pod's address), and the node has no endpoint",
        ),
        (TrafficPolicy::Local, Origin::Elsewhere, _) => {
            Answer::new(Expected::Dropped, "externalTrafficPolicy Local, and the node has no endpoint")
        }
    }
}

fn cluster_ip(situation: &Situation) -> Answer {
    let source = source_at_cluster_ip(situation.origin);
    match (situation.internal, situation.supply) {
        (TrafficPolicy::Local, Supply::Here) => {
            Answer::reached(Reach::Local, source, "internalTrafficPolicy Local: an endpoint of the node takes it")
        }
        (TrafficPolicy::Local, _) => Answer::new(Expected::Dropped, "internalTrafficPolicy Local, and the node has no endpoint"),
        (TrafficPolicy::Cluster, _) => Answer::reached(Reach::Any, source, "the ClusterIP takes any endpoint"),
    }
}
