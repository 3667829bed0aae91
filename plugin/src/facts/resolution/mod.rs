//! From what a user names to the Service that is meant: a URL, an address, a route. Pure: what there is comes from the
//! API or from a file.

mod by_address;
mod by_name;
mod by_route;
mod listed;
mod routes;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use lbprobe_analysis::facts::Service;
use lbprobe_analysis::plan::{Asked, PlanOptions, Scheme, Step};

use crate::error::NotResolved;
use crate::settings::{Pointer, ServiceName, Url, UrlHost};

pub(crate) use listed::{Listed, ListedService, controller};
pub(crate) use routes::RouteObject;

/// The Service that is meant, and how it is to be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) namespace: String,
    pub(crate) name: ServiceName,
    pub(crate) asking: Asking,
}

/// What a user means: a Service, or something that is none of the cluster's.
#[derive(Clone, Debug)]
pub(crate) enum Meant {
    Service(Resolved),
    /// What stands for a Service, and how it is to be dialled.
    Elsewhere(Box<Service>, Asking),
}

impl Meant {
    /// What was asked, beside the Service.
    pub(crate) fn asking(&self) -> &Asking {
        match self {
            Self::Service(resolved) => &resolved.asking,
            Self::Elsewhere(_, asking) => asking,
        }
    }
}

/// What was asked, beside the Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asking {
    /// Nothing where the user named the Service itself.
    pub(crate) asked: Option<Asked>,
    pub(crate) request: Request,
}

/// What of the user's words says how to dial. Flags count before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// The Service's port; all of them where missing.
    pub(crate) port: Option<u16>,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) host: Option<String>,
    pub(crate) path: Option<String>,
}

impl Resolved {
    /// A Service that the user named by its own name.
    pub(crate) fn named(namespace: &str, name: &ServiceName) -> Self {
        Self { namespace: namespace.to_owned(), name: name.clone(), asking: Asking::default() }
    }
}

impl Asking {
    /// What a run is asked to do, with what the user's words say beside flags.
    pub(crate) fn options(&self, flags: &PlanOptions) -> PlanOptions {
        let Request { port, scheme, host, path } = self.request.clone();
        let mut options = flags.clone();
        if options.ports.is_empty() {
            options.ports.extend(port);
        }
        options.scheme = options.scheme.or(scheme);
        options.host = options.host.or(host);
        options.path = options.path.or(path);
        options.asked.clone_from(&self.asked);
        options
    }
}

/// What names resolve to where this program runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ResolvedHere<'a> {
    /// The cluster is in a file: what this machine resolves says nothing of it.
    NotAsked,
    /// None where the name does not resolve.
    Addresses(&'a [IpAddr]),
}

/// A Service on the way to which something was learnt.
#[derive(Clone, Debug)]
struct Lead<'a> {
    service: &'a ListedService,
    steps: Vec<Step>,
    /// The Service's port, where what led to it says which.
    port: Option<u16>,
}

/// The Service that a URL or a route leads to. A route is of this namespace; of any where none is named.
pub(crate) fn resolve(
    pointer: &Pointer,
    namespace: Option<&str>,
    listed: &Listed,
    here: ResolvedHere<'_>,
) -> Result<Resolved, NotResolved> {
    let (word, lead, request) = match pointer {
        Pointer::Url(url) => (url.word.clone(), of_url(url, namespace, listed, here)?, request_of(url)),
        Pointer::Route { kind, name } => by_route::named(*kind, namespace, name, listed)?,
    };
    let mut steps = lead.steps;
    let is_by_objects = steps.iter().any(|step| matches!(step, Step::Serves { .. } | Step::ExternalDns { .. }));
    steps.extend(listed.unread.clone().filter(|_| is_by_objects));
    let service = &lead.service.service;
    let request = Request { port: lead.port.or(request.port), ..request };
    let undeclared = request.port.filter(|port| !lead.service.declares(*port));
    steps.extend(undeclared.map(|port| Step::Undeclared { port, declared: service.ports.iter().map(|port| port.port).collect() }));
    Ok(Resolved {
        namespace: service.namespace.clone(),
        name: ServiceName::Service(service.name.clone()),
        asking: Asking { asked: Some(Asked { word, name: public_name(pointer, &steps), steps }), request },
    })
}

/// A URL that leads to no Service, as something to dial all the same. No Service says which ports it has.
pub(crate) fn elsewhere(url: &Url, namespace: &str, why: &NotResolved) -> Meant {
    let host = url.host.to_string();
    let name = match &url.host {
        UrlHost::Name(name) => Some(name.clone()),
        UrlHost::Address(_) => None,
    };
    let asked = Asked { word: url.word.clone(), name, steps: vec![Step::Nowhere { reason: why.to_string() }] };
    let service = Service { namespace: namespace.to_owned(), ..Service::elsewhere(&host, url.port) };
    Meant::Elsewhere(Box::new(service), Asking { asked: Some(asked), request: request_of(url) })
}

/// The name that a URL has. That of the cluster's own DNS is dialled anyway.
fn public_name(pointer: &Pointer, steps: &[Step]) -> Option<String> {
    let is_of_cluster = steps.iter().any(|step| matches!(step, Step::ClusterName { .. }));
    match pointer {
        Pointer::Url(Url { host: UrlHost::Name(name), .. }) if !is_of_cluster => Some(name.clone()),
        Pointer::Url(_) | Pointer::Route { .. } => None,
    }
}

fn of_url<'a>(url: &Url, namespace: Option<&str>, listed: &'a Listed, here: ResolvedHere<'_>) -> Result<Lead<'a>, NotResolved> {
    match &url.host {
        UrlHost::Address(address) => by_address::find(*address, url.port, listed),
        UrlHost::Name(name) => by_name::find(name, url, namespace, listed, here),
    }
}

fn request_of(url: &Url) -> Request {
    let host = match &url.host {
        UrlHost::Address(_) => None,
        UrlHost::Name(name) => Some(name.clone()),
    };
    Request { port: url.port, scheme: url.scheme, host, path: url.path.clone() }
}
