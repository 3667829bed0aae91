//! What lies around the Service and may meet its connections.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Protocol, TransportPort, Version};

/// Another Service with one of the same load balancer's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NearbyService {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The ports that it declares.
    pub ports: Vec<u16>,
    /// The same with their protocols; reports of before have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<TransportPort>,
}

impl NearbyService {
    /// Its ports of TCP; all of them where their protocols are not known.
    pub fn tcp_ports(&self) -> impl Iterator<Item = u16> + '_ {
        let of_tcp = self.transports.iter().filter(|transport| transport.protocol == Protocol::Tcp).map(|transport| transport.port);
        let of_any = self.ports.iter().copied().filter(|_| self.transports.is_empty());
        of_tcp.chain(of_any)
    }

    /// Whether it declares a port; where protocols are not known, by its number.
    #[must_use]
    pub fn declares(&self, port: TransportPort) -> bool {
        if self.transports.is_empty() { self.ports.contains(&port.port) } else { self.transports.contains(&port) }
    }
}

/// Another Service at the same address, which MetalLB announces by layer 2 from other nodes alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnnouncedApart {
    /// Namespace and name of the other one.
    pub service: String,
    /// The nodes that may answer for it.
    pub nodes: Vec<String>,
    /// Those that may answer for this one.
    pub own_nodes: Vec<String>,
}

/// A node's own address, which another Service has for its load balancer, or among its externalIPs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenNodeAddress {
    /// The address.
    pub address: IpAddr,
    /// The node.
    pub node: String,
    /// Namespace and name of the Service.
    pub service: String,
}

/// A NetworkPolicy that selects the probe's pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodPolicy {
    /// Its namespace, that of the probe's pods.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether it limits where the pods may connect to.
    pub limits_egress: bool,
}

/// A NetworkPolicy that may hold back clients of the Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePolicy {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// By what.
    pub concern: PolicyConcern,
}

/// Something that may hold clients back and could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// What.
    pub what: UnreadKind,
    /// Why not, in the words of the error.
    pub reason: String,
}

/// What may hold clients back from a Service's pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnreadKind {
    /// NetworkPolicies of all namespaces.
    NetworkPolicies,
    /// The Service's pods: where they listen, and whose PROXY header they trust.
    Pods,
    /// The settings of ingress-nginx.
    NginxSettings,
    /// Ingresses, which may take the path of health checks.
    Ingresses,
    /// Istio's Gateways, by which Envoy listens.
    IstioGateways,
    /// Calico's own objects: whether its eBPF data path is in kube-proxy's place, and what it announces.
    CalicoSettings,
}

/// By what a NetworkPolicy may hold back clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PolicyConcern {
    /// It limits who reaches the Service's pods.
    LimitsIngress,
    /// It limits who reaches some of the Service's pods.
    LimitsSome,
    /// It limits who reaches pods with more labels than the Service selects by: its pods may have them.
    MaySelect,
    /// It admits these ranges alone to the Service's pods, and no node or pod of the cluster is in them.
    AdmitsNobodyInside(Vec<IpNet>),
    /// It admits none but pods to the Service's pods, by their labels.
    AdmitsPodsAlone,
    /// It admits nobody to the Service's pods, and no other policy does.
    AdmitsNobody,
    /// It limits where pods connect to, and may not let them through to the Service's pods.
    LimitsEgress,
    /// It limits where pods connect to, and no rule lets them through to the Service's pods.
    StopsEgress,
    /// It lets clients connect to this address of the Service, which policies do not see.
    NamesAddress(IpAddr),
}

/// A port of its nodes that a DaemonSet takes (`hostPort`): the CNI plugin portmap sends what arrives there, at any
/// address of the node, to the DaemonSet's pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostPort {
    /// The DaemonSet's namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The TCP port.
    pub port: u16,
}

/// A program in the cluster that makes load balancers: it brings packets to nodes, and kube-proxy does the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Announcer {
    /// MetalLB of a release that is not known: from 0.14.0 on it leaves out nodes with the exclude label.
    MetalLb,
    /// MetalLB that leaves them out, by its release and flags.
    MetalLbByLabel,
    /// MetalLB that does not look at the label: an older one, or with `--ignore-exclude-lb`.
    MetalLbOnAnyNode,
    /// kube-vip whose leader announces every address, whichever node that is.
    KubeVip,
    /// kube-vip whose nodes all announce every address by BGP.
    KubeVipByBgp,
    /// kube-vip that chooses for each Service among the nodes on which it runs (`svc_election`), under policy Local among
    /// those with an endpoint.
    KubeVipByService,
    /// k3s' and RKE2's ServiceLB.
    ServiceLb,
}

/// Such a program as its DaemonSet shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnnouncingProgram {
    /// Which.
    pub announcer: Announcer,
    /// Its release, by its image's tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Version>,
    /// Whether it is kube-vip with `enable_service_security`, which admits nothing but a Service's ports at its address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub filters_ports: bool,
}

impl Announcer {
    /// Whether it is MetalLB, of whatever kind.
    #[must_use]
    pub fn is_metallb(self) -> bool {
        matches!(self, Self::MetalLb | Self::MetalLbByLabel | Self::MetalLbOnAnyNode)
    }
}

