//! The Service that clients reach by a name.

use std::cmp::Reverse;
use std::net::IpAddr;

use lbprobe_analysis::plan::{RouteKind, Step};

use super::routes::Closeness;
use super::{Lead, Listed, ListedService, ResolvedHere, RouteObject, by_address, by_route};
use crate::error::NotResolved;
use crate::settings::Url;

/// A name that leads to an address of the cluster's here is taken at its word. Where it leads elsewhere, or nowhere, what
/// the cluster's objects say of it counts: there may be a CDN in front, or the name is one of a VPN's.
pub(super) fn find<'a>(
    name: &str,
    url: &Url,
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
    let found = by_status(name, url.port, listed).map(Ok);
    let found = found.or_else(|| by_resolved(name, url.port, addresses.unwrap_or_default(), listed));
    let mut lead = found.or_else(|| by_objects(name, url, listed)).unwrap_or_else(|| Err(unknown()))?;
    lead.steps.splice(0..0, resolved);
    Ok(lead)
}

/// `NAME.NAMESPACE.svc.cluster.local`, and what the pods' search list makes shorter.
fn by_cluster_name<'a>(name: &str, namespace: Option<&str>, listed: &'a Listed) -> Option<&'a ListedService> {
    let mut labels = name.split('.');
    let (service, of) = (labels.next()?, labels.next().or(namespace)?);
    let rest: Vec<_> = labels.collect();
    // Clusters may have a domain of their own, which is in no object: only the default is known by its name.
    if !matches!(rest[..], [] | ["svc"] | ["svc", "cluster", "local"]) {
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

fn by_resolved<'a>(name: &str, port: Option<u16>, addresses: &[IpAddr], listed: &'a Listed) -> Option<Result<Lead<'a>, NotResolved>> {
    let found = addresses.iter().map(|address| by_address::find(*address, port, listed));
    only(name, found.filter(|found| !matches!(found, Err(NotResolved::NoServiceAt { .. }))))
}

/// The only Service that several ways lead to; the first problem where none does. Nothing where there is no way.
fn only<'a>(name: &str, found: impl Iterator<Item = Result<Lead<'a>, NotResolved>>) -> Option<Result<Lead<'a>, NotResolved>> {
    let (mut leads, mut problem) = (Vec::<Lead<'a>>::new(), None);
    for found in found {
        match found {
            Ok(lead) if leads.iter().all(|known| !std::ptr::eq(known.service, lead.service)) => leads.push(lead),
            Ok(_) => {}
            Err(cause) => problem = problem.or(Some(cause)),
        }
    }
    match leads.len() {
        0 => problem.map(Err),
        1 => leads.pop().map(Ok),
        _ => {
            let services = leads.iter().map(|lead| by_address::with_ports(lead.service)).collect();
            Some(Err(NotResolved::Several { what: name.to_owned(), services }))
        }
    }
}

/// external-dns's annotation, and routes that serve the name. A route that serves every name says nothing of this one.
fn by_objects<'a>(name: &str, url: &Url, listed: &'a Listed) -> Option<Result<Lead<'a>, NotResolved>> {
    let annotated = listed.services.iter().filter(|service| service.is_external() && service.public_names.iter().any(|own| own == name));
    let by_annotation = annotated.map(|service| Ok(Lead { service, steps: vec![Step::ExternalDns { name: name.to_owned() }], port: None }));
    if let Some(found) = only(name, by_annotation) {
        return Some(found);
    }
    let path = url.path.as_deref().unwrap_or("/");
    let path = path.split('?').next().unwrap_or_default();
    let fit = |object: &RouteObject| {
        let closeness = object.closest_match(name).filter(|closeness| *closeness > Closeness::Anything)?;
        let has_scheme =
            object.route.kind != RouteKind::Ingress || url.scheme.is_none_or(|scheme| object.ingress_port(Some(name)).1 == scheme);
        // The most exact name counts first, then the longest path, then the scheme; a route before the Gateway that it is
        // attached to.
        Some((closeness, object.served_path(path), has_scheme, object.is_behind_a_gateway()))
    };
    let mut serving: Vec<_> = listed.routes.iter().filter_map(|object| Some((fit(object)?, object))).collect();
    serving.sort_by_key(|(fit, object)| (Reverse(*fit), object.route.clone()));
    // Those that fit as well as the best.
    let groups = serving.chunk_by(|(one, _), (other, _)| one == other);
    let mut problem = None;
    for group in groups {
        let leads = group.iter().map(|(_, object)| {
            let mut lead = by_route::lead(object, url.port, listed)?;
            lead.steps.insert(0, Step::Serves { route: object.route.clone(), name: name.to_owned() });
            Ok(lead)
        });
        match only(name, leads) {
            Some(Ok(lead)) => return Some(Ok(lead)),
            Some(Err(several @ NotResolved::Several { .. })) => return Some(Err(several)),
            Some(Err(cause)) => problem = problem.or(Some(cause)),
            None => {}
        }
    }
    problem.map(Err)
}
