//! The Service: what it declares, and what its load balancer has.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// In which kube-vip writes the node that announces the Service's address.
pub(crate) const KUBE_VIP_HOST: &str = "kube-vip.io/vipHost";

/// The annotation in which a Service says what is known of it and lived with, by codes.
pub const IGNORE_ANNOTATION: &str = "lbprobe/ignore";

/// What the annotations begin with that steer cloud controllers; all others are none of our business, and may
/// hold secrets.
const CLOUD_ANNOTATIONS: [&str; 14] = [
    "networking.gke.io/",
    "cloud.google.com/load-balancer-type",
    "service.beta.kubernetes.io/",
    "load-balancer.hetzner.cloud/",
    "loadbalancer.openstack.org/",
    "kube-router.io/",
    "kube-vip.io/vipHost",
    "service.kubernetes.io/qcloud-",
    "service.kubernetes.io/ibm-load-balancer-",
    "service.cloud.tencent.com/",
    "k8s.cloudscale.ch/",
    "kubernetes.civo.com/",
    "oci.oraclecloud.com/",
    "oci-network-load-balancer.oraclecloud.com/",
];

/// By which addresses clients come to a Service: `spec.type`, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ServiceType {
    /// Those of a load balancer, and external IPs; its node ports are the load balancer's.
    #[default]
    LoadBalancer,
    /// The node port of any node, and external IPs.
    NodePort,
    /// External IPs alone.
    #[serde(rename = "ClusterIP")]
    ClusterIp,
    /// None of this cluster: what the user dials is elsewhere, and kube-proxy has no part in it.
    Elsewhere,
}

impl ServiceType {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_load_balancer(&self) -> bool {
        *self == Self::LoadBalancer
    }
}

/// A Service with addresses that the external policy holds at: of a load balancer, of nodes, or external IPs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `spec.type`; reports of a time when there was one alone do not have it.
    #[serde(default, rename = "type", skip_serializing_if = "ServiceType::is_load_balancer")]
    pub service_type: ServiceType,
    /// Its annotations: cloud controllers are steered by them.
    pub annotations: BTreeMap<String, String>,
    /// `spec.externalTrafficPolicy`.
    pub external_traffic_policy: TrafficPolicy,
    /// `spec.internalTrafficPolicy`.
    pub internal_traffic_policy: TrafficPolicy,
    /// `spec.clusterIPs`, without "None".
    pub cluster_ips: Vec<IpAddr>,
    /// `spec.ports`.
    pub ports: Vec<ServicePort>,
    /// `status.loadBalancer.ingress`.
    pub ingress: Vec<Ingress>,
    /// `spec.externalIPs`.
    #[serde(default, rename = "externalIPs", skip_serializing_if = "Vec::is_empty")]
    pub external_ips: Vec<IpAddr>,
    /// `spec.loadBalancerSourceRanges`: the clients that are let through; all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub load_balancer_source_ranges: Vec<IpNet>,
    /// The operator's object that owns the Service, ASM's IstioGateway for instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The label `service.kubernetes.io/service-proxy-name`: kube-proxy passes the Service over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_name: Option<String>,
    /// `spec.trafficDistribution`, "PreferSameZone" for instance. kube-proxy goes by the hints; it is there for readers of
    /// the JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic_distribution: Option<String>,
    /// `allocateLoadBalancerNodePorts: false`, and no port has a node port.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_node_ports: bool,
    /// Whether Cilium's LB IPAM gave the load balancer's address, by the Service's condition.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_cilium_address: bool,
    /// `spec.loadBalancerClass`: whose load balancer it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancer_class: Option<String>,
    /// Whether it has a `spec.selector`, by which a controller keeps its EndpointSlices; not known in reports of a time when
    /// that was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_selector: Option<bool>,
    /// Whether it selects ingress-nginx's pods, by the labels of its chart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ingress_nginx: bool,
    /// `spec.loadBalancerIP`: the address that it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_address: Option<IpAddr>,
    /// `spec.ipFamilyPolicy`; not known in reports of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_family_policy: Option<IpFamilyPolicy>,
    /// `spec.healthCheckNodePort`, which a Service with external policy Local has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_node_port: Option<u16>,
}

