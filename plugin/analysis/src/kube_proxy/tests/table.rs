use crate::facts::ProxyMode::{Iptables, Ipvs, Nftables};
use crate::facts::TrafficPolicy::{Cluster, Local};
use crate::facts::{ProxyMode, TrafficPolicy, Version};
use crate::kube_proxy::Expected::{Dropped, LocalListener, Lost, NotIntercepted, Refused};
use crate::kube_proxy::connection::Destination::{
    ClusterIp, ExternalIp, LoadBalancerIp, NodePort, UndeclaredAtClusterIp, UndeclaredAtLoadBalancer,
};
use crate::kube_proxy::connection::Detection::{Local as Known, NonLocal, Off};
use crate::kube_proxy::connection::EndpointLocality::{Local as Here, None as Nowhere, Remote as OnOthers};
use crate::kube_proxy::connection::Origin::{Elsewhere, Host, Pod};
use crate::kube_proxy::connection::{Connection, Destination, EndpointLocality, Origin, SourceRange};
use crate::kube_proxy::{Expected, Reach, Source, answer};

const ANY_CLIENT: Expected = Expected::Reached { endpoints: Reach::Any, source: Source::Client };
const ANY_NODE: Expected = Expected::Reached { endpoints: Reach::Any, source: Source::Node };
const LOCAL_CLIENT: Expected = Expected::Reached { endpoints: Reach::Local, source: Source::Client };
const LOCAL_NODE: Expected = Expected::Reached { endpoints: Reach::Local, source: Source::Node };
const LOCAL_LB: Expected = Expected::Reached { endpoints: Reach::Local, source: Source::LoadBalancer };

/// Minor releases from which to which a row holds, both included.
type Releases = std::ops::RangeInclusive<u16>;

fn at(mode: ProxyMode, minor: u16, origin: Origin, destination: Destination, locality: EndpointLocality) -> Connection {
    let (external, internal) = (Local, Cluster);
    Connection { mode, release: Version::new(minor, 3), origin, destination, external, internal, locality, source: SourceRange::Allowed }
}

fn check_rows(rows: &[(ProxyMode, Releases, Origin, Destination, EndpointLocality, Expected)], change: impl Fn(Connection) -> Connection) {
    for (mode, releases, origin, destination, locality, expected) in rows {
        for minor in releases.clone() {
            let connection = change(at(*mode, minor, *origin, *destination, *locality));
            assert_eq!(answer(&connection).expected, *expected, "{connection:?}");
        }
    }
}

#[test]
fn iptables_with_policy_local() {
    let rows = [
        (Iptables, 14..=36, Pod(Known), LoadBalancerIp, Here, ANY_CLIENT),
        (Iptables, 14..=36, Pod(Known), LoadBalancerIp, OnOthers, ANY_CLIENT),
        (Iptables, 14..=36, Pod(NonLocal), LoadBalancerIp, Here, LOCAL_CLIENT),
        (Iptables, 25..=36, Pod(NonLocal), LoadBalancerIp, OnOthers, Dropped),
        (Iptables, 25..=36, Pod(Off), LoadBalancerIp, OnOthers, Dropped),
        // Before 1.25 a mark is set, and kubelet drops it in INPUT and OUTPUT only.
        (Iptables, 14..=24, Pod(NonLocal), LoadBalancerIp, OnOthers, NotIntercepted),
        (Iptables, 21..=24, Pod(Off), ExternalIp, OnOthers, NotIntercepted),
        (Iptables, 15..=36, Host, LoadBalancerIp, Here, ANY_NODE),
        (Iptables, 15..=36, Host, LoadBalancerIp, OnOthers, ANY_NODE),
        (Iptables, 14..=14, Host, LoadBalancerIp, Here, LOCAL_CLIENT),
        (Iptables, 14..=14, Host, LoadBalancerIp, OnOthers, Dropped),
        // A node's own node port goes through the same chains.
        (Iptables, 14..=36, Pod(Known), NodePort, OnOthers, ANY_CLIENT),
        (Iptables, 14..=36, Pod(NonLocal), NodePort, Here, LOCAL_CLIENT),
        (Iptables, 14..=36, Pod(NonLocal), NodePort, OnOthers, Dropped),
        (Iptables, 15..=36, Host, NodePort, OnOthers, ANY_NODE),
        (Iptables, 14..=36, Elsewhere, NodePort, Here, LOCAL_CLIENT),
        (Iptables, 14..=36, Elsewhere, NodePort, OnOthers, Dropped),
    ];
    check_rows(&rows, |connection| connection);
}

