//! What is dialled: the addresses that clients use, on each port, then those that tell causes apart.

use std::collections::BTreeSet;
use std::net::IpAddr;

use lbprobe_protocol::{Call, CheckId, Datagram, Exchange, HttpProtocol, HttpRequest, may_be_a_load_balancers};

use super::{
    NodePortUse, OtherProtocols, PlanOptions, ProtocolFrom, Scheme, Skip, SkipReason, SkipSubject, Step, Target, TargetKind, unfit,
};
use crate::facts::{Endpoint, Facts, Ingress, NearbyService, Node, Protocol, Service, ServicePort, ServiceType, TransportPort};
use crate::providers;

/// The path that is asked for where none is named.
const ROOT: &str = "/";

/// The ports of HTTP and HTTPS: who serves one of them mostly serves the other.
const OF_THE_WEB: [u16; 2] = [80, 443];

/// Ports of other listeners that are dialled at most.
const MOST_OTHER_LISTENERS: usize = 4;

/// Endpoints that are dialled past kube-proxy, on different nodes.
const ENDPOINTS: usize = 2;

/// Endpoints that are dialled at most.
const MOST_ENDPOINTS: usize = 5;

/// The targets of a run, and what of the ports is left out.
pub(super) fn lay_out(facts: &Facts, options: &PlanOptions, skipped: &mut Vec<Skip>) -> Vec<Target> {
    let service = &facts.service;
    let ports = ports(service, options, skipped);
    skipped.extend(ports.iter().filter(|port| lacks_answer(port, options)).map(without_status));
    let own = service.load_balancer_ips().chain(service.name.parse().ok().filter(|_| service.is_elsewhere()));
    skipped.extend(own.filter(|ip| !may_be_a_load_balancers(*ip)).map(off_limits));
    let mut targets = Vec::new();
    let typed = typed_node_port(facts, options);
    let of_service = node_port_use(service);
    let mut add = |kind, port: &Port, dialled_port| {
        let id = CheckId::try_from(targets.len()).unwrap_or(CheckId::MAX);
        // What the user says is not for others to hear.
        let exchange = match &port.datagram {
            _ if port.is_other_listener => Exchange::Connect,
            Some(datagram) => Exchange::Udp(datagram.clone()),
            None => exchange(port.scheme, options),
        };
        let protocol_from = port.protocol_from;
        let node_port_use = if typed.as_ref() == Some(&kind) { NodePortUse::Clients } else { of_service };
        targets.push(Target {
            id,
            kind,
            port: port.number,
            protocol: port.protocol,
            dialled_port,
            node_port_use,
            other_listener: port.is_other_listener,
            exchange,
            protocol_from,
        });
    };
    for port in &ports {
        let kinds = if port.declared.is_some() || service.is_elsewhere() { kinds(service) } else { load_balancer_kinds(service).collect() };
        for kind in kinds.into_iter().chain(public_name(facts, options)) {
            add(kind, port, None);
        }
    }
    let declared = || ports.iter().filter_map(|port| Some((port, port.declared.as_ref()?)));
    // Where they are evidence, one port tells as much as all.
    let most = if of_service == NodePortUse::Clients { usize::MAX } else { 1 };
    for (port, number) in declared().filter_map(|(port, declared)| Some((port, declared.node_port?))).take(most) {
        let mut kinds = node_ports(facts);
        kinds.extend(typed.clone().filter(|typed| !kinds.contains(typed)));
        for kind in kinds {
            add(kind, port, Some(number));
        }
    }
    for endpoint in endpoints(facts) {
        for (port, declared) in declared() {
            if let (Some(number), Some(kind)) = (own_port(endpoint, declared), endpoint_kind(endpoint)) {
                add(kind, port, Some(number));
            }
        }
    }
    for port in other_listeners(facts, options) {
        for kind in load_balancer_kinds(service) {
            add(kind, &port, None);
        }
    }
    targets
}