/// How many families of addresses a Service asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IpFamilyPolicy {
    /// One.
    SingleStack,
    /// Both, or one where the API server has ClusterIPs of no other.
    PreferDualStack,
    /// Both.
    RequireDualStack,
}

/// A Service that waits for its load balancer's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingService {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Service {
    /// What stands for a Service where the user dials something that is none of this cluster: by its host, at these ports.
    #[must_use]
    pub fn elsewhere(host: &str, ports: impl IntoIterator<Item = u16>) -> Self {
        Self {
            service_type: ServiceType::Elsewhere,
            external_traffic_policy: TrafficPolicy::Cluster,
            ports: ports.into_iter().map(ServicePort::tcp).collect(),
            ..Self::named("", host)
        }
    }

    /// Whether it stands for something that is none of this cluster's.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.service_type == ServiceType::Elsewhere
    }

    /// The node from which kube-vip announces the address now, where it says so.
    pub(crate) fn kube_vip_host(&self) -> Option<&str> {
        self.annotations.get(KUBE_VIP_HOST).map(String::as_str).filter(|node| !node.is_empty())
    }

    /// Whether its load balancer has no address yet.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.service_type == ServiceType::LoadBalancer && self.ingress.is_empty()
    }

    /// A Service with external policy Local and neither ports nor addresses.
    #[must_use]
    pub fn named(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            service_type: ServiceType::LoadBalancer,
            annotations: BTreeMap::new(),
            external_traffic_policy: TrafficPolicy::Local,
            internal_traffic_policy: TrafficPolicy::Cluster,
            cluster_ips: Vec::new(),
            ports: Vec::new(),
            ingress: Vec::new(),
            external_ips: Vec::new(),
            load_balancer_source_ranges: Vec::new(),
            owner: None,
            proxy_name: None,
            traffic_distribution: None,
            without_node_ports: false,
            has_cilium_address: false,
            load_balancer_class: None,
            has_selector: None,
            ingress_nginx: false,
            requested_address: None,
            ip_family_policy: None,
            health_check_node_port: None,
        }
    }

    /// The addresses of its load balancer of which it has no ClusterIP of the same family: kube-proxy passes them over.
    pub fn addresses_of_other_family(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.load_balancer_ips()
            .filter(|ip| !self.cluster_ips.is_empty() && self.cluster_ips.iter().all(|own| own.is_ipv6() != ip.is_ipv6()))
    }

    /// Whether an address is one of its own: a ClusterIP, the load balancer's, or an external IP.
    #[must_use]
    pub fn has_address(&self, address: IpAddr) -> bool {
        let mut own = self.cluster_ips.iter().copied().chain(self.load_balancer_ips()).chain(self.external_ips.iter().copied());
        own.any(|own| own == address)
    }

    /// The addresses of its load balancer.
    pub fn load_balancer_ips(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.ingress.iter().filter_map(|ingress| match ingress {
            Ingress::Address { ip, .. } => Some(*ip),
            Ingress::Hostname(_) => None,
        })
    }

    /// Those, and its `externalIPs`.
    pub fn external_addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.load_balancer_ips().chain(self.external_ips.iter().copied())
    }

    /// Whether an annotation is one that the analysis looks at: no other is read, kept or written to a report.
    #[must_use]
    pub fn is_of_interest(annotation: &str) -> bool {
        annotation == IGNORE_ANNOTATION || CLOUD_ANNOTATIONS.iter().any(|prefix| annotation.starts_with(prefix))
    }

    /// The gateway of Alibaba Cloud Service Mesh that owns it: the only owner whose fields are known, so that a
    /// change can be made there.
    #[must_use]
    pub fn istio_gateway(&self) -> Option<&Owner> {
        self.owner.as_ref().filter(|owner| owner.is_istio_gateway())
    }

    /// An owner of another kind, whose controller puts back what is changed in the Service.
    #[must_use]
    pub fn other_owner(&self) -> Option<&Owner> {
        self.owner.as_ref().filter(|owner| !owner.is_istio_gateway())
    }

    /// The port that it declares with a number and protocol.
    #[must_use]
    pub fn declared(&self, port: TransportPort) -> Option<&ServicePort> {
        self.ports.iter().find(|declared| declared.transport() == port)
    }

    /// Whether it declares a port.
    #[must_use]
    pub fn declares(&self, port: TransportPort) -> bool {
        self.declared(port).is_some()
    }
}

