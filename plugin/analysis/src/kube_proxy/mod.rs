//! What kube-proxy on each node should make of each check: the truth table, one file a mode.
//!
//! A [`Connection`] holds everything that decides, all of it known; a mode's file answers it. What
//! the facts leave open is laid out in `unknowns`, each of them is asked, and answers that differ
//! become an [`Expectation::Depends`] that names what decides between them.

mod binding;
pub(crate) mod compared;
mod condition;
mod connection;
mod endpoints;
mod expectation;
pub(crate) mod gates;
mod iptables;
mod ipvs;
mod load_balancer;
mod nftables;
mod node_key;
mod outside;
pub(crate) mod planned;
mod pod_ranges;
mod rule;
mod service_proxies;
mod sources;
#[cfg(test)]
mod tests;
mod unknowns;

pub use condition::Condition;
pub use connection::{Connection, Destination, Detection, EndpointLocality, Origin, SourceRange};
pub use expectation::{Answer, Case, Expectation, Expected, Reach, Source};
pub(crate) use node_key::NodeKey;
pub use outside::{Outside, outside};
pub use rule::{Rule, ServiceProxy};

#[cfg(test)]
pub(crate) use tests::facts as sample_facts;

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::facts::{Facts, Ingress, IpMode, NetworkPlugin, Node, PodPath, Protocol, ProxyMode, TrafficPolicy, TransportPort, Version};
use crate::providers::{self, DataPath};
use crate::target_kind::TargetKind;
use crate::vantage::{Network, Vantage};
use endpoints::{EndpointSet, EndpointSets, NodeEndpoints};
use load_balancer::{Beyond, Loops, at_external_ip, at_load_balancer};
use pod_ranges::PodRanges;
use service_proxies::Dialling;
pub(crate) use service_proxies::{LOCAL as KUBE_ROUTER_LOCAL, annotated_policies};
use unknowns::{Assumption, Unknowns};

/// What a mode of kube-proxy makes of one connection.
#[must_use]
pub fn answer(connection: &Connection) -> Answer {
    match connection.mode {
        ProxyMode::Iptables => iptables::answer(connection),
        ProxyMode::Ipvs => ipvs::answer(connection),
        ProxyMode::Nftables => nftables::answer(connection),
    }
}

/// The model of one cluster and Service.
#[derive(Debug)]
pub struct Model<'a> {
    facts: &'a Facts,
    nodes: HashMap<&'a str, &'a Node>,
    pods: PodRanges<'a>,
    endpoints: EndpointSets<'a>,
    /// The nodes whose own connections the load balancer may send back to them, and lose.
    looping: BTreeSet<&'a str>,
    /// The nodes that have the load balancer's address themselves.
    holding: BTreeSet<&'a str>,
    /// Whether the load balancer has a backend, as far as the facts tell.
    has_backend: bool,
    oldest_kubelet: Option<Version>,
}

/// How a target is dialled, as far as it matters here.
#[derive(Clone, Debug)]
enum Dialled<'a> {
    /// The rules of the vantage's own node decide.
    Here(Address),
    /// A node port at a node: its rules decide.
    NodePortAt { node: Option<&'a Node>, address: IpAddr, endpoints: EndpointSet, protocol: Protocol },
    /// No kube-proxy plays a part.
    Settled(Answer),
    /// The same, and whether the load balancer serves a family that the Service lacks is not known.
    FamilyOpen { passed_on: Answer, lost: Answer },
}

/// An address of the Service as kube-proxy has it. The family of a node's own counts alone.
#[derive(Clone, Copy, Debug)]
struct Address {
    v6: bool,
    /// Whether it is among those that pods which bypass their node reach through it all the same (`host_stack_cidrs`).
    through_host: bool,
    /// Which endpoints the port has.
    endpoints: EndpointSet,
    destination: Destination,
    /// What is spoken there.
    protocol: Protocol,
    /// Whether it stands in `spec.externalIPs`.
    is_external_ip: bool,
    ip_mode: Option<IpMode>,
}

impl Address {
    fn of_node_port(address: IpAddr, endpoints: EndpointSet, protocol: Protocol) -> Self {
        let (v6, destination) = (address.is_ipv6(), Destination::NodePort);
        Self { v6, through_host: false, endpoints, destination, protocol, is_external_ip: false, ip_mode: None }
    }

