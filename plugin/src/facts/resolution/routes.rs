//! Ingresses, Gateways and the routes that are attached to them, as far as they lead to a Service. They have no type here:
//! most are of projects whose releases decide what else is in them.

use std::collections::BTreeMap;

use lbprobe_analysis::plan::{Route, RouteKind, Scheme};
use serde_json::Value;

use super::listed::lower;
use crate::settings::syntax;

/// The annotation for an Ingress' class before 1.18.
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// Names, listeners and addresses that are taken of one object.
const MOST: usize = 200;

/// One of these objects.
#[derive(Clone, Debug)]
pub(crate) struct RouteObject {
    pub(crate) route: Route,
    /// The names that it serves, in lower case; "*.example.com" among them.
    pub(super) hosts: Vec<String>,
    /// Its paths, as far as they are none of a pattern.
    pub(super) paths: Vec<String>,
    /// The names of an Ingress for which it has a certificate; an empty one stands for all.
    tls_hosts: Option<Vec<String>>,
    pub(super) class: Option<String>,
    pub(super) listeners: Vec<Listener>,
    /// The Gateways that a route is attached to.
    pub(super) parents: Vec<Parent>,
    /// The labels by which Istio's Gateway finds its proxies.
    pub(super) selector: BTreeMap<String, String>,
    /// Addresses and hostnames of its status.
    pub(super) addresses: Vec<String>,
}

/// A listener of a Gateway.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    pub(super) name: String,
    pub(super) port: u16,
    pub(super) scheme: Option<Scheme>,
    pub(super) hosts: Vec<String>,
}

/// A Gateway that a route is attached to.
#[derive(Clone, Debug)]
pub(super) struct Parent {
    pub(super) gateway: Route,
    /// The listener's name.
    pub(super) section: Option<String>,
    /// The listener's port.
    pub(super) port: Option<u16>,
}

/// How well a name that a route serves fits one that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Closeness {
    /// By "*": every name does.
    Anything,
    /// By "*.example.com", of so many bytes.
    Wildcard(usize),
    Exact,
}

impl RouteObject {
    /// The kind of an object, where it is one of these.
    pub(crate) fn kind(api_version: &str, kind: &str) -> Option<RouteKind> {
        let group = api_version.split('/').next().unwrap_or_default();
        Some(match (group, kind) {
            ("networking.k8s.io" | "extensions", "Ingress") => RouteKind::Ingress,
            ("gateway.networking.k8s.io", "Gateway") => RouteKind::Gateway,
            ("gateway.networking.k8s.io", "HTTPRoute") => RouteKind::HttpRoute,
            ("networking.istio.io", "Gateway") => RouteKind::IstioGateway,
            ("networking.istio.io", "VirtualService") => RouteKind::VirtualService,
            _ => return None,
        })
    }

    /// What an object of a kind says; nothing of one without a name.
    pub(crate) fn read(kind: RouteKind, object: &Value) -> Option<Self> {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        let name = object["metadata"]["name"].as_str().filter(|name| !name.is_empty())?.to_owned();
        let read = Self {
            route: Route { kind, namespace, name },
            hosts: Vec::new(),
            paths: Vec::new(),
            tls_hosts: None,
            class: None,
            listeners: Vec::new(),
            parents: Vec::new(),
            selector: BTreeMap::new(),
            addresses: Vec::new(),
        };
        let (spec, status) = (&object["spec"], &object["status"]);
        Some(match kind {
            RouteKind::Ingress => read.of_ingress(spec, status, &object["metadata"]["annotations"]),
            RouteKind::Gateway => read.of_gateway(spec, status),
            RouteKind::HttpRoute => read.of_http_route(spec),
            RouteKind::IstioGateway => read.of_istio_gateway(spec),
            RouteKind::VirtualService => read.of_virtual_service(spec),
        })
    }

    fn of_ingress(self, spec: &Value, status: &Value, annotations: &Value) -> Self {
        let rules = items(&spec["rules"]);
        let paths = rules.clone().flat_map(|rule| items(&rule["http"]["paths"]));
        let ingress = items(&status["loadBalancer"]["ingress"]);
        let tls: Vec<_> = items(&spec["tls"]).collect();
        Self {
            hosts: rules.filter_map(|rule| name(&rule["host"])).collect(),
            paths: literal(paths.map(|path| &path["path"])),
            tls_hosts: (!tls.is_empty()).then(|| tls.iter().flat_map(|tls| names(&tls["hosts"])).collect()),
            class: text(&spec["ingressClassName"]).or_else(|| text(&annotations[CLASS_ANNOTATION])),
            addresses: ingress.filter_map(|address| text(&address["ip"]).or_else(|| text(&address["hostname"]))).collect(),
            ..self
        }
    }

