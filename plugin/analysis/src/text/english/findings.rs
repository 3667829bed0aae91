//! The words for what causes state.

use super::reports::checks::port;
use super::{names, ports};
use crate::causes::finding::{AddressOwner, Answerer, Finding, LoopbackPattern, Pattern, PodReason, Share, SidecarFault, WithoutEndpoint};
use crate::facts::{HostPort, MissingPort};
use crate::kube_proxy::ServiceProxy;
use crate::vantage::{FailingFrom, NoAnswer};
use crate::words;

/// DaemonSets that a line names.
const HOST_PORTS: usize = 2;

/// Addresses that a line names.
const NAMED: usize = 3;

/// Characters of a host that are shown.
const HOST: usize = 60;

#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn finding(finding: &Finding) -> String {
    match finding {
        Finding::NoEndpoints { without: WithoutEndpoint::Everywhere } => {
            "the Service has no ready endpoint: nothing can answer, from anywhere".into()
        }
        Finding::NoEndpoints { without: WithoutEndpoint::OlderKubeProxies } => {
            "the Service has no ready endpoint, and kube-proxy before 1.26 does not use terminating ones".into()
        }
        Finding::LocalPolicyWithoutLocalEndpoint { except, by } => local_policy(except, *by),
        Finding::InternalPolicyWithoutLocalEndpoint => {
            "internalTrafficPolicy is Local, and the failing nodes have no endpoint of their own: the ClusterIP and the DNS name work \
             only beside an endpoint"
                .into()
        }
        Finding::SourceRanges => {
            "loadBalancerSourceRanges does not contain the failing clients' addresses: kube-proxy applies it inside the cluster too".into()
        }
        Finding::Loopback { shows: LoopbackPattern::EndpointNodes } => {
            "only nodes with an endpoint fail: the load balancer cannot return a backend's connection to the same backend".into()
        }
        Finding::Loopback { shows: LoopbackPattern::NowAndThen } => {
            "connections fail whenever the load balancer picks the client's own node: it has no loopback to the backend they came from"
                .into()
        }
        Finding::ReplyBypassesNode { source } => format!(
            "pods beside an endpoint fail: its reply goes from pod to pod past the node ({source}), where kube-proxy's translation would be \
             undone"
        ),
        Finding::EndpointReplyBypassesNode { nodes } => format!(
            "endpoints on {} reply past the node that forwards to them. Under externalTrafficPolicy Local only a reply through that node reaches \
             the client. Pods with a network interface of their own, such as Terway's ENIs, send it directly",
            names(nodes)
        ),
        Finding::PolicyAtEveryAddress { by } => format!(
            "{} applies externalTrafficPolicy Local at every address of the Service: on nodes without an endpoint the ClusterIP and the DNS \
             name fail too",
            by.map_or("the nodes' service proxy", service_proxy)
        ),
        Finding::ClusterDns { from: Share::All } => "the Service's DNS name does not resolve from any vantage".into(),
        Finding::ClusterDns { from: Share::Some } => "the Service's DNS name does not resolve from some vantages".into(),
        Finding::UndeclaredPort { ports, address } => undeclared_port(ports, *address),
        Finding::WrongServer { answerer } => {
            let who = match answerer {
                Answerer::ProcessOfNode => "a process of the node",
                Answerer::SomethingOnNode => "something on the node",
            };
            format!("{who} answers at the load balancer's address instead of the load balancer")
        }
        Finding::ProxyHeaderMissing => {
            "the servers expect the PROXY header that the load balancer adds, and connections from inside arrive without it: kube-proxy \
             intercepts the load balancer's address"
                .into()
        }
        Finding::TlsEndsAtLoadBalancer => {
            "TLS ends at the load balancer, and connections from inside bypass it: kube-proxy intercepts the load balancer's address, and \
             the servers speak plain HTTP"
                .into()
        }
        Finding::NetworkPolicy => {
            "a NetworkPolicy keeps the pods from the Service's endpoints: it sees the endpoint's address, not the load balancer's".into()
        }
        Finding::BetweenNodes => {
            "connections to pods on other nodes are lost: the cause is the network between nodes, or a firewall that drops forwarded \
             packets, not the Service"
                .into()
        }
        Finding::StaleRules { nodes } => {
            format!("kube-proxy on {} fails to write its rules: the nodes still follow an older state of the Service", names(nodes))
        }
        Finding::DrainedServers { nodes } => format!(
            "ipvs on {} keeps ready endpoints without weight: kube-proxy was restarted or upgraded while it removed them, and took them \
             back as they were (kubernetes#108319)",
            names(nodes)
        ),
        Finding::NodeNameDiffers { nodes } => {
            format!("kube-proxy on {} does not recognise its own node's endpoints as local: it runs under another node name", names(nodes))
        }
        Finding::ExternalIps => "kube-proxy does not treat spec.externalIPs like the load balancer's own address".into(),
        Finding::AddressOfANode { node } => {
            format!("the load balancer's address belongs to node {node}, and kube-proxy in ipvs mode binds it on the other nodes")
        }
        Finding::CertManagerSelfCheck => {
            "cert-manager checks its own challenges through the load balancer from inside, and fails for the same reason".into()
        }
        Finding::HostPortConflict { taken } => format!(
            "{} on its nodes, and with it the load balancer's address there: clients on these nodes reach the wrong pods",
            host_ports(taken)
        ),
        Finding::RedirectFails { to: Some(to) } => {
            format!("the load balancer answers, but its redirect to {to} leads nowhere from inside the cluster")
        }
        Finding::RedirectFails { to: None } => {
            "the load balancer answers the first request, but not a second one made the way curl does".into()
        }
        Finding::UnexpectedAnswer { ports, outcomes, everywhere } => {
            let outcomes: Vec<_> = outcomes.iter().map(ToString::to_string).collect();
            let (port, outcomes) = (super::ports(ports), words::short_list(&outcomes, 3));
            if *everywhere {
                format!("connections to port {port} succeed everywhere, but the answer is not the expected one: {outcomes}")
            } else {
                format!("connections to port {port} succeed, but some of them get an unexpected answer: {outcomes}")
            }
        }
        Finding::PublicName { name, addresses, .. } if addresses.is_empty() => {
            format!("the name {name} does not resolve inside the cluster")
        }
        Finding::PublicName { name, addresses, here_too } => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            let addresses = words::short_list(&addresses, NAMED);
            if *here_too {
                format!("the name {name} leads to {addresses}, which the Service does not have, and nobody answers there from inside")
            } else {
                format!("inside the cluster, the name {name} leads to {addresses}, which the Service does not have")
            }
        }
        Finding::PortWithoutEndpoint { ports } => port_without_endpoint(ports),
        Finding::AddressOfOtherFamily { addresses } => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!(
                "nobody serves {}: the Service has no ClusterIP of that family (ipFamilyPolicy), so kube-proxy ignores the address",
                words::list(&addresses)
            )
        }
        Finding::NobodyListens { ports } => {
            let them = if ports.len() == 1 { "it" } else { "them" };
            format!("nothing listens behind {}: the endpoints themselves refuse {them}", super::transport_ports(ports))
        }
        Finding::Unreachable => "the Service answers at none of its addresses, from any vantage".into(),
        Finding::DeadEndpoints { addresses } if addresses.is_empty() => {
            "connections fail now and then at every address of the Service: some of its endpoints do not answer".into()
        }
        Finding::DeadEndpoints { addresses } => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            format!(
                "the Service has endpoints that answer nobody, and a part of all connections goes there: {}",
                words::short_list(&addresses, NAMED)
            )
        }
        Finding::NodePortWithoutLocalEndpoint { nodes } => {
            format!("externalTrafficPolicy is Local, and {} without an endpoint: their node ports do not answer", are(nodes))
        }
        Finding::NodePortAddresses { nodes } => {
            format!("kube-proxy's nodePortAddresses excludes the addresses of {}: nothing listens at their node ports", names(nodes))
        }
        Finding::NodePortReplyAstray { nodes } => format!(
            "{} forwards node port connections to endpoints on other nodes, and the replies do not come back through it",
            names(nodes)
        ),
        Finding::NodePortLost { nodes } => {
            format!(
                "connections from other nodes to the node ports of {} get no answer: something on the way drops the packets",
                names(nodes)
            )
        }
        Finding::FailsOutside => "clients outside get no answer, though the Service answers inside".into(),
        Finding::NamedPod { pod, why } => named_pod(pod, why),
        Finding::Elsewhere { host, port, how, from, answers_outside } => elsewhere(host, *port, *how, from, *answers_outside),
        Finding::Unrecognised { pattern: Pattern::NowAndThen } => "connections fail now and then".into(),
        Finding::Unrecognised { pattern: Pattern::Unknown } => "some checks fail in a pattern that no known cause has".into(),
    }
}

