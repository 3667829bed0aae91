//! What works today and will not always: load that is uneven, rollouts that take the last endpoint of
//! a node away, nodes whose kube-proxies differ, ranges that overlap. No faults, and told beside them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::defects::{self, KnownDefect, Strikes};
use crate::facts::{
    AnnouncedApart, Announcer, CILIUM_ANNOUNCES_BY_ENDPOINT, DetectLocal, Facts, FailedSync, HeaderReading, NetworkPlugin, Node, Protocol,
    ProxyMode, ServerSetting, ServicePort, ServiceType, Slice, TakenPath, TrafficPolicy, TransportPort, TrustedFrom, Version,
};
use crate::kube_proxy::{annotated_policies, gates, planned};
use crate::plan::{Plan, Target};
use crate::prediction::Outlook;
use crate::providers::{self, ClusterPrice, DataPath, NoBackend, NotForwarded, Provider};
use crate::results::OutsideCheck;

/// Who makes EndpointSlices of hand-written Endpoints, for Services without a selector.
const MIRRORING: &str = "endpointslicemirroring-controller.k8s.io";

/// Who makes those of Services with one.
const BY_SELECTOR: &str = "endpointslice-controller.k8s.io";

/// From when kube-proxy warns of ipvs mode, and the API server of `externalIPs`.
const IPVS_WARNS: Version = Version::new(35, 0);
const EXTERNAL_IPS_WARN: Version = Version::new(36, 0);

/// From when kube-proxy removes entries of UDP that lead to endpoints that are gone (kubernetes PR 127318).
const RECONCILES_UDP: Version = Version::new(32, 0);

/// Shares that differ by less are even.
const EVEN: f64 = 1.1;

