//! The words for risks.

use std::borrow::Cow;
use std::net::IpAddr;

use super::{defects, names};
use crate::codes::Code as _;
use crate::facts::{AnnouncedApart, FailedSync, ServerSetting, Slice, TakenPath, TransportPort, TrustedFrom};
use crate::providers::{NoBackend, NotForwarded, Provider};
use crate::risks::{EndpointCount, HairpinOff, Risk, ratio, skew};
use crate::{shell, words};

/// Characters of what an Event or an annotation says.
const MESSAGE: usize = 300;

/// Shares that a sentence names.
const SHARES: usize = 3;

const ANNOUNCED_BY_NOBODY: &str =
    "Cilium gave the address, and announces it neither by layer 2 nor by BGP: without a route of their own, clients outside get no answer";

const SERVICE_LB_BESIDE_METALLB: &str = "ServiceLB and MetalLB both serve Services without a loadBalancerClass: the address may change from one's \
                                          to the other's, and whoever dials the old one fails";

const KUBE_VIP_BESIDE_METALLB: &str = "kube-vip and MetalLB both announce the address (kube-vip's annotation kube-vip.io/vipHost is on the Service): \
                                       clients outside may be sent to either node, and connections break when that changes";

const ANSWERED_BY_EVERY_NODE: &str = "kube-proxy in ipvs mode binds the address on every node, and without strictARP each may answer ARP for it. \
                                      Where it is announced by layer 2, clients outside may be sent to any node";

const REPLIES_PAST_NODE: &str = "under externalTrafficPolicy Local, the replies of pods with an ENI of their own bypass the node. Clients outside \
                                 get no answer unless the load balancer dials the pods";

pub(crate) fn coded(of: &Risk) -> String {
    format!("{} [{}]", risk(of), of.code())
}

