use proptest::prelude::*;

use crate::facts::{ProxyMode, TrafficPolicy, Version};
use crate::model::situation::{Detection, Door, Origin, Situation, SourceRange, Supply};
use crate::model::{Expected, answer};

fn situations() -> impl Strategy<Value = Situation> {
    let policy = || prop::sample::select(vec![TrafficPolicy::Cluster, TrafficPolicy::Local]);
    let origins = [Detection::Local, Detection::Stranger, Detection::Off].map(Origin::Pod);
    let doors = [
        Door::LoadBalancerIp,
        Door::ExternalIp,
        Door::NodePort,
        Door::ClusterIp,
        Door::UndeclaredAtLoadBalancer,
        Door::UndeclaredAtClusterIp,
    ];
    (
        prop::sample::select(ProxyMode::ALL.to_vec()),
        14..40u16,
        0..20u16,
        prop::sample::select([&origins[..], &[Origin::Host, Origin::Elsewhere]].concat()),
        prop::sample::select(doors.to_vec()),
        policy(),
        policy(),
        prop::sample::select(vec![Supply::Here, Supply::Elsewhere, Supply::Nowhere]),
        prop::sample::select(vec![SourceRange::Allowed, SourceRange::Excluded]),
    )
        .prop_map(|(mode, minor, patch, origin, door, external, internal, supply, source)| Situation {
            mode,
            release: Version::new(minor, patch),
            origin,
            door,
            external,
            internal,
            supply,
            source,
        })
}

fn is_reached(situation: &Situation) -> bool {
    matches!(answer(situation).expected, Expected::Reached { .. })
}

proptest! {
    /// A local endpoint never makes things worse than an endpoint elsewhere.
    #[test]
    fn a_local_endpoint_never_turns_reached_into_failed(situation in situations()) {
        let elsewhere = Situation { supply: Supply::Elsewhere, ..situation };
        let here = Situation { supply: Supply::Here, ..situation };
        prop_assert!(!is_reached(&elsewhere) || is_reached(&here), "{here:?}");
    }

    /// Nothing is reached where there is nothing to reach.
    #[test]
    fn no_endpoint_is_never_reached(situation in situations()) {
        let nowhere = Situation { supply: Supply::Nowhere, ..situation };
        prop_assert!(!is_reached(&nowhere));
    }

    /// Policy Cluster reaches wherever policy Local does.
    #[test]
    fn policy_cluster_reaches_at_least_what_local_does(situation in situations()) {
        let local = Situation { external: TrafficPolicy::Local, internal: TrafficPolicy::Local, ..situation };
        let cluster = Situation { external: TrafficPolicy::Cluster, internal: TrafficPolicy::Cluster, ..situation };
        prop_assert!(!is_reached(&local) || is_reached(&cluster), "{situation:?}");
    }

    /// A source range shuts out, and never lets in.
    #[test]
    fn a_source_range_never_helps(situation in situations()) {
        let excluded = Situation { source: SourceRange::Excluded, ..situation };
        let allowed = Situation { source: SourceRange::Allowed, ..situation };
        prop_assert!(!is_reached(&excluded) || is_reached(&allowed));
    }
}
