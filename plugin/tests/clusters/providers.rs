//! What providers of load balancers and vendors' builds of kube-proxy do differently.

use serde_json::json;

use super::cluster::{Cluster, daemon_set, kube_proxy};

/// A cluster whose status has an address of the provider's private network.
fn internal(policy: &str, mode: &str, release: &str) -> Cluster {
    let mut cluster = Cluster::with_policy(policy).of_release(release);
    cluster.kube_proxy = kube_proxy(mode);
    cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "10.0.0.200" }] } });
    cluster
}

#[test]
fn kube_proxy_of_tke_leaves_the_address_to_a_load_balancer_that_loops() {
    let of = |mode: &str, release: &str| internal("Cluster", mode, release).made_by("qcloud:///800001/ins-0");
    let said = ["n1 yes pod passed on or timed out", "TKE's kube-proxy", "prevent-loopback to true"];
    let why = "timed out, if the load balancer picks the client's own node";
    of("ipvs", "v1.28.3-tke.1").expect(4, &[why, said[0], said[2]], &["FINE"]);
    // Under policy Local a single backend is picked every time.
    let local = internal("Local", "ipvs", "v1.28.3-tke.1").made_by("qcloud:///800001/ins-0");
    local.expect(3, &["n1 (pod and host), port 80: timed out: the load balancer keeps"], &[]);
    let mut prevented = of("ipvs", "v1.28.3-tke.1");
    prevented.service["metadata"]["annotations"]["service.cloud.tencent.com/prevent-loopback"] = json!("true");
    prevented.expect(0, &["FINE"], &["passed on"]);
    of("iptables", "v1.28.3-tke.1").expect(0, &["FINE"], &["passed on"]);
    // Somebody's own kube-proxy on the same cloud is upstream's: the load balancer's health checks fail (kubernetes issue 79783).
    of("ipvs", "v1.28.3").expect(4, &["DEPENDS", "health checks come from 10.0.0.200"], &["passed on"]);
    // A public one gives connections from inside another source address.
    let mut public = of("ipvs", "v1.28.3-tke.1");
    public.service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "203.0.113.9" }] } });
    public.expect(0, &["n1 yes pod passed on"], &["timed out"]);
}

#[test]
fn backends_on_google_cloud_have_the_address_themselves() {
    let of = |provider_id: &str, release: &str| {
        let mut cluster = Cluster::with_policy("Local").of_release(release).made_by(provider_id);
        cluster.kube_proxy["data"]["config.conf"] = json!("mode: iptables\nclusterCIDR: \"\"\n");
        cluster
    };
    // What iptables mode before 1.25 marks and forwards elsewhere is dropped here.
    let said = ["n2 no pod passed on or timed out", "guest agent gave the node the load balancer's address"];
    of("gce://shop/zone/vm", "v1.24.9").expect(4, &said, &["FINE"]);
    of("aws:///eu-west-1a/i-0", "v1.24.9").expect(0, &["n2 no pod passed on", "FINE"], &["guest agent"]);
    of("gce://shop/zone/vm", "v1.28.3").expect(3, &["n2 (pod), port 80: timed out"], &["guest agent"]);
}

#[test]
fn a_hostname_that_is_not_the_nodes_name_is_told_under_policy_local() {
    let of = |policy: &str, args: &[&str]| {
        let mut cluster = Cluster::with_policy(policy);
        cluster.nodes[0]["metadata"]["labels"]["kubernetes.io/hostname"] = json!("machine-1.corp.example.com");
        cluster.daemon_sets.push(daemon_set("kube-proxy", "kube-proxy:v1.30.4", args));
        cluster
    };
    let plain = ["--config=/var/lib/kube-proxy/config.conf"];
    let said = [
        "whether kube-proxy on n1 runs under the node's name",
        "machine-1.corp.example.com",
        "health checks fail",
        "give kube-proxy its node's name",
    ];
    of("Local", &plain).expect(4, &said, &["FINE"]);
    of("Local", &[plain[0], "--hostname-override=$(NODE_NAME)"]).expect(0, &["FINE"], &["machine-1"]);
    of("Cluster", &plain).expect(0, &["FINE"], &["machine-1"]);
}

#[test]
fn a_load_balancer_of_misnamed_kube_proxies_has_no_backend() {
    let mut cluster = Cluster::with_policy("Local").made_by("aws:///eu-west-1a/i-0");
    cluster.daemon_sets.push(daemon_set("kube-proxy", "kube-proxy:v1.30.4", &["--hostname-override=other"]));
    cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": "lb.example.com" }] } });
    let said = ["passed on or lost", "under a name that no node with an endpoint has", "give kube-proxy its node's name"];
    cluster.expect(3, &said, &["FINE"]);
}

