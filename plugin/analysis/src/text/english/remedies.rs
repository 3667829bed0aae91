//! The words for what can be done: what, at which price, with which reservations.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{names, ports};
use crate::facts::{MissingPort, NearestPod, NotReady, UnreadyPod};
use crate::patch::ObjectReference;
use crate::providers::{ClusterPrice, Loopback, Provider};
use crate::remedies::{Caveat, Prerequisite, Remedy, Requirement, Upgrade};
use crate::vantage::{FailingFrom, NoAnswer};
use crate::words;

/// Services that a line names.
const SHARERS: usize = 3;

/// Ranges that a sentence names.
const RANGES: usize = 4;

/// Characters of a host that are shown.
const HOST: usize = 60;

#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn what(remedy: &Remedy) -> String {
    match remedy {
        Remedy::DialDnsName { name, namespace } => format!("dial {name}.{namespace} (the Service's DNS name) inside the cluster"),
        Remedy::ExternalPolicyCluster { object, .. } => in_owner("set externalTrafficPolicy to Cluster", object),
        Remedy::EniBackends { object } => in_owner("let the load balancer dial the pods' ENIs, with externalTrafficPolicy Cluster", object),
        Remedy::SecondLoadBalancer => "give clients inside a load balancer of their own: a second, internal Service of type LoadBalancer \
                                       for the same pods, with externalTrafficPolicy Cluster"
            .into(),
        Remedy::HostnameInStatus { object, .. } => {
            in_owner("keep nodes from intercepting the address: put a hostname into the status in its place", object)
        }
        Remedy::InternalPolicyCluster { .. } => "set internalTrafficPolicy to Cluster".into(),
        Remedy::AddSourceRanges { added, .. } => {
            format!("add the ranges of the clients inside to loadBalancerSourceRanges ({})", ranges(added))
        }
        Remedy::IpModeProxy => {
            "have the cloud controller set ipMode Proxy in the status: kube-proxy then no longer intercepts the address".into()
        }
        Remedy::EndpointOnEveryNode { .. } => {
            "run an endpoint on every node (a DaemonSet, or one replica per node by anti-affinity)".into()
        }
        Remedy::ClusterCidr { range, source } => {
            format!("give kube-proxy a clusterCIDR that covers all pods, in {source} (the ranges of today's nodes lie in {range})")
        }
        Remedy::ClusterCidrOfPods { addresses, source } => {
            let seen: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            let seen = words::short_list(&seen, RANGES);
            format!("give kube-proxy a clusterCIDR that covers all pods, in {source}: some pods have addresses outside it ({seen})")
        }
        Remedy::CheckLoadBalancer { .. } => "check the load balancer itself: its backends and their health, its listeners, and the \
                                            firewalls in front of it and of the nodes"
            .into(),
        Remedy::LeaveIpvs => "run kube-proxy in iptables mode, or nftables from 1.33.6 on: ipvs is deprecated from 1.35 on".into(),
        Remedy::UpgradeKubeProxy { until } => upgrade(*until).into(),
        Remedy::NetworkLoadBalancer => "use a network load balancer (NLB) instead of a CLB: its status has only a hostname, which \
                                        kube-proxy does not intercept"
            .into(),
        Remedy::SeparateLoadBalancers => {
            "give the other listener a load balancer of its own, so that this address serves only the Service's ports".into()
        }
        Remedy::DeclarePorts { ports: numbers, .. } => format!("declare port {} in the Service, if its pods serve it", ports(numbers)),
        Remedy::AddressOfNoNode => "give the Service an address that no node has".into(),
        Remedy::RequireNoHeader { source } => {
            format!(
                "take use-proxy-protocol out of {source}; under externalTrafficPolicy Local the servers see clients' addresses without it"
            )
        }
        Remedy::HairpinProxy => {
            "put a hairpin proxy in between: it adds the header for clients inside, and the cluster's DNS points the public name at it"
                .into()
        }
        Remedy::DialPlainHttp => "dial plain HTTP inside the cluster, by the Service's DNS name".into(),
        Remedy::LeaveExternalIps => {
            "have clients inside dial the Service's DNS name, or the load balancer's own address where it has one".into()
        }
        Remedy::ForwardToPods => "let nodes forward packets to pods: check the FORWARD policy of iptables, security groups and routes \
                                  between the nodes, and the pod network"
            .into(),
        Remedy::OpenNodePorts => {
            "let the node port range (30000-32767 by default) through between nodes and from clients: security groups, \
                                  host firewalls, and the FORWARD policy of iptables"
                .into()
        }
        Remedy::WidenNodePortAddresses { source } => {
            format!(
                "have kube-proxy serve node ports at the nodes' own addresses: leave nodePortAddresses empty, or add their range ({source})"
            )
        }
        Remedy::AllowEgress { service } => format!(
            "allow egress to the pods behind {service} with a namespaceSelector and a podSelector, on their own port; an ipBlock with the \
             load balancer's range does nothing"
        ),
        Remedy::AllowEgressTo { host } => format!(
            "allow egress to {} in a policy that selects the pod: with an ipBlock, or by name where the network plugin has that",
            words::printable(host, HOST)
        ),
        Remedy::PassSidecar { addresses, .. } => pass_sidecar(addresses),
        Remedy::PlainFromSidecar { host } => format!(
            "turn off TLS from the sidecar to {}: in Istio, a DestinationRule for that host with trafficPolicy.tls.mode DISABLE; or give \
             its pods a sidecar too",
            words::printable(host, HOST)
        ),
        Remedy::CompareCertificates { host } => format!(
            "compare the certificates and the CA that the sidecar and {} use, and the subjectAltNames that a DestinationRule asks for",
            words::printable(host, HOST)
        ),
        Remedy::CompareRoutes { host } => format!(
            "see which VirtualService or ServiceEntry has {} among its hosts, and whether its routes lead to the Service",
            words::printable(host, HOST)
        ),
        Remedy::AllowInterface { .. } => {
            "let the security groups of the pod's own interface out to the load balancer and to the Service's pods; compare them with \
             the nodes' own"
                .into()
        }
        Remedy::NameToLoadBalancer { here_too: true, .. } => {
            "see what is at that address (a CDN, a firewall, a stale record), and whether it \
             admits the cluster; inside, dial the Service's DNS name"
                .into()
        }
        Remedy::NameToLoadBalancer { name, here_too: false } => {
            format!("have {name} resolve to the load balancer's address inside too, or dial the Service's DNS name there")
        }
        Remedy::CheckDns => "check the cluster's DNS: its pods, and whether the nodes reach them".into(),
        Remedy::ResolveInside { .. } => {
            "fix the cause above; until then have the cluster's DNS resolve the public name to the Service (CoreDNS: rewrite)".into()
        }
        Remedy::CheckPods { .. } => "check what the pods behind the Service listen on, and the network policies that select them".into(),
        Remedy::ListenAt { .. } => {
            "point targetPort at a port where the pods listen, or have them listen there (an Istio gateway listens only \
                                    where a Gateway names the port)"
                .into()
        }
        Remedy::StartPods { pod: Some(pod), .. } => format!("get the Service ready pods: {}", unready(pod)),
        Remedy::StartPods { pod: None, .. } => {
            "get the Service ready pods: see why none is ready, and whether its selector matches any".into()
        }
        Remedy::SelectPods { name, .. } => {
            format!("give {name} a selector: it has none, so that Kubernetes makes no endpoints for it, and nobody wrote EndpointSlices")
        }
        Remedy::MatchPods { name, nearest: Some(NearestPod { pod, lacks }), .. } => {
            format!("make the selector of {name} match its pods: it matches none; nearest is {pod}, which lacks {}", words::list(lacks))
        }
        Remedy::MatchPods { name, nearest: None, .. } => format!(
            "the selector of {name} seems to match no pod: slices list none, not even one that is not ready. Compare it with the pods' labels; \
             a pod without an address counts as none"
        ),
        Remedy::ReadKubeProxyLog => {
            "read kube-proxy's log on these nodes for errors of iptables-restore, nft or ipvs; then restart it there".into()
        }
        Remedy::NameKubeProxy => "give kube-proxy its node's name: its flag --hostname-override, or hostnameOverride in its \
                                  configuration, must equal the name of the Node object"
            .into(),
        Remedy::RestoreWeight { server } => {
            format!("give these servers their weight back, one by one on their nodes; as root on {} first", server.node)
        }
        Remedy::ReplacePods => "replace the Service's pods: new ones have new addresses, which ipvs gives a weight".into(),
        Remedy::AroundLoopback { by } => around_loopback(*by).into(),
        Remedy::MoveHostPort { taken } => format!(
            "give DaemonSet {}/{} another hostPort than {}, or bind it to the node's own address (hostIP)",
            taken.namespace, taken.name, taken.port
        ),
        Remedy::ReachableRedirect { to: Some(to) } => {
            format!("redirect to a name and port that clients inside reach, or let them reach {to}")
        }
        Remedy::ReachableRedirect { to: None } => "run `curl -v` from a pod, and see what the server answers".into(),
        Remedy::NameTargetPort { ports, .. } => name_target_port(ports),
        Remedy::AskServers { .. } => {
            "look into the logs of the Service's pods (the EndpointSlices name them), or correct what the run expects: --expect-status, \
             --path, --host, --header, --scheme"
                .into()
        }
        Remedy::AskServersElsewhere { host } => format!(
            "ask whoever serves {}, or correct what the run expects: --expect-status, --path, --host, --header, --scheme",
            words::printable(host, HOST)
        ),
        Remedy::LookAtWay { how: NoAnswer::Unresolved, .. } => {
            "ask the DNS servers that fail for the name: where the cluster's DNS forwards it to, and whether a zone is private".into()
        }
        Remedy::LookAtWay { from, answers_outside, .. } => look_at_way(from, *answers_outside).into(),
        Remedy::CompareEndpoints { .. } => {
            "compare the EndpointSlices with the pods: an address that no pod has is left over; delete its slice, and the Endpoints object \
             that it mirrors"
                .into()
        }
        Remedy::CiliumReplacesKubeProxy => {
            "let Cilium take kube-proxy's place (kube-proxy-replacement): both directions then cross it".into()
        }
        Remedy::UpgradeKubeRouter => "upgrade kube-router to 2.1 or later: the policy no longer holds at the ClusterIP".into(),
        Remedy::TakeOffLocalAnnotation { .. } => {
            "take the annotation kube-router.io/service.local off the Service: kube-router then goes by its policies".into()
        }
        Remedy::DualStackCluster => {
            "the Service already asks for both families (PreferDualStack), and the cluster gave it one: make the cluster dual-stack, or \
             give the load balancer no address of the other family"
                .into()
        }
        Remedy::DualStack { .. } => "give the Service both families: ipFamilyPolicy PreferDualStack".into(),
        Remedy::OwnPatch { object, .. } => format!("your own change of {object}"),
    }
}