impl Announcer {
    /// Whether it is kube-vip, in whatever way.
    #[must_use]
    pub const fn is_kube_vip(self) -> bool {
        matches!(self, Self::KubeVip | Self::KubeVipByBgp | Self::KubeVipByService)
    }

    /// The same without what its release and its settings say.
    pub(crate) const fn program(self) -> Self {
        match self {
            Self::KubeVipByService | Self::KubeVipByBgp => Self::KubeVip,
            Self::MetalLbByLabel => Self::MetalLb,
            other => other,
        }
    }
}

/// Why MetalLB gives two Services no common address (MetalLB, "IP address sharing").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NotShared {
    /// They do not have the same sharing key.
    Key,
    /// Both want one port.
    Ports,
    /// One of them has externalTrafficPolicy Local, and they do not select the same pods.
    Pods,
}

/// A certificate that cert-manager waits for: it dials the Service's public name from inside first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The name that is to be certified.
    pub dns_name: String,
    /// What cert-manager says of it.
    #[serde(default)]
    pub reason: String,
}

/// How a controller failed to bring a load balancer up to date, in the words of its Event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedSync {
    /// The Event's reason, "SyncLoadBalancerFailed" for instance.
    pub reason: String,
    /// Its message.
    pub message: String,
}

/// Where endpoints come from that are assumed: manifests describe no cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssumedEndpoints {
    /// Of what.
    pub origin: EndpointOrigin,
    /// What is nearly selected, where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<NearWorkload>,
}

/// Where endpoints come from that no cluster made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndpointOrigin {
    /// What makes the pods that the selector matches: "Deployment web".
    Workloads(Vec<String>),
    /// EndpointSlices or Endpoints of the file.
    File,
    /// Nothing in the file: a pod is assumed, and where it is.
    Unknown,
}

/// What makes pods that a selector nearly matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NearWorkload {
    /// "Deployment web".
    pub workload: String,
    /// Its namespace, where that is another one than the Service's, and the labels are right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The labels that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<LabelDifference>,
}

/// A label that a selector asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelDifference {
    /// "app=wbe".
    pub wanted: String,
    /// What stands there instead, "app=web"; nothing where there is no such label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<String>,
}

/// A pod that a selector nearly matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NearestPod {
    /// "pod shop/web-0".
    pub pod: String,
    /// The labels that the selector asks for and the pod does not have: "tier=edge".
    pub lacks: Vec<String>,
}

/// A pod of a Service that is not ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnreadyPod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Why, as far as its status says it.
    pub why: NotReady,
}

/// Why a pod is not ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NotReady {
    /// No node takes it; the scheduler's words.
    NotScheduled {
        /// Those.
        message: String,
    },
    /// A container waits: "CrashLoopBackOff", "ImagePullBackOff".
    Waits {
        /// Which.
        container: String,
        /// For what.
        reason: String,
        /// How often it was started again.
        restarts: u32,
    },
    /// A container runs and is not ready: its readiness probe fails, or has not succeeded yet.
    ProbeFails {
        /// Which.
        container: String,
        /// How often it was started again.
        restarts: u32,
    },
    /// Its containers are ready, and a condition that its spec asks for besides is not there (`readinessGates`).
    GateNotMet {
        /// The condition's type: "target-health.elbv2.k8s.aws/k8s-shop-web-0123456789".
        gate: String,
        /// What that condition says, where it is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Its status says no more.
    Unknown,
}

/// Why a load balancer has no address yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NoAddressReason {
    /// The last Event of type Warning about the Service.
    Event {
        /// Its reason, "SyncLoadBalancerFailed" for instance.
        reason: String,
        /// Its message.
        message: String,
    },
    /// `allocateLoadBalancerNodePorts: false`, though the load balancer dials node ports.
    NoNodePorts,
    /// Hetzner's controller is not told where to make it.
    HetznerLocation,
    /// The AWS Load Balancer Controller is not told what its targets are to be, and the cloud provider's own leaves the Service
    /// to it.
    AwsTargetType,
    /// MetalLB's pools have so many addresses, and Services have all of them.
    PoolsFull {
        /// How many.
        addresses: usize,
    },
    /// No node has an InternalIP, from which Linode's controller takes the addresses of backends.
    NoInternalIp,
    /// No pool of MetalLB's gives an address to a Service that does not ask for it.
    PoolsNotAutomatic {
        /// Their names.
        pools: Vec<String>,
    },
    /// MetalLB does not share the address that the Service asks for with the one that has it.
    NotShared {
        /// The address.
        address: IpAddr,
        /// Who has it: "default/web".
        by: String,
        /// Why they may not share it.
        why: NotShared,
    },
    /// ServiceLB's pods for it are not Ready, and another DaemonSet takes one of its ports on the nodes.
    PortTaken {
        /// The port.
        port: u16,
        /// Its namespace and name: "kube-system/svclb-traefik".
        by: String,
    },
    /// ServiceLB's DaemonSet for it chooses nodes by labels that no node has.
    NoNodeChosen {
        /// Its namespace and name: "kube-system/svclb-traefik".
        daemon_set: String,
        /// The labels: "svccontroller.k3s.cattle.io/enablelb=true".
        labels: Vec<String>,
    },
    /// A pod of ServiceLB is on no node.
    PodNotScheduled {
        /// The pod.
        pod: String,
        /// What the scheduler says.
        message: String,
    },
}
