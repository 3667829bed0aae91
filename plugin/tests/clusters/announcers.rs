//! Who brings packets for the load balancer's address to nodes, and to which: reports of MetalLB, kube-vip and clouds.

use serde_json::{Value, json};

use super::cluster::{Cluster, daemon_set, kube_proxy, of_metallb};

fn with_speakers(policy: &str, pod: &Value) -> Cluster {
    let mut cluster = Cluster::with_policy(policy);
    let mut set = daemon_set("speaker", "quay.io/metallb/speaker:v0.14.9", &[]);
    for (key, value) in pod.as_object().into_iter().flatten() {
        set["spec"]["template"]["spec"][key] = value.clone();
    }
    cluster.daemon_sets.push(set);
    for (index, node) in cluster.nodes.iter_mut().enumerate() {
        node["metadata"]["labels"]["pool"] = json!(["edge", "work"][index]);
    }
    cluster
}

const NOWHERE: &str = "MetalLB announces the address from no node";

/// metallb issues 322, 371 and 933.
#[test]
fn speakers_that_do_not_run_beside_an_endpoint_announce_nothing_under_local() {
    let on = |pool: &str| json!({ "nodeSelector": { "pool": pool, "kubernetes.io/os": "linux" } });
    let said = [NOWHERE, "limit it to n2, but under externalTrafficPolicy Local only nodes with an endpoint (n1) may announce it"];
    with_speakers("Local", &on("work")).expect(3, &said, &["FINE:"]);
    let (ended, text) = with_speakers("Local", &on("work")).overview();
    assert!(ended == 3 && text.contains(NOWHERE), "{ended}: {text}");
    with_speakers("Local", &on("edge")).expect(0, &["FINE"], &[NOWHERE]);
    with_speakers("Cluster", &on("work")).expect(0, &["FINE"], &[NOWHERE]);
    with_speakers("Cluster", &on("none")).expect(3, &["its speakers run on none"], &["FINE:"]);
    let tainted = |pod: Value| {
        let mut cluster = with_speakers("Local", &pod);
        cluster.nodes[0]["spec"]["taints"] = json!([{ "key": "CriticalAddonsOnly", "value": "true", "effect": "NoExecute" }]);
        cluster
    };
    tainted(json!({})).expect(3, &said, &["FINE:"]);
    tainted(json!({ "tolerations": [{ "key": "CriticalAddonsOnly", "operator": "Exists" }] })).expect(0, &["FINE"], &[NOWHERE]);
}

/// The same by what an advertisement chooses.
#[test]
fn advertisements_that_choose_other_nodes_announce_nothing_under_local() {
    let of = |policy: &str, spec: Value| {
        let mut cluster = with_speakers(policy, &json!({}));
        cluster.others.push(of_metallb("IPAddressPool", &json!({ "addresses": ["198.51.100.0/28"] })));
        cluster.others.push(of_metallb("BGPAdvertisement", &spec));
        cluster
    };
    let on = |pool: &str| json!({ "nodeSelectors": [{ "matchLabels": { "pool": pool } }] });
    of("Local", on("work")).expect(3, &[NOWHERE, "limit it to n2"], &["FINE:"]);
    of("Local", on("edge")).expect(0, &["FINE"], &[NOWHERE]);
    of("Cluster", on("none")).expect(3, &[NOWHERE], &["FINE:"]);
    of("Local", json!({})).expect(0, &["FINE"], &[NOWHERE]);
}

/// metallb issue 1499: one of the sharers that changes alone loses the address.
#[test]
fn services_that_share_an_address_change_their_policy_together() {
    let of = |address: &str| {
        let mut cluster = with_speakers("Local", &json!({})).of_release("v1.23.17");
        cluster.kube_proxy = kube_proxy("ipvs");
        cluster.others.push(json!({
            "kind": "Service",
            "metadata": { "namespace": "shop", "name": "mail" },
            "spec": { "type": "LoadBalancer", "clusterIP": "10.96.0.9", "ports": [{ "port": 25 }] },
            "status": { "loadBalancer": { "ingress": [{ "ip": address }] } },
        }));
        cluster
    };
    let said = "other Services use this address (shop/mail): if policies differ, MetalLB withdraws it from one of them";
    of("198.51.100.1").expect(3, &["set externalTrafficPolicy to Cluster", said], &[]);
    of("198.51.100.2").expect(3, &["set externalTrafficPolicy to Cluster"], &[said]);
}

