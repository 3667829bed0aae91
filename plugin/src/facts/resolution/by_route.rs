//! The Service that an Ingress, a Gateway or a route attached to one gets its connections from.

use std::net::IpAddr;

use lbprobe_analysis::facts::ServiceType;
use lbprobe_analysis::plan::{Route, RouteKind, Step};
use lbprobe_analysis::text::{self, Language};

use super::listed::lower;
use super::routes::Listener;
use super::{Lead, Listed, ListedService, Request, RouteObject, by_address, by_name};
use crate::error::NotResolved;

/// The labels by which implementations of the Gateway API mark the Services that they make for a Gateway. The first is
/// the API's own (GEP-1762), and in the Gateway's namespace.
const GATEWAY_LABEL: &str = "gateway.networking.k8s.io/gateway-name";
const OWNER_LABELS: [(&str, Option<&str>); 3] = [
    ("gateway.envoyproxy.io/owning-gateway-name", Some("gateway.envoyproxy.io/owning-gateway-namespace")),
    ("io.cilium.gateway/owning-gateway", None),
    ("projectcontour.io/owning-gateway-name", None),
];

/// Controllers of Ingresses, and the label that the Services of their charts have.
const CONTROLLERS: [(&str, (&str, &str)); 9] = [
    ("k8s.io/ingress-nginx", (NAME_LABEL, "ingress-nginx")),
    ("nginx.org/ingress-controller", (NAME_LABEL, "nginx-ingress")),
    ("traefik.io/ingress-controller", (NAME_LABEL, "traefik")),
    ("haproxy.org/ingress-controller", (NAME_LABEL, "kubernetes-ingress")),
    ("haproxy-ingress.github.io/controller", (NAME_LABEL, "haproxy-ingress")),
    ("projectcontour.io/", (NAME_LABEL, "contour")),
    ("ingress-controllers.konghq.com/kong", (NAME_LABEL, "kong")),
    ("cilium.io/ingress-controller", ("cilium.io/ingress", "true")),
    ("istio.io/ingress-controller", ("istio", "ingressgateway")),
];
const NAME_LABEL: &str = "app.kubernetes.io/name";

/// Controllers whose load balancers dial pods or node ports themselves: no Service has their addresses.
const OF_CLOUDS: [&str; 5] =
    ["ingress.k8s.aws/alb", "eks.amazonaws.com/alb", "ingress.k8s.alibabacloud/alb", "azure/application-gateway", "k8s.io/ingress-gce"];

/// What a user named by kind and name: as it is written, the Service, and how it is to be dialled.
pub(super) fn named<'a>(
    kind: RouteKind,
    namespace: Option<&str>,
    name: &str,
    listed: &'a Listed,
) -> Result<(String, Lead<'a>, Request), NotResolved> {
    // Both kinds are called Gateway, and kubectl takes the one that it hears of first.
    let kinds = match kind {
        RouteKind::Gateway => [kind, RouteKind::IstioGateway],
        RouteKind::IstioGateway => [kind, RouteKind::Gateway],
        RouteKind::Ingress | RouteKind::HttpRoute | RouteKind::VirtualService => [kind; 2],
    };
    let is_there = |route: &Route| namespace.is_none_or(|namespace| route.namespace == namespace);
    let named = |kind| listed.routes.iter().filter(move |object| object.route.kind == kind && object.route.name == name);
    let there: Vec<_> = kinds.iter().map(|kind| named(*kind).filter(|object| is_there(&object.route)).collect::<Vec<_>>()).collect();
    let there = there.into_iter().find(|objects| !objects.is_empty()).unwrap_or_default();
    if there.len() > 1 {
        let namespaces = there.iter().map(|object| object.route.namespace.clone()).collect();
        return Err(NotResolved::SeveralRoutes { kind, name: name.to_owned(), namespaces });
    }
    let object = there.first().copied();
    let object = object.ok_or_else(|| NotResolved::NoRoute {
        kind,
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        elsewhere: kinds.iter().find_map(|kind| named(*kind).next()).map(|object| object.route.namespace.clone()),
    })?;
    let lead = lead(object, None, listed)?;
    let request = request(object, listed);
    // Some controllers have listeners on the pods' ports (Traefik), which the Service has under other numbers: what is said
    // there says nothing of all its ports.
    let is_declared = request.port.is_none_or(|port| lead.service.declares(port));
    let request = if is_declared { request } else { Request { port: None, scheme: None, ..request } };
    Ok((text::route(&object.route, Language::default()), lead, request))
}

/// The Service behind a route, and the steps from it. Where several have the address, one that declares the port.
pub(super) fn lead<'a>(object: &RouteObject, port: Option<u16>, listed: &'a Listed) -> Result<Lead<'a>, NotResolved> {
    let (gateway, listener) = gateway_and_listener(object, listed)?;
    let port = port.or_else(|| request(object, listed).port);
    let mut lead = by_status(gateway, port, listed)
        .or_else(|| by_labels(gateway, listed).map(Ok))
        .unwrap_or_else(|| Err(without_service(gateway, listed)))?;
    let attached = object.is_behind_a_gateway().then(|| Step::AttachedTo { route: object.route.clone(), to: gateway.route.clone() });
    let listener =
        listener.map(|listener| Step::Listener { gateway: gateway.route.clone(), name: listener.name.clone(), port: listener.port });
    lead.steps.splice(0..0, attached.into_iter().chain(listener));
    Ok(lead)
}