/// An object that owns another, as `metadata.ownerReferences` names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Its group and version.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl Owner {
    /// Whether it is an IstioGateway of Alibaba Cloud Service Mesh, in a version that is one.
    #[must_use]
    pub fn is_istio_gateway(&self) -> bool {
        let is_version = |version: &str| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric());
        self.kind == "IstioGateway" && self.api_version.strip_prefix("istio.alibabacloud.com/").is_some_and(is_version)
    }
}

impl fmt::Display for Owner {
    /// As a person names it: "Gateway shop (gateway.networking.k8s.io/v1)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.kind, self.name, self.api_version)
    }
}

/// Which endpoints a node may send a connection to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TrafficPolicy {
    /// Any of the cluster's; the API's default.
    #[default]
    Cluster,
    /// Those on the node itself.
    Local,
}

impl fmt::Display for TrafficPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cluster => "Cluster",
            Self::Local => "Local",
        })
    }
}

/// One declared port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePort {
    /// Its name; a Service of one port may leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its protocol.
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
    /// Its port on every node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_port: Option<u16>,
    /// What is spoken on it, where its owner says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_protocol: Option<String>,
    /// `targetPort`, where it is a name: each pod's own port of that name is dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_port_name: Option<String>,
}

/// A port's number and protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportPort {
    /// The number.
    pub port: u16,
    /// The protocol.
    pub protocol: Protocol,
}

impl From<u16> for TransportPort {
    /// A TCP port.
    fn from(port: u16) -> Self {
        Self::tcp(port)
    }
}

impl TransportPort {
    /// A TCP port.
    #[must_use]
    pub const fn tcp(port: u16) -> Self {
        Self { port, protocol: Protocol::Tcp }
    }
}

impl ServicePort {
    /// A TCP port of which nothing else is known.
    #[must_use]
    pub fn tcp(port: u16) -> Self {
        Self { name: None, protocol: Protocol::Tcp, port, node_port: None, app_protocol: None, target_port_name: None }
    }

    /// Its number and protocol.
    #[must_use]
    pub const fn transport(&self) -> TransportPort {
        TransportPort { port: self.port, protocol: self.protocol }
    }
}

/// A Service port's protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// Whether it is TCP, the only one that is dialled.
    #[must_use]
    pub fn is_tcp(&self) -> bool {
        *self == Self::Tcp
    }
}

impl fmt::Display for TransportPort {
    /// As kubectl shows ports: "53/UDP".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.port, self.protocol)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        })
    }
}

/// One entry of `status.loadBalancer.ingress`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ingress {
    /// An address, which kube-proxy intercepts unless the mode is Proxy.
    Address {
        /// The address.
        ip: IpAddr,
        /// `ipMode`; missing before Kubernetes 1.29.
        #[serde(rename = "ipMode", skip_serializing_if = "Option::is_none")]
        ip_mode: Option<IpMode>,
    },
    /// A name alone, of which kube-proxy knows nothing.
    Hostname(String),
}

/// How a load balancer delivers (KEP-1860).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IpMode {
    /// With the address as destination: kube-proxy intercepts it.
    #[serde(rename = "VIP")]
    Vip,
    /// To the node or pod: kube-proxy leaves the address alone.
    Proxy,
}