#[test]
fn external_ips_count_while_no_controller_gives_an_address() {
    let mut cluster = Cluster::with_policy("Cluster");
    cluster.kube_proxy = kube_proxy("ipvs");
    cluster.service["status"] = json!({});
    cluster.service["spec"]["externalIPs"] = json!(["192.0.2.2"]);
    cluster.expect(3, &["externalIPs 192.0.2.2", "They and n2 no longer reach each other"], &["pending"]);
    let mut pending = Cluster::with_policy("Cluster");
    pending.service["status"] = json!({});
    let said =
        ["load balancer without an address", "n1 yes pod ok ok", "the Service has none yet", "only node ports lead to it from outside"];
    pending.expect(4, &said, &["FINE"]);
}

#[test]
fn what_the_load_balancer_adds_comes_with_its_remedies() {
    let mut header = Cluster::with_policy("Cluster").made_by("digitalocean://1");
    header = header.annotated(&[("do-loadbalancer-enable-proxy-protocol", "true")]);
    let said = ["1. keep nodes from intercepting the address", "do-loadbalancer-hostname", "put a hairpin proxy in between"];
    header.expect(4, &said, &["FINE", "dial web.shop"]);
    let mut plain = Cluster::with_policy("Cluster").made_by("digitalocean://1");
    plain.service["metadata"]["annotations"]["k8s.cloudscale.ch/loadbalancer-pool-protocol"] = json!("proxyv2");
    plain.expect(4, &["the PROXY header"], &["FINE"]);
}

#[test]
fn an_ipvs_defect_of_external_ips_is_cured_by_its_release() {
    let of = |release: &str| {
        let mut cluster = Cluster::with_policy("Local").of_release(release);
        cluster.kube_proxy = kube_proxy("ipvs");
        cluster.service["spec"]["externalIPs"] = json!(["198.51.100.9"]);
        cluster
    };
    let said = ["n1 yes pod ok refused", "host ok ok", "n2 no pod ok refused", "host timed out timed out", "1. upgrade kube-proxy"];
    of("v1.27.5").expect(3, &said, &[]);
    of("v1.28.6").expect(3, &["n2 (host), port 80"], &["1.28.6, 1.29.1 or later"]);
}

#[test]
fn releases_and_modes_of_ebpf_data_paths_are_told_apart() {
    let calico = |release: &str| {
        let mut cluster = Cluster::with_policy("Local");
        let mut set = daemon_set("calico-node", &format!("calico/node:v{release}"), &[]);
        set["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "FELIX_BPFENABLED", "value": "true" }]);
        cluster.daemon_sets = vec![set];
        cluster
    };
    let said = ["n1 yes pod ok", "n2 no pod lost", "until 3.20, Calico's eBPF data path uses only the node's own endpoints"];
    calico("3.20.0").expect(3, &said, &["n1 yes pod ok or"]);
    calico("3.21.0").expect(4, &["n1 yes pod ok", "n2 no pod ok or lost"], &["n1 yes pod ok or"]);
    calico("3.22.0").expect(0, &["FINE"], &[]);
    // internalTrafficPolicy Local counts at the load balancer's address, and from 3.27 at the ClusterIP.
    let internal = |release: &str| {
        let mut cluster = calico(release);
        cluster.service["spec"]["internalTrafficPolicy"] = json!("Local");
        cluster
    };
    let said = ["n1 yes pod ok ok ok", "n2 no pod lost ok ok", "host lost ok ok", "1. set internalTrafficPolicy to Cluster"];
    internal("3.26.3").expect(3, &said, &[]);
    internal("3.27.0").expect(3, &["n1 yes pod ok ok ok", "n2 no pod lost lost lost"], &[]);
    let ovn = |release: &str| {
        let mut cluster = Cluster::with_policy("Local").of_release(release);
        cluster.daemon_sets = vec![daemon_set("ovnkube-node", "ovn@sha256:0", &[])];
        cluster
    };
    ovn("v1.23.5").expect(4, &["n2 no pod ok ok ok", "host ok or lost"], &["FINE"]);
    ovn("v1.24.0").expect(0, &["FINE"], &["lost"]);
    let cilium = |sockets: &str, mode: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.daemon_sets = vec![daemon_set("cilium", "cilium:v1.17.3", &[])];
        let data = json!({ "kube-proxy-replacement": "true", "bpf-lb-mode": mode, "bpf-lb-sock-hostns-only": sockets });
        cluster
            .others
            .push(json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "cilium-config" }, "data": data }));
        cluster
    };
    cilium("true", "dsr").expect(4, &["n1 yes pod ok or lost", "host ok ok ok", "cilium issue 39198"], &["FINE"]);
    cilium("false", "dsr").expect(0, &["FINE"], &[]);
    cilium("true", "snat").expect(0, &["FINE"], &[]);
}

