//! kube-proxy in ipvs mode: every address of a Service sits on the node's own kube-ipvs0, so that
//! no packet to it leaves the node, whatever its port.

use super::expectation::{Answer, Expected, Reach, Source};
use super::gates;
use super::rule::Rule;
use super::situation::{Door, Origin, Situation, SourceRange, Supply};
use super::sources::source_at_cluster_ip;
use crate::facts::TrafficPolicy;

pub(super) fn answer(situation: &Situation) -> Answer {
    match situation.door {
        Door::UndeclaredAtLoadBalancer | Door::UndeclaredAtClusterIp => undeclared(situation),
        _ if situation.supply == Supply::Nowhere => Answer::new(Expected::Refused, Rule::IpvsNoEndpoint),
        Door::ClusterIp => cluster_ip(situation),
        Door::LoadBalancerIp | Door::ExternalIp | Door::NodePort => external(situation),
    }
}

fn undeclared(situation: &Situation) -> Answer {
    if situation.release >= gates::IPVS_REJECTS_UNDECLARED {
        Answer::new(Expected::Refused, Rule::IpvsRejectsUndeclaredPort)
    } else {
        Answer::new(Expected::LocalListener, Rule::IpvsUndeclaredPort)
    }
}

fn external(situation: &Situation) -> Answer {
    let is_empty =
        situation.external == TrafficPolicy::Local && situation.supply != Supply::Here && situation.release < gates::IPVS_FALLS_BACK;
    // ipvs takes a host's own packet before the filter that would drop it, and an empty virtual server
    // refuses: seen with 1.23.17.
    if is_out_of_range(situation) && !(is_empty && situation.origin == Origin::Host) {
        return Answer::new(Expected::Dropped, Rule::OutsideSourceRanges);
    }
    if is_rejected_external_ip(situation) {
        return Answer::new(Expected::Refused, Rule::IpvsRejectsExternalIps);
    }
    match (situation.external, situation.supply) {
        (TrafficPolicy::Cluster, supply) if situation.internal_counts_everywhere() => internal_at_external(supply),
        (TrafficPolicy::Cluster, _) => Answer::reached(Reach::Any, Source::Node, Rule::ExternalPolicyCluster),
        (TrafficPolicy::Local, Supply::Here) => {
            let source = match (situation.origin, situation.door) {
                (Origin::Host, Door::NodePort) => Source::Node,
                (Origin::Host, _) => Source::LoadBalancer,
                (Origin::Pod(_) | Origin::Elsewhere, _) => Source::Client,
            };
            Answer::reached(Reach::Local, source, Rule::LocalEndpoint)
        }
        (TrafficPolicy::Local, _) if is_empty => Answer::new(Expected::Refused, Rule::IpvsEmptyVirtualServer),
        (TrafficPolicy::Local, _) => fallen_back(situation),
    }
}

/// As in iptables mode: seen with 1.23.17.
fn internal_at_external(supply: Supply) -> Answer {
    if supply == Supply::Here {
        let rule = Rule::IpvsInternalLocalEndpoint;
        return Answer::reached(Reach::Local, Source::Node, rule);
    }
    let rule = Rule::IpvsInternalEmptyVirtualServer;
    Answer::new(Expected::Refused, rule)
}

/// From 1.24 on the virtual server holds the cluster's endpoints, but nothing masquerades.
fn fallen_back(situation: &Situation) -> Answer {
    match (situation.origin, situation.door) {
        (Origin::Pod(_), _) => Answer::reached(Reach::Any, Source::Client, Rule::IpvsFallsBack),
        (Origin::Host, Door::NodePort) => Answer::reached(Reach::Any, Source::Node, Rule::IpvsFallsBack),
        (Origin::Host, _) => Answer::new(Expected::Dropped, Rule::IpvsHostSource),
        (Origin::Elsewhere, _) => Answer::new(Expected::Dropped, Rule::IpvsAnswerPastNode),
    }
}

fn is_rejected_external_ip(situation: &Situation) -> bool {
    situation.door == Door::ExternalIp && situation.external == TrafficPolicy::Local && gates::ipvs_rejects_external_ips(situation.release)
}

fn is_out_of_range(situation: &Situation) -> bool {
    let release = situation.release;
    let checked = situation.origin != Origin::Host || release < gates::IPVS_DROPS_ITSELF || release >= gates::IPVS_RANGES_FOR_HOSTS;
    situation.door == Door::LoadBalancerIp && situation.source == SourceRange::Excluded && checked
}

fn cluster_ip(situation: &Situation) -> Answer {
    let source = source_at_cluster_ip(situation.origin);
    match (situation.internal_is_local(), situation.supply) {
        (true, Supply::Here) => Answer::reached(Reach::Local, source, Rule::InternalLocalEndpoint),
        (true, _) if situation.release < gates::IPVS_FALLS_BACK => Answer::new(Expected::Refused, Rule::IpvsInternalRefused),
        (true, _) => Answer::reached(Reach::Any, source, Rule::IpvsInternalFallsBack),
        (false, _) => Answer::reached(Reach::Any, source, Rule::ClusterIpAnyEndpoint),
    }
}
