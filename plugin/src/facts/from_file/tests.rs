use std::io::Write as _;

use lbprobe_analysis::documents::SavedFacts;
use lbprobe_analysis::facts::{NetworkPlugin, ProxyMode, TrafficPolicy};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What `kubectl get services,endpointslices,nodes,networkpolicies,configmaps,daemonsets -A -o json` prints.
fn list() -> Value {
    let node = |name: &str, cidr: &str| {
        json!({
            "kind": "Node",
            "metadata": { "name": name, "labels": { "kubernetes.io/os": "linux" } },
            "spec": { "podCIDRs": [cidr] },
            "status": { "conditions": [{ "type": "Ready", "status": "True" }], "nodeInfo": { "kubeletVersion": "v1.34.1" } },
        })
    };
    json!({
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            service("shop", "gateway"),
            { "kind": "Service", "metadata": { "namespace": "default", "name": "kubernetes" }, "spec": { "type": "ClusterIP" } },
            {
                "kind": "EndpointSlice",
                "metadata": { "namespace": "shop", "name": "gateway-x", "labels": { "kubernetes.io/service-name": "gateway" } },
                "addressType": "IPv4",
                "endpoints": [{ "addresses": ["10.244.1.2"], "nodeName": "node1", "conditions": { "ready": true } }],
            },
            node("node10", "10.244.10.0/24"),
            node("node1", "10.244.1.0/24"),
            {
                "kind": "ConfigMap",
                "metadata": { "namespace": "kube-system", "name": "kube-proxy" },
                "data": { "config.conf": "mode: ipvs\nclusterCIDR: 10.244.0.0/16\n" },
            },
            { "kind": "DaemonSet", "metadata": { "namespace": "kube-flannel", "name": "kube-flannel-ds" } },
            { "kind": "Secret", "metadata": { "name": "passed-over" } },
        ],
    })
}

fn service(namespace: &str, name: &str) -> Value {
    json!({
        "kind": "Service",
        "metadata": { "namespace": namespace, "name": name },
        "spec": {
            "type": "LoadBalancer",
            "externalTrafficPolicy": "Local",
            "clusterIP": "10.96.0.7",
            "futureField": { "unknown": true },
            "ports": [{ "port": 80 }],
        },
        "status": { "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }] } },
    })
}

fn read(text: &str, name: Option<&str>, namespace: Option<&str>) -> Result<Facts, Error> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let name = name.map(|name| ServiceReference::Name(ServiceName::Service(name.to_owned())));
    facts(file.path(), name.as_ref(), namespace).map(|(facts, _)| facts)
}

fn cause(text: &str) -> String {
    read(text, None, None).unwrap_err().to_string()
}

#[test]
fn what_kubectl_prints_is_read_as_json_and_as_yaml() {
    let from_json = read(&list().to_string(), Some("gateway"), None).unwrap();
    assert_eq!(from_json.service.external_traffic_policy, TrafficPolicy::Local);
    assert_eq!(from_json.nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>(), ["node1", "node10"]);
    assert_eq!(from_json.endpoint_nodes(), ["node1"].into());
    assert_eq!(from_json.kube_proxy.config.value().unwrap().mode, ProxyMode::Ipvs.into());
    assert_eq!(from_json.pod_network.value().unwrap().plugin, NetworkPlugin::Flannel);
    let from_yaml = read(&serde_saphyr::to_string(&list()).unwrap(), None, None).unwrap();
    assert_eq!(from_yaml, from_json);
}

#[test]
fn what_was_saved_is_read_back() {
    let facts = read(&list().to_string(), None, None).unwrap();
    let saved = serde_saphyr::to_string(&SavedFacts::new(facts.clone())).unwrap();
    assert_eq!(read(&saved, Some("gateway"), Some("shop")).unwrap(), facts);
    let other = read(&saved, Some("other"), None).unwrap_err().to_string();
    assert!(other.contains("has facts of service shop/gateway only"), "{other}");
}

