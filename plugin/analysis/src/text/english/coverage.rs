//! The words for what was not looked at.

use std::net::IpAddr;

use super::reports::checks::port;
use super::{defects, names};
use crate::codes::Code as _;
use crate::coverage::{AddressOrigin, Bypassed, NoAddress, OutsideGap, StaleOnNode, Uncovered};
use crate::facts::{
    EndpointOrigin, HeaderReading, HostPort, LabelDifference, NearWorkload, NoAddressReason, NotShared, PolicyConcern, ReadyPods,
    ServicePolicy, TakenNodeAddress, TransportPort, UnreadKind, Version,
};
use crate::kube_proxy::compared::NEWEST;
use crate::plan::Network;
use crate::{shell, words};

/// Characters of what objects say of themselves.
const MESSAGE: usize = 200;

/// Pods that a line names.
const PODS: usize = 3;

pub(crate) fn coded(what: &Uncovered) -> String {
    format!("{} [{}]", uncovered(what), what.code())
}

#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn uncovered(what: &Uncovered) -> String {
    match what {
        Uncovered::Pending { namespace, name, why } => {
            format!("the load balancer's address: the Service has none yet; {}", no_address(why, name, namespace))
        }
        Uncovered::Cluster { origin, nodes, any_kube_proxy } => {
            let kube_proxy = if *any_kube_proxy { ", and kube-proxy of any mode and release (--if says which)" } else { "" };
            format!("{}{kube_proxy}", cluster(origin, nodes))
        }
        Uncovered::NearSelector { near } => near_selector(near),
        Uncovered::KnownDefect(known) => format!("{}. To do: {}", defects::what(known), defects::advice(known.defect)),
        Uncovered::NameElsewhere { name, addresses } => name_elsewhere(name, addresses),
        Uncovered::PoliciesNotEnforced { policies, wait_ms } => policies_not_enforced(policies, *wait_ms),
        Uncovered::OtherOs { os, nodes } if os == "windows" => format!(
            "{} {} Windows: kube-proxy there follows other rules, and the probe does not run; under externalTrafficPolicy Local the load \
             balancer's address often fails on a node without an endpoint",
            names(nodes),
            verb(nodes, "run")
        ),
        Uncovered::OtherOs { os, nodes } => {
            format!("{} {} {os}, of which nothing is predicted or measured", names(nodes), verb(nodes, "run"))
        }
        Uncovered::SameAddress { address, by, nodes } => same_address(*address, *by, nodes),
        Uncovered::Virtual { nodes } => format!(
            "{} {}: who answers pods there is not known",
            names(nodes),
            if nodes.len() == 1 {
                "is a virtual node (virtual kubelet or Fargate)"
            } else {
                "are virtual nodes (virtual kubelet or Fargate)"
            }
        ),
        Uncovered::KubeProxyNotReady { nodes } => format!(
            "kube-proxy's pod on {} is not Ready: its rules there may be old or missing (kubectl get pods -n kube-system -o wide)",
            names(nodes)
        ),
        Uncovered::KubeProxyTooFew(pods) => too_few_kube_proxies(*pods),
        Uncovered::NoKubeProxy { nodes } => no_kube_proxy(nodes),
        Uncovered::UnknownNodes { nodes } => {
            format!("whether the endpoints on {} answer: no node of the cluster has that name", names(nodes))
        }
        Uncovered::NotReady { nodes } => {
            format!(
                "{} {} not Ready: what kube-proxy has written there is not known",
                names(nodes),
                if nodes.len() == 1 { "is" } else { "are" }
            )
        }
        Uncovered::NotMeasured { network, nodes } => {
            format!("{} of {} were not measured, and may fail by the prediction", network_of(*network), names(nodes))
        }
        Uncovered::Ports { ports } => {
            let ports: Vec<_> = ports.iter().map(|number| port(*number)).collect();
            let noun = if ports.len() == 1 { "port" } else { "ports" };
            format!("{noun} {}, which may fail by the prediction (explain shows where)", words::list(&ports))
        }
        Uncovered::ProxyHeader { is_never_written: true, servers, .. } => header_that_nobody_writes(servers),
        Uncovered::ProxyHeader { at, is_written, servers, .. } => proxy_header(*at, *is_written, servers),
        Uncovered::PassedOn { port, node_port_of, nodes_alone } => passed_on(*port, *node_port_of, *nodes_alone),
        Uncovered::PortsUndeclared { ports } => {
            format!("whether the pods listen on port {}: no container of theirs declares it", super::ports(ports))
        }
        Uncovered::PortsWithoutGateway { ports } => ports_without_gateway(ports),
        Uncovered::PortsOfUnprivileged { ports } => format!(
            "whether Envoy listens on port {} of its pods: they have ISTIO_META_UNPRIVILEGED_POD, and istiod then makes no listener below \
             1024. Point targetPort at a port above",
            super::ports(ports)
        ),
        Uncovered::AddressOfNodeByKubeVip { address, node, host } => format!(
            "kube-vip has bound {address}, the address of {node}, on {host}: whatever is sent to {node} may end there. Another controller wrote the \
             nodes' addresses into the Service's status (ServiceLB does so): let only one of the two serve it"
        ),
        Uncovered::Unread { what } => unread(what),
        Uncovered::NetworkPolicies { policies, are_enforced: false } => network_policies(policies),
        Uncovered::NetworkPolicies { policies, are_enforced: true } => format!(
            "{}. The pod network here enforces policies; its own kinds of policies, which were not read, may let more clients in",
            network_policies(policies)
        ),
        Uncovered::LoopbackAddress { address } => loopback_address(address),
        Uncovered::Announcement { reason } => format!("whether the address is announced: {reason}"),
        Uncovered::TlsEnds { ports } => format!(
            "TLS on port {}: it ends at the load balancer, which connections from inside bypass; the servers may speak plain HTTP (run shows it)",
            super::ports(ports)
        ),
        Uncovered::HostPorts { taken } => host_ports(taken),
        Uncovered::LeftOverSlices { slices } => {
            format!("whether the endpoints of EndpointSlice {} answer: nobody keeps it, and kube-proxy uses it", names(slices))
        }
        Uncovered::AddressOfNode { address, node } => address_of_node(*address, node),
        Uncovered::SidecarsNotUp { pods } => sidecars_not_up(pods),
        Uncovered::NodeAddressTaken { taken } => node_address_taken(taken),
        Uncovered::AddressOfApiServer { address } => format!(
            "kube-proxy in ipvs mode binds {address} on every node, and that is the API server's address (its kubeconfig): nodes lose the API server"
        ),
        Uncovered::OwnAddress { address, node, release } => own_address(*address, node, *release),
        Uncovered::SharedPort { port, services } => shared_port(*port, services),
        Uncovered::NamedPods { pods } => named_pods(pods),
        Uncovered::AddressOfNodeIfIpvs { address, node } => address_of_node_if_ipvs(*address, node),
        Uncovered::Outside { why } => outside(*why).into(),
        Uncovered::StatusNotAsked { ports } => status_not_asked(ports),
        Uncovered::SourceNotTold { ports } => source_not_told(ports),
        Uncovered::StaleEntries { entries } => stale_entries(entries),
        Uncovered::OtherListeners { ports } => other_listeners(ports),
        Uncovered::NodePortsOutside { nodes } => node_ports_outside(nodes),
        Uncovered::KubeProxyName { name } => format!(
            "whether every kube-proxy runs as {name}, as its configuration says: a flag of its DaemonSet, which was not read, may \
             differ. Under a wrong name no endpoint counts as local"
        ),
        Uncovered::ReleaseNotCompared { release, oldest, nodes } => not_compared(*release, *oldest, nodes),
        Uncovered::Hostname { nodes, hostname } => other_hostname(nodes, hostname),
        Uncovered::HostnameNotShown { nodes } => hostname_not_shown(nodes),
        Uncovered::MasqueradedTwice { release, nodes } => format!(
            "kube-proxy {release} on {} masquerades twice what goes through a VXLAN tunnel. With some kernels, connections that it \
             masquerades to pods on other nodes, hosts' for instance, hang for 63 s (kubernetes issue 88986)",
            names(nodes)
        ),
        Uncovered::OtherServiceProxy { name } => {
            format!("the label service.kubernetes.io/service-proxy-name hands the Service to {name}, whose rules are not known")
        }
    }
}

