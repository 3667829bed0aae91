//! What files hold and what they lack.

use serde_json::{Value, json};

use crate::cluster::{Cluster, daemon_set, endpoint, http, kube_proxy};

fn config_map(name: &str, data: &Value) -> Value {
    json!({ "kind": "ConfigMap", "metadata": { "namespace": "kube-system", "name": name }, "data": data })
}

#[test]
fn the_config_map_that_holds_the_configuration_is_read() {
    let with_maps = |other: Value| {
        let mut cluster = Cluster::with_policy("Local").of_release("v1.23.17");
        // EKS' own has a kubeconfig alone.
        cluster.kube_proxy = config_map("kube-proxy", &json!({ "kubeconfig": "kind: Config" }));
        cluster.others.push(other);
        cluster
    };
    let ipvs = config_map("kube-proxy-config", &json!({ "config": "mode: ipvs\nclusterCIDR: ''\n" }));
    with_maps(ipvs).expect(3, &["WILL FAIL", "ConfigMap kube-system/kube-proxy-config"], &["neither of the keys"]);
    let another = config_map("other", &json!({ "config": "mode: ipvs" }));
    with_maps(another).expect(4, &["DEPENDS", "ConfigMap kube-system/kube-proxy has neither of the keys"], &[]);
}

#[test]
fn pods_of_kube_proxy_without_a_release_are_not_missing_ones() {
    let with_image = |image: &str| {
        let mut cluster = Cluster::with_policy("Local");
        for node in ["n1", "n2"] {
            let mut pod = kube_proxy_pod(node, "True");
            pod["spec"]["containers"][0]["image"] = json!(image);
            cluster.others.push(pod);
        }
        cluster
    };
    let said = ["no pod of kube-proxy has a release in its image's tag"];
    with_image("example.com/kube-proxy@sha256:00").expect(0, &said, &["not in the file"]);
    with_image("example.com/kube-proxy:v1.30.4").expect(0, &["FINE"], &["kube-proxy's release"]);
}

#[test]
fn aks_pods_cross_their_node_whatever_their_network() {
    let of = |node_label: &str| {
        let mut cluster = Cluster::with_policy("Cluster");
        cluster.daemon_sets.clear();
        for node in &mut cluster.nodes {
            node["spec"] = json!({ "providerID": "azure:///subscriptions/1/vm/0" });
            node["metadata"]["labels"][node_label] = json!("cluster");
        }
        cluster
    };
    of("kubernetes.azure.com/cluster").expect(0, &["FINE", "how pods are connected"], &["passed on"]);
    // Elsewhere a pod may have an interface of the cloud's. ClusterIPs are reached in any case.
    of("example.com/cluster").expect(0, &["n1 yes pod ok or passed on ok ok"], &[]);
}

#[test]
fn endpoint_slices_of_older_clusters_are_read() {
    let mut beta = Cluster::with_policy("Local").of_release("v1.23.17");
    beta.kube_proxy = kube_proxy("ipvs");
    let slice = &mut beta.slices[0];
    slice["apiVersion"] = json!("discovery.k8s.io/v1beta1");
    slice["endpoints"] = json!([{ "addresses": ["10.244.1.5"], "topology": { "kubernetes.io/hostname": "n1" } }]);
    beta.expect(3, &["1 ready endpoint on n1", "n1 yes pod ok", "n2 no pod refused"], &[]);
    let mut other = Cluster::with_policy("Local");
    other.slices[0]["apiVersion"] = json!("discovery.k8s.io/v9");
    other.expect(1, &["has an EndpointSlice web-1 that cannot be understood"], &[]);
}

