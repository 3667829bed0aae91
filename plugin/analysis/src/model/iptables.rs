//! kube-proxy in iptables mode.

use super::expectation::{Answer, Expected, Reach, Source};
use super::gates;
use super::rule::Rule;
use super::situation::{Detection, Door, Origin, Situation, SourceRange, Supply};
use super::sources::source_at_cluster_ip;
use crate::facts::TrafficPolicy;

pub(super) fn answer(situation: &Situation) -> Answer {
    match situation.door {
        Door::UndeclaredAtLoadBalancer | Door::UndeclaredAtClusterIp => Answer::new(Expected::PassedOn, Rule::IptablesUndeclaredPort),
        Door::ClusterIp => cluster_ip(situation),
        Door::ExternalIp if situation.release < gates::EXTERNAL_IPS_FROM_INSIDE && situation.origin != Origin::Elsewhere => {
            Answer::new(Expected::PassedOn, Rule::ExternalIpsNotIntercepted)
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
            return Answer::reached(Reach::Local, Source::Node, Rule::InternalLocalAtEveryAddress);
        }
        Supply::Here | Supply::Elsewhere => {}
    }
    if situation.door == Door::LoadBalancerIp && situation.source == SourceRange::Excluded {
        return dropped(situation, Rule::OutsideSourceRanges);
    }
    match (situation.external, situation.origin) {
        (TrafficPolicy::Cluster, _) => Answer::reached(Reach::Any, Source::Node, Rule::ExternalPolicyCluster),
        (TrafficPolicy::Local, Origin::Pod(Detection::Local)) => Answer::reached(Reach::Any, Source::Client, Rule::LocalPodShortCircuit),
        (TrafficPolicy::Local, Origin::Host) if situation.release >= gates::HOST_SHORT_CIRCUIT => {
            Answer::reached(Reach::Any, Source::Node, Rule::HostShortCircuit)
        }
        (TrafficPolicy::Local, _) if situation.supply == Supply::Here => Answer::reached(Reach::Local, Source::Client, Rule::LocalEndpoint),
        (TrafficPolicy::Local, Origin::Pod(_)) => dropped(situation, Rule::NonLocalPodWithoutEndpoint),
        (TrafficPolicy::Local, _) => Answer::new(Expected::Dropped, Rule::NoLocalEndpoint),
    }
}

/// Before 1.25 what is forwarded is only marked: to another address than the node's own.
fn dropped(situation: &Situation, rule: Rule) -> Answer {
    let is_forwarded = matches!(situation.origin, Origin::Pod(_)) && matches!(situation.door, Door::LoadBalancerIp | Door::ExternalIp);
    if is_forwarded && situation.release < gates::DROPS_FORWARDED {
        Answer::new(Expected::PassedOn, Rule::ForwardedPastDropMark)
    } else {
        Answer::new(Expected::Dropped, rule)
    }
}

/// KUBE-EXTERNAL-SERVICES rejects in INPUT and, later, FORWARD; never in OUTPUT.
fn without_endpoints(situation: &Situation) -> Answer {
    match (situation.origin, situation.door) {
        (Origin::Host, Door::LoadBalancerIp | Door::ExternalIp) => Answer::new(Expected::PassedOn, Rule::NoEndpointHostNotRejected),
        (Origin::Pod(_), Door::LoadBalancerIp | Door::ExternalIp) if situation.release < gates::REJECT_FORWARDED => {
            Answer::new(Expected::PassedOn, Rule::NoEndpointForwardedNotRejected)
        }
        _ => Answer::new(Expected::Refused, Rule::NoEndpoint),
    }
}

fn cluster_ip(situation: &Situation) -> Answer {
    if situation.supply == Supply::Nowhere {
        return Answer::new(Expected::Refused, Rule::NoEndpoint);
    }
    let source = source_at_cluster_ip(situation.origin);
    let counts = situation.external == TrafficPolicy::Cluster || situation.release >= gates::POLICIES_APART;
    match (situation.internal_is_local() && counts, situation.supply) {
        (true, Supply::Elsewhere) if situation.release < gates::INTERNAL_LOCAL_DROPS => {
            Answer::new(Expected::Refused, Rule::InternalNoLocalEndpointRejected)
        }
        (true, Supply::Elsewhere) if situation.origin != Origin::Host && situation.release < gates::DROPS_FORWARDED => {
            Answer::new(Expected::Lost, Rule::InternalForwardedPastDropMark)
        }
        (true, Supply::Elsewhere) => Answer::new(Expected::Dropped, Rule::InternalNoLocalEndpoint),
        (true, _) => Answer::reached(Reach::Local, source, Rule::InternalLocalEndpoint),
        (false, _) => Answer::reached(Reach::Any, source, Rule::ClusterIpAnyEndpoint),
    }
}
