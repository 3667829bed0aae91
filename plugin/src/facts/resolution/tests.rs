use k8s_openapi::api::core::v1::Service as ApiService;
use lbprobe_analysis::plan::{AddressKind, Route, RouteKind};
use serde_json::{Value, json};

use super::*;
use crate::settings::{ServiceReference, syntax};

fn service(namespace: &str, name: &str, address: &str, ports: &[u16]) -> Value {
    let ports: Vec<_> = ports.iter().map(|port| json!({ "port": port, "nodePort": 30_000 + port % 1000, "protocol": "TCP" })).collect();
    let ingress = if address.contains(|letter: char| letter.is_ascii_lowercase() && !letter.is_ascii_hexdigit()) {
        json!({ "hostname": address })
    } else {
        json!({ "ip": address })
    };
    json!({
        "metadata": { "namespace": namespace, "name": name, "labels": { "app.kubernetes.io/name": name } },
        "spec": { "type": "LoadBalancer", "clusterIPs": ["10.96.0.7"], "selector": { "istio": name }, "ports": ports },
        "status": { "loadBalancer": { "ingress": [ingress] } },
    })
}

/// An ingress controller, a Gateway's Service at an address of its own, and one whose load balancer has a name.
fn listed(routes: &[Value]) -> Listed {
    let services = [
        service("infra", "ingress-nginx", "198.51.100.1", &[80, 443]),
        service("infra", "public", "198.51.100.2", &[80, 443]),
        service("shop", "web", "a1b2.elb.example.com", &[443]),
    ];
    let kind = |object: &Value| RouteObject::kind(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    Listed {
        services: services.into_iter().map(|service| serde_json::from_value::<ApiService>(service).unwrap().into()).collect(),
        node_addresses: ["10.0.0.11".parse().unwrap(), "10.0.0.12".parse().unwrap()].into(),
        routes: routes.iter().filter_map(|object| RouteObject::read(kind(object)?, object)).collect(),
        controllers: [("nginx".to_owned(), "k8s.io/ingress-nginx".to_owned()), ("alb".to_owned(), "ingress.k8s.aws/alb".to_owned())].into(),
        unread: None,
    }
}

fn pointer(word: &str) -> Pointer {
    match syntax::service_reference(word).unwrap() {
        ServiceReference::Pointer(pointer) => pointer,
        ServiceReference::Name(name) => panic!("{name}"),
    }
}

fn found(word: &str, listed: &Listed, here: &[&str]) -> Result<Resolved, NotResolved> {
    let here: Vec<_> = here.iter().map(|address| address.parse().unwrap()).collect();
    resolve(&pointer(word), Some("shop"), listed, ResolvedHere::Addresses(&here))
}

/// The Service, the port, the path and the steps.
fn told(word: &str, listed: &Listed, here: &[&str]) -> (String, Option<u16>, Vec<Step>) {
    let Resolved { namespace, name, asking } = found(word, listed, here).unwrap();
    (format!("{namespace}/{name}"), asking.request.port, asking.asked.unwrap().steps)
}

fn route(kind: RouteKind, namespace: &str, name: &str) -> Route {
    Route { kind, namespace: namespace.into(), name: name.into() }
}

fn ingress(name: &str, class: &str, host: &str, address: Option<&str>) -> Value {
    let status = address.map(|address| json!({ "loadBalancer": { "ingress": [{ "ip": address }] } }));
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": { "namespace": "shop", "name": name },
        "spec": {
            "ingressClassName": class,
            "tls": [{ "hosts": [host] }],
            "rules": [{ "host": host, "http": { "paths": [{ "path": "/pay", "pathType": "Prefix" }] } }],
        },
        "status": status,
    })
}

fn gateway() -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": { "namespace": "infra", "name": "edge" },
        "spec": { "listeners": [
            { "name": "plain", "port": 80, "protocol": "HTTP" },
            { "name": "tls", "port": 443, "protocol": "HTTPS", "hostname": "*.example.org" },
        ] },
        "status": { "addresses": [{ "type": "IPAddress", "value": "198.51.100.2" }] },
    })
}