#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn risk(risk: &Risk) -> String {
    match risk {
        Risk::UnevenLoad { nodes } => uneven_load(nodes),
        Risk::LastEndpointOfNode { nodes } => format!(
            "{} {} one endpoint{}: while a rollout or an eviction replaces it, connections that the load balancer still sends there are \
             dropped",
            names(nodes),
            if nodes.len() == 1 { "has" } else { "have" },
            if nodes.len() == 1 { "" } else { " each" }
        ),
        Risk::NoBackendOutside { why } => no_backend_outside(why),
        Risk::EndpointsWithoutNode { endpoints } => format!(
            "{} without a nodeName belong{} to no node: a load balancer that announces an address from the nodes of endpoints has none, \
             though the address answers inside",
            words::count(*endpoints, "endpoint"),
            if *endpoints == 1 { "s" } else { "" }
        ),
        Risk::LeftOverSlices { slices, selector } => left_over(slices, *selector),
        Risk::HealthCheckAtRoot { ports } => health_check_at("/", ports, ""),
        Risk::HealthCheckAtPath { path, ports, setting, taken } => {
            health_check_at(path, ports, &in_the_way(setting.as_ref(), taken.as_ref()))
        }
        Risk::HealthCheckOfKubeProxy => HEALTH_CHECK_OF_KUBE_PROXY.into(),
        Risk::HealthCheckAtFirstPort { port } => format!(
            "the load balancer health-checks nodes at the node port of {port}, the first port of the Service, where nobody may listen: clients \
             outside may get no answer at any port"
        ),
        Risk::PortsNotForwarded { ports, why } => not_forwarded(ports, *why),
        Risk::HealthCheckFromBoundAddress { address, .. } => format!(
            "health checks come from {address}, which kube-proxy in ipvs mode binds on every node: a node takes the checks for its own \
             packets and drops them, and clients outside may get no answer"
        ),
        Risk::TagsBesideRanges { tags } => format!(
            "azure-allowed-service-tags admits clients by {} at the cloud's firewall, but kube-proxy drops every client that \
             loadBalancerSourceRanges does not contain: clients admitted only by the tag get no answer",
            words::printable(tags, MESSAGE)
        ),
        Risk::KnownDefect(known) => defects::what(known),
        Risk::WeaveMasquerades => "Weave of this release masquerades what enters the cluster for pods, unless NO_MASQ_LOCAL is set: under \
             externalTrafficPolicy Local, clients outside may get no answer (metallb issue 380)"
            .into(),
        Risk::AnnouncedApart(AnnouncedApart { service, nodes, own_nodes }) => format!(
            "two nodes answer for the address: MetalLB announces it from {} for this Service, and from {} for {service}. Clients outside reach \
             either node, and connections break when that changes",
            names(own_nodes),
            names(nodes)
        ),
        Risk::LocalByAnnotation { at_cluster_ip } => format!(
            "kube-router serves the Service by the endpoints of each node alone, because of its annotation kube-router.io/service.local and \
             whatever its policies say{}",
            if *at_cluster_ip { "; in this release at the ClusterIP too" } else { "" }
        ),
        Risk::AddressIsClusterIp { address } => format!(
            "the load balancer's address {address} is the Service's own ClusterIP, as minikube tunnel writes it: outside the cluster, only a \
             machine with a route to it gets an answer"
        ),
        Risk::IgnoredAnnotations { annotations } => format!(
            "the cloud provider's own controller makes this load balancer and does not read {}, which {} for the AWS Load Balancer Controller, \
             or for another kind of load balancer",
            words::list(annotations),
            if annotations.len() == 1 { "is" } else { "are" }
        ),
        Risk::OtherListeners { load_balancer } => format!(
            "load balancer {load_balancer} existed before the Service: any other listener it has cannot be reached from inside, as \
             kube-proxy in ipvs mode binds the whole address"
        ),
        Risk::SteadyUdpSenders { ports } => format!(
            "steady senders at UDP port {} may stay with an endpoint that is gone: before 1.32 kube-proxy can leave their entries in the \
             node's connection tracking",
            super::ports(ports)
        ),
        Risk::NodePortsWithoutEndpoint { nodes } => node_ports_without_endpoint(nodes),
        Risk::HeldWithoutEndpoint { node } => held_without_endpoint(node),
        Risk::AnnouncedWithoutEndpoint { nodes } => format!(
            "kube-vip may announce the address from a node without an endpoint ({}): under externalTrafficPolicy Local, clients outside \
             then get no answer",
            names(nodes)
        ),
        Risk::AnnouncedByCilium { nodes } => format!(
            "Cilium's L2 announcements may come from a node without an endpoint ({}): under externalTrafficPolicy Local, clients outside \
             then get no answer",
            names(nodes)
        ),
        Risk::NoHealthMonitor => {
            "Octavia has no health monitor unless it is told to: it also sends to nodes without an endpoint, which drop \
                                  connections under externalTrafficPolicy Local"
                .into()
        }
        Risk::AnsweredByEveryNode => ANSWERED_BY_EVERY_NODE.into(),
        Risk::ServiceLbBesideMetalLb => SERVICE_LB_BESIDE_METALLB.into(),
        Risk::KubeVipBesideMetalLb => KUBE_VIP_BESIDE_METALLB.into(),
        Risk::FailedSync(failure) => failed_sync(failure),
        Risk::ExternalIpsOfNobody { addresses } => external_ips_of_nobody(addresses),
        Risk::HeaderNotRead { source } => header_not_read(source),
        Risk::HeaderNotTrusted { trusted, nodes } => header_not_trusted(trusted, nodes),
        Risk::HealthCheckOfKubeRouter => HEALTH_CHECK_OF_KUBE_ROUTER.into(),
        Risk::RepliesPastNode => REPLIES_PAST_NODE.into(),
        Risk::AnnouncedByNobody => ANNOUNCED_BY_NOBODY.into(),
        Risk::NotHeardByCloud => NOT_HEARD_BY_CLOUD.into(),
        Risk::OtherFamily { addresses } => other_family(addresses),
        Risk::LoopbackNodePorts => "in nftables mode, node ports are not served at 127.0.0.1 or ::1".into(),
        Risk::Hairpin { by: HairpinOff::KubeRouter } => {
            "a pod that dials the Service and is sent to itself gets no answer, unless kube-router's hairpin mode is on".into()
        }
        Risk::Hairpin { by: HairpinOff::Cni(source) } => {
            format!("a pod that dials the Service and is sent to itself may get no answer: {source} lacks \"hairpinMode\": true")
        }
        Risk::EndsOnNode { nodes } => format!(
            "the only endpoints on {} are terminating: what the load balancer sends there once they end is lost",
            names(nodes)
        ),
        Risk::AddressOfNode { address, node } => address_of_node(*address, node),
        Risk::LoadBalancerByHand => {
            "a load balancer that somebody put in front of these node ports was not looked at. It may not return a node's own connection"
                .into()
        }
        Risk::HealthCheckOfUdp => {
            "all ports are UDP, and by default the load balancer checks nodes by TCP, at a node port where nobody listens: all may be unhealthy"
                .into()
        }
        Risk::IpvsEnds { nodes } => ipvs_ends(nodes),
        Risk::ExternalIpsEnd => {
            "externalIPs are deprecated from 1.36, and kube-proxy is planned to stop serving them in 1.40 (KEP-5707)".into()
        }
        Risk::RangesForHosts { nodes } => ranges_for_hosts(nodes),
        Risk::DetectsStrangers { node } => format!(
            "kube-proxy's clusterCIDR covers the nodes' own addresses ({node}): it counts machines of that network as pods, and treats \
             clients outside the cluster as if they were inside"
        ),
    }
}