#[test]
fn node_ports_that_fail_beside_a_load_balancer_are_said_beside_fine() {
    let of = |policy: &str| Cluster::with_policy(policy).with_node_port(30080);
    of("Local").expect(
        0,
        &[
            "FINE: nothing is expected to fail where clients inside connect",
            "At node ports that clients do not dial,",
            "will fail (-o wide)",
        ],
        &[],
    );
    of("Cluster").expect(0, &["FINE: nothing is expected to fail inside the cluster"], &["-o wide"]);
}

#[test]
fn network_policies_in_a_file_are_held_against_the_service() {
    let of = |namespace: &str, spec: serde_json::Value| {
        let mut cluster = Cluster::with_policy("Cluster");
        let metadata = json!({ "namespace": namespace, "name": "policy" });
        cluster.others.push(json!({ "kind": "NetworkPolicy", "metadata": metadata, "spec": spec }));
        cluster
    };
    let only = json!({ "podSelector": {}, "ingress": [{ "from": [{ "ipBlock": { "cidr": "203.0.113.0/24" } }] }] });
    let said = ["NetworkPolicy shop/policy admits only 203.0.113.0/24 to the Service's pods, where no node or pod of the cluster is"];
    of("shop", only.clone()).expect(4, &said, &["FINE"]);
    let pods = json!({ "podSelector": {}, "ingress": [{ "from": [{ "podSelector": {} }] }] });
    of("shop", pods.clone()).expect(4, &["NetworkPolicy shop/policy lets only certain pods reach the Service's pods"], &["FINE"]);
    // rancher issue 11776: Canal enforces them, and Calico's own policies may still admit more.
    let mut canal = of("shop", pods.clone());
    canal.daemon_sets = vec![daemon_set("canal", "rancher/calico-node:v3.1.3", &[])];
    canal.expect(
        4,
        &["DEPENDS", "The pod network here enforces policies; its own kinds of policies, which were not read, may let more clients in"],
        &["FINE:"],
    );
    of("other", only).expect(0, &["FINE"], &["policy admits"]);
    let nowhere = json!({ "podSelector": {}, "policyTypes": ["Egress"] });
    let stopped = "NetworkPolicy clients/policy keeps its pods from the Service's where policies are enforced: it allows none of";
    let allow = "1. allow egress to the pods behind web";
    of("clients", nowhere).expect(4, &["DEPENDS", stopped, "the endpoints' own addresses and ports", allow], &["FINE"]);
    let by_label = json!({ "to": [{ "namespaceSelector": { "matchLabels": { "team": "shop" } } }] });
    let to_team = json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [by_label] });
    let limited = "whether pods with limited egress get through (NetworkPolicy clients/policy)";
    of("clients", to_team).expect(
        4,
        &["DEPENDS", limited, "some rule may allow the endpoints' own addresses and ports, which policies see"],
        &["FINE", stopped],
    );
    let to_pods = json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [{ "to": [{ "namespaceSelector": {} }] }] });
    of("clients", to_pods).expect(0, &["FINE"], &["limited egress"]);
    let to_address = json!({
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{ "to": [{ "ipBlock": { "cidr": "198.51.100.1/32" } }] }],
    });
    of("clients", to_address).expect(4, &["clients/policy lets its pods through: it allows 198.51.100.1"], &["FINE"]);
}

#[test]
fn servers_that_require_the_proxy_header_are_found_by_their_config_map() {
    let of = |namespace: &str, annotations: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy("Cluster").annotated(annotations);
        let metadata = json!({ "namespace": namespace, "name": "nginx" });
        cluster.others.push(json!({ "kind": "ConfigMap", "metadata": metadata, "data": { "use-proxy-protocol": "true" } }));
        cluster
    };
    let written = [("linode-loadbalancer-default-proxy-protocol", "v2")];
    let said = ["WILL FAIL", "the servers require the PROXY header (ConfigMap shop/nginx: use-proxy-protocol)", "requests fail"];
    of("shop", &written).expect(3, &said, &["FINE"]);
    // Behind a hostname the load balancer takes what is dialled there, and nothing else.
    let mut hidden = of("shop", &written).made_by("digitalocean://1");
    hidden.service["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": "lb.example.com" }] } });
    hidden.expect(4, &["connections to the DNS name and the ClusterIP bypass the load balancer"], &["FINE"]);
    of("shop", &[]).expect(4, &["the servers seem to require it (ConfigMap shop/nginx"], &["FINE"]);
    of("other", &[]).expect(0, &["FINE"], &["PROXY"]);
}