#[test]
fn endpoints_stand_in_for_slices_that_a_file_has_not() {
    let endpoints = json!({
        "kind": "Endpoints",
        "metadata": { "namespace": "shop", "name": "web" },
        "subsets": [{
            "addresses": [{ "ip": "10.244.1.5", "nodeName": "n1" }],
            "notReadyAddresses": [{ "ip": "10.244.2.5", "nodeName": "n2" }],
            "ports": [{ "name": "http", "port": 8080, "protocol": "TCP" }],
        }],
    });
    let mut cluster = Cluster::with_policy("Local");
    cluster.slices = vec![endpoints.clone()];
    cluster.expect(0, &["1 ready endpoint on n1", "FINE"], &[]);
    // Slices count where there are some: Endpoints may be left over.
    let mut both = Cluster::with_policy("Local");
    both.slices[0] = crate::cluster::slice("web-1", &http(), &[endpoint("10.244.2.7", Some("n2"), true)]);
    both.others.push(endpoints);
    both.expect(0, &["1 ready endpoint on n2"], &[]);
    let mut neither = Cluster::with_policy("Local");
    neither.slices.clear();
    neither.expect(1, &["has no EndpointSlices", "hint: kubectl get services,endpointslices"], &["no endpoint"]);
}

#[test]
fn services_that_wait_for_an_address_are_told_in_an_overview() {
    let with_pending = |kind: &str| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.others.push(json!({
            "apiVersion": "v1", "kind": "Event", "metadata": { "name": "api.1", "namespace": "shop" },
            "type": "Warning", "reason": "SyncLoadBalancerFailed", "message": "quota exceeded", "lastTimestamp": "2026-11-27T10:00:00Z",
            "involvedObject": { "kind": "Service", "namespace": "shop", "name": "api" },
        }));
        let mut other = cluster.service.clone();
        other["metadata"]["name"] = json!("api");
        other["spec"]["type"] = json!(kind);
        other["status"] = json!({ "loadBalancer": {} });
        cluster.others.push(other);
        cluster.overview()
    };
    let (code, text) = with_pending("LoadBalancer");
    assert_eq!(code, 3, "it has no endpoint either: {text}");
    assert!(text.contains("the Service has no endpoint") && text.contains("SyncLoadBalancerFailed: quota exceeded"), "{text}");
    let (code, text) = with_pending("ClusterIP");
    assert!(code == 0 && !text.contains("api"), "{code} {text}");
}

#[test]
fn a_flannel_for_each_architecture_is_one_network() {
    let mut cluster = Cluster::with_policy("Local");
    let set = |arch: &str| daemon_set(&format!("kube-flannel-ds-{arch}"), &format!("quay.io/coreos/flannel:v0.12.0-{arch}"), &[]);
    cluster.daemon_sets = ["amd64", "arm64"].map(set).to_vec();
    cluster.expect(0, &["FINE"], &["how pods are connected"]);
}

fn kube_proxy_pod(node: &str, ready: &str) -> Value {
    json!({
        "kind": "Pod",
        "metadata": { "namespace": "kube-system", "name": format!("kube-proxy-{node}-{ready}"), "labels": { "k8s-app": "kube-proxy" } },
        "spec": { "nodeName": node, "containers": [{ "name": "kube-proxy", "image": "kube-proxy:v1.30.4" }] },
        "status": { "conditions": [{ "type": "Ready", "status": ready }] },
    })
}

#[test]
fn a_kube_proxy_that_is_not_ready_is_never_fine() {
    let with_pods = |conditions: &[&str]| {
        let mut cluster = Cluster::with_policy("Local");
        let others: Vec<_> =
            cluster.nodes.iter().filter_map(|node| node["metadata"]["name"].as_str()).filter(|node| *node != "n2").collect();
        cluster.others.extend(others.into_iter().map(|node| kube_proxy_pod(node, "True")));
        cluster.others.extend(conditions.iter().map(|ready| kube_proxy_pod("n2", ready)));
        cluster
    };
    with_pods(&["False"]).expect(4, &["DEPENDS", "kube-proxy's pod on n2 is not Ready"], &["FINE"]);
    with_pods(&["True"]).expect(0, &["FINE"], &["not Ready"]);
    // One that ends beside one that has taken its place.
    with_pods(&["False", "True"]).expect(0, &["FINE"], &["not Ready"]);
}

