//! A small cluster, as kubectl prints it, and what `explain` says of it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Two nodes of iptables mode that counts pods as local, Flannel, and an endpoint on the first of them.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) service: Value,
    pub(crate) slices: Vec<Value>,
    pub(crate) nodes: Vec<Value>,
    pub(crate) kube_proxy: Value,
    pub(crate) daemon_sets: Vec<Value>,
    pub(crate) others: Vec<Value>,
}

fn service(policy: &str) -> Value {
    json!({
        "kind": "Service",
        "metadata": { "namespace": "shop", "name": "web", "annotations": {} },
        "spec": {
            "type": "LoadBalancer",
            "externalTrafficPolicy": policy,
            "clusterIPs": ["10.96.20.7"],
            "selector": { "app": "web" },
            "ports": [{ "port": 80, "name": "http", "protocol": "TCP", "targetPort": 8080 }],
        },
        "status": { "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }] } },
    })
}

pub(crate) fn endpoint(address: &str, node: Option<&str>, ready: bool) -> Value {
    json!({ "addresses": [address], "nodeName": node, "conditions": { "ready": ready, "serving": ready, "terminating": false } })
}

pub(crate) fn slice(name: &str, ports: &Value, endpoints: &[Value]) -> Value {
    json!({
        "kind": "EndpointSlice",
        "metadata": {
            "namespace": "shop",
            "name": name,
            "labels": {
                "kubernetes.io/service-name": "web",
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
        },
        "addressType": "IPv4",
        "ports": ports,
        "endpoints": endpoints,
    })
}

pub(crate) fn http() -> Value {
    json!([{ "name": "http", "port": 8080, "protocol": "TCP" }])
}

pub(crate) fn node(number: u8) -> Value {
    json!({
        "kind": "Node",
        "metadata": { "name": format!("n{number}"), "labels": { "kubernetes.io/os": "linux" } },
        "spec": { "podCIDRs": [format!("10.244.{number}.0/24")] },
        "status": {
            "addresses": [{ "type": "InternalIP", "address": format!("192.0.2.{number}") }],
            "conditions": [{ "type": "Ready", "status": "True" }],
            "nodeInfo": { "kubeletVersion": "v1.30.4", "kubeProxyVersion": "v1.30.4" },
        },
    })
}

pub(crate) fn kube_proxy(mode: &str) -> Value {
    json!({
        "kind": "ConfigMap",
        "metadata": { "namespace": "kube-system", "name": "kube-proxy" },
        "data": { "config.conf": format!("mode: {mode}\nclusterCIDR: 10.244.0.0/16\n") },
    })
}

pub(crate) fn daemon_set(name: &str, image: &str, args: &[&str]) -> Value {
    let containers = json!([{ "name": name, "image": image, "args": args }]);
    json!({
        "kind": "DaemonSet",
        "metadata": { "namespace": "kube-system", "name": name },
        "spec": { "selector": {}, "template": { "metadata": {}, "spec": { "containers": containers } } },
    })
}

pub(crate) fn of_metallb(kind: &str, spec: &Value) -> Value {
    json!({ "apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": { "namespace": "metallb-system", "name": "a" }, "spec": spec })
}

fn is_of_metallb(object: &Value) -> bool {
    object["apiVersion"].as_str().is_some_and(|version| version.starts_with("metallb.io/"))
        || object["metadata"]["namespace"] == "metallb-system"
}

impl Cluster {
    pub(crate) fn with_policy(policy: &str) -> Self {
        Self {
            service: service(policy),
            slices: vec![slice("web-1", &http(), &[endpoint("10.244.1.5", Some("n1"), true)])],
            nodes: vec![node(1), node(2)],
            kube_proxy: kube_proxy("iptables"),
            daemon_sets: vec![daemon_set("kube-flannel-ds", "flannel:v0.26.0", &[])],
            others: Vec::new(),
        }
    }

    pub(crate) fn with_node_port(mut self, number: u16) -> Self {
        self.service["spec"]["ports"][0]["nodePort"] = json!(number);
        self
    }

    pub(crate) fn of_release(mut self, release: &str) -> Self {
        for node in &mut self.nodes {
            node["status"]["nodeInfo"] = json!({ "kubeletVersion": release, "kubeProxyVersion": release });
        }
        self
    }

    pub(crate) fn annotated(mut self, annotations: &[(&str, &str)]) -> Self {
        for (name, value) in annotations {
            self.service["metadata"]["annotations"][format!("service.beta.kubernetes.io/{name}")] = json!(value);
        }
        self
    }

    pub(crate) fn made_by(mut self, provider_id: &str) -> Self {
        for node in &mut self.nodes {
            node["spec"]["providerID"] = json!(provider_id);
        }
        self
    }

    pub(crate) fn labelled(mut self, node: usize, label: &str) -> Self {
        self.nodes[node]["metadata"]["labels"][label] = json!("true");
        self
    }

    /// Exit code, and what is printed with one space between words.
    pub(crate) fn explained(self) -> (i32, String) {
        self.told(&["web", "-n", "shop"])
    }

    /// The same of one port.
    pub(crate) fn explained_at(self, port: u16) -> (i32, String) {
        self.told(&["web", "-n", "shop", "--port", &port.to_string()])
    }

    /// The same of what a ticket names.
    pub(crate) fn explained_as(self, word: &str) -> (i32, String) {
        self.told(&[word])
    }

    /// The same of all Services.
    pub(crate) fn overview(self) -> (i32, String) {
        self.told(&["-A"])
    }

    /// What pipelines read: of the Service, or of all where `all` is `-A`.
    pub(crate) fn junit(self, of: &[&str]) -> (i32, String) {
        self.told(&[of, &["-o", "junit"]].concat())
    }

    pub(crate) fn told(self, of: &[&str]) -> (i32, String) {
        let Self { service, slices, nodes, kube_proxy, daemon_sets, mut others } = self;
        // As in every cluster with MetalLB, unless the test brings objects of its own.
        let has_metallb = daemon_sets.iter().any(|set| set["metadata"]["name"] == "speaker");
        if has_metallb && !others.iter().any(is_of_metallb) {
            others.push(of_metallb("IPAddressPool", &json!({ "addresses": ["0.0.0.0/0"] })));
            others.push(of_metallb("L2Advertisement", &json!({})));
        }
        let items: Vec<_> = [service, kube_proxy].into_iter().chain(slices).chain(nodes).chain(daemon_sets).chain(others).collect();
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string();
        let mut program = Command::new(env!("CARGO_BIN_EXE_kubectl-lbprobe"))
            .args(["explain", "-f", "-"])
            .args(of)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        program.stdin.take().expect("a pipe").write_all(list.as_bytes()).expect("it reads");
        let output = program.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().expect("no signal"), text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32, said: &[&str], never: &[&str]) {
        let (ended, text) = self.explained();
        assert_eq!(ended, code, "{text}");
        for part in said {
            assert!(text.contains(part), "{part:?} is missing in {text}");
        }
        for part in never {
            assert!(!text.contains(part), "{part:?} is in {text}");
        }
    }
}
