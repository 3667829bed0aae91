//! Which words of a document are names: what stands at the places where names stand.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Role {
    Node,
    Namespace,
    Service,
    Pod,
    Zone,
    Host,
    Other,
}

impl Role {
    /// What its stand-ins begin with.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Namespace => "ns",
            Self::Service => "svc",
            Self::Pod => "pod",
            Self::Zone => "zone",
            Self::Host => "host",
            Self::Other => "name",
        }
    }
}

/// Names of Kubernetes and of projects that everybody installs: they tell nothing of a cluster, and commands and advice name them.
const PUBLIC: [&str; 40] = [
    "default",
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "kubernetes",
    "kube-dns",
    "coredns",
    "kube-proxy",
    "istio-system",
    "istio-ingress",
    "istio-ingressgateway",
    "ingress-nginx",
    "ingress-nginx-controller",
    "nginx-ingress",
    "traefik",
    "metallb-system",
    "calico-system",
    "cert-manager",
    "svc",
    "cluster",
    "local",
    "localhost",
    "internal",
    "com",
    "net",
    "org",
    "io",
    "dev",
    "app",
    "cloud",
    "info",
    "biz",
    "localdomain",
    "lan",
    "k8s",
    "aws",
    "beta",
    "in-addr",
    "arpa",
    "www",
];

/// What names of load balancers end with that clouds give: the cloud stays known.
const OF_CLOUDS: [&str; 9] = [
    "amazonaws.com",
    "aliyuncs.com",
    "alicloudslb.com",
    "azure.com",
    "appdomain.cloud",
    "oraclecloud.com",
    "linodeusercontent.com",
    "tencentclb.com",
    "clb.cn",
];

/// The labels of the names in small letters, each with what it names. A label that names several things has the first.
#[derive(Default)]
pub(super) struct Names(HashMap<String, Role>);

impl Names {
    /// Those of a document.
    pub(super) fn of(document: &Value) -> Self {
        let mut names = Self::default();
        names.collect(document, None, None);
        names
    }

    /// What a word names, if it is a name.
    pub(super) fn role(&self, label: &str) -> Option<Role> {
        self.0.get(&label.to_ascii_lowercase()).copied()
    }

    fn collect(&mut self, value: &Value, key: Option<&str>, parent: Option<&str>) {
        match value {
            Value::Object(fields) => self.collect_fields(fields, key),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, key, parent)),
            Value::String(text) => self.collect_text(text, key.unwrap_or_default(), parent.unwrap_or_default()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn collect_fields(&mut self, fields: &Map<String, Value>, parent: Option<&str>) {
        for (key, value) in fields {
            self.collect(value, Some(key), parent);
        }
    }

    fn collect_text(&mut self, text: &str, key: &str, parent: &str) {
        if let "lines" | "checks" = key {
            return self.collect_of_record(text);
        }
        let Some(role) = role_at(key, parent) else { return };
        match text.split_once('/') {
            _ if role == Role::Host => self.add_host(host_of(text)),
            Some((namespace, name)) => {
                self.add(namespace, Role::Namespace);
                self.add(name, role);
            }
            // Behind a label's key, or the kind of a workload.
            None => self.add(text.rsplit(['=', ' ']).next().unwrap_or(text), role),
        }
    }

    /// A line of a probe's answer: names of certificates, and where redirects lead.
    fn collect_of_record(&mut self, line: &str) {
        for word in line.split_whitespace() {
            if let Some(name) = word.strip_prefix("n=") {
                self.add_host(name);
            } else if let Some((_, to)) = word.strip_prefix("r=").and_then(|redirect| redirect.split_once(':')) {
                self.add_host(host_of(to));
            }
        }
    }

    fn add_host(&mut self, host: &str) {
        let host = host.trim_end_matches('.');
        let is_of_cloud = |end: &str| host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
        if host.parse::<std::net::IpAddr>().is_ok() {
        } else if OF_CLOUDS.iter().any(|end| is_of_cloud(end)) {
            self.add(host.split('.').next().unwrap_or(host), Role::Host);
        } else {
            // Of "shop.example.cn" the end is everybody's, of "shop.acmecorp" the owner's.
            let is_countrys = |label: &str| label.len() == 2;
            let own = host.rsplit_once('.').filter(|(_, end)| is_countrys(end)).map_or(host, |(own, _)| own);
            self.add(own, Role::Host);
        }
    }

    fn add(&mut self, name: &str, role: Role) {
        for label in name.split('.').filter(|label| is_name(label)) {
            let known = self.0.entry(label.to_ascii_lowercase()).or_insert(role);
            *known = role.min(*known);
        }
    }
}

/// Whether it can be the label of a name, and is not one that everybody has.
fn is_name(label: &str) -> bool {
    let is_word = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    // "v1" is a part of releases and of APIs.
    let is_number = label.trim_start_matches('v').bytes().all(|byte| byte.is_ascii_digit());
    is_word && !is_number && !PUBLIC.contains(&label.to_ascii_lowercase().as_str())
}

/// The host of a URL, of "host:port", or of a host alone.
fn host_of(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host).split(':').next().unwrap_or(authority)
}

/// What stands at a place, if a name does.
pub(super) fn role_at(key: &str, parent: &str) -> Option<Role> {
    Some(match key {
        "namespace" => Role::Namespace,
        "node"
        | "nodes"
        | "notReady"
        | "withoutPod"
        | "forNodes"
        | "selectedBackends"
        | "kubeVipNodes"
        | "announcingNodes"
        | "kube-vip.io/vipHost" => Role::Node,
        // A Service's load balancer has one too.
        "hostname" if parent == "nodes" => Role::Node,
        "hostname" | "host" | "dnsName" | "sni" | "names" | "to" | "ownDns" | "outsideFrom" => Role::Host,
        "word" if parent == "asked" => Role::Host,
        "pod" => Role::Pod,
        "service" => Role::Service,
        "zone" | "zones" | "forZones" | "pool" => Role::Zone,
        "unadvertisedPool" | "lacks" | "ingress" | "workload" | "workloads" | "wanted" | "own" => Role::Other,
        "name" => match parent {
            "ports" | "targetPort" | "refusingSetting" | "servers" | "headers" | "http" => return None,
            "nodes" => Role::Node,
            "service" | "neighbours" | "services" => Role::Service,
            "namedPods" | "unreadyPod" | "nearestPod" => Role::Pod,
            _ => Role::Other,
        },
        _ => return None,
    })
}
