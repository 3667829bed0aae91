//! The words for evidence.

use std::fmt::Display;
use std::net::IpAddr;

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{BehindProxy, ConnectFailure, Outcome};

use super::findings::service_proxy;
use super::rules::rule;
use super::{names, ports, transport_ports};
use crate::causes::evidence::{
    Behaviour, Dialled, EndpointState, Evidence, FailedCheck, Failure, Frequency, KnownModes, ModeSource, Server,
};
use crate::facts::{OwnInterface, TransportPort};
use crate::kube_proxy::Rule;
use crate::plan::Network;
use crate::remedies::IdleServer;
use crate::words;

/// Targets that a line names.
const TARGETS: usize = 4;

/// Other things that a line names.
const NAMED: usize = 3;

/// Characters of what another program says.
const FOREIGN: usize = 160;

#[expect(clippy::too_many_lines, reason = "one line for each: a table")]
pub(crate) fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Fails(failure) => failure_line(failure),
        Evidence::FailsBesidePolicy(failure) => format!("{}: the policy does not explain this; run again", failure_line(failure)),
        Evidence::Reaches { network, nodes } => format!("{} on {} reach it", who(*network), names(nodes)),
        Evidence::SameReachClusterIp { network } => {
            format!("the same {} reach the ClusterIP, so the endpoints and the network work", noun(*network))
        }
        Evidence::ReachesFromNodeAddress { nodes } => format!(
            "the hosts on {} connect when they dial from the node's own address: by default the kernel picks the load balancer's address \
             as source, which ipvs holds on the node",
            names(nodes)
        ),
        Evidence::EndpointsOnlyOn { state, nodes, ports } if ports.is_empty() => {
            format!("{} are on {} only", endpoints(*state), names(nodes))
        }
        Evidence::EndpointsOnlyOn { state, nodes, ports } => {
            format!("for {} {} are on {} only", transport_ports(ports), endpoints(*state), names(nodes))
        }
        Evidence::PortsNotInSlices { offered, .. } if offered.is_empty() => {
            "the EndpointSlices have ready addresses without any port".into()
        }
        Evidence::PortsNotInSlices { offered, .. } => {
            format!("the EndpointSlices only have {}", words::short_list(offered, TARGETS))
        }
        Evidence::FailsAtPorts { ports, outcomes } => {
            let verb = if ports.len() == 1 { "fails" } else { "fail" };
            format!("{} {verb} at the ClusterIP too: {}", transport_ports(ports), ways(outcomes))
        }
        Evidence::EndpointsRefuse { ports, addresses, on_own_node } => endpoints_refuse(ports, addresses, *on_own_node),
        Evidence::FailsNowAndThenAtClusterIp { network, nodes } => {
            format!("{} on {} fail at the ClusterIP too, now and then", who(*network), names(nodes))
        }
        Evidence::EndpointsAnswerNobody { addresses } => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!("nobody reaches {} at its own address", words::short_list(&addresses, TARGETS))
        }
        Evidence::EndpointsNotDialled { number, of } => format!("not dialled at their own addresses: {number} of {of} endpoints"),
        Evidence::LeftOverSlice { slice } => {
            let keeper = slice.managed_by.as_deref().unwrap_or("nobody");
            format!("EndpointSlice {} is managed by {keeper}, which does not keep slices of such a Service", slice.name)
        }
        Evidence::ServiceFamilies { ipv4, ipv6 } => service_families(*ipv4, *ipv6).into(),
        Evidence::FailsAtAddress { network, nodes, address, outcomes } => {
            format!("{} on {} fail at {address}: {}", who(*network), names(nodes), ways(outcomes))
        }
        Evidence::FailsAtNodePorts { network, nodes, at, outcomes } => {
            format!("{} on {} fail at the node ports of {}: {}", who(*network), names(nodes), names(at), ways(outcomes))
        }
        Evidence::NodePortAnswersOwnHostAlone { nodes, from } => format!(
            "the node port of {}, which {} an endpoint, answers {} own host and times out from the hosts of {}",
            names(nodes),
            if nodes.len() == 1 { "has" } else { "have" },
            if nodes.len() == 1 { "its" } else { "each" },
            names(from)
        ),
        Evidence::EndpointsReachedDirectly { nodes } => {
            format!("from {} endpoints answer at their own addresses, so the pod network works", names(nodes))
        }
        Evidence::ReadyEndpointsOn { nodes } => format!("ready endpoints are on {}", names(nodes)),
        Evidence::EmptyVirtualServer { nodes } => {
            format!("/proc/net/ip_vs on {} has a virtual server for the address without any real server", names(nodes))
        }
        Evidence::AsPredicted { rule: by, modes, nodes } => as_predicted(*by, modes.as_ref(), nodes),
        Evidence::LooksLike { behaviour } => looks_like(*behaviour).into(),
        Evidence::KubeProxyRule { rule: by } => format!("kube-proxy: {}", rule(*by)),
        Evidence::FailsOnceConnected { network, nodes, targets, outcome } => {
            format!("{} on {} connect to {}, and then: {outcome}", who(*network), names(nodes), dialled_list(targets, TARGETS))
        }
        Evidence::AnsweredWithProxyHeader => "with a PROXY header the same request is answered".into(),
        Evidence::AnsweredInPlainHttp => "plain HTTP on the same port is answered".into(),
        Evidence::RedirectFails { network, nodes, targets, to, outcome } => {
            let (who, from, at) = (who(*network), names(nodes), dialled_list(targets, TARGETS));
            match to {
                Some(to) => format!("{who} on {from} are redirected by {at} to {to}, and there: {outcome}"),
                None => format!("{who} on {from} repeat the request at {at} as curl makes it: {outcome}"),
            }
        }
        Evidence::HostPortTaken { taken } => {
            let sets: Vec<_> = taken.iter().map(|taken| format!("{}/{} (port {})", taken.namespace, taken.name, taken.port)).collect();
            format!(
                "portmap forwards a hostPort at every address of the node, and this one belongs to DaemonSet {}",
                words::short_list(&sets, NAMED)
            )
        }
        Evidence::FailsOutside { targets, outcomes } => {
            format!("{} fail from outside the cluster: {}", dialled_list(targets, NAMED), listed(outcomes))
        }
        Evidence::WritesFailed { nodes, failures } => format!(
            "kube-proxy on {} failed to write its rules up to {} since it started",
            names(nodes),
            words::count(usize::try_from(*failures).unwrap_or(usize::MAX), "time")
        ),
        Evidence::NamedPodFails { pod, targets, outcomes } => {
            format!("{pod} fails at {}: {}", dialled_list(targets, TARGETS), listed(outcomes))
        }
        Evidence::NamedPodGetsError { pod, target, status, server, behind } => pod_error(pod, target, *status, server.as_deref(), *behind),
        Evidence::PlainPodReaches { vantage } => match vantage.network {
            Network::Pod => format!("a plain pod on {} is answered there", vantage.node),
            Network::Host => format!("the host {} is answered there", vantage.node),
        },
        Evidence::OwnInterface { by } => own_interface(*by).to_owned(),
        Evidence::Sidecar { container } => format!("the pod has a service mesh's proxy: container {container}"),
        Evidence::HostAlias { name, address } => format!("the pod's hostAliases map {name} to {address}"),
        Evidence::ProxyVariables { variables } => {
            format!("the pod's own programs may go through a proxy, which the probe does not: {}", words::short_list(variables, NAMED))
        }
        Evidence::AnswersInside => "inside, the ClusterIP answers".into(),
        Evidence::NoBackend { why } => super::risks::no_backend(why),
        Evidence::FailsAtExternalIps { network, nodes } => {
            format!("{} on {} fail at an external IP, and reach the load balancer's own address", who(*network), names(nodes))
        }
        Evidence::FailsAtClusterIp { network, nodes } => format!("{} on {} fail at the ClusterIP", who(*network), names(nodes)),
        Evidence::NameUnresolved { vantages, outcome } => format!("{}: {outcome}", listed(vantages)),
        Evidence::NameLeadsTo { name, address, vantages } => format!("{name} resolves to {address} for {}", listed(vantages)),
        Evidence::LoadBalancerAnswersThere => "from there the load balancer's own address answers, so only the name is at fault".into(),
        Evidence::ClusterIpAnswersThere => "from there the ClusterIP answers, so only the name is at fault".into(),
        Evidence::CheckFails { vantage, target, failed } => format!("{vantage} to {}: {}", dialled(target), failed_check(*failed)),
        Evidence::MoreChecksFail { number } => format!("and {number} more checks (all of them with -o json)"),
        Evidence::NoEndpointListed => "its EndpointSlices hold no endpoint".into(),
        Evidence::NoEndpointReady { listed } => {
            format!("its EndpointSlices hold {}, none of them ready", words::count(*listed, "endpoint"))
        }
        Evidence::FailsAtEveryAddress => {
            "ClusterIP and DNS name also fail from every vantage, so the load balancer's address is not the problem".into()
        }
        Evidence::TerminatingEndpointsNotUsed { serving, rejecting } => {
            format!("those on {} terminate and still serve; kube-proxy on {} does not use them", names(serving), names(rejecting))
        }
        Evidence::ReadyEndpointsListed { number } => format!("{}, by its EndpointSlices", words::count(*number, "ready endpoint")),
        Evidence::AddressesFailAlike => "load balancer, DNS name and ClusterIP fail alike on nodes with and without an endpoint".into(),
        Evidence::PodsFailAtClusterIp { nodes } => {
            format!("pods on {} fail at the ClusterIP too, and the hosts of the same nodes reach it", names(nodes))
        }
        Evidence::PodsFailAtEndpoints => "they also fail at the endpoints' own addresses: kube-proxy is not involved".into(),
        Evidence::LimitedByPolicies { policies } => {
            let policies: Vec<_> = policies.iter().map(|policy| format!("NetworkPolicy {policy}")).collect();
            format!("these policies limit the pods: {}", words::short_list(&policies, NAMED))
        }
        Evidence::RefusalsKeptBack { node } => {
            format!("{node} kept refusals back, as the kernel limits their rate (icmp_ratelimit): what timed out may have been refused")
        }
        Evidence::PoliciesNotKnown { reason } => format!("which policies select the pods is not known: {reason}"),
        Evidence::SourceRanges { ranges } => {
            let ranges: Vec<_> = ranges.iter().map(ToString::to_string).collect();
            format!("loadBalancerSourceRanges: {}", words::short_list(&ranges, TARGETS))
        }
        Evidence::WithinSourceRange { network, nodes } => {
            format!("{} on {} are within a range, and reach it", who(*network), names(nodes))
        }
        Evidence::PortsNotDeclared { ports: numbers } => format!("the Service declares no port {}", ports(numbers)),
        Evidence::EndsAtRule { node, network, destination, table, chain, comment } => {
            let comment = comment.as_deref().map(|comment| format!(": \"{}\"", words::printable(comment, FOREIGN))).unwrap_or_default();
            let (table, chain) = (words::printable(table, FOREIGN), words::printable(chain, FOREIGN));
            format!("{node} drops or rejects a packet from its {network} network to {destination} in {chain} (table {table}){comment}")
        }
        Evidence::ReplyToLoadBalancer { node, destination, server } => format!(
            "{node}'s host used the address of {destination} as its own source (conntrack): the reply from {server} never came back"
        ),
        Evidence::FailsElsewhere { network, nodes, outcomes } => {
            format!("{} on {} fail: {}", who(*network), names(nodes), ways(outcomes))
        }
        Evidence::FailsAtUndeclaredPort { network, nodes, outcomes } => {
            format!("{} on {} fail there: {}", who(*network), names(nodes), ways(outcomes))
        }
        Evidence::ChallengesPending { names } => {
            format!("{} pending for {}", words::count(names.len(), "challenge"), words::short_list(names, NAMED))
        }
        Evidence::CertManagerSays { message } => format!("cert-manager says: {}", words::printable(message, FOREIGN)),
        Evidence::NothingReady => "no endpoint is ready".into(),
        Evidence::PolicyLocalNotFollowed { nodes } => {
            format!("externalTrafficPolicy is Local with ready endpoints on {}; the failures do not follow that", names(nodes))
        }
        Evidence::PolicyCluster { nodes } => format!("externalTrafficPolicy is Cluster; ready endpoints are on {}", names(nodes)),
        Evidence::ChangeWaits { nodes, seconds } => {
            format!("on {} a change has waited for up to {seconds} s to be written into the rules", names(nodes))
        }
        Evidence::KubeProxyUnhealthy { nodes } => format!("kube-proxy on {} reports that it is not healthy", names(nodes)),
        Evidence::DiffersFromService => "what is seen there does not match the Service and its endpoints".into(),
        Evidence::EndpointsWithoutWeight { servers } => {
            let servers: Vec<_> = servers.iter().map(idle_server).collect();
            format!("/proc/net/ip_vs has ready endpoints with weight 0: {}", words::short_list(&servers, NAMED))
        }
        Evidence::VirtualServersRefuse { nodes } => {
            format!("connections to these virtual servers are refused on {}, where kube-proxy should answer", names(nodes))
        }
        Evidence::KubeProxyOlderThan { minor, nodes } => {
            format!("kube-proxy on {} is older than 1.{minor}, which sets weights right when it starts", names(nodes))
        }
        Evidence::CountsNoLocalEndpoint { nodes } => {
            format!("EndpointSlices have ready endpoints on {}; kube-proxy there counts none (healthCheckNodePort)", names(nodes))
        }
        Evidence::CountMayBeOfAMoment { nodes } => {
            format!("not certain: kube-proxy on {} may just have been taking up new endpoints; run it again in a few seconds", names(nodes))
        }
        Evidence::NodeNotEligible { nodes } => {
            format!("its healthz says nodeEligible: false on {}: it does not find its Node object", names(nodes))
        }
        Evidence::FailsBesideEndpoints => "the load balancer's address fails from nodes with an endpoint too".into(),
        Evidence::OtherNodesUnreached { network, nodes } => {
            format!("{} on {} reach no endpoint on another node by its own address", who(*network), names(nodes))
        }
        Evidence::AnswersOnEndpointNode => "on the endpoint's own node the Service answers".into(),
        Evidence::NetworkUnavailable { nodes } => format!("NetworkUnavailable is reported by {}", names(nodes)),
        Evidence::AddressOfNode { address, node } => format!("the load balancer's address {address} is that of node {node}"),
        Evidence::HeldByOtherNodes { nodes, owner } => {
            format!("{} also hold it as their own address: no packet to {owner} leaves them, on any port", names(nodes))
        }
        Evidence::AddressOnNode { address, nodes } => {
            format!("{address} is the node's own address on {}: packets to it never leave the node", names(nodes))
        }
        Evidence::Answers { targets, server: by } => format!("at {} answers {}", dialled_list(targets, NAMED), server(by)),
        Evidence::EndpointsAnswer { servers } => {
            let servers: Vec<_> = servers.iter().map(server).collect();
            format!("the Service's own endpoints answer with {}", words::short_list(&servers, NAMED))
        }
        Evidence::AnsweredPortNotDeclared => "the Service does not declare the port: none of its endpoints can be what answers".into(),
        Evidence::AnsweredAddressOnNode { nodes } => {
            format!("the address is the node's own on {}: packets to it never leave the node", names(nodes))
        }
        Evidence::NodeListens => "on these nodes a process listens on this port at all addresses".into(),
        Evidence::NobodyListens => {
            "no process listens there at all addresses: a pod's hostPort or another program's rule takes the connection".into()
        }
        Evidence::NoIpvsDevice => "the node has no kube-ipvs0: a route of the cloud's agent or a rule keeps the address on the node".into(),
    }
}

