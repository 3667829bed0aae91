//! kube-proxy in iptables mode.

use super::connection::{Connection, Destination, Detection, EndpointLocality, Origin, SourceRange};
use super::expectation::{Answer, Expected, Reach, Source};
use super::gates;
use super::rule::Rule;
use super::sources::source_at_cluster_ip;
use crate::facts::TrafficPolicy;

pub(super) fn answer(connection: &Connection) -> Answer {
    match connection.destination {
        Destination::UndeclaredAtLoadBalancer | Destination::UndeclaredAtClusterIp => {
            Answer::new(Expected::NotIntercepted, Rule::IptablesUndeclaredPort)
        }
        Destination::ClusterIp => cluster_ip(connection),
        Destination::ExternalIp if connection.release < gates::EXTERNAL_IPS_FROM_INSIDE && connection.origin != Origin::Elsewhere => {
            Answer::new(Expected::NotIntercepted, Rule::ExternalIpsNotIntercepted)
        }
        Destination::ExternalIp | Destination::LoadBalancerIp | Destination::NodePort => external(connection),
    }
}

fn external(connection: &Connection) -> Answer {
    let is_internal_too = connection.internal_counts_everywhere();
    match connection.locality {
        EndpointLocality::None => return without_endpoints(connection),
        EndpointLocality::Remote if is_internal_too => return without_endpoints(connection),
        EndpointLocality::Local if is_internal_too => {
            return Answer::reached(Reach::Local, Source::Node, Rule::InternalLocalAtEveryAddress);
        }
        EndpointLocality::Local | EndpointLocality::Remote => {}
    }
    if connection.destination == Destination::LoadBalancerIp && connection.source == SourceRange::Excluded {
        return dropped(connection, Rule::OutsideSourceRanges);
    }
    match (connection.external, connection.origin) {
        (TrafficPolicy::Cluster, _) => Answer::reached(Reach::Any, Source::Node, Rule::ExternalPolicyCluster),
        (TrafficPolicy::Local, Origin::Pod(Detection::Local)) => Answer::reached(Reach::Any, Source::Client, Rule::LocalPodShortCircuit),
        (TrafficPolicy::Local, Origin::Host) if connection.release >= gates::HOST_SHORT_CIRCUIT => {
            Answer::reached(Reach::Any, Source::Node, Rule::HostShortCircuit)
        }
        (TrafficPolicy::Local, _) if connection.locality == EndpointLocality::Local => {
            Answer::reached(Reach::Local, Source::Client, Rule::LocalEndpoint)
        }
        (TrafficPolicy::Local, Origin::Pod(_)) => dropped(connection, Rule::NonLocalPodWithoutEndpoint),
        (TrafficPolicy::Local, _) => Answer::new(Expected::Dropped, Rule::NoLocalEndpoint),
    }
}

/// Before 1.25 what is forwarded is only marked: to another address than the node's own.
fn dropped(connection: &Connection, rule: Rule) -> Answer {
    let is_forwarded = matches!(connection.origin, Origin::Pod(_))
        && matches!(connection.destination, Destination::LoadBalancerIp | Destination::ExternalIp);
    if is_forwarded && connection.release < gates::DROPS_FORWARDED {
        Answer::new(Expected::NotIntercepted, Rule::ForwardedPastDropMark)
    } else {
        Answer::new(Expected::Dropped, rule)
    }
}

/// KUBE-EXTERNAL-SERVICES rejects in INPUT and, later, FORWARD; never in OUTPUT. KUBE-SERVICES does in all three.
fn without_endpoints(connection: &Connection) -> Answer {
    match (connection.origin, connection.destination) {
        (_, Destination::LoadBalancerIp) if gates::rejects_load_balancers_everywhere(connection.release) => {
            Answer::new(Expected::Refused, Rule::NoEndpoint)
        }
        (Origin::Host, Destination::LoadBalancerIp | Destination::ExternalIp) => {
            Answer::new(Expected::NotIntercepted, Rule::NoEndpointHostNotRejected)
        }
        (Origin::Pod(_), Destination::LoadBalancerIp | Destination::ExternalIp) if connection.release < gates::REJECT_FORWARDED => {
            Answer::new(Expected::NotIntercepted, Rule::NoEndpointForwardedNotRejected)
        }
        _ => Answer::new(Expected::Refused, Rule::NoEndpoint),
    }
}

fn cluster_ip(connection: &Connection) -> Answer {
    if connection.locality == EndpointLocality::None {
        return Answer::new(Expected::Refused, Rule::NoEndpoint);
    }
    let source = source_at_cluster_ip(connection.origin);
    let counts = connection.external == TrafficPolicy::Cluster || connection.release >= gates::POLICIES_APART;
    match (connection.internal_is_local() && counts, connection.locality) {
        (true, EndpointLocality::Remote) if connection.release < gates::INTERNAL_LOCAL_DROPS => {
            Answer::new(Expected::Refused, Rule::InternalNoLocalEndpointRejected)
        }
        (true, EndpointLocality::Remote) if connection.origin != Origin::Host && connection.release < gates::DROPS_FORWARDED => {
            Answer::new(Expected::Lost, Rule::InternalForwardedPastDropMark)
        }
        (true, EndpointLocality::Remote) => Answer::new(Expected::Dropped, Rule::InternalNoLocalEndpoint),
        (true, _) => Answer::reached(Reach::Local, source, Rule::InternalLocalEndpoint),
        (false, _) => Answer::reached(Reach::Any, source, Rule::ClusterIpAnyEndpoint),
    }
}
