//! `explain` on clusters that are not the lab, as kubectl prints them: for each kind of cluster on which the program was
//! once wrong the case itself, one that is near it and the same, and one that is near it and not the same.

mod announcers;
mod cilium;
mod cluster;
mod defects;
mod files;
mod languages;
mod manifests;
mod pods_and_clouds;
mod providers;
mod reported;

use serde_json::{Value, json};

use cluster::{Cluster, daemon_set, endpoint, http, kube_proxy, node, slice};

#[test]
fn the_cluster_that_all_others_are_made_of_is_fine() {
    Cluster::with_policy("Local").expect(0, &["FINE"], &["Open questions", "exclude", "EndpointSlice"]);
}

#[test]
fn a_port_without_endpoint_is_refused_everywhere() {
    let https = |slice_ports: Value| {
        let mut cluster = Cluster::with_policy("Cluster");
        let https = json!({ "port": 443, "name": "https", "protocol": "TCP", "targetPort": "https" });
        cluster.service["spec"]["ports"].as_array_mut().expect("ports").push(https);
        cluster.slices = vec![slice("web-1", &slice_ports, &[endpoint("10.244.1.5", Some("n1"), true)])];
        cluster
    };
    let said = ["WILL FAIL", "no endpoint has a port of this name", "container port named https"];
    https(http()).expect(3, &said, &["DNS name) inside"]);
    let both = |protocol: &str| json!([{ "name": "http", "port": 8080, "protocol": "TCP" }, { "name": "https", "port": 8443, "protocol": protocol }]);
    https(both("UDP")).expect(3, &said, &[]);
    https(both("TCP")).expect(0, &["FINE"], &["no endpoint"]);
}

#[test]
fn each_port_has_its_own_nodes() {
    let mut cluster = Cluster::with_policy("Local").of_release("v1.23.17");
    cluster.kube_proxy = kube_proxy("ipvs");
    cluster.service["spec"]["ports"].as_array_mut().expect("ports").push(json!({ "port": 81, "name": "admin", "protocol": "TCP" }));
    let admin = json!([{ "name": "admin", "port": 8081, "protocol": "TCP" }]);
    cluster.slices.push(slice("web-2", &admin, &[endpoint("10.244.2.5", Some("n2"), true)]));
    cluster.expect(3, &["n1 80 pod 80: ok", "81: refused", "n2 81 pod 80: refused", "81: ok"], &[]);
}

#[test]
fn a_node_that_cannot_be_asked_is_never_fine() {
    let mut windows = Cluster::with_policy("Local");
    windows.nodes[1]["metadata"]["labels"]["kubernetes.io/os"] = json!("windows");
    windows.expect(4, &["n2 - - not known", "DEPENDS", "n2 runs Windows"], &["FINE"]);
    let mut silent = Cluster::with_policy("Cluster");
    silent.nodes[1]["status"]["conditions"][0]["status"] = json!("Unknown");
    silent.expect(4, &["DEPENDS", "n2 is not Ready"], &["FINE"]);
    let mut fails = Cluster::with_policy("Local").of_release("v1.23.17");
    fails.kube_proxy = kube_proxy("ipvs");
    fails.nodes.push(node(3));
    fails.nodes[2]["metadata"]["labels"]["kubernetes.io/os"] = json!("windows");
    fails.expect(3, &["WILL FAIL", "n3 runs Windows"], &[]);
}

#[test]
fn other_protocols_follow_the_same_rules() {
    let of = |protocol: &str, mode: &str| {
        let mut cluster = Cluster::with_policy("Local").of_release("v1.23.17");
        cluster.kube_proxy = kube_proxy(mode);
        cluster.service["spec"]["ports"] = json!([{ "port": 53, "name": "dns", "protocol": protocol }]);
        let ports = json!([{ "name": "dns", "port": 53, "protocol": protocol }]);
        cluster.slices = vec![slice("web-1", &ports, &[endpoint("10.244.1.5", Some("n1"), true)])];
        cluster
    };
    of("UDP", "ipvs").expect(3, &["WILL FAIL", "port 53/UDP: refused"], &["FINE"]);
    of("SCTP", "ipvs").expect(3, &["WILL FAIL", "port 53/SCTP: refused"], &["FINE"]);
    of("UDP", "iptables").expect(0, &["FINE"], &["53/UDP: refused"]);
}

#[test]
fn antrea_answers_pods_and_kube_proxy_hosts() {
    let antrea = |tag: &str, config: Option<&str>| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.daemon_sets = vec![daemon_set("antrea-agent", &format!("antrea/antrea-agent-ubuntu:{tag}"), &[])];
        let map = |text: &str| {
            let metadata = json!({ "namespace": "kube-system", "name": "antrea-config" });
            json!({ "kind": "ConfigMap", "metadata": metadata, "data": { "antrea-agent.conf": text } })
        };
        cluster.others.extend(config.map(map));
        cluster
    };
    antrea("latest", None).expect(4, &["DEPENDS", "n2 (pod), port 80: refused, if Antrea is older", "AntreaProxy"], &["n2 (host)"]);
    let on_a_cloud = Some("trafficEncapMode: networkPolicyOnly\n");
    antrea("v1.12.0", on_a_cloud).expect(3, &["WILL FAIL: 1 of 12", "AntreaProxy, not kube-proxy"], &[]);
    antrea("v1.15.2", on_a_cloud).expect(0, &["FINE"], &["refused"]);
    antrea("v1.12.0", Some("trafficEncapMode: encap\n")).expect(0, &["FINE"], &[]);
    antrea("v1.12.0", Some("trafficEncapMode: networkPolicyOnly\nantreaProxy:\n  enable: false\n")).expect(0, &["FINE"], &[]);
}

