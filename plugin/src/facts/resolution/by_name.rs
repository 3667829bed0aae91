//! The Service that clients reach by a name.

use std::cmp::Reverse;
use std::net::IpAddr;

use lbprobe_analysis::plan::Step;

use super::routes::Closeness;
use super::{Lead, Listed, ListedService, ResolvedHere, by_address, by_route};
use crate::error::NotResolved;

/// A name that leads to an address of the cluster's here is taken at its word. Where it leads elsewhere, or nowhere, what
/// the cluster's objects say of it counts: there may be a CDN in front, or the name is one of a VPN's.
pub(super) fn find<'a>(
    name: &str,
    port: Option<u16>,
    namespace: Option<&str>,
    listed: &'a Listed,
    here: ResolvedHere<'_>,
) -> Result<Lead<'a>, NotResolved> {
    if let Some(service) = by_cluster_name(name, namespace, listed) {
        return Ok(Lead { service, steps: vec![Step::ClusterName { name: name.to_owned() }], port: None });
    }
    let addresses = match here {
        ResolvedHere::NotAsked => None,
        ResolvedHere::Addresses(addresses) => Some(addresses),
    };
    let resolved = addresses.map(|addresses| Step::ResolvedHere { name: name.to_owned(), addresses: addresses.to_vec() });
    let unknown = || NotResolved::NoServiceOfName { name: name.to_owned(), addresses: addresses.map(<[IpAddr]>::to_vec) };
    let found = by_status(name, port, listed).map(Ok);
    let found = found.or_else(|| by_resolved(port, addresses.unwrap_or_default(), listed));
    let mut lead = found.or_else(|| by_objects(name, port, listed)).unwrap_or_else(|| Err(unknown()))?;
    lead.steps.splice(0..0, resolved);
    Ok(lead)
}

/// `NAME.NAMESPACE.svc.cluster.local`, and what the pods' search list makes shorter.
fn by_cluster_name<'a>(name: &str, namespace: Option<&str>, listed: &'a Listed) -> Option<&'a ListedService> {
    let mut labels = name.split('.');
    let (service, of) = (labels.next()?, labels.next().or(namespace)?);
    if labels.next().is_some_and(|label| label != "svc") {
        return None;
    }
    listed.services.iter().find(|listed| listed.service.name == service && listed.service.namespace == of)
}

/// The hostname in the status of a load balancer, of which several Services may have the same.
pub(super) fn by_status<'a>(name: &str, port: Option<u16>, listed: &'a Listed) -> Option<Lead<'a>> {
    let named: Vec<_> = listed.services.iter().filter(|service| service.has_hostname(name)).collect();
    let declaring = named.iter().find(|service| port.is_none_or(|port| service.declares(port)));
    let service = declaring.or(named.first())?;
    Some(Lead { service, steps: vec![Step::StatusHostname { name: name.to_owned() }], port: None })
}

fn by_resolved<'a>(port: Option<u16>, addresses: &[IpAddr], listed: &'a Listed) -> Option<Result<Lead<'a>, NotResolved>> {
    let found = addresses.iter().map(|address| by_address::find(*address, port, listed));
    let mut found: Vec<_> = found.filter(|found| !matches!(found, Err(NotResolved::NoServiceAt { .. }))).collect();
    let first = found.iter().position(Result::is_ok).unwrap_or_default();
    (!found.is_empty()).then(|| found.swap_remove(first))
}

/// external-dns's annotation, and routes that serve the name. A route that serves every name says nothing of this one.
fn by_objects<'a>(name: &str, port: Option<u16>, listed: &'a Listed) -> Option<Result<Lead<'a>, NotResolved>> {
    if let Some(service) = listed.services.iter().find(|service| service.public_names.iter().any(|own| own == name)) {
        return Some(Ok(Lead { service, steps: vec![Step::ExternalDns { name: name.to_owned() }], port: None }));
    }
    let serving = listed.routes.iter().filter_map(|object| Some((object.closest_match(name)?, object)));
    let mut serving: Vec<_> = serving.filter(|(closeness, _)| *closeness > Closeness::Anything).collect();
    // The most exact name first, and of equal ones the route before the Gateway that it is attached to.
    serving.sort_by_key(|(closeness, object)| (Reverse(*closeness), !object.is_behind_a_gateway(), object.route.clone()));
    let leads = serving.into_iter().map(|(_, object)| {
        let mut lead = by_route::lead(object, port, listed)?;
        lead.steps.insert(0, Step::Serves { route: object.route.clone(), name: name.to_owned() });
        Ok(lead)
    });
    let mut leads: Vec<_> = leads.collect();
    let first = leads.iter().position(Result::is_ok).unwrap_or_default();
    (!leads.is_empty()).then(|| leads.swap_remove(first))
}