/// Labels say whose servers a ConfigMap configures; Linode's load balancer writes the header where it is told to.
#[test]
fn a_header_that_the_servers_require_or_do_not_read() {
    let of = |annotations: &[(&str, &str)], value: Option<&str>, selected: [&str; 2]| {
        let mut cluster = Cluster::with_policy("Cluster").annotated(annotations).made_by("linode://1");
        cluster.service["spec"]["selector"] = json!({ "app.kubernetes.io/name": selected[0], "app.kubernetes.io/instance": selected[1] });
        let labels = json!({ "app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/instance": "public" });
        let metadata = json!({ "namespace": "shop", "name": "ingress-nginx-controller", "labels": labels });
        let data = value.map(|value| json!({ "use-proxy-protocol": value })).unwrap_or_default();
        cluster.others.push(json!({ "kind": "ConfigMap", "metadata": metadata, "data": data }));
        cluster
    };
    let own = ["ingress-nginx", "public"];
    let required = ["WILL FAIL", "the servers require the PROXY header (ConfigMap shop/ingress-nginx-controller"];
    of(&[], Some("true"), own).expect(3, &required, &["seem to require it", "which writes it"]);
    of(&[], Some("1"), own).expect(3, &required, &[]);
    of(&[], Some("false"), own).expect(0, &["FINE"], &["PROXY"]);
    of(&[], Some("true"), ["ingress-nginx", "internal"]).expect(0, &["FINE"], &["PROXY"]);
    of(&[], Some("true"), ["web", "public"]).expect(0, &["FINE"], &["PROXY"]);
    let written = [("linode-loadbalancer-default-proxy-protocol", "v2")];
    let unread = [
        "WILL FAIL: clients outside will fail",
        "the servers do not read it (ConfigMap shop/ingress-nginx-controller lacks use-proxy-protocol: \"true\")",
    ];
    of(&written, None, own).expect(3, &unread, &[]);
    of(&written, Some("true"), own).expect(3, &["which writes it: requests fail"], &["do not read it"]);
    // What leads connections to the servers past the load balancer does not help (ingress-nginx issue 3996).
    let local = |annotations: &[(&str, &str)]| {
        let mut cluster = of(annotations, Some("true"), own).of_release("v1.23.17");
        cluster.service["spec"]["externalTrafficPolicy"] = json!("Local");
        cluster.kube_proxy = kube_proxy("ipvs");
        cluster
    };
    local(&written).expect(3, &["put a hairpin proxy in between"], &["dial web.shop", "set externalTrafficPolicy", "expected to answer"]);
    // Azure's load balancer passes packets on as they are (ingress-nginx issue 5455).
    let lacking =
        ["WILL FAIL", "this load balancer does not write it: requests fail, from outside too", "1. take use-proxy-protocol out of"];
    of(&[], Some("true"), own).made_by("azure:///subscriptions/1/vm/0").expect(3, &lacking, &["hairpin", "bypass", "expected to answer"]);
    let beside_policy = local(&[]).made_by("azure:///subscriptions/1/vm/0");
    let both = ["1. take use-proxy-protocol out of", "set externalTrafficPolicy to Cluster"];
    beside_policy.expect(3, &both, &["expected to answer"]);
    let private = of(&[("azure-pls-proxy-protocol", "true")], Some("true"), own).made_by("azure:///subscriptions/1/vm/0");
    private.expect(3, &["which writes it: requests fail"], &["from outside too"]);
    // A Service of other servers in the same namespace.
    of(&written, None, ["web", "public"]).expect(4, &["servers that require it refuse them"], &["do not read it"]);
}

/// Traefik reads the header from those who send one.
#[test]
fn servers_that_take_the_proxy_header_or_none_are_found_by_their_image() {
    let behind = |app: &str, image: &str| {
        let mut cluster = Cluster::with_policy("Cluster").annotated(&[("linode-loadbalancer-default-proxy-protocol", "v2")]);
        cluster.others.push(json!({
            "kind": "Pod",
            "metadata": { "namespace": "shop", "name": "edge", "labels": { "app": app } },
            "spec": { "containers": [{ "name": "edge", "image": image }] },
        }));
        cluster
    };
    behind("web", "docker.io/traefik:v3.1.2").expect(0, &["FINE"], &["PROXY"]);
    behind("other", "docker.io/traefik:v3.1.2").expect(4, &["the PROXY header"], &["FINE"]);
    behind("web", "example.com/traefik-forward-auth:2").expect(4, &["the PROXY header"], &["FINE"]);
}

#[test]
fn octavia_without_a_health_monitor_is_told_under_policy_local() {
    let said = ["DEPENDS: clients outside may fail", "Octavia has no health monitor", "loadbalancer.openstack.org/enable-health-monitor"];
    Cluster::with_policy("Local").made_by("openstack:///1").expect(4, &said, &[]);
    Cluster::with_policy("Cluster").made_by("openstack:///1").expect(0, &["FINE"], &["health monitor"]);
    let mut on = Cluster::with_policy("Local").made_by("openstack:///1");
    on.service["metadata"]["annotations"]["loadbalancer.openstack.org/enable-health-monitor"] = json!("true");
    on.expect(0, &["FINE"], &["health monitor"]);
}

