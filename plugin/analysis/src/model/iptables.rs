//! kube-proxy in iptables mode.

use super::OUT_OF_RANGE;
use super::expectation::{Answer, Expected, Reach, Source};
use super::gates;
use super::situation::{Detection, Door, Origin, Situation, SourceRange, Supply};
use super::sources::source_at_cluster_ip;
use crate::facts::TrafficPolicy;

pub(super) fn answer(situation: &Situation) -> Answer {
    match situation.door {
        Door::UndeclaredAtLoadBalancer | Door::UndeclaredAtClusterIp => {
            Answer::new(Expected::PassedOn, "iptables has no rule for a port that the Service does not declare")
        }
        Door::ClusterIp => cluster_ip(situation),
        Door::ExternalIp if situation.release < gates::EXTERNAL_IPS_FROM_INSIDE && situation.origin != Origin::Elsewhere => {
            Answer::new(Expected::PassedOn, "before 1.21 externalIPs are not intercepted for connections from inside")
        }
        Door::ExternalIp | Door::LoadBalancerIp | Door::NodePort => external(situation),
    }
}

fn external(situation: &Situation) -> Answer {
    let is_internal_too = situation.internal_counts_everywhere();
    match situation.supply {
        Supply::Nowhere => return without_endpoints(situation),
        Supply::Elsewhere if is_internal_too => return without_endpoints(situation),
        Supply::Here if is_internal_too => {
            return Answer::reached(Reach::Local, Source::Node, "internalTrafficPolicy Local holds at every address before 1.24");
        }
        Supply::Here | Supply::Elsewhere => {}
    }
    if situation.door == Door::LoadBalancerIp && situation.source == SourceRange::Excluded {
        return dropped(situation, OUT_OF_RANGE);
    }
    match (situation.external, situation.origin) {
        (TrafficPolicy::Cluster, _) => {
            Answer::reached(Reach::Any, Source::Node, "externalTrafficPolicy Cluster: any endpoint, masqueraded")
        }
        (TrafficPolicy::Local, Origin::Pod(Detection::Local)) => {
            Answer::reached(Reach::Any, Source::Client, "kube-proxy knows the pod for one of its own and gives it any endpoint")
        }
        (TrafficPolicy::Local, Origin::Host) if situation.release >= gates::HOST_SHORT_CIRCUIT => {
            Answer::reached(Reach::Any, Source::Node, "from 1.15 a host's own connection takes any endpoint")
        }
        (TrafficPolicy::Local, _) if situation.supply == Supply::Here => {
            Answer::reached(Reach::Local, Source::Client, "externalTrafficPolicy Local: an endpoint of the node takes it")
        }
        (TrafficPolicy::Local, Origin::Pod(_)) => dropped(
            situation,
            "kube-proxy takes the pod for a stranger (its clusterCIDR has not the pod's address), and the node has no endpoint",
        ),
        (TrafficPolicy::Local, _) => Answer::new(Expected::Dropped, "externalTrafficPolicy Local, and the node has no endpoint"),
    }
}

/// Before 1.25 what is forwarded is only marked: to another address than the node's own.
fn dropped(situation: &Situation, because: &'static str) -> Answer {
    let is_forwarded = matches!(situation.origin, Origin::Pod(_)) && matches!(situation.door, Door::LoadBalancerIp | Door::ExternalIp);
    if is_forwarded && situation.release < gates::DROPS_FORWARDED {
        Answer::new(
            Expected::PassedOn,
            "before 1.25 iptables mode marks what it means to drop, and nobody looks at the mark of a packet that is forwarded",
        )
    } else {
        Answer::new(Expected::Dropped, because)
    }
}

/// KUBE-EXTERNAL-SERVICES rejects in INPUT and, later, FORWARD; never in OUTPUT.
fn without_endpoints(situation: &Situation) -> Answer {
    match (situation.origin, situation.door) {
        (Origin::Host, Door::LoadBalancerIp | Door::ExternalIp) => {
            Answer::new(Expected::PassedOn, "no endpoint anywhere, and the reject rule does not see a host's own connections")
        }
        (Origin::Pod(_), Door::LoadBalancerIp | Door::ExternalIp) if situation.release < gates::REJECT_FORWARDED => {
            Answer::new(Expected::PassedOn, "no endpoint anywhere, and before 1.20 the reject rule does not see forwarded packets")
        }
        _ => Answer::new(Expected::Refused, "no endpoint anywhere: kube-proxy rejects"),
    }
}

fn cluster_ip(situation: &Situation) -> Answer {
    if situation.supply == Supply::Nowhere {
        return Answer::new(Expected::Refused, "no endpoint anywhere: kube-proxy rejects");
    }
    let source = source_at_cluster_ip(situation.origin);
    let counts = situation.external == TrafficPolicy::Cluster || situation.release >= gates::POLICIES_APART;
    match (situation.internal_is_local() && counts, situation.supply) {
        (true, Supply::Elsewhere) if situation.release < gates::INTERNAL_LOCAL_DROPS => {
            Answer::new(Expected::Refused, "internalTrafficPolicy Local, no endpoint on the node: rejected before 1.24")
        }
        (true, Supply::Elsewhere) if situation.origin != Origin::Host && situation.release < gates::DROPS_FORWARDED => Answer::new(
            Expected::Lost,
            "internalTrafficPolicy Local, no endpoint on the node: before 1.25 a pod's packet is marked, and leaves the node all the same",
        ),
        (true, Supply::Elsewhere) => Answer::new(Expected::Dropped, "internalTrafficPolicy Local, and the node has no endpoint"),
        (true, _) => Answer::reached(Reach::Local, source, "internalTrafficPolicy Local: an endpoint of the node takes it"),
        (false, _) => Answer::reached(Reach::Any, source, "the ClusterIP takes any endpoint"),
    }
}
