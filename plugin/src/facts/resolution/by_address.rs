//! The Service that has an address.

use std::net::IpAddr;

use lbprobe_analysis::facts::ServiceType;
use lbprobe_analysis::plan::{AddressKind, Step};

use super::{Lead, Listed, ListedService};
use crate::error::NotResolved;

/// The Service that takes connections at an address, on a port where one is named.
pub(super) fn find(address: IpAddr, port: Option<u16>, listed: &Listed) -> Result<Lead<'_>, NotResolved> {
    let mut at: Vec<_> = listed.services.iter().filter_map(|service| Some((service.address_kind(address)?, service))).collect();
    if at.is_empty() {
        return at_node(address, port, listed);
    }
    if let Some(port) = port {
        let declaring: Vec<_> = at.iter().copied().filter(|(_, service)| service.declares(port)).collect();
        // Some load balancers have the addresses of nodes.
        match (declaring.is_empty(), at_node(address, Some(port), listed)) {
            (true, Ok(lead)) => return Ok(lead),
            (true, Err(_)) => {}
            (false, _) => at = declaring,
        }
    }
    let [(kind, service)] = at[..] else {
        return Err(several(address, port, at.into_iter().map(|(_, service)| service)));
    };
    let mut steps = vec![Step::Address { address, kind }];
    let others = listed.services.iter().filter(|other| other.address_kind(address).is_some() && !std::ptr::eq(*other, service));
    let others: Vec<_> = others.map(with_ports).collect();
    if !others.is_empty() && kind != AddressKind::ClusterIp {
        steps.push(Step::AlsoAt { services: others });
    }
    Ok(Lead { service, steps, port: None })
}

/// The Service that has a node port. Its addresses are those of all nodes.
fn at_node(address: IpAddr, port: Option<u16>, listed: &Listed) -> Result<Lead<'_>, NotResolved> {
    if !listed.node_addresses.contains(&address) {
        return Err(NotResolved::NoServiceAt { address });
    }
    let node_port = port.ok_or(NotResolved::NodeWithoutPort { address })?;
    let mut all = listed.services.iter().flat_map(|service| service.service.ports.iter().map(move |port| (service, port)));
    let (service, port) = all.find(|(_, port)| port.node_port == Some(node_port)).ok_or(NotResolved::NoNodePort { address, node_port })?;
    Ok(Lead { service, steps: vec![Step::NodePort { address, node_port, port: port.port }], port: Some(port.port) })
}

fn several<'a>(address: IpAddr, port: Option<u16>, services: impl Iterator<Item = &'a ListedService>) -> NotResolved {
    let what = port.map_or_else(|| address.to_string(), |port| std::net::SocketAddr::new(address, port).to_string());
    let mut services: Vec<_> = services.collect();
    services.sort_by_key(|service| (service.service.service_type != ServiceType::LoadBalancer, service.full_name()));
    NotResolved::Several { what, services: services.into_iter().map(with_ports).collect() }
}

/// "shop/web (80, 443)".
pub(super) fn with_ports(service: &ListedService) -> String {
    let ports: Vec<_> = service.service.ports.iter().map(|port| port.port.to_string()).collect();
    format!("{} ({})", service.full_name(), ports.join(", "))
}
