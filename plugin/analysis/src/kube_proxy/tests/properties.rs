use proptest::prelude::*;

use crate::facts::{ProxyMode, TrafficPolicy, Version};
use crate::kube_proxy::connection::{Connection, Destination, Detection, EndpointLocality, Origin, SourceRange};
use crate::kube_proxy::{Expected, answer};

fn connections() -> impl Strategy<Value = Connection> {
    let policy = || prop::sample::select(vec![TrafficPolicy::Cluster, TrafficPolicy::Local]);
    let origins = [Detection::Local, Detection::NonLocal, Detection::Off].map(Origin::Pod);
    let doors = [
        Destination::LoadBalancerIp,
        Destination::ExternalIp,
        Destination::NodePort,
        Destination::ClusterIp,
        Destination::UndeclaredAtLoadBalancer,
        Destination::UndeclaredAtClusterIp,
    ];
    (
        prop::sample::select(ProxyMode::ALL.to_vec()),
        14..40u16,
        0..20u16,
        prop::sample::select([&origins[..], &[Origin::Host, Origin::Elsewhere]].concat()),
        prop::sample::select(doors.to_vec()),
        policy(),
        policy(),
        prop::sample::select(vec![EndpointLocality::Local, EndpointLocality::Remote, EndpointLocality::None]),
        prop::sample::select(vec![SourceRange::Allowed, SourceRange::Excluded]),
    )
        .prop_map(|(mode, minor, patch, origin, destination, external, internal, locality, source)| Connection {
            mode,
            release: Version::new(minor, patch),
            origin,
            destination,
            external,
            internal,
            locality,
            source,
        })
}

fn is_reached(connection: &Connection) -> bool {
    matches!(answer(connection).expected, Expected::Reached { .. })
}

proptest! {
    /// A local endpoint never makes things worse than an endpoint elsewhere.
    #[test]
    fn a_local_endpoint_never_turns_reached_into_failed(connection in connections()) {
        let elsewhere = Connection { locality: EndpointLocality::Remote, ..connection };
        let here = Connection { locality: EndpointLocality::Local, ..connection };
        prop_assert!(!is_reached(&elsewhere) || is_reached(&here), "{here:?}");
    }

    /// Nothing is reached where there is nothing to reach.
    #[test]
    fn no_endpoint_is_never_reached(connection in connections()) {
        let nowhere = Connection { locality: EndpointLocality::None, ..connection };
        prop_assert!(!is_reached(&nowhere));
    }

    /// Policy Cluster reaches wherever policy Local does.
    #[test]
    fn policy_cluster_reaches_at_least_what_local_does(connection in connections()) {
        let local = Connection { external: TrafficPolicy::Local, internal: TrafficPolicy::Local, ..connection };
        let cluster = Connection { external: TrafficPolicy::Cluster, internal: TrafficPolicy::Cluster, ..connection };
        prop_assert!(!is_reached(&local) || is_reached(&cluster), "{connection:?}");
    }

    /// A source range shuts out, and never lets in.
    #[test]
    fn a_source_range_never_helps(connection in connections()) {
        let excluded = Connection { source: SourceRange::Excluded, ..connection };
        let allowed = Connection { source: SourceRange::Allowed, ..connection };
        prop_assert!(!is_reached(&excluded) || is_reached(&allowed));
    }
}
