//! What readers of public reports found: who gives out addresses, who answers in kube-proxy's place, and what of releases
//! and flags is told by objects.

use serde_json::{Value, json};

use crate::cluster::{Cluster, daemon_set, endpoint, http, kube_proxy, slice};

fn pending(policy: &str) -> Cluster {
    let mut cluster = Cluster::with_policy(policy);
    cluster.service["status"] = json!({ "loadBalancer": {} });
    cluster
}

fn warning(reason: &str, message: &str, at: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": { "namespace": "shop", "name": reason.to_lowercase() },
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": at,
        "involvedObject": { "kind": "Service", "namespace": "shop", "name": "web" },
    })
}

#[test]
fn who_gives_no_address_is_named() {
    const HEADLINE: &str = "DEPENDS: the load balancer's address: the Service has none yet; ";
    let nobody = pending("Local");
    nobody.expect(4, &[HEADLINE, "nothing in the cluster seems to give out addresses", "node ports"], &["k3s", "svclb", "svccontroller"]);
    let mut with_metallb = pending("Local");
    with_metallb.daemon_sets.push(daemon_set("speaker", "quay.io/metallb/speaker:v0.14.8", &[]));
    with_metallb.expect(
        4,
        &[HEADLINE, "its events may say why (kubectl describe service web -n shop)"],
        &["nothing in the cluster", "svcc"],
    );
    pending("Local").made_by("aws:///a/i-1").expect(4, &[HEADLINE, "its events may say why"], &["nothing in the cluster"]);
    let mut of_class = pending("Local");
    of_class.service["spec"]["loadBalancerClass"] = json!("example.com/other");
    of_class.expect(4, &[HEADLINE, "its events may say why"], &["nothing in the cluster"]);
    let mut said = pending("Cluster").made_by("aws:///a/i-1");
    said.others = vec![
        warning("Older", "an older trouble", "2026-11-27T10:00:00Z"),
        warning("FailedBuildModel", "unable to resolve at least one subnet", "2026-11-27T11:00:00Z"),
    ];
    said.expect(
        4,
        &[HEADLINE, "the last warning about it is FailedBuildModel: unable to resolve at least one subnet"],
        &["an older trouble"],
    );
}

#[test]
fn service_lb_and_kube_vip_say_where_they_cannot_be() {
    let mut service_lb = pending("Local");
    service_lb.nodes.iter_mut().for_each(|node| node["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.30.4+k3s1"));
    let pod = |condition: &str| {
        json!({
            "kind": "Pod",
            "metadata": { "namespace": "kube-system", "name": "svclb-web-x", "labels": { "svccontroller.k3s.cattle.io/svcname": "web" } },
            "spec": { "containers": [] },
            "status": { "conditions": [{ "type": "PodScheduled", "status": condition, "message": "no free ports for the requested pod ports" }] },
        })
    };
    service_lb.others = vec![pod("False")];
    service_lb.expect(4, &["pod svclb-web-x is on no node: no free ports for the requested pod ports"], &["its events"]);
    let mut scheduled = pending("Local");
    scheduled.nodes.iter_mut().for_each(|node| node["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.30.4+k3s1"));
    scheduled.others = vec![pod("True")];
    scheduled.expect(4, &["kubectl get pods -A -l svccontroller.k3s.cattle.io/svcname=web"], &["is on no node"]);

    let kube_vip = |policy: &str, address: bool| {
        let mut cluster = if address { Cluster::with_policy(policy) } else { pending(policy) };
        let mut set = daemon_set("kube-vip-ds", "ghcr.io/kube-vip/kube-vip:v0.8.0", &[]);
        set["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "svc_election", "value": "true" }]);
        cluster.daemon_sets.push(set);
        cluster
    };
    kube_vip("Local", false).expect(
        4,
        &["only from a node that runs kube-vip and has an endpoint", "n1"],
        &["set kube-vip's svc_election"],
    );
    kube_vip("Cluster", false).expect(4, &["its events may say why"], &["only from a node"]);
    // kube-vip issue 980: it runs on other nodes than the pods.
    let chosen = |label: &str, node: usize| {
        let mut cluster = kube_vip("Local", false).labelled(node, label);
        cluster.daemon_sets.last_mut().unwrap()["spec"]["template"]["spec"]["nodeSelector"] = json!({ label: "true" });
        cluster
    };
    let apart = "Its DaemonSet chooses n2, and endpoints are only on n1: let it run there";
    chosen("control-plane", 1).expect(4, &[apart], &["endpoints are on n1"]);
    chosen("control-plane", 0).expect(4, &["its events may say why"], &["only from a node"]);
    kube_vip("Local", true).expect(0, &["FINE"], &["kube-vip may announce"]);
}

#[test]
fn each_kube_proxy_may_have_its_own_wrong_name() {
    let cluster = |names: [&str; 2]| {
        let mut cluster = Cluster::with_policy("Local").of_release("v1.23.17");
        cluster.kube_proxy = kube_proxy("ipvs");
        cluster.others = [1, 2]
            .map(|number| {
                let name = names[number - 1];
                json!({
                    "kind": "Pod",
                    "metadata": { "namespace": "kube-system", "name": format!("kube-proxy-n{number}"), "labels": { "k8s-app": "kube-proxy" } },
                    "spec": { "nodeName": format!("n{number}"), "containers": [{
                        "name": "kube-proxy",
                        "image": "kube-proxy:v1.23.17",
                        "command": ["kube-proxy", format!("--hostname-override={name}")],
                    }] },
                })
            })
            .into();
        cluster
    };
    let [right, first, second] = [["n1", "n2"], ["machine1", "n2"], ["n1", "machine2"]].map(|names| cluster(names).explained().1);
    for (text, fails_on_first, is_misnamed) in [(right, false, false), (first, true, true), (second, false, false)] {
        assert_eq!(text.contains("n1 yes pod refused"), fails_on_first, "{text}");
        assert_eq!(text.contains("kube-proxy runs under a different node name"), is_misnamed, "{text}");
        assert!(text.contains("n2 no pod refused"), "{text}");
    }
}

#[test]
fn packets_that_are_masqueraded_twice_hang_in_vxlan_tunnels() {
    let of = |release: &str| Cluster::with_policy("Cluster").of_release(release);
    of("v1.17.3").expect(4, &["hang for 63 s", "kube-proxy 1.17.3 on n1 and n2"], &["FINE"]);
    of("v1.18.6").expect(4, &["checked against 1.23 to"], &["63 s"]);
    let mut bridge = of("v1.17.3");
    bridge.daemon_sets = vec![daemon_set("weave-net", "weaveworks/weave-kube:2.8.1", &[])];
    bridge.expect(4, &["checked against 1.23 to"], &["63 s"]);
}

#[test]
fn arp_for_an_address_that_every_node_binds_is_a_risk() {
    let metallb = |mode: &str, strict: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.kube_proxy["data"]["config.conf"] =
            json!(format!("mode: {mode}\nclusterCIDR: 10.244.0.0/16\nipvs:\n  strictARP: {strict}\n"));
        cluster.daemon_sets.push(daemon_set("speaker", "quay.io/metallb/speaker:v0.14.8", &[]));
        cluster
    };
    metallb("ipvs", "false").expect(4, &["DEPENDS: clients outside may fail", "without strictARP", "set strictARP: true"], &[]);
    metallb("ipvs", "true").expect(0, &["FINE"], &["strictARP"]);
    metallb("iptables", "false").expect(0, &["FINE"], &["strictARP"]);
}

#[test]
fn two_programs_that_make_the_same_load_balancer_are_a_risk() {
    let of = |sets: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.daemon_sets.extend(sets.iter().map(|(name, image)| daemon_set(name, image, &[])));
        cluster
    };
    let (metallb, service_lb) = (("speaker", "quay.io/metallb/speaker:v0.14.8"), ("svclb-other-0a1b", "rancher/klipper-lb:v0.4.9"));
    let kube_vip = ("kube-vip", "ghcr.io/kube-vip/kube-vip:v0.8.9");
    let said = "ServiceLB and MetalLB both serve Services";
    of(&[metallb, service_lb]).expect(4, &["DEPENDS: clients outside may fail", said, "--disable servicelb"], &[]);
    of(&[metallb]).expect(0, &["FINE"], &["ServiceLB"]);
    // It may be there for the API server's own address alone.
    of(&[kube_vip, service_lb]).expect(0, &["FINE"], &[said]);
    // metallb issue 2641: there it serves the Service too, by its own annotation.
    let served_by_kube_vip = |class: Option<&str>| {
        let mut cluster = of(&[metallb]);
        cluster.service["metadata"]["annotations"]["kube-vip.io/vipHost"] = json!("n1");
        cluster.service["spec"]["loadBalancerClass"] = json!(class);
        cluster
    };
    let both = "kube-vip and MetalLB both announce the address";
    served_by_kube_vip(None).expect(4, &["DEPENDS: clients outside may fail", both, "svc_enable"], &["FINE"]);
    served_by_kube_vip(Some("example.com/metallb")).expect(0, &["FINE"], &[both]);
    let mut by_class = of(&[metallb, service_lb]);
    by_class.service["spec"]["loadBalancerClass"] = json!("example.com/metallb");
    by_class.expect(0, &["FINE"], &[said]);
}