fn http_route() -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": { "namespace": "shop", "name": "pay" },
        "spec": {
            "parentRefs": [{ "name": "edge", "namespace": "infra", "sectionName": "tls" }],
            "hostnames": ["pay.example.org"],
            "rules": [{ "matches": [{ "path": { "type": "PathPrefix", "value": "/v2" } }] }],
        },
    })
}

#[test]
fn an_address_is_of_the_service_that_has_it() {
    let all = listed(&[]);
    let address = |address: &str, kind| Step::Address { address: address.parse().unwrap(), kind };
    let at = told("198.51.100.1:443", &all, &[]);
    assert_eq!(at, ("infra/ingress-nginx".into(), Some(443), vec![address("198.51.100.1", AddressKind::LoadBalancer)]));
    let undeclared = told("198.51.100.1:8443", &all, &[]);
    assert_eq!(
        (undeclared.0.as_str(), undeclared.1),
        ("infra/ingress-nginx", Some(8443)),
        "the load balancer may listen there all the same"
    );
    let node_port = Step::NodePort { address: "10.0.0.12".parse().unwrap(), node_port: 30_443, port: 443 };
    assert_eq!(told("10.0.0.12:30443", &all, &[]), ("infra/ingress-nginx".into(), Some(443), vec![node_port]));
    let nowhere = |word: &str| found(word, &all, &[]).unwrap_err();
    assert_eq!(nowhere("203.0.113.9:443"), NotResolved::NoServiceAt { address: "203.0.113.9".parse().unwrap() });
    assert_eq!(nowhere("10.0.0.11:443"), NotResolved::NoNodePort { address: "10.0.0.11".parse().unwrap(), node_port: 443 });
    assert_eq!(nowhere("10.0.0.11"), NotResolved::NodeWithoutPort { address: "10.0.0.11".parse().unwrap() });
    assert!(matches!(nowhere("10.96.0.7:80"), NotResolved::Several { services, .. } if services.len() == 2), "80 is not one of shop/web's");
}

#[test]
fn of_several_services_at_an_address_the_port_decides() {
    let mut all = listed(&[]);
    let smtp = service("mail", "smtp", "198.51.100.1", &[25]);
    all.services.push(serde_json::from_value::<ApiService>(smtp).unwrap().into());
    let (name, _, steps) = told("198.51.100.1:25", &all, &[]);
    assert_eq!(name, "mail/smtp");
    assert_eq!(steps[1], Step::AlsoAt { services: vec!["infra/ingress-nginx (80, 443)".into()] });
    let services = vec!["infra/ingress-nginx (80, 443)".into(), "mail/smtp (25)".into()];
    assert_eq!(found("198.51.100.1", &all, &[]).unwrap_err(), NotResolved::Several { what: "198.51.100.1".into(), services });
}

#[test]
fn a_name_is_followed_to_where_it_leads_here_and_else_to_what_the_cluster_says() {
    let all = listed(&[ingress("pay", "nginx", "shop.example.com", Some("198.51.100.1")), gateway(), http_route()]);
    let name = |word: &str, here: &[&str]| told(word, &all, here).0;
    assert_eq!(name("https://shop.example.com/pay", &["198.51.100.2"]), "infra/public", "DNS leads to an address of the cluster's");
    assert_eq!(name("https://shop.example.com/pay", &["203.0.113.9"]), "infra/ingress-nginx", "a CDN in front");
    assert_eq!(name("https://shop.example.com/pay", &[]), "infra/ingress-nginx");
    assert_eq!(name("https://pay.example.org/", &[]), "infra/public");
    assert_eq!(name("https://a1b2.elb.example.com", &["203.0.113.9"]), "shop/web", "the status has it");
    assert_eq!(name("http://web.shop.svc.cluster.local", &[]), "shop/web");
    assert_eq!(name("http://public.infra:80", &[]), "infra/public");
    assert_eq!(name("web:443", &[]), "shop/web", "in the namespace of -n");
    let (_, port, steps) = told("https://pay.example.org/", &all, &["203.0.113.9"]);
    let edge = route(RouteKind::Gateway, "infra", "edge");
    assert_eq!(port, Some(443));
    assert_eq!(
        steps,
        [
            Step::ResolvedHere { name: "pay.example.org".into(), addresses: vec!["203.0.113.9".parse().unwrap()] },
            Step::Serves { route: route(RouteKind::HttpRoute, "shop", "pay"), name: "pay.example.org".into() },
            Step::AttachedTo { route: route(RouteKind::HttpRoute, "shop", "pay"), to: edge.clone() },
            Step::Listener { gateway: edge.clone(), name: "tls".into(), port: 443 },
            Step::StatusAddress { route: edge, address: "198.51.100.2".into() },
            Step::Address { address: "198.51.100.2".parse().unwrap(), kind: AddressKind::LoadBalancer },
        ]
    );
    let addresses = Some(vec!["203.0.113.9".parse().unwrap()]);
    let unknown = NotResolved::NoServiceOfName { name: "other.example.net".into(), addresses };
    assert_eq!(found("https://other.example.net", &all, &["203.0.113.9"]).unwrap_err(), unknown);
}