/// TCP and UDP at one port are two ports: the other Service's rules are for the other protocol.
#[test]
fn a_neighbour_at_the_same_port_of_another_protocol_decides_nothing() {
    let of = |protocol: &str| {
        let mut cluster = Cluster::with_policy("Local").of_release("v1.23.17");
        cluster.kube_proxy = kube_proxy("ipvs");
        cluster.service["spec"]["ports"][0]["protocol"] = json!("UDP");
        cluster.slices[0]["ports"][0]["protocol"] = json!("UDP");
        cluster.others.push(json!({
            "kind": "Service",
            "metadata": { "namespace": "shop", "name": "other" },
            "spec": { "type": "LoadBalancer", "clusterIP": "10.96.0.9", "ports": [{ "port": 80, "protocol": protocol }] },
            "status": { "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }] } },
        }));
        cluster
    };
    of("TCP").expect(3, &["WILL FAIL"], &["passed on"]);
}

/// kube-vip issue 729; as a static pod it has no DaemonSet.
#[test]
fn kube_vip_is_known_by_its_settings_and_by_what_it_writes() {
    let of = |image: &str, env: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy("Local");
        let mut set = daemon_set("kube-vip-ds", image, &[]);
        let env: Vec<_> = env.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        set["spec"]["template"]["spec"]["containers"][0]["env"] = json!(env);
        cluster.daemon_sets.push(set);
        cluster
    };
    let said = "kube-vip may announce the address from a node without an endpoint (n2)";
    let held = "kube-vip announces the address from n2";
    let bgp = [("bgp_enable", "true"), ("svc_enable", "true")];
    of("ghcr.io/kube-vip/kube-vip:v0.6.4", &bgp).expect(4, &[said], &["FINE:"]);
    of("ghcr.io/kube-vip/kube-vip:v0.8.9", &bgp).expect(0, &["FINE"], &[said]);
    of("ghcr.io/kube-vip/kube-vip:v0.8.9", &[bgp[0], ("vip_leaderelection", "true")]).expect(4, &[said], &["FINE:"]);
    of("ghcr.io/kube-vip/kube-vip:v0.8.9", &[("svc_enable", "false")]).expect(0, &["FINE"], &["kube-vip"]);
    let host = |mut cluster: Cluster, node: &str| {
        cluster.service["metadata"]["annotations"] = json!({ "kube-vip.io/vipHost": node });
        cluster
    };
    // Without a DaemonSet nobody knows whether it announces by a leader.
    host(Cluster::with_policy("Local"), "n2").expect(4, &[said], &["FINE:", held]);
    host(of("ghcr.io/kube-vip/kube-vip:v0.8.9", &[("vip_arp", "true")]), "n2").expect(3, &[held], &["FINE:"]);
    host(Cluster::with_policy("Cluster"), "n2").expect(0, &["FINE"], &[held]);
    // By BGP the others announce it too.
    host(of("ghcr.io/kube-vip/kube-vip:v1.0.3", &[bgp[0], ("vip_leaderelection", "true")]), "n2").expect(4, &[said], &[held]);
}

/// kubernetes issue 79783 and KEP-1860.
#[test]
fn health_checks_from_an_address_that_nodes_bind_come_to_nothing() {
    let of = |id: &str, mode: &str| {
        let mut cluster = Cluster::with_policy("Cluster").of_release("v1.30.4").made_by(id);
        cluster.kube_proxy = kube_proxy(mode);
        cluster
    };
    let said = "health checks come from 198.51.100.1, which kube-proxy in ipvs mode binds on every node";
    for id in ["qcloud:///800005/ins-1", "scaleway://instance/fr-par-1/1"] {
        of(id, "ipvs").expect(4, &["DEPENDS", said, "have the cloud's controller set ipMode Proxy"], &["FINE:"]);
        of(id, "iptables").expect(0, &["FINE"], &[said]);
        let mut proxied = of(id, "ipvs");
        proxied.service["status"]["loadBalancer"]["ingress"][0]["ipMode"] = json!("Proxy");
        proxied.expect(0, &["FINE"], &[said]);
    }
    of("vultr://1", "ipvs").expect(0, &["FINE"], &[said]);
}