/// Ports that the Service does not declare, at whose numbers its load balancer may listen for others: those of other Services
/// at its address, and the second one of HTTP and HTTPS where ipvs mode keeps the whole address on the nodes, or somebody made
/// the load balancer before.
fn other_listeners(facts: &Facts, options: &PlanOptions) -> Vec<Port> {
    let service = &facts.service;
    // Who names ports has said what matters.
    if !options.ports.is_empty() || options.other_protocols == OtherProtocols::Predicted {
        return Vec::new();
    }
    // Where there are several addresses, it is not known which of them another Service shares.
    let has_one_address = service.ingress.len() == 1;
    let nearby = facts.nearby_services.value().into_iter().flatten().filter(|_| has_one_address).flat_map(NearbyService::tcp_ports);
    let is_bound = |node: &Node| service.load_balancer_ips().any(|address| facts.is_bound_by_ipvs(node, address));
    let declares = |port: u16| service.declares(TransportPort::tcp(port));
    let is_taken = |port: &u16| service.ports.iter().any(|declared| declared.port == *port);
    // Nodes may be in another mode than the configuration says.
    let is_likely = facts.nodes.iter().any(is_bound) || providers::reused_load_balancer(service).is_some();
    let serves_the_web = OF_THE_WEB.into_iter().any(declares) && is_likely;
    let of_the_web = OF_THE_WEB.into_iter().filter(|_| serves_the_web);
    let ports: BTreeSet<_> = nearby.chain(of_the_web).filter(|port| !is_taken(port)).collect();
    let port = |number| Port { is_other_listener: true, ..port(service, ServicePort::tcp(number), &PlanOptions::default(), false) };
    ports.into_iter().take(MOST_OTHER_LISTENERS).map(port).collect()
}

impl Target {
    /// The targets of clients at a declared port, as far as a prediction goes: nothing is said there.
    pub(crate) fn of_clients(facts: &Facts, port: TransportPort) -> Vec<Self> {
        let target = |kind| Self {
            id: 0,
            kind,
            port: port.port,
            protocol: port.protocol,
            dialled_port: None,
            node_port_use: node_port_use(&facts.service),
            other_listener: false,
            exchange: Exchange::Connect,
            protocol_from: ProtocolFrom::Guess,
        };
        let at_nodes = if node_port_use(&facts.service) == NodePortUse::Clients { node_ports(facts) } else { Vec::new() };
        kinds(&facts.service).into_iter().chain(at_nodes).map(target).collect()
    }
}

/// A port to dial, with what is said there.
struct Port {
    number: u16,
    protocol: Protocol,
    /// As the Service declares it; none where the Service does not.
    declared: Option<ServicePort>,
    /// What is said by TCP.
    scheme: Scheme,
    /// What is said by UDP; nothing where it is another protocol, or nobody knows what.
    datagram: Option<Datagram>,
    protocol_from: ProtocolFrom,
    /// Whether nobody asked for it.
    is_other_listener: bool,
}

/// The declared ports, or those that the user names: also some that the Service does not declare.
fn ports(service: &Service, options: &PlanOptions, skipped: &mut Vec<Skip>) -> Vec<Port> {
    let meant = service.ports.iter().filter(|port| options.ports.is_empty() || options.ports.contains(&port.port));
    let mut ports = Vec::new();
    for declared in meant {
        let is_dialled = declared.protocol == Protocol::Tcp || datagram(declared, options).is_some();
        if is_dialled || options.other_protocols == OtherProtocols::Predicted {
            ports.push(port(service, declared.clone(), options, true));
        } else {
            let subject = SkipSubject::Port { port: declared.port, protocol: declared.protocol };
            let reason = if declared.protocol == Protocol::Udp { SkipReason::NothingToSay } else { SkipReason::NotTcp };
            skipped.push(Skip { subject, reason });
        }
    }
    let is_undeclared = |port: &u16| service.ports.iter().all(|declared| declared.port != *port);
    let undeclared: BTreeSet<_> = options.ports.iter().copied().filter(is_undeclared).collect();
    ports.extend(undeclared.into_iter().map(|number| port(service, ServicePort::tcp(number), options, false)));
    ports
}