#[test]
fn a_route_says_how_it_is_dialled() {
    let all = listed(&[ingress("pay", "nginx", "shop.example.com", Some("198.51.100.1")), gateway(), http_route()]);
    let request = |word: &str| found(word, &all, &[]).unwrap().asking.request;
    let asked = |port, scheme, host: &str, path: Option<&str>| Request {
        port: Some(port),
        scheme: Some(scheme),
        host: Some(host.to_owned()),
        path: path.map(str::to_owned),
    };
    assert_eq!(request("ingress/pay"), asked(443, Scheme::Https, "shop.example.com", Some("/pay")));
    assert_eq!(request("httproute/pay"), asked(443, Scheme::Https, "pay.example.org", Some("/v2")));
    let at_edge = resolve(&pointer("gateway/edge"), Some("infra"), &all, ResolvedHere::NotAsked).unwrap().asking.request;
    assert_eq!(at_edge, Request { port: Some(443), scheme: Some(Scheme::Https), host: None, path: None }, "its name is a wildcard");
    let missing = NotResolved::NoRoute {
        kind: RouteKind::Gateway,
        name: "edge".into(),
        namespace: Some("shop".into()),
        elsewhere: Some("infra".into()),
    };
    assert_eq!(found("gateway/edge", &all, &[]).unwrap_err(), missing);
}

#[test]
fn without_an_address_in_the_status_what_the_controller_writes_counts() {
    let all = listed(&[ingress("pay", "nginx", "shop.example.com", None), ingress("cloud", "alb", "cloud.example.com", None)]);
    let (name, _, steps) = told("ingress/pay", &all, &[]);
    let pay = route(RouteKind::Ingress, "shop", "pay");
    assert_eq!(
        (name.as_str(), &steps[..]),
        ("infra/ingress-nginx", &[Step::Class { route: pay, controller: "k8s.io/ingress-nginx".into() }][..])
    );
    let of_cloud =
        NotResolved::LoadBalancerOfCloud { route: route(RouteKind::Ingress, "shop", "cloud"), controller: "ingress.k8s.aws/alb".into() };
    assert_eq!(found("ingress/cloud", &all, &[]).unwrap_err(), of_cloud);
    // A bare-metal controller writes its nodes' addresses.
    let on_nodes = listed(&[ingress("pay", "nginx", "shop.example.com", Some("10.0.0.11"))]);
    assert_eq!(told("ingress/pay", &on_nodes, &[]).0, "infra/ingress-nginx");
    let lost = listed(&[ingress("pay", "other", "shop.example.com", None)]);
    let without = NotResolved::RouteWithoutService { route: route(RouteKind::Ingress, "shop", "pay"), addresses: Vec::new() };
    assert_eq!(found("ingress/pay", &lost, &[]).unwrap_err(), without);
}

#[test]
fn istios_gateway_is_of_the_service_with_its_selector() {
    let gateway = json!({
        "apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": { "namespace": "shop", "name": "front" },
        "spec": {
            "selector": { "istio": "public" },
            "servers": [{ "port": { "number": 443, "name": "https", "protocol": "HTTPS" }, "hosts": ["shop/*.example.net"] }],
        },
    });
    let service = json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": { "namespace": "shop", "name": "pay" },
        "spec": {
            "hosts": ["pay.example.net"], "gateways": ["mesh", "front"],
            "http": [{ "match": [{ "uri": { "prefix": "/pay" } }] }],
        },
    });
    let all = listed(&[gateway, service]);
    for word in
        ["gateway/front", "gateways.networking.istio.io/front", "virtualservice/pay", "https://pay.example.net", "https://new.example.net"]
    {
        let (name, port, _) = told(word, &all, &[]);
        assert_eq!((name.as_str(), port), ("infra/public", Some(443)), "{word}");
    }
    let request = found("virtualservice/pay", &all, &[]).unwrap().asking.request;
    assert_eq!((request.host.as_deref(), request.path.as_deref()), (Some("pay.example.net"), Some("/pay")));
}