#[test]
fn an_address_of_metallb_that_nothing_advertises_has_nobody_outside() {
    let object = |kind: &str, name: &str, spec: Value| json!({ "apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": { "namespace": "metallb-system", "name": name }, "spec": spec });
    let pool = || object("IPAddressPool", "public", json!({ "addresses": ["198.51.100.0/28"] }));
    let metallb = |others: Vec<Value>| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.daemon_sets.push(daemon_set("speaker", "quay.io/metallb/speaker:v0.14.8", &[]));
        cluster.others = others;
        cluster
    };
    let said = "the address is in MetalLB's pool public, which no L2Advertisement or BGPAdvertisement covers for this Service, so MetalLB announces it from no node";
    let of_another = object("BGPAdvertisement", "other", json!({ "ipAddressPools": ["private"] }));
    metallb(vec![pool(), of_another]).expect(
        3,
        &["WILL FAIL: clients outside will fail", said, "kubectl get l2advertisements,bgpadvertisements -A"],
        &["whether MetalLB announces"],
    );
    metallb(vec![pool()]).expect(
        4,
        &["DEPENDS", "whether the address is announced: no MetalLB advertisements are in the file (kubectl get l2adv"],
        &["so MetalLB announces"],
    );
    let mut of_another_program = metallb(vec![pool(), object("BGPAdvertisement", "other", json!({ "ipAddressPools": ["private"] }))]);
    of_another_program.daemon_sets.pop();
    of_another_program.expect(0, &["FINE"], &["MetalLB"]);
    metallb(vec![pool(), object("L2Advertisement", "all", json!({}))]).expect(0, &["FINE"], &["MetalLB's pool"]);
    metallb(vec![object("BFDProfile", "other", json!({}))]).expect(
        4,
        &["DEPENDS", "whether the address is announced: no MetalLB pools are in the file (kubectl get"],
        &["MetalLB's pool"],
    );
    let config = json!({ "config": "address-pools:\n- name: public\n  addresses: [198.51.100.0/28]\n" });
    let written = json!({ "kind": "ConfigMap", "metadata": { "namespace": "metallb-system", "name": "config" }, "data": config });
    metallb(vec![written]).expect(0, &["FINE"], &["whether MetalLB announces"]);
}

#[test]
fn calicos_own_resources_switch_its_ebpf_data_path_on() {
    let calico = |object: Value, env: Option<&str>, desired: i32| {
        let mut cluster = Cluster::with_policy("Local").of_release("v1.23.17");
        cluster.kube_proxy = kube_proxy("ipvs");
        let mut set = daemon_set("kube-proxy", "kube-proxy:v1.23.17", &[]);
        set["status"] = json!({ "observedGeneration": 1, "desiredNumberScheduled": desired, "currentNumberScheduled": desired, "numberMisscheduled": 0, "numberReady": desired });
        let mut node = daemon_set("calico-node", "calico/node:v3.27.0", &[]);
        if let Some(value) = env {
            node["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "FELIX_BPFENABLED", "value": value }]);
        }
        cluster.daemon_sets = vec![node, set];
        cluster.others = vec![object];
        cluster
    };
    let felix = |name: &str, enabled: bool| {
        let (metadata, spec) = (json!({ "name": name }), json!({ "bpfEnabled": enabled }));
        json!({ "apiVersion": "crd.projectcalico.org/v1", "kind": "FelixConfiguration", "metadata": metadata, "spec": spec })
    };
    let installation = |version: &str| {
        let spec = json!({ "calicoNetwork": { "linuxDataplane": "BPF" } });
        json!({ "apiVersion": version, "kind": "Installation", "metadata": { "name": "default" }, "spec": spec })
    };
    let of_kube_proxy = ["WILL FAIL", "n2 no pod refused", "kube-proxy in ipvs mode"];
    calico(felix("default", false), None, 2).expect(3, &of_kube_proxy, &["eBPF"]);
    calico(felix("node.n2", true), None, 2).expect(3, &of_kube_proxy, &["eBPF"]);
    calico(felix("default", true), Some("false"), 2).expect(3, &of_kube_proxy, &["eBPF"]);
    calico(installation("example.com/v1"), None, 2).expect(3, &of_kube_proxy, &["eBPF"]);
    // Static pods of kube-proxy may answer beside a DaemonSet that is on no node.
    calico(felix("default", false), None, 0).expect(3, &of_kube_proxy, &["eBPF"]);
    calico(felix("default", true), None, 2).expect(0, &["FINE", "eBPF"], &of_kube_proxy);
    calico(installation("operator.tigera.io/v1"), None, 2).expect(0, &["FINE", "eBPF"], &of_kube_proxy);
}

#[test]
fn cilium_masquerades_what_comes_back_on_the_same_node() {
    let beside = |keys: Value| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.kube_proxy = kube_proxy("iptables");
        cluster.others =
            vec![json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "cilium-config" }, "data": keys })];
        cluster.daemon_sets = vec![daemon_set("cilium", "quay.io/cilium/cilium:v1.16.0", &[])];
        cluster
    };
    let open = "if Cilium delivers the reply of an endpoint on the same node directly";
    beside(json!({ "kube-proxy-replacement": "false" })).expect(0, &["FINE"], &[open]);
    beside(json!({ "enable-endpoint-routes": "true", "enable-bpf-masquerade": "true" })).expect(0, &["FINE"], &[open]);
    let mut ipvs = beside(json!({ "kube-proxy-replacement": "false" }));
    ipvs.kube_proxy = kube_proxy("ipvs");
    ipvs.expect(3, &["n1 yes pod ok or timed out", open], &["FINE"]);
    // An endpoint on every node would bring the fault to all of them.
    beside(json!({ "enable-bpf-masquerade": "true" })).expect(4, &[open], &["FINE", "run an endpoint on every node"]);
    beside(json!({ "enable-ipv4-masquerade": "false" })).expect(4, &[open], &["FINE"]);
}

#[test]
fn a_network_load_balancer_that_faces_the_internet_loses_nobody_inside() {
    let pods_of = |scheme: &str| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("aws:///a/i-1").annotated(&[
            ("aws-load-balancer-type", "external"),
            ("aws-load-balancer-nlb-target-type", "ip"),
            ("aws-load-balancer-scheme", scheme),
            ("aws-load-balancer-target-group-attributes", "preserve_client_ip.enabled=true"),
        ]);
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": "web.elb.example.com" }] } });
        cluster
    };
    pods_of("internal").expect(3, &["WILL FAIL"], &[]);
    pods_of("internet-facing").expect(0, &["FINE"], &["the client's own node"]);
}

#[test]
fn what_a_prediction_leaves_out_is_said_under_depends_too() {
    let unseen = "not predicted: servers, firewalls and networks, which 'lbprobe run' measures, and a pod that dials itself";
    Cluster::with_policy("Cluster").of_release("v1.20.0").expect(4, &["DEPENDS", unseen], &[]);
    Cluster::with_policy("Cluster").expect(0, &["FINE", unseen], &[]);
}

#[test]
fn an_address_that_only_kube_proxy_answers_for_is_not_taken_away_from_it() {
    let cluster = |with_metallb: bool, mode: Option<&str>| {
        let mut cluster = Cluster::with_policy("Local").of_release("v1.30.4");
        cluster.kube_proxy = kube_proxy("ipvs");
        cluster.service["status"]["loadBalancer"]["ingress"][0]["ipMode"] = json!(mode.unwrap_or("VIP"));
        if with_metallb {
            cluster.daemon_sets.push(daemon_set("speaker", "quay.io/metallb/speaker:v0.14.8", &[]));
        }
        cluster
    };
    cluster(false, None).expect(3, &["n2 no pod ok", "set ipMode Proxy in the status"], &[]);
    cluster(true, None).expect(3, &["WILL FAIL"], &["set ipMode Proxy"]);
    cluster(false, Some("Proxy")).expect(0, &["FINE"], &[]);
    cluster(true, Some("Proxy")).expect(3, &["WILL FAIL", "n1 yes pod lost"], &["FINE"]);
}

/// Pods that declare another port; those that declare none may listen anywhere.
#[test]
fn a_port_that_no_container_declares_is_an_open_question() {
    let of = |declared: &[u16]| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["spec"]["selector"] = json!({ "app": "web" });
        let ports: Vec<_> = declared.iter().map(|port| json!({ "containerPort": port })).collect();
        cluster.others.push(json!({
            "kind": "Pod",
            "metadata": { "namespace": "shop", "name": "web-0", "labels": { "app": "web" } },
            "spec": { "nodeName": "n1", "containers": [{ "name": "web", "image": "web:1", "ports": ports }] },
        }));
        cluster
    };
    of(&[9092]).expect(4, &["DEPENDS", "whether the pods listen on port 8080: no container of theirs declares it"], &["FINE"]);
    of(&[8080]).expect(0, &["FINE"], &["declares it"]);
    of(&[]).expect(0, &["FINE"], &["declares it"]);
    // What a mesh puts beside an application says nothing of it.
    let mut meshed = of(&[]);
    let sidecar = json!({ "name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.24.2", "ports": [{ "containerPort": 15090 }] });
    let pod = meshed.others.last_mut().expect("a pod");
    pod["spec"]["containers"].as_array_mut().expect("containers").push(sidecar);
    meshed.expect(0, &["FINE"], &["declares it"]);
}