#[test]
fn kube_router_is_named_where_it_is_the_service_proxy() {
    let kube_router = |tag: &str, args: &[&str]| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.daemon_sets = vec![daemon_set("kube-router", &format!("cloudnativelabs/kube-router:{tag}"), args)];
        cluster
    };
    let on = ["--run-service-proxy=true"];
    kube_router("latest", &on).expect(
        4,
        &["DEPENDS", "kube-router before 0.4 and 2.0 applies externalTrafficPolicy Local at the ClusterIP"],
        &[],
    );
    let old = ["WILL FAIL", "1. set externalTrafficPolicy to Cluster", "upgrade kube-router to 2.1"];
    kube_router("v2.0.1", &[]).expect(3, &old, &["dial web.shop"]);
    kube_router("v0.3.2", &[]).expect(3, &old, &["dial web.shop"]);
    // Between those, a ClusterIP leads to all endpoints where the node has none.
    kube_router("v1.6.0", &[]).expect(4, &["n2 no pod passed on or lost ok ok"], &["WILL FAIL"]);
    kube_router("v0.4.0", &[]).expect(4, &["n2 no pod passed on or lost ok ok"], &["WILL FAIL"]);
    kube_router("v2.2.0", &on).expect(4, &["kube-router does not hold the address"], &["at the ClusterIP too"]);
    let mut internal = kube_router("v2.2.0", &on);
    internal.service["spec"]["externalTrafficPolicy"] = json!("Cluster");
    internal.service["spec"]["internalTrafficPolicy"] = json!("Local");
    internal.expect(3, &["WILL FAIL", "kube-router has no virtual server"], &[]);
    kube_router("v1.6.0", &["--run-service-proxy=false"]).expect(0, &["FINE"], &["kube-router"]);
    // kube-router issue 1774.
    let annotated = |tag: &str, value: &str, policy: &str| {
        let mut cluster = kube_router(tag, &on);
        cluster.service["spec"]["externalTrafficPolicy"] = json!(policy);
        cluster.service["metadata"]["annotations"]["kube-router.io/service.local"] = json!(value);
        cluster
    };
    let said = "because of its annotation kube-router.io/service.local";
    let annotation = "1. take the annotation kube-router.io/service.local off the Service";
    let told = ["WILL FAIL", said, "at the ClusterIP too", "LBP724", annotation];
    annotated("v2.2.1", "true", "Cluster").expect(3, &told, &["FINE", "set externalTrafficPolicy to Cluster"]);
    annotated("v2.4.0", "true", "Cluster").expect(4, &["n2 no pod passed on or lost ok ok", said], &["FINE", "at the ClusterIP too"]);
    annotated("v1.6.0", "false", "Cluster").expect(4, &["n2 no pod passed on or lost ok ok", said], &["FINE"]);
    annotated("v2.2.1", "false", "Cluster").expect(0, &["FINE"], &[said]);
    annotated("v2.4.0", "true", "Local").expect(4, &["n2 no pod passed on or lost ok ok"], &["FINE", said]);
}

#[test]
fn an_address_of_a_family_that_the_service_lacks_is_nobodys() {
    let with_v6 = |cluster_ips: &[&str]| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["spec"]["clusterIPs"] = json!(cluster_ips);
        cluster.service["status"]["loadBalancer"]["ingress"] = json!([{ "ip": "198.51.100.1" }, { "ip": "2001:db8::1" }]);
        let mut v6 = slice("web-v6", &http(), &[endpoint("fd00::5", Some("n1"), true)]);
        v6["addressType"] = json!("IPv6");
        cluster.slices.push(v6);
        cluster
    };
    let said = ["WILL FAIL", "no ClusterIP of the address's family", "PreferDualStack"];
    with_v6(&["10.96.20.7"]).expect(3, &said, &[]);
    with_v6(&["10.96.20.7", "fd00:10::7"]).expect(0, &["FINE"], &["PreferDualStack"]);
    // k3s issue 6978: what it asks for already is no fix.
    let mut asks = with_v6(&["10.96.20.7"]);
    asks.service["spec"]["ipFamilyPolicy"] = json!("PreferDualStack");
    asks.expect(3, &["WILL FAIL", "already asks for both families", "make the cluster dual-stack"], &["ipFamilyPolicy PreferDualStack"]);
    // A proxy has a connection of its own to the nodes.
    with_v6(&["10.96.20.7"]).made_by("linode://1").expect(0, &["FINE", "passed on"], &["PreferDualStack", "nobody serves"]);
    // A cloud's own may serve it, and pods have no address to dial from.
    with_v6(&["10.96.20.7"]).made_by("gce://shop/europe-west1-b/n").expect(4, &["DEPENDS", "PreferDualStack"], &["FINE"]);
}

#[test]
fn a_load_balancer_without_backends_is_said_beside_fine() {
    let exclude = "node.kubernetes.io/exclude-from-external-load-balancers";
    let all = || Cluster::with_policy("Cluster").labelled(0, exclude).labelled(1, exclude);
    // kubeadm labels every control plane, and on machines of one's own nobody may look at it.
    let role = "node-role.kubernetes.io/control-plane";
    all().labelled(0, role).labelled(1, role).expect(0, &["FINE"], &["load balancers leave out"]);
    all().labelled(0, role).labelled(1, role).made_by("cloud://1").expect(4, &["load balancers leave out both nodes"], &[]);
    all().expect(
        4,
        &["DEPENDS: clients outside may fail: load balancers leave out both nodes", "; nothing is expected to fail inside", exclude],
        &[],
    );
    let metallb = |image: &str, args: &[&str]| {
        let mut cluster = Cluster::with_policy("Cluster").labelled(0, exclude).labelled(1, exclude);
        cluster.daemon_sets.push(daemon_set("speaker", image, args));
        cluster
    };
    let certain = ["WILL FAIL", "MetalLB announces the address from no node", "both nodes have this label", "ignoreExcludeLB"];
    metallb("metallb/speaker:v0.14.3", &[]).expect(3, &certain, &["or their role", "run the pods on others"]);
    metallb("metallb/speaker", &[]).expect(4, &["DEPENDS", "load balancers leave out both nodes"], &["run the pods on others"]);
    let mut beside = Cluster::with_policy("Local").labelled(0, exclude);
    beside.daemon_sets.push(daemon_set("speaker", "metallb/speaker:v0.14.3", &[]));
    beside.expect(3, &["MetalLB announces the address from no node", "only n1 could", "ignoreExcludeLB"], &[]);
    metallb("metallb/speaker:v0.13.12", &[]).expect(0, &["FINE"], &["leave out"]);
    metallb("metallb/speaker:v0.14.4", &["--ignore-exclude-lb"]).expect(0, &["FINE"], &["leave out"]);
    let of_endpoint = Cluster::with_policy("Local").labelled(0, exclude);
    of_endpoint.expect(4, &["endpoints are only on n1, which load balancers leave out"], &["still sends there"]);
    Cluster::with_policy("Local").labelled(1, exclude).expect(0, &["FINE"], &["leave out"]);
    let nodeless = |policy: &str| {
        let mut cluster = Cluster::with_policy(policy);
        cluster.slices = vec![slice("web-1", &http(), &[endpoint("192.0.2.200", None, true)])];
        cluster
    };
    nodeless("Local").expect(4, &["1 endpoint without a nodeName belongs to no node"], &[]);
    let by_cloud = nodeless("Cluster").made_by("gce://shop/europe-west1-b/n");
    nodeless("Cluster").expect(0, &["FINE", "1 endpoint without a nodeName belongs to no node"], &["health check"]);
    by_cloud.expect(0, &["FINE"], &["nodeName"]);
}

