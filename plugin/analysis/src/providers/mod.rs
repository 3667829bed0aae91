//! What is known of each provider of load balancers, a file each: clouds, and programs in the cluster. By which marks it
//! shows, what annotations tell its controller, what its load balancers forward to, how they treat a backend's own
//! connections, and what externalTrafficPolicy costs clients outside.

pub mod alibaba;
mod aws;
mod azure;
mod backends;
mod cilium;
mod digital_ocean;
mod forwarding;
mod gce;
mod hetzner;
pub(crate) mod kube_vip;
mod linode;
mod metallb;
mod openstack;
mod oracle;
mod pending;
mod prerequisite;
mod proxy_header;
mod scaleway;
mod service_lb;
mod tencent;
#[cfg(test)]
mod tests;
mod vultr;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::facts::{Announcer, Facts, IGNORE_ANNOTATION, KUBE_VIP_HOST, Node, Service, ServicePort, ServiceType};

pub use alibaba::BACKEND_TYPE;
pub(crate) use alibaba::reused_load_balancer;
pub(crate) use aws::is_internal_by_default as is_internal_by_default_on_aws;
pub(crate) use aws::{checks_udp_by_tcp, dials_pods as dials_pods_on_aws, ignored_annotations};
pub(crate) use azure::{ROOT, paths_checked, tags_beside_ranges};
pub use backends::NoBackend;
pub(crate) use backends::{BackendKind, answering_nodes, looping_nodes, no_backend, nodes_with_address, takes_connections};
pub use cilium::announcing_cilium;
pub(crate) use cilium::is_silent as is_silent_cilium;
pub use forwarding::NotForwarded;
pub(crate) use forwarding::{asks_absent_kube_proxy, asks_silent_kube_router, not_forwarded, unanswered_first_port};
pub(crate) use metallb::{is_not_heard, is_of_metallb};
pub(crate) use openstack::lacks_health_monitor;
pub(crate) use pending::no_address_reason;
pub use prerequisite::{Prerequisite, Requirement};
pub(crate) use proxy_header::writes_proxy_header;

/// A provider of load balancers of which something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Provider {
    /// Alibaba Cloud.
    Alibaba,
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// DigitalOcean.
    DigitalOcean,
    /// Google Cloud.
    Gce,
    /// Hetzner Cloud.
    Hetzner,
    /// Linode.
    Linode,
    /// OpenStack's Octavia.
    OpenStack,
    /// Oracle Cloud.
    Oracle,
    /// Scaleway.
    Scaleway,
    /// Tencent Cloud.
    Tencent,
    /// Vultr.
    Vultr,
    /// MetalLB.
    MetalLb,
    /// MetalLB that does not look at the exclude label.
    MetalLbOnAnyNode,
    /// kube-vip.
    KubeVip,
    /// k3s' own ServiceLB.
    ServiceLb,
}

/// What is known of a provider.
pub(crate) struct Traits {
    /// By which marks it shows.
    pub(crate) shows: Shows,
    /// How the annotations begin that its controller alone reads; empty where it has none of its own.
    pub(crate) annotations: &'static str,
    /// The beginnings of `spec.providerID` by which its controller finds a node's machine; empty where it goes by names or
    /// addresses, or where that is not known.
    pub(crate) machine_ids: &'static [&'static str],
    /// What its controller makes of the exclude label.
    pub(crate) exclude_label: ExcludeLabel,
    /// Whether annotations tell it to end TLS on a port.
    pub(crate) ends_tls: fn(&Service, &ServicePort) -> bool,
    /// How it puts a hostname into the status, in the address's place.
    pub(crate) hostname: Option<HostnameAnnotation>,
    /// The annotation, with its value, that keeps a load balancer inside the cloud's network.
    pub(crate) internal: Option<(&'static str, &'static str)>,
    /// The annotation by which its controller chooses nodes as backends, by their labels.
    pub(crate) node_selector: Option<&'static str>,
    /// What helps where its load balancers do not bring a backend's connection back to it.
    pub(crate) loopback: Option<Loopback>,
    /// Whether this Service's load balancer is of a kind that does not bring a connection back to the backend that it
    /// comes from.
    pub(crate) loops: fn(&Facts) -> bool,
    /// Whether the nodes that it forwards to have its address themselves.
    pub(crate) backends_hold_address: bool,
    /// Whether the provider's own build of kube-proxy, in ipvs mode, leaves the load balancer's address alone on a node.
    pub(crate) leaves_address_in_ipvs_mode: fn(&Service, &Node) -> bool,
    /// What its load balancers forward to.
    pub(crate) backends: fn(&Facts) -> BackendKind,
    /// Whether it leaves a node out of the backends.
    pub(crate) leaves_out: fn(&Node) -> bool,
    /// Whether endpoints see the address of a client outside under policy Local.
    pub(crate) keeps_source: fn(&Service) -> bool,
    /// Whether it ends clients' connections and makes its own to the nodes: it takes clients of any family.
    pub(crate) ends_connections: bool,
    /// Whether its health checks of nodes come from one of the load balancer's own addresses.
    pub(crate) checks_from: fn(&Service, IpAddr) -> bool,
    /// Whether it writes the PROXY header at no public address, and nothing stands in front of it that does.
    pub(crate) never_writes_header: bool,
}