fn cluster(origin: &EndpointOrigin, nodes: &[String]) -> String {
    let assumed = match origin {
        EndpointOrigin::Workloads(workloads) => {
            format!("pods of {} on {}", words::printable(&words::list(workloads), MESSAGE), names(nodes))
        }
        EndpointOrigin::File => "the endpoints of the file".into(),
        EndpointOrigin::Unknown => format!("a pod that the file does not describe on {}", names(nodes)),
    };
    format!("the cluster: the file has no nodes. Assumed: three nodes, the addresses, {assumed}")
}

fn near_selector(near: &NearWorkload) -> String {
    let NearWorkload { workload, namespace, labels } = near;
    let workload = words::printable(workload, MESSAGE);
    let of_label = |difference: &LabelDifference| match &difference.own {
        Some(own) => format!("has {own}, not {}", difference.wanted),
        None => format!("lacks {}", difference.wanted),
    };
    let by_labels = || words::printable(&words::list(&labels.iter().map(of_label).collect::<Vec<_>>()), MESSAGE);
    let by_namespace = |namespace: &String| format!("has them in namespace {}", words::printable(namespace, MESSAGE));
    let differs = namespace.as_ref().map_or_else(by_labels, by_namespace);
    format!("whether the selector matches any pod: nothing in the file makes one with these labels. {workload} {differs}")
}