const NOT_HEARD_BY_CLOUD: &str = "MetalLB announces the address by ARP or BGP, which this cloud's network does not take from nodes: \
                                   clients outside may get no answer";

fn ipvs_ends(nodes: &[String]) -> String {
    format!(
        "kube-proxy runs in ipvs mode on {}: it warns about that from 1.35, and from 1.40 it is planned to refuse to start (KEP-5495)",
        names(nodes)
    )
}

fn ranges_for_hosts(nodes: &[String]) -> String {
    format!(
        "loadBalancerSourceRanges does not contain the addresses of {}: from 1.29, kube-proxy in ipvs mode drops these hosts' own connections",
        names(nodes)
    )
}

/// What can be done about it.
#[expect(clippy::too_many_lines, reason = "one sentence for each: a table")]
pub(crate) fn advice(risk: &Risk) -> Cow<'static, str> {
    Cow::Borrowed(match risk {
        Risk::HealthCheckAtRoot { ports } => return health_check_at_root_advice(ports).into(),
        Risk::HealthCheckAtPath { ports, taken: Some(taken), .. } => return taken_path_advice(taken, ports).into(),
        Risk::HealthCheckAtPath { path, ports, setting, taken: None } => {
            return health_check_at_path_advice(path, ports, setting.as_ref()).into();
        }
        Risk::HealthCheckOfKubeProxy => "upgrade Calico to 3.31, and see the load balancer's view of the nodes",
        Risk::HealthCheckAtFirstPort { .. } => "list a port first that always answers, as status-port does with Istio",
        Risk::PortsNotForwarded { why: NotForwarded::OtherThanFirst(_), .. } => {
            "give each protocol a Service of its own; both may ask for the same loadBalancerIP"
        }
        Risk::PortsNotForwarded { why: NotForwarded::NoUdp(Provider::Aws), .. } => {
            "set the annotation service.beta.kubernetes.io/aws-load-balancer-type to nlb on a new Service"
        }
        Risk::PortsNotForwarded { why: NotForwarded::NoUdp(_), .. } => "have clients dial a node port by UDP",
        Risk::UnevenLoad { .. } => {
            "spread the pods evenly: podAntiAffinity or topologySpreadConstraints with kubernetes.io/hostname, or weights by the number of \
             pods at the load balancer"
        }
        Risk::LastEndpointOfNode { .. } => {
            "two pods on each such node, maxUnavailable 0, and a preStop that outlasts the load balancer's health check"
        }
        Risk::EndpointsWithoutNode { .. } => "dial the address from outside; if nobody answers, give the endpoints a nodeName",
        Risk::NoBackendOutside { why } => no_backend_advice(why),
        Risk::LeftOverSlices { selector: true, .. } => "delete the Endpoints object that they mirror, and the EndpointSlices",
        Risk::LeftOverSlices { selector: false, .. } => "delete the EndpointSlices, or give the Service its selector back",
        Risk::HealthCheckFromBoundAddress { of_hetzner: true, .. } => {
            "set the annotation load-balancer.hetzner.cloud/disable-private-ingress to true"
        }
        Risk::HealthCheckFromBoundAddress { of_hetzner: false, .. } => {
            "have the cloud's controller set ipMode Proxy, or a hostname, in the status, or run kube-proxy in iptables or nftables mode"
        }
        Risk::TagsBesideRanges { .. } => {
            "put the ranges into the annotation service.beta.kubernetes.io/azure-allowed-ip-ranges and empty the field, or add the tag's prefixes to \
             the field"
        }
        Risk::KnownDefect(known) => defects::advice(known.defect),
        Risk::AnnouncedApart(_) => {
            "give each Service an address of its own, or announce the shared one by an advertisement without serviceSelectors"
        }
        Risk::LocalByAnnotation { .. } => {
            "take the annotation off, and set externalTrafficPolicy instead: kubectl annotate service NAME kube-router.io/service.local-"
        }
        Risk::WeaveMasquerades => "set NO_MASQ_LOCAL to 1 for the container weave of DaemonSet weave-net, or upgrade Weave to 2.7.0",
        Risk::AddressIsClusterIp { .. } => "keep the tunnel running where the clients are, or use a program that gives out addresses",
        Risk::IgnoredAnnotations { .. } => {
            "recreate the Service with aws-load-balancer-type external and aws-load-balancer-nlb-target-type, if that controller runs here, or \
             remove them"
        }
        Risk::OtherListeners { .. } => "dial such a port with --port, beside the Service's own",
        Risk::SteadyUdpSenders { .. } => "after a rollout, delete such entries on the nodes: conntrack -D -p udp --orig-dst ADDRESS",
        Risk::NodePortsWithoutEndpoint { .. } => "have clients, or the load balancer in front of them, dial only nodes with an endpoint",
        Risk::HeldWithoutEndpoint { .. } | Risk::AnnouncedWithoutEndpoint { .. } => {
            "set kube-vip's svc_election, so that only nodes with an endpoint announce the address"
        }
        Risk::AnnouncedByCilium { .. } => {
            "set externalTrafficPolicy to Cluster, limit CiliumL2AnnouncementPolicy to nodes that run the pods, or upgrade Cilium to 1.20.2"
        }
        Risk::NoHealthMonitor => {
            "set the annotation loadbalancer.openstack.org/enable-health-monitor to true, unless cloud.conf has create-monitor = true"
        }
        Risk::AnsweredByEveryNode => "set strictARP: true under ipvs in kube-proxy's configuration, and restart kube-proxy",
        Risk::FailedSync(_) => "fix what the message names: kubectl describe service shows whether the next sync succeeds",
        Risk::ExternalIpsOfNobody { .. } => {
            "ask for the address as that of the load balancer (MetalLB: metallb.io/loadBalancerIPs from 0.14.9, metallb.universe.tf/loadBalancerIPs from \
             0.12, spec.loadBalancerIP before), or route it to a node"
        }
        Risk::KubeVipBesideMetalLb => "set svc_enable of kube-vip to false, or give the Service a spec.loadBalancerClass of one of them",
        Risk::ServiceLbBesideMetalLb => "start k3s with --disable servicelb, or set spec.loadBalancerClass",
        Risk::HeaderNotRead { .. } => {
            "take the annotation off the Service, or set use-proxy-protocol to true; clients inside, who send no header, then need a hostname in \
             the status"
        }
        Risk::HeaderNotTrusted { .. } => {
            "add the addresses of the nodes and of the load balancer to proxyProtocol.trustedIPs of each entry point"
        }
        Risk::HealthCheckOfKubeRouter => "upgrade kube-router to 2.1, or set externalTrafficPolicy to Cluster",
        Risk::NotHeardByCloud => {
            "use the cloud's own load balancer, or route the address to a node by the cloud's API; dial the address from outside to be sure"
        }
        Risk::AnnouncedByNobody => {
            "switch on enable-l2-announcements or enable-bgp-control-plane in Cilium, with a policy for the address; dial the address from outside"
        }
        Risk::OtherFamily { .. } => "let them dial the other address, or the DNS name",
        Risk::RepliesPastNode => "set the annotation service.beta.kubernetes.io/backend-type to eni, or externalTrafficPolicy to Cluster",
        Risk::LoopbackNodePorts => "dial the node's own address",
        Risk::Hairpin { by: HairpinOff::KubeRouter } => {
            "set the annotation kube-router.io/service.hairpin of the Service, or start kube-router with --hairpin-mode"
        }
        Risk::Hairpin { by: HairpinOff::Cni(_) } => "set \"hairpinMode\": true there, and restart the pods",
        Risk::EndsOnNode { .. } => "spread the pods over nodes, and let a preStop hook outlast the load balancer's health check",
        Risk::AddressOfNode { .. } => "take the nodes' addresses out of MetalLB's pools",
        Risk::LoadBalancerByHand => "only clients outside should use such a load balancer; clients inside have the Service's DNS name",
        Risk::HealthCheckOfUdp => {
            "set the annotation service.beta.kubernetes.io/aws-load-balancer-healthcheck-port to a TCP port that answers, or set externalTrafficPolicy to Local"
        }
        Risk::IpvsEnds { .. } => "move to nftables or iptables mode before that; explain --if mode=nftables shows what changes",
        Risk::ExternalIpsEnd => "give the Service a load balancer, and clients its address",
        Risk::RangesForHosts { .. } => "add the nodes' addresses to the ranges before the upgrade",
        Risk::DetectsStrangers { .. } => {
            "give kube-proxy a clusterCIDR with the pods' addresses only, or a detectLocalMode that tells pods by their interface"
        }
    })
}

