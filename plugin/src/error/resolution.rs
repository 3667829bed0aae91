//! Why no Service is found for what a user named.

use std::net::IpAddr;

use lbprobe_analysis::plan::{Route, RouteKind};
use lbprobe_analysis::shell::quoted;
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::words;

/// Why no Service is found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotResolved {
    #[error("no Service of this cluster has the address {address}")]
    NoServiceAt { address: IpAddr },
    #[error("{address} is the address of a node, and a node has many Services")]
    NodeWithoutPort { address: IpAddr },
    #[error("{address} is the address of a node, and no Service has node port {node_port}")]
    NoNodePort { address: IpAddr, node_port: u16 },
    #[error("no Service of this cluster is known by the name {name}{}", here(addresses.as_deref()))]
    NoServiceOfName { name: String, addresses: Option<Vec<IpAddr>> },
    #[error("several Services are at {what}: {}", words::short_list(services, 8))]
    Several { what: String, services: Vec<String> },
    #[error("{} {name:?} not found{}", resource(*kind), namespace.as_ref().map(|namespace| format!(" in namespace {namespace:?}")).unwrap_or_default())]
    NoRoute { kind: RouteKind, name: String, namespace: Option<String>, elsewhere: Option<String> },
    #[error("{} {name:?} is in several namespaces: {}", resource(*kind), words::list(namespaces))]
    SeveralRoutes { kind: RouteKind, name: String, namespaces: Vec<String> },
    #[error("{} is attached to no Gateway that is there", text::route(route, Language::default()))]
    NoGatewayOfRoute { route: Route },
    #[error("{} {}, and no Service is known to get its connections", text::route(route, Language::default()), status(addresses))]
    RouteWithoutService { route: Route, addresses: Vec<String> },
    #[error(
        "{} is of {controller}, whose load balancer dials pods or node ports itself: no Service has its address",
        text::route(route, Language::default())
    )]
    LoadBalancerOfCloud { route: Route, controller: String },
}

fn here(addresses: Option<&[IpAddr]>) -> String {
    match addresses {
        None => String::new(),
        Some([]) => "; it does not resolve on this machine".into(),
        Some(addresses) => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!("; on this machine it resolves to {}, where none is", words::short_list(&addresses, 4))
        }
    }
}

fn status(addresses: &[String]) -> String {
    match addresses {
        [] => "has no address in its status".into(),
        addresses => format!("has the address {}", words::short_list(addresses, 4)),
    }
}

impl NotResolved {
    /// Whether what is missing may be in objects of this kind.
    pub(crate) fn may_be_in(&self, of_kind: &str) -> bool {
        match self {
            Self::NoRoute { kind, .. } => resource(*kind) == of_kind,
            Self::NoServiceOfName { .. } | Self::NoGatewayOfRoute { .. } | Self::RouteWithoutService { .. } => true,
            Self::NoServiceAt { .. } | Self::NodeWithoutPort { .. } | Self::NoNodePort { .. } => matches!(of_kind, "services" | "nodes"),
            Self::Several { .. } | Self::SeveralRoutes { .. } | Self::LoadBalancerOfCloud { .. } => false,
        }
    }

    /// A command, or a place to look, that helps.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::NoServiceAt { .. } | Self::NoServiceOfName { .. } => {
                "kubectl get services -A shows every address; name the Service itself, with -n for its namespace. To probe it anyway: \
                 kubectl lbprobe run --any"
                    .into()
            }
            Self::NodeWithoutPort { address: IpAddr::V4(address) } => format!("{address}:NODEPORT, with the node port"),
            Self::NodeWithoutPort { address: IpAddr::V6(address) } => format!("[{address}]:NODEPORT, with the node port"),
            Self::SeveralRoutes { .. } => "name one of them with -n".into(),
            Self::NoNodePort { .. } => "kubectl get services -A shows every node port".into(),
            Self::Several { .. } => "name one of them, and its namespace with -n".into(),
            Self::NoRoute { elsewhere: Some(namespace), .. } => format!("-n {}, where one of that name is", quoted(namespace)),
            Self::NoRoute { kind, elsewhere: None, .. } => format!("kubectl get {} -A", resource(*kind)),
            Self::NoGatewayOfRoute { route } | Self::RouteWithoutService { route, .. } => {
                let (kind, name, namespace) = (resource(route.kind), quoted(&route.name), quoted(&route.namespace));
                format!("kubectl describe {kind} {name} -n {namespace}; or name the Service itself")
            }
            Self::LoadBalancerOfCloud { .. } => "name the Service behind it to see its own addresses".into(),
        }
    }
}

/// As kubectl takes it without mistaking it for another, and as rights are granted for it.
pub(crate) const fn resource(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Ingress => "ingresses.networking.k8s.io",
        RouteKind::Gateway => "gateways.gateway.networking.k8s.io",
        RouteKind::HttpRoute => "httproutes.gateway.networking.k8s.io",
        RouteKind::IstioGateway => "gateways.networking.istio.io",
        RouteKind::VirtualService => "virtualservices.networking.istio.io",
    }
}