#[test]
fn envoy_listens_where_a_gateway_of_istio_tells_it_to() {
    let of = |gateways: &[(&str, u16)]| {
        let mut cluster = Cluster::with_policy("Cluster");
        let labels = json!({ "istio": "ingressgateway" });
        cluster.service["spec"]["selector"] = labels.clone();
        cluster.others.push(json!({
            "kind": "Pod",
            "metadata": { "namespace": "shop", "name": "gateway-0", "labels": labels },
            "spec": { "nodeName": "n1", "containers": [{ "name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.24.2", "ports": [{ "containerPort": 15090 }] }] },
        }));
        cluster.others.extend(gateways.iter().map(|(selected, number)| {
            json!({
                "apiVersion": "networking.istio.io/v1",
                "kind": "Gateway",
                "metadata": { "namespace": "shop", "name": "public" },
                "spec": { "selector": { "istio": selected }, "servers": [{ "port": { "number": number, "protocol": "HTTP", "name": "http" }, "hosts": ["*"] }] },
            })
        }));
        cluster
    };
    let open = "whether Envoy listens for port 80: no Istio Gateway here";
    of(&[("ingressgateway", 31380)]).expect(4, &["DEPENDS", open], &["FINE"]);
    of(&[("egressgateway", 80)]).expect(4, &["DEPENDS", open], &["FINE"]);
    of(&[("ingressgateway", 80)]).expect(0, &["FINE"], &["Envoy"]);
    of(&[("ingressgateway", 8080)]).expect(0, &["FINE"], &["Envoy"]);
    let mut of_gateway_api = of(&[("ingressgateway", 31380)]);
    of_gateway_api.others[0]["metadata"]["labels"]["gateway.networking.k8s.io/gateway-name"] = json!("public");
    of_gateway_api.expect(0, &["FINE"], &["Envoy"]);
    let mut with_ingress = of(&[("ingressgateway", 31380)]);
    with_ingress.others.push(json!({ "kind": "Ingress", "metadata": { "namespace": "shop", "name": "web" }, "spec": {} }));
    with_ingress.expect(0, &["FINE"], &["Envoy"]);
    // A file without Gateways says nothing of them.
    of(&[]).expect(0, &["FINE"], &["Envoy", "declares it"]);
    // What is open for one Service of an overview is not told of the next.
    let mut two = of(&[("ingressgateway", 31380)]);
    let mut plain = two.service.clone();
    plain["metadata"]["name"] = json!("plain");
    plain["spec"]["selector"] = json!({ "app": "plain" });
    plain["status"]["loadBalancer"]["ingress"][0]["ip"] = json!("198.51.100.77");
    let pod_of_plain = json!({
        "kind": "Pod",
        "metadata": { "namespace": "shop", "name": "plain-0", "labels": { "app": "plain" } },
        "spec": { "nodeName": "n1", "containers": [{ "name": "plain", "image": "plain:v1", "ports": [{ "containerPort": 8080 }] }] },
    });
    let mut slice_of_plain = slice("plain-1", &http(), &[endpoint("10.244.1.6", Some("n1"), true)]);
    slice_of_plain["metadata"]["labels"]["kubernetes.io/service-name"] = json!("plain");
    two.others.extend([plain, pod_of_plain, slice_of_plain]);
    let (ended, text) = two.overview();
    assert_eq!(ended, 4, "{text}");
    assert!(text.contains("shop web Cluster 1 ? ? depends") && text.contains("shop plain Cluster 1 - - fine"), "{text}");
}

#[test]
fn nodes_at_the_same_address_may_lose_packets_between_pods() {
    let of = |addresses: [&str; 2], annotation: &str, network: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.daemon_sets = vec![daemon_set(network, &format!("example.com/{network}:v1"), &[])];
        for (node, address) in cluster.nodes.iter_mut().zip(addresses) {
            node["metadata"]["annotations"] = json!({ annotation: address });
        }
        cluster
    };
    let (flannel, calico) = ("flannel.alpha.coreos.com/public-ip", "projectcalico.org/IPv4Address");
    let same = ["10.0.2.15", "10.0.2.15"];
    let said = ["DEPENDS", "whether packets pass between the pods of n1 and n2: Flannel notes the same address 10.0.2.15", "--iface"];
    of(same, flannel, "kube-flannel-ds").expect(4, &said, &["FINE"]);
    let (ended, text) = of(same, flannel, "kube-flannel-ds").overview();
    assert_eq!(ended, 4, "{text}");
    of(["10.0.2.15/24", "10.0.2.15/24"], calico, "calico-node").expect(
        4,
        &["Calico notes the same address", "IP_AUTODETECTION_METHOD"],
        &["FINE"],
    );
    of(["10.0.2.15", "10.0.2.16"], flannel, "kube-flannel-ds").expect(0, &["FINE"], &["the same address"]);
    // Left over from an earlier network, or from a node that is gone.
    of(same, flannel, "kindnet").expect(0, &["FINE"], &["the same address"]);
    let mut gone = of(same, flannel, "kube-flannel-ds");
    gone.nodes[1]["status"]["conditions"][0]["status"] = json!("Unknown");
    gone.expect(4, &["n2 is not Ready"], &["the same address"]);
    let mut internal = Cluster::with_policy("Cluster");
    for node in &mut internal.nodes {
        node["status"]["addresses"] = json!([{ "type": "InternalIP", "address": "10.0.2.15" }]);
    }
    internal.expect(4, &["the nodes report the same address 10.0.2.15", "--node-ip"], &["FINE"]);
}

#[test]
fn flannel_inside_k3s_is_known_by_its_annotation() {
    let of = |annotated: bool, version: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.daemon_sets = vec![daemon_set("log-shipper", "registry.example.com/log-shipper:1", &[])];
        if annotated {
            for node in &mut cluster.nodes {
                node["metadata"]["annotations"] = json!({ "flannel.alpha.coreos.com/backend-type": "vxlan" });
            }
        }
        for node in &mut cluster.nodes {
            node["status"]["nodeInfo"]["kubeletVersion"] = json!(version);
        }
        cluster
    };
    of(true, "v1.30.4+k3s1").expect(0, &["FINE"], &["how pods are connected"]);
    of(false, "v1.30.4+k3s1").expect(0, &["how pods are connected"], &[]);
    // Elsewhere the annotation may be of an earlier network.
    of(true, "v1.30.4").expect(0, &["how pods are connected"], &[]);
}

#[test]
fn a_bridge_without_hairpin_mode_is_a_risk_to_pods_that_dial_themselves() {
    let of = |delegate: Value| {
        let mut cluster = Cluster::with_policy("Cluster");
        let written = json!({ "plugins": [{ "type": "flannel", "delegate": delegate }] }).to_string();
        let metadata = json!({ "namespace": "kube-flannel", "name": "kube-flannel-cfg" });
        cluster.others.push(json!({ "kind": "ConfigMap", "metadata": metadata, "data": { "cni-conf.json": written } }));
        cluster.daemon_sets = vec![daemon_set("kube-flannel-ds", "docker.io/flannel/flannel:v0.25.1", &[])];
        cluster
    };
    let lacks = "ConfigMap kube-flannel/kube-flannel-cfg lacks \"hairpinMode\": true";
    of(json!({ "isDefaultGateway": true })).expect(
        0,
        &["FINE", "a pod that dials the Service and is sent to itself may get no answer", lacks],
        &[],
    );
    of(json!({ "hairpinMode": true })).expect(0, &["FINE", "and a pod that dials itself"], &["hairpinMode"]);
    let mut left_over = of(json!({}));
    left_over.daemon_sets = vec![daemon_set("kindnet", "docker.io/kindest/kindnetd:v1", &[])];
    left_over.expect(0, &["FINE"], &["hairpinMode"]);
}

#[test]
fn why_clouds_make_no_load_balancer_is_told_from_the_objects() {
    let pending = |provider: &str, change: fn(&mut Cluster)| {
        let mut cluster = Cluster::with_policy("Cluster").made_by(provider);
        cluster.service["status"] = json!({});
        change(&mut cluster);
        cluster
    };
    let no_ports = "it has no node ports (allocateLoadBalancerNodePorts: false)";
    let without = |cluster: &mut Cluster| cluster.service["spec"]["allocateLoadBalancerNodePorts"] = json!(false);
    pending("azure:///1", without).expect(4, &[no_ports], &["its events may say why"]);
    pending("azure:///1", |_| ()).expect(4, &["its events may say why"], &[no_ports]);
    let local = |cluster: &mut Cluster| {
        cluster.service["spec"]["allocateLoadBalancerNodePorts"] = json!(false);
        cluster.service["spec"]["externalTrafficPolicy"] = json!("Local");
    };
    pending("azure:///1", local).expect(4, &["its events may say why"], &[no_ports]);
    pending("gce://1", without).expect(4, &["its events may say why"], &[no_ports]);
    pending("openstack:///1", local).expect(4, &[no_ports], &[]);
    let place = "Hetzner's controller needs annotation load-balancer.hetzner.cloud/location";
    let k3s = |cluster: &mut Cluster| {
        for node in &mut cluster.nodes {
            node["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.30.4+k3s1");
        }
    };
    pending("hcloud://1", k3s).expect(4, &[place], &["ServiceLB"]);
    let placed = |cluster: &mut Cluster| {
        cluster.service["metadata"]["annotations"] = json!({ "load-balancer.hetzner.cloud/location": "fsn1" });
    };
    let of_class = |cluster: &mut Cluster| cluster.service["spec"]["loadBalancerClass"] = json!("tailscale");
    pending("hcloud://1", of_class).expect(4, &["its events may say why"], &[place]);
    pending("hcloud://1", placed).expect(4, &["its events may say why"], &[place]);
    let target = "aws-load-balancer-type is external, and no controller takes that without";
    let external = |cluster: &mut Cluster| {
        cluster.service["metadata"]["annotations"] = json!({ "service.beta.kubernetes.io/aws-load-balancer-type": "external" });
    };
    let with_target = |cluster: &mut Cluster| {
        cluster.service["metadata"]["annotations"] = json!({
            "service.beta.kubernetes.io/aws-load-balancer-type": "external",
            "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
        });
    };
    pending("aws:///eu-west-1a/i-1", external).expect(4, &[target], &[]);
    pending("aws:///eu-west-1a/i-1", with_target).expect(4, &["its events may say why"], &[target]);
    let disabled = |cluster: &mut Cluster| {
        for node in &mut cluster.nodes {
            node["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.30.4+k3s1");
            node["metadata"]["annotations"] = json!({ "k3s.io/node-args": "[\"server\",\"--disable\",\"traefik,servicelb\"]" });
        }
    };
    pending("k3s://n1", disabled).expect(4, &["nothing in the cluster seems to give out addresses"], &["if ServiceLB is to"]);
    pending("k3s://n1", k3s).expect(4, &["if ServiceLB is to give it one"], &[]);
}