#[test]
fn iptables_without_endpoints_and_at_other_addresses() {
    let rows = [
        (Iptables, 20..=36, Pod(NonLocal), LoadBalancerIp, Nowhere, Refused),
        // Where ClusterIPs are rejected, for hosts too.
        (Iptables, 14..=19, Pod(NonLocal), LoadBalancerIp, Nowhere, Refused),
        (Iptables, 14..=19, Host, LoadBalancerIp, Nowhere, Refused),
        (Iptables, 20..=36, Host, LoadBalancerIp, Nowhere, NotIntercepted),
        (Iptables, 14..=19, Pod(NonLocal), ExternalIp, Nowhere, NotIntercepted),
        (Iptables, 14..=36, Host, NodePort, Nowhere, Refused),
        (Iptables, 14..=36, Elsewhere, NodePort, Nowhere, Refused),
        (Iptables, 14..=36, Pod(Known), ClusterIp, Nowhere, Refused),
        (Iptables, 14..=36, Pod(Known), UndeclaredAtLoadBalancer, Here, NotIntercepted),
        (Iptables, 14..=36, Host, UndeclaredAtLoadBalancer, OnOthers, NotIntercepted),
        (Iptables, 14..=36, Pod(Known), UndeclaredAtClusterIp, Here, NotIntercepted),
        (Iptables, 14..=20, Pod(Known), ExternalIp, OnOthers, NotIntercepted),
        (Iptables, 14..=20, Host, ExternalIp, OnOthers, NotIntercepted),
        (Iptables, 21..=36, Pod(Known), ExternalIp, OnOthers, ANY_CLIENT),
        (Iptables, 14..=36, Pod(Known), ClusterIp, OnOthers, ANY_CLIENT),
        (Iptables, 14..=36, Pod(Off), ClusterIp, OnOthers, ANY_CLIENT),
        (Iptables, 14..=36, Pod(NonLocal), ClusterIp, OnOthers, ANY_NODE),
        (Iptables, 14..=36, Host, ClusterIp, OnOthers, ANY_NODE),
    ];
    check_rows(&rows, |connection| connection);
}

#[test]
fn nftables_with_policy_local() {
    let rows = [
        (Nftables, 29..=36, Pod(Known), LoadBalancerIp, Here, ANY_CLIENT),
        (Nftables, 29..=36, Pod(Known), LoadBalancerIp, OnOthers, ANY_CLIENT),
        (Nftables, 29..=36, Pod(NonLocal), LoadBalancerIp, Here, LOCAL_CLIENT),
        (Nftables, 29..=36, Pod(NonLocal), LoadBalancerIp, OnOthers, Dropped),
        (Nftables, 29..=36, Host, LoadBalancerIp, Here, ANY_NODE),
        (Nftables, 29..=33, Host, LoadBalancerIp, OnOthers, Dropped),
        (Nftables, 29..=36, Host, NodePort, OnOthers, ANY_NODE),
        (Nftables, 34..=36, Host, LoadBalancerIp, OnOthers, ANY_NODE),
        (Nftables, 29..=36, Elsewhere, NodePort, Here, LOCAL_CLIENT),
        (Nftables, 29..=36, Elsewhere, NodePort, OnOthers, Dropped),
        (Nftables, 29..=36, Host, LoadBalancerIp, Nowhere, Refused),
        (Nftables, 29..=36, Pod(Known), LoadBalancerIp, Nowhere, Refused),
        (Nftables, 29..=36, Pod(Known), UndeclaredAtLoadBalancer, Here, NotIntercepted),
        (Nftables, 30..=36, Pod(Known), UndeclaredAtClusterIp, Here, Refused),
        (Nftables, 29..=29, Pod(Known), UndeclaredAtClusterIp, Here, NotIntercepted),
        (Nftables, 29..=36, Pod(Known), ClusterIp, OnOthers, ANY_CLIENT),
        (Nftables, 29..=36, Pod(NonLocal), ClusterIp, OnOthers, ANY_NODE),
    ];
    check_rows(&rows, |connection| connection);
}