fn named_pod(pod: &str, why: &PodReason) -> String {
    match why {
        PodReason::NetworkPolicy => {
            format!("a NetworkPolicy keeps {pod} from the Service: it sees the endpoint's address, not the load balancer's")
        }
        PodReason::Sidecar { container, fault: SidecarFault::NotPassedOn } => {
            format!("the sidecar {container} in {pod} takes its connections and does not pass them on; the network is not at fault")
        }
        PodReason::Sidecar { container, fault: SidecarFault::TlsToPlain } => {
            format!("the sidecar {container} in {pod} sends TLS to a port that serves plain HTTP; the network is not at fault")
        }
        PodReason::Sidecar { container, fault: SidecarFault::TlsFails } => {
            format!("TLS between the sidecar {container} in {pod} and the server fails; the network is not at fault")
        }
        PodReason::Sidecar { container, fault: SidecarFault::ConnectionFails } => format!(
            "the sidecar {container} in {pod} cannot connect where a plain pod can: it sends TLS to a port that serves plain HTTP, or dials \
             other endpoints"
        ),
        PodReason::Sidecar { container, fault: SidecarFault::OtherAnswer } => format!(
            "through the sidecar {container}, {pod} gets an error that a plain pod does not get: another route, a policy of the mesh, or the \
             server itself"
        ),
        PodReason::OwnInterface { .. } => {
            format!("{pod} has a network interface of its own, and its security groups or its subnet most likely keep it from the Service")
        }
        PodReason::HostAlias { name } => {
            format!("{pod} resolves {name} by its own hosts file (hostAliases), to an address that does not answer")
        }
        PodReason::OwnDns { policy } => {
            format!("{pod} does not use the cluster's DNS (dnsPolicy {policy}), so it cannot resolve the Service's name")
        }
        PodReason::NotCompared => {
            format!("{pod} fails; nothing was measured from a plain pod on its node, so the cause may be the pod or the node")
        }
        PodReason::NotKnown => {
            format!(
                "{pod} fails where another client on its node is answered: the cause is most likely in the pod, not in its node or the Service"
            )
        }
    }
}