    /// Whether it is the load balancer's, declared port or not.
    fn is_load_balancers(self) -> bool {
        let is_load_balancer = matches!(self.destination, Destination::LoadBalancerIp | Destination::UndeclaredAtLoadBalancer);
        is_load_balancer && !self.is_external_ip
    }
}

/// Vantages of which the same is known: the same becomes of their connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class<'a> {
    network: Network,
    v4: View,
    v6: View,
    /// The node, where it is one whose node port others dial too.
    at: Option<&'a str>,
    /// What the load balancer makes of what the node leaves to it.
    beyond: Beyond,
}

/// What is known of a vantage in one family of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct View {
    unknowns: Unknowns,
    /// Whether kube-proxy runs under another name than the node's.
    misnamed: bool,
    /// Of each set of endpoints what is on the node, as kube-proxy has it.
    on_node: Vec<NodeEndpoints>,
    /// Which plugin connects the node's pods.
    plugin: Option<NetworkPlugin>,
    /// Whether node ports are served at the node's address.
    serves_node_ports: bool,
    /// Whether its kube-proxy in ipvs mode leaves load balancers' addresses alone, unlike upstream's.
    leaves_address: bool,
}

impl<'a> Model<'a> {
    /// Prepares what all checks share.
    #[must_use]
    pub fn new(facts: &'a Facts) -> Self {
        let nodes = facts.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
        Self {
            facts,
            pods: PodRanges::of(&nodes, &facts.endpoints, facts.pod_network.value()),
            nodes,
            endpoints: EndpointSets::new(&facts.service, &facts.endpoints),
            looping: providers::looping_nodes(facts),
            holding: providers::nodes_with_address(facts),
            has_backend: providers::no_backend(facts).is_none(),
            oldest_kubelet: facts.nodes.iter().filter_map(|node| node.kubelet_version).min(),
        }
    }

    /// What should become of a connection from a vantage to a port at a kind of address. A node
    /// that the facts do not have is one of which nothing is known.
    #[must_use]
    pub fn predict(&self, vantage: &Vantage, kind: &TargetKind, port: impl Into<TransportPort>) -> Expectation {
        let dialled = self.dialled(kind, port.into());
        self.predict_for(&self.class(vantage, std::slice::from_ref(&dialled)), &dialled)
    }

    /// The same for every vantage and target, a row per vantage. Vantages of a class share their
    /// answers, so that thousands of nodes cost little more than a few.
    #[must_use]
    pub fn predict_all(&self, vantages: &[Vantage], targets: &[(&TargetKind, TransportPort)]) -> Vec<Arc<[Expectation]>> {
        let targets: Vec<_> = targets.iter().map(|(kind, port)| self.dialled(kind, *port)).collect();
        let mut rows: HashMap<Class<'_>, Arc<[Expectation]>> = HashMap::new();
        let mut row = |vantage: &Vantage| match rows.entry(self.class(vantage, &targets)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => {
                let row: Arc<[_]> = targets.iter().map(|dialled| self.predict_for(new.key(), dialled)).collect();
                new.insert(row).clone()
            }
        };
        vantages.iter().map(&mut row).collect()
    }