/// aws-load-balancer-controller issues 2165 and 3619: the cloud provider's own controller reads only some of them.
#[test]
fn annotations_for_another_controller_count_for_nothing() {
    let of = |annotations: &[(&str, &str)]| Cluster::with_policy("Cluster").made_by("aws:///eu-west-1a/i-1").annotated(annotations);
    let ignored = |key: &str| format!("does not read service.beta.kubernetes.io/{key}");
    let nlb = ("aws-load-balancer-type", "nlb");
    let header = ("aws-load-balancer-proxy-protocol", "*");
    of(&[nlb, header]).expect(0, &["FINE", &ignored(header.0)], &["which writes it"]);
    of(&[header]).expect(4, &["DEPENDS"], &["does not read"]);
    of(&[("aws-load-balancer-type", "external"), ("aws-load-balancer-nlb-target-type", "instance"), header]).expect(
        4,
        &["DEPENDS"],
        &["does not read"],
    );
    let loops = "cannot return a connection to the backend";
    let internal = ("aws-load-balancer-internal", "true");
    let facing = ("aws-load-balancer-scheme", "internet-facing");
    // Its status has a name, so that connections from inside get there.
    let of = |annotations: &[(&str, &str)]| {
        let mut cluster = of(annotations);
        cluster.service["status"]["loadBalancer"]["ingress"] = json!([{ "hostname": "web-1.elb.eu-west-1.amazonaws.com" }]);
        cluster
    };
    of(&[nlb, internal, facing]).expect(4, &[loops, &ignored(facing.0)], &["FINE:"]);
    of(&[nlb, ("aws-load-balancer-scheme", "internal")]).expect(0, &["FINE"], &[loops]);
}

/// minikube issues 7746 and 14525, and Docker Desktop.
#[test]
fn an_address_of_somebodys_workstation_is_nobodys_inside() {
    let of = |ingress: Value| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["status"]["loadBalancer"]["ingress"] = json!([ingress]);
        cluster
    };
    for (ingress, address) in [(json!({ "ip": "127.0.0.1" }), "127.0.0.1"), (json!({ "hostname": "localhost" }), "localhost")] {
        let said = format!("the load balancer's address is {address}: every pod and node that dials it only reaches itself");
        of(ingress.clone()).expect(3, &[&format!("WILL FAIL: {said}"), "dial web.shop"], &[]);
        let (ended, text) = of(ingress).overview();
        assert!(ended == 3 && text.contains(&said), "{ended}: {text}");
    }
    of(json!({ "ip": "10.96.20.7" })).expect(4, &["is the Service's own ClusterIP, as minikube tunnel writes it"], &["FINE:"]);
    of(json!({ "ip": "198.51.100.1" })).expect(0, &["FINE"], &["minikube"]);
}

/// liqo issue 2909: a node that stands for another cluster.
#[test]
fn nodes_of_whatever_maker_that_are_no_machines_are_not_asked_about() {
    let of = |change: fn(&mut Value)| {
        let mut cluster = Cluster::with_policy("Cluster");
        change(&mut cluster.nodes[1]);
        cluster
    };
    let said = ["DEPENDS", "n2 is a virtual node"];
    of(|node| node["metadata"]["labels"]["liqo.io/type"] = json!("virtual-node")).expect(4, &said, &["FINE:"]);
    of(|node| node["spec"]["taints"] = json!([{ "key": "virtual-kubelet.io/provider", "value": "azure", "effect": "NoSchedule" }])).expect(
        4,
        &said,
        &["FINE:"],
    );
    of(|_| ()).expect(0, &["FINE"], &["virtual"]);
    // A name that somebody gave a pool says nothing.
    of(|node| node["metadata"]["labels"]["pool"] = json!("virtual-node")).expect(0, &["FINE"], &["virtual"]);
}

/// microk8s issue 3421: the add-on made a pool and no advertisement, and lists of none of a kind show nothing.
#[test]
fn whether_metallb_announces_an_address_is_open_where_nobody_read_it() {
    let of = |kinds: &[&str]| {
        let mut cluster = with_speakers("Cluster", &json!({}));
        for kind in kinds {
            let spec = if *kind == "IPAddressPool" { json!({ "addresses": ["198.51.100.0/28"] }) } else { json!({}) };
            cluster.others.push(of_metallb(kind, &spec));
        }
        cluster
    };
    let said = ["DEPENDS", "whether the address is announced", "kubectl get "];
    for kinds in [&["BFDProfile"], &["IPAddressPool"]] {
        of(kinds).expect(4, &said, &["FINE:"]);
        let (ended, text) = of(kinds).overview();
        assert!(ended == 4 && text.contains("whether the address is announced"), "{ended}: {text}");
    }
    of(&["IPAddressPool", "L2Advertisement"]).expect(0, &["FINE"], &["whether MetalLB announces"]);
}