/// "node2 and node3 are".
fn are(nodes: &[String]) -> String {
    format!("{} {}", names(nodes), if nodes.len() == 1 { "is" } else { "are" })
}

fn port_without_endpoint(missing: &[MissingPort]) -> String {
    let each = |missing: &MissingPort| match &missing.name {
        Some(name) => format!("named {name} (port {})", port(missing.port)),
        None => format!("for port {}", port(missing.port)),
    };
    let ports: Vec<_> = missing.iter().map(each).collect();
    format!("no endpoint has a port {}: kube-proxy refuses it at every address", words::list(&ports))
}

/// "DaemonSet edge/agent takes port 80".
fn host_ports(taken: &[HostPort]) -> String {
    let each: Vec<_> =
        taken.iter().map(|taken| format!("DaemonSet {}/{} takes port {}", taken.namespace, taken.name, taken.port)).collect();
    words::short_list(&each, HOST_PORTS)
}

/// Who decides about a connection.
pub(crate) const fn service_proxy(proxy: ServiceProxy) -> &'static str {
    match proxy {
        ServiceProxy::KubeProxy => "kube-proxy",
        ServiceProxy::AntreaProxy => "AntreaProxy",
        ServiceProxy::Calico => "Calico",
        ServiceProxy::Cilium => "Cilium",
        ServiceProxy::KubeRouter => "kube-router",
        ServiceProxy::OvnKubernetes => "OVN-Kubernetes",
        ServiceProxy::Terway => "Terway",
        ServiceProxy::LoadBalancer => "the load balancer",
    }
}