#[test]
fn an_internal_network_load_balancer_loses_one_connection_of_several() {
    let nlb = |annotations: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("aws:///eu-west-1a/i-1").annotated(annotations);
        cluster.service["status"]["loadBalancer"]["ingress"] = json!([{ "hostname": "lb.elb.example.com" }]);
        cluster
    };
    let of_type = ("aws-load-balancer-type", "nlb");
    let internal = ("aws-load-balancer-internal", "true");
    nlb(&[of_type, internal]).expect(4, &["DEPENDS", "preserve_client_ip.enabled=false", "dial web.shop"], &["FINE"]);
    let off = ("aws-load-balancer-target-group-attributes", "preserve_client_ip.enabled=false");
    nlb(&[of_type, internal, off]).expect(0, &["FINE"], &["timed out"]);
    nlb(&[of_type]).expect(0, &["FINE"], &["timed out"]);
    let mut by_class = nlb(&[]);
    by_class.service["spec"]["loadBalancerClass"] = json!("service.k8s.aws/nlb");
    by_class.expect(4, &["DEPENDS", "preserve_client_ip.enabled=false"], &["FINE"]);
}

#[test]
fn slices_that_nobody_keeps_are_named() {
    let managed = |by: &str, selector: bool| {
        let mut cluster = Cluster::with_policy("Cluster");
        if !selector {
            cluster.service["spec"]["selector"] = json!({});
            cluster.slices.clear();
        }
        let mut slice = slice("web-old", &http(), &[endpoint("10.244.2.9", Some("n2"), true)]);
        slice["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] = json!(by);
        cluster.slices.push(slice);
        cluster
    };
    let (mirroring, of_selectors) = ("endpointslicemirroring-controller.k8s.io", "endpointslice-controller.k8s.io");
    managed(mirroring, true).expect(4, &["DEPENDS", "EndpointSlice web-old (10.244.2.9) mirrors an Endpoints object"], &["FINE"]);
    // All of them: it is what the Service is meant to have, for all that the file says.
    let left_over = "EndpointSlice web-old (10.244.2.9) is left over from a selector";
    managed(of_selectors, false).expect(0, &["FINE", left_over], &[]);
    let mut beside_its_own = managed(of_selectors, false);
    let mut own = slice("web-own", &http(), &[endpoint("10.244.1.5", Some("n1"), true)]);
    own["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] = json!("my-controller.example.com");
    beside_its_own.slices.push(own);
    beside_its_own.expect(4, &["DEPENDS", left_over], &["FINE"]);
    managed(mirroring, false).expect(0, &["FINE"], &["EndpointSlice"]);
    managed("my-controller.example.com", true).expect(0, &["FINE"], &["EndpointSlice"]);
}

#[test]
fn distributions_without_a_config_map_have_defaults_that_are_told_as_assumed() {
    let of = |releases: [&str; 2]| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.kube_proxy = json!({ "kind": "ConfigMap", "metadata": { "namespace": "shop", "name": "other" } });
        cluster.slices = vec![slice("web-1", &http(), &[endpoint("10.42.1.5", Some("n1"), true)])];
        for (number, (node, release)) in (1..).zip(cluster.nodes.iter_mut().zip(releases)) {
            node["spec"]["podCIDRs"] = json!([format!("10.42.{number}.0/24")]);
            node["status"]["nodeInfo"]["kubeletVersion"] = json!(release);
        }
        cluster
    };
    let k3s = "kube-proxy in iptables mode, clusterCIDR 10.42.0.0/16 (assumed: k3s's default)";
    of(["v1.31.1+k3s1", "v1.31.1+k3s1"]).expect(0, &["FINE", k3s], &[]);
    of(["v1.31.1+rke2r1", "v1.31.1+rke2r1"]).expect(0, &["FINE", "assumed: RKE2's default"], &[]);
    of(["v1.31.1+k3s1", "v1.31.1"]).expect(4, &["DEPENDS"], &["assumed"]);
    let with_args = |args: [&str; 2]| {
        let mut own = of(["v1.31.1+k3s1", "v1.31.1+k3s1"]);
        for (node, args) in own.nodes.iter_mut().zip(args) {
            node["metadata"]["annotations"] = json!({ "k3s.io/node-args": args });
        }
        own
    };
    let ipvs = [r#"["server","--kube-proxy-arg","proxy-mode=ipvs"]"#, r#"["agent","--kube-proxy-arg=proxy-mode=ipvs"]"#];
    with_args(ipvs).expect(
        3,
        &["kube-proxy in ipvs mode", "assumed: k3s's default and --kube-proxy-arg", "n2 (host), port 80: timed out: kube-ipvs0 holds"],
        &[],
    );
    with_args([ipvs[0], r#"["agent"]"#]).expect(4, &["DEPENDS"], &["assumed"]);
    // What does not decide about Services need not be the same, and the range is in the server's arguments.
    let said = ["FINE", "clusterCIDR 10.40.0.0/13 (assumed: k3s's --cluster-cidr)"];
    let harmless = r#"["server","--cluster-cidr","10.40.0.0/13","--kube-proxy-arg","metrics-bind-address=0.0.0.0"]"#;
    with_args([harmless, r#"["agent"]"#]).expect(0, &said, &["its ConfigMap"]);
    with_args([r#"["server","--kube-proxy-arg","config=/etc/proxy.yaml"]"#; 2]).expect(4, &["DEPENDS"], &["assumed"]);
    with_args([r#"["server","--kube-proxy-arg","hostname-override=box"]"#; 2]).expect(4, &["DEPENDS"], &["assumed"]);
    with_args([r#"["server","--disable-kube-proxy"]"#; 2]).expect(4, &["DEPENDS"], &["assumed"]);
}

#[test]
fn a_daemon_sets_arguments_are_a_configuration() {
    let aks = |args: &[&str]| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.kube_proxy = daemon_set("kube-proxy", "oss/kubernetes/kube-proxy:v1.29.7", args);
        cluster
    };
    let azure = ["--cluster-cidr=10.251.0.0/16", "--detect-local-mode=InterfaceNamePrefix", "--pod-interface-name-prefix=azv"];
    aks(&azure).expect(0, &["FINE", "(DaemonSet kube-system/kube-proxy)"], &[]);
    aks(&["--cluster-cidr=10.251.0.0/16"]).expect(3, &["clusterCIDR 10.251.0.0/16", "n2 (pod), port 80: timed out"], &[]);
    let mut gke = aks(&[]);
    let line = "exec kube-proxy --cluster-cidr=10.4.0.0/14 --detect-local-mode=NodeCIDR 1>>/var/log/kube-proxy.log";
    let containers = json!([{ "name": "kube-proxy", "image": "kube-proxy-amd64:v1.29.7-gke.1", "command": ["sh", "-c", line] }]);
    let pod = |node: &str| {
        json!({
            "kind": "Pod",
            "metadata": { "namespace": "kube-system", "name": format!("kube-proxy-{node}"), "labels": { "component": "kube-proxy" } },
            "spec": { "nodeName": node, "containers": containers },
        })
    };
    gke.kube_proxy = pod("n1");
    gke.others.push(pod("n2"));
    gke.expect(0, &["FINE", "(pod kube-system/kube-proxy-n1)"], &[]);
    aks(&["--config=/var/lib/kube-proxy/config.conf", "--cluster-cidr=10.251.0.0/16"]).expect(4, &["DEPENDS"], &["10.251"]);
}

#[test]
fn an_address_in_two_slices_does_not_go_by_their_order() {
    let copies = |ready: [bool; 2]| {
        let mut cluster = Cluster::with_policy("Cluster");
        let copy = |(number, ready): (u8, bool)| slice(&format!("web-{number}"), &http(), &[endpoint("10.244.1.5", Some("n1"), ready)]);
        cluster.slices = (1..).zip(ready).map(copy).collect();
        cluster
    };
    copies([false, true]).expect(0, &["FINE"], &[]);
    copies([true, false]).expect(0, &["FINE"], &[]);
    copies([false, false]).expect(3, &["WILL FAIL"], &[]);
}

#[test]
fn node_pools_of_terway_are_told_apart() {
    let mut cluster = Cluster::with_policy("Local").made_by("cn-hongkong.i-0");
    cluster.kube_proxy = kube_proxy("ipvs");
    cluster.daemon_sets = vec![daemon_set("terway-eniip", "acs/terway:v1.11.0", &[])];
    let metadata = json!({ "namespace": "kube-system", "name": "eni-config" });
    cluster.others.push(json!({ "kind": "ConfigMap", "metadata": metadata, "data": { "eni_conf": "{}" } }));
    cluster.nodes[1]["metadata"]["labels"]["k8s.aliyun.com/exclusive-mode-eni-type"] = json!("eniOnly");
    cluster.expect(3, &["n2 no pod passed on ok ok", "host timed out", "none, if the load balancer dials the pods themselves"], &[]);
}

#[test]
fn what_the_load_balancer_adds_is_missing_inside() {
    let hetzner = |value: &str| {
        let mut cluster = Cluster::with_policy("Local").made_by("hcloud://1");
        cluster.service["metadata"]["annotations"]["load-balancer.hetzner.cloud/uses-proxyprotocol"] = json!(value);
        cluster
    };
    hetzner("true").expect(4, &["DEPENDS", "the PROXY header"], &["FINE"]);
    hetzner("false").expect(0, &["FINE"], &["PROXY header:"]);
    let mut hidden = hetzner("true");
    hidden.service["status"]["loadBalancer"]["ingress"] = json!([{ "hostname": "lb.example.com" }]);
    hidden.expect(0, &["FINE"], &["PROXY header:"]);
    let tls = [("do-loadbalancer-tls-ports", "80")];
    Cluster::with_policy("Local").annotated(&tls).expect(4, &["DEPENDS", "TLS on port 80"], &["FINE"]);
}

#[test]
fn data_paths_in_kube_proxys_place_are_sure_of_what_was_read_alone() {
    let of = |name: &str, image: &str, kubelet: &str| {
        let mut cluster = Cluster::with_policy("Local").of_release(kubelet);
        cluster.daemon_sets = vec![daemon_set(name, image, &[])];
        cluster
    };
    of("ovnkube-node", "ovn@sha256:0", "v1.27.3").expect(0, &["FINE", "OVN-Kubernetes answers for Services"], &["in iptables mode"]);
    of("ovnkube-node", "ovn@sha256:0", "v1.20.0").expect(4, &["DEPENDS", "if its release does not do what recent ones do"], &["FINE"]);
    let mut ranges = of("ovnkube-node", "ovn@sha256:0", "v1.27.3");
    ranges.service["spec"]["loadBalancerSourceRanges"] = json!(["203.0.113.0/24"]);
    ranges.expect(4, &["DEPENDS", "no source range contains the client's address"], &["FINE"]);
}

#[test]
fn a_service_without_a_load_balancer_has_node_ports_or_external_ips() {
    let of = |policy: &str, spec: &Value| {
        let mut cluster = Cluster::with_policy(policy);
        cluster.service["status"] = json!({});
        for (field, value) in spec.as_object().expect("an object") {
            cluster.service["spec"][field] = value.clone();
        }
        cluster
    };
    let node_port = json!({
        "type": "NodePort",
        "ports": [{ "port": 80, "name": "http", "protocol": "TCP", "targetPort": 8080, "nodePort": 30080 }],
    });
    let at_n2 = "n1 (pod and host), at the node port of n2 (port 80): timed out by the rules there: externalTrafficPolicy Local";
    let outside = "clients outside get no answer at the node ports of n2";
    of("Local", &node_port).expect(3, &["type NodePort", "WILL FAIL", at_n2, outside, "1. set externalTrafficPolicy to Cluster"], &[]);
    of("Cluster", &node_port).expect(0, &["type NodePort", "FINE"], &["the load balancer"]);
    let external = json!({ "type": "ClusterIP", "externalIPs": ["198.51.100.9"] });
    of("Local", &external).expect(0, &["externalIPs 198.51.100.9", "FINE"], &["the load balancer"]);
    of("Cluster", &json!({ "type": "ClusterIP" })).expect(1, &["is of type ClusterIP and has no externalIPs"], &[]);
}

/// Whoever types a node's address and a node port dials it, load balancer or not.
#[test]
fn a_node_port_that_is_asked_for_is_a_matter_of_clients() {
    let of = |policy: &str| Cluster::with_policy(policy).with_node_port(30080);
    let (code, text) = of("Local").explained_as("192.0.2.2:30080");
    let at_n2 = "at the node port of n2 (port 80): timed out by the rules there";
    for part in ["WILL FAIL", at_n2, "clients outside get no answer at the node ports of n2", "1. set externalTrafficPolicy to Cluster"] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
    assert_eq!((code, text.contains("clients do not dial")), (3, false), "{text}");
    // The one that works is well, whatever those of other nodes do; and the one that fails is dialled among many, too.
    let (code, text) = of("Local").explained_as("192.0.2.1:30080");
    assert_eq!((code, text.contains("FINE"), text.contains("node ports of n2:")), (0, true, false), "{text}");
    let mut third = of("Local");
    third.nodes.push(node(3));
    let (code, text) = third.explained_as("192.0.2.3:30080");
    assert_eq!((code, text.contains("at the node port of n3"), text.contains("node ports of n3:")), (3, true, true), "{text}");
    let (code, text) = of("Cluster").explained_as("192.0.2.2:30080");
    assert_eq!((code, text.contains("FINE")), (0, true), "{text}");
    // By the Service's name they are evidence.
    of("Local").expect(0, &["FINE", "At node ports that clients do not dial"], &["at the node port of n2"]);
}

#[test]
fn pods_are_where_they_were_seen() {
    let cluster = |cluster_cidr: &str, endpoint_at: &str, pool: Option<&str>| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.kube_proxy = kube_proxy("iptables");
        cluster.kube_proxy["data"]["config.conf"] = json!(format!("mode: iptables\nclusterCIDR: {cluster_cidr}\n"));
        cluster.slices = vec![slice("web-1", &http(), &[endpoint(endpoint_at, Some("n1"), true)])];
        cluster.daemon_sets = vec![daemon_set("calico-node", "calico/node:v3.28.0", &[])];
        if let Some(pool) = pool {
            cluster.daemon_sets[0]["spec"]["template"]["spec"]["containers"][0]["env"] =
                json!([{ "name": "CALICO_IPV4POOL_CIDR", "value": pool }]);
        }
        cluster
    };
    // Every node has a podCIDR of 10.244.0.0/16, which Calico's own pools need not go by.
    cluster("10.244.0.0/16", "10.34.1.5", Some("10.34.0.0/16")).expect(3, &["n2 no pod timed out", "10.34.1.5"], &["FINE"]);
    cluster("10.244.0.0/16", "10.34.1.5", None).expect(4, &["DEPENDS", "kube-proxy does not count the pod as local"], &["FINE"]);
    cluster("10.34.0.0/16", "10.34.1.5", Some("10.34.0.0/16")).expect(0, &["FINE"], &[]);
    cluster("10.34.0.0/16", "10.34.1.5", None).expect(0, &["FINE"], &[]);
    let mut by_node = cluster("10.34.0.0/16", "10.34.1.5", Some("10.34.0.0/16"));
    by_node.kube_proxy["data"]["config.conf"] = json!("mode: iptables\ndetectLocalMode: NodeCIDR\n");
    by_node.expect(3, &["n2 no pod timed out"], &["FINE"]);
    cluster("10.244.0.0/16", "10.244.1.5", Some("10.244.0.0/16")).expect(0, &["FINE"], &[]);
    // Pods in the file show it as well.
    let mut seen = cluster("10.244.0.0/16", "10.34.1.5", None);
    seen.others.push(json!({
        "kind": "Pod",
        "metadata": { "namespace": "shop", "name": "client" },
        "spec": { "nodeName": "n2", "containers": [] },
        "status": { "phase": "Running", "podIPs": [{ "ip": "10.34.2.9" }] },
    }));
    seen.expect(3, &["n2 no pod timed out"], &[]);
}

#[test]
fn a_kube_proxy_of_one_name_everywhere_counts_no_endpoint() {
    let cluster = |command: &[&str], args: &[&str]| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.kube_proxy = kube_proxy("ipvs");
        let mut set = daemon_set("kube-proxy", "kube-proxy:v1.23.17", args);
        set["spec"]["template"]["spec"]["containers"][0]["command"] = json!(command);
        cluster.daemon_sets.push(set);
        cluster.of_release("v1.23.17")
    };
    let name = "kube-proxy runs under a different node name";
    let literal = cluster(&["kube-proxy"], &["--config=/c", "--hostname-override=${NODE_NAME}"]);
    literal.expect(3, &["n1 yes pod refused", name, "grep -n hostname-override"], &[]);
    cluster(&["kube-proxy"], &["--config=/c", "--hostname-override=$(NODE_NAME)"]).expect(3, &["n1 yes pod ok"], &[name]);
    let mut unverified = Cluster::with_policy("Local");
    unverified.kube_proxy["data"]["config.conf"] = json!("mode: iptables\nclusterCIDR: 10.244.0.0/16\nhostnameOverride: n1\n");
    unverified.expect(4, &["DEPENDS", "whether every kube-proxy runs as n1"], &["FINE"]);
    let shell = cluster(&["sh", "-c", "kube-proxy --hostname-override=${NODE_NAME}"], &[]);
    shell.expect(3, &["n1 yes pod ok"], &[name]);
}

#[test]
fn an_address_of_a_node_cuts_it_off_in_ipvs_mode() {
    let of = |mode: &str, address: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.kube_proxy = kube_proxy(mode);
        cluster.service["spec"]["externalIPs"] = json!([address]);
        cluster
    };
    let said = [
        "WILL FAIL: kube-proxy in ipvs mode binds 192.0.2.1, the address of n1 itself",
        "They and n1 no longer reach each other",
        "give the Service an address that no node has",
    ];
    of("ipvs", "192.0.2.1").expect(3, &said, &["FINE", "Open questions"]);
    // Of nodes that are alike the one with the address counts by itself.
    let mut alike = of("ipvs", "192.0.2.4");
    alike.nodes.extend([node(3), node(4), node(5)]);
    let (code, overview) = alike.overview();
    assert!(code == 3 && overview.contains("binds 192.0.2.4, the address of n4 itself"), "{overview}");
    of("ipvs", "198.51.100.9").expect(0, &["FINE"], &[]);
    of("iptables", "192.0.2.1").expect(0, &["FINE"], &[]);
    let mut unknown = of("ipvs", "192.0.2.1");
    unknown.kube_proxy = json!({ "kind": "ConfigMap", "metadata": { "namespace": "shop", "name": "other" } });
    unknown.expect(4, &["kube-proxy's mode: in ipvs mode it binds 192.0.2.1, the address of n1"], &[]);
    let mut proxied = of("ipvs", "198.51.100.9");
    proxied.service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "192.0.2.1", "ipMode": "Proxy" }] } });
    proxied.expect(0, &["FINE"], &[]);
}

#[test]
fn annotations_choose_nodes_by_their_labels() {
    let of = |value: &str| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("aws:///eu-west-1a/i-0").labelled(0, "edge");
        let annotations =
            [("aws-load-balancer-type", "nlb"), ("aws-load-balancer-internal", "true"), ("aws-load-balancer-target-node-labels", value)];
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": "lb.example.com" }] } });
        cluster = cluster.annotated(&annotations);
        cluster
    };
    // The only backend gets every connection of its own.
    of("edge=true").expect(3, &["n1 (pod and host), port 80: timed out: the load balancer keeps"], &["n2 no pod timed out"]);
    let nobody = ["an annotation limits the backends to nodes labelled edge=false", "lost, if the load balancer has no backend"];
    of("edge=false").expect(4, &nobody, &["FINE"]);
    of("").expect(4, &["n2 no pod passed on or timed out"], &[]);
}

#[test]
fn what_is_planned_for_kube_proxy_is_predicted_as_planned() {
    let of = |mode: &str, release: &str, gates: &str| {
        let mut cluster = Cluster::with_policy("Cluster").of_release(release);
        cluster.kube_proxy["data"]["config.conf"] =
            json!(format!("mode: {mode:?}\nclusterCIDR: 10.244.0.0/16\nfeatureGates: {{{gates}}}\n"));
        cluster
    };
    of("ipvs", "v1.36.0", "").expect(0, &["FINE", "from 1.40 it is planned to refuse to start"], &[]);
    of("ipvs", "v1.34.0", "").expect(0, &["FINE"], &["planned"]);
    of("ipvs", "v1.40.0", "").expect(3, &["WILL FAIL", "from 1.40, kube-proxy is planned not to start in ipvs mode"], &[]);
    // What is predicted of a release that nobody has seen is never FINE.
    let not_compared = "(run measures it). Everything else is expected to connect";
    let first_said = "DEPENDS: whether kube-proxy 1.40 on n1 and n2 does";
    of("ipvs", "v1.40.0", "KubeProxyIPVS: true").expect(4, &[not_compared, first_said], &[]);
    of("", "v1.39.0", "").expect(4, &[not_compared, "kube-proxy in iptables mode"], &[]);
    of("", "v1.40.0", "").expect(4, &[not_compared, "kube-proxy in nftables mode"], &[]);
    of("iptables", "v1.22.17", "").expect(4, &["whether kube-proxy 1.22 on n1 and n2 does"], &[]);
    of("iptables", "v1.23.0", "").expect(0, &["FINE"], &["whether kube-proxy"]);
    let external = |release: &str, gates: &str| {
        let mut cluster = of("iptables", release, gates);
        cluster.service["spec"]["externalIPs"] = json!(["198.51.100.9"]);
        cluster
    };
    external("v1.36.0", "").expect(0, &["FINE", "externalIPs are deprecated from 1.36,"], &[]);
    external("v1.40.0", "").expect(3, &["WILL FAIL", "n1 yes pod ok lost"], &[]);
    external("v1.40.0", "AllowServiceExternalIPs: true").expect(4, &["n1 yes pod ok ok"], &["passed on"]);
}

#[test]
fn an_event_tells_the_mode_where_nothing_else_does() {
    let of = |reason: &str| {
        let mut cluster = Cluster::with_policy("Local").of_release("v1.36.0");
        cluster.kube_proxy = json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "other" } });
        let node = json!({ "kind": "Node", "name": "n2" });
        let metadata = json!({ "namespace": "default", "name": "n2.1" });
        cluster.others.push(json!({ "kind": "Event", "metadata": metadata, "involvedObject": node, "reason": reason }));
        cluster
    };
    // It tells of its own node alone.
    of("IPVSDeprecation").expect(3, &["n2 no pod ok ok ok host timed out", "kube-proxy's configuration"], &["FINE"]);
    of("NodeReady").expect(4, &["DEPENDS", "kube-proxy's configuration"], &["FINE"]);
    let mut other = of("NodeReady");
    other.others[0] = json!({ "apiVersion": "eventing.example.com/v1", "kind": "Event", "metadata": { "name": "e" }, "reason": 7 });
    other.expect(4, &["DEPENDS"], &[]);
}