fn port(service: &Service, declared: ServicePort, options: &PlanOptions, is_declared: bool) -> Port {
    let (scheme, protocol_from) = match options.scheme {
        _ if declared.protocol != Protocol::Tcp => (Scheme::Tcp, ProtocolFrom::Guess),
        Some(scheme) => (scheme, ProtocolFrom::User),
        None if providers::ends_tls(service, &declared) => (Scheme::Https, ProtocolFrom::Annotation),
        None => (guess(&declared), ProtocolFrom::Guess),
    };
    // Who names a gRPC service asks for its health, whatever carries it.
    let asks_for_health = options.request.grpc_service.is_some() && declared.protocol == Protocol::Tcp;
    let scheme = if asks_for_health { scheme.with_grpc() } else { scheme };
    // Who expects something of the answer says that there is one.
    let expects_answer = options.request.expects_answer() && !matches!(scheme, Scheme::Tcp | Scheme::Tls);
    let protocol_from = if asks_for_health || expects_answer { ProtocolFrom::User } else { protocol_from };
    let protocol = declared.protocol;
    let datagram = datagram(&declared, options);
    let is_users = datagram.is_some() && options.request.datagram.is_some();
    let protocol_from = if is_users { ProtocolFrom::User } else { protocol_from };
    Port {
        number: declared.port,
        protocol,
        declared: is_declared.then_some(declared),
        scheme,
        datagram,
        protocol_from,
        is_other_listener: false,
    }
}

/// Whether the user expects something of an HTTP answer, and nobody asks for one there.
fn lacks_answer(port: &Port, options: &PlanOptions) -> bool {
    options.request.expects_answer() && port.protocol == Protocol::Tcp && matches!(port.scheme, Scheme::Tcp | Scheme::Tls)
}

fn without_status(port: &Port) -> Skip {
    Skip { subject: SkipSubject::Port { port: port.number, protocol: port.protocol }, reason: SkipReason::NoStatus }
}

fn load_balancer_kinds(service: &Service) -> impl Iterator<Item = TargetKind> + '_ {
    service.ingress.iter().filter_map(|ingress| match ingress {
        Ingress::Address { ip, .. } => may_be_a_load_balancers(*ip).then_some(TargetKind::LoadBalancerIp(*ip)),
        Ingress::Hostname(name) => Some(TargetKind::LoadBalancerHostname(name.clone())),
    })
}

/// Whoever may write a status does not send probes to their own node, or to a cloud's credentials.
fn off_limits(address: IpAddr) -> Skip {
    Skip { subject: SkipSubject::Address(address), reason: SkipReason::LocalAddress }
}

fn kinds(service: &Service) -> Vec<TargetKind> {
    if service.is_elsewhere() {
        // A name is dialled as one that the user gave.
        return service
            .name
            .parse()
            .ok()
            .filter(|address| may_be_a_load_balancers(*address))
            .map(TargetKind::Address)
            .into_iter()
            .collect();
    }
    let at_load_balancer: BTreeSet<_> = service.load_balancer_ips().collect();
    let external = service.external_ips.iter().filter(|ip| !at_load_balancer.contains(ip)).map(|ip| TargetKind::ExternalIp(*ip));
    let cluster = service.cluster_ips.iter().map(|ip| TargetKind::ClusterIp(*ip));
    load_balancer_kinds(service).chain(external).chain([TargetKind::DnsName]).chain(cluster).collect()
}

/// The name that the user gave, unless it is dialled as the load balancer's already.
fn public_name(facts: &Facts, options: &PlanOptions) -> Option<TargetKind> {
    let name = options.asked.as_ref()?.name.clone()?;
    let is_hostname =
        |ingress: &Ingress| matches!(ingress, Ingress::Hostname(own) if own.trim_end_matches('.').eq_ignore_ascii_case(&name));
    let is_dialled = options.other_protocols == OtherProtocols::Predicted || facts.service.ingress.iter().any(is_hostname);
    (!is_dialled).then_some(TargetKind::PublicName(name))
}

