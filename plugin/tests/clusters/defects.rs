//! Defects of programs beside the Service's own, by their releases: each with one that has it, and with what is near and does not.

use serde_json::{Value, json};

use super::cluster::{Cluster, daemon_set, endpoint, http, kube_proxy, slice};

fn with_daemon_set(policy: &str, name: &str, image: &str) -> Cluster {
    let mut cluster = Cluster::with_policy(policy);
    cluster.daemon_sets.push(daemon_set(name, image, &[]));
    cluster
}

fn in_place_of_flannel(policy: &str, name: &str, image: &str, settings: Option<(&str, Value)>) -> Cluster {
    let mut cluster = Cluster::with_policy(policy);
    cluster.daemon_sets = vec![daemon_set(name, image, &[])];
    let map = |(name, data): (&str, Value)| json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": name }, "data": data });
    cluster.others.extend(settings.map(map));
    cluster
}

fn env(mut cluster: Cluster, variables: &[(&str, &str)]) -> Cluster {
    let set = cluster.daemon_sets.last_mut().expect("a DaemonSet");
    let variables: Vec<_> = variables.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    set["spec"]["template"]["spec"]["containers"][0]["env"] = json!(variables);
    cluster
}

/// A second Service at the same address.
fn shared(mut cluster: Cluster) -> Cluster {
    cluster.others.push(json!({
        "kind": "Service",
        "metadata": { "namespace": "shop", "name": "mail" },
        "spec": { "type": "LoadBalancer", "clusterIP": "10.96.0.9", "ports": [{ "port": 25 }] },
        "status": { "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }] } },
    }));
    cluster
}

const OUTSIDE: &str = "DEPENDS: clients outside may fail";

/// kubernetes issue 117621.
#[test]
fn ipvs_refuses_health_checks_at_the_load_balancers_address() {
    let of = |release: &str, mode: &str, policy: &str, cloud: &str| {
        let mut cluster = Cluster::with_policy(policy).of_release(release).made_by(cloud);
        cluster.kube_proxy = kube_proxy(mode);
        cluster.slices =
            vec![slice("web-1", &http(), &[endpoint("10.244.1.5", Some("n1"), true), endpoint("10.244.2.5", Some("n2"), true)])];
        cluster
    };
    let (google, said) = ("gce://shop/europe-west1-b/n", "refuses health checks that come to the load balancer's own address");
    of("v1.26.4", "ipvs", "Local", google).expect(4, &[OUTSIDE, said, "LBP730"], &["FINE"]);
    of("v1.27.1", "ipvs", "Local", google).expect(4, &[said], &["FINE"]);
    of("v1.26.5", "ipvs", "Local", google).expect(0, &["FINE"], &[said]);
    of("v1.26.4", "iptables", "Local", google).expect(0, &["FINE"], &[said]);
    of("v1.26.4", "ipvs", "Cluster", google).expect(0, &["FINE"], &[said]);
    of("v1.26.4", "ipvs", "Local", "aws:///eu-west-1a/i-1").expect(0, &["FINE"], &[said]);
}

/// kubernetes issue 121909.
#[test]
fn ipvs_refuses_clients_outside_at_external_ips() {
    let of = |release: &str, policy: &str| {
        let mut cluster = Cluster::with_policy(policy).of_release(release);
        cluster.kube_proxy = kube_proxy("ipvs");
        cluster.service["spec"]["externalIPs"] = json!(["198.51.100.9"]);
        cluster
    };
    let said = "refuses clients outside at external IPs";
    of("v1.27.16", "Local").expect(3, &[said, "1.28.6"], &[]);
    of("v1.29.0", "Local").expect(3, &[said], &[]);
    of("v1.28.6", "Local").expect(3, &[], &[said]);
    of("v1.27.16", "Cluster").expect(0, &["FINE"], &[said]);
}

/// kubernetes PR 134024.
#[test]
fn nftables_mode_and_names_of_interfaces_do_not_go_together() {
    let of = |release: &str, mode: &str| {
        let mut cluster = Cluster::with_policy("Cluster").of_release(release);
        let config = format!("mode: {mode}\ndetectLocalMode: InterfaceNamePrefix\ndetectLocal:\n  interfaceNamePrefix: azv\n");
        cluster.kube_proxy["data"]["config.conf"] = json!(config);
        cluster
    };
    let said = ["WILL FAIL: kube-proxy", "writes no rules in nftables mode with detectLocalMode InterfaceNamePrefix"];
    of("v1.33.5", "nftables").expect(3, &said, &["FINE"]);
    of("v1.34.1", "nftables").expect(3, &said, &["FINE"]);
    of("v1.34.2", "nftables").expect(0, &["FINE"], &["writes no rules"]);
    of("v1.33.5", "iptables").expect(0, &["FINE"], &["writes no rules"]);
    let (code, text) = of("v1.33.5", "nftables").overview();
    assert!(code == 3 && text.contains("writes no rules"), "{code} {text}");
}

/// kubernetes PR 122204.
#[test]
fn a_change_that_may_be_lost_is_a_risk_and_no_more() {
    let of = |release: &str| Cluster::with_policy("Cluster").of_release(release);
    of("v1.28.6").expect(0, &["FINE", "may lose a change of endpoints"], &[]);
    of("v1.28.7").expect(0, &["FINE"], &["may lose a change"]);
}

/// metallb issues 302, 322, 558 and 968.
#[test]
fn metallb_before_0_11_elects_by_endpoint_and_by_name() {
    let of = |release: &str, pool: &str| {
        let mut cluster = with_daemon_set("Cluster", "speaker", &format!("metallb/speaker:{release}"));
        cluster.daemon_sets[1]["spec"]["template"]["spec"]["nodeSelector"] = json!({ "pool": pool });
        cluster.nodes.iter_mut().zip(["edge", "work"]).for_each(|(node, pool)| node["metadata"]["labels"]["pool"] = json!(pool));
        cluster
    };
    let said = "before 0.11, MetalLB announces an address by layer 2 only from nodes with an endpoint";
    of("v0.10.3", "work").expect(4, &[OUTSIDE, said], &["FINE"]);
    of("v0.10.3", "edge").expect(0, &["FINE"], &[said]);
    of("v0.11.0", "work").expect(0, &["FINE"], &[said]);
    let twice = "two nodes may announce the address that these Services share";
    shared(of("v0.10.3", "edge")).expect(4, &[OUTSIDE, twice], &["FINE"]);
    shared(of("v0.11.0", "edge")).expect(0, &["FINE"], &[twice]);
}

/// metallb PR 2715.
#[test]
fn metallb_of_one_release_leaves_out_cordoned_nodes() {
    let of = |release: &str, policy: &str, cordoned: &[usize]| {
        let mut cluster = with_daemon_set(policy, "speaker", &format!("metallb/speaker:{release}"));
        for node in cordoned {
            cluster.nodes[*node]["spec"]["unschedulable"] = json!(true);
        }
        cluster
    };
    let said = "does not announce from cordoned nodes";
    of("v0.14.9", "Local", &[0]).expect(4, &[OUTSIDE, said, "n1 is cordoned"], &["FINE"]);
    of("v0.14.9", "Cluster", &[0, 1]).expect(4, &[said], &["FINE"]);
    of("v0.14.9", "Local", &[1]).expect(0, &["FINE"], &[said]);
    of("v0.14.9", "Cluster", &[0]).expect(0, &["FINE"], &[said]);
    of("v0.15.0", "Local", &[0]).expect(0, &["FINE"], &[said]);
    of("v0.14.8", "Local", &[0]).expect(0, &["FINE"], &[said]);
}

/// k3s issue 7561.
#[test]
fn klipper_lb_dropped_what_it_forwards_under_local() {
    let of = |release: &str, policy: &str, status: &str| {
        let mut cluster = with_daemon_set(policy, "svclb-web", &format!("rancher/klipper-lb:{release}"));
        let metadata = &mut cluster.daemon_sets[1]["metadata"];
        metadata["labels"] = json!({ "svccontroller.k3s.cattle.io/svcname": "web" });
        cluster.service["status"]["loadBalancer"]["ingress"] = json!([{ "ip": status }]);
        cluster
    };
    let said = "drops what it forwards under externalTrafficPolicy Local";
    of("v0.4.3", "Local", "198.51.100.1").expect(4, &[OUTSIDE, said], &["FINE"]);
    of("v0.4.3", "Local", "192.0.2.1").expect(0, &["FINE"], &[said]);
    of("v0.4.4", "Local", "198.51.100.1").expect(0, &["FINE"], &[said]);
    of("v0.4.3", "Cluster", "198.51.100.1").expect(0, &["FINE"], &[said]);
}

/// kube-vip issues 1086, 879 and PR 740.
#[test]
fn kube_vip_filters_shares_and_announces_by_bgp() {
    let of = |policy: &str, release: &str, variables: &[(&str, &str)]| {
        let mut cluster = env(with_daemon_set(policy, "kube-vip-ds", &format!("ghcr.io/kube-vip/kube-vip:{release}")), variables);
        cluster.service["metadata"]["annotations"]["kube-vip.io/vipHost"] = json!("n1");
        cluster
    };
    let filters = ("enable_service_security", "true");
    let said = "whether pods on n1, which holds the address, and its host reach the address";
    of("Cluster", "v0.8.9", &[filters]).expect(4, &["DEPENDS", said, "set enable_service_security to false"], &["FINE"]);
    of("Cluster", "v1.0.1", &[filters]).expect(0, &["FINE"], &[said]);
    of("Cluster", "v0.8.9", &[]).expect(0, &["FINE"], &[said]);
    let elects = ("svc_election", "true");
    let twice = "kube-vip elects a node for each Service (svc_election), and these Services share an address";
    shared(of("Cluster", "v0.8.9", &[elects])).expect(4, &[OUTSIDE, twice], &["FINE"]);
    of("Cluster", "v0.8.9", &[elects]).expect(0, &["FINE"], &[twice]);
    // By BGP an election does not keep others from announcing.
    let bgp = ("bgp_enable", "true");
    let any = "kube-vip may announce the address from a node without an endpoint (n2)";
    of("Local", "v0.8.9", &[bgp, elects]).expect(4, &[any], &["FINE"]);
    of("Local", "v0.8.9", &[bgp]).expect(0, &["FINE"], &[any]);
    of("Local", "v0.7.0", &[bgp]).expect(4, &[any], &["FINE"]);
}

fn cilium(policy: &str, release: &str, settings: &Value) -> Cluster {
    in_place_of_flannel(policy, "cilium", &format!("quay.io/cilium/cilium:{release}"), Some(("cilium-config", settings.clone())))
}

/// cilium issues 41680 and 23035.
#[test]
fn cilium_announces_by_bgp_what_its_release_knows() {
    let settings = json!({ "kube-proxy-replacement": "true", "enable-bgp-control-plane": "true" });
    let gateway = |policy: &str, release: &str| {
        let mut cluster = cilium(policy, release, &settings);
        cluster.slices = vec![slice("web-1", &json!([{ "port": 9999, "protocol": "TCP" }]), &[endpoint("192.192.192.192", None, true)])];
        cluster
    };
    let said = "Cilium does not announce Services of its Gateways and Ingresses by BGP";
    gateway("Local", "v1.18.1").expect(4, &[OUTSIDE, said], &["FINE"]);
    gateway("Cluster", "v1.18.1").expect(0, &["FINE"], &[said]);
    let ignores = "Cilium announces the address by BGP from every node, also from n2 without an endpoint";
    cilium("Local", "v1.13.4", &settings).expect(4, &[ignores], &["FINE"]);
    cilium("Local", "v1.14.0", &settings).expect(0, &["FINE"], &[ignores]);
    cilium("Cluster", "v1.13.4", &settings).expect(0, &["FINE"], &[ignores]);
    cilium("Local", "v1.13.4", &json!({ "kube-proxy-replacement": "strict" })).expect(0, &["FINE"], &[ignores]);
}

/// cilium issue 10402.
#[test]
fn cilium_before_1_13_and_endpoints_on_the_host_network() {
    let of = |policy: &str, release: &str, address: &str| {
        let mut cluster = cilium(policy, release, &json!({ "kube-proxy-replacement": "strict" }));
        cluster.slices = vec![slice("web-1", &http(), &[endpoint(address, Some("n1"), true)])];
        cluster
    };
    let said = "does not translate the replies of endpoints on the host network";
    of("Local", "v1.12.5", "192.0.2.1").expect(4, &[OUTSIDE, said], &["FINE"]);
    of("Local", "v1.13.0", "192.0.2.1").expect(0, &["FINE"], &[said]);
    of("Local", "v1.12.5", "10.244.1.5").expect(0, &["FINE"], &[said]);
    of("Cluster", "v1.12.5", "192.0.2.1").expect(0, &["FINE"], &[said]);
}

/// cilium issues 43206 and 26727.
#[test]
fn cilium_at_the_address_itself() {
    let replaces = json!({ "kube-proxy-replacement": "true" });
    let of_node = |release: &str| {
        let mut cluster = cilium("Cluster", release, &replaces);
        cluster.service["status"]["loadBalancer"]["ingress"] = json!([{ "ip": "192.0.2.1" }]);
        cluster
    };
    let said = "from 1.19 Cilium may drop what comes there at ports that no Service declares";
    let told = |cluster: Cluster| cluster.explained().1;
    assert!(told(of_node("v1.19.1")).contains(said));
    assert!(!told(of_node("v1.18.1")).contains(said));
    assert!(!told(cilium("Cluster", "v1.19.1", &replaces)).contains(said));
    let google = |policy: &str, release: &str| cilium(policy, release, &replaces).made_by("gce://shop/europe-west1-b/n");
    let checks = "Google Cloud's health checks come to the load balancer's own address";
    google("Local", "v1.14.4").expect(4, &[OUTSIDE, checks], &["FINE"]);
    google("Local", "v1.15.0").expect(0, &["FINE"], &[checks]);
    google("Cluster", "v1.14.4").expect(0, &["FINE"], &[checks]);
}

/// calico issues 6074 and 9152, and PR 11917.
#[test]
fn calico_and_ranges_of_one_address() {
    let of = |policy: &str, release: &str, ranges: &[&str]| {
        let mut cluster = in_place_of_flannel(policy, "calico-node", &format!("calico/node:{release}"), None);
        let listed: Vec<_> = ranges.iter().map(|range| json!({ "cidr": range })).collect();
        cluster.others.push(json!({
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "BGPConfiguration",
            "metadata": { "name": "default" },
            "spec": { "serviceLoadBalancerIPs": listed },
        }));
        cluster
    };
    let one = ["198.51.100.1/32"];
    let (everywhere, nowhere) = ("from every node, also from n2 without an endpoint", "clients outside may have no route");
    let hosts = "whether the host of n1 reaches the address";
    of("Local", "v3.24.5", &one).expect(4, &[OUTSIDE, everywhere], &["FINE", hosts]);
    of("Cluster", "v3.24.5", &one).expect(0, &["FINE"], &[everywhere, nowhere]);
    of("Local", "v3.24.5", &["198.51.100.0/24"]).expect(0, &["FINE"], &[everywhere]);
    of("Cluster", "v3.29.1", &one).expect(4, &[OUTSIDE, nowhere], &["FINE"]);
    of("Cluster", "v3.30.6", &one).expect(4, &[nowhere], &["FINE"]);
    of("Cluster", "v3.31.4", &one).expect(4, &[nowhere], &["FINE"]);
    for mended in ["v3.30.7", "v3.31.5", "v3.32.1"] {
        of("Cluster", mended, &one).expect(0, &["FINE"], &[nowhere]);
    }
    of("Cluster", "v3.29.1", &["198.51.100.1/32", "198.51.100.0/28"]).expect(0, &["FINE"], &[nowhere]);
    of("Local", "v3.29.1", &one).expect(4, &["DEPENDS", hosts], &["FINE", everywhere]);
    of("Local", "v3.29.1", &["203.0.113.1/32"]).expect(0, &["FINE"], &[hosts]);
    // calico issue 8162, where policy Cluster was answered.
    let mut asks = of("Cluster", "v3.26.3", &one);
    asks.service["spec"]["loadBalancerIP"] = json!("198.51.100.1");
    asks.expect(0, &["FINE"], &[nowhere]);
}

/// calico issue 8162.
#[test]
fn calicos_route_reflectors_keep_a_range_of_one_address() {
    let of = |policy: &str, release: &str, reflector: usize, spec: &Value| {
        let mut cluster = in_place_of_flannel(policy, "calico-node", &format!("calico/node:{release}"), None);
        cluster.nodes[reflector]["metadata"]["annotations"] = json!({ "projectcalico.org/RouteReflectorClusterID": "224.0.0.1" });
        cluster.others.push(json!({
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "BGPConfiguration",
            "metadata": { "name": "default" },
            "spec": spec,
        }));
        cluster
    };
    let range = |cidr: &str, mesh: bool| json!({ "serviceLoadBalancerIPs": [{ "cidr": cidr }], "nodeToNodeMeshEnabled": mesh });
    let one = range("198.51.100.1/32", false);
    let said = "on the route reflectors n2 does not pass on an address";
    of("Local", "v3.27.2", 1, &one).expect(4, &["clients outside may fail: Calico 3.27.2", said, "LBP755"], &["FINE"]);
    of("Local", "v3.27.3", 1, &one).expect(4, &[], &["FINE", said]);
    of("Local", "v3.27.2", 0, &one).expect(4, &[], &["FINE", "does not pass on"]);
    of("Local", "v3.27.2", 1, &range("198.51.100.0/28", false)).expect(0, &["FINE"], &[said]);
    of("Local", "v3.27.2", 1, &range("198.51.100.1/32", true)).expect(4, &[], &["FINE", said]);
    of("Cluster", "v3.30.7", 1, &one).expect(0, &["FINE"], &[said]);
}

/// antrea PR 4120.
#[test]
fn antrea_in_kube_proxys_place_before_1_9() {
    let of = |release: &str, cloud: &str, proxy_all: &str| {
        let conf = format!("antreaProxy:\n  proxyAll: {proxy_all}\n");
        let settings = Some(("antrea-config", json!({ "antrea-agent.conf": conf })));
        let mut cluster = in_place_of_flannel("Local", "antrea-agent", &format!("antrea/antrea-ubuntu:{release}"), settings).made_by(cloud);
        cluster.kube_proxy = json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "other" } });
        cluster
    };
    let said = "in kube-proxy's place has no server for healthCheckNodePort";
    let google = "gce://shop/europe-west1-b/n";
    let told = |cluster: Cluster| cluster.explained().1;
    assert!(told(of("v1.8.0", google, "true")).contains(said));
    assert!(!told(of("v1.9.0", google, "true")).contains(said));
    assert!(!told(of("v1.8.0", google, "false")).contains(said));
    assert!(!told(of("v1.8.0", "machine://1", "true")).contains(said));
}