/// "shop/cart gets HTTP 502 from server envoy at 198.51.100.1:80".
fn pod_error(pod: &str, target: &Dialled, status: u16, server: Option<&str>, behind: Option<BehindProxy>) -> String {
    let by = server.map(|server| format!(" from server {}", words::printable(server, FOREIGN))).unwrap_or_default();
    let behind = match behind {
        Some(BehindProxy::PlainServer) => ", which says that the next server speaks no TLS",
        Some(BehindProxy::Tls) => ", which says that TLS to the next server failed",
        Some(BehindProxy::Unreached) => ", which says that the next server does not take its connection",
        Some(BehindProxy::Connection) => ", which says that its connection to the next server failed",
        None => "",
    };
    format!("{pod} gets HTTP {status}{by} at {}{behind}", self::dialled(target))
}

const fn own_interface(by: OwnInterface) -> &'static str {
    match by {
        OwnInterface::Terway => "the pod has an ENI of its own (Terway's annotation k8s.aliyun.com/pod-eni or pod-networking)",
        OwnInterface::AlibabaCompute => "the pod names its own security groups (annotation network.alibabacloud.com/security-group-ids)",
        OwnInterface::Aws => "the pod has a branch interface of its own (annotation vpc.amazonaws.com/pod-eni)",
    }
}