#[test]
fn the_only_endpoint_of_a_node_that_ends_is_a_risk() {
    let of = |terminating: bool, serving: bool| {
        let mut cluster = Cluster::with_policy("Local");
        let mut ending = endpoint("10.244.2.5", Some("n2"), !terminating);
        ending["conditions"] = json!({ "ready": !terminating, "serving": serving, "terminating": terminating });
        cluster.slices = vec![slice("web-1", &http(), &[endpoint("10.244.1.5", Some("n1"), true), ending])];
        cluster
    };
    of(true, true).expect(0, &["the only endpoints on n2 are terminating"], &[]);
    of(true, false).expect(0, &[], &["are terminating"]);
    of(false, true).expect(0, &["FINE"], &["are terminating"]);
}

#[test]
fn a_network_load_balancer_checks_udp_by_tcp() {
    let of = |protocol: &str, policy: &str, annotations: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy(policy).made_by("aws:///eu-west-1a/i-1").annotated(annotations);
        cluster.service["spec"]["ports"] = json!([{ "port": 53, "name": "dns", "protocol": protocol, "nodePort": 30053 }]);
        cluster.slices = vec![slice(
            "web-1",
            &json!([{ "name": "dns", "port": 53, "protocol": protocol }]),
            &[endpoint("10.244.1.5", Some("n1"), true)],
        )];
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": "dns.elb.example.com" }] } });
        cluster
    };
    let nlb = [
        ("aws-load-balancer-type", "external"),
        ("aws-load-balancer-nlb-target-type", "instance"),
        ("aws-load-balancer-scheme", "internet-facing"),
    ];
    let checked = "by default the load balancer checks nodes by TCP, at a node port where nobody listens";
    of("UDP", "Cluster", &nlb).expect(4, &[checked, "aws-load-balancer-healthcheck-port"], &[]);
    of("UDP", "Local", &nlb).expect(0, &[], &[checked]);
    of("TCP", "Cluster", &nlb).expect(0, &[], &[checked]);
    let told = [nlb[0], nlb[1], nlb[2], ("aws-load-balancer-healthcheck-port", "8080")];
    of("UDP", "Cluster", &told).expect(0, &[], &[checked]);
}

#[test]
fn kube_proxys_configuration_is_found_by_its_kind() {
    let mut cluster = Cluster::with_policy("Local").of_release("v1.23.17");
    let written = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\nclusterCIDR: 10.244.0.0/16\n";
    cluster.kube_proxy["data"] = json!({ "kube-proxy-config.yaml": written });
    cluster.expect(3, &["WILL FAIL", "kube-proxy in ipvs mode"], &[]);
    let mut other = Cluster::with_policy("Local").of_release("v1.23.17");
    other.kube_proxy["data"] = json!({ "notes.txt": "mode: ipvs" });
    other.expect(4, &["has neither of the keys"], &[]);
}

#[test]
fn a_load_balancer_in_front_of_node_ports_is_in_no_object() {
    let of = |provider: &str, kind: &str| {
        let mut cluster = Cluster::with_policy("Cluster").made_by(provider);
        cluster.service["spec"]["type"] = json!(kind);
        cluster.service["spec"]["ports"][0]["nodePort"] = json!(30080);
        if kind == "NodePort" {
            cluster.service["status"] = json!({});
        }
        cluster
    };
    let said = "a load balancer that somebody put in front of these node ports was not looked at";
    of("aws:///eu-west-1a/i-1", "NodePort").expect(0, &["FINE", said], &[]);
    of("aws:///eu-west-1a/i-1", "LoadBalancer").expect(0, &[], &[said]);
    of("kind://docker/kind/n1", "NodePort").expect(0, &["FINE"], &[said]);
}

/// Two Services that ask for one address, under policy Local and with different pods.
#[test]
fn an_address_that_metallb_does_not_share_is_told() {
    let of = |with_metallb: bool| {
        let mut cluster = pending("Local");
        if with_metallb {
            cluster.daemon_sets.push(daemon_set("speaker", "quay.io/metallb/speaker:v0.14.8", &[]));
        }
        let annotations = json!({ "metallb.io/allow-shared-ip": "one" });
        cluster.service["metadata"]["annotations"] = annotations.clone();
        cluster.service["spec"]["loadBalancerIP"] = json!("192.0.2.240");
        cluster.service["spec"]["selector"] = json!({ "app": "web" });
        cluster.others.push(json!({
            "kind": "Service",
            "metadata": { "namespace": "shop", "name": "mail", "annotations": annotations },
            "spec": { "type": "LoadBalancer", "clusterIP": "10.96.0.9", "selector": { "app": "mail" }, "externalTrafficPolicy": "Local", "ports": [{ "port": 25 }] },
            "status": { "loadBalancer": { "ingress": [{ "ip": "192.0.2.240" }] } },
        }));
        cluster
    };
    let said = "shop/mail has the address 192.0.2.240, and MetalLB does not share it";
    of(true).expect(4, &[said, "or both Local and the same selector"], &["its events may say why"]);
    of(false).expect(4, &[], &[said]);
}

#[test]
fn an_address_of_metallb_that_a_node_has_is_a_risk() {
    let of = |address: &str, image: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.nodes[1]["status"]["addresses"] = json!([{ "type": "InternalIP", "address": "192.168.1.3" }]);
        cluster.service["status"]["loadBalancer"]["ingress"] = json!([{ "ip": address }]);
        cluster.daemon_sets.push(daemon_set(if image.contains("metallb") { "speaker" } else { "svclb-web" }, image, &[]));
        cluster
    };
    let said = "192.168.1.3 is the address of node n2: MetalLB may announce it from another node";
    of("192.168.1.3", "quay.io/metallb/speaker:v0.14.8").expect(0, &[said, "out of MetalLB's pools"], &[]);
    of("192.168.1.4", "quay.io/metallb/speaker:v0.14.8").expect(0, &[], &["is the address of node"]);
    // ServiceLB gives out the nodes' own.
    of("192.168.1.3", "rancher/klipper-lb:v0.4.9").expect(0, &[], &["is the address of node"]);
}

/// The cloud provider's own controller makes network load balancers of type `nlb`, and reads no target type.
#[test]
fn a_target_type_that_nobody_reads_is_not_believed() {
    let of = |kind: &str| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("aws:///a/i-1").annotated(&[
            ("aws-load-balancer-type", kind),
            ("aws-load-balancer-nlb-target-type", "ip"),
            ("aws-load-balancer-internal", "true"),
        ]);
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": "web.elb.example.com" }] } });
        cluster
    };
    of("nlb").expect(4, &["if the load balancer picks the client's own node"], &["FINE"]);
    of("external").expect(0, &["FINE"], &["the client's own node"]);
}

#[test]
fn pools_of_metallb_that_are_full_are_told() {
    let of = |pools: Value, change: fn(&mut Cluster)| {
        let mut cluster = pending("Cluster");
        cluster.daemon_sets.push(daemon_set("speaker", "quay.io/metallb/speaker:v0.14.8", &[]));
        cluster.others.push(pools);
        for (name, address) in [("a", "192.0.2.240"), ("b", "192.0.2.241")] {
            cluster.others.push(json!({
                "kind": "Service",
                "metadata": { "namespace": "shop", "name": name },
                "spec": { "type": "LoadBalancer", "clusterIP": "10.96.0.9", "ports": [{ "port": 25 }] },
                "status": { "loadBalancer": { "ingress": [{ "ip": address }] } },
            }));
        }
        change(&mut cluster);
        cluster
    };
    let pool = |addresses: &str, more: Value| {
        let mut spec = json!({ "addresses": [addresses] });
        spec.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!({ "apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": { "namespace": "metallb-system", "name": "p" }, "spec": spec })
    };
    let full = "MetalLB's pools have 2 addresses, and Services have all of them";
    of(pool("192.0.2.240-192.0.2.241", json!({})), |_| ()).expect(4, &[full], &["its events may say why"]);
    of(pool("192.0.2.240-192.0.2.242", json!({})), |_| ()).expect(4, &["its events may say why"], &["Services have all"]);
    let asked_for = "MetalLB gives addresses of p only to Services that ask for them, or to none";
    for more in [json!({ "autoAssign": false }), json!({ "serviceAllocation": {} }), json!({ "serviceAllocation": { "priority": 50 } })] {
        of(pool("192.0.2.240-192.0.2.250", more), |_| ()).expect(4, &[asked_for], &["Services have all", "its events may say why"]);
    }
    let of_a_namespace = json!({ "serviceAllocation": { "namespaces": ["shop"] } });
    of(pool("192.0.2.240-192.0.2.250", of_a_namespace), |_| ()).expect(4, &["its events may say why"], &["only to Services"]);
    of(pool("192.0.2.240-192.0.2.241", json!({ "addresses": ["192.0.2.240-192.0.2.241", "a.b-c"] })), |_| ()).expect(
        4,
        &["its events may say why"],
        &["Services have all"],
    );
    let asks = |cluster: &mut Cluster| cluster.service["spec"]["loadBalancerIP"] = json!("198.51.100.9");
    of(pool("192.0.2.240-192.0.2.241", json!({})), asks).expect(4, &["its events may say why"], &["Services have all"]);
    let written = "address-pools:\n- name: p\n  protocol: layer2\n  addresses:\n  - 192.0.2.240/31\n";
    let map =
        json!({ "kind": "ConfigMap", "metadata": { "namespace": "metallb-system", "name": "config" }, "data": { "config": written } });
    of(map, |_| ()).expect(4, &[full], &["its events may say why"]);
}

