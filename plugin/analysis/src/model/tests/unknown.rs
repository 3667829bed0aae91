use crate::facts::{
    DetectLocal, Endpoint, Facts, Ingress, IpMode, Known, KubeProxy, KubeProxyConfig, NetworkPlugin, Node, PodNetwork, Protocol, ProxyMode,
    Readiness, Service, ServicePort, TrafficPolicy, Version,
};
use crate::model::{Expectation, Expected, Model};
use crate::plan::{Network, TargetKind, Vantage};

const ADDRESS: [u8; 4] = [198, 51, 100, 1];

fn node(name: &str, cidr: &str) -> Node {
    Node {
        name: name.into(),
        readiness: Readiness::Ready,
        os: Some("linux".into()),
        pod_cidrs: vec![cidr.parse().unwrap()],
        internal_ips: vec![[192, 0, 2, 7].into()],
        external_ips: Vec::new(),
        kube_proxy_version: Some(Version::new(34, 0)),
        kubelet_version: None,
        zone: None,
        unschedulable: false,
        taints: Vec::new(),
        lease_age_seconds: None,
    }
}

/// A Service with policy Local and its endpoint on node1 of two nodes.
pub(crate) fn facts() -> Facts {
    let endpoint =
        Endpoint { addresses: vec![[10, 244, 1, 2].into()], node: Some("node1".into()), ready: true, serving: true, terminating: false };
    let config = KubeProxyConfig {
        source: "ConfigMap kube-system/kube-proxy".into(),
        mode: ProxyMode::Iptables,
        cluster_cidrs: vec!["10.99.0.0/16".parse().unwrap()],
        detect_local: DetectLocal::ClusterCidr,
        masquerade_all: false,
        node_port_addresses: Vec::new(),
    };
    let port = ServicePort { name: None, protocol: Protocol::Tcp, port: 80, node_port: None, app_protocol: None };
    Facts {
        service: Service {
            namespace: "shop".into(),
            name: "gateway".into(),
            annotations: [].into(),
            external_traffic_policy: TrafficPolicy::Local,
            internal_traffic_policy: TrafficPolicy::Cluster,
            cluster_ips: vec![[10, 96, 0, 7].into()],
            ports: vec![port],
            ingress: vec![Ingress::Address { ip: ADDRESS.into(), ip_mode: None }],
            external_ips: Vec::new(),
            load_balancer_source_ranges: Vec::new(),
            owner: None,
            proxy_name: None,
            health_check_node_port: None,
        },
        endpoints: vec![endpoint],
        nodes: vec![node("node1", "10.244.1.0/24"), node("node2", "10.244.2.0/24")],
        kube_proxy: KubeProxy { config: Known::Value(config), releases: Known::default(), processes: [].into() },
        pod_network: Known::Value(PodNetwork { plugin: NetworkPlugin::Flannel, source: "a test".into() }),
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
    cases.into_iter().find(|case| case.answer.expected == Expected::Dropped).expect("one case drops").when
}

#[test]
fn what_is_known_gives_one_answer() {
    let facts = facts();
    assert_eq!(expected(&facts, "node2", Network::Pod), [Expected::Dropped]);
    assert!(matches!(expected(&facts, "node1", Network::Pod)[..], [Expected::Reached { .. }]));
    assert!(matches!(expected(&facts, "node2", Network::Host)[..], [Expected::Reached { .. }]));
    assert!(matches!(at(&facts, "node2", Network::Pod, 443), Expectation::Certain(answer) if answer.expected == Expected::PassedOn));
}

#[test]
fn a_range_that_covers_the_pods_detects_them() {
    let mut facts = facts();
    config(&mut facts).cluster_cidrs = vec!["10.244.0.0/16".parse().unwrap()];
    assert!(matches!(expected(&facts, "node2", Network::Pod)[..], [Expected::Reached { .. }]));
    // Of each family only the first counts.
    config(&mut facts).cluster_cidrs = ["fd00::/56", "10.99.0.0/16", "10.244.0.0/16"].map(|cidr| cidr.parse().unwrap()).to_vec();
    assert_eq!(expected(&facts, "node2", Network::Pod), [Expected::Dropped]);
    config(&mut facts).cluster_cidrs.clear();
    assert_eq!(expected(&facts, "node2", Network::Pod), [Expected::Dropped]);
    config(&mut facts).detect_local = DetectLocal::NodeCidr;
    assert!(matches!(expected(&facts, "node2", Network::Pod)[..], [Expected::Reached { .. }]));
}

#[test]
fn what_is_not_known_is_named_where_it_matters() {
    let mut facts = facts();
    facts.nodes[1].pod_cidrs.clear();
    assert_eq!(dropped_when(&facts), ["kube-proxy does not know the pod's address"]);
    // It does not matter on the node with the endpoint, nor to hosts.
    assert!(at(&facts, "node2", Network::Host, 80).certain().is_some());
    facts.kube_proxy.config = Known::Unknown("may not read ConfigMaps".into());
    assert_eq!(dropped_when(&facts), ["mode iptables or nftables", "kube-proxy does not know the pod's address"]);
}

#[test]
fn an_unknown_release_is_told_by_its_ranges() {
    let mut facts = facts();
    config(&mut facts).mode = ProxyMode::Ipvs;
    facts.nodes[1].kube_proxy_version = None;
    let Expectation::Depends(cases) = at(&facts, "node2", Network::Pod, 80) else { panic!("it depends") };
    let when: Vec<_> = cases.iter().map(|case| (case.answer.expected.to_string(), case.when.join(", "))).collect();
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
    config(&mut facts).detect_local = DetectLocal::NodeCidr;
    assert_eq!(dropped_when(&facts), ["the pod's packets cross the node"]);
    assert!(at(&facts, "node2", Network::Host, 80).certain().is_some());
}

#[test]
fn ip_mode_and_the_like_take_kube_proxy_out() {
    let mut proxied = facts();
    proxied.service.ingress = vec![Ingress::Address { ip: ADDRESS.into(), ip_mode: Some(IpMode::Proxy) }];
    assert_eq!(expected(&proxied, "node2", Network::Pod), [Expected::PassedOn]);
    proxied.nodes[1].kube_proxy_version = Some(Version::new(28, 4));
    assert_eq!(expected(&proxied, "node2", Network::Pod), [Expected::Dropped], "an older kube-proxy does not know ipMode");
    let mut other = facts();
    other.service.proxy_name = Some("other".into());
    assert_eq!(expected(&other, "node2", Network::Pod), [Expected::PassedOn]);
    let hostname = TargetKind::LoadBalancerHostname("lb.example.com".into());
    let from = Vantage { node: "node2".into(), network: Network::Pod };
    let expectation = Model::new(&other).predict(&from, &hostname, 80);
    assert_eq!(expectation.certain().map(|answer| answer.expected), Some(Expected::PassedOn));
}

#[test]
fn an_address_of_another_family_is_skipped() {
    let facts = facts();
    let from = Vantage { node: "node2".into(), network: Network::Pod };
    let v6 = TargetKind::LoadBalancerIp("2001:db8::1".parse().unwrap());
    let expectation = Model::new(&facts).predict(&from, &v6, 80);
    assert_eq!(expectation.certain().map(|answer| answer.expected), Some(Expected::PassedOn));
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