#[test]
fn health_checks_that_no_node_passes_are_told() {
    let azure = |annotations: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("azure:///n").annotated(annotations);
        cluster.service["spec"]["ports"][0]["appProtocol"] = json!("http");
        cluster
    };
    azure(&[]).expect(4, &["DEPENDS: clients outside may fail", "health-checks port 80 at / over HTTP"], &[]);
    let path = ("azure-load-balancer-health-probe-request-path", "/healthz");
    let at_path = "health-checks port 80 at /healthz over HTTP";
    let advised = ["DEPENDS: clients outside may fail", at_path, "--path /healthz", "port_80_health-probe_protocol: tcp"];
    azure(&[path]).expect(4, &advised, &[]);
    azure(&[("azure-load-balancer-health-probe-protocol", "tcp")]).expect(4, &["at / over HTTP"], &[]);
    azure(&[("port_80_health-probe_protocol", "tcp"), path]).expect(0, &["FINE"], &["over HTTP"]);
    let nginx = |settings: Value| {
        let mut cluster = azure(&[path]);
        let labels = json!({ "app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/instance": "edge" });
        cluster.service["spec"]["selector"] = labels.clone();
        let metadata = json!({ "namespace": "shop", "name": "edge-controller", "labels": labels });
        cluster.others.push(json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": settings }));
        cluster
    };
    nginx(json!({})).expect(0, &["FINE"], &["over HTTP"]);
    let refuses = ["DEPENDS", at_path, "server-snippet in ConfigMap shop/edge-controller may refuse it"];
    nginx(json!({ "server-snippet": "if ($http_x = '') { return 403; }" })).expect(4, &refuses, &[]);
    let with_ingress = |path: &str| {
        let mut cluster = nginx(json!({}));
        let annotations = json!({ "nginx.ingress.kubernetes.io/rewrite-target": "/$1" });
        let backend = json!({ "service": { "name": "web", "port": { "number": 80 } } });
        let paths = json!([{ "path": path, "pathType": "ImplementationSpecific", "backend": backend }]);
        cluster.others.push(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": { "namespace": "shop", "name": "all", "annotations": annotations },
            "spec": { "ingressClassName": "nginx", "rules": [{ "http": { "paths": paths } }] },
        }));
        cluster
    };
    with_ingress("/(.*)").expect(
        4,
        &["DEPENDS", at_path, "path /(.*) without a host in Ingress shop/all may take it", "give the path in Ingress shop/all a host"],
        &[],
    );
    with_ingress("/api/(.*)").expect(0, &["FINE"], &["over HTTP"]);
    let hetzner = |mode: &str| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("hcloud://1");
        cluster.kube_proxy = kube_proxy(mode);
        cluster.service["metadata"]["annotations"]["load-balancer.hetzner.cloud/use-private-ip"] = json!("true");
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "10.0.0.5" }] } });
        cluster
    };
    hetzner("ipvs").expect(4, &["DEPENDS: clients outside may fail", "health checks come from 10.0.0.5"], &[]);
    hetzner("iptables").expect(0, &["FINE"], &["10.0.0.5, which"]);
}