#[test]
fn layer_2_announcements_of_cilium_may_come_from_a_node_without_endpoint() {
    let cilium = |policy: &str, release: &str, announces: &str| {
        let mut cluster = Cluster::with_policy(policy);
        cluster.daemon_sets = vec![daemon_set("cilium", &format!("cilium:{release}"), &[])];
        let data = json!({ "kube-proxy-replacement": "true", "enable-l2-announcements": announces });
        cluster
            .others
            .push(json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "cilium-config" }, "data": data }));
        cluster
    };
    cilium("Local", "v1.17.3", "true").expect(
        4,
        &["DEPENDS: clients outside may fail", "L2 announcements may come from a node without an endpoint (n2)"],
        &[],
    );
    cilium("Local", "v1.17.3", "false").expect(0, &["FINE"], &["L2 announcements"]);
    cilium("Cluster", "v1.17.3", "true").expect(0, &["FINE"], &["L2 announcements"]);
    cilium("Local", "v1.20.2", "true").expect(4, &["DEPENDS"], &["L2 announcements"]);
}

#[test]
fn loopback_addresses_have_no_node_ports_in_nftables_mode() {
    let of = |kind: &str, mode: &str| {
        let mut cluster = Cluster::with_policy("Cluster").of_release("v1.33.2");
        cluster.kube_proxy = crate::cluster::kube_proxy(mode);
        cluster.service["spec"]["type"] = json!(kind);
        cluster.service["spec"]["ports"][0]["nodePort"] = json!(30080);
        cluster
    };
    of("NodePort", "nftables").expect(0, &["FINE", "node ports are not served at 127.0.0.1"], &[]);
    of("NodePort", "iptables").expect(0, &["FINE"], &["127.0.0.1"]);
    of("LoadBalancer", "nftables").expect(0, &["FINE"], &["127.0.0.1"]);
}

#[test]
fn a_load_balancers_own_limits_hold_where_nothing_intercepts() {
    let by_name = |cluster: Cluster| {
        let mut cluster = cluster;
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": "lb.example.com" }] } });
        cluster
    };
    let aws = |policy: &str, annotations: &[(&str, &str)]| {
        by_name(Cluster::with_policy(policy).made_by("aws:///eu-west-1a/i-0").annotated(annotations))
    };
    let mut ranges = aws("Cluster", &[]);
    ranges.service["spec"]["loadBalancerSourceRanges"] = json!(["203.0.113.0/24"]);
    ranges.expect(4, &["passed on or timed out", "no source range contains the client's address"], &["FINE"]);
    // Targets that are pods, with the client's address.
    let pods = [
        ("aws-load-balancer-type", "external"),
        ("aws-load-balancer-nlb-target-type", "ip"),
        ("aws-load-balancer-target-group-attributes", "preserve_client_ip.enabled=true"),
    ];
    aws("Cluster", &pods).expect(3, &["n1 (pod and host), port 80: timed out: the load balancer keeps"], &[]);
    aws("Cluster", &pods[..2]).expect(0, &["n1 yes pod passed on"], &["timed out"]);
    let mut azure =
        Cluster::with_policy("Local").made_by("azure:///subscriptions/0").annotated(&[("azure-load-balancer-internal", "true")]);
    azure.service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "198.51.100.1", "ipMode": "Proxy" }] } });
    azure.expect(3, &["n1 (pod and host), port 80: timed out"], &["set ipMode Proxy"]);
    // Health checks count endpoints that are ready.
    let mut terminating = aws("Local", &[]);
    let conditions = json!({ "ready": false, "serving": true, "terminating": true });
    terminating.slices[0]["endpoints"][0]["conditions"] = conditions;
    terminating.expect(4, &["passed on or lost", "every endpoint is terminating"], &["FINE", "bring the pods"]);
}

/// kubernetes issue 66607: its controller reads annotations of before 2019 too.
#[test]
fn alibabas_older_annotations_are_read() {
    for prefix in ["alibaba-cloud-loadbalancer", "alicloud-loadbalancer"] {
        let name = format!("{prefix}-protocol-port");
        let https = Cluster::with_policy("Local").annotated(&[(name.as_str(), "https:80")]);
        https.expect(4, &["DEPENDS", "TLS on port 80: it ends at the load balancer"], &["FINE"]);
        let tcp = Cluster::with_policy("Local").annotated(&[(name.as_str(), "tcp:80")]);
        assert!(!tcp.explained().1.contains("TLS on port"), "{prefix}");
    }
}

