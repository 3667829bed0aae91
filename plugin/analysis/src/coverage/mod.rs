//! What neither a prediction nor a run covered: nobody may say that all is well while something of this is left.

mod masqueraded_twice;
mod no_address;
mod node_addresses;
mod node_names;
mod policies;
mod releases;

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, SocketAddr};

use lbprobe_protocol::Record;
use serde::{Deserialize, Serialize};

use crate::defects::{self, Defect, KnownDefect, Strikes};
use crate::facts::{
    AssumedEndpoints, Endpoint, EndpointOrigin, Facts, HeaderReading, HostPort, Ingress, NearWorkload, NetworkPlugin, Node, ProxyMode,
    ReadyPods, ServicePolicy, ServicePort, TakenNodeAddress, TransportPort, UnreadKind, Version,
};
use crate::kube_proxy::{self, Expected, Model};
use crate::observations::{CheckState, KernelLook, Matrix};
use crate::plan::{Network, Plan, SkipReason, SkipSubject, Target, TargetKind, Vantage, unfit};
use crate::prediction::{Outlook, Prediction, is_failure};
use crate::providers;
use crate::results::{self, Contrast, NamedPodResult, OtherListener, OutsideCheck};
use crate::risks::{self, Risk};
pub use no_address::NoAddress;
pub use node_addresses::AddressOrigin;
pub(crate) use node_addresses::nodes_at_same_address;
pub(crate) use policies::policies_not_enforced;

/// When kube-proxy in ipvs mode rejects what comes to a node's own address, if a Service has it.
const REJECTS_OWN_ADDRESS: std::ops::Range<Version> = Version::new(26, 0)..Version::new(27, 2);

/// From when Kubernetes' packages bring a portmap whose rules stand behind kube-proxy's.
const PORTMAP_COMES_SECOND: Version = Version::new(14, 0);