fn name_target_port(ports: &[MissingPort]) -> String {
    let names: Vec<_> = ports.iter().filter_map(|missing| missing.target_port_name.clone()).collect();
    if names.is_empty() {
        return "give the port the name that the EndpointSlices have, or let the pods behind the Service serve it".into();
    }
    format!(
        "set targetPort to the port's number, or declare a container port named {} in the pods (before 1.32 one that only a native \
         sidecar declares does not count)",
        words::short_list(&names, RANGES)
    )
}

/// An operator would put back what is changed in the Service that it owns.
fn in_owner(what: &str, object: &ObjectReference) -> String {
    if object.is_service() {
        return what.to_owned();
    }
    format!("{what} on {} {}, which owns the Service and would revert a change there", object.kind, object.name)
}

fn ranges(ranges: &[IpNet]) -> String {
    words::short_list(&ranges.iter().map(ToString::to_string).collect::<Vec<_>>(), RANGES)
}

const fn upgrade(until: Upgrade) -> &'static str {
    match until {
        Upgrade::IptablesHosts => "upgrade kube-proxy to 1.15 or later",
        Upgrade::NftablesHosts => "upgrade kube-proxy to 1.33.6, 1.34 or later",
        Upgrade::IpvsFallback => "upgrade kube-proxy to 1.24 or later",
        Upgrade::IpvsWeights => "upgrade kube-proxy to 1.26 or later there: it sets the weights right when it starts",
        Upgrade::ExternalIps => "upgrade kube-proxy to 1.28.6, 1.29.1 or later (in iptables mode, 1.21 or later)",
    }
}