#[test]
fn more_providers_end_tls_at_the_load_balancer() {
    for (key, value) in [
        ("load-balancer.hetzner.cloud/protocol", "https"),
        ("loadbalancer.openstack.org/default-tls-container-ref", "ref"),
        ("service.beta.kubernetes.io/do-loadbalancer-protocol", "https"),
    ] {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["metadata"]["annotations"][key] = json!(value);
        cluster.expect(4, &["TLS on port 80"], &["FINE"]);
    }
    let passed = [("do-loadbalancer-protocol", "https"), ("do-loadbalancer-tls-passthrough", "true")];
    Cluster::with_policy("Cluster").annotated(&passed).made_by("digitalocean://1").expect(0, &["FINE"], &["TLS"]);
}

#[test]
fn nodes_that_are_no_machines_or_not_there_are_told() {
    let virtual_node = |label: &str, value: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.nodes[1]["metadata"]["labels"][label] = json!(value);
        cluster
    };
    let said = ["n2 is a virtual node", "DEPENDS"];
    virtual_node("type", "virtual-kubelet").expect(4, &said, &["FINE"]);
    virtual_node("eks.amazonaws.com/compute-type", "fargate").expect(4, &said, &["FINE"]);
    virtual_node("eks.amazonaws.com/compute-type", "ec2").expect(0, &["FINE"], &["virtual"]);
    let mut gone = Cluster::with_policy("Cluster");
    gone.slices[0]["endpoints"][0]["nodeName"] = json!("gone");
    gone.expect(4, &["whether the endpoints on gone answer"], &["FINE"]);
}

#[test]
fn nobody_stands_behind_an_external_ip_that_a_node_leaves_alone() {
    let mut cluster = Cluster::with_policy("Local").of_release("v1.24.9");
    cluster.service["spec"]["type"] = json!("ClusterIP");
    cluster.service["status"] = json!({});
    cluster.service["spec"]["externalIPs"] = json!(["198.51.100.9"]);
    cluster.kube_proxy["data"]["config.conf"] = json!("mode: iptables\nclusterCIDR: \"\"\n");
    cluster.expect(4, &["n2 no pod passed on or lost", "no route leads to a node with an endpoint"], &["FINE"]);
}

#[test]
fn data_paths_in_kube_proxys_place_seldom_serve_sctp() {
    let of = |protocol: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["spec"]["ports"][0]["protocol"] = json!(protocol);
        cluster.slices[0]["ports"][0]["protocol"] = json!(protocol);
        cluster.daemon_sets = vec![daemon_set("cilium", "cilium:v1.17.3", &[])];
        let data = json!({ "kube-proxy-replacement": "true" });
        cluster
            .others
            .push(json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "cilium-config" }, "data": data }));
        cluster
    };
    of("SCTP").expect(4, &["serves SCTP only when told to"], &["FINE"]);
    of("TCP").expect(0, &["FINE"], &["SCTP"]);
}

#[test]
fn long_names_of_nodes_stand_without_what_all_have_in_the_grid() {
    let named = |name: &dyn Fn(u8) -> String| {
        let mut cluster = Cluster::with_policy("Local");
        for (number, node) in (1..).zip(&mut cluster.nodes) {
            node["metadata"]["name"] = json!(name(number));
        }
        cluster.slices[0]["endpoints"][0]["nodeName"] = json!(name(1));
        cluster
    };
    let with_domain = |domain: &str| named(&|number| format!("ip-10-0-0-{number}{domain}"));
    let said = ["on ip-10-0-0-1.eu-west-3.compute.internal", "ip-10-0-0-1 yes pod ok", "NODE: without .eu-west-3.compute.internal"];
    with_domain(".eu-west-3.compute.internal").expect(0, &said, &[]);
    with_domain(".local").expect(0, &["ip-10-0-0-1.local yes pod ok"], &["NODE: without"]);
    let mut mixed = with_domain(".eu-west-3.compute.internal");
    mixed.nodes[1]["metadata"]["name"] = json!("n2");
    mixed.expect(0, &["n2 no pod ok"], &["NODE: without"]);
    // As Alibaba Cloud names them.
    let in_region = |region: &str| named(&|number| format!("{region}.10.0.0.{number}"));
    in_region("cn-hangzhou").expect(0, &["on cn-hangzhou.10.0.0.1", "10.0.0.1 yes pod ok", "NODE: without cn-hangzhou."], &[]);
    in_region("eu").expect(0, &["eu.10.0.0.1 yes pod ok"], &["NODE: without"]);
    let mut one = in_region("cn-hangzhou");
    one.nodes.truncate(1);
    one.expect(0, &["10.0.0.1 yes pod ok", "NODE: without cn-hangzhou."], &[]);
}