const fn service_families(ipv4: bool, ipv6: bool) -> &'static str {
    match (ipv4, ipv6) {
        (true, true) => "the Service has ClusterIPs of both families",
        (true, false) => "the Service is single-stack: its ClusterIP is IPv4",
        (false, true) => "the Service is single-stack: its ClusterIP is IPv6",
        (false, false) => "the Service has no ClusterIP",
    }
}

/// "pods" or "the hosts", as a subject.
fn who(network: Network) -> &'static str {
    match network {
        Network::Pod => "pods",
        Network::Host => "the hosts",
    }
}

fn noun(network: Network) -> &'static str {
    match network {
        Network::Pod => "pods",
        Network::Host => "hosts",
    }
}

/// "pods on node2 and node3 time out at 198.51.100.1:80 and 198.51.100.1:443".
fn failure_line(failure: &Failure) -> String {
    match failure {
        Failure::OneWay { network, nodes, targets, outcome, frequency } => {
            let often = match frequency {
                Frequency::Always => "",
                Frequency::NowAndThen => ", now and then",
            };
            format!("{} on {} {} {}{often}", who(*network), names(nodes), verb(*outcome), dialled_list(targets, TARGETS))
        }
        Failure::OtherWays { network, nodes, ways } => format!("{} on {} fail in {ways} other ways", who(*network), names(nodes)),
    }
}