/// hcloud-cloud-controller-manager puts both addresses into the status of every Service; its load balancers are proxies.
#[test]
fn a_load_balancer_that_ends_connections_has_both_families() {
    let of = |provider_id: &str| {
        let mut cluster = Cluster::with_policy("Local").made_by(provider_id);
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }, { "ip": "2001:db8::1" }] } });
        cluster
    };
    let said = ["FINE", "passed on", "clients inside without an IPv6 address cannot dial 2001:db8::1"];
    of("hcloud://1").expect(0, &said, &["PreferDualStack", "nobody serves"]);
    of("gce://p/z/n").expect(4, &["DEPENDS", "PreferDualStack"], &["FINE"]);
}

/// calico issue 3815: policy Cluster was tried in vain.
#[test]
fn a_policy_that_admits_pods_alone_is_said_to_do_so() {
    let of = |from: Value| {
        let mut cluster = Cluster::with_policy("Local").of_release("v1.23.17");
        cluster.kube_proxy = kube_proxy("ipvs");
        let spec = json!({ "podSelector": { "matchLabels": { "app": "web" } }, "ingress": [{ "from": from }] });
        cluster.others.push(json!({ "kind": "NetworkPolicy", "metadata": { "namespace": "shop", "name": "access" }, "spec": spec }));
        cluster
    };
    let said = ["NetworkPolicy shop/access lets only certain pods reach the Service's pods", "clients outside time out"];
    of(json!([{ "podSelector": { "matchLabels": { "run": "access" } } }])).expect(3, &said, &["expected to answer"]);
    let mixed = json!([{ "podSelector": {} }, { "ipBlock": { "cidr": "192.0.2.0/24" } }]);
    of(mixed).expect(3, &["whether NetworkPolicy shop/access admits the clients"], &["only certain pods", "expected to answer"]);
    of(json!([{ "ipBlock": { "cidr": "0.0.0.0/0" } }])).expect(3, &["every check inside is expected to answer"], &["shop/access"]);
}

/// k3s before 1.24 keeps these DaemonSets in the Service's namespace.
#[test]
fn who_has_the_ports_that_service_lb_needs_is_named() {
    let service_lb = |namespace: &str, service: &str, ready: u8| {
        let mut set = daemon_set(&format!("svclb-{service}"), "rancher/klipper-lb:v0.2.0", &[]);
        set["metadata"]["namespace"] = json!(namespace);
        set["spec"]["template"]["spec"]["containers"][0]["ports"] = json!([{ "containerPort": 80, "hostPort": 80 }]);
        set["status"] = json!({ "observedGeneration": 1, "currentNumberScheduled": 2, "desiredNumberScheduled": 2, "numberMisscheduled": 0, "numberReady": ready });
        set
    };
    let of = |sets: Vec<Value>| {
        let mut cluster = pending("Local").of_release("v1.21.5+k3s1");
        cluster.daemon_sets.extend(sets);
        cluster
    };
    let said = "ServiceLB's pods for it are not Ready, and DaemonSet kube-system/svclb-traefik holds port 80 on its nodes";
    of(vec![service_lb("shop", "web", 0), service_lb("kube-system", "traefik", 2)]).expect(4, &[said], &["its events"]);
    // The scheduler's word beside it names nobody.
    let mut scheduled = of(vec![service_lb("shop", "web", 0), service_lb("kube-system", "traefik", 2)]);
    scheduled.others.push(json!({
        "kind": "Pod",
        "metadata": { "namespace": "shop", "name": "svclb-web-0", "labels": { "svccontroller.k3s.cattle.io/svcname": "web" } },
        "status": { "conditions": [{ "type": "PodScheduled", "status": "False", "message": "no free ports" }] },
    }));
    scheduled.expect(4, &[said], &["no free ports"]);
    of(vec![service_lb("shop", "web", 0)]).expect(4, &["nodes need the ports free: kubectl get pods -A -l"], &["svclb-traefik"]);
    of(vec![service_lb("shop", "web", 1), service_lb("kube-system", "traefik", 2)]).expect(
        4,
        &["nodes need the ports free"],
        &["svclb-traefik"],
    );
    // k3os issue 208: an older release left one of the Service's name, before those that have labels.
    let mut own = service_lb("kube-system", "web-0a1b", 0);
    own["metadata"]["labels"] = json!({ "svccontroller.k3s.cattle.io/svcname": "web", "svccontroller.k3s.cattle.io/svcnamespace": "shop" });
    for left in [service_lb("shop", "web", 2), service_lb("kube-system", "web", 2)] {
        let namespace = left["metadata"]["namespace"].as_str().unwrap().to_owned();
        let said = format!("DaemonSet {namespace}/svclb-web holds port 80 on its nodes");
        of(vec![left, own.clone()]).expect(4, &[&said], &["its events"]);
    }
}

/// kube-ovn issue 4457: the network that Cilium is chained to does not matter.
#[test]
fn cilium_in_kube_proxys_place_answers_whatever_network_it_is_chained_to() {
    let of = |replacement: &str| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.kube_proxy = json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "cilium-config" }, "data": { "kube-proxy-replacement": replacement } });
        cluster.daemon_sets =
            vec![daemon_set("kube-ovn-cni", "kubeovn/kube-ovn:v1.12.4", &[]), daemon_set("cilium", "cilium/cilium:v1.16.1", &[])];
        cluster
    };
    of("true").expect(0, &["FINE"], &["several pod networks", "kube-proxy's configuration"]);
    of("false").expect(4, &["DEPENDS", "several pod networks"], &["FINE"]);
}

/// terway issue 531.
#[test]
fn pods_with_an_eni_of_their_own_answer_past_the_node() {
    let of = |policy: &str, backends: Option<&str>| {
        let mut cluster = Cluster::with_policy(policy).made_by("cn-hongkong.i-0");
        cluster.daemon_sets = vec![daemon_set("terway-eni", "acs/terway:v1.11.0", &[])];
        let annotations: Vec<_> = backends.map(|kind| ("backend-type", kind)).into_iter().collect();
        cluster.annotated(&annotations)
    };
    let said = "the replies of pods with an ENI of their own bypass the node";
    let tells = |cluster: Cluster| cluster.explained().1.contains(said);
    assert!(tells(of("Local", Some("ecs"))));
    assert!(!tells(of("Local", Some("eni"))) && !tells(of("Local", None)) && !tells(of("Cluster", Some("ecs"))), "pods are dialled");
}

/// metallb issue 609: no packet goes through a VXLAN tunnel there.
#[test]
fn calico_without_vxlan_is_not_warned_of_it() {
    let told = |name: &str, value: &str| {
        let mut cluster = Cluster::with_policy("Cluster").of_release("v1.18.3");
        let mut calico = daemon_set("calico-node", "calico/node:v3.14.0", &[]);
        calico["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": name, "value": value }]);
        cluster.daemon_sets = vec![calico];
        cluster.explained().1
    };
    let of = |vxlan: &str| told("CALICO_IPV4POOL_VXLAN", vxlan);
    assert!(of("Always").contains("masquerades twice"));
    assert!(!of("Never").contains("masquerades twice"));
    assert!(!told("CALICO_IPV4POOL_IPIP", "Always").contains("masquerades twice"));
}

/// kubernetes issue 72522.
#[test]
fn a_host_port_at_the_services_own_port_is_told_where_portmap_may_be_old() {
    let of = |mode: &str, release: &str, port: u16| {
        let mut cluster = Cluster::with_policy("Cluster").of_release(release);
        cluster.kube_proxy = kube_proxy(mode);
        let mut edge = daemon_set("edge", "example.com/edge:1", &[]);
        edge["spec"]["template"]["spec"]["containers"][0]["ports"] = json!([{ "containerPort": 8080, "hostPort": port }]);
        cluster.daemon_sets.push(edge);
        cluster
    };
    let said = "who answers at port 80 (kube-system/edge)";
    of("ipvs", "v1.13.1", 80).expect(4, &[said], &["FINE"]);
    of("iptables", "v1.13.1", 80).expect(4, &["DEPENDS"], &[said]);
    of("ipvs", "v1.13.1", 8080).expect(4, &["DEPENDS"], &["who answers"]);
    of("ipvs", "v1.30.4", 80).expect(0, &["FINE"], &[said]);
}

/// kube-vip issue 1006.
#[test]
fn two_services_at_one_address_and_port_are_told() {
    let beside = |protocol: &str, port: u16, address: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        let mut other = cluster.service.clone();
        other["metadata"]["name"] = json!("api");
        other["spec"]["clusterIPs"] = json!(["10.96.20.8"]);
        other["spec"]["ports"] = json!([{ "port": port, "protocol": protocol, "targetPort": 8080 }]);
        other["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": address }] } });
        cluster.others.push(other);
        cluster
    };
    let said = "who answers at port 80: shop/api has the same address and port, and either may";
    beside("TCP", 80, "198.51.100.1").expect(4, &["DEPENDS", said], &["FINE"]);
    // Services share an address by their ports.
    beside("TCP", 443, "198.51.100.1").expect(0, &["FINE"], &["who answers"]);
    beside("UDP", 80, "198.51.100.1").expect(0, &["FINE"], &["who answers"]);
    beside("TCP", 80, "198.51.100.2").expect(0, &["FINE"], &["who answers"]);
}