fn health_check_at_root_advice(ports: &[u16]) -> String {
    format!(
        "have checks ask for a path that returns 200 (service.beta.kubernetes.io/azure-load-balancer-health-probe-request-path), or go by TCP: {}",
        checked_by_tcp(ports)
    )
}

fn health_check_at_path_advice(path: &str, ports: &[u16], setting: Option<&ServerSetting>) -> String {
    let by_tcp = checked_by_tcp(ports);
    match setting {
        Some(setting) => {
            format!("see that {} lets health checks through, which come from 168.63.129.16; or have them go by TCP: {by_tcp}", setting.name)
        }
        None => format!(
            "see that it returns 200 whatever the Host header: run with --path {} --expect-status 200; or have checks go by TCP: {by_tcp}",
            shell::quoted(path)
        ),
    }
}

/// The annotations of Azure's load balancer.
fn checked_by_tcp(ports: &[u16]) -> String {
    let annotation = |port: &u16| format!("service.beta.kubernetes.io/port_{port}_health-probe_protocol: tcp");
    ports.iter().map(annotation).collect::<Vec<_>>().join(", ")
}

const fn no_backend_advice(why: &NoBackend) -> &'static str {
    match why {
        NoBackend::NotAdvertised { .. } => {
            "list them: kubectl get l2advertisements,bgpadvertisements -A -o yaml; one with neither ipAddressPools nor ipAddressPoolSelectors covers \
             every pool, and one with serviceSelectors only Services with such labels"
        }
        NoBackend::AnnouncedElsewhere { .. } => {
            "run the pods where MetalLB announces, or its speakers where the pods run (nodeSelector and tolerations of its DaemonSet, \
             nodeSelectors of its advertisements); with externalTrafficPolicy Cluster any speaker will do"
        }
        NoBackend::AnnouncedFromNoNode => {
            "see where the speakers run (kubectl get pods -A -o wide -l component=speaker), and the nodeSelectors of the advertisements: \
             kubectl get l2advertisements,bgpadvertisements -A -o yaml"
        }
        NoBackend::CiliumSelectsNothing => {
            "compare the Service's labels with the selectors: kubectl get ciliuml2announcementpolicies,ciliumbgpadvertisements,\
             ciliumbgppeerconfigs,ciliumbgpclusterconfigs -o yaml; a policy for layer 2 needs loadBalancerIPs: true, and an advertisement a \
             selector and a label that a peer's configuration chooses"
        }
        NoBackend::CiliumAnnouncesElsewhere { .. } => {
            "run the pods on the nodes that Cilium announces from, or have its nodeSelector (CiliumL2AnnouncementPolicy, \
             CiliumBGPClusterConfig) choose theirs"
        }
        NoBackend::EveryNodeExcludedFromMetalLb { .. } | NoBackend::EndpointsExcludedFromMetalLb { .. } => {
            "take the label off nodes that should announce the address, or have MetalLB ignore it: speaker.ignoreExcludeLB true in its chart \
             (the speaker's flag --ignore-exclude-lb, from 0.14.4)"
        }
        NoBackend::EveryNodeExcludedFromCloud { .. } => {
            "take the label off nodes that should get traffic: kubectl label nodes NODE node.kubernetes.io/exclude-from-external-load-balancers-"
        }
        NoBackend::EndpointsExcludedFromCloud { .. } => {
            "run the pods on other nodes, or take the label off: kubectl label nodes NODE \
             node.kubernetes.io/exclude-from-external-load-balancers-"
        }
        NoBackend::NodesOfNoMachine { .. } => {
            "start kubelet with --cloud-provider=external, and have the cloud controller initialise the node; see kubectl get nodes -o \
             custom-columns=NODE:.metadata.name,ID:.spec.providerID"
        }
        NoBackend::EveryNodeOfControlPlane { cloud: Provider::Alibaba, .. } => "add nodes without that label, or take it off a node",
        NoBackend::EveryNodeOfControlPlane { .. } => {
            "add nodes without that role, or have the cloud controller count it (Azure: excludeMasterFromStandardLB false); dial the address \
             from outside to be sure"
        }
        NoBackend::EveryNodeLeftOut { .. } => "take the label off nodes that should get traffic; dial the address from outside to be sure",
        NoBackend::EndpointsWithoutNode { .. } => {
            "give the endpoints a nodeName, or set externalTrafficPolicy to Cluster; dial the address from outside to be sure"
        }
        NoBackend::CiliumAnnouncesNowhere => {
            "set externalTrafficPolicy Cluster in Cilium's settings for its Gateway or Ingress (gatewayAPI or ingressController in its chart)"
        }
        NoBackend::CiliumHealthCheckFails => {
            "upgrade Cilium, or set externalTrafficPolicy Cluster in its settings for its Gateway or Ingress"
        }
        NoBackend::NoSelectedNode { .. } => {
            "label nodes that run the pods, or change the annotation; dial the address from outside to be sure"
        }
        NoBackend::EndpointsTerminating => "see why no endpoint is ready: kubectl get pods",
        NoBackend::EndpointsOnUnknownNodes { .. } => {
            "see what the endpoints are: kubectl get endpointslices -o yaml; a node that is gone leaves them for a while"
        }
        NoBackend::KubeProxyMisnamed => "give kube-proxy its node's name (--hostname-override); dial the address from outside to be sure",
        NoBackend::EndpointsOnNodesLeftOut { .. } => {
            "take the label off nodes that should get traffic, or run the pods on others; dial the address from outside to be sure"
        }
    }
}

