use crate::facts::{
    DetectLocal, Endpoint, EndpointPort, Facts, Ingress, IpMode, Known, KubeProxy, KubeProxyConfig, KubeProxyProcess, LocalDetection,
    NearbyService, NetworkPlugin, Node, PodNetwork, Protocol, ProxyMode, Service, ServicePort, TrafficPolicy, TransportPort, Version,
};
use crate::kube_proxy::{Condition, Expectation, Expected, Model, Reach, Rule, Source};
use crate::plan::{Network, TargetKind, Vantage};
use crate::text::{self, Language};

const ADDRESS: [u8; 4] = [198, 51, 100, 1];

fn node(name: &str, cidr: &str) -> Node {
    Node {
        pod_cidrs: vec![cidr.parse().unwrap()],
        internal_ips: vec![[192, 0, 2, 7].into()],
        kube_proxy_version: Some(Version::new(34, 0)),
        ..Node::named(name)
    }
}

/// A Service with policy Local and its endpoint on node1 of two nodes.
pub(crate) fn facts() -> Facts {
    let config = KubeProxyConfig::read(
        "ConfigMap kube-system/kube-proxy",
        ProxyMode::Iptables.into(),
        LocalDetection { mode: DetectLocal::ClusterCidr, cluster_cidrs: vec!["10.99.0.0/16".parse().unwrap()], interface_prefix: None },
    );
    let service = Service {
        cluster_ips: vec![[10, 96, 0, 7].into()],
        ports: vec![ServicePort::tcp(80)],
        ingress: vec![Ingress::Address { ip: ADDRESS.into(), ip_mode: None }],
        ..Service::named("shop", "gateway")
    };
    Facts {
        endpoints: vec![Endpoint::ready([10, 244, 1, 2].into(), "node1")],
        nodes: vec![node("node1", "10.244.1.0/24"), Node { internal_ips: vec![[192, 0, 2, 8].into()], ..node("node2", "10.244.2.0/24") }],
        kube_proxy: KubeProxy { config: Known::Value(config), ..KubeProxy::default() },
        pod_network: Known::Value(PodNetwork::named(NetworkPlugin::Flannel, "a test")),
        nearby_services: Known::Value(Vec::new()),
        pod_policies: Known::Value(Vec::new()),
        challenges: Known::Value(Vec::new()),
        ..Facts::of(service)
    }
}

fn config(facts: &mut Facts) -> &mut KubeProxyConfig {
    match &mut facts.kube_proxy.config {
        Known::Value(config) => config,
        Known::Unknown(reason) => panic!("{reason}"),
    }
}

fn at(facts: &Facts, node: &str, network: Network, port: u16) -> Expectation {
    Model::new(facts).predict(&Vantage { node: node.into(), network }, &TargetKind::LoadBalancerIp(ADDRESS.into()), port)
}

fn expected(facts: &Facts, node: &str, network: Network) -> Vec<Expected> {
    at(facts, node, network, 80).answers().map(|answer| answer.expected).collect()
}

/// The conditions under which a pod on node2 is dropped.
fn dropped_when(facts: &Facts) -> Vec<String> {
    let Expectation::Depends(cases) = at(facts, "node2", Network::Pod, 80) else { panic!("it depends") };
    text::conditions(
        &cases.into_iter().find(|case| case.answer.expected == Expected::Dropped).expect("one case drops").when,
        Language::English,
    )
}

#[test]
fn what_is_known_gives_one_answer() {
    let facts = facts();
    assert_eq!(expected(&facts, "node2", Network::Pod), [Expected::Dropped]);
    assert!(matches!(expected(&facts, "node1", Network::Pod)[..], [Expected::Reached { .. }]));
    assert!(matches!(expected(&facts, "node2", Network::Host)[..], [Expected::Reached { .. }]));
    assert!(matches!(at(&facts, "node2", Network::Pod, 443), Expectation::Certain(answer) if answer.expected == Expected::NotIntercepted));
}