/// k3s issue 8946: the only node is its own load balancer.
#[test]
fn a_node_that_rejects_what_is_meant_for_itself_is_told() {
    let of = |release: &str, mode: &str, address: &str| {
        let mut cluster = Cluster::with_policy("Cluster").of_release(release);
        cluster.kube_proxy = kube_proxy(mode);
        cluster.nodes.truncate(1);
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": address }] } });
        cluster
    };
    let said = ["WILL FAIL", "rejects all but the Service's ports at 192.0.2.1, the address of n1 itself", "address that no node has"];
    of("v1.26.10", "ipvs", "192.0.2.1").expect(3, &said, &["FINE"]);
    of("v1.27.1", "ipvs", "192.0.2.1").expect(3, &said, &["FINE"]);
    for (release, mode, address) in
        [("v1.27.2", "ipvs", "192.0.2.1"), ("v1.26.10", "iptables", "192.0.2.1"), ("v1.26.10", "ipvs", "198.51.100.1")]
    {
        of(release, mode, address).expect(0, &["FINE"], &["rejects"]);
    }
}

/// cilium issue 39023.
#[test]
fn an_address_of_ciliums_that_nobody_announces_is_a_risk_outside() {
    let of = |setting: &str, others: Vec<Value>| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["status"]["conditions"] = json!([{
            "type": "cilium.io/IPAMRequestSatisfied", "status": "True", "reason": "satisfied", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z",
        }]);
        let data = json!({ "kube-proxy-replacement": "true", setting: "true" });
        cluster.kube_proxy =
            json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "cilium-config" }, "data": data });
        cluster.daemon_sets = vec![daemon_set("cilium", "cilium/cilium:v1.17.3", &[])];
        cluster.daemon_sets.extend(others);
        cluster
    };
    let said = ["DEPENDS: clients outside may fail: ", "announces it neither by layer 2 nor by BGP"];
    of("debug", Vec::new()).expect(4, &said, &[]);
    for setting in ["enable-l2-announcements", "enable-bgp-control-plane"] {
        // What it is told to announce is not in the file.
        of(setting, Vec::new()).expect(4, &["whether the address is announced: Cilium's"], &["FINE", "announces it neither"]);
    }
    of("debug", vec![daemon_set("speaker", "quay.io/metallb/speaker:v0.14.8", &[])]).expect(0, &["FINE"], &["announces it neither"]);
}

/// haproxytech/helm-charts issue 227: `loadBalancerClass: nil`.
#[test]
fn a_class_that_nobody_serves_is_named() {
    let mut cluster = pending("Cluster").made_by("aws:///a/i-1");
    cluster.service["spec"]["loadBalancerClass"] = json!("nil");
    cluster.expect(4, &["only a controller of its loadBalancerClass, nil, gives it one", "its events may say why"], &[]);
}

/// ACK's masters have a DaemonSet of their own; EKS' Auto Mode has kube-proxy in the machine.
#[test]
fn a_node_that_needs_no_pod_of_kube_proxy_is_not_said_to_lack_one() {
    let of = |label: (&str, &str), second: Option<&str>| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.nodes[1]["metadata"]["labels"][label.0] = json!(label.1);
        let pod = |node: &str, app: &str| {
            json!({
                "kind": "Pod",
                "metadata": { "namespace": "kube-system", "name": format!("{app}-{node}"), "labels": { "k8s-app": app } },
                "spec": { "nodeName": node, "containers": [{ "name": "kube-proxy", "image": "kube-proxy:v1.30.4" }] },
                "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
            })
        };
        cluster.others.push(pod("n1", "kube-proxy-worker"));
        cluster.others.extend(second.map(|app| pod("n2", app)));
        cluster.explained().1
    };
    let said = "kube-proxy has no pod on n2";
    assert!(of(("a", "b"), None).contains(said));
    assert!(!of(("a", "b"), Some("kube-proxy-master")).contains(said));
    assert!(!of(("eks.amazonaws.com/compute-type", "auto"), None).contains(said));
    assert!(!of(("k8s.aliyun.com/no-kube-proxy", "true"), None).contains(said));
}

/// wazuh-helm issue 62: each policy asks for one label more than the Service's selector has.
#[test]
fn policies_for_some_of_a_services_pods_are_not_passed_over() {
    let of = |pods: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.slices =
            vec![slice("web-1", &http(), &[endpoint("10.244.1.5", Some("n1"), true), endpoint("10.244.2.5", Some("n2"), true)])];
        let policy = json!({ "podSelector": { "matchLabels": { "app": "web", "node-type": "worker" } }, "policyTypes": ["Ingress"] });
        cluster.others.push(json!({ "kind": "NetworkPolicy", "metadata": { "namespace": "shop", "name": "worker" }, "spec": policy }));
        for (address, kind) in pods {
            cluster.others.push(json!({
                "kind": "Pod",
                "metadata": { "namespace": "shop", "name": format!("web-{kind}"), "labels": { "app": "web", "node-type": kind } },
                "spec": { "nodeName": "n1", "containers": [{ "name": "web", "image": "web:1" }] },
                "status": { "phase": "Running", "podIP": address },
            }));
        }
        cluster
    };
    of(&[]).expect(
        4,
        &["DEPENDS", "whether NetworkPolicy shop/worker limits who reaches the Service's pods", "selector does not name"],
        &["FINE"],
    );
    let some = of(&[("10.244.1.5", "worker"), ("10.244.2.5", "master")]);
    some.expect(4, &["DEPENDS", "NetworkPolicy shop/worker limits who reaches some of the Service's pods"], &["FINE"]);
    of(&[("10.244.1.5", "master"), ("10.244.2.5", "indexer")]).expect(0, &["FINE"], &["NetworkPolicy shop/worker"]);
    of(&[("10.244.1.5", "worker"), ("10.244.2.5", "worker")]).expect(4, &["DEPENDS", "admits nobody"], &["FINE"]);
}

fn cilium(release: &str, settings: &[(&str, &str)]) -> Cluster {
    let mut cluster = Cluster::with_policy("Local");
    cluster.daemon_sets = vec![daemon_set("cilium", &format!("cilium/cilium:{release}"), &[])];
    let mut data = json!({ "kube-proxy-replacement": "true" });
    for (name, value) in settings {
        data[*name] = json!(value);
    }
    cluster.kube_proxy = json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "cilium-config" }, "data": data });
    cluster
}

/// cilium issue 42334: its guide says that ranges are not applied inside.
#[test]
fn cilium_in_kube_proxys_place_applies_source_ranges_to_nobody_inside() {
    let with_ranges = |mut cluster: Cluster| {
        cluster.service["spec"]["loadBalancerSourceRanges"] = json!(["203.0.113.0/24"]);
        cluster.service["spec"]["externalTrafficPolicy"] = json!("Cluster");
        cluster
    };
    with_ranges(cilium("v1.18.2", &[])).expect(0, &["FINE"], &["loadBalancerSourceRanges does not contain"]);
    with_ranges(Cluster::with_policy("Cluster")).expect(3, &["WILL FAIL", "loadBalancerSourceRanges does not contain"], &[]);
}

/// cilium issues 48799 and 33038: the endpoint of a Gateway of Cilium's is a placeholder on no node, and Envoy is on each.
#[test]
fn the_placeholder_of_ciliums_gateway_is_no_endpoint_without_a_node() {
    let of = |release: &str, settings: &[(&str, &str)], policy: &str| {
        let mut cluster = cilium(release, settings);
        cluster.service["spec"]["externalTrafficPolicy"] = json!(policy);
        cluster.slices = vec![slice("web-1", &json!([{ "port": 9999, "protocol": "TCP" }]), &[endpoint("192.192.192.192", None, true)])];
        cluster
    };
    let wrong = ["nodeName", "upgrade Cilium to 1.20.2", "no node takes connections"];
    let announced = ("enable-l2-announcements", "true");
    let nowhere = "Cilium announces an address only from nodes with an endpoint";
    of("v1.20.2", &[announced], "Local").expect(4, &["DEPENDS: clients outside may fail", nowhere], &wrong);
    let fine_outside = [wrong[0], wrong[1], wrong[2], "clients outside may"];
    of("v1.20.1", &[announced], "Local").expect(0, &["FINE"], &fine_outside);
    of("v1.20.2", &[announced], "Cluster").expect(0, &["FINE"], &fine_outside);
    // The cloud's health check is told of no endpoint.
    let unhealthy = "tells health checks that no node has an endpoint";
    of("v1.15.5", &[], "Local").made_by("azure:///a").expect(4, &["DEPENDS: clients outside may fail", unhealthy], &wrong);
    of("v1.17.4", &[], "Local").made_by("azure:///a").expect(0, &["FINE"], &fine_outside);
}

/// What `explain` says of clients outside is in the overview, too.
#[test]
fn an_overview_calls_fine_what_is_fine_for_clients_outside_as_well() {
    let octavia = |monitor: Option<&str>| {
        let cluster = Cluster::with_policy("Local").made_by("openstack:///a");
        let annotation = ("loadbalancer.openstack.org/enable-health-monitor", monitor);
        let mut cluster = cluster;
        if let (name, Some(value)) = annotation {
            cluster.service["metadata"]["annotations"][name] = json!(value);
        }
        cluster.overview()
    };
    let (code, said) = octavia(None);
    assert!(
        code == 4 && said.contains("fine inside: clients outside may fail") && said.contains("Octavia has no health monitor"),
        "{code} {said}"
    );
    assert!(said.contains("hint: kubectl lbprobe explain web"), "{said}");
    let (code, said) = octavia(Some("true"));
    assert!(code == 0 && !said.contains("fine inside"), "{code} {said}");
}