#[test]
fn data_paths_of_releases_that_were_not_read_are_not_sure_under_any_policy() {
    let cilium = |release: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.daemon_sets = vec![daemon_set("cilium", &format!("cilium:v{release}"), &[])];
        let metadata = json!({ "namespace": "kube-system", "name": "cilium-config" });
        cluster.others.push(json!({ "kind": "ConfigMap", "metadata": metadata, "data": { "kube-proxy-replacement": "false" } }));
        cluster
    };
    cilium("1.18.4").expect(0, &["FINE"], &[]);
    cilium("1.19.7").expect(4, &["DEPENDS", "cilium issue 48178"], &["FINE"]);
    let mut ovn = Cluster::with_policy("Cluster").of_release("v1.20.0");
    ovn.daemon_sets = vec![daemon_set("ovnkube-node", "ovn@sha256:0", &[])];
    ovn.expect(4, &["DEPENDS", "of a release that was not looked at"], &["FINE"]);
}

#[test]
fn a_family_without_endpoints_is_refused() {
    let of = |policy: &str, slices: &[&str]| {
        let mut cluster = Cluster::with_policy(policy);
        cluster.service["spec"]["clusterIPs"] = json!(["10.96.20.7", "fd00::7"]);
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }, { "ip": "2001:db8::1" }] } });
        for node in 1..=2 {
            let ranges = json!([format!("10.244.{node}.0/24"), format!("fd00:{node}::/64")]);
            cluster.nodes[node - 1]["spec"]["podCIDRs"] = ranges;
        }
        let config = "mode: iptables\nclusterCIDR: 10.244.0.0/16,fd00::/16\n";
        cluster.kube_proxy["data"]["config.conf"] = json!(config);
        cluster.slices = slices.iter().map(|address| slice(address, &http(), &[endpoint(address, Some("n1"), true)])).collect();
        cluster
    };
    of("Cluster", &["10.244.1.5", "fd00:1::5"]).expect(0, &["FINE"], &[]);
    of("Cluster", &["10.244.1.5"]).expect(3, &["WILL FAIL"], &["FINE"]);
}