fn other_hostname(nodes: &[String], hostname: &str) -> String {
    format!(
        "whether kube-proxy on {} runs under the node's name: {} machine calls itself {hostname} (label kubernetes.io/hostname), and no \
         --hostname-override was seen. Under a wrong name no endpoint counts as local, and the load balancer's health checks fail",
        names(nodes),
        if nodes.len() == 1 { "its" } else { "the first one's" }
    )
}

fn node_ports_outside(nodes: &[String]) -> String {
    format!("the node ports of {} from outside: they do not answer there, where no route may lead to the nodes' InternalIPs", names(nodes))
}

fn sidecars_not_up(pods: &[String]) -> String {
    format!(
        "what {} will see once it has started: it initialises, and its sidecar may not take connections yet",
        words::short_list(pods, PODS)
    )
}

fn node_address_taken(TakenNodeAddress { address, node, service }: &TakenNodeAddress) -> String {
    format!(
        "Service {service} has {address}, the address of {node}. kube-proxy in ipvs mode binds it on the other nodes, so connections between \
         them and {node} are lost, to its node ports and perhaps to its pods"
    )
}

fn named_pods(pods: &[String]) -> String {
    format!("not everything was measured from {}: see 'Named pods' and 'Left out'", words::short_list(pods, PODS))
}

fn host_ports(taken: &[HostPort]) -> String {
    let of = |taken: &HostPort| format!("{} ({}/{})", taken.port, taken.namespace, taken.name);
    let taken = words::list(&taken.iter().map(of).collect::<Vec<_>>());
    format!(
        "who answers at port {taken}: a DaemonSet has it on its nodes (hostPort). With a portmap older than 0.7.5, the DaemonSet's pod answers at \
         the load balancer's address too"
    )
}

fn own_address(address: IpAddr, node: &str, release: Version) -> String {
    format!(
        "kube-proxy {release} in ipvs mode rejects all but the Service's ports at {address}, the address of {node} itself: SSH and kubelet \
         cannot be reached there"
    )
}

fn shared_port(shared: TransportPort, services: &[String]) -> String {
    format!(
        "who answers at port {}: {} {} the same address and port, and either may",
        port(shared),
        words::short_list(services, 3),
        if services.len() == 1 { "has" } else { "have" }
    )
}