#[test]
fn ipvs_with_policy_local() {
    let rows = [
        (Ipvs, 14..=36, Pod(Known), LoadBalancerIp, Here, LOCAL_CLIENT),
        (Ipvs, 14..=36, Pod(NonLocal), LoadBalancerIp, Here, LOCAL_CLIENT),
        (Ipvs, 14..=36, Host, LoadBalancerIp, Here, LOCAL_LB),
        (Ipvs, 14..=36, Host, NodePort, Here, LOCAL_NODE),
        (Ipvs, 14..=23, Pod(Known), LoadBalancerIp, OnOthers, Refused),
        (Ipvs, 24..=36, Pod(NonLocal), LoadBalancerIp, OnOthers, ANY_CLIENT),
        (Ipvs, 14..=23, Pod(Known), NodePort, OnOthers, Refused),
        (Ipvs, 24..=36, Pod(Known), NodePort, OnOthers, ANY_CLIENT),
        (Ipvs, 14..=23, Host, LoadBalancerIp, OnOthers, Refused),
        (Ipvs, 24..=36, Host, LoadBalancerIp, OnOthers, Dropped),
        (Ipvs, 14..=23, Host, NodePort, OnOthers, Refused),
        (Ipvs, 24..=36, Host, NodePort, OnOthers, ANY_NODE),
        (Ipvs, 14..=23, Elsewhere, NodePort, OnOthers, Refused),
        (Ipvs, 24..=36, Elsewhere, NodePort, OnOthers, Dropped),
        (Ipvs, 14..=36, Elsewhere, NodePort, Here, LOCAL_CLIENT),
        (Ipvs, 14..=36, Pod(Known), LoadBalancerIp, Nowhere, Refused),
        (Ipvs, 14..=36, Host, LoadBalancerIp, Nowhere, Refused),
        (Ipvs, 14..=25, Pod(Known), UndeclaredAtLoadBalancer, Here, LocalListener),
        (Ipvs, 26..=36, Pod(Known), UndeclaredAtLoadBalancer, Here, Refused),
        (Ipvs, 26..=36, Host, UndeclaredAtClusterIp, OnOthers, Refused),
        (Ipvs, 14..=36, Pod(Known), ClusterIp, OnOthers, ANY_CLIENT),
    ];
    check_rows(&rows, |connection| connection);
}

#[test]
fn policy_cluster_reaches_from_everywhere_and_masquerades() {
    for mode in ProxyMode::ALL {
        for origin in [Pod(Known), Pod(NonLocal), Pod(Off), Host, Elsewhere] {
            for locality in [Here, OnOthers] {
                for destination in [LoadBalancerIp, NodePort] {
                    let connection = Connection { external: Cluster, ..at(mode, 34, origin, destination, locality) };
                    assert_eq!(answer(&connection).expected, ANY_NODE, "{connection:?}");
                }
            }
        }
    }
}

#[test]
fn internal_policy_local() {
    let rows = [
        // In 1.22 and 1.23 the external policy Local takes the internal one's effect away.
        (Iptables, 14..=23, Pod(Known), ClusterIp, OnOthers, ANY_CLIENT),
        (Iptables, 24..=24, Pod(Known), ClusterIp, OnOthers, Lost),
        (Iptables, 24..=24, Host, ClusterIp, OnOthers, Dropped),
        (Iptables, 25..=36, Pod(Known), ClusterIp, OnOthers, Dropped),
        (Iptables, 24..=36, Pod(Known), ClusterIp, Here, LOCAL_CLIENT),
        (Nftables, 29..=36, Host, ClusterIp, OnOthers, Dropped),
        (Nftables, 29..=36, Host, ClusterIp, Here, LOCAL_NODE),
        (Ipvs, 22..=23, Pod(Known), ClusterIp, OnOthers, Refused),
        (Ipvs, 24..=36, Pod(Known), ClusterIp, OnOthers, ANY_CLIENT),
        (Ipvs, 22..=36, Pod(Known), ClusterIp, Here, LOCAL_CLIENT),
    ];
    check_rows(&rows, |connection| Connection { internal: Local, ..connection });
}