/// What several clients do: "time out at".
fn verb(outcome: Outcome) -> String {
    match outcome {
        Outcome::Connect(ConnectFailure::TimedOut) => "time out at".into(),
        Outcome::Connect(ConnectFailure::NoAnswer) => "get no answer by UDP at".into(),
        Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)) => "are refused at".into(),
        other => format!("fail ({other}) at"),
    }
}

fn endpoints(state: EndpointState) -> &'static str {
    match state {
        EndpointState::Ready => "ready endpoints",
        EndpointState::TerminatingAndServing => "endpoints that terminate and still serve",
    }
}

fn as_predicted(by: Rule, modes: Option<&KnownModes>, nodes: &[String]) -> String {
    let mode = modes.map(in_modes).unwrap_or_default();
    let place = if nodes.is_empty() { "here".to_owned() } else { format!("on {}", names(nodes)) };
    format!("exactly what {}{mode} does {place}: {}", service_proxy(by.service_proxy()), rule(by))
}

/// " in iptables mode (asked on the nodes)".
fn in_modes(known: &KnownModes) -> String {
    let modes: Vec<_> = known.modes.iter().map(ToString::to_string).collect();
    let source = match &known.source {
        ModeSource::AskedOnNodes => "asked on the nodes",
        ModeSource::Configuration(place) => place,
    };
    format!(" in {} mode ({source})", words::list(&modes))
}