fn too_few_kube_proxies(pods: ReadyPods) -> String {
    format!(
        "kube-proxy has a Ready pod on {} of {} nodes: its rules on the others may be old or missing (kubectl get pods -n kube-system \
         -o wide)",
        pods.ready, pods.nodes
    )
}

fn not_compared(release: Version, oldest: Version, nodes: &[String]) -> String {
    format!(
        "whether kube-proxy 1.{} on {} does what is predicted: the rules were checked against 1.{} to 1.{} only (run measures it)",
        release.minor,
        names(nodes),
        oldest.minor,
        NEWEST.minor
    )
}

fn hostname_not_shown(nodes: &[String]) -> String {
    format!(
        "whether kube-proxy on {} runs under the node's name: it has no --hostname-override, and on AWS machines may have other names. \
         Under a wrong name no endpoint counts as local, and the load balancer's health checks fail",
        names(nodes)
    )
}

fn no_kube_proxy(nodes: &[String]) -> String {
    format!(
        "kube-proxy has no pod on {}: unless something else writes the rules there, no address of a Service works on {} \
         (kubectl get pods -n kube-system -o wide)",
        names(nodes),
        if nodes.len() == 1 { "that node" } else { "those nodes" }
    )
}

fn address_of_node(address: IpAddr, node: &str) -> String {
    format!(
        "kube-proxy in ipvs mode binds {address}, the address of {node} itself, on the other nodes. They and {node} no longer reach each other: \
         what they send to its pods may be lost too"
    )
}

fn address_of_node_if_ipvs(address: IpAddr, node: &str) -> String {
    format!(
        "kube-proxy's mode: in ipvs mode it binds {address}, the address of {node}, on the other nodes, and what they send there stays on them"
    )
}

fn unread(what: &[UnreadKind]) -> String {
    let noun = |what: &UnreadKind| match what {
        UnreadKind::NetworkPolicies => "NetworkPolicies",
        UnreadKind::Pods => "the Service's pods",
        UnreadKind::NginxSettings => "ingress-nginx' settings",
        UnreadKind::Ingresses => "Ingresses",
        UnreadKind::IstioGateways => "Istio's Gateways",
        UnreadKind::CalicoSettings => "Calico's settings (its eBPF data path may be on)",
    };
    let nouns: Vec<_> = what.iter().map(noun).collect();
    format!("whether anything past kube-proxy holds clients back: {} could not be read", words::list(&nouns))
}

fn ports_without_gateway(ports: &[u16]) -> String {
    let (noun, which) = if ports.len() == 1 { ("port", "that number") } else { ("ports", "one of these numbers") };
    let ports = super::ports(ports);
    format!("whether Envoy listens for {noun} {ports}: no Istio Gateway here that selects these pods has a server with {which}")
}

fn same_address(address: IpAddr, by: AddressOrigin, nodes: &[String]) -> String {
    let nodes = words::short_list(nodes, 3);
    let (noted, help) = match by {
        AddressOrigin::Flannel => ("Flannel notes", "Tell Flannel which interface connects them (--iface; k3s: --flannel-iface)"),
        AddressOrigin::Calico => ("Calico notes", "Tell Calico which interface connects them (IP_AUTODETECTION_METHOD)"),
        AddressOrigin::InternalIp => ("the nodes report", "Start each kubelet with its own --node-ip"),
    };
    format!("whether packets pass between the pods of {nodes}: {noted} the same address {address} for all of them. {help}")
}