#[test]
fn internal_policy_local_beside_external_policy_cluster() {
    let rows = [
        (Iptables, 14..=21, Pod(Known), ClusterIp, OnOthers, ANY_CLIENT),
        (Iptables, 22..=23, Pod(Known), ClusterIp, OnOthers, Refused),
        (Iptables, 22..=23, Pod(Known), ClusterIp, Here, LOCAL_CLIENT),
        (Iptables, 22..=23, Pod(NonLocal), LoadBalancerIp, OnOthers, Refused),
        (Iptables, 22..=23, Host, LoadBalancerIp, OnOthers, NotIntercepted),
        (Iptables, 22..=23, Host, NodePort, OnOthers, Refused),
        (Iptables, 22..=23, Pod(Known), LoadBalancerIp, Here, LOCAL_NODE),
        (Ipvs, 22..=23, Pod(Known), LoadBalancerIp, OnOthers, Refused),
        (Ipvs, 22..=23, Host, NodePort, OnOthers, Refused),
        (Ipvs, 22..=23, Elsewhere, NodePort, OnOthers, Refused),
        (Ipvs, 22..=23, Pod(Known), LoadBalancerIp, Here, LOCAL_NODE),
        (Ipvs, 24..=36, Pod(Known), LoadBalancerIp, OnOthers, ANY_NODE),
        (Iptables, 24..=24, Pod(Known), ClusterIp, OnOthers, Lost),
        (Iptables, 24..=24, Host, ClusterIp, OnOthers, Dropped),
        (Iptables, 25..=36, Pod(Known), ClusterIp, OnOthers, Dropped),
        (Iptables, 24..=36, Pod(NonLocal), LoadBalancerIp, OnOthers, ANY_NODE),
        (Nftables, 29..=36, Pod(Known), ClusterIp, OnOthers, Dropped),
        (Nftables, 29..=36, Host, LoadBalancerIp, OnOthers, ANY_NODE),
    ];
    check_rows(&rows, |connection| Connection { external: Cluster, internal: Local, ..connection });
}

#[test]
fn source_ranges_hold_inside_too() {
    let rows = [
        (Iptables, 25..=36, Pod(Known), LoadBalancerIp, Here, Dropped),
        (Iptables, 14..=24, Pod(Known), LoadBalancerIp, Here, NotIntercepted),
        (Iptables, 14..=36, Host, LoadBalancerIp, Here, Dropped),
        (Nftables, 29..=36, Host, LoadBalancerIp, Here, Dropped),
        (Ipvs, 14..=36, Pod(Known), LoadBalancerIp, Here, Dropped),
        (Ipvs, 14..=24, Host, LoadBalancerIp, Here, Dropped),
        (Ipvs, 14..=23, Host, LoadBalancerIp, OnOthers, Refused),
        (Ipvs, 14..=23, Pod(Known), LoadBalancerIp, OnOthers, Dropped),
        (Ipvs, 25..=28, Host, LoadBalancerIp, Here, LOCAL_LB),
        (Ipvs, 29..=36, Host, LoadBalancerIp, Here, Dropped),
        // Not at node ports, and not at the ClusterIP.
        (Iptables, 14..=36, Pod(Known), NodePort, Here, ANY_CLIENT),
        (Nftables, 29..=36, Pod(Known), ClusterIp, Here, ANY_CLIENT),
    ];
    check_rows(&rows, |connection| Connection { source: SourceRange::Excluded, ..connection });
}

#[test]
fn the_external_policy_plays_no_part_at_the_cluster_ip() {
    for mode in ProxyMode::ALL {
        for (origin, locality) in [(Pod(Known), Here), (Pod(NonLocal), OnOthers), (Host, OnOthers)] {
            let [local, cluster]: [Expected; 2] = [Local, Cluster]
                .map(|external: TrafficPolicy| answer(&Connection { external, ..at(mode, 34, origin, ClusterIp, locality) }).expected);
            assert_eq!(local, cluster);
        }
    }
}

#[test]
fn patches_decide_where_fixes_were_carried_back() {
    let from = |origin, mode, release, destination| answer(&Connection { release, ..at(mode, 0, origin, destination, OnOthers) }).expected;
    assert_eq!(from(Host, Nftables, Version::new(33, 5), LoadBalancerIp), Dropped);
    assert_eq!(from(Host, Nftables, Version::new(33, 6), LoadBalancerIp), ANY_NODE);
    assert_eq!(from(Pod(Known), Ipvs, Version::new(28, 5), ExternalIp), Refused);
    assert_eq!(from(Pod(Known), Ipvs, Version::new(28, 6), ExternalIp), ANY_CLIENT);
    // The filter that rejects is in INPUT, which a host's own packet does not pass.
    assert_eq!(from(Host, Ipvs, Version::new(28, 5), ExternalIp), Dropped);
    assert_eq!(from(Host, Ipvs, Version::new(25, 16), ExternalIp), Dropped);
}