/// What a controller makes of the label `node.kubernetes.io/exclude-from-external-load-balancers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExcludeLabel {
    /// It leaves out every node with it, as the service controller of Kubernetes does (cloud-provider,
    /// `nodeIncludedPredicate`).
    LeavesOut,
    /// It is not known, or it goes by more than that.
    NotKnown,
}

/// By which marks a provider shows.
pub(crate) enum Shows {
    /// It made the nodes: the beginning of their `spec.providerID`.
    Nodes(&'static str),
    /// It made the nodes, or other facts show it.
    NodesOrFacts { nodes: &'static str, facts: fn(&Facts) -> bool },
    /// A program in the cluster brings packets to nodes.
    Announcer(Announcer),
}

impl Traits {
    /// A cloud whose load balancers dial nodes and keep the client's address.
    pub(crate) const fn of_cloud(provider_id: &'static str) -> Self {
        Self {
            shows: Shows::Nodes(provider_id),
            annotations: "",
            machine_ids: &[],
            exclude_label: ExcludeLabel::LeavesOut,
            ends_tls: |_, _| false,
            hostname: None,
            internal: None,
            node_selector: None,
            loopback: None,
            loops: |_| false,
            backends_hold_address: false,
            leaves_address_in_ipvs_mode: |_, _| false,
            backends: |_| BackendKind::Nodes,
            leaves_out: is_excluded,
            keeps_source: |_| true,
            ends_connections: false,
            checks_from: |_, _| false,
            never_writes_header: false,
        }
    }

    /// A program in the cluster, with the same.
    pub(crate) const fn of_program(announcer: Announcer) -> Self {
        Self { shows: Shows::Announcer(announcer), exclude_label: ExcludeLabel::NotKnown, ..Self::of_cloud("") }
    }
}

/// An annotation that puts a hostname into the status, in the address's place.
pub(crate) struct HostnameAnnotation {
    /// Its key.
    pub(crate) key: &'static str,
    /// Its value, where that is not the hostname: the load balancer has one of its own.
    pub(crate) value: Option<&'static str>,
    /// What it needs.
    pub(crate) needs: Option<Prerequisite>,
}

/// What helps where a backend cannot reach itself through the load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Loopback {
    /// No preservation of the client's address (AWS, network load balancers).
    NoClientIpPreservation,
    /// Clients on nodes that are no backends, because a backend gets nothing back (Azure, internal).
    ClientsElsewhere,
    /// Clients on nodes that are no backends, because a backend answers itself (Google Cloud, internal).
    ClientsElsewhereAsBackendAnswersItself,
    /// An HTTP or HTTPS listener (Alibaba Cloud).
    HttpListener,
    /// The annotation by which kube-proxy takes the address (Tencent Cloud).
    PreventLoopback,
}

/// What clients outside lose under externalTrafficPolicy Cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClusterPrice {
    /// Their source address, and there is one more hop.
    #[default]
    SourceAddress,
    /// One more hop: the load balancer hides their address under policy Local too.
    HopAlone,
    /// One more hop: the PROXY header names clients under either policy.
    HopWithHeader,
    /// Nothing: the load balancer dials pods.
    Nothing,
    /// Nothing, if the load balancer dials pods, as is the provider's default here.
    NothingByDefault,
}

