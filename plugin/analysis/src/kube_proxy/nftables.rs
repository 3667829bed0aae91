//! kube-proxy in nftables mode: the logic of iptables mode in other chains, with other gaps.

use super::connection::{Connection, Destination, Detection, EndpointLocality, Origin, SourceRange};
use super::expectation::{Answer, Expected, Reach, Source};
use super::gates;
use super::rule::Rule;
use super::sources::source_at_cluster_ip;
use crate::facts::TrafficPolicy;

pub(super) fn answer(connection: &Connection) -> Answer {
    match connection.destination {
        Destination::UndeclaredAtLoadBalancer => Answer::new(Expected::NotIntercepted, Rule::NftablesUndeclaredPort),
        Destination::UndeclaredAtClusterIp if connection.release >= gates::NFTABLES_REJECTS_UNDECLARED => {
            Answer::new(Expected::Refused, Rule::NftablesRejectsUndeclaredPort)
        }
        Destination::UndeclaredAtClusterIp => Answer::new(Expected::NotIntercepted, Rule::NftablesUndeclaredClusterIpPort),
        _ if connection.locality == EndpointLocality::None => Answer::new(Expected::Refused, Rule::NoEndpoint),
        Destination::ClusterIp => cluster_ip(connection),
        Destination::LoadBalancerIp | Destination::ExternalIp | Destination::NodePort => external(connection),
    }
}

fn external(connection: &Connection) -> Answer {
    if connection.destination == Destination::LoadBalancerIp && connection.source == SourceRange::Excluded {
        return Answer::new(Expected::Dropped, Rule::OutsideSourceRanges);
    }
    match (connection.external, connection.origin, connection.locality) {
        (TrafficPolicy::Cluster, _, _) => Answer::reached(Reach::Any, Source::Node, Rule::ExternalPolicyCluster),
        (TrafficPolicy::Local, Origin::Pod(Detection::Local), _) => Answer::reached(Reach::Any, Source::Client, Rule::LocalPodShortCircuit),
        (TrafficPolicy::Local, Origin::Host, EndpointLocality::Remote)
            if connection.destination != Destination::NodePort && !gates::nftables_host_reaches(connection.release) =>
        {
            Answer::new(Expected::Dropped, Rule::NftablesDropsHost)
        }
        (TrafficPolicy::Local, Origin::Host, _) => Answer::reached(Reach::Any, Source::Node, Rule::NftablesHostShortCircuit),
        (TrafficPolicy::Local, _, EndpointLocality::Local) => Answer::reached(Reach::Local, Source::Client, Rule::LocalEndpoint),
        (TrafficPolicy::Local, Origin::Pod(_), _) => Answer::new(Expected::Dropped, Rule::NonLocalPodWithoutEndpoint),
        (TrafficPolicy::Local, Origin::Elsewhere, _) => Answer::new(Expected::Dropped, Rule::NoLocalEndpoint),
    }
}

fn cluster_ip(connection: &Connection) -> Answer {
    let source = source_at_cluster_ip(connection.origin);
    match (connection.internal, connection.locality) {
        (TrafficPolicy::Local, EndpointLocality::Local) => Answer::reached(Reach::Local, source, Rule::InternalLocalEndpoint),
        (TrafficPolicy::Local, _) => Answer::new(Expected::Dropped, Rule::InternalNoLocalEndpoint),
        (TrafficPolicy::Cluster, _) => Answer::reached(Reach::Any, source, Rule::ClusterIpAnyEndpoint),
    }
}