fn no_address(why: &NoAddress, name: &str, namespace: &str) -> String {
    match why {
        NoAddress::Unknown => events_may_say_why(name, namespace),
        NoAddress::Class { class } => format!(
            "only a controller of its loadBalancerClass, {class}, gives it one (the class cannot be changed, only the Service made anew); {}",
            events_may_say_why(name, namespace)
        ),
        NoAddress::Told { reasons } => reasons.iter().map(no_address_reason).collect::<Vec<_>>().join("; "),
        NoAddress::Nobody => "nothing in the cluster seems to give out addresses. No cloud made the nodes, and no DaemonSet of MetalLB, \
             kube-vip or ServiceLB was found. Until something does, only node ports lead to it from outside"
            .to_owned(),
        NoAddress::CalicoIpam => "nothing in the cluster seems to give out addresses but Calico. From 3.30 it does so if its \
             KubeControllersConfiguration default has spec.controllers.loadBalancer: kubectl get kubecontrollersconfiguration default -o yaml"
            .to_owned(),
        NoAddress::KubeVipElection { nodes, .. } if nodes.is_empty() => {
            "with svc_election, kube-vip announces it only from a node that has an endpoint, and none has".to_owned()
        }
        NoAddress::KubeVipElection { nodes, runs_on: Some(runs_on) } => format!(
            "with svc_election, kube-vip announces it only from a node with an endpoint. Its DaemonSet chooses {}, and endpoints are only on \
             {}: let it run there, move the pods, or set externalTrafficPolicy to Cluster",
            names(runs_on),
            names(nodes)
        ),
        NoAddress::KubeVipElection { nodes, runs_on: None } => format!(
            "with svc_election, kube-vip announces it only from a node that runs kube-vip and has an endpoint; endpoints are on {}",
            names(nodes)
        ),
        NoAddress::ServiceLb => format!(
            "if ServiceLB is to give it one, nodes need the ports free: kubectl get pods -A -l svccontroller.k3s.cattle.io/svcname={name}"
        ),
    }
}

fn events_may_say_why(name: &str, namespace: &str) -> String {
    format!("its events may say why ({})", shell::command(&["kubectl", "describe", "service", name, "-n", namespace]))
}

fn no_address_reason(reason: &NoAddressReason) -> String {
    match reason {
        NoAddressReason::Event { reason, message } => format!("the last warning about it is {reason}: {message}"),
        NoAddressReason::NoNodePorts => {
            "it has no node ports (allocateLoadBalancerNodePorts: false), and this cloud's load balancers need them".to_owned()
        }
        NoAddressReason::NoInternalIp => {
            "no node has an InternalIP, from which Linode's controller takes the addresses of backends, unless each \
             node has annotation node.k8s.linode.com/private-ip: give the machines private addresses"
                .to_owned()
        }
        NoAddressReason::HetznerLocation => "Hetzner's controller needs annotation load-balancer.hetzner.cloud/location or \
             load-balancer.hetzner.cloud/network-zone, unless it was started with a default for them"
            .to_owned(),
        NoAddressReason::AwsTargetType => "aws-load-balancer-type is external, and no controller takes that without annotation \
             service.beta.kubernetes.io/aws-load-balancer-nlb-target-type, ip or instance"
            .to_owned(),
        NoAddressReason::PoolsFull { addresses } => {
            let noun = if *addresses == 1 { "address" } else { "addresses" };
            format!("MetalLB's pools have {addresses} {noun}, and Services have all of them")
        }
        NoAddressReason::PoolsNotAutomatic { pools } => format!(
            "MetalLB gives addresses of {} only to Services that ask for them, or to none (autoAssign, serviceAllocation). The annotation \
             metallb.io/address-pool asks for a pool",
            words::short_list(pools, PODS)
        ),
        NoAddressReason::NotShared { address, by, why } => {
            let because = match why {
                NotShared::Key => "both need the same value of annotation metallb.io/allow-shared-ip",
                NotShared::Ports => "they have a port in common",
                NotShared::Pods => "both must have externalTrafficPolicy Cluster, or both Local and the same selector",
            };
            format!("{by} has the address {address}, and MetalLB does not share it: {because}")
        }
        NoAddressReason::PortTaken { port, by } => {
            format!("ServiceLB's pods for it are not Ready, and DaemonSet {by} holds port {port} on its nodes")
        }
        NoAddressReason::NoNodeChosen { daemon_set, labels } => {
            format!("ServiceLB's DaemonSet {daemon_set} runs on no node: its nodeSelector asks for {}", words::list(labels))
        }
        NoAddressReason::PodNotScheduled { pod, message } => format!("pod {pod} is on no node: {message}"),
    }
}