/// Whether a cloud of which something is known made the nodes.
pub(crate) fn is_on_a_cloud(facts: &Facts) -> bool {
    Provider::ALL.into_iter().any(|provider| provider.made_nodes(facts))
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Alibaba,
        Self::Aws,
        Self::Azure,
        Self::DigitalOcean,
        Self::Gce,
        Self::Hetzner,
        Self::Linode,
        Self::OpenStack,
        Self::Oracle,
        Self::Scaleway,
        Self::Tencent,
        Self::Vultr,
        Self::MetalLb,
        Self::MetalLbOnAnyNode,
        Self::KubeVip,
        Self::ServiceLb,
    ];

    pub(crate) const fn traits(self) -> &'static Traits {
        match self {
            Self::Alibaba => &alibaba::TRAITS,
            Self::Aws => &aws::TRAITS,
            Self::Azure => &azure::TRAITS,
            Self::DigitalOcean => &digital_ocean::TRAITS,
            Self::Gce => &gce::TRAITS,
            Self::Hetzner => &hetzner::TRAITS,
            Self::Linode => &linode::TRAITS,
            Self::OpenStack => &openstack::TRAITS,
            Self::Oracle => &oracle::TRAITS,
            Self::Scaleway => &scaleway::TRAITS,
            Self::Tencent => &tencent::TRAITS,
            Self::Vultr => &vultr::TRAITS,
            Self::MetalLb => &metallb::TRAITS,
            Self::MetalLbOnAnyNode => &metallb::ON_ANY_NODE,
            Self::KubeVip => &kube_vip::TRAITS,
            Self::ServiceLb => &service_lb::TRAITS,
        }
    }

    /// What helps where its load balancers do not bring a backend's connection back to it.
    pub(crate) const fn loopback(self) -> Option<Loopback> {
        self.traits().loopback
    }

    /// Whether the cluster shows its marks.
    pub(crate) fn is_here(self, facts: &Facts) -> bool {
        match &self.traits().shows {
            Shows::Nodes(id) => made_by(facts, id),
            Shows::NodesOrFacts { nodes, facts: shows } => made_by(facts, nodes) || shows(facts),
            Shows::Announcer(program) => facts.known_announcers().any(|known| known.program() == *program),
        }
    }

    fn made_nodes(self, facts: &Facts) -> bool {
        match self.traits().shows {
            Shows::Nodes(id) | Shows::NodesOrFacts { nodes: id, .. } => made_by(facts, id),
            Shows::Announcer(_) => false,
        }
    }

    const fn is_program(self) -> bool {
        matches!(self.traits().shows, Shows::Announcer(_))
    }

    /// The one whose load balancer a Service has: a program in the cluster rather than the cloud that made the nodes, unless
    /// annotations speak to a cloud's controller. kube-vip comes last: it often holds the control plane's address alone. Where
    /// nothing else shows, it is the one that the annotations speak to: nodes that no cloud's controller has initialised do not
    /// say who made them.
    pub(crate) fn of(facts: &Facts) -> Option<Self> {
        let (programs, clouds): (Vec<_>, Vec<_>) =
            Self::ALL.into_iter().filter(|provider| provider.is_here(facts)).partition(|provider| provider.is_program());
        let is_of_program =
            |key: &str| key == IGNORE_ANNOTATION || key == BACKEND_TYPE || key == KUBE_VIP_HOST || key.starts_with("kube-router.io/");
        let speaks_to_cloud = facts.service.annotations.keys().any(|key| !is_of_program(key));
        let (first, second) = if speaks_to_cloud { (clouds, programs) } else { (programs, clouds) };
        let all = || first.iter().chain(&second).copied();
        all().find(|provider| *provider != Self::KubeVip).or_else(|| all().next()).or_else(|| Self::spoken_to(facts))
    }

    /// The cloud whose own annotations the Service has, on nodes that no other made.
    fn spoken_to(facts: &Facts) -> Option<Self> {
        let is_spoken_to = |provider: &Self| {
            let prefix = provider.traits().annotations;
            !prefix.is_empty() && facts.service.annotations.keys().any(|key| key.starts_with(prefix))
        };
        Self::ALL.into_iter().find(is_spoken_to).filter(|_| are_of_no_cloud(&facts.nodes))
    }

    /// Whether its controller cannot tell which machine a node is. Nodes that are assumed are of whatever cloud is meant.
    pub(crate) fn lacks_machine_of(self, facts: &Facts, node: &Node) -> bool {
        let ids = self.traits().machine_ids;
        facts.assumed_endpoints.is_none() && !ids.is_empty() && node.provider.as_deref().is_none_or(|by| !ids.contains(&by))
    }
}