const fn around_loopback(by: Loopback) -> &'static str {
    match by {
        Loopback::NoClientIpPreservation => {
            "turn off the network load balancer's client IP preservation: annotation \
             service.beta.kubernetes.io/aws-load-balancer-target-group-attributes with preserve_client_ip.enabled=false (AWS Load Balancer Controller, or cloud-provider-aws 1.32.6, 1.33.3, 1.34.2 or later; else at the target group itself)"
        }
        Loopback::ClientsElsewhere => {
            "run clients of the internal load balancer on nodes that are not its backends: a backend cannot reach itself through it"
        }
        Loopback::ClientsElsewhereAsBackendAnswersItself => {
            "run clients of the internal load balancer on nodes that are not its backends: a backend always answers itself, on any port, \
             even while it is unhealthy"
        }
        Loopback::PreventLoopback => {
            "set the annotation service.cloud.tencent.com/prevent-loopback to true: TKE's kube-proxy then answers inside itself (from \
             v1.18.4-tke.20 and v1.20.6-tke.12 on)"
        }
        Loopback::HttpListener => "use an HTTP or HTTPS listener: TCP and UDP listeners cannot return a backend's connection to itself",
    }
}

pub(crate) fn cost(remedy: &Remedy) -> String {
    match remedy {
        Remedy::DialDnsName { .. } => {
            "clients inside change their address; TLS or a PROXY header that a load balancer adds is missing there".into()
        }
        Remedy::ExternalPolicyCluster { price, .. } => cluster_cost(*price).into(),
        Remedy::EniBackends { .. } => {
            "clients outside keep their source address; inside, kube-proxy still intercepts, and endpoints see a node's".into()
        }
        Remedy::SecondLoadBalancer => {
            "a second load balancer to pay for, and another address for clients inside; nothing changes outside".into()
        }
        Remedy::HostnameInStatus { cloud, .. } => hostname_cost(*cloud),
        Remedy::InternalPolicyCluster { serving, .. } => {
            format!("connections from inside leave their node: those that now stay on {} may take another endpoint", names(serving))
        }
        Remedy::AddSourceRanges { .. } => {
            "none, unless the load balancer itself filters by the same list and these ranges exist outside too".into()
        }
        Remedy::IpModeProxy => {
            "connections from inside go out to the real load balancer and back; a backend may not reach itself that way".into()
        }
        Remedy::EndpointOnEveryNode { .. } => "pods on every node; the fault returns on a node while its pod is away".into(),
        Remedy::ClusterCidr { .. } | Remedy::ClusterCidrOfPods { .. } => {
            "kube-proxy restarts on every node; pods then reach ClusterIPs with their own source address".into()
        }
        Remedy::LeaveIpvs => "drain and reboot node by node: otherwise rules and bound addresses of the old mode stay behind".into(),
        Remedy::UpgradeKubeProxy { until: Upgrade::IpvsWeights } => "restarting an older one does not help".into(),
        Remedy::UpgradeKubeProxy { .. } => "an upgrade of the nodes".into(),
        Remedy::NetworkLoadBalancer => {
            "a new load balancer with another address; a backend still cannot reach itself through TCP and UDP listeners".into()
        }
        Remedy::SeparateLoadBalancers => "a second load balancer to pay for, and another address for its clients".into(),
        Remedy::DeclarePorts { .. } => "none; the load balancer gets a listener for it, if it has none".into(),
        Remedy::AddressOfNoNode => "clients and DNS records change".into(),
        Remedy::RequireNoHeader { .. } => "none: nothing that reaches the servers has the header".into(),
        Remedy::HairpinProxy => "one more hop, and one more program to run".into(),
        Remedy::DialPlainHttp => "clients inside change their address, and their traffic is not encrypted".into(),
        Remedy::LeaveExternalIps => "clients inside change their address".into(),
        Remedy::AllowEgressTo { .. } => "the pod may reach whatever the rule admits".into(),
        Remedy::AllowEgress { .. } => "the clients' pods may reach these pods".into(),
        Remedy::PassSidecar { .. } => "a rollout of the pod's workload; the mesh no longer sees or encrypts this traffic".into(),
        Remedy::PlainFromSidecar { .. } => "traffic to this Service is not encrypted; a sidecar there costs a rollout".into(),
        Remedy::CompareCertificates { .. } => "none; a new certificate or CA holds for everybody who dials this server".into(),
        Remedy::CompareRoutes { .. } => "none; a changed route holds for every pod of the mesh".into(),
        Remedy::AllowInterface { .. } => "other pods with these security groups may connect there too".into(),
        Remedy::ResolveInside { .. } => "the name resolves differently inside and outside".into(),
        Remedy::NameKubeProxy => "kube-proxy restarts on these nodes".into(),
        Remedy::RestoreWeight { .. } => "none; needs ipvsadm on the node".into(),
        Remedy::ReplacePods => "a rollout; connections to the old pods end with them".into(),
        Remedy::AroundLoopback { by } => loopback_cost(*by).into(),
        Remedy::MoveHostPort { .. } => "its own clients change the port or the address".into(),
        Remedy::ReachableRedirect { .. } => "clients outside get the same redirect: the new one has to work for them too".into(),
        Remedy::NameTargetPort { .. } => "none; a change of the pods is a rollout".into(),
        Remedy::CiliumReplacesKubeProxy => "a change of the whole cluster's data path".into(),
        Remedy::UpgradeKubeRouter => "an upgrade on every node; the load balancer's address keeps its rules".into(),
        Remedy::TakeOffLocalAnnotation { .. } => "clients outside lose their source address, and there is one more hop".into(),
        Remedy::DualStackCluster => {
            "dual-stack changes nodes, pods, the range of ClusterIPs and kube-proxy's clusterCIDR; without the address, clients of that \
             family have none"
                .into()
        }
        Remedy::DualStack { .. } => {
            "the cluster has to be dual-stack: nodes, pods, the range of ClusterIPs and kube-proxy's clusterCIDR".into()
        }
        Remedy::OwnPatch { .. } => "not known: it is your own".into(),
        Remedy::OpenNodePorts => "whoever the rule admits reaches every node port".into(),
        Remedy::WidenNodePortAddresses { .. } => "kube-proxy restarts on every node; node ports then answer at more addresses".into(),
        Remedy::ForwardToPods
        | Remedy::CheckDns
        | Remedy::NameToLoadBalancer { .. }
        | Remedy::CheckPods { .. }
        | Remedy::CompareEndpoints { .. }
        | Remedy::AskServers { .. }
        | Remedy::AskServersElsewhere { .. }
        | Remedy::LookAtWay { .. }
        | Remedy::ListenAt { .. }
        | Remedy::StartPods { .. }
        | Remedy::MatchPods { .. }
        | Remedy::SelectPods { .. }
        | Remedy::CheckLoadBalancer { .. }
        | Remedy::ReadKubeProxyLog => "none".into(),
    }
}

