//! What the user named in the Service's place, and how it leads to the Service.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A URL, an address, a name or a route, as a ticket has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// As it was typed, without what stays in a browser; of a route its kind, namespace and name.
    pub word: String,
    /// The name in it that clients resolve: it is dialled on every node as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// From there to the Service.
    pub steps: Vec<Step>,
}

impl Asked {
    /// Whether the name resolves to an address where this program runs, too: whatever is there is no matter of the cluster's inside.
    #[must_use]
    pub fn leads_here_too(&self, address: IpAddr) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::ResolvedHere { addresses, .. } if addresses.contains(&address)))
    }
}

/// An object that leads clients' requests to a Service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// What it is.
    pub kind: RouteKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// The kinds of such objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RouteKind {
    /// `networking.k8s.io/v1`.
    Ingress,
    /// `gateway.networking.k8s.io/v1`.
    Gateway,
    /// `gateway.networking.k8s.io/v1`.
    HttpRoute,
    /// `networking.istio.io/v1`.
    IstioGateway,
    /// `networking.istio.io/v1`.
    VirtualService,
}

/// Which of a Service's addresses one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddressKind {
    /// One of `status.loadBalancer.ingress`.
    LoadBalancer,
    /// One of `spec.externalIPs`.
    ExternalIp,
    /// One of `spec.clusterIPs`.
    ClusterIp,
}

/// A step on the way from what was typed to the Service. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are what the variants say they are of")]
pub enum Step {
    /// What the name resolves to where this program runs; nothing where it does not resolve.
    ResolvedHere { name: String, addresses: Vec<IpAddr> },
    /// An address of the Service.
    Address { address: IpAddr, kind: AddressKind },
    /// A node's address, and the node port of one of the Service's ports.
    NodePort { address: IpAddr, node_port: u16, port: u16 },
    /// The hostname in the status of the Service's load balancer.
    StatusHostname { name: String },
    /// The Service's name in the cluster's DNS.
    ClusterName { name: String },
    /// external-dns's annotation on the Service has the name.
    ExternalDns { name: String },
    /// A route serves the name.
    Serves { route: Route, name: String },
    /// The Gateway that a route is attached to.
    AttachedTo { route: Route, to: Route },
    /// A listener of a Gateway: what is dialled.
    Listener { gateway: Route, name: String, port: u16 },
    /// An address in a route's status.
    StatusAddress { route: Route, address: String },
    /// The class of an Ingress, and the Service that its controller is known to have.
    Class { route: Route, controller: String },
    /// The Service's label says that it was made for the Gateway.
    MadeFor { gateway: Route },
    /// The Service has the selector of Istio's Gateway.
    Selector { gateway: Route },
    /// The Service does not declare the port that is asked for.
    Undeclared { port: u16, declared: Vec<u16> },
    /// It leads to no Service of this cluster, for this reason.
    Nowhere { reason: String },
    /// Other Services at the same address: "shop/web".
    AlsoAt { services: Vec<String> },
    /// What could not be read, and might have led elsewhere; the reason is that of the first.
    NotRead { resources: Vec<String>, reason: String },
}