#[test]
fn nodes_that_hetzners_controller_cannot_find_are_no_backends() {
    let of = |ids: [Option<&str>; 2]| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["metadata"]["annotations"]["load-balancer.hetzner.cloud/location"] = json!("fsn1");
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }, { "ip": "2001:db8::1" }] } });
        for (node, id) in cluster.nodes.iter_mut().zip(ids) {
            node["spec"]["providerID"] = json!(id);
        }
        cluster
    };
    let said = ["DEPENDS: clients outside may fail", "by its spec.providerID, and n1 and n2 have none", "--cloud-provider=external"];
    // The address of the other family is the load balancer's own.
    of([None, None]).expect(4, &said, &["FINE", "nobody answers", "lost"]);
    let (_, overview) = of([None, None]).overview();
    assert!(overview.contains("spec.providerID"), "{overview}");
    of([Some("k3s://n1"), Some("k3s://n2")]).expect(4, &said, &["FINE"]);
    of([Some("hcloud://1"), None]).expect(0, &["FINE"], &["providerID"]);
}

#[test]
fn clients_outside_fail_where_a_known_cloud_leaves_every_node_out() {
    let of = |id: &str| {
        let label = "node.kubernetes.io/exclude-from-external-load-balancers";
        Cluster::with_policy("Local").made_by(id).labelled(0, label).labelled(1, label)
    };
    let said = ["WILL FAIL", "whatever its value, and both nodes have this label", "kubectl label nodes NODE"];
    let cluster = of("hcloud://1");
    cluster.expect(3, &said, &["FINE", "load-balancer.hetzner.cloud/hostname", "ipMode"]);
    let (code, overview) = of("hcloud://1").overview();
    assert!(code == 3 && overview.contains("fails outside: clients outside will fail"), "{overview}");
    of("qcloud:///1/ins-0").expect(4, &["or their role"], &["whatever its value"]);
}

#[test]
fn what_a_cloud_does_not_forward_strikes_clients_outside() {
    let of = |id: &str, protocols: [&str; 2]| {
        let mut cluster = Cluster::with_policy("Cluster").made_by(id);
        let port = |port: u16, name: &str, protocol: &str| json!({ "port": port, "name": name, "protocol": protocol, "targetPort": 8080 });
        cluster.service["spec"]["ports"] = json!([port(80, "http", protocols[0]), port(4108, "game", protocols[1])]);
        let ports =
            json!([{ "name": "http", "port": 8080, "protocol": protocols[0] }, { "name": "game", "port": 8080, "protocol": protocols[1] }]);
        cluster.slices[0]["ports"] = ports;
        cluster
    };
    let first = "the protocol of the Service's first port, TCP, for all of them: clients outside then get no answer at 4108/UDP";
    of("gce://p/z/n", ["TCP", "UDP"]).expect(4, &["DEPENDS: clients outside may fail", first, "a Service of its own"], &["FINE"]);
    of("gce://p/z/n", ["UDP", "TCP"]).expect(4, &["first port, UDP,", "no answer at 4108/TCP"], &["FINE"]);
    of("gce://p/z/n", ["TCP", "TCP"]).expect(0, &["FINE"], &["first port"]);
    of("hcloud://1", ["TCP", "UDP"]).expect(4, &["Hetzner's load balancers forward no UDP", "at 4108/UDP"], &["FINE"]);
    of("aws:///a/i-0", ["TCP", "UDP"]).expect(4, &["AWS's classic load balancers forward no UDP"], &["FINE"]);
    let nlb = of("aws:///a/i-0", ["TCP", "UDP"]).annotated(&[("aws-load-balancer-type", "nlb")]);
    nlb.expect(0, &["FINE"], &["forward no UDP"]);
    let mut of_class = of("hcloud://1", ["TCP", "UDP"]);
    of_class.service["spec"]["loadBalancerClass"] = json!("example.com/lb");
    of_class.expect(0, &["FINE"], &["forward no UDP"]);
}

#[test]
fn a_classic_load_balancer_of_aws_checks_the_first_port() {
    let of = |second: &str, annotations: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("aws:///a/i-0").annotated(annotations);
        let port = |port: u16, name: &str| json!({ "port": port, "name": name, "protocol": "TCP", "targetPort": name });
        cluster.service["spec"]["ports"] = json!([port(80, "http"), port(15443, "tls")]);
        cluster.slices[0]["ports"] = json!([{ "name": second, "port": 8443, "protocol": "TCP" }]);
        cluster
    };
    let said = "health-checks nodes at the node port of 80, the first port of the Service";
    of("tls", &[]).expect(3, &[said, "clients outside may get no answer at any port"], &[]);
    of("tls", &[("aws-load-balancer-healthcheck-port", "31000")]).expect(3, &["WILL FAIL"], &[said]);
    of("tls", &[("aws-load-balancer-type", "nlb")]).expect(3, &["WILL FAIL"], &[said]);
    of("http", &[]).expect(3, &["WILL FAIL"], &[said]);
}