/// The Gateway of a route with the listener that it is attached to; an object that is attached to none stands for itself.
fn gateway_and_listener<'a>(object: &'a RouteObject, listed: &'a Listed) -> Result<(&'a RouteObject, Option<&'a Listener>), NotResolved> {
    if !object.is_behind_a_gateway() {
        return Ok((object, object.listener(None)));
    }
    let gateways = object.parents.iter().filter_map(|parent| {
        let gateway = listed.route(parent.gateway.kind, &parent.gateway.namespace, &parent.gateway.name)?;
        Some((gateway, gateway.listener(Some((object, parent)))))
    });
    let gateways: Vec<_> = gateways.collect();
    let first = gateways.iter().find(|(_, listener)| listener.is_some()).or(gateways.first());
    first.copied().ok_or_else(|| NotResolved::NoGatewayOfRoute { route: object.route.clone() })
}

/// By the addresses in its status, which its controller takes from the Service.
fn by_status<'a>(object: &RouteObject, port: Option<u16>, listed: &'a Listed) -> Option<Result<Lead<'a>, NotResolved>> {
    let mut problem = None;
    for address in &object.addresses {
        let step = Step::StatusAddress { route: object.route.clone(), address: address.clone() };
        let found = if let Ok(ip) = address.parse::<IpAddr>() {
            by_address::find(ip, port, listed)
        } else {
            let name = lower(address);
            by_name::by_status(&name, port, listed).ok_or(NotResolved::NoServiceOfName { name, addresses: None })
        };
        match found {
            Ok(mut lead) => {
                lead.steps.insert(0, step);
                return Some(Ok(lead));
            }
            Err(cause @ NotResolved::Several { .. }) => problem = Some(cause),
            // Controllers without a load balancer write the addresses of nodes there.
            Err(_) => {}
        }
    }
    problem.map(Err)
}

/// By what its controller writes on the Service.
fn by_labels<'a>(object: &RouteObject, listed: &'a Listed) -> Option<Lead<'a>> {
    let gateway = object.route.clone();
    match object.route.kind {
        RouteKind::Gateway => {
            let service = best(listed, |service| is_made_for(service, &gateway))?;
            Some(Lead { service, steps: vec![Step::MadeFor { gateway }], port: None })
        }
        RouteKind::IstioGateway => {
            let selects = |service: &ListedService| {
                let has = |(key, value): (&String, &String)| service.selector.get(key) == Some(value);
                !object.selector.is_empty() && object.selector.iter().all(has)
            };
            let service = best(listed, selects)?;
            Some(Lead { service, steps: vec![Step::Selector { gateway }], port: None })
        }
        RouteKind::Ingress => {
            let controller = listed.controllers.get(object.class.as_ref()?)?;
            let (_, (key, value)) = CONTROLLERS.iter().find(|(known, _)| is_of(controller, known))?;
            let service = best(listed, |service| service.has_label(key, value))?;
            Some(Lead { service, steps: vec![Step::Class { route: gateway, controller: controller.clone() }], port: None })
        }
        RouteKind::HttpRoute | RouteKind::VirtualService => None,
    }
}

/// Whether a controller has this name, or one that goes on behind a slash.
fn is_of(controller: &str, known: &str) -> bool {
    controller.strip_prefix(known.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_made_for(service: &ListedService, gateway: &Route) -> bool {
    let is_named = |key: &str| service.has_label(key, &gateway.name);
    let by_owner = OWNER_LABELS.iter().any(|(name, namespace)| {
        let is_there = match namespace {
            Some(key) => service.has_label(key, &gateway.namespace),
            None => service.service.namespace == gateway.namespace,
        };
        is_there && is_named(name)
    });
    by_owner || service.service.namespace == gateway.namespace && is_named(GATEWAY_LABEL)
}

/// The only one that clients outside have an address for, those with a load balancer first; none where that leaves
/// several.
fn best(listed: &Listed, is_meant: impl Fn(&ListedService) -> bool) -> Option<&ListedService> {
    let meant: Vec<_> = listed.services.iter().filter(|service| service.is_external() && is_meant(service)).collect();
    let with_load_balancer: Vec<_> =
        meant.iter().copied().filter(|service| service.service.service_type == ServiceType::LoadBalancer).collect();
    match (&with_load_balancer[..], &meant[..]) {
        ([only], _) | ([], [only]) => Some(only),
        _ => None,
    }
}

fn without_service(object: &RouteObject, listed: &Listed) -> NotResolved {
    let route = object.route.clone();
    let controller = object.class.as_ref().and_then(|class| listed.controllers.get(class)).cloned();
    match controller {
        Some(controller) if OF_CLOUDS.iter().any(|of_cloud| is_of(&controller, of_cloud)) => {
            NotResolved::LoadBalancerOfCloud { route, controller }
        }
        _ => NotResolved::RouteWithoutService { route, addresses: object.addresses.clone() },
    }
}

/// What is asked of a route: its first name that is whole, its first path, and the port and protocol of the listener.
fn request(object: &RouteObject, listed: &Listed) -> Request {
    let listener = gateway_and_listener(object, listed).ok().and_then(|(_, listener)| listener);
    let whole = |names: &[String]| names.iter().find(|name| !name.contains('*')).cloned();
    let host = whole(&object.hosts).or_else(|| listener.and_then(|listener| whole(&listener.hosts)));
    let (port, scheme) = match listener {
        Some(Listener { port, scheme, .. }) => (Some(*port), *scheme),
        None if object.route.kind == RouteKind::Ingress => {
            let (port, scheme) = object.ingress_port(host.as_deref());
            (Some(port), Some(scheme))
        }
        None => (None, None),
    };
    Request { port, scheme, host, path: object.paths.first().cloned() }
}