fn looks_like(behaviour: Behaviour) -> &'static str {
    match behaviour {
        Behaviour::PodsTimeOut => {
            "pods only, by silence: as kube-proxy in iptables or nftables mode does where its clusterCIDR does not cover the pods' addresses"
        }
        Behaviour::HostsTimeOut => {
            "hosts only, by silence: as kube-proxy in ipvs mode from Kubernetes 1.24 does, and nftables mode before 1.34"
        }
        Behaviour::Refused => "by refusal: as kube-proxy in ipvs mode does before Kubernetes 1.24",
    }
}

fn idle_server(server: &IdleServer) -> String {
    format!("{} behind {} on {}", server.endpoint, server.virtual_server, server.node)
}

fn server(server: &Server) -> String {
    match server {
        Server::Certificate { fingerprint, names } if names.is_empty() => format!("certificate {fingerprint} (without a name)"),
        Server::Certificate { fingerprint, names } => format!("certificate {fingerprint} ({})", words::list(names)),
        Server::Http { name: Some(name) } => format!("HTTP server {name}"),
        Server::Http { name: None } => "an HTTP server without a name".into(),
        Server::Anonymous => "somebody".into(),
    }
}

fn dialled(target: &Dialled) -> String {
    match target {
        Dialled::Address(address) => address.to_string(),
        Dialled::Name { host, port } => format!("{host}:{port}"),
        Dialled::OwnNode { port } => format!("the node:{port}"),
    }
}

fn dialled_list(targets: &[Dialled], most: usize) -> String {
    words::short_list(&targets.iter().map(dialled).collect::<Vec<_>>(), most)
}

fn ways(outcomes: &[Outcome]) -> String {
    words::short_list(&outcomes.iter().map(ToString::to_string).collect::<Vec<_>>(), TARGETS)
}

pub(crate) fn failed_check(failed: FailedCheck) -> String {
    match failed.samples {
        Some((number, of)) => format!("{number} of {of} {}", failed.outcome),
        None => failed.outcome.to_string(),
    }
}

fn listed(items: &[impl Display]) -> String {
    words::short_list(&items.iter().map(ToString::to_string).collect::<Vec<_>>(), NAMED)
}

fn endpoints_refuse(ports: &[TransportPort], addresses: &[IpAddr], on_own_node: bool) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let who = words::short_list(&addresses, NAMED);
    let (refuses, own) = if addresses.len() == 1 { ("itself refuses", "its own node") } else { ("themselves refuse", "their own nodes") };
    let dialled = if on_own_node { format!("even when the host of {own} dials") } else { "at least when other nodes dial".into() };
    format!("{who} {refuses} {}, {dialled}", transport_ports(ports))
}