/// amazon-vpc-cni-k8s issues 3563 and 1392.
#[test]
fn amazons_network_and_what_it_does_not_see() {
    let of = |release: &str, mode: &str| {
        let image = format!("amazon-k8s-cni:{release}");
        let mut cluster = in_place_of_flannel("Cluster", "aws-node", &image, None).made_by("aws:///eu-west-1a/i-1");
        cluster.kube_proxy = kube_proxy(mode);
        cluster
    };
    let said = "whether pods on n1 and n2 reach Services: before 1.23 the VPC CNI does not see kube-proxy's nftables rules";
    let of_recent = |release: &str, mode: &str| of(release, mode).of_release("v1.34.2");
    of_recent("v1.20.4", "nftables").expect(4, &["DEPENDS", said], &["FINE"]);
    of_recent("v1.23.0", "nftables").expect(0, &["FINE"], &[said]);
    of_recent("v1.20.4", "iptables").expect(0, &["FINE"], &[said]);
    let pods = "the load balancer dials pods directly, and before 1.8 the VPC CNI drops replies";
    let by_ip = |release: &str, target: &str| {
        let scheme = ("aws-load-balancer-scheme", "internet-facing");
        of(release, "iptables").annotated(&[("aws-load-balancer-type", "external"), ("aws-load-balancer-nlb-target-type", target), scheme])
    };
    by_ip("v1.7.5", "ip").expect(4, &[OUTSIDE, pods], &["FINE"]);
    by_ip("v1.8.0", "ip").expect(0, &["FINE"], &[pods]);
    by_ip("v1.7.5", "instance").expect(0, &["FINE"], &[pods]);
}