/// A header that never comes strikes everybody inside, and the overview says why.
#[test]
fn an_overview_counts_the_nodes_of_a_fault_beyond_the_connection() {
    let mut cluster = Cluster::with_policy("Local").made_by("digitalocean://1");
    cluster = cluster.annotated(&[("do-loadbalancer-enable-proxy-protocol", "true")]);
    let labels = json!({ "app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller" });
    cluster.service["spec"]["selector"] = labels.clone();
    cluster.others.push(json!({
        "kind": "ConfigMap",
        "metadata": { "namespace": "shop", "name": "ingress-nginx-controller", "labels": labels },
        "data": { "use-proxy-protocol": "true" },
    }));
    let (code, said) = cluster.overview();
    assert!(code == 3 && said.contains("web Local 1 2/2 2/2 will fail") && said.contains("PROXY header"), "{code} {said}");
}

/// scaleway/docs-content issue 3366.
#[test]
fn a_certificate_of_scaleways_is_for_the_ports_that_it_names() {
    let of = |ids: &str| {
        let mut cluster =
            Cluster::with_policy("Cluster").made_by("scaleway://instance/a").annotated(&[("scw-loadbalancer-certificate-ids", ids)]);
        cluster.service["spec"]["ports"] = json!([{ "port": 80, "name": "http" }, { "port": 443, "name": "https" }]);
        cluster.slices[0]["ports"] =
            json!([{ "name": "http", "port": 8080, "protocol": "TCP" }, { "name": "https", "port": 8443, "protocol": "TCP" }]);
        cluster.explained().1
    };
    let by_port = of("443:11111111-1111-1111-1111-111111111111");
    assert!(by_port.contains("TLS on port 443:") && !by_port.contains("port 80 and 443"), "{by_port}");
    assert!(of("11111111-1111-1111-1111-111111111111").contains("TLS on port 80 and 443"));
}

/// envoyproxy/gateway issue 5195: GKE's static pods are in no list, and its DaemonSet is on no node.
#[test]
fn gke_without_dataplane_v2_is_in_iptables_mode_and_goes_by_node_ranges() {
    let mut cluster = Cluster::with_policy("Local").of_release("v1.31.5-gke.1169000").made_by("gce://p/z/n");
    cluster.kube_proxy = json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": "other" } });
    cluster.daemon_sets.clear();
    cluster.expect(0, &["FINE", "kube-proxy in iptables mode"], &["nftables"]);
}

/// eks-workshop-v2 issue 1857: kube-proxy does not read the annotation, and the load balancer does.
#[test]
fn ranges_by_annotation_hold_at_the_load_balancer() {
    let of = |ranges: &str, ingress: serde_json::Value| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("aws:///a/i-1");
        cluster = cluster.annotated(&[
            ("load-balancer-source-ranges", ranges),
            ("aws-load-balancer-type", "external"),
            ("aws-load-balancer-scheme", "internet-facing"),
        ]);
        cluster.service["status"] = json!({ "loadBalancer": { "ingress": [ingress] } });
        cluster
    };
    let by_name = || json!({ "hostname": "k8s-shop.elb.us-west-2.amazonaws.com" });
    of("198.51.100.7/32", by_name()).expect(4, &["DEPENDS", "passed on or timed out"], &["FINE"]);
    of("0.0.0.0/0", by_name()).expect(0, &["FINE"], &[]);
    of("198.51.100.7/32", json!({ "ip": "203.0.113.9" })).expect(0, &["FINE"], &["timed out"]);
}

/// vultr-cloud-controller-manager issue 226.
#[test]
fn vultrs_load_balancers_are_known() {
    let ends_tls = [("vultr-loadbalancer-ssl", "certificate"), ("vultr-loadbalancer-https-ports", "443")];
    let mut cluster = Cluster::with_policy("Local").made_by("vultr://a").annotated(&ends_tls);
    cluster.service["spec"]["ports"] = json!([{ "port": 443, "name": "https" }]);
    cluster.slices[0]["ports"] = json!([{ "name": "https", "port": 8443, "protocol": "TCP" }]);
    cluster.expect(4, &["DEPENDS", "TLS on port 443", "vultr-loadbalancer-hostname"], &["FINE"]);
}

/// cilium issue 40913: 1.18.0 alone lost what 1.17 had learnt.
#[test]
fn cilium_honours_the_ip_mode_by_its_release() {
    let of = |release: &str| {
        let mut cluster = cilium(release, &[]);
        cluster.service["spec"]["externalTrafficPolicy"] = json!("Cluster");
        cluster.service["status"]["loadBalancer"]["ingress"][0]["ipMode"] = json!("Proxy");
        cluster.explained().1
    };
    for ignores in ["v1.16.5", "v1.18.0"] {
        let said = of(ignores);
        assert!(said.contains("n1 yes pod ok ok ok") && !said.contains("passed on"), "{ignores}: {said}");
    }
    for honours in ["v1.17.6", "v1.18.1", "v1.19.2"] {
        let said = of(honours);
        assert!(said.contains("n1 yes pod passed on ok ok"), "{honours}: {said}");
    }
    assert!(of("v1.17.0").contains("n1 yes pod ok or passed on"));
}

/// calico issue 9330: kube-proxy's DaemonSet is kept to nodes that there are none of, and its ConfigMap is left over.
#[test]
fn kube_proxy_that_made_room_for_calico_does_not_answer() {
    let of = |selector: serde_json::Value, desired: u8| {
        let mut cluster = Cluster::with_policy("Local");
        let mut proxy = daemon_set("kube-proxy", "kube-proxy:v1.29.6", &[]);
        proxy["spec"]["template"]["spec"]["nodeSelector"] = selector;
        proxy["status"] = json!({
            "observedGeneration": 2, "desiredNumberScheduled": desired, "currentNumberScheduled": desired,
            "numberReady": desired, "numberMisscheduled": 0,
        });
        cluster.daemon_sets = vec![daemon_set("calico-node", "calico/node:v3.28.0", &[]), proxy];
        cluster.explained().1
    };
    let made_room = of(json!({ "non-calico": "true" }), 0);
    assert!(made_room.contains("Calico's eBPF data path answers for Services in kube-proxy's place"), "{made_room}");
    for answers in [of(json!({ "non-calico": "true" }), 2), of(json!({ "kubernetes.io/os": "linux" }), 2)] {
        assert!(answers.contains("kube-proxy in iptables mode"), "{answers}");
    }
}

#[test]
fn a_slice_without_any_endpoint_points_at_the_selector() {
    let of = |endpoints: &[Value]| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.slices = vec![slice("web-1", &http(), endpoints)];
        cluster
    };
    let matches_none = ["WILL FAIL", "no endpoint, ready or not", "selector of web seems to match no pod", "--show-labels"];
    of(&[]).expect(3, &matches_none, &["see why none is ready"]);
    let mut without = of(&[]);
    without.service["spec"]["selector"] = json!({});
    without.slices[0]["metadata"]["labels"]["kubernetes.io/service-name"] = json!("other");
    without.expect(3, &["WILL FAIL", "give web a selector: it has none"], &["seems to match no pod", "see why none is ready"]);
    let not_ready = [endpoint("10.244.0.7", Some("n1"), false)];
    of(&not_ready).expect(3, &["WILL FAIL", "no ready endpoint", "see why none is ready"], &["seems to match no pod"]);
}

#[test]
fn a_cloud_that_does_not_hear_metallb_is_told() {
    let of = |node: &str| {
        let mut cluster = Cluster::with_policy("Cluster").made_by(node);
        cluster.daemon_sets.push(daemon_set("speaker", "metallb/speaker:v0.14.9", &[]));
        cluster
    };
    for cloud in ["aws:///eu-west-1a/i-1", "gce://shop/europe-west1-b/n", "digitalocean://1", "azure:///1"] {
        of(cloud).expect(4, &["DEPENDS: clients outside may fail", "which this cloud's network does not take from nodes"], &[]);
    }
    of("vultr://1").expect(0, &["FINE"], &["does not take from nodes"]);
    of("openstack:///1").expect(0, &["FINE"], &["does not take from nodes"]);
}

/// Who dials the node port at the load balancer's address (metallb issue 2676).
#[test]
fn a_port_that_nobody_declares_is_not_fine() {
    let cluster = |programs: &[(&str, &str)]| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["spec"]["ports"][0]["nodePort"] = json!(31000);
        cluster.daemon_sets.extend(programs.iter().map(|(name, image)| daemon_set(name, image, &[])));
        cluster
    };
    let at = |programs: &[(&str, &str)], port: u16, code: i32, said: &str| {
        let (ended, text) = cluster(programs).explained_at(port);
        assert!(ended == code && text.contains(said), "{text}");
        assert_eq!(text.contains("FINE"), code == 0, "{text}");
        text
    };
    let metallb = [("speaker", "metallb/speaker:v0.14.9")];
    let nobody = "nobody answers: MetalLB leads the address to nodes";
    assert!(at(&metallb, 31000, 4, nobody).contains("It is the node port of port 80: dial port 80"));
    assert!(!at(&metallb, 8080, 4, nobody).contains("node port of"));
    at(&[], 8080, 4, "only a listener of the load balancer's own may answer");
    assert!(!at(&metallb, 80, 0, "FINE").contains(nobody));
}