fn node_port_use(service: &Service) -> NodePortUse {
    if service.service_type == ServiceType::NodePort { NodePortUse::Clients } else { NodePortUse::Evidence }
}

/// The node port that somebody dials on purpose, though the Service may have a load balancer.
fn typed_node_port(facts: &Facts, options: &PlanOptions) -> Option<TargetKind> {
    let asked = options.asked.iter().flat_map(|asked| &asked.steps);
    let mut addresses = asked.filter_map(|step| match step {
        Step::NodePort { address, .. } => Some(*address),
        _ => None,
    });
    let address = addresses.next()?;
    let has_it = |node: &&Node| node.internal_ips.contains(&address) || node.external_ips.contains(&address);
    Some(TargetKind::NodePort { node: facts.nodes.iter().find(has_it)?.name.clone(), address })
}

/// The node's own, one of a node with endpoint and one of a node without: the first of each, so
/// that the number of checks does not grow with the cluster.
fn node_ports(facts: &Facts) -> Vec<TargetKind> {
    let with_endpoint = facts.endpoint_nodes();
    let fit = || facts.nodes.iter().filter(|node| unfit(node).is_none());
    let families: BTreeSet<_> = facts.service.cluster_ips.iter().map(IpAddr::is_ipv6).collect();
    let first = |wanted: bool, v6: bool| {
        let nodes = fit().filter(|node| with_endpoint.contains(node.name.as_str()) == wanted);
        nodes.into_iter().find_map(|node| node_port(node, v6))
    };
    // The address by which a node knows itself is the first one.
    let own_family = facts.nodes.iter().find_map(|node| node.internal_ips.first()).map(IpAddr::is_ipv6);
    let own = own_family.is_none_or(|v6| families.is_empty() || families.contains(&v6)).then_some(TargetKind::OwnNodePort);
    let others = families.iter().flat_map(|v6| [first(true, *v6), first(false, *v6)]);
    own.into_iter().chain(others.flatten()).collect()
}

fn node_port(node: &Node, v6: bool) -> Option<TargetKind> {
    let address = node.internal_ips.iter().find(|address| address.is_ipv6() == v6)?;
    Some(TargetKind::NodePort { node: node.name.clone(), address: *address })
}

/// Ready endpoints of different nodes, and one of each keeper of EndpointSlices: slices that another one left over have
/// endpoints that answer nobody.
fn endpoints(facts: &Facts) -> Vec<&Endpoint> {
    let mut nodes = BTreeSet::new();
    let ready = || facts.endpoints.iter().filter(|endpoint| endpoint.ready);
    let mut chosen: Vec<_> = ready().filter(|endpoint| nodes.insert(&endpoint.node)).take(ENDPOINTS).collect();
    let mut keepers = BTreeSet::new();
    for slice in facts.slices.value().into_iter().flatten() {
        let is_of_slice = |endpoint: &&Endpoint| endpoint.addresses.first().is_some_and(|address| slice.addresses.contains(address));
        let is_new = keepers.insert(&slice.managed_by);
        if is_new && !chosen.iter().any(is_of_slice) && chosen.len() < MOST_ENDPOINTS {
            chosen.extend(ready().find(is_of_slice));
        }
    }
    chosen
}

fn endpoint_kind(endpoint: &Endpoint) -> Option<TargetKind> {
    Some(TargetKind::Endpoint { node: endpoint.node.clone(), address: *endpoint.addresses.first()? })
}

/// The endpoint's port behind one of the Service's, which has the same name.
fn own_port(endpoint: &Endpoint, declared: &ServicePort) -> Option<u16> {
    endpoint.ports.iter().flatten().find(|port| port.is_behind(declared)).map(|port| port.port)
}