#[test]
fn a_range_that_covers_the_pods_detects_them() {
    let mut facts = facts();
    config(&mut facts).detection.cluster_cidrs = vec!["10.244.0.0/16".parse().unwrap()];
    assert!(matches!(expected(&facts, "node2", Network::Pod)[..], [Expected::Reached { .. }]));
    // Of each family only the first counts.
    config(&mut facts).detection.cluster_cidrs = ["fd00::/56", "10.99.0.0/16", "10.244.0.0/16"].map(|cidr| cidr.parse().unwrap()).to_vec();
    assert_eq!(expected(&facts, "node2", Network::Pod), [Expected::Dropped]);
    config(&mut facts).detection.cluster_cidrs.clear();
    assert_eq!(expected(&facts, "node2", Network::Pod), [Expected::Dropped]);
    config(&mut facts).detection.mode = DetectLocal::NodeCidr;
    assert!(matches!(expected(&facts, "node2", Network::Pod)[..], [Expected::Reached { .. }]));
}

#[test]
fn what_is_not_known_is_named_where_it_matters() {
    let mut facts = facts();
    facts.nodes[1].pod_cidrs.clear();
    assert_eq!(dropped_when(&facts), ["kube-proxy does not count the pod as local"]);
    // It does not matter on the node with the endpoint, nor to hosts.
    assert!(at(&facts, "node2", Network::Host, 80).certain().is_some());
    facts.kube_proxy.config = Known::Unknown("may not read ConfigMaps".into());
    assert_eq!(dropped_when(&facts), ["mode iptables or nftables", "kube-proxy does not count the pod as local"]);
}

/// Two modes that end a connection in the same way do so by rules of their own.
#[test]
fn a_rule_of_one_mode_is_never_told_of_another() {
    let mut facts = facts();
    facts.kube_proxy.config = Known::Unknown("may not read ConfigMaps".into());
    facts.nodes[1].kube_proxy_version = None;
    facts.nodes[1].pod_cidrs.clear();
    let networks = [Network::Pod, Network::Host].into_iter();
    let several = networks.flat_map(|network| [80, 443].map(|port| at(&facts, "node2", network, port)));
    let cases: Vec<_> = several.filter_map(|at| if let Expectation::Depends(cases) = at { Some(cases) } else { None }).flatten().collect();
    let mut modes_of_rules = Vec::new();
    for case in &cases {
        let rule = format!("{:?}", case.answer.rule);
        let mode = [("Ipvs", ProxyMode::Ipvs), ("Nftables", ProxyMode::Nftables), ("Iptables", ProxyMode::Iptables)];
        let Some((_, mode)) = mode.into_iter().find(|(name, _)| rule.starts_with(name)) else { continue };
        assert!(case.when.contains(&Condition::Mode(vec![mode])), "{case:?}");
        modes_of_rules.push(mode);
    }
    assert!(modes_of_rules.contains(&ProxyMode::Ipvs) && modes_of_rules.contains(&ProxyMode::Nftables), "{cases:?}");
}