fn node_ports_without_endpoint(nodes: &[String]) -> String {
    format!(
        "clients outside get no answer at the node ports of {}: under externalTrafficPolicy Local, only nodes with an endpoint answer there",
        names(nodes)
    )
}

fn held_without_endpoint(node: &str) -> String {
    format!(
        "kube-vip announces the address from {node} (annotation kube-vip.io/vipHost), which has no endpoint: under externalTrafficPolicy \
         Local, clients outside get no answer"
    )
}

fn other_family(addresses: &[IpAddr]) -> String {
    let family = if addresses.iter().any(IpAddr::is_ipv6) { "IPv6" } else { "IPv4" };
    format!(
        "clients inside without an {family} address cannot dial {}, which only the load balancer serves",
        words::list(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>())
    )
}

fn health_check_at(path: &str, ports: &[u16], in_the_way: &str) -> String {
    let noun = if ports.len() == 1 { "port" } else { "ports" };
    format!(
        "the load balancer health-checks {noun} {} at {path} over HTTP or HTTPS: unless that returns 200{in_the_way}, clients outside get no \
         answer",
        super::ports(ports)
    )
}

/// What may keep a health check from its answer.
fn in_the_way(setting: Option<&ServerSetting>, taken: Option<&TakenPath>) -> String {
    match (taken, setting) {
        (Some(TakenPath { path, ingress }), _) => format!(" (path {path} without a host in {ingress} may take it)"),
        (None, Some(ServerSetting { name, source })) => format!(" ({name} in {source} may refuse it)"),
        (None, None) => String::new(),
    }
}