// kubeadm issue 699: the DaemonSet does not tolerate the node's taint.
#[test]
fn a_node_without_kube_proxy_is_never_fine() {
    let with_pods = |nodes: &[&str]| {
        let mut cluster = Cluster::with_policy("Local");
        cluster.others.extend(nodes.iter().map(|node| kube_proxy_pod(node, "True")));
        cluster
    };
    with_pods(&["n1", "n2"]).expect(0, &["FINE"], &["no pod on"]);
    with_pods(&["n1"]).expect(4, &["DEPENDS", "kube-proxy has no pod on n2"], &["FINE"]);
    let beside_a_set = |scheduled: u32| {
        let mut cluster = with_pods(&["n1"]);
        let mut set = daemon_set("kube-proxy", "kube-proxy:v1.30.4", &["--config=/var/lib/kube-proxy/config.conf"]);
        set["status"] = json!({ "observedGeneration": 1, "desiredNumberScheduled": scheduled, "currentNumberScheduled": scheduled, "numberReady": scheduled });
        cluster.daemon_sets.push(set);
        cluster
    };
    beside_a_set(1).expect(4, &["kube-proxy has no pod on n2"], &["FINE"]);
    beside_a_set(2).expect(0, &["FINE"], &["no pod on"]);
}

#[test]
fn a_daemon_set_of_kube_proxy_with_too_few_pods_is_never_fine() {
    let with_sets = |counts: &[(u32, u32)]| {
        let mut cluster = Cluster::with_policy("Local");
        for ((scheduled, ready), name) in counts.iter().zip(["kube-proxy", "kube-proxy-worker"]) {
            let mut set = daemon_set(name, "kube-proxy:v1.30.4", &["--config=/var/lib/kube-proxy/config.conf"]);
            set["status"] = json!({ "observedGeneration": 1, "currentNumberScheduled": scheduled, "desiredNumberScheduled": scheduled, "numberReady": ready });
            cluster.daemon_sets.push(set);
        }
        cluster
    };
    let said = ["DEPENDS", "kube-proxy has a Ready pod on 1 of 2 nodes"];
    with_sets(&[(1, 1)]).expect(4, &said, &["FINE"]);
    with_sets(&[(2, 1)]).expect(4, &said, &["FINE"]);
    with_sets(&[(2, 2)]).expect(0, &["FINE"], &["Ready pod"]);
    with_sets(&[(1, 1), (1, 1)]).expect(0, &["FINE"], &["Ready pod"]);
    let mut windows = with_sets(&[(1, 1)]);
    windows.nodes[1]["metadata"]["labels"]["kubernetes.io/os"] = json!("windows");
    windows.expect(4, &["windows"], &["Ready pod"]);
}

#[test]
fn the_flags_of_pods_tell_under_which_names_kube_proxies_run() {
    let with_pods = |names: [&str; 2]| {
        let mut cluster = Cluster::with_policy("Local");
        for (number, name) in (1..).zip(names) {
            cluster.nodes[number - 1]["metadata"]["labels"]["kubernetes.io/hostname"] = json!(format!("machine{number}"));
            let args: Vec<_> =
                Some(name).filter(|name| !name.is_empty()).map(|name| format!("--hostname-override={name}")).into_iter().collect();
            cluster.others.push(json!({
                "kind": "Pod",
                "metadata": { "namespace": "kube-system", "name": format!("kube-proxy-{number}"), "labels": { "k8s-app": "kube-proxy" } },
                "spec": {
                    "nodeName": format!("n{number}"),
                    "containers": [{ "name": "kube-proxy", "image": "kube-proxy:v1.30.4", "args": args }],
                },
            }));
        }
        cluster
    };
    with_pods(["n1", "n2"]).expect(0, &["FINE"], &["runs under"]);
    with_pods(["$(NODE_NAME)", "$(NODE_NAME)"]).expect(0, &["FINE"], &["runs under"]);
    with_pods(["", ""]).expect(4, &["DEPENDS", "the first one's machine calls itself machine1"], &["FINE"]);
    // Pods that count as local get any endpoint all the same; clients outside do not.
    let said = ["kube-proxy runs under a name that no node with an endpoint has", "clients outside get no answer"];
    with_pods(["machine1", "machine2"]).expect(3, &said, &["runs under the node's name"]);
}