#[test]
fn a_reused_load_balancer_may_have_listeners_that_ipvs_hides() {
    let of = |mode: &str, annotations: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy("Cluster").annotated(annotations);
        cluster.kube_proxy = kube_proxy(mode);
        cluster
    };
    let reused = [("alibaba-cloud-loadbalancer-id", "lb-1")];
    of("ipvs", &reused).expect(0, &["FINE", "load balancer lb-1 existed before the Service", "dial such a port with --port"], &[]);
    of("iptables", &reused).expect(0, &["FINE"], &["lb-1"]);
    of("ipvs", &[]).expect(0, &["FINE"], &["existed before"]);
}

#[test]
fn steady_udp_senders_may_stay_with_an_endpoint_that_is_gone() {
    let of = |protocol: &str, release: &str| {
        let mut cluster = Cluster::with_policy("Cluster").of_release(release);
        cluster.service["spec"]["ports"][0]["protocol"] = json!(protocol);
        cluster.slices = vec![slice(
            "web-1",
            &json!([{ "name": "http", "port": 8080, "protocol": protocol }]),
            &[endpoint("10.244.1.5", Some("n1"), true)],
        )];
        cluster
    };
    of("UDP", "v1.31.4").expect(0, &["FINE", "steady senders at UDP port 80", "conntrack -D -p udp"], &[]);
    of("UDP", "v1.32.0").expect(0, &["FINE"], &["steady senders"]);
    of("TCP", "v1.31.4").expect(0, &["FINE"], &["steady senders"]);
}