fn taken_path_advice(TakenPath { ingress, .. }: &TakenPath, ports: &[u16]) -> String {
    format!("give the path in {ingress} a host, so that it leaves health checks alone; or have checks go by TCP: {}", checked_by_tcp(ports))
}

const HEALTH_CHECK_OF_KUBE_ROUTER: &str = "under externalTrafficPolicy Local the load balancer health-checks nodes at healthCheckNodePort, which \
                                           kube-router does not serve before 2.1: clients outside may get no answer";

fn header_not_trusted(TrustedFrom { source, ranges }: &TrustedFrom, nodes: &[String]) -> String {
    if ranges.is_empty() {
        return format!(
            "the load balancer writes the PROXY header, and Traefik does not read it ({source} has no proxyProtocol.trustedIPs). Clients \
             outside get an error"
        );
    }
    let ranges: Vec<_> = ranges.iter().map(ToString::to_string).collect();
    format!(
        "the load balancer writes the PROXY header, and Traefik reads it only from {} ({source}). Under externalTrafficPolicy Cluster connections \
         may come from {}, whose addresses lie elsewhere: clients outside then get an error",
        words::short_list(&ranges, SHARES),
        names(nodes)
    )
}

const HEALTH_CHECK_OF_KUBE_PROXY: &str = "the load balancer health-checks kube-proxy at port 10256 of every node, where Calico's eBPF data path \
                                          does not answer before 3.31 (calico issue 10748): clients outside may get no answer";

fn not_forwarded(ports: &[TransportPort], why: NotForwarded) -> String {
    let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
    let ports = words::list(&ports);
    match why {
        NotForwarded::OtherThanFirst(protocol) => format!(
            "Google Cloud's load balancers may take the protocol of the Service's first port, {protocol}, for all of them: clients outside then get no \
             answer at {ports}"
        ),
        NotForwarded::NoUdp(Provider::Aws) => {
            format!("AWS's classic load balancers forward no UDP: clients outside get no answer at {ports}")
        }
        NotForwarded::NoUdp(cloud) => format!("{} load balancers forward no UDP: clients outside get no answer at {ports}", owner(cloud)),
    }
}

fn address_of_node(address: IpAddr, node: &str) -> String {
    format!("{address} is the address of node {node}: MetalLB may announce it from another node, and cut {node} off")
}