/// RKE and others run it outside of any pod.
#[test]
fn a_kube_proxy_that_no_object_shows_may_have_its_machines_name() {
    let mut cluster = Cluster::with_policy("Local");
    cluster.kube_proxy = config_map("other", &json!({}));
    cluster.daemon_sets = vec![daemon_set("canal", "calico/node:v3.27.0", &[])];
    cluster.nodes[0]["metadata"]["labels"]["kubernetes.io/hostname"] = json!("worker1");
    cluster.service["status"] = json!({ "loadBalancer": { "ingress": [{ "hostname": "lb.example.com" }] } });
    cluster.expect(4, &["DEPENDS", "its machine calls itself worker1"], &["FINE"]);
}

/// What depends is an error for a pipeline, and what fails a failure.
#[test]
fn an_explanation_and_an_overview_are_read_by_pipelines() {
    let of = |mode: &str, release: &str| {
        let mut cluster = Cluster::with_policy("Local").of_release(release);
        cluster.kube_proxy = kube_proxy(mode);
        cluster
    };
    let web = ["web", "-n", "shop"];
    let (ended, text) = of("ipvs", "v1.23.17").junit(&web);
    assert!(ended == 3 && text.contains(r#"<testcase name="198.51.100.1:80 from n2 (pod)" classname="shop.web">"#), "{text}");
    assert!(text.contains(r#"<failure message="refused""#) && text.contains(r#"<failure message="WILL FAIL: "#), "{text}");
    let (ended, text) = of("ipvs", "v1.23.17").junit(&["-A"]);
    assert!(
        ended == 3 && text.contains(r#"<testcase name="web" classname="shop">"#) && text.contains(r#"<failure message="will fail""#),
        "{text}"
    );
    let (ended, text) = of("iptables", "v1.30.4").junit(&web);
    assert!(ended == 0 && text.contains(r#"tests="13" failures="0" errors="0""#), "{text}");
    let mut nothing = of("iptables", "v1.30.4");
    nothing.service["spec"]["type"] = serde_json::json!("ClusterIP");
    nothing.service["status"] = serde_json::json!({});
    let (ended, text) = nothing.junit(&["-A"]);
    assert!(ended == 4 && text.contains(r#"<error message="nothing to explain"#), "{text}");
}

/// Rendered manifests name no namespace, and files that were put together have objects twice.
#[test]
fn objects_without_a_namespace_are_in_the_default_one_and_twice_is_once() {
    let mut cluster = Cluster::with_policy("Cluster");
    cluster.service["metadata"].as_object_mut().expect("an object").remove("namespace");
    cluster.slices.iter_mut().for_each(|slice| drop(slice["metadata"].as_object_mut().expect("an object").remove("namespace")));
    cluster.others.push(cluster.service.clone());
    let (code, text) = cluster.overview();
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches("default web Cluster 1").count(), 1, "{text}");
}

#[test]
fn a_node_that_is_not_there_is_an_error_for_all_services_too() {
    let ask = |words: &[&str]| Cluster::with_policy("Local").told(words);
    for words in [&["web", "-n", "shop", "--node", "n3"][..], &["-A", "--node", "n3"]] {
        let (code, text) = ask(words);
        assert!(code == 1 && text.contains("n3") && text.contains("kubectl get nodes"), "{code} {text}");
    }
    assert_eq!(ask(&["-A", "--node", "n1"]).0, 0);
}