    fn class(&self, vantage: &Vantage, targets: &[Dialled<'a>]) -> Class<'a> {
        let node = self.nodes.get(vantage.node.as_str()).copied();
        let is_dialled = |node: &&Node| {
            targets.iter().any(|dialled| matches!(dialled, Dialled::NodePortAt { node: Some(at), .. } if at.name == node.name))
        };
        let v4 = self.view(node, vantage.network, Ipv4Addr::UNSPECIFIED.into());
        let v6 = self.view(node, vantage.network, Ipv6Addr::UNSPECIFIED.into());
        // What reads the annotation stands beyond the node: by which address it knows clients inside is not known here.
        let may_be_out_of_range = v4.unknowns.may_be_out_of_range()
            || v6.unknowns.may_be_out_of_range()
            || providers::limits_sources_by_annotation(&self.facts.service);
        let beyond = Beyond { may_be_out_of_range, ..self.beyond(vantage) };
        Class { network: vantage.network, v4, v6, at: node.filter(is_dialled).map(|node| node.name.as_str()), beyond }
    }

    fn beyond(&self, vantage: &Vantage) -> Beyond {
        let loops = match self.looping.contains(vantage.node.as_str()) {
            true if self.looping.len() == 1 => Loops::Always,
            true => Loops::NowAndThen,
            false => Loops::Never,
        };
        Beyond {
            loops,
            holds_address: self.holding.contains(vantage.node.as_str()),
            has_backend: self.has_backend,
            may_be_out_of_range: false,
        }
    }

    fn view(&self, node: Option<&Node>, network: Network, family: IpAddr) -> View {
        let name = node.map(|node| node.name.as_str());
        let other_name = self.facts.kube_proxy.config.value().and_then(|config| config.runs_as.other_name_on(name));
        View {
            // Without an endpoint on the node no name would help.
            misnamed: other_name.is_some() && node.is_none_or(|node| self.facts.serving_nodes().contains(node.name.as_str())),
            unknowns: Unknowns::of(self.facts, &self.pods, node, network, family),
            on_node: self.endpoints.on_node(node, other_name, family.is_ipv6()),
            plugin: self.facts.network_plugin(node),
            serves_node_ports: unknowns::serves_node_ports(self.facts, node, family),
            leaves_address: node.is_some_and(|node| providers::leaves_address_in_ipvs_mode(&self.facts.service, node)),
        }
    }

    fn predict_for(&self, class: &Class<'_>, dialled: &Dialled<'_>) -> Expectation {
        match dialled {
            Dialled::Settled(answer) if answer.rule == Rule::HostnameOnly => at_load_balancer(class.beyond, Expectation::Certain(*answer)),
            Dialled::Settled(answer) => Expectation::Certain(*answer),
            Dialled::FamilyOpen { passed_on, lost } => Expectation::Depends(vec![
                Case { when: vec![Condition::LoadBalancerTranslates(true)], answer: *passed_on },
                Case { when: vec![Condition::LoadBalancerTranslates(false)], answer: *lost },
            ]),
            Dialled::Here(address) if address.is_load_balancers() => at_load_balancer(class.beyond, self.predict_here(class, *address)),
            Dialled::Here(address) if address.is_external_ip => at_external_ip(self.predict_here(class, *address)),
            Dialled::Here(address) => self.predict_here(class, *address),
            Dialled::NodePortAt { node, address, endpoints, protocol } => {
                let address = Address::of_node_port(*address, *endpoints, *protocol);
                match node {
                    Some(node) if class.at == Some(node.name.as_str()) => self.predict_here(class, address),
                    _ => self.predict_there(class.network, *node, address),
                }
            }
        }
    }

    fn predict_here(&self, class: &Class<'_>, address: Address) -> Expectation {
        let view = if address.v6 { &class.v6 } else { &class.v4 };
        let lacks_port = self.endpoints.are_of_other_ports(address.endpoints) && !self.facts.has_cilium_placeholder();
        let named = |answer: Answer| if lacks_port { without_port(answer) } else { answer };
        let kube_proxy = || view.unknowns.ask(|assumption| named(self.answer_in(assumption, class.network, view, address)));
        match self.by_service_proxy(class.network, view, address, kube_proxy) {
            None => kube_proxy(),
            Some(Expectation::Certain(answer)) => Expectation::Certain(named(answer)),
            Some(Expectation::Depends(cases)) => {
                Expectation::Depends(cases.into_iter().map(|case| Case { answer: named(case.answer), ..case }).collect())
            }
        }
    }

    /// At another node the connection is one from elsewhere.
    fn predict_there(&self, network: Network, node: Option<&Node>, there: Address) -> Expectation {
        let family = if there.v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
        let view = self.view(node, Network::Host, family);
        let kube_proxy = || view.unknowns.ask(|assumption| self.answer_from(assumption, Origin::Elsewhere, &view, there));
        if view.plugin.is_some_and(NetworkPlugin::replaces_kube_proxy) {
            return self.by_service_proxy_there(&view, there, kube_proxy);
        }
        let expectation = kube_proxy();
        let may_go_astray = network == Network::Pod
            && self.facts.service.external_traffic_policy == TrafficPolicy::Local
            && self.endpoints.has_others(&view.on_node, there.endpoints)
            && unknowns::may_detect_strangers(self.facts, node);
        match expectation {
            Expectation::Certain(answer) if may_go_astray && matches!(answer.expected, Expected::Reached { .. }) => {
                let astray = Rule::AnswerPastOtherNode;
                Expectation::Depends(vec![
                    Case { when: vec![Condition::MasqueradedBetweenNodes(true)], answer },
                    Case { when: vec![Condition::MasqueradedBetweenNodes(false)], answer: Answer::new(Expected::Dropped, astray) },
                ])
            }
            other => other,
        }
    }

    /// The same where another data path is in kube-proxy's place. For a client elsewhere kube-router's rules are those for
    /// its own node; what the others do under policy Local without a local endpoint is not known.
    fn by_service_proxy_there(&self, view: &View, there: Address, kube_proxy: impl Fn() -> Expectation) -> Expectation {
        let expected = self.by_service_proxy(Network::Host, view, there, &kube_proxy).unwrap_or_else(kube_proxy);
        let locality = self.endpoints.locality(&view.on_node, there.endpoints, gates::TERMINATING_ENDPOINTS);
        let is_local = self.facts.service.external_traffic_policy == TrafficPolicy::Local;
        let lacks_local = is_local && locality == EndpointLocality::Remote;
        if view.plugin == Some(NetworkPlugin::KubeRouterServiceProxy) || !lacks_local {
            return expected;
        }
        service_proxies::unless_as_read(expected, Rule::NoLocalEndpointInDataPath)
    }

    /// What becomes of a connection from outside the cluster to a node port at a node; nothing where another target is
    /// dialled, which the load balancer has to bring to a node first.
    #[must_use]
    pub fn from_outside(&self, kind: &TargetKind, port: TransportPort) -> Option<Expectation> {
        match self.dialled(kind, port) {
            Dialled::NodePortAt { node, address, endpoints, protocol } => {
                Some(self.predict_there(Network::Host, node, Address::of_node_port(address, endpoints, protocol)))
            }
            Dialled::Here(_) | Dialled::Settled(_) | Dialled::FamilyOpen { .. } => None,
        }
    }

    fn by_service_proxy(
        &self,
        network: Network,
        view: &View,
        address: Address,
        kube_proxy: impl FnOnce() -> Expectation,
    ) -> Option<Expectation> {
        let plugin = view.plugin?;
        let network_release = self.facts.pod_network.value().and_then(|network| network.release);
        let by_annotation = || service_proxies::kube_router_policies(network_release, &self.facts.service);
        let annotated = if plugin == NetworkPlugin::KubeRouterServiceProxy { by_annotation() } else { None };
        let own = (self.facts.service.external_traffic_policy, self.facts.service.internal_traffic_policy);
        let (external, internal) = annotated.unwrap_or(own);
        let dialling = Dialling {
            network,
            destination: address.destination,
            external,
            internal,
            locality: self.endpoints.locality(&view.on_node, address.endpoints, gates::TERMINATING_ENDPOINTS),
            is_ipvs: view.unknowns.is_ipvs(),
            has_dsr: self.facts.service.annotations.contains_key(service_proxies::DSR),
        };
        if plugin.is_cilium() && self.facts.has_cilium_placeholder() && dialling.is_declared() {
            return Some(service_proxies::cilium_ingress(plugin));
        }
        let expected = service_proxies::expectation(plugin, self.facts.pod_network.value(), self.oldest_kubelet, dialling, kube_proxy)?;
        // None of them serves it without being told to, and some never do.
        let is_of_any_release = annotated.is_some() && network_release.is_none();
        let expected = if is_of_any_release { service_proxies::unless_as_read(expected, Rule::DataPathNotRead) } else { expected };
        let expected =
            if address.protocol == Protocol::Sctp { service_proxies::unless_as_read(expected, Rule::SctpInDataPath) } else { expected };
        let at_load_balancer = address.destination == Destination::LoadBalancerIp;
        // Cilium in kube-proxy's place ignores ranges inside (its guide without kube-proxy, "LoadBalancer Source Ranges Checks").
        let goes_by_ranges = plugin != NetworkPlugin::CiliumKubeProxyReplacement && view.unknowns.may_be_out_of_range();
        let expected = if at_load_balancer && goes_by_ranges { service_proxies::in_range(expected) } else { expected };
        Some(if address.ip_mode == Some(IpMode::Proxy) { service_proxies::by_ip_mode(plugin, network_release, expected) } else { expected })
    }

    fn answer_in(&self, assumption: &Assumption, network: Network, view: &View, address: Address) -> Answer {
        if address.ip_mode == Some(IpMode::Proxy) && assumption.release >= gates::IP_MODE {
            let is_nobodys = providers::leaves_answering_to_kube_proxy(self.facts);
            return Answer::new(if is_nobodys { Expected::Lost } else { Expected::NotIntercepted }, Rule::IpModeProxy);
        }
        let to_itself = address.destination == Destination::NodePort;
        // Terway gives pods with an ENI of their own a link to their node, for the range of ClusterIPs. A network that is not
        // known brings ClusterIPs to the node in some way: without them nothing works in a cluster.
        let at_cluster_ip = matches!(address.destination, Destination::ClusterIp | Destination::UndeclaredAtClusterIp);
        let has_link = at_cluster_ip && matches!(view.plugin, None | Some(NetworkPlugin::TerwayExclusiveEni));
        let through_host = to_itself || has_link || address.through_host;
        if network == Network::Pod && assumption.path == PodPath::PastHost && !through_host {
            return Answer::new(Expected::NotIntercepted, Rule::PastNodeNetwork);
        }
        let origin = match network {
            Network::Pod => Origin::Pod(assumption.detection),
            Network::Host => Origin::Host,
        };
        self.answer_from(assumption, origin, view, address)
    }

    fn answer_from(&self, assumption: &Assumption, origin: Origin, view: &View, address: Address) -> Answer {
        let Address { destination, endpoints, .. } = address;
        if destination == Destination::NodePort && !view.serves_node_ports {
            return Answer::new(Expected::LocalListener, Rule::NodePortAddresses);
        }
        let is_left = view.leaves_address && assumption.mode == ProxyMode::Ipvs && address.is_load_balancers();
        if is_left {
            return Answer::new(Expected::NotIntercepted, Rule::TkeLeavesAddress);
        }
        let planned = planned::answer(self.facts, assumption.mode, assumption.release, destination, address.is_external_ip);
        if let Some(planned) = planned {
            return planned;
        }
        let answer = answer(&Connection {
            mode: assumption.mode,
            release: assumption.release,
            origin,
            destination,
            external: self.facts.service.external_traffic_policy,
            internal: self.facts.service.internal_traffic_policy,
            locality: self.endpoints.locality(&view.on_node, endpoints, assumption.release),
            source: assumption.source,
        });
        match answer.expected {
            Expected::Refused | Expected::Dropped if view.misnamed && answer.rule.is_of_local_endpoints() => {
                Answer { rule: Rule::KubeProxyMisnamed, ..answer }
            }
            Expected::Reached { endpoints: Reach::Any, source } if endpoints.of(&view.on_node).is_hinted() => {
                Answer { expected: Expected::Reached { endpoints: Reach::Hinted, source }, ..answer }
            }
            _ => answer,
        }
    }

    /// How a target is dialled, or the answer where kube-proxy plays no part.
    fn dialled(&self, kind: &TargetKind, port: TransportPort) -> Dialled<'a> {
        let service = &self.facts.service;
        let passed_on = |rule| Dialled::Settled(Answer::new(Expected::NotIntercepted, rule));
        let reached = |rule| Dialled::Settled(Answer::reached(Reach::Any, Source::Client, rule));
        let endpoints = self.endpoints.of_port(port);
        let protocol = port.protocol;
        let here = |ip: IpAddr, destination, ip_mode| {
            let (v6, through_host) = (ip.is_ipv6(), self.is_in_host_stack(ip));
            let is_external_ip = matches!(kind, TargetKind::ExternalIp(_));
            Dialled::Here(Address { v6, through_host, endpoints, destination, protocol, is_external_ip, ip_mode })
        };
        let is_declared = service.declares(port);
        let at_cluster_ip = if is_declared { Destination::ClusterIp } else { Destination::UndeclaredAtClusterIp };
        let at_load_balancer = if is_declared { Destination::LoadBalancerIp } else { Destination::UndeclaredAtLoadBalancer };
        match kind {
            TargetKind::Endpoint { .. } => reached(Rule::EndpointDialled),
            _ if service.proxy_name.is_some() => passed_on(Rule::OtherServiceProxy),
            TargetKind::Address(_) => passed_on(Rule::OfNoService),
            TargetKind::PublicName(_) => passed_on(Rule::ResolvedOnNode),
            TargetKind::LoadBalancerHostname(_) => passed_on(Rule::HostnameOnly),
            TargetKind::LoadBalancerIp(ip) | TargetKind::ExternalIp(ip) if service.cluster_ips.is_empty() => {
                // kube-proxy passes headless Services over, whatever their status says.
                Dialled::Settled(Answer::new(
                    if providers::data_path(self.facts) == DataPath::KubeProxy { Expected::Lost } else { Expected::NotIntercepted },
                    Rule::HeadlessNotServed,
                ))
            }
            TargetKind::LoadBalancerIp(ip) | TargetKind::ExternalIp(ip)
                if service.cluster_ips.iter().all(|own| own.is_ipv6() != ip.is_ipv6()) =>
            {
                let lost = Answer::new(Expected::Lost, Rule::OtherFamily);
                let passed_on = Answer::new(Expected::NotIntercepted, Rule::OtherFamily);
                match providers::data_path(self.facts) {
                    DataPath::KubeProxy => Dialled::Settled(lost),
                    DataPath::Own if providers::ends_connections(self.facts) => {
                        Dialled::Settled(Answer::new(Expected::NotIntercepted, Rule::LoadBalancerHasFamily))
                    }
                    // Pods and hosts may have no address of that family to dial from either.
                    DataPath::Own | DataPath::Unknown => Dialled::FamilyOpen { passed_on, lost },
                }
            }
            TargetKind::LoadBalancerIp(ip) if service.load_balancer_ips().all(|own| own != *ip) => passed_on(Rule::NotInStatus),
            TargetKind::LoadBalancerIp(_) if self.facts.is_of_nearby_service(port) => passed_on(Rule::OtherServicePort),
            TargetKind::LoadBalancerIp(ip) => here(*ip, at_load_balancer, self.ip_mode(*ip)),
            TargetKind::ExternalIp(ip) => {
                here(*ip, if is_declared { Destination::ExternalIp } else { Destination::UndeclaredAtLoadBalancer }, None)
            }
            TargetKind::ClusterIp(ip) => here(*ip, at_cluster_ip, None),
            TargetKind::OwnNodePort => here(self.node_family(), Destination::NodePort, None),
            TargetKind::NodePort { node, address } => {
                Dialled::NodePortAt { node: self.nodes.get(node.as_str()).copied(), address: *address, endpoints, protocol }
            }
            TargetKind::DnsName => match service.cluster_ips.first() {
                Some(ip) => here(*ip, at_cluster_ip, None),
                None => reached(Rule::HeadlessService),
            },
        }
    }

    fn is_in_host_stack(&self, ip: IpAddr) -> bool {
        let terway = self.facts.pod_network.value().and_then(|network| network.terway.as_ref());
        terway.is_some_and(|terway| terway.host_stack_cidrs.iter().any(|range| range.contains(&ip)))
    }

    /// The family of the nodes' own addresses, by the first that has one.
    fn node_family(&self) -> IpAddr {
        let first = self.facts.nodes.iter().find_map(|node| node.internal_ips.first());
        first.copied().unwrap_or(Ipv4Addr::UNSPECIFIED.into())
    }

    fn ip_mode(&self, address: IpAddr) -> Option<IpMode> {
        self.facts.service.ingress.iter().find_map(|ingress| match ingress {
            Ingress::Address { ip, ip_mode } if *ip == address => *ip_mode,
            _ => None,
        })
    }
}

/// A port without endpoint fails for that, where the Service has endpoints of other ports.
fn without_port(answer: Answer) -> Answer {
    match answer.expected {
        Expected::Refused | Expected::Lost => Answer { rule: Rule::PortWithoutEndpoint, ..answer },
        _ => answer,
    }
}