/// What answers inside proves nothing there: kube-proxy, or what stands in its place, answers instead of the load balancer.
fn no_backend_outside(why: &NoBackend) -> String {
    let get = if why.is_certain() { "get" } else { "may get" };
    format!("{}: clients outside {get} no answer, whatever answers inside", no_backend(why))
}

fn all_nodes(number: usize) -> String {
    match number {
        1 => "the only node".to_owned(),
        2 => "both nodes".to_owned(),
        number => format!("all {number} nodes"),
    }
}

fn all_nodes_have(number: usize) -> String {
    format!("{} {}", all_nodes(number), if number == 1 { "has" } else { "have" })
}

fn header_not_read(source: &str) -> String {
    format!(
        "the load balancer writes the PROXY header, and the servers do not read it ({source} lacks use-proxy-protocol: \"true\"). Clients \
         outside get an error"
    )
}

/// The Event by which service controllers say that a load balancer has no backend at all.
const NO_NODES: &str = "UnAvailableLoadBalancer";

fn failed_sync(FailedSync { reason, message }: &FailedSync) -> String {
    if reason == NO_NODES {
        return format!(
            "the cloud's controller finds no node for the load balancer ({reason}: {}): it has no backend, and clients outside get no answer",
            words::printable(message, MESSAGE)
        );
    }
    format!(
        "the last sync of the load balancer failed, so it may still use outdated nodes and ports; its controller says {reason}: {message}"
    )
}

fn external_ips_of_nobody(addresses: &[IpAddr]) -> String {
    let listed = words::list(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>());
    let (noun, them) = if addresses.len() == 1 { ("external IP", "it") } else { ("external IPs", "them") };
    format!(
        "no node has the {noun} {listed}, and MetalLB, kube-vip and ServiceLB do not announce {them}; without another route, clients outside get no \
         answer"
    )
}

/// A provider, as the owner of its controller.
const fn owner(provider: Provider) -> &'static str {
    match provider {
        Provider::Alibaba => "Alibaba Cloud's",
        Provider::Aws => "AWS's",
        Provider::Azure => "Azure's",
        Provider::DigitalOcean => "DigitalOcean's",
        Provider::Gce => "Google Cloud's",
        Provider::Hetzner => "Hetzner's",
        Provider::Linode => "Linode's",
        Provider::OpenStack => "OpenStack's",
        Provider::Scaleway => "Scaleway's",
        Provider::Tencent => "Tencent Cloud's",
        Provider::Vultr => "Vultr's",
        Provider::Oracle => "Oracle's",
        Provider::MetalLb | Provider::MetalLbOnAnyNode => "MetalLB's",
        Provider::KubeVip => "kube-vip's",
        Provider::ServiceLb => "ServiceLB's",
    }
}

