//! From what a user names to a Service of the cluster. A Service's own name needs no request.

use std::net::IpAddr;
use std::time::Duration;

use futures::join;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::IngressClass;
use kube::Api;
use kube::api::ListParams;
use lbprobe_analysis::plan::{RouteKind, Step};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::surroundings::of_some_version;
use crate::error::{Error, NotResolved, route_resource};
use crate::facts::convert;
use crate::facts::resolution::{self, Listed, ListedService, Meant, Resolved, ResolvedHere, RouteObject};
use crate::kubernetes::{Cluster, list};
use crate::settings::{Elsewhere, Pointer, Scope, ServiceReference, Url, UrlHost};

/// How long a name may take to resolve on this machine.
const RESOLVE: Duration = Duration::from_secs(5);

/// A kind of routes, as the server lists it.
struct Listing {
    kind: RouteKind,
    group: &'static str,
    /// Its versions, today's first.
    versions: &'static [&'static str],
    name: &'static str,
    plural: &'static str,
}

const INGRESS: &[&str] = &["v1"];
const GATEWAY_API: &[&str] = &["v1", "v1beta1"];
pub(super) const ISTIO: &[&str] = &["v1", "v1beta1", "v1alpha3"];

const LISTINGS: [Listing; 5] = [
    listing(RouteKind::Ingress, ("networking.k8s.io", INGRESS), "Ingress", "ingresses"),
    listing(RouteKind::Gateway, ("gateway.networking.k8s.io", GATEWAY_API), "Gateway", "gateways"),
    listing(RouteKind::HttpRoute, ("gateway.networking.k8s.io", GATEWAY_API), "HTTPRoute", "httproutes"),
    listing(RouteKind::IstioGateway, ("networking.istio.io", ISTIO), "Gateway", "gateways"),
    listing(RouteKind::VirtualService, ("networking.istio.io", ISTIO), "VirtualService", "virtualservices"),
];