/// aws-load-balancer-controller issue 1964.
#[test]
fn the_aws_load_balancer_controller_is_internal_by_default() {
    let of = |annotations: &[(&str, &str)]| {
        let types = [("aws-load-balancer-type", "external"), ("aws-load-balancer-nlb-target-type", "ip")];
        let mut cluster = Cluster::with_policy("Cluster").made_by("aws:///eu-west-1a/i-1").annotated(&types).annotated(annotations);
        cluster.service["status"]["loadBalancer"]["ingress"] = json!([{ "hostname": "lb.elb.example.com" }]);
        cluster
    };
    let said = "makes the load balancer internal unless it is told otherwise";
    let told = |cluster: Cluster| cluster.explained().1;
    assert!(told(of(&[])).contains(said));
    assert!(!told(of(&[("aws-load-balancer-scheme", "internet-facing")])).contains(said));
    assert!(!told(of(&[("aws-load-balancer-internal", "true")])).contains(said));
}

/// cilium issue 13740.
#[test]
fn google_clouds_internal_load_balancers_serve_their_region() {
    let of = |annotations: Value| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("gce://shop/europe-west1-b/n");
        cluster.service["metadata"]["annotations"] = annotations;
        cluster.explained().1
    };
    let said = "those of other regions of the network get no answer";
    let key = "networking.gke.io/load-balancer-type";
    assert!(of(json!({ key: "Internal" })).contains(said));
    assert!(!of(json!({ key: "Internal", "networking.gke.io/internal-load-balancer-allow-global-access": "true" })).contains(said));
    assert!(!of(json!({})).contains(said));
}