#[test]
fn health_checks_of_kube_proxy_are_not_answered_by_every_replacement() {
    let of = |id: &str, policy: &str, release: &str| {
        let mut cluster = Cluster::with_policy(policy).made_by(id);
        let mut node = daemon_set("calico-node", &format!("calico/node:v{release}"), &[]);
        node["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "FELIX_BPFENABLED", "value": "true" }]);
        cluster.daemon_sets = vec![node];
        cluster.explained().1
    };
    let said = "health-checks kube-proxy at port 10256 of every node";
    for (id, policy, release, is_said) in [
        ("gce://p/z/n", "Cluster", "3.30.2", true),
        ("digitalocean://1", "Cluster", "3.28.0", true),
        ("gce://p/z/n", "Cluster", "3.31.0", false),
        ("gce://p/z/n", "Local", "3.30.2", false),
        ("aws:///a/i-0", "Cluster", "3.30.2", false),
    ] {
        let text = of(id, policy, release);
        assert_eq!(text.contains(said), is_said, "{id} {policy} {release}: {text}");
    }
}

#[test]
fn scaleways_controller_too_finds_machines_by_their_ids() {
    let mut cluster = Cluster::with_policy("Cluster").annotated(&[("scw-loadbalancer-id", "fr-par-1/0")]);
    cluster.nodes[0]["spec"]["providerID"] = json!(null);
    cluster.expect(4, &["Scaleway's cloud controller finds a node's machine by its spec.providerID"], &["FINE"]);
}

#[test]
fn traefik_reads_the_header_of_whom_it_trusts() {
    let of = |policy: &str, args: &[&str], annotation: &str| {
        let mut cluster = Cluster::with_policy(policy).made_by("digitalocean://1").annotated(&[(annotation, "true")]);
        cluster.others.push(json!({
            "kind": "Pod",
            "metadata": { "namespace": "shop", "name": "traefik-0", "labels": { "app": "web" } },
            "spec": { "nodeName": "n1", "containers": [{ "name": "traefik", "image": "docker.io/traefik:v3.1", "args": args, "ports": [{ "containerPort": 8080 }] }] },
        }));
        cluster
    };
    let written = "do-loadbalancer-enable-proxy-protocol";
    let web = "--entryPoints.web.address=:8080";
    let unread = "Traefik does not read it (pod shop/traefik-0 has no proxyProtocol.trustedIPs)";
    of("Cluster", &[web], written).expect(3, &["WILL FAIL: clients outside will fail", unread], &["FINE"]);
    of("Cluster", &[web], "do-loadbalancer-size-unit").expect(0, &["FINE"], &["Traefik"]);
    let trusts = |range: &str| format!("--entryPoints.web.proxyProtocol.trustedIPs={range}");
    let elsewhere = ["DEPENDS: clients outside may fail", "reads it only from 10.120.0.0/16", "may come from n1 and n2"];
    of("Cluster", &[web, &trusts("10.120.0.0/16")], written).expect(4, &elsewhere, &["FINE"]);
    of("Cluster", &[web, &trusts("192.0.2.0/24")], written).expect(0, &["FINE"], &["Traefik"]);
    of("Local", &[web, &trusts("10.120.0.0/16")], written).expect(0, &["FINE"], &["Traefik"]);
}

#[test]
fn kube_router_answers_no_health_checks_of_policy_local_before_2_1() {
    let of = |id: &str, policy: &str, release: &str| {
        let mut cluster = Cluster::with_policy(policy).made_by(id);
        cluster.daemon_sets =
            vec![daemon_set("kube-router", &format!("cloudnativelabs/kube-router:v{release}"), &["--run-service-proxy=true"])];
        cluster.explained().1
    };
    let said = "healthCheckNodePort, which kube-router does not serve before 2.1";
    for (id, policy, release, is_said) in [
        ("aws:///a/i-0", "Local", "1.5.4", true),
        ("aws:///a/i-0", "Local", "2.1.0", false),
        ("aws:///a/i-0", "Cluster", "1.5.4", false),
        ("", "Local", "1.5.4", false),
    ] {
        let text = of(id, policy, release);
        assert_eq!(text.contains(said), is_said, "{id} {policy} {release}: {text}");
    }
}

#[test]
fn nodes_of_the_control_plane_alone_are_no_backends_of_azure() {
    let mut cluster = Cluster::with_policy("Cluster").made_by("azure:///n");
    for index in 0..2 {
        cluster = cluster.labelled(index, "node-role.kubernetes.io/control-plane");
    }
    let said = ["Azure's cloud controller leaves out nodes labelled node-role.kubernetes.io/control-plane", "excludeMasterFromStandardLB"];
    cluster.expect(4, &said, &["exclude-from-external-load-balancers"]);
}