const fn look_at_way(from: &FailingFrom, answers_outside: Option<bool>) -> &'static str {
    match (from, answers_outside) {
        (FailingFrom::Everywhere, Some(false)) => "look at the server itself: nobody gets an answer",
        (FailingFrom::Everywhere, _) => "look at the way there: the route, a NAT gateway or proxy, and the firewall of either side",
        (FailingFrom::Pods | FailingFrom::PodsOf(_), _) => {
            "look at what holds pods alone: egress policies, and whether their addresses are masqueraded or routed back"
        }
        (FailingFrom::Hosts, _) => "look at what holds hosts alone: their firewall, and the route and source address that they take",
        (FailingFrom::Nodes(_), _) => "compare these nodes with the others: subnet, route, security group, public address",
        (FailingFrom::Some, _) => "repeat it with --samples 5, and compare what fails with what does not",
    }
}

fn pass_sidecar(addresses: &[IpAddr]) -> String {
    let ranges: Vec<_> = addresses.iter().map(|address| format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })).collect();
    if ranges.is_empty() {
        return "let the sidecar pass the destination: in Istio, a ServiceEntry for the host, or outboundTrafficPolicy ALLOW_ANY".into();
    }
    format!(
        "let the sidecar pass the destination: in Istio, a ServiceEntry for the host, or the annotation \
         traffic.sidecar.istio.io/excludeOutboundIPRanges: {} on the pod's template",
        ranges.join(",")
    )
}

