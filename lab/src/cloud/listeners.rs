//! From what Services ask for to listeners: which port of which address leads where, and how. Pure.

use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::ResourceExt as _;

use crate::cloud::specs::{Backends, Families, Header, LoadBalancerSpec, Loopback, Reach};

/// One port of one load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The load balancer's address.
    pub address: Ipv4Addr,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The port on that address.
    pub port: u16,
    /// Addresses and ports that take new connections.
    pub backends: Vec<(Ipv4Addr, u16)>,
    /// What the load balancer does with a connection.
    pub handling: Handling,
    /// Whether a backend reaches itself.
    pub loopback: Loopback,
    /// From where it is reached.
    pub reach: Reach,
    /// Whether the twins of address and backends do the same.
    pub families: Families,
}

/// What a load balancer does with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// Passes packets on, with the client's address.
    Passed,
    /// Ends the connection and makes another, from its own address.
    Ended {
        /// Whether it speaks TLS with the client.
        tls: Tls,
        /// What it says to the backend first.
        header: Header,
    },
}

/// Whether TLS ends at the load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// It does.
    Ends,
    /// What the client says is passed on.
    Passes,
}

/// The listeners of a Service. `nodes` take connections for it by its node ports.
#[must_use]
pub fn of(
    service: &Service,
    spec: &LoadBalancerSpec,
    addresses: &[Ipv4Addr],
    nodes: &[Ipv4Addr],
    slices: &[&EndpointSlice],
) -> Vec<Listener> {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let declared = ports.filter_map(|port| {
        let backends = match spec.backends {
            Backends::Nodes => nodes.iter().map(|node| Some((*node, number(port.node_port?)?))).collect::<Option<_>>()?,
            Backends::Pods => pods(service, port, slices),
        };
        Some((number(port.port)?, port.protocol.as_deref().unwrap_or("TCP").to_lowercase(), backends, handling(spec, number(port.port)?)))
    });
    let by_hand = spec.by_hand.map(|by_hand| (by_hand.port, "tcp".to_owned(), vec![by_hand.server], Handling::Passed));
    let all: Vec<_> = declared.chain(by_hand).collect();
    let at = |address: &Ipv4Addr| {
        let address = *address;
        all.iter().map(move |(port, protocol, backends, handling)| Listener {
            address,
            protocol: protocol.clone(),
            port: *port,
            backends: backends.clone(),
            handling: *handling,
            loopback: spec.loopback,
            reach: spec.reach,
            families: spec.families,
        })
    };
    addresses.iter().flat_map(at).collect()
}

fn handling(spec: &LoadBalancerSpec, port: u16) -> Handling {
    let tls = if spec.tls.contains(&port) { Tls::Ends } else { Tls::Passes };
    match (tls, spec.header) {
        (Tls::Passes, Header::None) => Handling::Passed,
        (tls, header) => Handling::Ended { tls, header },
    }
}

/// The ready pods behind a port, by the slices.
fn pods(service: &Service, port: &ServicePort, slices: &[&EndpointSlice]) -> Vec<(Ipv4Addr, u16)> {
    let is_of = |slice: &&&EndpointSlice| {
        slice.namespace() == service.namespace() && slice.labels().get("kubernetes.io/service-name") == Some(&service.name_any())
    };
    let mut backends = Vec::new();
    for slice in slices.iter().filter(is_of) {
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let of_port = slice.ports.iter().flatten().find(|candidate| name(&candidate.name) == name(&port.name));
        let Some(target) = of_port.and_then(|port| number(port.port?)) else { continue };
        let ready =
            slice.endpoints.iter().filter(|endpoint| endpoint.conditions.as_ref().and_then(|conditions| conditions.ready) != Some(false));
        backends.extend(ready.flat_map(|endpoint| &endpoint.addresses).filter_map(|address| Some((address.parse().ok()?, target))));
    }
    backends.sort_unstable();
    backends
}

fn number(port: i32) -> Option<u16> {
    u16::try_from(port).ok().filter(|port| *port > 0)
}