/// Something of a Service that was not looked at. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Uncovered {
    /// The name that the user gave answers at addresses that the Service does not have, and that it does not lead to on the
    /// user's machine: who answers there is not known.
    NameElsewhere {
        /// The name.
        name: String,
        /// The addresses.
        addresses: Vec<IpAddr>,
    },
    /// The source addresses that servers behind these ports saw: they were asked for, and the answers do not tell them.
    SourceNotTold {
        /// The ports.
        ports: Vec<u16>,
    },
    /// Ports that the load balancer answers outside, that fail inside, and that the Service does not declare.
    OtherListeners {
        /// Their numbers.
        ports: Vec<u16>,
    },
    /// Clients by UDP whose datagrams lead to no endpoint, as a node's kernel tells: they may get no answer while they keep their source port.
    StaleEntries {
        /// Where they go by that node's connection tracking: the node, what they dial, where it leads, and how many there are.
        entries: Vec<StaleOnNode>,
    },
    /// NetworkPolicies that stop the probe's pods by their rules and did not: nobody enforces them, or not yet.
    PoliciesNotEnforced {
        /// Their names with their namespaces, `namespace/name`.
        policies: Vec<String>,
        /// For how long the probes waited first, in milliseconds.
        wait_ms: u32,
    },
    /// A program beside the Service's own is known to keep clients inside from it.
    KnownDefect(KnownDefect),
    /// The cluster: a file has manifests and no nodes, and what stands in for them is assumed.
    Cluster {
        /// Where the endpoints come from.
        origin: EndpointOrigin,
        /// The nodes that are assumed to have endpoints.
        nodes: Vec<String>,
        /// Whether kube-proxy may have any mode or any release: the user has not said which.
        any_kube_proxy: bool,
    },
    /// The endpoints of manifests: nothing in the file makes pods that the selector matches, and something comes near.
    NearSelector {
        /// What comes near.
        near: NearWorkload,
    },
    /// The load balancer's address: the Service has none yet.
    Pending {
        /// The Service's namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Why, as far as anything shows it.
        #[serde(default)]
        why: NoAddress,
    },
    /// Nodes of another operating system: what their kube-proxy does is not known.
    OtherOs {
        /// Which.
        os: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes that are no machines: who answers their pods is not known.
    Virtual {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes whose kube-proxy is not Ready: its rules may be old, or none.
    KubeProxyNotReady {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes on which kube-proxy has no pod, though it has one on others: nobody writes its rules there.
    NoKubeProxy {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Fewer Ready pods of kube-proxy than nodes: which nodes have none is not known.
    KubeProxyTooFew(ReadyPods),
    /// Endpoints on nodes that are not there.
    UnknownNodes {
        /// Their names.
        nodes: Vec<String>,
    },
    /// Nodes that are not Ready.
    NotReady {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes that say that they are at the same address: packets between their pods may go nowhere.
    SameAddress {
        /// The address.
        address: IpAddr,
        /// What says so.
        by: AddressOrigin,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Vantages that were not asked for, or not let in, and that may fail.
    NotMeasured {
        /// From which network.
        network: Network,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Ports that were not dialled, and that may fail.
    Ports {
        /// The ports.
        ports: Vec<TransportPort>,
    },
    /// kube-proxy connects clients inside to servers past the load balancer, without a PROXY header.
    ProxyHeader {
        /// At which of the Service's addresses.
        #[serde(default)]
        at: Bypassed,
        /// Whether an annotation has the load balancer write it.
        is_written: bool,
        /// Whether the load balancer never writes it: clients outside lack it too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_never_written: bool,
        /// What the servers do with it.
        servers: HeaderReading,
    },
    /// The same, and the load balancer would end TLS on these ports.
    TlsEnds {
        /// The ports.
        ports: Vec<u16>,
    },
    /// The user asks for a port that the Service does not declare, and nodes pass on what is sent there: nobody but the load
    /// balancer itself may answer.
    PassedOn {
        /// The port.
        port: u16,
        /// The declared port whose node port it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node_port_of: Option<u16>,
        /// Whether MetalLB makes the load balancer: then there is nothing but nodes behind the address.
        nodes_alone: bool,
    },
    /// Something that may hold clients back could not be read; the gaps say why.
    Unread {
        /// What.
        what: Vec<UnreadKind>,
    },
    /// No container of the Service's pods declares these ports.
    PortsUndeclared {
        /// Their numbers, of the pods.
        ports: Vec<u16>,
    },
    /// No Istio Gateway has a server for these ports: Envoy listens nowhere else.
    PortsWithoutGateway {
        /// Their numbers, of the Service.
        ports: Vec<u16>,
    },
    /// Envoy listens at none of these ports below 1024: its pods are marked as unprivileged, and istiod makes no listeners there for them.
    PortsOfUnprivileged {
        /// Their numbers, of the pods.
        ports: Vec<u16>,
    },
    /// The statuses of these ports: one is expected, and no HTTP is spoken there.
    StatusNotAsked {
        /// The ports.
        ports: Vec<u16>,
    },
    /// NetworkPolicies may hold back clients.
    NetworkPolicies {
        /// Those, with their reasons.
        policies: Vec<ServicePolicy>,
        /// Whether the pod network is known to enforce them, beside policies of its own kinds, which were not read.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        are_enforced: bool,
    },
    /// Whether the address is announced: what MetalLB or Cilium is told was not read.
    Announcement {
        /// Why not.
        reason: String,
    },
    /// The load balancer's status has a loopback address: whoever dials it inside reaches itself.
    LoopbackAddress {
        /// The address, or the name "localhost".
        address: String,
    },
    /// DaemonSets take ports of the Service on their nodes, and an old portmap may answer with their pods at its address.
    HostPorts {
        /// Those.
        taken: Vec<HostPort>,
    },
    /// Endpoints of EndpointSlices that nobody keeps.
    LeftOverSlices {
        /// The slices.
        slices: Vec<String>,
    },
    /// The Service has a node's own address, which kube-proxy in ipvs mode binds on all other nodes: these no longer reach
    /// that node, at whatever port (kubernetes issue 104679).
    AddressOfNode {
        /// The address.
        address: IpAddr,
        /// The node.
        node: String,
    },
    /// Pods that the user named initialise, and their sidecars may not take connections yet.
    SidecarsNotUp {
        /// The pods.
        pods: Vec<String>,
    },
    /// Another Service has a node's own address, which kube-proxy in ipvs mode binds on all other nodes (kubernetes issue 114815).
    NodeAddressTaken {
        /// Address, node and Service.
        taken: TakenNodeAddress,
    },
    /// The Service has a node's own address, and kube-vip binds it on another node: both claim it, and the first is cut off (kube-vip issue
    /// 1288).
    AddressOfNodeByKubeVip {
        /// The address.
        address: IpAddr,
        /// The node.
        node: String,
        /// Where kube-vip has it.
        host: String,
    },
    /// The same where it is not known whether ipvs is the mode of the others.
    AddressOfNodeIfIpvs {
        /// The address.
        address: IpAddr,
        /// The node.
        node: String,
    },
    /// The Service has a node's own address, and kube-proxy in ipvs mode rejects all but the Service's ports there: 1.26 to 1.27.1
    /// (kubernetes PR 108460, mended by PR 115019).
    OwnAddress {
        /// The address.
        address: IpAddr,
        /// The node.
        node: String,
        /// Its kube-proxy's release.
        release: Version,
    },
    /// The Service has the API server's address, which kube-proxy in ipvs mode binds on the nodes: they lose the API server
    /// (kubernetes issue 66966).
    AddressOfApiServer {
        /// The address.
        address: IpAddr,
    },
    /// Other Services have the same address and port: whose rules stand first is chance.
    SharedPort {
        /// The port.
        port: TransportPort,
        /// The others: "shop/web".
        services: Vec<String>,
    },
    /// Pods that the user named, from which not everything was measured.
    NamedPods {
        /// Namespaces and names.
        pods: Vec<String>,
    },
    /// kube-proxy's configuration has one name for all nodes, unless a flag that was not read gives each its own.
    KubeProxyName {
        /// The name.
        name: String,
    },
    /// kube-proxy may run under its machine's name, which is not the node's.
    Hostname {
        /// The nodes.
        nodes: Vec<String>,
        /// What the first one's machine calls itself.
        hostname: String,
    },
    /// The same where nothing shows the machine's name: on AWS the label that does so elsewhere has the cloud's (kops issue 5650).
    HostnameNotShown {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The Service's addresses from outside, though that was asked for.
    Outside {
        /// Why not.
        why: OutsideGap,
    },
    /// Node ports that do not answer outside the cluster, where no rule explains it and no load balancer stands before them.
    NodePortsOutside {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// A release of kube-proxy that the model was not held against.
    ReleaseNotCompared {
        /// Which; its patch release does not count.
        release: Version,
        /// The oldest one of its mode that the model was held against.
        oldest: Version,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// kube-proxy masquerades what a VXLAN tunnel carries a second time, and some kernels then send wrong checksums: connections
    /// that it masquerades hang between nodes (kubernetes issue 88986).
    MasqueradedTwice {
        /// The release.
        release: Version,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Another program than kube-proxy serves the Service, by its label.
    OtherServiceProxy {
        /// Its name.
        name: String,
    },
}

/// Why the Service's addresses were not seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OutsideGap {
    /// Not all were dialled to the end, or the Service changed meanwhile.
    Incomplete,
    /// The report that is compared with has them, and nobody asked for them again.
    OfBaseline,
    /// A risk says that clients outside get no answer, and nobody dialled them from there.
    Fails,
    /// They get no answer from what is none of this cluster's.
    Unanswered,
}

/// Addresses at which connections from inside bypass the load balancer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Bypassed {
    /// All of them.
    #[default]
    Everywhere,
    /// The ClusterIP and its DNS name: at its own address the load balancer takes them.
    ClusterIp,
}

/// What a plan leaves out and a prediction does not make good: the same for an explanation and for a run.
#[must_use]
pub fn list(facts: &Facts, plan: &Plan) -> Vec<Uncovered> {
    let model = Model::new(facts);
    let proxy = facts.service.proxy_name.clone().map(|name| Uncovered::OtherServiceProxy { name });
    let of_plan = unfit_nodes(facts)
        .into_iter()
        .chain(unknown_nodes(facts))
        .chain(not_measured(&model, facts, plan))
        .chain(ports(&model, facts, plan));
    pending(facts)
        .into_iter()
        .chain(of_plan)
        .chain(addresses_of_nodes(facts))
        .chain(addresses_of_nodes_by_kube_vip(facts))
        .chain(node_addresses_taken(facts))
        .chain(own_addresses(facts))
        .chain(loopback_addresses(facts))
        .chain(address_of_api_server(facts))
        .chain(shared_ports(facts))
        .chain(node_names::open(facts))
        .chain(proxy)
        .chain(status_not_asked(plan))
        .chain(sidecars_not_up(plan))
        .collect()
}

/// The named pods from which not everything was measured.
#[must_use]
pub(crate) fn named_pods(plan: &Plan, results: &[NamedPodResult]) -> Option<Uncovered> {
    let is_open = |result: &&NamedPodResult| matches!(result.contrast, Contrast::NotMeasured { .. }) || !result.other_names.is_empty();
    let left_out = plan.skipped.iter().filter_map(|skip| match &skip.subject {
        SkipSubject::Pod(pod) => Some(pod.clone()),
        _ => None,
    });
    let pods: Vec<_> = results.iter().filter(is_open).map(|result| result.pod.clone()).chain(left_out).collect();
    (!pods.is_empty()).then_some(Uncovered::NamedPods { pods })
}

fn status_not_asked(plan: &Plan) -> Option<Uncovered> {
    let ports = plan.skipped.iter().filter_map(|skip| match (&skip.subject, &skip.reason) {
        (SkipSubject::Port { port, .. }, SkipReason::NoStatus) => Some(*port),
        _ => None,
    });
    let ports: Vec<_> = ports.collect();
    (!ports.is_empty()).then_some(Uncovered::StatusNotAsked { ports })
}

fn pending(facts: &Facts) -> Option<Uncovered> {
    let (namespace, name) = (facts.service.namespace.clone(), facts.service.name.clone());
    facts.service.is_pending().then(|| Uncovered::Pending { namespace, name, why: no_address::of(facts) })
}

/// Nodes that others cannot reach any more, which no check of the Service shows.
fn addresses_of_nodes(facts: &Facts) -> Vec<Uncovered> {
    let of_node = |address: IpAddr| {
        let node = facts.nodes.iter().find(|node| node.internal_ips.contains(&address))?;
        let others = || facts.nodes.iter().filter(|other| other.name != node.name);
        let name = || node.name.clone();
        if others().any(|other| facts.is_bound_by_ipvs(other, address)) {
            return Some(Uncovered::AddressOfNode { address, node: name() });
        }
        let may_be_bound = others().any(|other| facts.may_be_bound_by_ipvs(other, address));
        may_be_bound.then(|| Uncovered::AddressOfNodeIfIpvs { address, node: name() })
    };
    addresses(facts).into_iter().filter_map(of_node).collect()
}

/// It takes what another controller wrote into the status for addresses that it is to announce (kube-vip, `FetchServiceAddresses`), and
/// notes the node from which it does.
fn addresses_of_nodes_by_kube_vip(facts: &Facts) -> impl Iterator<Item = Uncovered> + '_ {
    let host = facts.service.kube_vip_host();
    host.into_iter().flat_map(|host| {
        let others = facts.nodes.iter().filter(move |node| node.name != host);
        let of_status = |node: &&Node| facts.service.load_balancer_ips().find(|address| node.internal_ips.contains(address));
        others.filter_map(move |node| {
            Some(Uncovered::AddressOfNodeByKubeVip { address: of_status(&node)?, node: node.name.clone(), host: host.to_owned() })
        })
    })
}

fn sidecars_not_up(plan: &Plan) -> Option<Uncovered> {
    let pods = plan.named_pods.iter().filter(|pod| pod.initialises && pod.sidecar.is_some()).map(ToString::to_string);
    let pods: Vec<_> = pods.collect();
    (!pods.is_empty()).then_some(Uncovered::SidecarsNotUp { pods })
}

/// What other Services do to the way between nodes, which this one's connections take too.
fn node_addresses_taken(facts: &Facts) -> impl Iterator<Item = Uncovered> + '_ {
    let is_ipvs = facts.nodes.iter().any(|node| facts.proxy_mode(Some(node)) == Some(ProxyMode::Ipvs));
    let taken = facts.taken_node_addresses.iter().filter(move |_| is_ipvs);
    taken.map(|taken| Uncovered::NodeAddressTaken { taken: taken.clone() })
}

/// Those that ipvs mode binds, beside the ClusterIPs.
fn addresses(facts: &Facts) -> BTreeSet<IpAddr> {
    facts.service.external_addresses().collect()
}

/// Those that a tunnel on somebody's workstation writes, and Docker Desktop.
fn loopback_addresses(facts: &Facts) -> impl Iterator<Item = Uncovered> + '_ {
    let loopback = facts.service.ingress.iter().filter_map(|ingress| match ingress {
        Ingress::Address { ip, .. } => ip.is_loopback().then(|| ip.to_string()),
        Ingress::Hostname(name) => name.eq_ignore_ascii_case("localhost").then(|| name.clone()),
    });
    loopback.map(|address| Uncovered::LoopbackAddress { address })
}

/// At ports of the Service its endpoints would answer, which are not the API server; at others nobody does.
fn address_of_api_server(facts: &Facts) -> Option<Uncovered> {
    let address = facts.kube_proxy.config.value()?.api_server?;
    let is_of_node = facts.nodes.iter().any(|node| node.internal_ips.contains(&address));
    let is_bound = facts.nodes.iter().any(|node| facts.is_bound_by_ipvs(node, address));
    (addresses(facts).contains(&address) && is_bound && !is_of_node).then_some(Uncovered::AddressOfApiServer { address })
}

/// Nodes that reject what is meant for themselves.
fn own_addresses(facts: &Facts) -> Vec<Uncovered> {
    let addresses = addresses(facts);
    let of_node = |node: &Node| {
        let release = facts.kube_proxy_release(node).filter(|release| REJECTS_OWN_ADDRESS.contains(release))?;
        let is_own = |address: &&IpAddr| node.internal_ips.contains(*address) && facts.is_bound_by_ipvs(node, **address);
        let address = *addresses.iter().find(is_own)?;
        Some(Uncovered::OwnAddress { address, node: node.name.clone(), release })
    };
    facts.nodes.iter().filter_map(of_node).collect()
}

/// iptables mode has rules of both one after the other, and ipvs one virtual server, whose servers are those of the last.
fn shared_ports(facts: &Facts) -> Vec<Uncovered> {
    let others = || facts.nearby_services.value().into_iter().flatten();
    let shared = |port: &ServicePort| {
        let transport = port.transport();
        let services: Vec<_> = others()
            .filter(|other| other.transports.contains(&transport))
            .map(|other| format!("{}/{}", other.namespace, other.name))
            .collect();
        (!services.is_empty()).then_some(Uncovered::SharedPort { port: transport, services })
    };
    facts.service.ports.iter().filter_map(shared).collect()
}

/// An outlook beside what is not predicted.
#[must_use]
pub fn outlook(predicted: Outlook, uncovered: &[Uncovered]) -> Outlook {
    match predicted {
        _ if uncovered.iter().any(Uncovered::is_certain) => Outlook::Fails,
        Outlook::Fails if uncovered.iter().any(Uncovered::is_of_unknown_pods) => Outlook::Depends,
        Outlook::Fine if !uncovered.is_empty() => Outlook::Depends,
        predicted => predicted,
    }
}

impl Uncovered {
    /// Whether it says something of the Service alone, whatever nodes there are, or of one node that has its address.
    #[must_use]
    pub(crate) const fn is_of_service(&self) -> bool {
        matches!(
            self,
            Self::ProxyHeader { .. }
                | Self::TlsEnds { .. }
                | Self::LeftOverSlices { .. }
                | Self::PortsUndeclared { .. }
                | Self::PortsWithoutGateway { .. }
                | Self::PortsOfUnprivileged { .. }
                | Self::AddressOfNodeByKubeVip { .. }
                | Self::Unread { .. }
                | Self::KnownDefect(_)
                | Self::Cluster { .. }
                | Self::NearSelector { .. }
                | Self::Pending { .. }
                | Self::NetworkPolicies { .. }
                | Self::LoopbackAddress { .. }
                | Self::Announcement { .. }
                | Self::KubeProxyName { .. }
                | Self::SharedPort { .. }
                | Self::HostPorts { .. }
                | Self::OtherServiceProxy { .. }
                | Self::AddressOfNode { .. }
                | Self::AddressOfApiServer { .. }
                | Self::OwnAddress { .. }
        )
    }

    /// Whether it says something of the cluster's nodes, the same for all Services that it is said of.
    pub(crate) const fn is_of_nodes(&self) -> bool {
        matches!(
            self,
            Self::OtherOs { .. }
                | Self::Virtual { .. }
                | Self::NotReady { .. }
                | Self::SameAddress { .. }
                | Self::KubeProxyNotReady { .. }
                | Self::NoKubeProxy { .. }
                | Self::KubeProxyTooFew(_)
                | Self::MasqueradedTwice { .. }
                | Self::Hostname { .. }
                | Self::HostnameNotShown { .. }
                | Self::ReleaseNotCompared { .. }
        )
    }

    /// Whether any cluster of its kind has it open, whatever was found there.
    pub(crate) const fn is_of_any_cluster(&self) -> bool {
        matches!(self, Self::ReleaseNotCompared { .. } | Self::Unread { .. } | Self::Cluster { .. })
    }

    /// Whether the pods are assumed too: which nodes have one is not known.
    pub(crate) fn is_of_unknown_pods(&self) -> bool {
        matches!(self, Self::Cluster { origin: EndpointOrigin::Unknown, .. })
    }

    /// Whether it fails for certain, though no check of a connection shows it.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        match self {
            Self::AddressOfNode { .. }
            | Self::AddressOfNodeByKubeVip { .. }
            | Self::AddressOfApiServer { .. }
            | Self::OwnAddress { .. }
            | Self::LoopbackAddress { .. }
            | Self::KnownDefect(KnownDefect { defect: Defect::NftablesInterfaceNames, .. })
            | Self::ProxyHeader { at: Bypassed::Everywhere, servers: HeaderReading::Required(_), .. } => true,
            // One of the two may be about others.
            Self::ProxyHeader { at: Bypassed::Everywhere, servers: HeaderReading::SeemsRequired(_), is_written, .. } => *is_written,
            _ => false,
        }
    }
}

/// Who answers by the name that the user gave, where that is none of the Service's addresses.
#[must_use]
pub(crate) fn names(facts: &Facts, matrix: &Matrix<'_>) -> Option<Uncovered> {
    if facts.service.is_elsewhere() {
        return None;
    }
    let asked = matrix.plan.asked.as_ref()?;
    let by_name = matrix.cells().filter(|cell| matches!(cell.target.kind, TargetKind::PublicName(_)) && cell.state == CheckState::Reached);
    let is_strange = |address: &IpAddr| !facts.service.has_address(*address) && !asked.leads_here_too(*address);
    let addresses: BTreeSet<_> = by_name.filter_map(|cell| cell.resolved()).filter(is_strange).collect();
    let name = asked.name.clone().filter(|_| !addresses.is_empty())?;
    Some(Uncovered::NameElsewhere { name, addresses: addresses.into_iter().collect() })
}

/// The ports whose servers were asked for the source that they saw, and did not tell it.
#[must_use]
pub(crate) fn source_not_told(matrix: &Matrix<'_>, outside: Option<&Record>) -> Option<Uncovered> {
    let ports = results::not_told(matrix, outside);
    (!ports.is_empty()).then_some(Uncovered::SourceNotTold { ports })
}

/// The ports that answer clients outside and not those inside, and that the Service does not declare.
#[must_use]
pub(crate) fn other_listeners(listeners: &[OtherListener]) -> Option<Uncovered> {
    let ports: Vec<_> = listeners.iter().filter(|listener| listener.is_missed_inside()).map(|listener| listener.port).collect();
    (!ports.is_empty()).then_some(Uncovered::OtherListeners { ports })
}

/// Entries of connection tracking on one node that lead to no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StaleOnNode {
    /// The node.
    pub node: String,
    /// What these clients dial.
    pub destination: SocketAddr,
    /// Where their datagrams go.
    pub to: SocketAddr,
    /// How many entries there are.
    pub count: usize,
}

/// What the kernels told of such clients.
#[must_use]
pub(crate) fn stale_entries(looks: &[KernelLook]) -> Option<Uncovered> {
    let stale = looks
        .iter()
        .filter_map(|look| Some((look, look.record()?)))
        .flat_map(|(look, record)| record.stale.iter().map(move |stale| (look, stale)));
    let on_node = |(look, stale): (&KernelLook, &lbprobe_protocol::StaleEntries)| StaleOnNode {
        node: look.node.clone(),
        destination: stale.destination,
        to: stale.to,
        count: stale.entries,
    };
    let entries: Vec<_> = stale.map(on_node).collect();
    (!entries.is_empty()).then_some(Uncovered::StaleEntries { entries })
}

/// What was to be dialled from outside as well and was not, or says nothing for certain; `risks` are those of the run.
#[must_use]
pub fn outside(facts: &Facts, plan: &Plan, record: Option<&Record>, checks: &[OutsideCheck], risks: &[Risk]) -> Vec<Uncovered> {
    let wanted = record.map(|_| plan.for_outside(&facts.service).checks).unwrap_or_default();
    let is_missing = wanted.iter().any(|wanted| checks.iter().all(|check| check.target != wanted.id));
    let fails = record.is_none() && risks::outside(risks) == Outlook::Fails;
    [
        is_missing.then_some(Uncovered::Outside { why: OutsideGap::Incomplete }),
        fails.then_some(Uncovered::Outside { why: OutsideGap::Fails }),
        node_ports_outside(plan, checks),
        elsewhere_outside(facts, checks),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What is none of this cluster's, and fails outside though it may answer inside.
fn elsewhere_outside(facts: &Facts, checks: &[OutsideCheck]) -> Option<Uncovered> {
    let fails = facts.service.is_elsewhere() && checks.iter().any(|check| check.outcome.is_some());
    fails.then_some(Uncovered::Outside { why: OutsideGap::Unanswered })
}

/// Node ports that clients use and that fail outside: firewalls may be meant to keep this machine away.
fn node_ports_outside(plan: &Plan, checks: &[OutsideCheck]) -> Option<Uncovered> {
    let failing = checks.iter().filter(|check| check.is_unexplained_failure());
    let nodes: BTreeSet<_> = failing
        .filter_map(|check| plan.target(check.target).filter(|target| target.is_node_port_of_clients()))
        .filter_map(|target| target.node_of_port().map(str::to_owned))
        .collect();
    (!nodes.is_empty()).then(|| Uncovered::NodePortsOutside { nodes: nodes.into_iter().collect() })
}

/// What an explanation does not predict, as it ends where a connection stands; a run measures it.
#[must_use]
pub fn beyond_connecting(facts: &Facts, plan: &Plan, prediction: &Prediction) -> Vec<Uncovered> {
    let is_bypassed = prediction.service_checks(plan).any(|(_, target, expectation)| {
        let at_load_balancer = matches!(target.kind, TargetKind::LoadBalancerIp(_));
        at_load_balancer && expectation.answers().any(|answer| matches!(answer.expected, Expected::Reached { .. }))
    });
    let ports: Vec<_> = facts.service.ports.iter().filter(|port| providers::ends_tls(&facts.service, port)).map(|port| port.port).collect();
    // Where all of them are, they are what the Service is meant to have: a risk alone.
    let used = facts.slices.value().into_iter().flatten().filter(|slice| !slice.addresses.is_empty()).count();
    let is_mixed = |left_over: &Vec<_>| left_over.len() < used;
    let slices: Vec<_> = Some(risks::left_over_slices(facts)).filter(is_mixed).into_iter().flatten().map(|slice| slice.name).collect();
    [
        kube_proxies_not_ready(facts),
        without_kube_proxy(facts),
        too_few_kube_proxies(facts),
        masqueraded_twice::open(facts),
        proxy_header(facts, if is_bypassed { Bypassed::Everywhere } else { Bypassed::ClusterIp }),
        (is_bypassed && !ports.is_empty()).then_some(Uncovered::TlsEnds { ports }),
        (!slices.is_empty()).then_some(Uncovered::LeftOverSlices { slices }),
        host_ports(facts),
        announcement(facts),
        (!facts.undeclared_ports.is_empty()).then(|| Uncovered::PortsUndeclared { ports: facts.undeclared_ports.clone() }),
        (!facts.unprivileged_ports.is_empty()).then(|| Uncovered::PortsOfUnprivileged { ports: facts.unprivileged_ports.clone() }),
        (!facts.ports_without_gateway.is_empty()).then(|| Uncovered::PortsWithoutGateway { ports: facts.ports_without_gateway.clone() }),
        known_defect(facts),
        near_selector(facts),
        (!facts.unread.is_empty()).then(|| Uncovered::Unread { what: facts.unread.iter().map(|unread| unread.what).collect() }),
    ]
    .into_iter()
    .flatten()
    .chain(policies::holding_back(facts))
    .chain(passed_on(facts, plan, prediction))
    .chain(node_addresses::shared(facts))
    .chain(releases::not_compared(facts, plan, prediction))
    .chain(assumed_cluster(facts))
    .collect()
}

fn known_defect(facts: &Facts) -> Option<Uncovered> {
    let is_meant = |known: &KnownDefect| known.defect.strikes() == Strikes::Inside;
    defects::known(facts).into_iter().find(is_meant).map(Uncovered::KnownDefect)
}

fn assumed_cluster(facts: &Facts) -> Option<Uncovered> {
    let AssumedEndpoints { origin, .. } = facts.assumed_endpoints.clone()?;
    let nodes = facts.endpoint_nodes().into_iter().map(str::to_owned).collect();
    let is_said = |node: &Node| facts.proxy_mode(Some(node)).is_some() && facts.kube_proxy_release(node).is_some();
    Some(Uncovered::Cluster { origin, nodes, any_kube_proxy: !facts.nodes.iter().all(is_said) })
}

/// Whether another file, or an operator, makes the pods that are meant cannot be seen.
fn near_selector(facts: &Facts) -> Option<Uncovered> {
    let near = facts.assumed_endpoints.as_ref()?.near.clone()?;
    Some(Uncovered::NearSelector { near })
}

/// Ports of the load balancer that were asked for and that no Service declares there.
fn passed_on(facts: &Facts, plan: &Plan, prediction: &Prediction) -> Vec<Uncovered> {
    let is_passed_on =
        |expectation: &kube_proxy::Expectation| expectation.answers().any(|answer| answer.expected == Expected::NotIntercepted);
    let asked = prediction.service_checks(plan).filter(|(_, target, _)| matches!(target.kind, TargetKind::LoadBalancerIp(_)));
    let undeclared =
        asked.filter(|(_, target, _)| !facts.service.declares(target.transport()) && !facts.is_of_nearby_service(target.transport()));
    let ports: BTreeSet<_> = undeclared.filter(|(_, _, expectation)| is_passed_on(expectation)).map(|(_, target, _)| target.port).collect();
    let node_port_of =
        |port: u16| facts.service.ports.iter().find(|declared| declared.node_port == Some(port)).map(|declared| declared.port);
    let nodes_alone = providers::is_of_metallb(facts);
    ports.into_iter().map(|port| Uncovered::PassedOn { port, node_port_of: node_port_of(port), nodes_alone }).collect()
}

/// Nodes that cannot be asked at all are told for that.
fn kube_proxies_not_ready(facts: &Facts) -> Option<Uncovered> {
    let is_unfit = |name: &String| facts.nodes.iter().any(|node| node.name == *name && !is_fit(node));
    let nodes: Vec<_> = facts.kube_proxy.not_ready.iter().filter(|name| !is_unfit(name)).cloned().collect();
    (!nodes.is_empty()).then_some(Uncovered::KubeProxyNotReady { nodes })
}

/// Where something else answers for Services, what is left of kube-proxy does not matter.
fn without_kube_proxy(facts: &Facts) -> Option<Uncovered> {
    let nodes: Vec<_> = facts.kube_proxy.without_pod.iter().cloned().collect();
    (!is_replaced(facts) && !nodes.is_empty()).then_some(Uncovered::NoKubeProxy { nodes })
}

fn too_few_kube_proxies(facts: &Facts) -> Option<Uncovered> {
    facts.kube_proxy.too_few_ready.filter(|_| !is_replaced(facts)).map(Uncovered::KubeProxyTooFew)
}

fn is_replaced(facts: &Facts) -> bool {
    facts.network_plugin(None).is_some_and(NetworkPlugin::replaces_kube_proxy)
}

/// Who announces an address behind which nobody answers is no matter.
fn announcement(facts: &Facts) -> Option<Uncovered> {
    let reason = facts.unadvertised_pool.reason().filter(|_| !facts.unadvertised_pool.is_not_read())?;
    let serves = facts.endpoints.iter().any(Endpoint::is_used) && facts.service.load_balancer_ips().next().is_some();
    let is_announced = providers::is_of_metallb(facts) || providers::announcing_cilium(facts).is_some();
    (serves && is_announced).then(|| Uncovered::Announcement { reason: reason.to_owned() })
}

/// Before Kubernetes 1.14 nodes may have a portmap older than 0.7.5, whose rules stand before kube-proxy's (containernetworking
/// plugins PR 269): where ipvs mode binds the load balancer's address, they take it for the node's own (kubernetes issue 72522).
fn host_ports(facts: &Facts) -> Option<Uncovered> {
    let is_old = |node: &Node| node.kubelet_version.is_some_and(|release| release < PORTMAP_COMES_SECOND);
    let is_bound = |node: &Node| facts.service.load_balancer_ips().any(|address| facts.is_bound_by_ipvs(node, address));
    let is_open = facts.nodes.iter().any(|node| is_old(node) && is_bound(node));
    let taken = facts.host_ports.value().into_iter().flatten().filter(|taken| facts.service.declares(TransportPort::tcp(taken.port)));
    let taken: Vec<_> = taken.cloned().collect();
    (is_open && !taken.is_empty()).then_some(Uncovered::HostPorts { taken })
}

/// The header that connections from inside lack, where the load balancer writes it or the servers require it. At the
/// ClusterIP alone only what the servers are known to require counts: who hides the address means clients to dial that.
fn proxy_header(facts: &Facts, at: Bypassed) -> Option<Uncovered> {
    let is_written = providers::writes_proxy_header(&facts.service);
    let is_wanted = match &facts.proxy_header {
        HeaderReading::Required(_) | HeaderReading::SeemsRequired(_) => true,
        HeaderReading::Unknown => is_written && at == Bypassed::Everywhere,
        HeaderReading::Optional | HeaderReading::TrustedFrom(_) | HeaderReading::NotRead(_) => false,
    };
    let is_never_written = providers::never_writes_proxy_header(facts);
    // What a controller would write into the status is not known: ipMode Proxy leads connections to the address through it.
    let at = if facts.assumed_endpoints.is_some() { Bypassed::ClusterIp } else { at };
    is_wanted.then(|| Uncovered::ProxyHeader { at, is_written, is_never_written, servers: facts.proxy_header.clone() })
}

/// Endpoints that may be left over from a node that is gone.
fn unknown_nodes(facts: &Facts) -> Option<Uncovered> {
    let known: HashSet<_> = facts.nodes.iter().map(|node| node.name.as_str()).collect();
    let nodes: Vec<_> = facts.serving_nodes().into_iter().filter(|node| !known.contains(node)).map(str::to_owned).collect();
    (!nodes.is_empty()).then_some(Uncovered::UnknownNodes { nodes })
}

/// Nodes on which no probe can run, whatever was asked for.
fn unfit_nodes(facts: &Facts) -> Vec<Uncovered> {
    let mut uncovered: Vec<Uncovered> = Vec::new();
    for (node, reason) in facts.nodes.iter().filter_map(|node| Some((&node.name, unfit(node)?))) {
        let known = uncovered.iter_mut().find_map(|known| match (known, &reason) {
            (Uncovered::OtherOs { os, nodes }, SkipReason::OtherOs(own)) if os == own => Some(nodes),
            (Uncovered::NotReady { nodes }, SkipReason::NotReady(_)) | (Uncovered::Virtual { nodes }, SkipReason::Virtual) => Some(nodes),
            _ => None,
        });
        match (known, reason) {
            (Some(nodes), _) => nodes.push(node.clone()),
            (None, SkipReason::OtherOs(os)) => uncovered.push(Uncovered::OtherOs { os, nodes: vec![node.clone()] }),
            (None, SkipReason::Virtual) => uncovered.push(Uncovered::Virtual { nodes: vec![node.clone()] }),
            (None, _) => uncovered.push(Uncovered::NotReady { nodes: vec![node.clone()] }),
        }
    }
    uncovered
}

/// Nodes and networks beyond the plan: not selected, or not let in. Nodes that a sample passes over are like those that it
/// has.
fn not_measured(model: &Model<'_>, facts: &Facts, plan: &Plan) -> Vec<Uncovered> {
    let asked: HashSet<_> = plan.vantages.iter().map(|vantage| vantage.node.as_str()).collect();
    let is_meant = |node: &&Node| is_fit(node) && (plan.sampled.is_none() || asked.contains(node.name.as_str()));
    let of_network = |network: Network| {
        let planned: HashSet<_> =
            plan.vantages.iter().filter(|vantage| vantage.network == network).map(|vantage| vantage.node.as_str()).collect();
        let others = facts.nodes.iter().filter(is_meant).filter(|node| !planned.contains(node.name.as_str()));
        let others: Vec<_> = others.map(|node| Vantage { node: node.name.clone(), network }).collect();
        let targets: Vec<_> = plan.service_targets().collect();
        let nodes = failing(model, &others, &targets);
        (!nodes.is_empty()).then_some(Uncovered::NotMeasured { network, nodes })
    };
    Network::ALL.into_iter().filter_map(of_network).collect()
}

/// Declared ports that are not among the targets: not asked for, or not dialled for their protocol.
fn ports(model: &Model<'_>, facts: &Facts, plan: &Plan) -> Option<Uncovered> {
    let planned: HashSet<_> = plan.targets.iter().map(Target::transport).collect();
    let left_out = facts.service.ports.iter().map(ServicePort::transport).filter(|port| !planned.contains(port));
    let targets: Vec<_> = left_out.flat_map(|port| Target::of_clients(facts, port)).collect();
    let asked: Vec<_> = targets.iter().map(|target| (&target.kind, target.transport())).collect();
    let rows: HashSet<_> = model.predict_all(&plan.vantages, &asked).into_iter().collect();
    let mut ports = BTreeSet::new();
    for row in rows {
        let failing = targets.iter().zip(row.iter()).filter(|(_, expected)| expected.answers().any(is_failure));
        ports.extend(failing.map(|(target, _)| target.transport()));
    }
    (!ports.is_empty()).then(|| Uncovered::Ports { ports: ports.into_iter().collect() })
}

/// The nodes of vantages from which something fails, or may.
fn failing(model: &Model<'_>, vantages: &[Vantage], targets: &[&Target]) -> Vec<String> {
    let asked: Vec<_> = targets.iter().map(|target| (&target.kind, target.transport())).collect();
    let rows = model.predict_all(vantages, &asked);
    let fails = vantages.iter().zip(rows).filter(|(_, row)| row.iter().any(|expected| expected.answers().any(is_failure)));
    let mut nodes: Vec<_> = fails.map(|(vantage, _)| vantage.node.clone()).collect();
    nodes.dedup();
    nodes
}

fn is_fit(node: &Node) -> bool {
    unfit(node).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Protocol, Readiness, TrafficPolicy};
    use crate::fixture::{cluster_policy, facts, ipvs};
    use crate::plan::PlanOptions;

    fn uncovered(facts: &Facts, options: &PlanOptions) -> Vec<Uncovered> {
        list(facts, &Plan::new(facts, options))
    }

    fn on(nodes: &[&str]) -> PlanOptions {
        PlanOptions { nodes: nodes.iter().map(|node| (*node).to_owned()).collect(), ..PlanOptions::default() }
    }

    #[test]
    fn what_is_predicted_well_need_not_be_measured() {
        assert_eq!(uncovered(&facts(), &on(&["node1"])), []);
        assert_eq!(uncovered(&facts(), &PlanOptions { networks: [Network::Pod].into(), ..PlanOptions::default() }), []);
    }

    #[test]
    fn nodes_and_networks_that_may_fail_and_are_not_asked_for_are_told() {
        let nodes = || vec!["node2".to_owned(), "node3".to_owned()];
        let both = Network::ALL.map(|network| Uncovered::NotMeasured { network, nodes: nodes() });
        assert_eq!(uncovered(&ipvs(23), &on(&["node1"])), both);
        let pods = PlanOptions { networks: [Network::Pod].into(), ..PlanOptions::default() };
        assert_eq!(uncovered(&ipvs(23), &pods), [Uncovered::NotMeasured { network: Network::Host, nodes: nodes() }]);
    }

    #[test]
    fn nodes_that_cannot_be_asked_are_told() {
        let mut facts = cluster_policy();
        facts.nodes[1].os = Some("windows".into());
        facts.nodes[2].readiness = Readiness::NotReady("gone".into());
        let expected =
            [Uncovered::OtherOs { os: "windows".into(), nodes: vec!["node2".into()] }, Uncovered::NotReady { nodes: vec!["node3".into()] }];
        assert_eq!(uncovered(&facts, &PlanOptions::default()), expected);
    }

    #[test]
    fn what_was_to_be_seen_from_outside_and_was_not_is_told() {
        let facts = facts();
        let plan = Plan::new(&facts, &PlanOptions::default());
        let target = |id| OutsideCheck { target: id, outcome: None, rule: None, answers_inside: true };
        let all: Vec<_> = plan.for_outside(&facts.service).checks.iter().map(|check| target(check.id)).collect();
        let record = Record::default();
        assert_eq!(outside(&facts, &plan, Some(&record), &all, &[]), []);
        assert_eq!(outside(&facts, &plan, Some(&record), &all[1..], &[]), [Uncovered::Outside { why: OutsideGap::Incomplete }]);
        assert_eq!(outside(&facts, &plan, None, &[], &[]), [], "nobody asked for it");
    }

    #[test]
    fn a_port_that_is_not_dialled_counts_where_it_may_fail() {
        let udp = ServicePort { protocol: Protocol::Udp, ..ServicePort::tcp(514) };
        let with_udp = |mut facts: Facts| {
            facts.service.ports.push(udp.clone());
            facts.endpoints[0].ports = None;
            facts
        };
        assert_eq!(uncovered(&with_udp(facts()), &PlanOptions::default()), []);
        let fails = with_udp(ipvs(23));
        assert_eq!(uncovered(&fails, &PlanOptions::default()), [Uncovered::Ports { ports: vec![udp.transport()] }]);
        let mut other = with_udp(cluster_policy());
        assert_eq!(other.service.external_traffic_policy, TrafficPolicy::Cluster);
        other.service.proxy_name = Some("mesh".into());
        assert_eq!(uncovered(&other, &PlanOptions::default()), [Uncovered::OtherServiceProxy { name: "mesh".into() }]);
    }
}
