use super::*;
use crate::facts::{Known, NetworkPlugin, PodNetwork, TrafficPolicy};
use crate::kube_proxy::sample_facts;

#[test]
fn annotations_tell_where_tls_ends() {
    let ends = |annotations: &[(&str, &str)], port: u16| {
        let mut service = Service::named("shop", "gateway");
        for (name, value) in annotations {
            service.annotations.insert(format!("service.beta.kubernetes.io/{name}"), (*value).into());
        }
        ends_tls(&service, &ServicePort { name: Some(format!("p{port}")), ..ServicePort::tcp(port) })
    };
    let alibaba = [("alibaba-cloud-loadbalancer-protocol-port", "http:80, https:443")];
    assert_eq!((ends(&alibaba, 443), ends(&alibaba, 80)), (true, false));
    let aws = |ports| [("aws-load-balancer-ssl-cert", "arn"), ("aws-load-balancer-ssl-ports", ports)];
    assert_eq!((ends(&aws("p443"), 443), ends(&aws("443"), 80), ends(&aws("*"), 80)), (true, false, true));
    assert!(ends(&aws("*")[..1], 8443), "all ports where none is named");
    assert_eq!((ends(&[("do-loadbalancer-tls-ports", "443")], 443), ends(&[], 443)), (true, false));
}

fn on_nodes_of(provider: &str) -> Facts {
    let mut facts = sample_facts();
    for node in &mut facts.nodes {
        node.provider = Some(provider.into());
    }
    facts
}

fn with_annotations(provider: &str, annotations: &[(&str, &str)]) -> Facts {
    let mut facts = on_nodes_of(provider);
    let key = |name: &str| if name.contains('/') { name.to_owned() } else { format!("service.beta.kubernetes.io/{name}") };
    facts.service.annotations = annotations.iter().map(|(name, value)| (key(name), (*value).to_owned())).collect();
    facts
}

#[test]
fn cluster_costs_what_the_provider_and_its_backends_say() {
    let price = |provider: &str, annotations: &[(&str, &str)]| cluster_price(&with_annotations(provider, annotations));
    assert_eq!(price("gce", &[]), ClusterPrice::SourceAddress);
    assert_eq!(price("", &[]), ClusterPrice::SourceAddress);
    assert_eq!(price("hcloud", &[]), ClusterPrice::HopAlone);
    assert_eq!(price("digitalocean", &[]), ClusterPrice::HopAlone);
    assert_eq!(price("aws", &[]), ClusterPrice::HopAlone, "a classic load balancer");
    assert_eq!(price("aws", &[("aws-load-balancer-type", "nlb")]), ClusterPrice::SourceAddress);
    assert_eq!(price("aws", &[("aws-load-balancer-proxy-protocol", "*")]), ClusterPrice::HopWithHeader);
    assert_eq!(price("aws", &[("aws-load-balancer-type", "nlb-ip")]), ClusterPrice::Nothing);
    assert_eq!(price("alicloud", &[(BACKEND_TYPE, "eni")]), ClusterPrice::Nothing);
}

#[test]
fn terway_dials_pods_unless_an_annotation_says_otherwise() {
    let mut facts = on_nodes_of("alicloud");
    facts.pod_network = Known::Value(PodNetwork::named(NetworkPlugin::TerwayVeth, "a test"));
    assert_eq!(cluster_price(&facts), ClusterPrice::NothingByDefault);
    facts.service.annotations.insert(BACKEND_TYPE.into(), "ecs".into());
    assert_eq!(cluster_price(&facts), ClusterPrice::SourceAddress);
}

#[test]
fn nodes_that_a_provider_leaves_out_are_no_backends() {
    let mut facts = on_nodes_of("");
    assert_eq!(no_backend(&facts), None);
    facts.nodes[0].excluded_from_load_balancers = Some(true);
    assert_eq!(no_backend(&facts), Some(NoBackend::EndpointsOnNodesLeftOut { nodes: vec!["node1".into()] }), "policy Local");
    facts.nodes[1].excluded_from_load_balancers = Some(true);
    assert_eq!(no_backend(&facts), Some(NoBackend::EveryNodeLeftOut { nodes: 2 }));
    facts.announcers = Known::Value([Announcer::KubeVip].into());
    assert_eq!(no_backend(&facts), None, "kube-vip does not look at the label");
    facts.nodes.iter_mut().for_each(|node| node.excluded_from_load_balancers = Some(false));
    facts.endpoints[0].node = None;
    assert_eq!(no_backend(&facts), Some(NoBackend::EndpointsWithoutNode { endpoints: 1 }));
    facts.service.external_traffic_policy = TrafficPolicy::Cluster;
    assert_eq!(no_backend(&facts), None, "any node will do");
}