/// metallb issue 380: by its default Weave hides who dials, and drops what it hid.
#[test]
fn weave_needs_to_be_told_to_keep_the_source_under_local() {
    let of = |release: &str, value: Option<&str>, policy: &str| {
        let mut cluster = Cluster::with_policy(policy);
        let mut set = daemon_set("weave-net", &format!("docker.io/weaveworks/weave-kube:{release}"), &[]);
        if let Some(value) = value {
            set["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "NO_MASQ_LOCAL", "value": value }]);
        }
        cluster.daemon_sets = vec![set];
        cluster
    };
    let said = "Weave of this release masquerades what enters the cluster";
    of("2.5.0", None, "Local").expect(4, &["DEPENDS", said, "set NO_MASQ_LOCAL to 1"], &["FINE:"]);
    of("2.3.0", Some("1"), "Local").expect(4, &[said], &["FINE:"]);
    of("2.5.0", Some("true"), "Local").expect(0, &["FINE"], &[said]);
    of("2.5.0", Some("1"), "Local").expect(0, &["FINE"], &[said]);
    of("2.8.1", None, "Local").expect(0, &["FINE"], &[said]);
    of("2.5.0", None, "Cluster").expect(0, &["FINE"], &[said]);
}

/// AKS issue 2281.
#[test]
fn clients_of_a_service_tag_are_dropped_by_the_ranges() {
    let of = |ranges: &[&str]| {
        let mut cluster = Cluster::with_policy("Cluster").of_release("v1.30.4").made_by("azure:///subscriptions/1/vm-0");
        cluster = cluster.annotated(&[("azure-allowed-service-tags", "AzureFrontDoor.Backend")]);
        cluster.service["spec"]["loadBalancerSourceRanges"] = json!(ranges);
        cluster
    };
    let said = "admits clients by AzureFrontDoor.Backend at the cloud's firewall, but kube-proxy drops every client";
    let (_, text) = of(&["0.0.0.0/1", "128.0.0.0/1"]).explained();
    assert!(text.contains(said) && text.contains("azure-allowed-ip-ranges") && !text.contains("FINE:"), "{text}");
    for ranges in [&[][..], &["10.0.0.0/8", "0.0.0.0/0"]] {
        let (_, text) = of(ranges).explained();
        assert!(!text.contains(said), "{text}");
    }
}

/// hcloud issue 53: the only node is a master.
#[test]
fn controllers_of_before_1_21_leave_masters_out() {
    let of = |release: &str| {
        let mut cluster = Cluster::with_policy("Cluster").of_release(release).made_by("hcloud://1");
        for node in &mut cluster.nodes {
            node["metadata"]["labels"]["node-role.kubernetes.io/master"] = json!("");
        }
        cluster.explained().1
    };
    let said = "load balancers leave out both nodes";
    assert!(of("v1.20.7").contains(said));
    assert!(!of("v1.21.0").contains(said));
}

/// metallb issue 3025: advertisements choose Services from 0.16 on.
#[test]
fn services_that_share_an_address_are_announced_from_the_same_nodes() {
    let advertisement = |app: &str, pool: &str| {
        of_metallb(
            "L2Advertisement",
            &json!({
                "serviceSelectors": [{ "matchLabels": { "app": app } }],
                "nodeSelectors": [{ "matchLabels": { "pool": pool } }],
            }),
        )
    };
    let of = |release: &str, chosen: [(&str, &str); 2], own: &str| {
        let mut cluster = with_speakers("Cluster", &json!({}));
        cluster.daemon_sets.retain(|set| set["metadata"]["name"] != "speaker");
        cluster.daemon_sets.push(daemon_set("speaker", &format!("quay.io/metallb/speaker:{release}"), &[]));
        cluster.service["metadata"]["labels"] = json!({ "app": own });
        cluster.others.push(of_metallb("IPAddressPool", &json!({ "addresses": ["198.51.100.0/28"] })));
        cluster.others.extend(chosen.map(|(app, pool)| advertisement(app, pool)));
        cluster.others.push(json!({
            "kind": "Service",
            "metadata": { "namespace": "shop", "name": "mail", "labels": { "app": "mail" } },
            "spec": { "type": "LoadBalancer", "clusterIP": "10.96.0.9", "ports": [{ "port": 25 }] },
            "status": { "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }] } },
        }));
        cluster
    };
    let (said, apart, together) =
        ("two nodes answer for the address", [("web", "edge"), ("mail", "work")], [("web", "edge"), ("mail", "edge")]);
    let told = ["from n1 for this Service, and from n2 for shop/mail", said, "LBP725"];
    of("v0.16.0", apart, "web").expect(4, &told, &["FINE"]);
    of("v0.16.0", together, "web").expect(0, &["FINE"], &[said]);
    of("v0.15.3", apart, "web").expect(0, &["FINE"], &[said]);
    of("v0.16.0", apart, "other").expect(3, &["covers for this Service, so MetalLB announces it from no node"], &["FINE", said]);
}