/// A risk. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Risk {
    /// A load balancer that spreads over nodes gives some pods more than others.
    UnevenLoad {
        /// Nodes with endpoints, and how many each has.
        nodes: Vec<EndpointCount>,
    },
    /// A node has one endpoint: while a rollout replaces it, the node has none.
    LastEndpointOfNode {
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// Nobody answers clients outside: the load balancer has no backend.
    NoBackendOutside {
        /// Why.
        why: NoBackend,
    },
    /// Cilium gave the address, and neither it nor another program announces it (cilium issue 39023).
    AnnouncedByNobody,
    /// MetalLB announces the address in a cloud whose network takes no announcement from a node.
    NotHeardByCloud,
    /// The load balancer has addresses of a family that nodes and pods may lack: it ends connections, so that others may
    /// dial them.
    OtherFamily {
        /// The addresses.
        addresses: Vec<IpAddr>,
    },
    /// Pods with an ENI of their own answer past the node: clients outside that come through a node under policy Local get
    /// no answer (terway issue 531).
    RepliesPastNode,
    /// Azure's health check asks these ports by HTTP for `/`: nodes that do not answer it with 200 get no connections.
    HealthCheckAtRoot {
        /// The ports.
        ports: Vec<u16>,
    },
    /// The same for another path.
    HealthCheckAtPath {
        /// The path.
        path: String,
        /// The ports.
        ports: Vec<u16>,
        /// The setting of the servers that may turn health checks away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        setting: Option<ServerSetting>,
        /// The path of an Ingress that takes them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken: Option<TakenPath>,
    },
    /// Health checks ask kube-proxy on every node, which is not there.
    HealthCheckOfKubeProxy,
    /// A classic load balancer of AWS' checks nodes at the Service's first port, where nothing may answer.
    HealthCheckAtFirstPort {
        /// The port.
        port: u16,
    },
    /// The load balancer does not forward these ports.
    PortsNotForwarded {
        /// The ports.
        ports: Vec<TransportPort>,
        /// Why.
        why: NotForwarded,
    },
    /// A program beside the Service's own is known for it.
    KnownDefect(KnownDefect),
    /// MetalLB announces the address by layer 2 from two nodes, for two Services that share it (metallb issue 3025).
    AnnouncedApart(AnnouncedApart),
    /// kube-router serves the Service by its annotation as under policy Local, whatever the policies say (kube-router PR 1774).
    LocalByAnnotation {
        /// Whether that is so at the ClusterIP, too.
        at_cluster_ip: bool,
    },
    /// Weave masquerades what comes from outside for pods of the node, and under policy Local that comes to nothing (metallb issue 380).
    WeaveMasquerades,
    /// Azure's firewall admits clients by service tags, and kube-proxy only those of `loadBalancerSourceRanges` (AKS issue 2281).
    TagsBesideRanges {
        /// The tags, as the annotation has them.
        tags: String,
    },
    /// The load balancer's address is the Service's own ClusterIP: outside, only a machine with a route to it gets there, such as the one
    /// on which `minikube tunnel` runs.
    AddressIsClusterIp {
        /// The address.
        address: IpAddr,
    },
    /// Annotations that the controller of this load balancer does not read: they are for another one (AWS).
    IgnoredAnnotations {
        /// Their keys.
        annotations: Vec<String>,
    },
    /// The load balancer checks nodes from an address of its own that kube-proxy in ipvs mode binds on them.
    HealthCheckFromBoundAddress {
        /// The address.
        address: IpAddr,
        /// Whether it is Hetzner's, which an annotation keeps off its private address.
        #[serde(default = "of_hetzner")]
        of_hetzner: bool,
    },
    /// The load balancer is reused, and in ipvs mode its listeners at ports that the Service does not declare are refused
    /// inside.
    OtherListeners {
        /// Its ID.
        load_balancer: String,
    },
    /// Steady UDP senders keep the endpoint that they had, by the node's connection tracking. kube-proxy reconciles that from
    /// 1.32 on (kubernetes issues 103857 and 126130).
    SteadyUdpSenders {
        /// The ports.
        ports: Vec<u16>,
    },
    /// The ports of nodes without an endpoint answer nobody outside, under policy Local.
    NodePortsWithoutEndpoint {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// kube-vip says that it announces the address from this node, which has no endpoint and drops what arrives under policy
    /// Local.
    HeldWithoutEndpoint {
        /// The node.
        node: String,
    },
    /// kube-vip may announce the address from these nodes, which have no endpoint and drop what arrives under policy Local.
    AnnouncedWithoutEndpoint {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Cilium may announce the address by layer 2 from a node without an endpoint, which drops what arrives under policy
    /// Local.
    AnnouncedByCilium {
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// Octavia asks no node whether it has an endpoint, and sends to all of them.
    NoHealthMonitor,
    /// In nftables mode node ports are not served at loopback addresses.
    LoopbackNodePorts,
    /// A pod that dials the Service and is sent to itself gets no answer.
    Hairpin {
        /// Why.
        by: HairpinOff,
    },
    /// The only endpoints of these nodes are terminating: what the load balancer still sends there is lost when they end.
    EndsOnNode {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// MetalLB gave the Service the address of a node.
    AddressOfNode {
        /// The address.
        address: IpAddr,
        /// The node.
        node: String,
    },
    /// Whatever load balancer stands in front of the node ports on this cloud is in no object.
    LoadBalancerByHand,
    /// Health checks of a load balancer whose ports are all UDP: it asks a node port by TCP, where nobody listens.
    HealthCheckOfUdp,
    /// The endpoints belong to no node, and the load balancer may go by their nodes.
    EndpointsWithoutNode {
        /// How many there are.
        endpoints: usize,
    },
    /// EndpointSlices are left over: kube-proxy uses them, and nobody keeps them.
    LeftOverSlices {
        /// Those, with who made them.
        slices: Vec<Slice>,
        /// Whether the Service has a selector, whose controller keeps slices of its own.
        selector: bool,
    },
    /// kube-proxy will not start in ipvs mode: nodes that run it from 1.35 on, where it warns.
    IpvsEnds {
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// kube-proxy will not serve `externalIPs`.
    ExternalIpsEnd,
    /// From 1.29 on ipvs mode applies `loadBalancerSourceRanges` to hosts, which these nodes are out of.
    RangesForHosts {
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// kube-proxy in ipvs mode binds the address on every node, and each of them may answer ARP for it.
    AnsweredByEveryNode,
    /// The load balancer's controller failed the last time: it may not forward to today's nodes and ports.
    FailedSync(FailedSync),
    /// External IPs that no node has, and that none of the programs that bring addresses to nodes announces.
    ExternalIpsOfNobody {
        /// Those.
        addresses: Vec<IpAddr>,
    },
    /// k3s' ServiceLB and MetalLB both make the Service's load balancer.
    ServiceLbBesideMetalLb,
    /// kube-vip and MetalLB both announce the Service's address: kube-vip's own annotation stands on it (metallb issue 2641).
    KubeVipBesideMetalLb,
    /// The load balancer writes the PROXY header, and the servers do not read it.
    HeaderNotRead {
        /// What says so: "ConfigMap shop/ingress-nginx".
        source: String,
    },
    /// The load balancer writes the PROXY header, and the servers read it from no address, or not from nodes' own, from which
    /// connections come under policy Cluster.
    HeaderNotTrusted {
        /// From where they read it, and what says so.
        trusted: TrustedFrom,
        /// The nodes whose addresses they do not trust; none where they trust nobody.
        nodes: Vec<String>,
    },
    /// kube-router does not answer the health checks of policy Local.
    HealthCheckOfKubeRouter,
    /// kube-proxy takes addresses outside the pods' ranges for pods.
    DetectsStrangers {
        /// A node whose address is among them.
        node: String,
    },
}

/// Why packets of a pod to itself do not come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "source", rename_all = "camelCase")]
pub enum HairpinOff {
    /// kube-router masquerades no connection of a pod to itself, unless it is told to (kube-router issue 1673).
    KubeRouter,
    /// The CNI plugin's configuration does not switch it on; where that is.
    Cni(String),
}

/// How many endpoints a node has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointCount {
    /// The node.
    pub node: String,
    /// Its endpoints that get connections.
    pub endpoints: usize,
}

/// The risks that the facts show.
#[must_use]
pub fn list(facts: &Facts) -> Vec<Risk> {
    if facts.service.is_elsewhere() {
        return Vec::new();
    }
    let has_load_balancer = facts.service.service_type == ServiceType::LoadBalancer;
    let is_local = has_load_balancer && facts.service.external_traffic_policy == TrafficPolicy::Local;
    let outside = providers::no_backend(facts).map(|why| Risk::NoBackendOutside { why });
    let mut risks = Vec::new();
    risks.extend(outside.filter(|_| has_load_balancer));
    risks.extend(facts.failed_sync.clone().filter(|_| has_load_balancer).map(Risk::FailedSync));
    risks.extend(external_ips_of_nobody(facts));
    risks.extend((has_load_balancer && is_made_twice(facts)).then_some(Risk::ServiceLbBesideMetalLb));
    risks.extend((has_load_balancer && is_announced_twice(facts)).then_some(Risk::KubeVipBesideMetalLb));
    risks.extend(address_of_node(facts));
    risks.extend(header_not_read(facts));
    risks.extend(header_not_trusted(facts));
    risks.extend(providers::is_silent_cilium(facts).then_some(Risk::AnnouncedByNobody));
    risks.extend((has_load_balancer && providers::is_not_heard(facts)).then_some(Risk::NotHeardByCloud));
    risks.extend(other_family(facts));
    risks.extend(replies_past_node(facts).filter(|_| is_local));
    risks.extend(health_checks_by_http(facts));
    risks.extend(providers::asks_absent_kube_proxy(facts).then_some(Risk::HealthCheckOfKubeProxy));
    risks.extend(providers::asks_silent_kube_router(facts).then_some(Risk::HealthCheckOfKubeRouter));
    risks.extend(providers::unanswered_first_port(facts).map(|port| Risk::HealthCheckAtFirstPort { port }));
    risks.extend(providers::not_forwarded(facts).map(|(ports, why)| {
        let ports = ports.into_iter().map(ServicePort::transport).collect();
        Risk::PortsNotForwarded { ports, why }
    }));
    risks.extend(providers::checks_udp_by_tcp(facts).then_some(Risk::HealthCheckOfUdp));
    let own = facts.service.load_balancer_ips().find(|address| facts.service.cluster_ips.contains(address));
    risks.extend(own.map(|address| Risk::AddressIsClusterIp { address }));
    let masquerades = facts.pod_network.value().is_some_and(|network| network.masquerades_for_local_pods);
    risks.extend((is_local && masquerades).then_some(Risk::WeaveMasquerades));
    risks.extend(local_by_annotation(facts));
    risks.extend(facts.announced_apart.clone().filter(|_| has_load_balancer && providers::is_of_metallb(facts)).map(Risk::AnnouncedApart));
    let defects = defects::known(facts).into_iter().filter(|known| known.defect.strikes() != Strikes::Inside);
    risks.extend(defects.map(Risk::KnownDefect));
    risks.extend(providers::tags_beside_ranges(facts).map(|tags| Risk::TagsBesideRanges { tags }));
    risks.extend(ignored_annotations(facts).filter(|_| has_load_balancer));
    let of_hetzner = Provider::of(facts) == Some(Provider::Hetzner);
    let bound = providers::bound_addresses_of_checks(facts).into_iter();
    risks.extend(bound.map(|address| Risk::HealthCheckFromBoundAddress { address, of_hetzner }));
    if facts.service.service_type == ServiceType::NodePort {
        let nodes = nodes_failing_at_node_ports(facts);
        risks.extend((!nodes.is_empty()).then_some(Risk::NodePortsWithoutEndpoint { nodes }));
    }
    risks.extend(announced_without_endpoint(facts).filter(|_| is_local));
    risks.extend(announced_by_cilium(facts).filter(|_| is_local));
    let sends_astray = is_local && providers::lacks_health_monitor(facts) && !nodes_without_endpoint(facts).is_empty();
    risks.extend(sends_astray.then_some(Risk::NoHealthMonitor));
    risks.extend(answered_by_every_node(facts));
    risks.extend(left_over(facts));
    risks.extend(without_node(facts).filter(|_| has_load_balancer));
    risks.extend(uneven_load(facts).filter(|_| is_local));
    risks.extend(last_endpoint(facts).filter(|_| is_local));
    risks.extend(ends_on_node(facts).filter(|_| is_local));
    risks.extend(detects_strangers(facts));
    risks.extend(other_listeners(facts));
    risks.extend(steady_udp_senders(facts));
    risks.extend(hairpin(facts));
    let has_node_ports_alone = facts.service.service_type == ServiceType::NodePort && facts.service.external_ips.is_empty();
    risks.extend((has_node_ports_alone && providers::is_on_a_cloud(facts)).then_some(Risk::LoadBalancerByHand));
    risks.extend(loopback_node_ports(facts));
    // Those that an upgrade brings stand behind those of today.
    risks.extend(ranges_for_hosts(facts));
    risks.extend(ipvs_ends(facts));
    risks.extend(external_ips_end(facts));
    risks
}

/// The same of what is dialled: a node port of any Service is a matter of clients where somebody asked for it.
#[must_use]
pub fn list_for(facts: &Facts, plan: &Plan) -> Vec<Risk> {
    let mut risks = list(facts);
    if facts.service.service_type != ServiceType::NodePort {
        let asked: Vec<_> =
            plan.targets.iter().filter(|target| target.is_node_port_of_clients()).filter_map(Target::node_of_port).collect();
        let nodes: Vec<_> = nodes_failing_at_node_ports(facts).into_iter().filter(|node| asked.contains(&node.as_str())).collect();
        risks.extend((!nodes.is_empty()).then_some(Risk::NodePortsWithoutEndpoint { nodes }));
    }
    risks
}

/// The same of a run: where the addresses of clients were dialled outside and answered, nothing of them is at risk there.
#[must_use]
pub fn list_after(facts: &Facts, plan: &Plan, outside: &[OutsideCheck]) -> Vec<Risk> {
    let of_clients = |check: &&OutsideCheck| plan.target(check.target).is_some_and(|target| target.is_clients_address(&facts.service));
    let mut checks = outside.iter().filter(of_clients).peekable();
    let answers = checks.peek().is_some() && checks.all(|check| check.outcome.is_none());
    let mut risks = list_for(facts, plan);
    risks.retain(|risk| !(answers && risk.outside().is_some()));
    risks
}

/// What risks come to for clients outside.
#[must_use]
pub fn outside(risks: &[Risk]) -> Outlook {
    risks.iter().filter_map(Risk::outside).fold(Outlook::Fine, Outlook::worse)
}

/// The first of those that decide what becomes of clients outside; `None` where none is about them.
#[must_use]
pub fn worst_outside(risks: &[Risk]) -> Option<&Risk> {
    let worst = outside(risks);
    risks.iter().find(|risk| risk.outside() == Some(worst))
}

/// Reports of before know no other.
const fn of_hetzner() -> bool {
    true
}

impl Risk {
    /// What becomes of clients outside, where it is about nothing else: they fail where objects alone decide it, and it depends
    /// where a load balancer or a network that no object shows may help.
    #[must_use]
    pub const fn outside(&self) -> Option<Outlook> {
        match self {
            Self::NoBackendOutside { why } if why.is_certain() => Some(Outlook::Fails),
            Self::HeldWithoutEndpoint { .. } | Self::HeaderNotRead { .. } => Some(Outlook::Fails),
            Self::KnownDefect(known) => match known.defect.strikes() {
                Strikes::Outside => Some(Outlook::Depends),
                Strikes::Inside | Strikes::Nobody => None,
            },
            Self::HeaderNotTrusted { trusted, .. } if trusted.ranges.is_empty() => Some(Outlook::Fails),
            Self::NoBackendOutside { .. }
            | Self::HealthCheckAtRoot { .. }
            | Self::HealthCheckAtPath { .. }
            | Self::HealthCheckFromBoundAddress { .. }
            | Self::AddressIsClusterIp { .. }
            | Self::TagsBesideRanges { .. }
            | Self::WeaveMasquerades
            | Self::AnnouncedApart(_)
            | Self::HealthCheckOfKubeProxy
            | Self::HealthCheckOfKubeRouter
            | Self::HeaderNotTrusted { .. }
            | Self::HealthCheckAtFirstPort { .. }
            | Self::PortsNotForwarded { .. }
            | Self::AnnouncedWithoutEndpoint { .. }
            | Self::NodePortsWithoutEndpoint { .. }
            | Self::AnnouncedByCilium { .. }
            | Self::NoHealthMonitor
            | Self::AnsweredByEveryNode
            | Self::HealthCheckOfUdp
            | Self::RepliesPastNode
            | Self::NotHeardByCloud
            | Self::ServiceLbBesideMetalLb
            | Self::KubeVipBesideMetalLb
            | Self::AnnouncedByNobody
            | Self::FailedSync(_)
            | Self::ExternalIpsOfNobody { .. } => Some(Outlook::Depends),
            _ => None,
        }
    }
}

/// Programs that announce addresses take those of the status alone: MetalLB, kube-vip and ServiceLB (metallb issue 924). Where
/// another one might, a route may lead to nodes that nobody here knows of.
fn external_ips_of_nobody(facts: &Facts) -> Option<Risk> {
    let has =
        |address: &IpAddr| facts.nodes.iter().any(|node| node.internal_ips.iter().chain(&node.external_ips).any(|own| own == address));
    let is_announced = |address: &IpAddr| facts.service.load_balancer_ips().any(|announced| announced == *address);
    let addresses: Vec<_> = facts.service.external_ips.iter().copied().filter(|address| !has(address) && !is_announced(address)).collect();
    let has_announcer = facts.known_announcers().next().is_some();
    (has_announcer && !addresses.is_empty()).then_some(Risk::ExternalIpsOfNobody { addresses })
}

/// Both serve every Service without a class.
fn is_made_twice(facts: &Facts) -> bool {
    let has = |is_meant: fn(Announcer) -> bool| facts.known_announcers().any(is_meant);
    has(|known| known == Announcer::ServiceLb) && has(Announcer::is_metallb) && facts.service.load_balancer_class.is_none()
}

/// kube-vip writes its annotation on the Services that it serves, wherever it runs.
fn is_announced_twice(facts: &Facts) -> bool {
    let has_metallb = facts.known_announcers().any(Announcer::is_metallb);
    has_metallb && facts.service.load_balancer_class.is_none() && facts.service.kube_vip_host().is_some()
}

fn ignored_annotations(facts: &Facts) -> Option<Risk> {
    let ignored = providers::ignored_annotations(&facts.service);
    let annotations: Vec<_> = ignored.iter().map(|key| format!("service.beta.kubernetes.io/{key}")).collect();
    (Provider::of(facts) == Some(Provider::Aws) && !annotations.is_empty()).then_some(Risk::IgnoredAnnotations { annotations })
}

/// Other speakers may answer for it, and then for the node itself (metallb issue 1397).
fn address_of_node(facts: &Facts) -> Option<Risk> {
    let has_metallb = facts.known_announcers().any(Announcer::is_metallb);
    let of_node = |address: IpAddr| {
        let node = facts.nodes.iter().find(|node| node.internal_ips.contains(&address))?;
        Some(Risk::AddressOfNode { address, node: node.name.clone() })
    };
    facts.service.load_balancer_ips().find_map(of_node).filter(|_| has_metallb && has_other_nodes(facts) && !is_made_twice(facts))
}

/// Whether there is a node beside another, which could take its packets.
fn has_other_nodes(facts: &Facts) -> bool {
    facts.nodes.len() > 1
}

/// Where kube-proxy leaves them to the load balancer, and that takes any client.
fn other_family(facts: &Facts) -> Option<Risk> {
    let addresses: Vec<_> = facts.service.addresses_of_other_family().collect();
    let is_taken = providers::data_path(facts) == DataPath::Own && providers::ends_connections(facts);
    (is_taken && !addresses.is_empty()).then_some(Risk::OtherFamily { addresses })
}

/// A pod's default route leads to its own ENI, and what a load balancer sends to nodes has the client's address. By default
/// it dials the pods.
fn replies_past_node(facts: &Facts) -> Option<Risk> {
    let serving = facts.serving_nodes();
    let nodes = facts.nodes.iter().filter(|node| serving.contains(node.name.as_str()));
    let have_own_eni = nodes.map(|node| facts.network_plugin(Some(node))).any(|plugin| plugin == Some(NetworkPlugin::TerwayExclusiveEni));
    (have_own_eni && providers::cluster_price(facts) == ClusterPrice::SourceAddress).then_some(Risk::RepliesPastNode)
}

fn header_not_read(facts: &Facts) -> Option<Risk> {
    match &facts.proxy_header {
        HeaderReading::NotRead(source) if providers::writes_proxy_header(&facts.service) => {
            Some(Risk::HeaderNotRead { source: source.clone() })
        }
        _ => None,
    }
}

fn header_not_trusted(facts: &Facts) -> Option<Risk> {
    let HeaderReading::TrustedFrom(trusted) = &facts.proxy_header else { return None };
    let is_trusted = |address: &IpAddr| trusted.ranges.iter().any(|range| range.contains(address));
    // A hop through another node gives a connection that node's address.
    let is_cluster = facts.service.external_traffic_policy == TrafficPolicy::Cluster && !trusted.ranges.is_empty();
    let is_stranger = |node: &&Node| is_cluster && node.internal_ips.iter().any(|ip| !is_trusted(ip));
    let nodes = names(facts.nodes.iter().filter(is_stranger));
    let is_at_risk = providers::writes_proxy_header(&facts.service) && (trusted.ranges.is_empty() || !nodes.is_empty());
    is_at_risk.then(|| Risk::HeaderNotTrusted { trusted: trusted.clone(), nodes })
}

/// Each node with an endpoint gets the same share, however many pods share it. A load balancer that
/// dials pods spreads over pods.
fn uneven_load(facts: &Facts) -> Option<Risk> {
    let pods = facts.endpoints_by_node();
    let nodes: Vec<_> = pods.iter().map(|(node, endpoints)| EndpointCount { node: (*node).to_owned(), endpoints: *endpoints }).collect();
    let is_even = skew(&nodes)? < EVEN;
    // Alibaba Cloud's controller weighs nodes by their pods, and who dials pods needs no weights.
    let spreads_over_nodes = providers::cluster_price(facts) != ClusterPrice::Nothing && !providers::alibaba::is_here(facts);
    (!is_even && spreads_over_nodes).then_some(Risk::UnevenLoad { nodes })
}

/// The controller of Services with a selector does not keep mirrored slices, nor the mirroring one those of selectors.
fn left_over(facts: &Facts) -> Option<Risk> {
    let selector = facts.service.has_selector?;
    let slices = left_over_slices(facts);
    (!slices.is_empty()).then_some(Risk::LeftOverSlices { slices, selector })
}

/// The EndpointSlices with used endpoints that nobody keeps.
pub(crate) fn left_over_slices(facts: &Facts) -> Vec<Slice> {
    let (Some(selector), Some(slices)) = (facts.service.has_selector, facts.slices.value()) else { return Vec::new() };
    let stranger = if selector { MIRRORING } else { BY_SELECTOR };
    let is_left_over = |slice: &&Slice| slice.managed_by.as_deref() == Some(stranger) && !slice.addresses.is_empty();
    slices.iter().filter(is_left_over).cloned().collect()
}

/// A load balancer in the cluster may announce an address from nodes of endpoints alone, whatever the policy.
fn without_node(facts: &Facts) -> Option<Risk> {
    let used: Vec<_> = facts.endpoints.iter().filter(|endpoint| endpoint.is_used()).collect();
    let all_lack_one = !used.is_empty() && used.iter().all(|endpoint| endpoint.node.is_none());
    let is_cluster = facts.service.external_traffic_policy == TrafficPolicy::Cluster;
    let all_lack_one = all_lack_one && !facts.has_cilium_placeholder();
    (all_lack_one && is_cluster && providers::data_path(facts) == DataPath::KubeProxy)
        .then(|| Risk::EndpointsWithoutNode { endpoints: facts.ready_endpoints() })
}

/// How many times as much a pod gets on the node with the fewest as on the one with the most; nothing without nodes.
#[must_use]
pub fn skew(nodes: &[EndpointCount]) -> Option<f64> {
    let numbers = || nodes.iter().map(|node| node.endpoints);
    Some(ratio(numbers().max()?, numbers().min()?))
}

/// The first number in units of the second.
#[expect(clippy::cast_precision_loss, reason = "numbers of pods are far below 2^52")]
#[must_use]
pub fn ratio(a: usize, b: usize) -> f64 {
    a as f64 / b.max(1) as f64
}

fn last_endpoint(facts: &Facts) -> Option<Risk> {
    let gets_connections = providers::takes_connections(facts);
    let single = facts.endpoints_by_node().into_iter().filter(|(node, number)| *number == 1 && gets_connections(node));
    let nodes: Vec<_> = single.map(|(node, _)| node.to_owned()).collect();
    (!nodes.is_empty()).then_some(Risk::LastEndpointOfNode { nodes })
}

fn health_checks_by_http(facts: &Facts) -> impl Iterator<Item = Risk> {
    let (setting, taken) = (facts.refusing_setting.clone(), facts.taken_path.clone());
    providers::paths_checked(facts).into_iter().map(move |(path, ports)| match path {
        providers::ROOT => Risk::HealthCheckAtRoot { ports },
        path => Risk::HealthCheckAtPath { path: path.to_owned(), ports, setting: setting.clone(), taken: taken.clone() },
    })
}

fn local_by_annotation(facts: &Facts) -> Option<Risk> {
    let own = (facts.service.external_traffic_policy, facts.service.internal_traffic_policy);
    let policies = annotated_policies(facts).filter(|policies| *policies != own)?;
    Some(Risk::LocalByAnnotation { at_cluster_ip: policies.1 == TrafficPolicy::Local && own.1 == TrafficPolicy::Cluster })
}

fn hairpin(facts: &Facts) -> Option<Risk> {
    let is_kube_router = facts.network_plugin(None) == Some(NetworkPlugin::KubeRouterServiceProxy);
    let is_told = facts.pod_network.value().is_some_and(|network| network.hairpin_mode);
    if is_kube_router && !is_told {
        return Some(Risk::Hairpin { by: HairpinOff::KubeRouter });
    }
    // Of another network the configuration may be left over.
    let bridges = [NetworkPlugin::Flannel, NetworkPlugin::Bridge, NetworkPlugin::KubeRouterServiceProxy];
    let off = facts.cni_hairpin.as_ref().filter(|setting| !setting.is_on)?;
    let is_in_use = facts.network_plugin(None).is_some_and(|network| bridges.contains(&network));
    is_in_use.then(|| Risk::Hairpin { by: HairpinOff::Cni(off.source.clone()) })
}

/// Those that do not serve any more make a node one without an endpoint.
fn ends_on_node(facts: &Facts) -> Option<Risk> {
    let terminating = facts.endpoints.iter().filter(|endpoint| endpoint.terminating && endpoint.serving && !endpoint.ready);
    let ready = facts.endpoints_by_node();
    let nodes: BTreeSet<_> =
        terminating.filter_map(|endpoint| endpoint.node.clone()).filter(|node| !ready.contains_key(node.as_str())).collect();
    // A load balancer that dials pods knows which of them end.
    let dials_nodes = providers::cluster_price(facts) != ClusterPrice::Nothing;
    (dials_nodes && !nodes.is_empty() && !ready.is_empty()).then(|| Risk::EndsOnNode { nodes: nodes.into_iter().collect() })
}

/// Who dials node ports on purpose has a Service of type NodePort (kubernetes, "Virtual IPs and Service Proxies").
fn loopback_node_ports(facts: &Facts) -> Option<Risk> {
    let is_nftables = facts.nodes.iter().any(|node| facts.proxy_mode(Some(node)) == Some(ProxyMode::Nftables));
    (facts.service.service_type == ServiceType::NodePort && is_nftables).then_some(Risk::LoopbackNodePorts)
}

fn nodes_without_endpoint(facts: &Facts) -> Vec<String> {
    let serving = facts.serving_nodes();
    names(facts.nodes.iter().filter(|node| !serving.contains(node.name.as_str())))
}

/// Any node may hold the lease of an address until 1.20.1 (Cilium, L2 Announcements, Limitations; cilium PR 46399).
fn announced_by_cilium(facts: &Facts) -> Option<Risk> {
    let network = facts.pod_network.value()?;
    let is_old = network.release.is_none_or(|release| release < CILIUM_ANNOUNCES_BY_ENDPOINT) && !facts.has_cilium_placeholder();
    let announces = network.cilium.is_some_and(|cilium| cilium.announces_by_layer_2);
    let mut nodes = nodes_without_endpoint(facts);
    // Those that its policies do not choose announce nothing.
    nodes.retain(|node| facts.announcing_nodes.as_ref().is_none_or(|chosen| chosen.contains(node)));
    (is_old && announces && !nodes.is_empty()).then_some(Risk::AnnouncedByCilium { nodes })
}

/// Who dials node ports chooses the node, and no health check keeps clients away from those that drop.
fn nodes_failing_at_node_ports(facts: &Facts) -> Vec<String> {
    let is_local = facts.service.external_traffic_policy == TrafficPolicy::Local;
    if !is_local || facts.serving_nodes().is_empty() {
        return Vec::new();
    }
    // Under another name than its node's a kube-proxy drops them beside an endpoint too.
    let answers = providers::answering_nodes(facts);
    names(facts.nodes.iter().filter(|node| !answers.contains(node.name.as_str())))
}

/// Unless `svc_election` lets nodes with an endpoint alone announce it.
fn announced_without_endpoint(facts: &Facts) -> Option<Risk> {
    let elects = facts.known_announcers().any(|known| known == Announcer::KubeVipByService);
    if Provider::of(facts) != Some(Provider::KubeVip) || elects {
        return None;
    }
    let runs_on = |node: &String| facts.kube_vip_nodes.as_ref().is_none_or(|nodes| nodes.contains(node));
    let nodes: Vec<_> = nodes_without_endpoint(facts).into_iter().filter(runs_on).collect();
    // By BGP others announce it beside the one that wrote itself down last, and of one without a DaemonSet that is not known.
    let is_leader = facts.announcers.value().is_some_and(|announcers| announcers.contains(&Announcer::KubeVip));
    let host = facts.service.kube_vip_host().filter(|_| is_leader);
    if let Some(node) = host.filter(|host| nodes.iter().any(|node| node == host)) {
        return Some(Risk::HeldWithoutEndpoint { node: node.to_owned() });
    }
    (!nodes.is_empty()).then_some(Risk::AnnouncedWithoutEndpoint { nodes })
}

/// MetalLB's and kube-vip's documentation ask for `strictARP` in ipvs mode.
fn answered_by_every_node(facts: &Facts) -> Option<Risk> {
    let announces = facts.known_announcers().any(|known| known != Announcer::ServiceLb);
    let answers = facts.kube_proxy.config.value().is_some_and(|config| config.strict_arp == Some(false));
    let is_bound = |address: IpAddr| address.is_ipv4() && facts.nodes.iter().any(|node| facts.is_bound_by_ipvs(node, address));
    let is_bound = facts.service.load_balancer_ips().any(is_bound);
    (announces && answers && is_bound && has_other_nodes(facts)).then_some(Risk::AnsweredByEveryNode)
}

fn steady_udp_senders(facts: &Facts) -> Option<Risk> {
    let reconciles = |node: &Node| facts.kube_proxy_release(node).is_some_and(|release| release >= RECONCILES_UDP);
    let of_udp = facts.service.ports.iter().filter(|port| port.protocol == Protocol::Udp);
    let ports: Vec<_> = of_udp.map(|port| port.port).collect();
    (!ports.is_empty() && !facts.nodes.iter().all(reconciles)).then_some(Risk::SteadyUdpSenders { ports })
}

/// kube-ipvs0 holds the whole address.
fn other_listeners(facts: &Facts) -> Option<Risk> {
    let load_balancer = providers::reused_load_balancer(&facts.service)?.to_owned();
    let mut addresses = facts.service.load_balancer_ips();
    let is_bound = addresses.any(|address| facts.nodes.iter().any(|node| facts.is_bound_by_ipvs(node, address)));
    is_bound.then_some(Risk::OtherListeners { load_balancer })
}

/// kube-proxy itself warns from 1.35 on (KEP-5495).
fn ipvs_ends(facts: &Facts) -> Option<Risk> {
    let is_ipvs = |node: &&Node| facts.is_served_by_ipvs(node);
    let warns = |node: &&Node| facts.kube_proxy_release(node).is_some_and(|release| release >= IPVS_WARNS);
    let nodes = names(facts.nodes.iter().filter(is_ipvs).filter(warns));
    (!nodes.is_empty()).then_some(Risk::IpvsEnds { nodes })
}

/// The API server warns from 1.36 on (KEP-5707).
fn external_ips_end(facts: &Facts) -> Option<Risk> {
    let warns = |node: &Node| {
        let release = facts.kube_proxy_release(node);
        release.is_some_and(|release| release >= EXTERNAL_IPS_WARN && !planned::are_external_ips_off(facts, release))
    };
    (!facts.service.external_ips.is_empty() && facts.nodes.iter().any(warns)).then_some(Risk::ExternalIpsEnd)
}

/// Kubernetes PR 119791. Before 1.25 kubelet's rules dropped them too.
fn ranges_for_hosts(facts: &Facts) -> Option<Risk> {
    let ranges = &facts.service.load_balancer_source_ranges;
    let unchecked = |release: Version| (gates::IPVS_DROPS_ITSELF..gates::IPVS_RANGES_FOR_HOSTS).contains(&release);
    let is_meant = |node: &&Node| {
        // Ranges of one family say nothing of the other.
        let is_meant = |ip: &&IpAddr| ranges.iter().any(|range| range.addr().is_ipv6() == ip.is_ipv6());
        facts.is_served_by_ipvs(node)
            && facts.kube_proxy_release(node).is_some_and(unchecked)
            && node.internal_ips.iter().filter(is_meant).any(|ip| !ranges.iter().any(|range| range.contains(ip)))
    };
    let nodes = names(facts.nodes.iter().filter(is_meant));
    (!ranges.is_empty() && !nodes.is_empty()).then_some(Risk::RangesForHosts { nodes })
}

fn names<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<String> {
    nodes.map(|node| node.name.clone()).collect()
}

/// Clients outside whose address lies in kube-proxy's range are taken for pods: they lose their
/// source address, or get other endpoints.
fn detects_strangers(facts: &Facts) -> Option<Risk> {
    let detection = facts.local_detection(None).filter(|detection| detection.mode == DetectLocal::ClusterCidr)?;
    let is_covered = |ip: &std::net::IpAddr| detection.cluster_cidrs.iter().any(|cidr| cidr.contains(ip));
    let node = facts.nodes.iter().find(|node| node.internal_ips.iter().any(is_covered))?;
    Some(Risk::DetectsStrangers { node: node.name.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::facts::{Endpoint, Known};
    use crate::kube_proxy::sample_facts;
    use crate::text::{self, Language};

    fn with_endpoints(nodes: &[&str]) -> Facts {
        let endpoints = (2..).zip(nodes).map(|(last, node)| Endpoint::ready([10, 244, 0, last].into(), node)).collect();
        Facts { endpoints, ..sample_facts() }
    }

    fn kinds(facts: &Facts) -> Vec<&'static str> {
        let kind = |risk: &Risk| match risk {
            Risk::UnevenLoad { .. } => "uneven",
            Risk::LastEndpointOfNode { .. } => "last",
            Risk::DetectsStrangers { .. } => "strangers",
            Risk::NoBackendOutside { .. } => "outside",
            Risk::LeftOverSlices { .. } => "slices",
            Risk::EndpointsWithoutNode { .. } => "nodeless",
            Risk::HealthCheckAtRoot { .. } => "root",
            Risk::HealthCheckAtPath { .. } => "path",
            Risk::HealthCheckOfKubeProxy => "kube-proxy's health",
            Risk::HealthCheckOfKubeRouter => "kube-router's health",
            Risk::HeaderNotTrusted { .. } => "trust",
            Risk::HealthCheckAtFirstPort { .. } => "first port",
            Risk::PortsNotForwarded { .. } => "not forwarded",
            Risk::HealthCheckFromBoundAddress { .. } => "bound",
            Risk::IgnoredAnnotations { .. } => "ignored",
            Risk::AddressIsClusterIp { .. } => "cluster IP",
            Risk::TagsBesideRanges { .. } => "tags",
            Risk::WeaveMasquerades => "weave",
            Risk::LocalByAnnotation { .. } => "annotation",
            Risk::AnnouncedApart(_) => "apart",
            Risk::KnownDefect(_) => "defect",
            Risk::AnnouncedByCilium { .. } => "cilium",
            Risk::NoHealthMonitor => "monitor",
            Risk::LoopbackNodePorts => "loopback",
            Risk::RepliesPastNode => "past",
            Risk::AnnouncedByNobody => "nobody",
            Risk::NotHeardByCloud => "not heard",
            Risk::OtherFamily { .. } => "family",
            Risk::Hairpin { .. } => "hairpin",
            Risk::EndsOnNode { .. } => "ends",
            Risk::HealthCheckOfUdp => "udp health",
            Risk::LoadBalancerByHand => "by hand",
            Risk::AddressOfNode { .. } => "of node",
            Risk::AnnouncedWithoutEndpoint { .. } => "announced",
            Risk::HeldWithoutEndpoint { .. } => "held",
            Risk::NodePortsWithoutEndpoint { .. } => "node ports",
            Risk::SteadyUdpSenders { .. } => "udp",
            Risk::OtherListeners { .. } => "listeners",
            Risk::IpvsEnds { .. } => "ipvs",
            Risk::ExternalIpsEnd => "externalIPs",
            Risk::RangesForHosts { .. } => "ranges",
            Risk::AnsweredByEveryNode => "arp",
            Risk::HeaderNotRead { .. } => "header",
            Risk::ServiceLbBesideMetalLb => "twice",
            Risk::KubeVipBesideMetalLb => "kube-vip",
            Risk::FailedSync(_) => "sync",
            Risk::ExternalIpsOfNobody { .. } => "external IPs",
        };
        list(facts).iter().map(kind).collect()
    }

    #[test]
    fn pods_of_a_node_share_what_the_node_gets() {
        let facts = with_endpoints(&["node1", "node2", "node2"]);
        let risks = list(&facts);
        assert_eq!(kinds(&facts), ["uneven", "last"]);
        let summary = text::risk(&risks[0], Language::English);
        assert!(summary.contains("50 % for each of 1 pod on node1 and 25 % for each of 2 pods on node2"), "{summary}");
        assert!(summary.contains("2.0 times"), "{summary}");
        assert_eq!(kinds(&with_endpoints(&["node1", "node1", "node2", "node2"])), [""; 0]);
    }

    #[test]
    fn policy_cluster_and_eni_backends_spread_evenly() {
        let mut facts = with_endpoints(&["node1", "node2", "node2"]);
        facts.service.annotations.insert(crate::providers::BACKEND_TYPE.into(), "eni".into());
        assert_eq!(kinds(&facts), ["last"]);
        facts.service.external_traffic_policy = TrafficPolicy::Cluster;
        assert_eq!(kinds(&facts), [""; 0]);
    }

    #[test]
    fn what_an_upgrade_takes_away_is_told_before() {
        let at = |release: &str, change: fn(&mut Facts)| {
            let mut facts = with_endpoints(&["node1", "node1"]);
            facts.nodes.iter_mut().for_each(|node| node.kube_proxy_version = release.parse().ok());
            change(&mut facts);
            kinds(&facts)
        };
        let ipvs = |facts: &mut Facts| "mode=ipvs".parse::<Change>().unwrap().apply(facts).unwrap();
        assert_eq!((at("1.34.1", ipvs), at("1.35.0", ipvs), at("1.35.0", |_| {})), (vec![], vec!["ipvs"], vec![]));
        let kept = |facts: &mut Facts| {
            "mode=ipvs".parse::<Change>().unwrap().apply(facts).unwrap();
            if let Known::Value(config) = &mut facts.kube_proxy.config {
                config.feature_gates.insert("KubeProxyIPVS".into(), true);
            }
        };
        assert_eq!((at("1.40.0", ipvs), at("1.42.0", kept), at("1.43.0", kept)), (vec![], vec!["ipvs"], vec![]));
        let external = |facts: &mut Facts| facts.service.external_ips = vec![[203, 0, 113, 7].into()];
        assert_eq!((at("1.35.0", external), at("1.36.0", external)), (vec![], vec!["externalIPs"]));
        let ranged = |facts: &mut Facts| {
            "mode=ipvs".parse::<Change>().unwrap().apply(facts).unwrap();
            facts.nodes[0].internal_ips = vec![[192, 0, 2, 1].into()];
            facts.service.load_balancer_source_ranges = vec!["203.0.113.0/24".parse().unwrap()];
        };
        assert_eq!((at("1.24.17", ranged), at("1.28.15", ranged), at("1.29.0", ranged)), (vec![], vec!["ranges"], vec![]));
    }

    #[test]
    fn a_range_that_covers_the_nodes_is_told() {
        let mut facts = with_endpoints(&["node1", "node1"]);
        assert_eq!(kinds(&facts), [""; 0]);
        facts.nodes[0].internal_ips = vec![[10, 99, 0, 7].into()];
        assert_eq!(kinds(&facts), ["strangers"]);
    }
}