const fn cluster_cost(price: ClusterPrice) -> &'static str {
    match price {
        ClusterPrice::SourceAddress => "clients outside lose their source address, and there is one more hop",
        ClusterPrice::HopAlone => "one more hop; this load balancer hides the address of clients outside under either policy",
        ClusterPrice::HopWithHeader => "one more hop; the PROXY header names clients outside under either policy",
        ClusterPrice::Nothing => "none: the load balancer dials the pods themselves, so the policy changes nothing for clients outside",
        ClusterPrice::NothingByDefault => {
            "none, if the load balancer dials the pods themselves, as it does by default on this network; else clients outside lose their \
             source address"
        }
    }
}

fn hostname_cost(cloud: Provider) -> String {
    let loopback = match cloud.loopback() {
        Some(Loopback::HttpListener) => "; a backend still cannot reach itself through TCP and UDP listeners",
        Some(_) => "; a backend may not reach itself through it",
        None => "",
    };
    format!("connections inside go to the real load balancer; the status loses its IP, and the name must resolve{loopback}")
}

const fn loopback_cost(by: Loopback) -> &'static str {
    match by {
        Loopback::NoClientIpPreservation => "clients outside lose their source address, unless the PROXY protocol carries it",
        Loopback::ClientsElsewhere | Loopback::ClientsElsewhereAsBackendAnswersItself => "separate nodes for clients or gateways",
        Loopback::PreventLoopback => "none; health checks come from another address then (100.64.0.0/10)",
        Loopback::HttpListener => "the load balancer ends TLS, and clients' addresses go into X-Forwarded-For",
    }
}