/// What is said at a port of UDP: what the user says, or what its appProtocol, its name or its number tell.
fn datagram(port: &ServicePort, options: &PlanOptions) -> Option<Datagram> {
    if port.protocol != Protocol::Udp {
        return None;
    }
    options.request.datagram.clone().or_else(|| match (first_word(port).as_str(), port.port) {
        ("dns", _) | (_, 53) => Some(Datagram::Dns { name: None }),
        ("quic" | "http3" | "h3", _) | (_, 443) => Some(Datagram::Quic),
        _ => None,
    })
}

/// The protocol that a port is said to speak: of its appProtocol or else its name, whose first word it is by Istio's convention.
fn first_word(port: &ServicePort) -> String {
    let said = port.app_protocol.as_deref().or(port.name.as_deref()).unwrap_or_default().to_ascii_lowercase();
    said.rsplit('/').next().unwrap_or_default().split('-').next().unwrap_or_default().to_owned()
}

/// From appProtocol, then the name (Istio's convention: the protocol is the name's first word),
/// then the usual numbers.
fn guess(port: &ServicePort) -> Scheme {
    match (first_word(port).as_str(), port.port) {
        ("https", _) | ("", 443) => Scheme::Https,
        ("tls", _) => Scheme::Tls,
        ("h2c", _) => Scheme::H2c,
        ("http" | "http2", _) | ("", 80) => Scheme::Http,
        _ => Scheme::Tcp,
    }
}

fn exchange(scheme: Scheme, options: &PlanOptions) -> Exchange {
    let page = || Call::Page { method: "GET".into(), path: options.path.clone().unwrap_or_else(|| ROOT.into()) };
    let health = || Call::Health { grpc_service: options.request.grpc_service.clone().unwrap_or_default() };
    let request = |call, protocol| HttpRequest {
        call,
        host: options.host.clone(),
        headers: options.request.headers.clone(),
        protocol,
        expected: options.request.expected.clone(),
        source_from: options.request.source_from.clone(),
    };
    let in_tls = |request| Exchange::Https { sni: options.host.clone(), request };
    match scheme {
        Scheme::Tcp => Exchange::Connect,
        Scheme::Http => Exchange::Http(request(page(), HttpProtocol::Http1)),
        Scheme::H2c => Exchange::Http(request(page(), HttpProtocol::Http2)),
        Scheme::Tls => Exchange::Tls { sni: options.host.clone() },
        Scheme::Https => in_tls(request(page(), HttpProtocol::Http1)),
        Scheme::H2 => in_tls(request(page(), HttpProtocol::Http2)),
        Scheme::Grpc => Exchange::Http(request(health(), HttpProtocol::Http2)),
        Scheme::Grpcs => in_tls(request(health(), HttpProtocol::Http2)),
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::StatusRange;

    use super::*;
    use crate::fixture::facts;
    use crate::plan::{Plan, RequestOptions};

    #[test]
    fn who_expects_a_status_says_that_http_is_spoken_and_hears_where_it_is_not() {
        let mut facts = facts();
        facts.service.ports.push(ServicePort { name: Some("pay".into()), ..ServicePort::tcp(5000) });
        let planned = |expected| {
            let request = RequestOptions { expected, ..RequestOptions::default() };
            let plan = Plan::new(&facts, &PlanOptions { request, ..PlanOptions::default() });
            let from = |port| plan.targets.iter().find(|target| target.port == port).unwrap().protocol_from;
            (from(80), from(5000), plan.skipped)
        };
        assert_eq!(planned(Vec::new()), (ProtocolFrom::Guess, ProtocolFrom::Guess, Vec::new()));
        let subject = SkipSubject::Port { port: 5000, protocol: Protocol::Tcp };
        let skipped = vec![Skip { subject, reason: SkipReason::NoStatus }];
        assert_eq!(planned(vec![StatusRange { first: 200, last: 299 }]), (ProtocolFrom::User, ProtocolFrom::Guess, skipped));
    }
}