/// Why a load balancer has no backend.
pub(super) fn no_backend(why: &NoBackend) -> String {
    match why {
        NoBackend::NotAdvertised { pool } => format!(
            "the address is in MetalLB's pool {pool}, which no L2Advertisement or BGPAdvertisement covers for this Service, so MetalLB announces \
             it from no node"
        ),
        NoBackend::AnnouncedElsewhere { from, nodes } => format!(
            "MetalLB announces the address from no node: its speakers and advertisements limit it to {}, but under externalTrafficPolicy Local \
             only nodes with an endpoint ({}) may announce it",
            names(from),
            names(nodes)
        ),
        NoBackend::AnnouncedFromNoNode => {
            "MetalLB announces the address from no node: its speakers run on none that an advertisement of the pool chooses, or only where the exclude label keeps it away".into()
        }
        NoBackend::CiliumSelectsNothing => {
            "Cilium gave the Service its address, but announces it from no node: no CiliumL2AnnouncementPolicy and no \
             CiliumBGPAdvertisement chooses it for a node"
                .into()
        }
        NoBackend::CiliumAnnouncesElsewhere { from, nodes } => format!(
            "Cilium may announce the address only from {}, but under externalTrafficPolicy Local only nodes with an endpoint ({}) answer",
            names(from),
            names(nodes)
        ),
        NoBackend::EveryNodeExcludedFromMetalLb { nodes } => format!(
            "MetalLB announces the address from no node: it leaves out those labelled node.kubernetes.io/exclude-from-external-load-balancers, \
             and {} this label",
            all_nodes_have(*nodes)
        ),
        NoBackend::EndpointsExcludedFromMetalLb { nodes } => format!(
            "MetalLB announces the address from no node: under externalTrafficPolicy Local only {} could, labelled \
             node.kubernetes.io/exclude-from-external-load-balancers",
            names(nodes)
        ),
        NoBackend::EveryNodeExcludedFromCloud { cloud, nodes } => format!(
            "{} cloud controller leaves out nodes labelled node.kubernetes.io/exclude-from-external-load-balancers, whatever its value, and \
             {} this label",
            owner(*cloud),
            all_nodes_have(*nodes)
        ),
        NoBackend::EndpointsExcludedFromCloud { cloud, nodes } => format!(
            "{} cloud controller leaves out nodes labelled node.kubernetes.io/exclude-from-external-load-balancers: under \
             externalTrafficPolicy Local only {} could answer, which {} this label",
            owner(*cloud),
            names(nodes),
            if nodes.len() == 1 { "has" } else { "have" }
        ),
        NoBackend::NodesOfNoMachine { cloud, nodes } => format!(
            "{} cloud controller finds a node's machine by its spec.providerID, and {} {} none that it knows",
            owner(*cloud),
            names(nodes),
            if nodes.len() == 1 { "has" } else { "have" }
        ),
        NoBackend::EveryNodeOfControlPlane { cloud, label } => {
            format!("{} cloud controller leaves out nodes labelled {label}, whatever the value, and every node has this label", owner(*cloud))
        }
        NoBackend::EveryNodeLeftOut { nodes } => format!(
            "load balancers leave out {} (label node.kubernetes.io/exclude-from-external-load-balancers, or their role)",
            all_nodes(*nodes)
        ),
        NoBackend::EndpointsOnNodesLeftOut { nodes } => format!(
            "endpoints are only on {}, which load balancers leave out (label node.kubernetes.io/exclude-from-external-load-balancers, or \
             their role), and externalTrafficPolicy is Local",
            names(nodes)
        ),
        NoBackend::NoSelectedNode { selector } => {
            format!("an annotation limits the backends to nodes labelled {selector}, and none of those can answer")
        }
        NoBackend::EndpointsTerminating => {
            "every endpoint is terminating, and externalTrafficPolicy is Local, so that no node passes the health check".into()
        }
        NoBackend::EndpointsOnUnknownNodes { nodes } => {
            format!("endpoints are only on {}, which is no node of this cluster, and externalTrafficPolicy is Local", names(nodes))
        }
        NoBackend::KubeProxyMisnamed => {
            "externalTrafficPolicy is Local, and kube-proxy runs under a name that no node with an endpoint has (hostnameOverride): no node \
             passes the health check"
                .into()
        }
        NoBackend::CiliumAnnouncesNowhere => {
            "externalTrafficPolicy is Local, and from 1.20.2 Cilium announces an address only from nodes with an endpoint: the placeholder of \
             its Gateway or Ingress is on none (cilium issue 48799)"
                .into()
        }
        NoBackend::CiliumHealthCheckFails => {
            "externalTrafficPolicy is Local, and Cilium of this release tells health checks that no node has an endpoint of its Gateway or \
             Ingress (cilium issue 33038)"
                .into()
        }
        NoBackend::EndpointsWithoutNode { endpoints } => format!(
            "{} without a nodeName belong{} to no node, and externalTrafficPolicy is Local, so that no node takes connections for the load balancer",
            words::count(*endpoints, "endpoint"),
            if *endpoints == 1 { "s" } else { "" }
        ),
    }
}

fn left_over(slices: &[Slice], selector: bool) -> String {
    let each: Vec<_> = slices
        .iter()
        .map(|slice| {
            let addresses: Vec<_> = slice.addresses.iter().map(ToString::to_string).collect();
            format!("{} ({})", slice.name, words::short_list(&addresses, SHARES))
        })
        .collect();
    let each = words::short_list(&each, SHARES);
    if selector {
        format!(
            "EndpointSlice {each} mirrors an Endpoints object, though the Service has a selector: nobody keeps it, and kube-proxy uses its \
             addresses"
        )
    } else {
        format!("EndpointSlice {each} is left over from a selector that the Service no longer has: nobody keeps it, and kube-proxy uses it")
    }
}

fn uneven_load(nodes: &[EndpointCount]) -> String {
    let share = |EndpointCount { node, endpoints }: &EndpointCount| {
        format!("{} % for each of {} on {node}", percent(nodes.len() * endpoints), words::count(*endpoints, "pod"))
    };
    let shares: Vec<_> = nodes.iter().map(share).collect();
    format!(
        "a load balancer that spreads evenly over nodes gives {}: up to {:.1} times as much to one pod as to another",
        words::short_list(&shares, SHARES),
        skew(nodes).unwrap_or(1.0)
    )
}

/// The share of one of so many equal parts.
fn percent(parts: usize) -> String {
    let share = ratio(100, parts);
    if share >= 10.0 { format!("{share:.0}") } else { format!("{share:.1}") }
}