/// The load balancer's addresses from which it checks nodes, and which kube-proxy in ipvs mode binds on one of them: answers to these
/// checks stay there (KEP-1860; kubernetes issue 79783).
pub(crate) fn bound_addresses_of_checks(facts: &Facts) -> Vec<IpAddr> {
    let Some(provider) = Provider::of(facts) else { return Vec::new() };
    let is_bound = |ip: &IpAddr| facts.nodes.iter().any(|node| facts.is_bound_by_ipvs(node, *ip));
    facts.service.load_balancer_ips().filter(|ip| (provider.traits().checks_from)(&facts.service, *ip)).filter(is_bound).collect()
}

fn made_by(facts: &Facts, provider_id: &str) -> bool {
    facts.nodes.iter().any(|node| node.provider.as_deref() == Some(provider_id))
}

/// The label by which nearly every provider leaves nodes out.
fn is_excluded(node: &Node) -> bool {
    node.excluded_from_load_balancers == Some(true)
}

/// Whether the load balancer brings packets to nodes with its own address still on them, and a node's kube-proxy has to take
/// that for the Service's: programs in the cluster (metallb issue 164), and clouds whose backends hold the address.
pub(crate) fn leaves_answering_to_kube_proxy(facts: &Facts) -> bool {
    Provider::of(facts).is_some_and(|provider| provider.is_program() || provider.traits().backends_hold_address)
}

/// Whether annotations tell some provider's controller to end TLS on a port. One provider's annotations mean nothing to
/// another, so that all may be asked.
pub(crate) fn ends_tls(service: &Service, port: &ServicePort) -> bool {
    Provider::ALL.iter().any(|provider| (provider.traits().ends_tls)(service, port))
}

/// By which the load balancer's controller is told ranges of clients where the Service's field is empty: kube-proxy does not
/// read it (kubernetes, GetLoadBalancerSourceRanges).
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

/// Whether an annotation limits who reaches the load balancer itself.
pub(crate) fn limits_sources_by_annotation(service: &Service) -> bool {
    let is_all = |range: &str| matches!(range.trim(), "" | "0.0.0.0/0" | "::/0");
    let ranges = service.annotations.get(SOURCE_RANGES);
    service.load_balancer_source_ranges.is_empty() && ranges.is_some_and(|ranges| !ranges.split(',').any(is_all))
}

/// The label selector by which an annotation, of any provider, chooses the load balancer's nodes; none where all may be
/// backends.
#[must_use]
pub fn node_selector(service: &Service) -> Option<&str> {
    let mut keys = Provider::ALL.iter().filter_map(|provider| provider.traits().node_selector);
    let selector = keys.find_map(|key| service.annotations.get(key));
    selector.map(String::as_str).filter(|selector| !selector.trim().is_empty())
}

/// The annotation, with its value, that keeps a load balancer of the Service's provider inside.
#[must_use]
pub fn internal_annotation(facts: &Facts) -> Option<(&'static str, &'static str)> {
    Provider::of(facts)?.traits().internal
}

/// Whether the status of a Service without one would have a hostname in the address's place: AWS' controllers write no address, and
/// annotations have others do so.
#[must_use]
pub fn gets_hostname(service: &Service) -> bool {
    let is_asked_for = |key: &str| service.annotations.get(key).is_some_and(|value| !matches!(value.as_str(), "" | "false"));
    hostname_annotations().any(is_asked_for) || aws::is_meant(service)
}

