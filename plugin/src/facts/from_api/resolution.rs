//! From what a user names to a Service of the cluster. A Service's own name needs no request.

use std::net::IpAddr;
use std::time::Duration;

use futures::join;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::IngressClass;
use kube::Api;
use kube::api::{GroupVersionKind, ListParams};
use lbprobe_analysis::plan::Step;
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::surroundings::custom_objects;
use crate::error::Error;
use crate::facts::convert;
use crate::facts::resolution::{self, Listed, ListedService, Resolved, ResolvedHere, RouteObject};
use crate::kubernetes::{Cluster, list};
use crate::settings::{Pointer, Scope, ServiceReference, Url, UrlHost};

/// How long a name may take to resolve on this machine.
const RESOLVE: Duration = Duration::from_secs(5);

/// The kinds of routes, each with the plural by which the server lists it.
const ROUTES: [(&str, &str, &str, &str, &str); 5] = [
    ("networking.k8s.io", "v1", "Ingress", "ingresses", "ingresses.networking.k8s.io"),
    ("gateway.networking.k8s.io", "v1", "Gateway", "gateways", "gateways.gateway.networking.k8s.io"),
    ("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes", "httproutes.gateway.networking.k8s.io"),
    ("networking.istio.io", "v1", "Gateway", "gateways", "gateways.networking.istio.io"),
    ("networking.istio.io", "v1", "VirtualService", "virtualservices", "virtualservices.networking.istio.io"),
];

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
        let of_kind = unread.iter().position(|(resource, _)| why.is_about(resource)).unwrap_or_default();
        if unread.is_empty() { Error::NotResolved(why) } else { unread.swap_remove(of_kind).1 }
    })
}

/// What could not be read, and why.
type Unread = Vec<(&'static str, Error)>;

/// What a URL's name resolves to on this machine; nothing where there is no name to ask for.
async fn resolved_here(pointer: &Pointer) -> Option<Vec<IpAddr>> {
    let Pointer::Url(Url { host: UrlHost::Name(name), .. }) = pointer else { return None };
    // Whole, so that no search list of this machine's plays a part.
    let whole = format!("{name}.");
    let found = timeout(RESOLVE, lookup_host((whole.as_str(), 0))).await;
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
    let (services, classes, routes) = join!(services(cluster, namespace, &mut unread), classes(cluster), routes(cluster));
    let mut listed = Listed { services: services?, ..Listed::default() };
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
    let reads = ROUTES.map(|(group, version, kind, plural, resource)| async move {
        let objects = custom_objects(cluster, &GroupVersionKind::gvk(group, version, kind), plural, resource).await;
        let kind = RouteObject::kind(group, kind);
        let read = |object: &serde_json::Value| RouteObject::read(kind?, object);
        (resource, objects.map(|objects| objects.iter().filter_map(read).collect()))
    });
    futures::future::join_all(reads).await
}