#[test]
fn node_ports_are_of_the_families_of_the_service() {
    let of = |families: &[&str], node_addresses: &[&str]| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["status"] = json!({});
        cluster.service["spec"]["type"] = json!("NodePort");
        cluster.service["spec"]["ports"][0]["nodePort"] = json!(30080);
        cluster.service["spec"]["clusterIPs"] = json!(families);
        cluster.kube_proxy["data"]["config.conf"] = json!("mode: iptables\nclusterCIDR: 10.244.0.0/16,fd00::/16\n");
        let endpoints = families.iter().map(|own| if own.contains(':') { "fd00:1::5" } else { "10.244.1.5" });
        cluster.slices = endpoints.map(|address| slice(address, &http(), &[endpoint(address, Some("n1"), true)])).collect();
        for (index, node) in cluster.nodes.iter_mut().enumerate() {
            let addresses: Vec<_> = node_addresses
                .iter()
                .map(|address| json!({ "type": "InternalIP", "address": format!("{address}{}", index + 1) }))
                .collect();
            node["status"]["addresses"] = json!(addresses);
            node["spec"]["podCIDRs"] = json!([format!("10.244.{}.0/24", index + 1), format!("fd00:{}::/64", index + 1)]);
        }
        cluster
    };
    let both = ["192.0.2.", "2001:db8::"];
    of(&["fd00::7"], &both).expect(0, &["FINE", "NODEPORT"], &["OWN"]);
    of(&["10.96.20.7"], &both).expect(0, &["FINE", "OWN"], &[]);
    of(&["10.96.20.7"], &["2001:db8::", "192.0.2."]).expect(0, &["FINE"], &["OWN"]);
}