/// Nothing is known of the servers then.
const UNWRITTEN_HEADER: &str = "the PROXY header: this load balancer does not write it";

fn header_that_nobody_writes(servers: &HeaderReading) -> String {
    match servers {
        HeaderReading::SeemsRequired(source) => format!(
            "the PROXY header: the servers seem to require it ({source}: use-proxy-protocol), and this load balancer does not write it. If they \
             do, requests fail, from outside too"
        ),
        HeaderReading::Required(source) => format!(
            "the servers require the PROXY header ({source}: use-proxy-protocol), and this load balancer does not write it: requests fail, from \
             outside too"
        ),
        HeaderReading::Unknown | HeaderReading::Optional | HeaderReading::TrustedFrom(_) | HeaderReading::NotRead(_) => {
            UNWRITTEN_HEADER.to_owned()
        }
    }
}

fn passed_on(port: u16, node_port_of: Option<u16>, nodes_alone: bool) -> String {
    let whose = node_port_of.map(|declared| {
        format!(". It is the node port of port {declared}: dial port {declared} at the load balancer, or {port} at a node's own address")
    });
    let answers = if nodes_alone {
        "nobody answers: MetalLB leads the address to nodes, where no rule takes this port"
    } else {
        "nodes pass it on, and only a listener of the load balancer's own may answer"
    };
    format!("port {port} at the load balancer, which the Service does not declare: {answers}{}", whose.unwrap_or_default())
}

fn proxy_header(at: Bypassed, is_written: bool, servers: &HeaderReading) -> String {
    let bypassed = match at {
        Bypassed::Everywhere => "connections from inside bypass the load balancer",
        Bypassed::ClusterIp => "connections to the DNS name and the ClusterIP bypass the load balancer",
    };
    match servers {
        HeaderReading::Required(source) | HeaderReading::SeemsRequired(source) if is_written => {
            format!(
                "the servers require the PROXY header ({source}: use-proxy-protocol), and {bypassed}, which writes it: requests fail, at the DNS name \
                 too"
            )
        }
        HeaderReading::Required(source) => format!(
            "the servers require the PROXY header ({source}: use-proxy-protocol), and {bypassed}: they come without the header, and fail"
        ),
        HeaderReading::SeemsRequired(source) => format!(
            "the PROXY header: the servers seem to require it ({source}: use-proxy-protocol), and {bypassed}, which may write it (run shows \
             whether they fail)"
        ),
        HeaderReading::Unknown | HeaderReading::Optional | HeaderReading::TrustedFrom(_) | HeaderReading::NotRead(_) => format!(
            "the PROXY header: the load balancer writes it, and {bypassed}; servers that require it refuse them (kubectl lbprobe run shows \
             whether they do)"
        ),
    }
}