    fn of_gateway(self, spec: &Value, status: &Value) -> Self {
        let listener = |listener: &Value| Listener {
            name: text(&listener["name"]).unwrap_or_default(),
            port: port(&listener["port"]).unwrap_or_default(),
            scheme: scheme(listener["protocol"].as_str()),
            hosts: name(&listener["hostname"]).into_iter().collect(),
        };
        let listeners: Vec<_> = items(&spec["listeners"]).map(listener).filter(|listener| listener.port != 0).collect();
        Self { listeners, addresses: items(&status["addresses"]).filter_map(|address| text(&address["value"])).collect(), ..self }
    }

    fn of_http_route(self, spec: &Value) -> Self {
        let own = &self.route.namespace;
        let parent = |parent: &Value| {
            let is_gateway = parent["kind"].as_str().is_none_or(|kind| kind == "Gateway");
            let namespace = text(&parent["namespace"]).unwrap_or_else(|| own.clone());
            let gateway = Route { kind: RouteKind::Gateway, namespace, name: text(&parent["name"])? };
            is_gateway.then(|| Parent { gateway, section: text(&parent["sectionName"]), port: port(&parent["port"]) })
        };
        let matches = items(&spec["rules"]).flat_map(|rule| items(&rule["matches"])).map(|of| &of["path"]);
        // A regular expression is no path.
        let of_http = matches.filter(|path| path["type"].as_str().is_none_or(|kind| kind != "RegularExpression"));
        Self {
            parents: items(&spec["parentRefs"]).filter_map(parent).collect(),
            hosts: names(&spec["hostnames"]),
            paths: literal(of_http.map(|path| &path["value"])),
            ..self
        }
    }

    fn of_istio_gateway(self, spec: &Value) -> Self {
        let server = |server: &Value| Listener {
            name: text(&server["port"]["name"]).unwrap_or_default(),
            port: port(&server["port"]["number"]).unwrap_or_default(),
            scheme: scheme(server["port"]["protocol"].as_str()),
            hosts: names(&server["hosts"]).iter().map(|host| without_namespace(host)).collect(),
        };
        let selector = spec["selector"].as_object().into_iter().flatten();
        let listeners: Vec<_> = items(&spec["servers"]).map(server).filter(|listener| listener.port != 0).collect();
        Self { listeners, selector: selector.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect(), ..self }
    }

    fn of_virtual_service(self, spec: &Value) -> Self {
        let gateway = |name: String| {
            let (namespace, name) = match name.split_once('/') {
                Some((namespace, name)) => (namespace.to_owned(), name.to_owned()),
                None => (self.route.namespace.clone(), name),
            };
            Parent { gateway: Route { kind: RouteKind::IstioGateway, namespace, name }, section: None, port: None }
        };
        // "mesh" stands for the sidecars.
        let parents = names(&spec["gateways"]).into_iter().filter(|name| name != "mesh").map(gateway).collect();
        let uris = items(&spec["http"]).flat_map(|http| items(&http["match"])).map(|of| &of["uri"]);
        let of_uris = uris.map(|uri| if uri["exact"].is_string() { &uri["exact"] } else { &uri["prefix"] });
        Self { parents, hosts: names(&spec["hosts"]), paths: literal(of_uris), ..self }
    }

    /// Whether it is attached to a Gateway, which has the listeners and the addresses.
    pub(super) fn is_behind_a_gateway(&self) -> bool {
        matches!(self.route.kind, RouteKind::HttpRoute | RouteKind::VirtualService)
    }