#[test]
fn an_unknown_release_is_told_by_its_ranges() {
    let mut facts = facts();
    config(&mut facts).mode = ProxyMode::Ipvs.into();
    facts.nodes[1].kube_proxy_version = None;
    let Expectation::Depends(cases) = at(&facts, "node2", Network::Pod, 80) else { panic!("it depends") };
    let when: Vec<_> =
        cases.iter().map(|case| (case.answer.expected.to_string(), text::conditions(&case.when, Language::English).join(", "))).collect();
    let expected = [("refused", "kube-proxy before 1.24"), ("ok", "kube-proxy 1.24 or later")];
    assert_eq!(when, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn an_unknown_pod_network_leaves_two_ways() {
    let mut facts = facts();
    facts.pod_network = Known::Unknown("no DaemonSet of a known network".into());
    // Addresses of the node's own podCIDR have no other way.
    assert_eq!(expected(&facts, "node2", Network::Pod), [Expected::Dropped]);
    facts.nodes[1].pod_cidrs.clear();
    config(&mut facts).detection.mode = DetectLocal::NodeCidr;
    assert_eq!(dropped_when(&facts), ["the pod's packets cross the node"]);
    assert!(at(&facts, "node2", Network::Host, 80).certain().is_some());
}

#[test]
fn ip_mode_and_the_like_take_kube_proxy_out() {
    let mut proxied = facts();
    proxied.service.ingress = vec![Ingress::Address { ip: ADDRESS.into(), ip_mode: Some(IpMode::Proxy) }];
    assert_eq!(expected(&proxied, "node2", Network::Pod), [Expected::NotIntercepted]);
    proxied.nodes[1].kube_proxy_version = Some(Version::new(28, 4));
    assert_eq!(expected(&proxied, "node2", Network::Pod), [Expected::Dropped], "an older kube-proxy does not know ipMode");
    let mut other = facts();
    other.service.proxy_name = Some("other".into());
    assert_eq!(expected(&other, "node2", Network::Pod), [Expected::NotIntercepted]);
    // The address of before is what a baseline still dials.
    let mut hidden = facts();
    hidden.service.ingress = vec![Ingress::Hostname("lb.example.com".into())];
    assert_eq!(expected(&hidden, "node2", Network::Pod), [Expected::NotIntercepted]);
    let hostname = TargetKind::LoadBalancerHostname("lb.example.com".into());
    let from = Vantage { node: "node2".into(), network: Network::Pod };
    let expectation = Model::new(&other).predict(&from, &hostname, 80);
    assert_eq!(expectation.certain().map(|answer| answer.expected), Some(Expected::NotIntercepted));
}

#[test]
fn an_address_of_another_family_is_skipped() {
    let mut facts = facts();
    let from = Vantage { node: "node2".into(), network: Network::Pod };
    let v6 = TargetKind::LoadBalancerIp("2001:db8::1".parse().unwrap());
    let expected =
        |facts: &Facts| -> Vec<Expected> { Model::new(facts).predict(&from, &v6, 80).answers().map(|answer| answer.expected).collect() };
    assert_eq!(expected(&facts), [Expected::Lost], "nobody but kube-proxy would serve it");
    facts.nodes[0].provider = Some("gce".into());
    assert_eq!(
        expected(&facts),
        [Expected::NotIntercepted, Expected::Lost],
        "a cloud's load balancer may translate, and the client may have no address to dial from"
    );
}

#[test]
fn each_port_has_its_own_endpoints() {
    let mut facts = facts();
    let port = |name: &str, number, protocol| ServicePort { name: Some(name.into()), protocol, ..ServicePort::tcp(number) };
    facts.service.ports = vec![port("web", 80, Protocol::Tcp), port("web-udp", 80, Protocol::Udp), port("admin", 81, Protocol::Tcp)];
    let own = |name: &str, protocol| Some(vec![EndpointPort { name: Some(name.into()), protocol, port: 8080 }]);
    let endpoint = |last: u8, node: &str, ports| Endpoint { ports, ..Endpoint::ready([10, 244, 0, last].into(), node) };
    facts.endpoints = vec![endpoint(2, "node1", own("web", Protocol::Tcp)), endpoint(3, "node2", own("web-udp", Protocol::Udp))];
    let rule = |node: &str, port| {
        let from = Vantage { node: node.into(), network: Network::Pod };
        Model::new(&facts).predict(&from, &TargetKind::LoadBalancerIp(ADDRESS.into()), port).certain().map(|answer| answer.rule)
    };
    let udp = TransportPort { port: 80, protocol: Protocol::Udp };
    assert_eq!((rule("node1", 80.into()), rule("node2", 80.into())), (Some(Rule::LocalEndpoint), Some(Rule::NonLocalPodWithoutEndpoint)));
    assert_eq!((rule("node1", udp), rule("node2", udp)), (Some(Rule::NonLocalPodWithoutEndpoint), Some(Rule::LocalEndpoint)));
    assert_eq!((rule("node1", 81.into()), rule("node2", 81.into())), (Some(Rule::PortWithoutEndpoint), Some(Rule::PortWithoutEndpoint)));
}

#[test]
fn terminating_endpoints_serve_where_no_other_is_ready() {
    let mut facts = facts();
    facts.endpoints[0] = Endpoint { ready: false, terminating: true, ..facts.endpoints[0].clone() };
    assert!(matches!(expected(&facts, "node1", Network::Pod)[..], [Expected::Reached { .. }]));
    assert_eq!(expected(&facts, "node2", Network::Pod), [Expected::Dropped]);
    facts.nodes[0].kube_proxy_version = Some(Version::new(25, 0));
    assert_eq!(expected(&facts, "node1", Network::Pod), [Expected::Refused]);
}

#[test]
fn source_ranges_go_by_the_pods_range_and_the_nodes_address() {
    let mut facts = facts();
    facts.service.load_balancer_source_ranges = vec!["192.0.2.0/24".parse().unwrap()];
    assert_eq!(expected(&facts, "node1", Network::Pod), [Expected::Dropped]);
    assert!(matches!(expected(&facts, "node1", Network::Host)[..], [Expected::Reached { .. }]));
    // Half of the node's pods are in the range: it depends on the pod.
    facts.service.load_balancer_source_ranges = vec!["10.244.1.0/25".parse().unwrap()];
    assert_eq!(expected(&facts, "node1", Network::Pod).len(), 2);
}

#[test]
fn a_node_that_is_not_known_gets_no_certain_answer() {
    assert!(at(&facts(), "node9", Network::Pod, 80).certain().is_none());
}

/// The node port at the vantage's own node and at node1 and node2, from one of a node's networks.
fn at_node_port(facts: &Facts, from: (&str, Network), node: Option<&str>) -> Expectation {
    let kind = node.map_or(TargetKind::OwnNodePort, |node| TargetKind::NodePort { node: node.into(), address: [192, 0, 2, 7].into() });
    Model::new(facts).predict(&Vantage { node: from.0.into(), network: from.1 }, &kind, 80)
}

#[test]
fn node_ports_go_by_the_rules_of_the_node_that_is_dialled() {
    let facts = facts();
    let certain = |from, node| at_node_port(&facts, from, node).certain().map(|answer| answer.expected);
    let (pod, host) = (|node| (node, Network::Pod), |node| (node, Network::Host));
    assert_eq!(certain(pod("node2"), None), Some(Expected::Dropped));
    assert_eq!(certain(pod("node2"), Some("node2")), Some(Expected::Dropped), "its own, by its address");
    assert!(matches!(certain(host("node2"), None), Some(Expected::Reached { .. })));
    assert!(matches!(certain(host("node2"), Some("node1")), Some(Expected::Reached { endpoints: Reach::Local, source: Source::Client })));
    assert_eq!(certain(host("node1"), Some("node2")), Some(Expected::Dropped));
    assert!(matches!(certain(pod("node2"), Some("node1")), Some(Expected::Reached { .. })));
}

#[test]
fn a_pod_that_another_node_takes_for_its_own_may_go_astray() {
    let mut facts = facts();
    config(&mut facts).detection.cluster_cidrs = vec!["10.244.0.0/16".parse().unwrap()];
    facts.endpoints.push(Endpoint::ready([10, 244, 2, 2].into(), "node2"));
    assert!(at_node_port(&facts, ("node2", Network::Pod), Some("node1")).certain().is_none());
    assert!(at_node_port(&facts, ("node2", Network::Host), Some("node1")).certain().is_some());
    facts.service.external_traffic_policy = TrafficPolicy::Cluster;
    assert!(at_node_port(&facts, ("node2", Network::Pod), Some("node1")).certain().is_some());
}

#[test]
fn node_port_addresses_leave_nodes_out() {
    let mut facts = facts();
    config(&mut facts).node_port_addresses = vec!["198.51.100.0/24".into()];
    let expected = |facts: &Facts| at_node_port(facts, ("node1", Network::Host), None).certain().map(|answer| answer.expected);
    assert_eq!(expected(&facts), Some(Expected::LocalListener));
    config(&mut facts).node_port_addresses = vec!["primary".into()];
    assert!(matches!(expected(&facts), Some(Expected::Reached { .. })));
}

#[test]
fn endpoints_and_ports_of_neighbours_are_not_kube_proxys_matter_here() {
    let mut facts = facts();
    let from = Vantage { node: "node2".into(), network: Network::Pod };
    let endpoint = TargetKind::Endpoint { node: Some("node1".into()), address: [10, 244, 1, 2].into() };
    let expected =
        |facts: &Facts, kind: &TargetKind, port: u16| Model::new(facts).predict(&from, kind, port).certain().map(|answer| answer.expected);
    assert!(matches!(expected(&facts, &endpoint, 80), Some(Expected::Reached { .. })));
    config(&mut facts).mode = ProxyMode::Ipvs.into();
    let at_load_balancer = TargetKind::LoadBalancerIp(ADDRESS.into());
    assert_eq!(expected(&facts, &at_load_balancer, 443), Some(Expected::Refused));
    facts.nearby_services =
        Known::Value(vec![NearbyService { namespace: "shop".into(), name: "other".into(), ports: vec![443], transports: Vec::new() }]);
    assert_eq!(expected(&facts, &at_load_balancer, 443), Some(Expected::NotIntercepted));
}

#[test]
fn hints_narrow_the_clusters_endpoints_and_not_the_local_ones() {
    let mut facts = facts();
    let from = Vantage { node: "node2".into(), network: Network::Host };
    let at_cluster_ip = |facts: &Facts| {
        let kind = TargetKind::ClusterIp([10, 96, 0, 7].into());
        Model::new(facts).predict(&from, &kind, 80).certain().map(|answer| answer.expected)
    };
    let reached = |endpoints| Some(Expected::Reached { endpoints, source: Source::Node });
    facts.endpoints[0].for_zones = vec!["a".into()];
    assert_eq!(at_cluster_ip(&facts), reached(Reach::Any), "the node's zone is not known");
    facts.nodes[1].zone = Some("a".into());
    assert_eq!(at_cluster_ip(&facts), reached(Reach::Hinted));
    facts.endpoints.push(Endpoint::ready([10, 244, 1, 3].into(), "node1"));
    assert_eq!(at_cluster_ip(&facts), reached(Reach::Any), "one endpoint without hints turns them off");
    for endpoint in &mut facts.endpoints {
        endpoint.for_zones.clear();
        endpoint.for_nodes = vec!["node2".into()];
    }
    assert_eq!(at_cluster_ip(&facts), reached(Reach::Hinted));
}

#[test]
fn the_running_process_decides_who_is_a_stranger() {
    let mut facts = facts();
    assert_eq!(expected(&facts, "node2", Network::Pod), [Expected::Dropped]);
    let detection =
        LocalDetection { mode: DetectLocal::ClusterCidr, cluster_cidrs: vec!["10.244.0.0/16".parse().unwrap()], interface_prefix: None };
    let process = KubeProxyProcess { detection: Some(detection), ..KubeProxyProcess::default() };
    facts.kube_proxy.processes.insert("node2".into(), process);
    assert!(matches!(expected(&facts, "node2", Network::Pod)[..], [Expected::Reached { .. }]));
}

#[test]
fn external_ips_are_the_services_too() {
    let mut facts = facts();
    config(&mut facts).mode = ProxyMode::Ipvs.into();
    let from = Vantage { node: "node1".into(), network: Network::Pod };
    let mut at = |minor, patch| {
        facts.nodes[0].kube_proxy_version = Some(Version::new(minor, patch));
        Model::new(&facts).predict(&from, &TargetKind::ExternalIp([203, 0, 113, 7].into()), 80).certain().map(|answer| answer.expected)
    };
    assert_eq!(at(27, 5), Some(Expected::Refused));
    assert_eq!(at(29, 0), Some(Expected::Refused));
    for (minor, patch) in [(25, 9), (28, 6), (29, 1), (34, 0)] {
        assert!(matches!(at(minor, patch), Some(Expected::Reached { .. })), "1.{minor}.{patch}");
    }
}