fn name_elsewhere(name: &str, addresses: &[IpAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    format!(
        "{name} answers inside, but at {}, which the Service does not have: whether that is the same site is not known",
        words::short_list(&addresses, PODS)
    )
}

fn source_not_told(ports: &[u16]) -> String {
    format!(
        "the source address that servers saw at port {}: their answers do not tell it where --source-from looks; name a page that does \
         with --path",
        super::ports(ports)
    )
}

/// Entries that are told of one by one.
const STALE: usize = 3;

fn stale_entries(entries: &[StaleOnNode]) -> String {
    let of = |StaleOnNode { node, destination, to, count }: &StaleOnNode| {
        format!("{node} still forwards {} for {destination} to {to}", words::count(*count, "flow"))
    };
    let told: Vec<_> = entries.iter().map(of).collect();
    let delete = entries.first().map(|StaleOnNode { node, destination, to, .. }| {
        format!(
            ". On {node}, conntrack -D -p udp --orig-dst {} --orig-port-dst {} --reply-src {} sends the next datagrams through the rules again",
            destination.ip(),
            destination.port(),
            to.ip()
        )
    });
    format!(
        "UDP clients that keep their source port: {}, which is none of the Service's endpoints (conntrack). Such clients may get no answer{}",
        words::short_list(&told, STALE),
        delete.unwrap_or_default()
    )
}

fn other_listeners(ports: &[u16]) -> String {
    let numbers: Vec<_> = ports.iter().map(u16::to_string).collect();
    format!(
        "port {}, which the Service does not declare: the load balancer answers there outside, and clients inside do not reach it (see \
         'Notes'). --port {} tells why",
        super::ports(ports),
        numbers.join(",")
    )
}

fn status_not_asked(ports: &[u16]) -> String {
    format!(
        "the HTTP answer at port {}: no HTTP is spoken there, so only the connection counts. Name the protocol with --scheme, or choose \
         ports with --port",
        super::ports(ports)
    )
}

const fn outside(why: OutsideGap) -> &'static str {
    match why {
        OutsideGap::OfBaseline => {
            "the Service's addresses from outside, which the baseline has: run verify with --outside, or with --outside-from"
        }
        OutsideGap::Fails => {
            "clients outside, who fail by what the objects say (see 'Risks'): run it with --outside, or with --outside-from"
        }
        OutsideGap::Unanswered => "clients outside: they get no answer there",
        OutsideGap::Incomplete => {
            "the Service's addresses from outside: not all were dialled to the end, or the Service changed meanwhile; run it again"
        }
    }
}

/// Policies of one concern that are named; the others are counted.
const LISTED_POLICIES: usize = 3;

/// What is said of all policies of one concern together.
type SayOfAll = fn(&[String]) -> String;

/// One sentence for each, and one for all that limit ingress or egress: there may be one in each namespace.
fn network_policies(policies: &[ServicePolicy]) -> String {
    let of = |concern: &PolicyConcern| {
        let policies = policies.iter().filter(|policy| policy.concern == *concern);
        policies.map(|policy| format!("{}/{}", policy.namespace, policy.name)).collect::<Vec<_>>()
    };
    let counted: [(PolicyConcern, SayOfAll); 6] = [
        (PolicyConcern::AdmitsPodsAlone, pods_alone),
        (PolicyConcern::AdmitsNobody, nobody),
        (PolicyConcern::StopsEgress, stopped_egress),
        (PolicyConcern::MaySelect, perhaps_limited),
        (PolicyConcern::LimitsIngress, limited_ingress),
        (PolicyConcern::LimitsEgress, limited_egress),
    ];
    let is_counted = |policy: &&ServicePolicy| counted.iter().any(|(concern, _)| policy.concern == *concern);
    let others = policies.iter().filter(|policy| !is_counted(policy)).map(policy);
    let together = counted.iter().map(|(concern, say)| (of(concern), say)).filter(|(policies, _)| !policies.is_empty());
    others.chain(together.map(|(policies, say)| say(&policies))).collect::<Vec<_>>().join("; ")
}

fn loopback_address(address: &str) -> String {
    format!(
        "the load balancer's address is {address}: every pod and node that dials it only reaches itself. It works on one machine, the \
         workstation that runs minikube tunnel or Docker Desktop"
    )
}

fn stopped_egress(policies: &[String]) -> String {
    let (whose, keeps, it_allows) =
        if policies.len() == 1 { ("NetworkPolicy", "keeps its", "it allows") } else { ("NetworkPolicies", "keep their", "they allow") };
    let named = words::short_list(policies, LISTED_POLICIES);
    format!(
        "{whose} {named} {keeps} pods from the Service's where policies are enforced: {it_allows} none of the endpoints' own addresses and ports"
    )
}

fn nobody(policies: &[String]) -> String {
    let (whose, admit) = if policies.len() == 1 { ("NetworkPolicy", "admits") } else { ("NetworkPolicies", "admit") };
    format!(
        "{whose} {} {admit} nobody to the Service's pods: if the pod network enforces policies, only connections from a pod's own node get \
         through",
        words::short_list(policies, LISTED_POLICIES)
    )
}