#[test]
fn flags_count_before_the_words() {
    let asking = found("https://a1b2.elb.example.com/pay", &listed(&[]), &[]).unwrap().asking;
    let options = asking.options(&PlanOptions::default());
    assert_eq!((options.ports, options.scheme), ([443].into(), Some(Scheme::Https)));
    assert_eq!((options.host.as_deref(), options.path.as_deref()), (Some("a1b2.elb.example.com"), Some("/pay")));
    let flags = PlanOptions { ports: [8443].into(), path: Some("/".into()), host: Some("x".into()), ..PlanOptions::default() };
    let options = asking.options(&flags);
    assert_eq!((options.ports, options.path.as_deref(), options.host.as_deref()), ([8443].into(), Some("/"), Some("x")));
}

proptest::proptest! {
    /// Objects come from a file too, which anybody may have written.
    #[test]
    fn no_object_and_no_word_panics(word in "\\PC{0,40}", value in "\\PC{0,20}", port in proptest::num::u64::ANY) {
        let gateway = json!({
            "metadata": { "name": value, "namespace": value },
            "spec": { "listeners": [{ "port": port, "hostname": value }], "servers": [{ "port": { "number": port } }], "rules": [{ "host": value }], "hosts": [value] },
            "status": { "addresses": [{ "value": value }], "loadBalancer": { "ingress": [{ "ip": value }] } },
        });
        let kinds = [RouteKind::Ingress, RouteKind::Gateway, RouteKind::HttpRoute, RouteKind::IstioGateway, RouteKind::VirtualService];
        let mut all = listed(&[]);
        all.routes = kinds.into_iter().filter_map(|kind| RouteObject::read(kind, &gateway)).collect();
        if let Ok(ServiceReference::Pointer(pointer)) = syntax::service_reference(&word) {
            let _ = resolve(&pointer, None, &all, ResolvedHere::NotAsked);
        }
    }
}

fn with_services(routes: &[Value], more: &[Value]) -> Listed {
    let mut all = listed(routes);
    all.services.extend(more.iter().map(|service| serde_json::from_value::<ApiService>(service.clone()).unwrap().into()));
    all
}

#[test]
fn a_route_is_dialled_at_the_listener_that_it_is_attached_to() {
    let attached = |name: &str, parents: Value, host: &str| {
        let mut route = http_route();
        route["metadata"]["name"] = json!(name);
        route["spec"]["parentRefs"] = parents;
        route["spec"]["hostnames"] = json!([host]);
        route
    };
    let edge = || json!({ "name": "edge", "namespace": "infra" });
    let with = |key: &str, value: Value| {
        let mut parent = edge();
        parent[key] = value;
        parent
    };
    let all = listed(&[
        gateway(),
        attached("by-name", json!([edge()]), "pay.example.org"),
        attached("by-other-name", json!([edge()]), "pay.example.com"),
        attached("by-section", json!([with("sectionName", json!("plain"))]), "pay.example.org"),
        attached("by-port", json!([with("port", json!(80))]), "pay.example.org"),
        attached(
            "second-parent",
            json!([{ "name": "gone", "sectionName": "plain" }, with("sectionName", json!("tls"))]),
            "pay.example.org",
        ),
    ]);
    for (name, port, listener) in [
        ("by-name", 443, "tls"),
        ("by-other-name", 80, "plain"),
        ("by-section", 80, "plain"),
        ("by-port", 80, "plain"),
        ("second-parent", 443, "tls"),
    ] {
        let (_, dialled, steps) = told(&format!("httproute/{name}"), &all, &[]);
        assert_eq!(dialled, Some(port), "{name}");
        let step = Step::Listener { gateway: route(RouteKind::Gateway, "infra", "edge"), name: listener.into(), port };
        assert!(steps.contains(&step), "{name}: {steps:?}");
    }
}