/// postgres-operator issue 1611.
#[test]
fn a_first_port_that_no_container_declares_fails_the_health_checks_of_all() {
    let of = |containers: &[u16], cloud: &str| {
        let mut cluster = Cluster::with_policy("Cluster").made_by(cloud);
        cluster.service["spec"]["ports"] = json!([{ "port": 10000, "name": "report" }, { "port": 5432, "name": "postgres" }]);
        let ports =
            json!([{ "name": "report", "port": 10000, "protocol": "TCP" }, { "name": "postgres", "port": 5432, "protocol": "TCP" }]);
        cluster.slices = vec![slice("web-1", &ports, &[endpoint("10.244.1.5", Some("n1"), true)])];
        let declared: Vec<_> = containers.iter().map(|port| json!({ "containerPort": port })).collect();
        cluster.others.push(json!({
            "kind": "Pod",
            "metadata": { "namespace": "shop", "name": "db-0", "labels": { "app": "web" } },
            "spec": { "nodeName": "n1", "containers": [{ "name": "db", "image": "db:1", "ports": declared }] },
        }));
        cluster
    };
    let said = "the load balancer health-checks nodes at the node port of 10000, the first port of the Service";
    of(&[5432], "aws:///eu-west-1a/i-1").expect(4, &[said], &["FINE"]);
    of(&[5432, 10000], "aws:///eu-west-1a/i-1").expect(0, &["FINE"], &[said]);
    of(&[5432], "hcloud://1").expect(4, &["whether the pods listen on port 10000"], &[said]);
}

/// cloud-provider-azure issue 3931, and Vultr's controller.
#[test]
fn annotations_that_mislead_health_checks() {
    let azure = |release: &str, header: &str| {
        let annotations = [("azure-pls-create", "true"), ("azure-pls-proxy-protocol", header)];
        Cluster::with_policy("Local").made_by("azure:///n").of_release(release).annotated(&annotations).explained().1
    };
    let said = "has Azure write the PROXY header into health checks, too";
    assert!(azure("v1.26.9", "true").contains(said));
    assert!(!azure("v1.26.10", "true").contains(said));
    assert!(!azure("v1.26.9", "false").contains(said));
    let vultr = |annotations: &[(&str, &str)]| Cluster::with_policy("Cluster").made_by("vultr://1").annotated(annotations);
    let checks = "Vultr's controller checks that port on the nodes, not its node port";
    vultr(&[("vultr-loadbalancer-healthcheck-port", "80")]).expect(4, &[OUTSIDE, checks], &["FINE"]);
    vultr(&[]).expect(0, &["FINE"], &[checks]);
}