/// The annotations that put a hostname into a status, of any provider.
pub fn hostname_annotations() -> impl Iterator<Item = &'static str> {
    Provider::ALL.iter().filter_map(|provider| Some(provider.traits().hostname.as_ref()?.key))
}

/// Who forwards what arrives at the load balancer's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataPath {
    /// The load balancer: a cloud's.
    Own,
    /// kube-proxy, where the packets are brought to a node: by a program in the cluster, or on nodes that no cloud made.
    KubeProxy,
    /// The nodes are of a provider of which nothing is known.
    Unknown,
}

/// The beginnings of providers' IDs that are no cloud's.
const NO_CLOUDS: [&str; 5] = ["k3s", "rke2", "kind", "metal3", "baremetal"];

fn are_of_no_cloud(nodes: &[Node]) -> bool {
    nodes.iter().filter_map(|node| node.provider.as_deref()).all(|by| NO_CLOUDS.contains(&by))
}

/// Who forwards what arrives at this Service's load balancer.
pub(crate) fn data_path(facts: &Facts) -> DataPath {
    match Provider::of(facts) {
        Some(provider) if provider.is_program() => DataPath::KubeProxy,
        Some(_) => DataPath::Own,
        None if are_of_no_cloud(&facts.nodes) => DataPath::KubeProxy,
        None => DataPath::Unknown,
    }
}

/// Whether some provider's own build of kube-proxy, in ipvs mode, leaves the load balancer's address alone on a node. Asked of
/// every node: it must not look at all others.
pub(crate) fn leaves_address_in_ipvs_mode(service: &Service, node: &Node) -> bool {
    Provider::ALL.iter().any(|provider| (provider.traits().leaves_address_in_ipvs_mode)(service, node))
}

/// Whether the load balancer never writes the PROXY header, so that clients outside lack it too.
pub(crate) fn never_writes_proxy_header(facts: &Facts) -> bool {
    let never_does = Provider::of(facts).is_some_and(|provider| provider.traits().never_writes_header);
    never_does && facts.service.service_type == ServiceType::LoadBalancer && !writes_proxy_header(&facts.service)
}

/// Whether the load balancer ends clients' connections and makes its own to the nodes, whatever the family of either.
pub(crate) fn ends_connections(facts: &Facts) -> bool {
    Provider::of(facts).is_some_and(|provider| provider.traits().ends_connections)
}

/// What helps on the cloud that made the nodes.
pub(crate) fn loopback(facts: &Facts) -> Option<Loopback> {
    Provider::ALL.into_iter().find(|provider| provider.made_nodes(facts))?.loopback()
}

/// What policy Cluster costs clients outside.
pub(crate) fn cluster_price(facts: &Facts) -> ClusterPrice {
    if facts.service.service_type != ServiceType::LoadBalancer {
        return ClusterPrice::SourceAddress;
    }
    let provider = Provider::of(facts);
    match provider.map_or(BackendKind::Nodes, |provider| (provider.traits().backends)(facts)) {
        BackendKind::Pods => ClusterPrice::Nothing,
        BackendKind::PodsByDefault => ClusterPrice::NothingByDefault,
        // An annotation of a cloud's means nothing to a program in the cluster.
        BackendKind::Nodes if writes_proxy_header(&facts.service) && !provider.is_some_and(Provider::is_program) => {
            ClusterPrice::HopWithHeader
        }
        BackendKind::Nodes if provider.is_none_or(|provider| (provider.traits().keeps_source)(&facts.service)) => {
            ClusterPrice::SourceAddress
        }
        BackendKind::Nodes => ClusterPrice::HopAlone,
    }
}

/// The value of an annotation of cloud controllers.
fn annotation<'a>(service: &'a Service, name: &str) -> Option<&'a str> {
    service.annotations.get(&format!("service.beta.kubernetes.io/{name}")).map(String::as_str)
}

/// Whether a list of words between commas has a word.
fn lists(value: &str, word: &str) -> bool {
    value.split(',').any(|listed| listed.trim() == word)
}