#[test]
fn a_listener_on_a_port_that_the_service_lacks_says_nothing_of_its_ports() {
    let mut gateway = gateway();
    gateway["spec"]["listeners"] = json!([{ "name": "websecure", "port": 8443, "protocol": "HTTPS" }]);
    let all = listed(&[gateway]);
    let asking = resolve(&pointer("gateway/edge"), Some("infra"), &all, ResolvedHere::NotAsked).unwrap().asking;
    assert_eq!((asking.request.port, asking.request.scheme), (None, None));
}

#[test]
fn of_several_routes_for_a_name_the_one_that_serves_the_path_counts() {
    let with_path = |name: &str, path: &str, address: &str| {
        let mut route = ingress(name, "nginx", "shop.example.com", Some(address));
        route["spec"]["rules"][0]["http"]["paths"][0]["path"] = json!(path);
        route
    };
    let all = listed(&[with_path("internal", "/internal", "198.51.100.2"), with_path("pay", "/pay", "198.51.100.1")]);
    assert_eq!(told("https://shop.example.com/pay/now", &all, &[]).0, "infra/ingress-nginx");
    assert_eq!(told("https://shop.example.com/internal?a=b", &all, &[]).0, "infra/public");
    let twice = listed(&[with_path("one", "/", "198.51.100.2"), with_path("two", "/", "198.51.100.1")]);
    let refused = found("https://shop.example.com/pay", &twice, &[]).unwrap_err();
    assert!(matches!(&refused, NotResolved::Several { services, .. } if services.len() == 2), "{refused:?}");
    let both = found("https://multi.example.com", &listed(&[]), &["198.51.100.1", "198.51.100.2"]).unwrap_err();
    assert!(matches!(&both, NotResolved::Several { .. }), "{both:?}");
}

#[test]
fn a_wildcard_of_an_ingress_is_of_one_label() {
    let all = listed(&[ingress("wild", "nginx", "*.wild.example", Some("198.51.100.1"))]);
    assert_eq!(told("https://a.wild.example", &all, &[]).0, "infra/ingress-nginx");
    assert!(found("https://a.b.wild.example", &all, &[]).is_err());
}

#[test]
fn a_node_port_counts_before_a_service_at_the_nodes_address_that_lacks_the_port() {
    let mut at_node = service("edge", "servicelb", "10.0.0.11", &[8080]);
    at_node["spec"]["ports"][0]["nodePort"] = json!(31_999);
    let all = with_services(&[], &[at_node]);
    assert_eq!(told("10.0.0.11:8080", &all, &[]).0, "edge/servicelb");
    assert_eq!(told("10.0.0.11:30443", &all, &[]).0, "infra/ingress-nginx");
    let undeclared = told("198.51.100.1:9999", &all, &[]).2;
    assert!(undeclared.contains(&Step::Undeclared { port: 9999, declared: vec![80, 443] }), "{undeclared:?}");
}

#[test]
fn only_the_clusters_own_domain_is_behind_svc() {
    let all = listed(&[]);
    assert_eq!(told("http://web.shop.svc:443", &all, &[]).0, "shop/web");
    assert!(found("http://web.shop.svc.evil.example.com/", &all, &[]).is_err());
}

#[test]
fn a_route_of_several_namespaces_has_to_be_told_apart() {
    let mut other = ingress("pay", "nginx", "shop.example.com", None);
    other["metadata"]["namespace"] = json!("aaa");
    let all = listed(&[other, ingress("pay", "nginx", "shop.example.com", Some("198.51.100.1"))]);
    let refused = resolve(&pointer("ingress/pay"), None, &all, ResolvedHere::NotAsked).unwrap_err();
    assert!(matches!(&refused, NotResolved::SeveralRoutes { namespaces, .. } if namespaces.len() == 2), "{refused:?}");
}

#[test]
fn what_is_no_name_of_a_host_is_not_asked_for() {
    let evil = json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": { "namespace": "shop", "name": "evil" },
        "spec": { "hosts": ["x\r\nX-Injected: yes\u{1b}[31m", "fine.example.net"], "gateways": [] },
    });
    let read = RouteObject::read(RouteKind::VirtualService, &evil).unwrap();
    assert_eq!(read.hosts, ["fine.example.net"]);
}