/// All of them in one clause each; nothing where there is none.
pub(crate) fn caveats(caveats: &[Caveat]) -> Option<String> {
    (!caveats.is_empty()).then(|| caveats.iter().map(caveat).collect::<Vec<_>>().join("; "))
}

fn caveat(caveat: &Caveat) -> String {
    match caveat {
        Caveat::InternalPolicyBreaksName => {
            "internalTrafficPolicy Local breaks the name on nodes without an endpoint; set it to Cluster first".into()
        }
        Caveat::EniNeedsPolicyCluster => "ENI backends with policy Local do not help inside".into(),
        Caveat::HelpsHosts => "helps hosts, and pods only where kube-proxy's clusterCIDR contains their addresses".into(),
        Caveat::HelpsPodsOnly => "helps pods, not hosts: for hosts the refusal becomes a timeout".into(),
        Caveat::SharersTogether { services } => format!(
            "other Services use this address ({}): if policies differ, MetalLB withdraws it from one of them. Change them together",
            words::short_list(services, SHARERS)
        ),
        Caveat::OwnerReverts { owner } => {
            format!("{owner} owns the Service, and its controller may put the change back: make it there")
        }
    }
}

pub(crate) const fn prerequisite(prerequisite: Prerequisite) -> &'static str {
    match prerequisite {
        Prerequisite::TerwayEni => "Terway with ENI addresses",
        Prerequisite::AlibabaControllerEni => "cloud controller manager 1.9.3.164 or later",
        Prerequisite::AlibabaControllerHostname => "cloud controller manager 2.3.0 or later",
        Prerequisite::KubeProxyIpMode => "kube-proxy 1.30 or later on every node",
        Prerequisite::ControllerSetsIpMode => "a cloud controller that sets ipMode",
    }
}

pub(crate) const fn requirement(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Met => "met",
        Requirement::NotMet => "not met",
        Requirement::Unknown => "not known",
    }
}

/// "pod shop/web-0 is not ready: container web waits (CrashLoopBackOff), restarted 4 times".
fn unready(UnreadyPod { namespace, name, why }: &UnreadyPod) -> String {
    let restarted = |restarts: u32| match restarts {
        0 => String::new(),
        1 => ", restarted once".to_owned(),
        restarts => format!(", restarted {restarts} times"),
    };
    let why = match why {
        NotReady::NotScheduled { message } => format!(": not scheduled: {message}"),
        NotReady::Waits { container, reason, restarts } => format!(": container {container} waits ({reason}){}", restarted(*restarts)),
        NotReady::ProbeFails { container, restarts } => {
            format!(": container {container} runs, and its readiness probe does not succeed{}", restarted(*restarts))
        }
        NotReady::GateNotMet { gate, message } => {
            let says = message.as_ref().map(|message| format!(" ({message})")).unwrap_or_default();
            format!(": its containers are ready, but its readiness gate {gate} is not met{says}")
        }
        NotReady::Unknown => String::new(),
    };
    format!("pod {namespace}/{name} is not ready{why}")
}
