//! Classes of nodes against every node by itself.

use proptest::prelude::*;

use super::*;
use crate::facts::{
    DetectLocal, Endpoint, Ingress, IpMode, Known, KubeProxyConfig, KubeProxyProcess, LocalDetection, NetworkPlugin, Node, PodNetwork,
    ProxyMode, Readiness, ServicePort, Version,
};
use crate::kube_proxy::sample_facts;

#[test]
fn the_most_affected_comes_first() {
    let mut builder = OverviewBuilder::new(PlanOptions::default());
    let mut add = |name: &str, change: &dyn Fn(&mut Facts)| {
        let mut facts = sample_facts();
        facts.service.name = name.into();
        change(&mut facts);
        builder.add(&facts);
    };
    add("fine", &|facts| facts.service.external_traffic_policy = TrafficPolicy::Cluster);
    add("one", &|_| {});
    add("none", &|facts| facts.endpoints.clear());
    let overview = builder.build();
    let lines: Vec<_> =
        overview.services.iter().map(|summary| (summary.name.as_str(), summary.failing_from_pods, summary.failing_from_hosts)).collect();
    assert_eq!(lines, [("none", 2, 2), ("one", 1, 0), ("fine", 0, 0)]);
    assert_eq!(overview.outlook(), Outlook::Fails);
    assert_eq!(Overview::default().outlook(), Outlook::Depends, "nothing was looked at");
    assert!(overview.services[1].because.as_ref().unwrap().contains("clusterCIDR"));
    assert_eq!(overview.services[2].because, None);
}

#[test]
fn nodes_that_are_alike_are_asked_about_once() {
    let mut facts = sample_facts();
    let like_node2 = facts.nodes[1].clone();
    let address = |number: u16| vec![[10, 9, number.to_be_bytes()[0], number.to_be_bytes()[1]].into()];
    let more = (3..=2000).map(|number| Node { name: format!("node{number}"), internal_ips: address(number), ..like_node2.clone() });
    facts.nodes.extend(more);
    let classes = NodeClasses::new(&[&facts], &PlanOptions::default());
    let few = classes.few(&facts);
    let names: Vec<_> = few.facts.nodes.iter().map(|node| (node.name.as_str(), few.number(&node.name))).collect();
    assert_eq!(names, [("node1", 1), ("node2", 1999)], "the endpoint's, and one for all others");
    let mut builder = OverviewBuilder::new(PlanOptions::default());
    builder.add(&facts);
    let summary = &builder.services[0];
    assert_eq!((summary.nodes, summary.failing_from_pods, summary.failing_from_hosts), (2000, 1999, 0));
}

/// Small numbers, each of which picks one of a few values.
type Choice = (u8, u8, u8, u8, u8);

/// The nodes with their choices, and what is known of kube-proxy and the pod network.
#[derive(Clone, Debug)]
struct Cluster {
    nodes: Vec<Choice>,
    around: (u8, u8, u8, u8),
}

/// A Service, and the node, state, address and hints of each of its endpoints.
#[derive(Clone, Debug)]
struct Exposed {
    service: Choice,
    endpoints: Vec<(usize, u8, bool, u8)>,
}

fn choice() -> impl Strategy<Value = Choice> {
    (0..4_u8, 0..4_u8, 0..4_u8, 0..4_u8, 0..6_u8)
}

fn clusters() -> impl Strategy<Value = Cluster> {
    let around = (0..6_u8, 0..2_u8, 0..3_u8, 0..5_u8);
    (prop::collection::vec(choice(), 1..9), around).prop_map(|(nodes, around)| Cluster { nodes, around })
}