fn local_policy(except: &[String], by: ServiceProxy) -> String {
    let which = if except.is_empty() {
        "the failing nodes have no endpoint of their own".to_owned()
    } else {
        format!("the failing nodes (except {}) have no local endpoint", names(except))
    };
    let by = service_proxy(by);
    format!("externalTrafficPolicy is Local, and {which}: {by} intercepts the load balancer's address there, with nowhere to send it")
}

fn elsewhere(host: &str, port: u16, how: NoAnswer, from: &FailingFrom, answers_outside: Option<bool>) -> String {
    let host = words::printable(host, HOST);
    let target = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let fails = match how {
        NoAnswer::Unresolved => unresolved_elsewhere(&host, from),
        NoAnswer::Unreached => unreached_elsewhere(&target, from),
        NoAnswer::CutOff => format!("{target} takes connections and breaks them off{}", of_whom(from)),
        NoAnswer::NowAndThen => format!("{target} answers only now and then{}", of_whom(from)),
    };
    match answers_outside {
        None => fails,
        Some(true) => format!("{fails}; clients outside get an answer"),
        Some(false) => format!("{fails}; clients outside get none either"),
    }
}

fn unresolved_elsewhere(host: &str, from: &FailingFrom) -> String {
    match from {
        FailingFrom::Everywhere => format!("{host} does not resolve inside the cluster"),
        FailingFrom::Pods => format!("{host} does not resolve in pods, and does on the hosts of their nodes"),
        FailingFrom::PodsOf(nodes) => format!("{host} does not resolve in pods on {}, and does on their hosts", names(nodes)),
        FailingFrom::Hosts => format!("{host} does not resolve on hosts, and does in their pods"),
        FailingFrom::Nodes(nodes) => format!("{host} does not resolve on {}, and does on other nodes", names(nodes)),
        FailingFrom::Some => format!("{host} does not resolve for some vantages"),
    }
}

fn unreached_elsewhere(target: &str, from: &FailingFrom) -> String {
    match from {
        FailingFrom::Everywhere => format!("{target} answers nobody inside the cluster"),
        FailingFrom::Pods => format!("{target} does not answer pods, and answers the hosts of their nodes"),
        FailingFrom::PodsOf(nodes) => format!("{target} does not answer pods on {}, and answers their hosts", names(nodes)),
        FailingFrom::Hosts => format!("{target} does not answer hosts, and answers their pods"),
        FailingFrom::Nodes(nodes) => format!("{target} does not answer {}, and answers other nodes", names(nodes)),
        FailingFrom::Some => format!("{target} does not answer some vantages, and answers others"),
    }
}

fn of_whom(from: &FailingFrom) -> String {
    match from {
        FailingFrom::Everywhere => ", whoever dials it inside the cluster".into(),
        FailingFrom::Pods => " where pods dial it".into(),
        FailingFrom::PodsOf(nodes) => format!(" where pods on {} dial it", names(nodes)),
        FailingFrom::Hosts => " where hosts dial it".into(),
        FailingFrom::Nodes(nodes) => format!(" on {}", names(nodes)),
        FailingFrom::Some => " for some vantages".into(),
    }
}

fn undeclared_port(numbers: &[u16], address: AddressOwner) -> String {
    match address {
        AddressOwner::KubeProxy => format!(
            "port {} is not the Service's, and kube-proxy keeps the load balancer's whole address on the node: clients inside \
             cannot reach what listens there outside",
            ports(numbers)
        ),
        AddressOwner::LoadBalancer => {
            format!("port {} is not the Service's: nobody answers there, and kube-proxy is not involved", ports(numbers))
        }
    }
}
