//! What the user named in the Service's place, and how it leads to the Service.

use std::net::IpAddr;

use crate::plan::{AddressKind, Asked, Route, RouteKind, Step};
use crate::words;

/// Addresses and Services that a step names.
const NAMED: usize = 4;

pub(crate) fn heading(asked: &Asked) -> String {
    if asked.steps.iter().any(|step| matches!(step, Step::Nowhere { .. })) {
        format!("{} leads to no Service of this cluster:", asked.word)
    } else {
        format!("{} leads to this Service:", asked.word)
    }
}

pub(crate) fn step(step: &Step) -> String {
    match step {
        Step::ResolvedHere { name, addresses } if addresses.is_empty() => format!("{name} does not resolve on this machine"),
        Step::ResolvedHere { name, addresses } => format!("{name} resolves to {} on this machine", listed(addresses)),
        Step::Address { address, kind: AddressKind::LoadBalancer } => format!("{address} is its load balancer's address"),
        Step::Address { address, kind: AddressKind::ExternalIp } => format!("{address} is one of its externalIPs"),
        Step::Address { address, kind: AddressKind::ClusterIp } => format!("{address} is its ClusterIP"),
        Step::NodePort { address, node_port, port } => {
            format!("{address} is a node's address, and {node_port} the node port of its port {port}")
        }
        Step::StatusHostname { name } => format!("{name} is its load balancer's hostname"),
        Step::ClusterName { name } => format!("{name} is its name in the cluster's DNS"),
        Step::ExternalDns { name } => format!("its annotation for external-dns has the name {name}"),
        Step::Serves { route: of, name } => format!("{} serves {name}", route(of)),
        Step::AttachedTo { route: of, to } => format!("{} is attached to {}", route(of), route(to)),
        Step::Listener { gateway, name, port } => format!("{} listens on port {port} ({name})", route(gateway)),
        Step::StatusAddress { route: of, address } => format!("{} has the address {address}", route(of)),
        Step::Class { route: of, controller } => format!("{} belongs to controller {controller}, whose labels the Service has", route(of)),
        Step::MadeFor { gateway } => format!("the Service was made for {}, by its label", route(gateway)),
        Step::Selector { gateway } => format!("{} selects the pods that the Service selects", route(gateway)),
        Step::Undeclared { port, declared } => {
            let declared: Vec<_> = declared.iter().map(ToString::to_string).collect();
            format!("it does not declare port {port}, but {}", words::short_list(&declared, NAMED))
        }
        Step::Nowhere { reason } => reason.clone(),
        Step::AlsoAt { services } => format!("at the same address: {}", words::short_list(services, NAMED)),
        Step::NotRead { resources, reason } => {
            format!("not read, and may say otherwise: {} ({reason})", words::short_list(resources, NAMED))
        }
    }
}

/// "HTTPRoute shop/pay".
pub(crate) fn route(route: &Route) -> String {
    format!("{} {}/{}", kind(route.kind), route.namespace, route.name)
}

/// As `kubectl get` has it.
pub(crate) fn kind(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Ingress => "Ingress",
        RouteKind::Gateway => "Gateway",
        RouteKind::HttpRoute => "HTTPRoute",
        RouteKind::IstioGateway => "Istio Gateway",
        RouteKind::VirtualService => "VirtualService",
    }
}

fn listed(addresses: &[IpAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    words::short_list(&addresses, NAMED)
}