fn exposed() -> impl Strategy<Value = Exposed> {
    let endpoint = (1..11_usize, 0..4_u8, any::<bool>(), 0..4_u8);
    (choice(), prop::collection::vec(endpoint, 0..5)).prop_map(|(service, endpoints)| Exposed { service, endpoints })
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(words: &[&str]) -> Vec<T> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

fn node(number: usize, (range, address, zone, release, kind): Choice) -> Node {
    let (in_range, outside, v6) = (format!("10.244.{number}.0/24"), format!("10.99.{number}.0/24"), format!("fd00:{number}::/64"));
    Node {
        pod_cidrs: match range {
            0 => Vec::new(),
            1 => parsed(&[&in_range]),
            2 => parsed(&[&outside]),
            _ => parsed(&[&in_range, &v6]),
        },
        internal_ips: match address {
            0 => Vec::new(),
            1 => parsed(&[&format!("192.0.2.{number}")]),
            2 => parsed(&[&format!("203.0.113.{number}")]),
            _ => parsed(&[&format!("192.0.2.{number}"), &format!("fd01::{number}")]),
        },
        zone: [None, Some("a"), Some("b"), Some("a")][usize::from(zone)].map(str::to_owned),
        kubelet_version: [None, Some(Version::new(23, 17)), Some(Version::new(28, 4)), Some(Version::new(34, 1))][usize::from(release)],
        os: Some(if kind == 0 { "windows" } else { "linux" }.into()),
        readiness: if kind == 1 { Readiness::NotReady("kubelet is silent".into()) } else { Readiness::Ready },
        ..Node::named(&format!("node{number}"))
    }
}

fn config(which: u8) -> Known<KubeProxyConfig> {
    let (mode, detection, ranges): (_, _, &[&str]) = match which {
        0 => return Known::Unknown("a test".into()),
        1 => (ProxyMode::Iptables, DetectLocal::ClusterCidr, &["10.244.0.0/16"]),
        2 => (ProxyMode::Ipvs, DetectLocal::ClusterCidr, &["10.244.0.0/16", "fd00::/16"]),
        3 => (ProxyMode::Nftables, DetectLocal::ClusterCidr, &["10.99.0.0/16"]),
        4 => (ProxyMode::Iptables, DetectLocal::NodeCidr, &[]),
        _ => (ProxyMode::Iptables, DetectLocal::ClusterCidr, &[]),
    };
    Known::Value(KubeProxyConfig::read(
        "a test",
        mode.into(),
        LocalDetection { mode: detection, cluster_cidrs: parsed(ranges), interface_prefix: None },
    ))
}

fn endpoint(place: usize, (on, state, in_range, hints): (usize, u8, bool, u8)) -> Endpoint {
    let address = if in_range { format!("10.244.{on}.{}", place + 2) } else { format!("172.16.0.{}", place + 2) };
    Endpoint {
        ready: state < 2,
        serving: state < 3,
        terminating: state == 2,
        for_zones: if hints == 1 { vec!["a".into()] } else { Vec::new() },
        for_nodes: if hints == 2 { vec![format!("node{}", on % 3 + 1)] } else { Vec::new() },
        ..Endpoint::ready(address.parse().unwrap(), &format!("node{on}"))
    }
}

fn facts(cluster: &Cluster, exposed: &Exposed) -> Facts {
    let mut facts = sample_facts();
    let (proxy, releases, process, network) = cluster.around;
    facts.nodes = (1..).zip(&cluster.nodes).map(|(number, choice)| node(number, *choice)).collect();
    facts.kube_proxy.config = config(proxy);
    facts.kube_proxy.releases =
        if releases == 0 { Known::default() } else { Known::Value([("node1".to_owned(), Version::new(25, 3))].into()) };
    if process > 0 {
        let mode = (process == 1).then_some(ProxyMode::Ipvs);
        let process = KubeProxyProcess { mode, release: Some(Version::new(23, 17)), ..KubeProxyProcess::default() };
        facts.kube_proxy.processes.insert("node2".into(), process);
    }
    let plugins =
        [NetworkPlugin::Flannel, NetworkPlugin::TerwayIpvlan, NetworkPlugin::TerwayExclusiveEni, NetworkPlugin::CiliumKubeProxyReplacement];
    facts.pod_network = match plugins.get(usize::from(network)) {
        Some(plugin) => Known::Value(PodNetwork::named(*plugin, "a test")),
        None => Known::Unknown("a test".into()),
    };
    facts.endpoints = exposed.endpoints.iter().enumerate().map(|(place, choice)| endpoint(place, *choice)).collect();
    let (external, internal, ranges, ingress, families) = exposed.service;
    let policy = |choice: u8| if choice < 2 { TrafficPolicy::Local } else { TrafficPolicy::Cluster };
    let service = &mut facts.service;
    (service.external_traffic_policy, service.internal_traffic_policy) = (policy(external), policy(internal));
    service.load_balancer_source_ranges = parsed(match ranges {
        0 | 1 => &[],
        2 => &["10.244.1.0/24", "192.0.2.0/29"],
        _ => &["10.244.2.0/25"],
    });
    let v4 = |ip_mode| Ingress::Address { ip: [198, 51, 100, 1].into(), ip_mode };
    service.ingress = match ingress {
        0 => vec![v4(None)],
        1 => vec![v4(Some(IpMode::Proxy))],
        2 => vec![v4(None), Ingress::Address { ip: "2001:db8::1".parse().unwrap(), ip_mode: None }],
        _ => vec![Ingress::Hostname("lb.example.com".into())],
    };
    service.ports.push(ServicePort::tcp(443));
    if families > 2 {
        service.cluster_ips.push("fd02::7".parse().unwrap());
    }
    // Of a node, now and then: which has it counts, among nodes that are alike.
    service.external_ips = if families % 3 == 1 { vec![[192, 0, 2, families].into()] } else { Vec::new() };
    facts
}

proptest! {
    /// Two Services of one cluster, one after the other: what is kept of the first must not spoil the second.
    #[test]
    fn classes_of_nodes_come_to_what_all_nodes_come_to(cluster in clusters(), first in exposed(), second in exposed()) {
        let options = PlanOptions::default();
        let services = [facts(&cluster, &first), facts(&cluster, &second)];
        let mut builder = OverviewBuilder::new(options.clone());
        for facts in &services {
            builder.add(facts);
        }
        let of_each_node = |facts: &Facts| ServiceSummary::new(facts, &Plan::new(facts, &options), |_| 1).with_outside(facts);
        let node_by_node: Vec<_> = services.iter().map(of_each_node).collect();
        prop_assert_eq!(builder.services, node_by_node);
    }
}