const fn listing(
    kind: RouteKind,
    (group, versions): (&'static str, &'static [&'static str]),
    name: &'static str,
    plural: &'static str,
) -> Listing {
    Listing { kind, group, versions, name, plural }
}

/// The Service that is meant.
pub(crate) async fn resolve(cluster: &Cluster, scope: &Scope) -> Result<Resolved, Error> {
    let namespace = scope.namespace.as_deref().unwrap_or(&cluster.namespace);
    let pointer = match &scope.service {
        ServiceReference::Name(name) => return Ok(Resolved::named(namespace, name)),
        ServiceReference::Pointer(pointer) => pointer,
    };
    let (read, here) = join!(read(cluster, pointer, namespace), resolved_here(pointer));
    let (mut listed, mut unread) = read?;
    listed.unread = unread.first().map(|(_, cause)| Step::NotRead {
        resources: unread.iter().map(|(resource, _)| (*resource).to_owned()).collect(),
        reason: cause.to_string(),
    });
    let here = here.as_deref().map_or(ResolvedHere::NotAsked, ResolvedHere::Addresses);
    let found = resolution::resolve(pointer, Some(namespace), &listed, here);
    found.map_err(|why| {
        // What is not found may be in what was not read.
        match unread.iter().position(|(resource, _)| why.may_be_in(resource)) {
            Some(place) => unread.swap_remove(place).1,
            None => Error::NotResolved(why),
        }
    })
}

/// The Service that is meant, or what is to be dialled though no Service of the cluster has it.
pub(crate) async fn resolve_anything(cluster: &Cluster, scope: &Scope, elsewhere: Elsewhere) -> Result<Meant, Error> {
    match (resolve(cluster, scope).await, &scope.service, elsewhere) {
        (
            Err(Error::NotResolved(why @ (NotResolved::NoServiceAt { .. } | NotResolved::NoServiceOfName { .. }))),
            ServiceReference::Pointer(Pointer::Url(url)),
            Elsewhere::Probed,
        ) => Ok(resolution::elsewhere(url, scope.namespace.as_deref().unwrap_or(&cluster.namespace), &why)),
        (resolved, ..) => resolved.map(Meant::Service),
    }
}

/// What could not be read, and why.
type Unread = Vec<(&'static str, Error)>;

/// What a URL's name resolves to on this machine; nothing where there is no name to ask for.
async fn resolved_here(pointer: &Pointer) -> Option<Vec<IpAddr>> {
    let Pointer::Url(Url { host: UrlHost::Name(name), .. }) = pointer else { return None };
    let found = timeout(RESOLVE, lookup_host((name.as_str(), 0))).await;
    let addresses = found.ok().and_then(Result::ok).into_iter().flatten().map(|address| address.ip());
    let mut addresses: Vec<_> = addresses.collect();
    addresses.sort_unstable();
    addresses.dedup();
    Some(addresses)
}

/// Everything that may lead to a Service, and what of it may not be read. An address leads to a Service by itself.
async fn read(cluster: &Cluster, pointer: &Pointer, namespace: &str) -> Result<(Listed, Unread), Error> {
    let mut unread = Vec::new();
    if matches!(pointer, Pointer::Url(Url { host: UrlHost::Address(_), .. })) {
        let (services, nodes) = join!(services(cluster, namespace, &mut unread), node_addresses(cluster));
        let listed = Listed { services: services?, ..Listed::default() };
        return Ok(match nodes {
            Ok(addresses) => (Listed { node_addresses: addresses.into_iter().collect(), ..listed }, unread),
            Err(cause) => (listed, unread.into_iter().chain([("nodes", cause)]).collect()),
        });
    }
    // The name may be a node's, where a port is asked for.
    let nodes = async {
        let has_port = matches!(pointer, Pointer::Url(Url { port: Some(_), .. }));
        if has_port { node_addresses(cluster).await } else { Ok(Vec::new()) }
    };
    let (services, nodes, classes, routes) = join!(services(cluster, namespace, &mut unread), nodes, classes(cluster), routes(cluster));
    let mut listed = Listed { services: services?, ..Listed::default() };
    match nodes {
        Ok(addresses) => listed.node_addresses = addresses.into_iter().collect(),
        Err(cause) => unread.push(("nodes", cause)),
    }
    for (resource, found) in routes {
        match found {
            Ok(objects) => listed.routes.extend(objects),
            Err(cause) => unread.push((resource, cause)),
        }
    }
    match classes {
        Ok(classes) => listed.controllers = classes.into_iter().filter_map(resolution::controller).collect(),
        Err(cause) => unread.push(("ingressclasses.networking.k8s.io", cause)),
    }
    Ok((listed, unread))
}

/// Those of all namespaces, or of one where the others may not be read.
async fn services(cluster: &Cluster, namespace: &str, unread: &mut Unread) -> Result<Vec<ListedService>, Error> {
    let of = async |api: Api<Service>| list(cluster, api, ListParams::default(), "services", |service| vec![service.into()]).await;
    match of(Api::all(cluster.client.clone())).await {
        Err(cause @ Error::Forbidden { .. }) => {
            unread.push(("services", cause));
            of(Api::namespaced(cluster.client.clone(), namespace)).await
        }
        services => services,
    }
}

async fn node_addresses(cluster: &Cluster) -> Result<Vec<IpAddr>, Error> {
    let api: Api<convert::ApiNode> = Api::all(cluster.client.clone());
    list(cluster, api, ListParams::default(), "nodes", |node| convert::node_addresses(&node)).await
}

async fn classes(cluster: &Cluster) -> Result<Vec<IngressClass>, Error> {
    let api: Api<IngressClass> = Api::all(cluster.client.clone());
    list(cluster, api, ListParams::default(), "ingressclasses", |class| vec![class]).await
}

/// Each kind of routes; none of one that is not installed.
async fn routes(cluster: &Cluster) -> Vec<(&'static str, Result<Vec<RouteObject>, Error>)> {
    let reads = LISTINGS.iter().map(|listing| async { (route_resource(listing.kind), of_kind(cluster, listing).await) });
    futures::future::join_all(reads).await
}

async fn of_kind(cluster: &Cluster, listing: &Listing) -> Result<Vec<RouteObject>, Error> {
    let Listing { kind, group, versions, name, plural } = listing;
    let objects = of_some_version(cluster, (group, name, versions), plural, route_resource(*kind)).await?;
    Ok(objects.iter().filter_map(|object| RouteObject::read(*kind, object)).collect())
}
