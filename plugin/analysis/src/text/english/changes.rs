//! The words for what of a Service is not what it was.

use std::fmt::Display;

use crate::facts::{Address, EndpointName, EndpointTurn, IpMode, ServiceChange};
use crate::words;

/// Values that a line names.
const NAMED: usize = 4;

pub(crate) fn change(change: &ServiceChange) -> String {
    match change {
        ServiceChange::ExternalTrafficPolicy { from, to } => changed("externalTrafficPolicy", from, to),
        ServiceChange::InternalTrafficPolicy { from, to } => changed("internalTrafficPolicy", from, to),
        ServiceChange::ClusterIps { from, to } => changed("the ClusterIPs", &listed(from), &listed(to)),
        ServiceChange::LoadBalancer { from, to } => changed("the load balancer's addresses", &addresses(from), &addresses(to)),
        ServiceChange::ExternalIps { from, to } => changed("externalIPs", &listed(from), &listed(to)),
        ServiceChange::SourceRanges { from, to } => changed("loadBalancerSourceRanges", &listed(from), &listed(to)),
        ServiceChange::HealthCheckNodePort => {
            "the healthCheckNodePort changed, so externalTrafficPolicy was switched and switched back".into()
        }
        ServiceChange::ServiceProxy { from, to } => {
            let proxy = |name: &Option<String>| name.clone().unwrap_or_else(|| "kube-proxy".into());
            changed("the proxy that serves it", &proxy(from), &proxy(to))
        }
        ServiceChange::Ports => "the ports changed".into(),
        ServiceChange::Annotations => "annotations for the cloud controller changed".into(),
        ServiceChange::Endpoint { endpoint, state } => format!("{} {}", name(endpoint), turned(*state)),
        ServiceChange::EndpointGone { endpoint } => format!("{} is gone", name(endpoint)),
        ServiceChange::NoLoadBalancer => "it no longer has an address outside the cluster".into(),
        ServiceChange::NotReadAgain { reason } => format!("it could not be read again, so whether it changed is not known: {reason}"),
    }
}

fn changed(what: &str, from: &impl Display, to: &impl Display) -> String {
    format!("{what} changed from {from} to {to}")
}

fn listed(items: &[impl Display]) -> String {
    if items.is_empty() {
        return "none".into();
    }
    words::short_list(&items.iter().map(ToString::to_string).collect::<Vec<_>>(), NAMED)
}

fn addresses(addresses: &[Address]) -> String {
    let address = |address: &Address| match address {
        Address::Ip { ip, ip_mode: Some(IpMode::Proxy) } => format!("{ip} (ipMode Proxy)"),
        Address::Ip { ip, ip_mode: Some(IpMode::Vip) | None } => ip.to_string(),
        Address::Hostname { name } => name.clone(),
    };
    listed(&addresses.iter().map(address).collect::<Vec<_>>())
}

fn name(endpoint: &EndpointName) -> String {
    let address = endpoint.address.map(|address| format!(" {address}")).unwrap_or_default();
    format!("the endpoint{address} on {}", endpoint.node.as_deref().unwrap_or("an unknown node"))
}

const fn turned(state: EndpointTurn) -> &'static str {
    match state {
        EndpointTurn::Ready => "is ready",
        EndpointTurn::TerminatingAndServing => "is terminating, but still serves",
        EndpointTurn::Terminating => "terminates",
        EndpointTurn::NotReady => "is not ready",
    }
}