    /// The listener that a route gets its requests from, by what its parent says and the names that both serve; without a
    /// route any. Of several the first that ends TLS for HTTP, or the very first.
    pub(super) fn listener(&self, route: Option<(&Self, &Parent)>) -> Option<&Listener> {
        let serves = |listener: &&Listener| {
            let Some((route, parent)) = route else { return true };
            let is_named = parent.section.as_ref().is_none_or(|section| *section == listener.name);
            let has_port = parent.port.is_none_or(|port| port == listener.port);
            let any = |names: &[String]| names.is_empty() || names.iter().any(|name| name == "*");
            let meets = |own: &String| listener.hosts.iter().any(|listed| meet(listed, own));
            is_named && has_port && (any(&listener.hosts) || any(&route.hosts) || route.hosts.iter().any(meets))
        };
        let mut of_https = self.listeners.iter().filter(serves).filter(|listener| listener.scheme == Some(Scheme::Https));
        of_https.next().or_else(|| self.listeners.iter().find(serves))
    }

    /// The port on which controllers serve an Ingress' name.
    pub(super) fn ingress_port(&self, host: Option<&str>) -> (u16, Scheme) {
        let has_certificate = self.tls_hosts.as_ref().is_some_and(|names| {
            names.is_empty() || host.is_some_and(|host| names.iter().any(|name| closeness(name, host, Wildcards::OneLabel).is_some()))
        });
        if has_certificate { (443, Scheme::Https) } else { (80, Scheme::Http) }
    }

    /// How many bytes of a path it serves by the longest of its own; nothing where it serves none of it.
    pub(super) fn served_path(&self, path: &str) -> Option<usize> {
        if self.paths.is_empty() {
            return Some(0);
        }
        self.paths.iter().filter(|own| path.starts_with(own.as_str())).map(String::len).max()
    }

    /// How well the best of its names fits one; nothing where it does not serve it.
    pub(super) fn closest_match(&self, name: &str) -> Option<Closeness> {
        let of_listeners = self.listeners.iter().flat_map(|listener| &listener.hosts);
        let wildcards = if self.route.kind == RouteKind::Ingress { Wildcards::OneLabel } else { Wildcards::Labels };
        self.hosts.iter().chain(of_listeners).filter_map(|own| closeness(own, name, wildcards)).max()
    }
}

/// What the star of a name stands for: one label in an Ingress and in certificates, any number in the Gateway API and Istio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wildcards {
    OneLabel,
    Labels,
}

fn closeness(own: &str, name: &str, wildcards: Wildcards) -> Option<Closeness> {
    if own == "*" {
        return Some(Closeness::Anything);
    }
    let Some(rest) = own.strip_prefix('*') else { return (own == name).then_some(Closeness::Exact) };
    let star = name.strip_suffix(rest).filter(|star| !star.is_empty())?;
    (wildcards == Wildcards::Labels || !star.contains('.')).then_some(Closeness::Wildcard(rest.len()))
}

/// Whether some name is of both, of which each may be a wildcard.
fn meet(one: &str, other: &str) -> bool {
    closeness(one, other, Wildcards::Labels).is_some() || closeness(other, one, Wildcards::Labels).is_some()
}

/// Istio writes `NAMESPACE/HOST` too.
fn without_namespace(host: &str) -> String {
    host.rsplit('/').next().unwrap_or_default().to_owned()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> + Clone {
    list.as_array().map(Vec::as_slice).unwrap_or_default().iter().take(MOST)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A name becomes a part of requests.
fn name(value: &Value) -> Option<String> {
    text(value).map(|name| lower(&name)).filter(|name| syntax::host(name.rsplit('/').next().unwrap_or_default()).is_ok())
}

fn names(list: &Value) -> Vec<String> {
    items(list).filter_map(name).collect()
}

fn port(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|port| port.try_into().ok())
}

/// Those that can be asked for: objects have patterns there too.
fn literal<'a>(paths: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let is_pattern = |path: &String| path.contains(['(', '*', '$', '[']);
    paths.filter_map(text).filter(|path| !is_pattern(path)).filter_map(|path| syntax::path(&path).ok()).collect()
}

/// Of a listener's protocol, in the words of the Gateway API and of Istio.
fn scheme(protocol: Option<&str>) -> Option<Scheme> {
    match protocol?.to_ascii_uppercase().as_str() {
        "HTTP" | "HTTP2" => Some(Scheme::Http),
        "HTTPS" => Some(Scheme::Https),
        "TLS" => Some(Scheme::Tls),
        "TCP" => Some(Scheme::Tcp),
        _ => None,
    }
}
