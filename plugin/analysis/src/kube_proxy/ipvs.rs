//! kube-proxy in ipvs mode: every address of a Service sits on the node's own kube-ipvs0, so that
//! no packet to it leaves the node, whatever its port.

use super::connection::{Connection, Destination, EndpointLocality, Origin, SourceRange};
use super::expectation::{Answer, Expected, Reach, Source};
use super::gates;
use super::rule::Rule;
use super::sources::source_at_cluster_ip;
use crate::facts::TrafficPolicy;

pub(super) fn answer(connection: &Connection) -> Answer {
    match connection.destination {
        Destination::UndeclaredAtLoadBalancer | Destination::UndeclaredAtClusterIp => undeclared(connection),
        _ if connection.locality == EndpointLocality::None => Answer::new(Expected::Refused, Rule::IpvsNoEndpoint),
        Destination::ClusterIp => cluster_ip(connection),
        Destination::LoadBalancerIp | Destination::ExternalIp | Destination::NodePort => external(connection),
    }
}

fn undeclared(connection: &Connection) -> Answer {
    if connection.release >= gates::IPVS_REJECTS_UNDECLARED {
        Answer::new(Expected::Refused, Rule::IpvsRejectsUndeclaredPort)
    } else {
        Answer::new(Expected::LocalListener, Rule::IpvsUndeclaredPort)
    }
}

fn external(connection: &Connection) -> Answer {
    let is_empty = connection.external == TrafficPolicy::Local
        && connection.locality != EndpointLocality::Local
        && connection.release < gates::IPVS_FALLS_BACK;
    // ipvs takes a host's own packet before the filter that would drop it, and an empty virtual server
    // refuses: seen with 1.23.17.
    if is_out_of_range(connection) && !(is_empty && connection.origin == Origin::Host) {
        return Answer::new(Expected::Dropped, Rule::OutsideSourceRanges);
    }
    // The filter is in INPUT, which a host's own packet does not pass: ipvs takes it on its way out.
    if is_rejected_external_ip(connection) && connection.origin != Origin::Host {
        return Answer::new(Expected::Refused, Rule::IpvsRejectsExternalIps);
    }
    match (connection.external, connection.locality) {
        (TrafficPolicy::Cluster, locality) if connection.internal_counts_everywhere() => internal_at_external(locality),
        (TrafficPolicy::Cluster, _) => Answer::reached(Reach::Any, Source::Node, Rule::ExternalPolicyCluster),
        (TrafficPolicy::Local, EndpointLocality::Local) => {
            let source = match (connection.origin, connection.destination) {
                (Origin::Host, Destination::NodePort) => Source::Node,
                (Origin::Host, _) => Source::LoadBalancer,
                (Origin::Pod(_) | Origin::Elsewhere, _) => Source::Client,
            };
            Answer::reached(Reach::Local, source, Rule::LocalEndpoint)
        }
        (TrafficPolicy::Local, _) if is_empty => Answer::new(Expected::Refused, Rule::IpvsEmptyVirtualServer),
        (TrafficPolicy::Local, _) => fallen_back(connection),
    }
}

/// As in iptables mode: seen with 1.23.17.
fn internal_at_external(locality: EndpointLocality) -> Answer {
    if locality == EndpointLocality::Local {
        let rule = Rule::IpvsInternalLocalEndpoint;
        return Answer::reached(Reach::Local, Source::Node, rule);
    }
    let rule = Rule::IpvsInternalEmptyVirtualServer;
    Answer::new(Expected::Refused, rule)
}

/// From 1.24 on the virtual server holds the cluster's endpoints, but nothing masquerades.
fn fallen_back(connection: &Connection) -> Answer {
    match (connection.origin, connection.destination) {
        (Origin::Pod(_), _) => Answer::reached(Reach::Any, Source::Client, Rule::IpvsFallsBack),
        (Origin::Host, Destination::NodePort) => Answer::reached(Reach::Any, Source::Node, Rule::IpvsFallsBack),
        (Origin::Host, _) => Answer::new(Expected::Dropped, Rule::IpvsHostSource),
        (Origin::Elsewhere, _) => Answer::new(Expected::Dropped, Rule::IpvsAnswerPastNode),
    }
}

fn is_rejected_external_ip(connection: &Connection) -> bool {
    connection.destination == Destination::ExternalIp
        && connection.external == TrafficPolicy::Local
        && gates::ipvs_rejects_external_ips(connection.release)
}

fn is_out_of_range(connection: &Connection) -> bool {
    let release = connection.release;
    let checked = connection.origin != Origin::Host || release < gates::IPVS_DROPS_ITSELF || release >= gates::IPVS_RANGES_FOR_HOSTS;
    connection.destination == Destination::LoadBalancerIp && connection.source == SourceRange::Excluded && checked
}

fn cluster_ip(connection: &Connection) -> Answer {
    let source = source_at_cluster_ip(connection.origin);
    match (connection.internal_is_local(), connection.locality) {
        (true, EndpointLocality::Local) => Answer::reached(Reach::Local, source, Rule::InternalLocalEndpoint),
        (true, _) if connection.release < gates::IPVS_FALLS_BACK => Answer::new(Expected::Refused, Rule::IpvsInternalRefused),
        (true, _) => Answer::reached(Reach::Any, source, Rule::IpvsInternalFallsBack),
        (false, _) => Answer::reached(Reach::Any, source, Rule::ClusterIpAnyEndpoint),
    }
}