/// istio issue 28856: the load balancer has its address, and its controller cannot bring it up to date.
#[test]
fn a_load_balancer_that_could_not_be_brought_up_to_date_is_no_fine_one() {
    let event = |kind: &str, reason: &str, at: &str| {
        let mut event = warning(reason, "DuplicateTargetGroupName: a target group with the same name exists", at);
        event["type"] = json!(kind);
        event["metadata"]["name"] = json!(format!("web.{reason}"));
        event
    };
    let failed = || event("Warning", "SyncLoadBalancerFailed", "2026-11-27T11:00:00Z");
    let of = |events: &[Value]| {
        let mut cluster = Cluster::with_policy("Cluster").made_by("gce://a/i-1");
        cluster.others = events.to_vec();
        cluster
    };
    of(&[failed()]).expect(4, &["the last sync of the load balancer failed", "DuplicateTargetGroupName"], &["FINE:"]);
    let (code, text) = of(&[failed()]).overview();
    assert!(code == 4 && text.contains("DuplicateTargetGroupName"), "{code} {text}");
    let before = event("Normal", "EnsuredLoadBalancer", "2026-11-27T10:00:00Z");
    let trying = event("Normal", "EnsuringLoadBalancer", "2026-11-27T12:00:00Z");
    of(&[before, failed(), trying]).expect(4, &["DuplicateTargetGroupName"], &[]);
    let after = event("Normal", "EnsuredLoadBalancer", "2026-11-27T12:00:00Z");
    of(&[failed(), after]).expect(0, &["FINE"], &["DuplicateTargetGroupName"]);
    // Others warn of other things.
    of(&[event("Warning", "FailedToUpdateEndpointSlices", "2026-11-27T11:00:00Z")]).expect(0, &["FINE"], &["DuplicateTargetGroupName"]);
}

/// tyk-charts issue 345: a field of the Service stands in its selector.
#[test]
fn the_pod_that_a_selector_nearly_matches_is_named() {
    let with_pod = |labels: Value| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.slices = vec![slice("web-1", &http(), &[])];
        cluster.service["spec"]["selector"] = json!({ "app": "web", "tier": "edge", "externalTrafficPolicy": "Local" });
        cluster.others.push(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web-0", "namespace": "shop", "labels": labels },
            "spec": { "containers": [{ "name": "web", "image": "nginx" }] },
        }));
        cluster
    };
    let near = with_pod(json!({ "app": "web", "tier": "edge" }));
    near.expect(3, &["it matches none; nearest is pod shop/web-0, which lacks externalTrafficPolicy=Local"], &["seems to match no pod"]);
    // Another application of the same release.
    let another = with_pod(json!({ "app": "database", "tier": "edge", "externalTrafficPolicy": "Local" }));
    another.expect(3, &["seems to match no pod"], &["web-0"]);
    let far = with_pod(json!({ "app": "other" }));
    far.expect(3, &["seems to match no pod"], &["web-0"]);
}

/// metallb issue 924.
#[test]
fn external_ips_that_nobody_announces_are_no_fine_ones() {
    let of = |address: &str, speaker: bool| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.service["spec"]["externalIPs"] = json!([address]);
        if speaker {
            cluster.daemon_sets.push(daemon_set("speaker", "quay.io/metallb/speaker:v0.14.8", &[]));
        }
        cluster
    };
    let said = ["no node has the external IP 192.0.2.170", "clients outside get no answer"];
    of("192.0.2.170", true).expect(4, &said, &["FINE:"]);
    let addresses = Cluster::with_policy("Cluster").nodes[0]["status"]["addresses"][0]["address"].as_str().unwrap().to_owned();
    of(&addresses, true).expect(0, &[], &["no node has the external IP"]);
}

/// k3s issue 14625: the last node has lost the label by which ServiceLB chooses.
#[test]
fn a_service_lb_that_chooses_no_node_says_by_which_labels() {
    let of = |desired: u8| {
        let mut cluster = pending("Cluster");
        cluster.nodes.iter_mut().for_each(|node| node["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.30.4+k3s1"));
        let mut set = daemon_set("svclb-web-1", "rancher/klipper-lb:v0.4.9", &[]);
        set["metadata"]["labels"] =
            json!({ "svccontroller.k3s.cattle.io/svcname": "web", "svccontroller.k3s.cattle.io/svcnamespace": "shop" });
        set["spec"]["template"]["spec"]["nodeSelector"] = json!({ "svccontroller.k3s.cattle.io/enablelb": "true" });
        set["status"] =
            json!({ "desiredNumberScheduled": desired, "numberReady": 0, "currentNumberScheduled": desired, "numberMisscheduled": 0 });
        cluster.daemon_sets.push(set);
        cluster
    };
    let said = ["svclb-web-1 runs on no node: its nodeSelector asks for svccontroller.k3s.cattle.io/enablelb=true"];
    of(0).expect(4, &said, &["need the ports free"]);
    of(2).expect(4, &[], &["runs on no node"]);
}

/// oci-cloud-controller-manager issue 404.
#[test]
fn oracles_controller_finds_no_machine_without_a_provider_id() {
    let of = |id: Option<&str>| {
        let mut cluster = Cluster::with_policy("Cluster").annotated(&[("x", "y")]);
        cluster.service["metadata"]["annotations"] = json!({ "oci.oraclecloud.com/load-balancer-type": "nlb" });
        for node in &mut cluster.nodes {
            match id {
                Some(id) => node["spec"]["providerID"] = json!(id),
                None => drop(node["spec"].as_object_mut().unwrap().remove("providerID")),
            }
        }
        cluster
    };
    of(None).expect(4, &["Oracle's cloud controller finds a node's machine by its spec.providerID"], &["FINE:"]);
    of(Some("ocid1.instance.oc1.eu-frankfurt-1.abc")).expect(0, &["FINE"], &["spec.providerID"]);
}

/// kubernetes issue 121371: nobody outside has an address for it, and some clients inside fail all the same.
#[test]
fn a_service_for_clients_inside_alone_is_explained_where_a_policy_keeps_some_of_them_out() {
    let of = |policy: &str, mode: &str| {
        let mut cluster = Cluster::with_policy("Cluster").of_release("v1.30.4");
        cluster.kube_proxy = kube_proxy(mode);
        cluster.service["spec"]["type"] = json!("ClusterIP");
        cluster.service["spec"]["internalTrafficPolicy"] = json!(policy);
        cluster.service["status"] = json!({});
        cluster
    };
    of("Local", "iptables").expect(
        3,
        &["WILL FAIL", "type ClusterIP, internalTrafficPolicy Local", "set internalTrafficPolicy to Cluster"],
        &[],
    );
    of("Local", "ipvs").expect(0, &["FINE"], &[]);
    of("Cluster", "iptables").expect(1, &["clients outside have no address for it"], &[]);
    let (ended, text) = of("Cluster", "iptables").overview();
    assert!(ended == 4 && text.contains("nothing to explain"), "{ended}: {text}");
}

/// rancher issue 11776: kubectl of 1.9 writes policies so.
#[test]
fn objects_of_an_older_version_are_read() {
    let of = |version: &str, kind: &str, spec: Value| {
        let mut cluster = Cluster::with_policy("Cluster");
        let metadata = json!({ "namespace": "shop", "name": "old" });
        cluster.others.push(json!({ "apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec }));
        cluster
    };
    let policy = json!({ "podSelector": {} });
    of("extensions/v1beta1", "NetworkPolicy", policy.clone()).expect(4, &["shop/old admits nobody"], &["FINE:"]);
    // Another project's may hold clients back all the same.
    of("example.com/v1", "NetworkPolicy", policy).expect(4, &["DEPENDS", "example.com/v1"], &["FINE:"]);
}

/// calico issue 10476: from 3.30 Calico gives addresses, where it is told to.
#[test]
fn a_load_balancer_that_waits_for_the_pod_network_says_so() {
    let of = |image: &str| {
        let mut cluster = pending("Cluster");
        cluster.daemon_sets = vec![daemon_set("calico-node", image, &[])];
        cluster
    };
    of("calico/node:v3.30.0").expect(4, &["spec.controllers.loadBalancer"], &["its events may say why"]);
    of("calico/node:v3.27.0").expect(4, &["nothing in the cluster seems to give out addresses. No cloud"], &["spec.controllers"]);
}

/// cilium issue 26126: rules of several policies add up, and none of them admits anybody but pods.
#[test]
fn policies_that_together_admit_pods_alone_are_told_once() {
    let of = |second: Value| {
        let policy = |name: &str, from: Value| {
            json!({
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": { "namespace": "shop", "name": name },
                "spec": { "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{ "from": from }] },
            })
        };
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.others.push(policy("own", json!([{ "podSelector": {} }])));
        cluster.others.push(policy("system", second));
        cluster
    };
    let said = "NetworkPolicies shop/own and shop/system let only certain pods reach the Service's pods";
    of(json!([{ "namespaceSelector": { "matchLabels": { "team": "a" } } }])).expect(4, &[said], &["FINE"]);
    of(json!([{ "ipBlock": { "cidr": "203.0.113.0/24" } }])).expect(
        4,
        &["whether NetworkPolicies shop/own and shop/system admit"],
        &[said],
    );
    let every = json!([{ "namespaceSelector": { "matchExpressions": [{ "key": "kubernetes.io/metadata.name", "operator": "Exists" }] } }]);
    of(every).expect(4, &["whether NetworkPolicies"], &["FINE", said]);
}