#[test]
fn typed_lists_and_several_documents_are_read() {
    let mut items = list()["items"].as_array().unwrap().clone();
    let mut nodes: Vec<Value> = items.iter().filter(|item| item["kind"] == "Node").cloned().collect();
    items.retain(|item| item["kind"] != "Node");
    for node in &mut nodes {
        node.as_object_mut().unwrap().remove("kind");
    }
    let documents = [json!({ "kind": "NodeList", "items": nodes }), json!({ "kind": "List", "items": items })];
    let yaml = serde_saphyr::to_string_multiple(&documents).unwrap();
    assert_eq!(read(&yaml, None, None).unwrap(), read(&list().to_string(), None, None).unwrap());
}

#[test]
fn bad_files_say_what_is_wrong() {
    let without = |kind: &str| {
        let mut list = list();
        list["items"].as_array_mut().unwrap().retain(|item| item["kind"] != kind);
        list.to_string()
    };
    let mut twins = list();
    let mut twin = twins["items"][3].clone();
    twin["spec"]["podCIDRs"] = json!(["10.9.9.0/24"]);
    twins["items"].as_array_mut().unwrap().push(twin);
    let rows = [
        (String::new(), "is empty"),
        ("hello".into(), "is text, not Kubernetes objects"),
        ("{".into(), "is not valid JSON"),
        ("a: [".into(), "is neither JSON nor YAML"),
        ("a: 1".into(), "an object without a kind"),
        (without("Service"), "has no Service of type LoadBalancer or NodePort"),
        (without("Node"), "has no nodes"),
        (twins.to_string(), "two different nodes named node10"),
        (r#"{"kind":"Node","metadata":{"name":"a"},"spec":{"podCIDRs":7}}"#.into(), "a Node a that cannot be understood"),
        (r#"{"apiVersion":"lbprobe/v9","kind":"Facts"}"#.into(), "is of version lbprobe/v9"),
        (r#"{"apiVersion":"lbprobe/v1","kind":"Facts","facts":{}}"#.into(), "facts that cannot be understood"),
    ];
    for (text, part) in rows {
        let cause = cause(&text);
        assert!(cause.contains(part), "{cause}");
    }
    let none = facts(Path::new("/nonexistent/facts"), None, None).unwrap_err().to_string();
    assert!(none.contains("failed to read /nonexistent/facts: it cannot be opened: No such file"), "{none}");
    let folder = facts(Path::new("/"), None, None).unwrap_err().to_string();
    assert!(folder.contains("it is not a regular file"), "{folder}");
}

#[test]
fn two_services_have_to_be_told_apart() {
    let mut list = list();
    list["items"].as_array_mut().unwrap().push(service("other", "gateway"));
    let several = read(&list.to_string(), Some("gateway"), None).unwrap_err().to_string();
    assert!(several.contains("several Services: shop/gateway, other/gateway"), "{several}");
    assert_eq!(read(&list.to_string(), Some("gateway"), Some("shop")).unwrap().service.namespace, "shop");
}

#[test]
fn aliases_cannot_swell() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (before, name) in ('a'..='j').zip('b'..='k') {
        let aliases = [format!("*{before}").as_str(); 10].join(",");
        bomb.extend([format!("{name}: &{name} [{aliases}]\n")]);
    }
    assert!(cause(&bomb).contains("is neither JSON nor YAML"));
}

proptest! {
    /// Whatever is in a file, reading it ends with facts or an error.
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = saved::documents(&text);
    }

    /// Objects with a part replaced by something else are read or refused.
    #[test]
    fn a_damaged_list_is_read_or_refused(place in 0..2000usize, with in "[\\[\\]{}\",:0-9a-z-]{0,3}") {
        let mut text = list().to_string();
        let place = place % text.len();
        text.replace_range(place..=place, &with);
        if let Ok(documents) = saved::documents(&text) {
            let _ = objects::facts(documents, None, None, "a test");
        }
    }
}