#[test]
fn cilium_that_replaces_kube_proxy_in_part_is_not_trusted() {
    let of = |data: &Value| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.daemon_sets = vec![daemon_set("cilium", "cilium:v1.14.4", &[])];
        let metadata = json!({ "namespace": "kube-system", "name": "cilium-config" });
        cluster.others.push(json!({ "kind": "ConfigMap", "metadata": metadata, "data": data }));
        cluster
    };
    of(&json!({ "kube-proxy-replacement": "partial" })).expect(4, &["DEPENDS", "only in part"], &["FINE"]);
    // What Helm writes by default: full replacement turns its socket load balancer on.
    of(&json!({ "kube-proxy-replacement": "true", "bpf-lb-sock": "false" })).expect(0, &["FINE"], &[]);
    of(&json!({ "kube-proxy-replacement": "true" })).expect(0, &["FINE"], &[]);
    let mut unread = of(&json!({}));
    unread.others.clear();
    unread.expect(4, &["DEPENDS", "or its configuration was not read"], &["FINE"]);
    let mut elsewhere = of(&json!({ "kube-proxy-replacement": "true" }));
    for object in elsewhere.daemon_sets.iter_mut().chain(&mut elsewhere.others) {
        object["metadata"]["namespace"] = json!("cozy-cilium");
    }
    elsewhere.expect(0, &["FINE"], &["only in part"]);
    // The placeholder of its Ingress: Envoy answers where Cilium has the address.
    let ingress = |replacement: &str| {
        let mut cluster = of(&json!({ "kube-proxy-replacement": replacement }));
        cluster.slices = vec![slice("web-1", &json!([{ "port": 9999, "protocol": "TCP" }]), &[endpoint("192.192.192.192", None, true)])];
        cluster
    };
    ingress("true").expect(0, &["FINE"], &["bring the pods"]);
    ingress("false").expect(4, &["DEPENDS", "the endpoint is a placeholder"], &["bring the pods", "FINE"]);
}

#[test]
fn marks_and_direct_answers_of_other_data_paths_are_not_trusted() {
    let mut cilium = Cluster::with_policy("Cluster");
    cilium.kube_proxy = kube_proxy("ipvs");
    cilium.service["spec"]["type"] = json!("NodePort");
    cilium.service["status"] = json!({});
    cilium.service["spec"]["ports"][0]["nodePort"] = json!(30080);
    cilium.daemon_sets = vec![daemon_set("cilium", "cilium:v1.11.0", &[])];
    let metadata = json!({ "namespace": "kube-system", "name": "cilium-config" });
    cilium.others.push(json!({ "kind": "ConfigMap", "metadata": metadata, "data": { "kube-proxy-replacement": "disabled" } }));
    cilium.expect(4, &["DEPENDS", "packet marks may collide"], &["FINE"]);
    let router = |annotations: Value| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["metadata"]["annotations"] = annotations;
        cluster.daemon_sets = vec![daemon_set("kube-router", "kube-router:v2.5.0", &[])];
        cluster
    };
    router(json!({ "kube-router.io/service.dsr": "tunnel" })).expect(4, &["DEPENDS"], &["FINE"]);
    router(json!({})).expect(0, &["FINE"], &[]);
}

#[test]
fn kube_vip_may_announce_from_a_node_without_an_endpoint() {
    let of = |policy: &str, host: Option<&str>, chosen: Option<&str>| {
        let mut cluster = Cluster::with_policy(policy).labelled(1, "edge");
        if let Some(host) = host {
            cluster.service["metadata"]["annotations"]["kube-vip.io/vipHost"] = json!(host);
        }
        let mut kube_vip = daemon_set("kube-vip-ds", "ghcr.io/kube-vip/kube-vip:v0.8.0", &[]);
        if let Some(label) = chosen {
            kube_vip["spec"]["template"]["spec"]["nodeSelector"] = json!({ label: "true" });
        }
        cluster.daemon_sets.push(kube_vip);
        cluster
    };
    let may = ["DEPENDS: clients outside may fail", "kube-vip may announce the address from a node without an endpoint (n2)"];
    of("Local", None, None).expect(4, &may, &["FINE"]);
    of("Cluster", None, None).expect(0, &["FINE"], &["may announce"]);
    // It says where the address is now.
    let is = ["WILL FAIL: clients outside will fail", "kube-vip announces the address from n2 (annotation kube-vip.io/vipHost)"];
    of("Local", Some("n2"), None).expect(3, &is, &["FINE", "may announce"]);
    of("Local", Some("n1"), None).expect(4, &may, &["announces the address from n1"]);
    of("Cluster", Some("n2"), None).expect(0, &["FINE"], &["announces the address"]);
    // It runs on no other node.
    of("Local", None, Some("edge")).expect(4, &may, &[]);
    of("Local", None, Some("control-plane")).expect(0, &["FINE"], &["may announce"]);
    // The annotation of another program makes no cloud of it.
    let cloud = of("Local", Some("n2"), None).made_by("azure:///a");
    cloud.expect(0, &["FINE"], &["health check at"]);
}

/// kubernetes issue 66966.
#[test]
fn the_api_servers_address_is_lost_to_nodes_in_ipvs_mode() {
    let of = |mode: &str, server: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.kube_proxy = kube_proxy(mode);
        let kubeconfig =
            format!("apiVersion: v1\nkind: Config\nclusters:\n- name: default\n  cluster:\n    server: https://{server}:6443\n");
        cluster.kube_proxy["data"]["kubeconfig.conf"] = json!(kubeconfig);
        cluster.service["spec"]["externalIPs"] = json!(["192.0.2.100"]);
        cluster
    };
    let said = [
        "WILL FAIL: kube-proxy in ipvs mode binds 192.0.2.100 on every node",
        "nodes lose the API server. The checks below",
        "give the Service an address that no node has",
    ];
    of("ipvs", "192.0.2.100").expect(3, &said, &["FINE"]);
    let (code, overview) = of("ipvs", "192.0.2.100").overview();
    assert!(code == 3 && overview.contains("nodes lose the API server"), "{overview}");
    of("ipvs", "192.0.2.99").expect(0, &["FINE"], &[]);
    of("ipvs", "api.example.com").expect(0, &["FINE"], &[]);
    of("iptables", "192.0.2.100").expect(0, &["FINE"], &[]);
}

/// kubespray issue 3610.
#[test]
fn node_ports_under_a_wrong_name_fail_beside_endpoints_too() {
    let mut cluster = Cluster::with_policy("Local").with_node_port(30080);
    cluster.service["spec"]["type"] = json!("NodePort");
    cluster.daemon_sets.push(daemon_set("kube-proxy", "kube-proxy:v1.30.4", &["--hostname-override=other"]));
    cluster.expect(3, &["clients outside get no answer at the node ports of n1 and n2"], &["FINE"]);
}