#[test]
fn roles_count_where_the_provider_goes_by_them() {
    for (provider, is_out) in [("azure", true), ("alicloud", false), ("aws", false)] {
        let mut facts = on_nodes_of(provider);
        facts.nodes[0].control_plane = true;
        assert_eq!(no_backend(&facts).is_some(), is_out, "{provider}");
    }
    let mut facts = on_nodes_of("alicloud");
    facts.nodes[0].master = true;
    assert!(no_backend(&facts).is_some());
}

#[test]
fn an_internal_nlb_with_instance_targets_does_not_loop_back() {
    let looping = |annotations: &[(&str, &str)]| {
        let mut facts = with_annotations("aws", annotations);
        facts.service.external_traffic_policy = TrafficPolicy::Cluster;
        looping_nodes(&facts).len()
    };
    let nlb = ("aws-load-balancer-type", "nlb");
    let external = ("aws-load-balancer-type", "external");
    let internal = ("aws-load-balancer-internal", "true");
    assert_eq!(looping(&[nlb, internal]), 2);
    assert_eq!(looping(&[nlb]), 0, "facing the internet");
    assert_eq!(looping(&[internal]), 0, "a classic one");
    assert_eq!(looping(&[external, ("aws-load-balancer-nlb-target-type", "ip")]), 0);
    assert_eq!(looping(&[external]), 2, "internal with instances by default");
    let attributes = "deregistration_delay.timeout_seconds=30,preserve_client_ip.enabled=false";
    assert_eq!(looping(&[nlb, internal, ("aws-load-balancer-target-group-attributes", attributes)]), 0);
}

#[test]
fn a_cloud_is_known_by_its_own_annotations_where_no_node_says_who_made_it() {
    let provider = |by: &str, annotation: &str| {
        let mut facts = with_annotations(by, &[(annotation, "x")]);
        facts.nodes.iter_mut().for_each(|node| node.provider = node.provider.take().filter(|by| !by.is_empty()));
        Provider::of(&facts)
    };
    assert_eq!(provider("", "load-balancer.hetzner.cloud/location"), Some(Provider::Hetzner));
    assert_eq!(provider("k3s", "load-balancer.hetzner.cloud/location"), Some(Provider::Hetzner));
    assert_eq!(provider("", "aws-load-balancer-type"), Some(Provider::Aws));
    assert_eq!(provider("ovh", "aws-load-balancer-type"), None, "copied");
    assert_eq!(provider("gce", "aws-load-balancer-type"), Some(Provider::Gce));
    assert_eq!(provider("", "metallb.io/address-pool"), None);
}

#[test]
fn nodes_whose_machine_the_controller_cannot_find_are_no_backends() {
    let hetzner = |nodes: [Option<&str>; 2]| {
        let mut facts = with_annotations("", &[("load-balancer.hetzner.cloud/location", "fsn1")]);
        facts.nodes.iter_mut().zip(nodes).for_each(|(node, by)| node.provider = by.map(str::to_owned));
        no_backend(&facts)
    };
    let none_of = |nodes: &[&str]| {
        Some(NoBackend::NodesOfNoMachine { cloud: Provider::Hetzner, nodes: nodes.iter().map(|node| (*node).to_owned()).collect() })
    };
    assert_eq!(hetzner([None, None]), none_of(&["node1", "node2"]));
    assert_eq!(hetzner([Some("k3s"), Some("k3s")]), none_of(&["node1", "node2"]), "k3s' own cloud controller was first");
    assert_eq!(hetzner([None, Some("hcloud")]), none_of(&["node1"]), "policy Local, and the endpoint is there");
    assert_eq!(hetzner([Some("hcloud"), None]), None);
    assert_eq!(hetzner([Some("hrobot"), Some("hcloud")]), None);
}

#[test]
fn the_exclude_label_decides_where_a_known_cloud_goes_by_it() {
    let all_excluded = |by: &str| {
        let mut facts = on_nodes_of(by);
        facts.nodes.iter_mut().for_each(|node| node.excluded_from_load_balancers = Some(true));
        no_backend(&facts)
    };
    assert_eq!(all_excluded("hcloud"), Some(NoBackend::EveryNodeExcludedFromCloud { cloud: Provider::Hetzner, nodes: 2 }));
    assert!(all_excluded("hcloud").is_some_and(|why| why.is_certain()));
    for by in ["", "qcloud"] {
        assert_eq!(all_excluded(by), Some(NoBackend::EveryNodeLeftOut { nodes: 2 }), "{by}");
    }
    let mut facts = on_nodes_of("openstack");
    facts.nodes[0].excluded_from_load_balancers = Some(true);
    assert_eq!(no_backend(&facts), Some(NoBackend::EndpointsExcludedFromCloud { cloud: Provider::OpenStack, nodes: vec!["node1".into()] }));
}