fn pods_alone(policies: &[String]) -> String {
    let (whose, them) = if policies.len() == 1 { ("NetworkPolicy", "it is") } else { ("NetworkPolicies", "they are") };
    let lets = if policies.len() == 1 { "lets" } else { "let" };
    format!(
        "{whose} {} {lets} only certain pods reach the Service's pods: where {them} enforced, other pods, other nodes and clients outside time \
         out",
        words::short_list(policies, LISTED_POLICIES)
    )
}

fn limited_ingress(policies: &[String]) -> String {
    let (whose, admit) = if policies.len() == 1 { ("NetworkPolicy", "admits") } else { ("NetworkPolicies", "admit") };
    let (limits, named) = (if policies.len() == 1 { "it limits" } else { "they limit" }, words::short_list(policies, LISTED_POLICIES));
    format!("whether {whose} {named} {admit} the clients: {limits} who reaches the Service's pods")
}

fn perhaps_limited(policies: &[String]) -> String {
    let (whose, limits) = if policies.len() == 1 { ("NetworkPolicy", "limits") } else { ("NetworkPolicies", "limit") };
    let named = words::short_list(policies, LISTED_POLICIES);
    format!(
        "whether {whose} {named} {limits} who reaches the Service's pods: it selects labels that the Service's selector does not name (pods in \
         the file tell)"
    )
}

fn limited_egress(policies: &[String]) -> String {
    let whose = if policies.len() == 1 { "NetworkPolicy" } else { "NetworkPolicies" };
    let named = words::short_list(policies, LISTED_POLICIES);
    format!(
        "whether pods with limited egress get through ({whose} {named}): some rule may allow the endpoints' own addresses and ports, which \
         policies see"
    )
}

fn policies_not_enforced(policies: &[String], wait_ms: u32) -> String {
    let (whose, rules) =
        if policies.len() == 1 { ("NetworkPolicy", "is enforced: its") } else { ("NetworkPolicies", "are enforced: their") };
    format!(
        "whether {whose} {} {rules} rules stop the probe, which got through after {:.1} s",
        words::short_list(policies, LISTED_POLICIES),
        f64::from(wait_ms) / 1000.0
    )
}

fn policy(policy: &ServicePolicy) -> String {
    let ServicePolicy { namespace, name, concern } = policy;
    match concern {
        PolicyConcern::AdmitsNobody => nobody(&[format!("{namespace}/{name}")]),
        PolicyConcern::StopsEgress => stopped_egress(&[format!("{namespace}/{name}")]),
        PolicyConcern::LimitsEgress => limited_egress(&[format!("{namespace}/{name}")]),
        PolicyConcern::LimitsIngress => limited_ingress(&[format!("{namespace}/{name}")]),
        PolicyConcern::MaySelect => perhaps_limited(&[format!("{namespace}/{name}")]),
        PolicyConcern::LimitsSome => format!(
            "NetworkPolicy {namespace}/{name} limits who reaches some of the Service's pods: connections that kube-proxy sends there may time out"
        ),
        PolicyConcern::AdmitsPodsAlone => pods_alone(&[format!("{namespace}/{name}")]),
        PolicyConcern::AdmitsNobodyInside(ranges) => format!(
            "NetworkPolicy {namespace}/{name} admits only {} to the Service's pods, where no node or pod of the cluster is: if the pod \
             network enforces policies, connections from inside are dropped",
            words::list(&ranges.iter().map(ToString::to_string).collect::<Vec<_>>())
        ),
        PolicyConcern::NamesAddress(address) => format!(
            "whether NetworkPolicy {namespace}/{name} lets its pods through: it allows {address}, and policies see the endpoint's own \
             address and port instead"
        ),
    }
}

fn verb(nodes: &[String], base: &str) -> String {
    if nodes.len() == 1 { format!("{base}s") } else { base.to_owned() }
}

const fn network_of(network: Network) -> &'static str {
    match network {
        Network::Pod => "pods",
        Network::Host => "the hosts",
    }
}
