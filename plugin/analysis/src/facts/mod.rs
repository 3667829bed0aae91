//! What is known of the cluster, as plain structs.

mod differences;
mod distribution;
mod endpoint;
mod known;
mod kube_proxy;
mod named_pod;
mod node;
mod pod_addresses;
mod pod_network;

mod server_settings;
mod service;
mod surroundings;
mod version;

pub use differences::{Address, EndpointName, EndpointTurn, ServiceChange, differences, service_differences};
pub use distribution::{Distribution, default_config};
pub use endpoint::{Endpoint, EndpointPort, LocalPorts, MissingPort, Slice};
pub use known::Known;
pub use kube_proxy::{
    ConfigOrigin, ConfiguredMode, DetectLocal, KubeProxy, KubeProxyConfig, KubeProxyProcess, LocalDetection, ProxyMode, ReadyPods, RunsAs,
};
pub use named_pod::{HostAlias, NamedPod, OwnInterface, PodDelivery, ShellImage};
pub use node::{Node, Readiness, Taint, Tunnel};
pub(crate) use pod_addresses::seen_pods;
pub use pod_network::{
    AntreaConfig, AntreaScope, BgpMesh, CILIUM_ANNOUNCES_BY_ENDPOINT, CiliumConfig, HairpinSetting, NetworkPlugin, PodNetwork, PodPath,
    PolicyEnforcement, SameNodeReplies, TerwayConfig,
};
pub use server_settings::{HeaderReading, ServerSetting, TakenPath, TrustedFrom};
pub(crate) use service::KUBE_VIP_HOST;
pub use service::{
    IGNORE_ANNOTATION, Ingress, IpFamilyPolicy, IpMode, Owner, PendingService, Protocol, Service, ServicePort, ServiceType, TrafficPolicy,
    TransportPort,
};
pub use surroundings::{
    AnnouncedApart, Announcer, AnnouncingProgram, AssumedEndpoints, Challenge, EndpointOrigin, FailedSync, HostPort, LabelDifference,
    NearWorkload, NearbyService, NearestPod, NoAddressReason, NotReady, NotShared, PodPolicy, PolicyConcern, ServicePolicy,
    TakenNodeAddress, Unread, UnreadKind, UnreadyPod,
};
pub use version::Version;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::document_form;

/// Everything that was read of one Service and the cluster around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// What changed of the Service and its endpoints while the probes ran; nothing where they were the same before
    /// and after. No cause is told where something did: what was seen may be of either state.
    #[serde(flatten, with = "document_form")]
    pub changed_meanwhile: Vec<ServiceChange>,
    /// The Service.
    pub service: Service,
    /// The endpoints of its EndpointSlices. One address stands there several times where slices give it different ports
    /// and conditions.
    pub endpoints: Vec<Endpoint>,
    /// The nodes, by name.
    pub nodes: Vec<Node>,
    /// kube-proxy as the API tells of it; what nodes say of it is joined later.
    #[serde(default)]
    pub kube_proxy: KubeProxy,
    /// Which plugin connects the pods, by the DaemonSets of the cluster.
    #[serde(default)]
    pub pod_network: Known<PodNetwork>,
    /// Whether pods reach themselves through the node; read from files alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cni_hairpin: Option<HairpinSetting>,
    /// Ports of the endpoints that no container of the Service's pods declares, though they declare others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared_ports: Vec<u16>,
    /// Ports of the Service that no Istio Gateway for its pods has a server for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports_without_gateway: Vec<u16>,
    /// Ports below 1024 of the Service's pods, where these are Istio's proxies that are marked as unprivileged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unprivileged_ports: Vec<u16>,
    /// Other Services at the same load balancer's addresses.
    #[serde(default, rename = "neighbours")]
    pub nearby_services: Known<Vec<NearbyService>>,
    /// Addresses of nodes that other Services have too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_node_addresses: Vec<TakenNodeAddress>,
    /// The NetworkPolicies that select the probe's pods.
    #[serde(default)]
    pub pod_policies: Known<Vec<PodPolicy>>,
    /// NetworkPolicies that may hold back clients of the Service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_policies: Vec<ServicePolicy>,
    /// What the servers behind the Service do with the PROXY header.
    #[serde(default, skip_serializing_if = "HeaderReading::is_unknown")]
    pub proxy_header: HeaderReading,
    /// What may turn health checks away from the servers behind the Service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusing_setting: Option<ServerSetting>,
    /// Where an Ingress takes their path from those checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_path: Option<TakenPath>,
    /// What may hold clients back from the Service's pods and could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// Certificates that cert-manager waits for.
    #[serde(default)]
    pub challenges: Known<Vec<Challenge>>,
    /// Ports of their nodes that DaemonSets take.
    #[serde(default)]
    pub host_ports: Known<Vec<HostPort>>,
    /// Programs in the cluster that make load balancers.
    #[serde(default, skip_serializing_if = "Known::is_not_read")]
    pub announcers: Known<BTreeSet<Announcer>>,
    /// Those of them that have a DaemonSet, with their releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announcing_programs: Vec<AnnouncingProgram>,
    /// Why the load balancer has no address yet, where that is so and something says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_address_reasons: Vec<NoAddressReason>,
    /// How the load balancer's controller failed the last time, where nothing shows that it has succeeded since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_sync: Option<FailedSync>,
    /// The pod that the Service's selector comes nearest to, where it matches none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest_pod: Option<NearestPod>,
    /// One of the Service's pods that is not ready, where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unready_pod: Option<UnreadyPod>,
    /// Where the endpoints come from, where a file has manifests and no cluster: nodes, addresses and endpoints are assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed_endpoints: Option<AssumedEndpoints>,
    /// The EndpointSlices of the Service, each with who keeps it.
    #[serde(default, skip_serializing_if = "Known::is_not_read")]
    pub slices: Known<Vec<Slice>>,
    /// The nodes that an annotation chooses as the load balancer's backends by their labels; none where no annotation does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_backends: Option<BTreeSet<String>>,
    /// The nodes that kube-vip's DaemonSet chooses by their labels; none where it chooses none, or in a way that is not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kube_vip_nodes: Option<BTreeSet<String>>,
    /// The nodes that the load balancer's address may be announced from: for MetalLB where its speakers run, and which of these
    /// its advertisements choose; for Cilium what its policies and advertisements choose. None where that is any node, or not
    /// known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcing_nodes: Option<BTreeSet<String>>,
    /// Another Service at the address that MetalLB announces from other nodes alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced_apart: Option<AnnouncedApart>,
    /// MetalLB's pool of the load balancer's address, where no advertisement covers it. Unknown with a reason, too, where what
    /// Cilium announces could not be read.
    #[serde(default, skip_serializing_if = "Known::is_not_read")]
    pub unadvertised_pool: Known<Option<String>>,
}

impl Facts {
    /// A Service of which nothing else was read.
    #[must_use]
    pub fn of(service: Service) -> Self {
        Self {
            changed_meanwhile: Vec::new(),
            service,
            endpoints: Vec::new(),
            nodes: Vec::new(),
            kube_proxy: KubeProxy::default(),
            pod_network: Known::default(),
            cni_hairpin: None,
            undeclared_ports: Vec::new(),
            ports_without_gateway: Vec::new(),
            unprivileged_ports: Vec::new(),
            unready_pod: None,
            assumed_endpoints: None,
            nearby_services: Known::default(),
            taken_node_addresses: Vec::new(),
            pod_policies: Known::default(),
            service_policies: Vec::new(),
            proxy_header: HeaderReading::default(),
            refusing_setting: None,
            taken_path: None,
            unread: Vec::new(),
            challenges: Known::default(),
            host_ports: Known::default(),
            announcers: Known::default(),
            announcing_programs: Vec::new(),
            no_address_reasons: Vec::new(),
            failed_sync: None,
            nearest_pod: None,
            slices: Known::default(),
            selected_backends: None,
            kube_vip_nodes: None,
            announcing_nodes: None,
            announced_apart: None,
            unadvertised_pool: Known::default(),
        }
    }

    /// The programs in the cluster that are known to make load balancers.
    pub(crate) fn known_announcers(&self) -> impl Iterator<Item = Announcer> + '_ {
        let known = || self.announcers.value().into_iter().flatten().copied();
        // As a static pod it has no DaemonSet, and still writes down where it announces.
        let is_static = self.service.kube_vip_host().is_some() && !known().any(Announcer::is_kube_vip);
        known().chain(is_static.then_some(Announcer::KubeVip))
    }

    /// Names of the nodes with a ready local endpoint, of whatever port.
    #[must_use]
    pub fn endpoint_nodes(&self) -> BTreeSet<&str> {
        self.endpoints.iter().filter(|endpoint| endpoint.ready).filter_map(|endpoint| endpoint.node.as_deref()).collect()
    }

    /// Names of the nodes with a local endpoint that kube-proxy uses, of whatever port.
    #[must_use]
    pub fn serving_nodes(&self) -> BTreeSet<&str> {
        self.endpoints.iter().filter(|endpoint| endpoint.is_used()).filter_map(|endpoint| endpoint.node.as_deref()).collect()
    }

    /// The same of one of the Service's ports.
    #[must_use]
    pub fn serving_nodes_at(&self, declared: &ServicePort) -> BTreeSet<&str> {
        let used = self.endpoints.iter().filter(|endpoint| endpoint.is_used() && endpoint.serves(declared));
        used.filter_map(|endpoint| endpoint.node.as_deref()).collect()
    }

    /// For which ports each node has a ready endpoint; a node that is not among them for none.
    #[must_use]
    pub fn local_ports(&self) -> BTreeMap<&str, LocalPorts> {
        let mut served: BTreeMap<&str, BTreeSet<TransportPort>> = BTreeMap::new();
        for endpoint in self.endpoints.iter().filter(|endpoint| endpoint.ready) {
            let ports = self.service.ports.iter().filter(|declared| endpoint.serves(declared));
            if let Some(node) = endpoint.node.as_deref() {
                served.entry(node).or_default().extend(ports.map(ServicePort::transport));
            }
        }
        let of_node = |ports: BTreeSet<TransportPort>| match ports.len() {
            number if number == self.service.ports.len() => LocalPorts::Every,
            0 => LocalPorts::None,
            _ => LocalPorts::Some(ports.into_iter().collect()),
        };
        served.into_iter().map(|(node, ports)| (node, of_node(ports))).collect()
    }

    /// The ports for which kube-proxy has no endpoint though others of the Service have some, or though endpoints are
    /// ready: no EndpointSlice has a port of that name and protocol.
    pub fn ports_without_endpoint(&self) -> impl Iterator<Item = &ServicePort> {
        let has_used = self.endpoints.iter().any(Endpoint::is_used);
        let has_none = |declared: &&ServicePort| !self.endpoints.iter().any(|endpoint| endpoint.is_used() && endpoint.serves(declared));
        self.service.ports.iter().filter(move |declared| has_used && has_none(declared))
    }

    /// kube-proxy's release on a node, from the best source that tells: the process itself, the
    /// image of its pod, kubelet's word for it, kubelet's own release.
    #[must_use]
    pub fn kube_proxy_release(&self, node: &Node) -> Option<Version> {
        let by_process = self.kube_proxy.processes.get(&node.name).and_then(|process| process.release);
        let by_image = || self.kube_proxy.releases.value()?.get(&node.name).copied();
        by_process.or_else(by_image).or(node.kube_proxy_version).or(node.kubelet_version)
    }

    /// kube-proxy's mode on a node, or where that is not said on the node with the oldest one: what the process says, else
    /// its configuration.
    #[must_use]
    pub fn proxy_mode(&self, node: Option<&Node>) -> Option<ProxyMode> {
        let by_process = node.and_then(|node| self.kube_proxy.processes.get(&node.name)?.mode);
        by_process.or_else(|| self.configured_mode(node))
    }

    /// The same by its configuration alone.
    #[must_use]
    pub fn configured_mode(&self, node: Option<&Node>) -> Option<ProxyMode> {
        let release = || match node {
            Some(node) => self.kube_proxy_release(node),
            None => self.nodes.iter().filter_map(|node| self.kube_proxy_release(node)).min(),
        };
        self.kube_proxy.config.value().map(|config| config.mode.in_release(release()))
    }

    /// Whether the endpoint is the placeholder of Cilium's Ingress and Gateway API, for which Envoy answers on every node.
    #[must_use]
    pub fn has_cilium_placeholder(&self) -> bool {
        let placeholder = IpAddr::from([192, 192, 192, 192]);
        !self.endpoints.is_empty() && self.endpoints.iter().all(|endpoint| endpoint.addresses == [placeholder])
    }

    /// Which plugin connects the pods of a node: the node's own word, else the cluster's DaemonSets.
    #[must_use]
    pub fn network_plugin(&self, node: Option<&Node>) -> Option<NetworkPlugin> {
        let of_node = node.and_then(|node| node.network_plugin);
        of_node.or_else(|| self.pod_network.value().map(|network| network.plugin))
    }

    /// Whether NetworkPolicies hold anybody back.
    #[must_use]
    pub fn policy_enforcement(&self) -> PolicyEnforcement {
        let is_k3s = self.nodes.iter().any(|node| node.distribution == Some(Distribution::K3s));
        match self.network_plugin(None) {
            // k3s enforces them itself, unless it is told not to.
            Some(NetworkPlugin::Flannel) if is_k3s => PolicyEnforcement::Unknown,
            Some(plugin) => plugin.policy_enforcement(),
            None => PolicyEnforcement::Unknown,
        }
    }

    /// How kube-proxy tells its own pods on a node: what the process says, else its configuration.
    #[must_use]
    pub fn local_detection(&self, node: Option<&Node>) -> Option<&LocalDetection> {
        let by_process = node.and_then(|node| self.kube_proxy.processes.get(&node.name)?.detection.as_ref());
        by_process.or_else(|| self.kube_proxy.config.value().map(|config| &config.detection))
    }

    /// The number of ready endpoints on each node that has one. With two families a pod stands in a
    /// slice of each: it is counted once.
    #[must_use]
    pub fn endpoints_by_node(&self) -> BTreeMap<&str, usize> {
        let mut nodes: BTreeMap<&str, usize> = BTreeMap::new();
        for v6 in [false, true] {
            let mut of_family: BTreeMap<&str, BTreeSet<IpAddr>> = BTreeMap::new();
            for (address, endpoint) in self.ready_of_family(v6) {
                if let Some(node) = endpoint.node.as_deref() {
                    of_family.entry(node).or_default().insert(address);
                }
            }
            for (node, addresses) in of_family {
                let most = nodes.entry(node).or_default();
                *most = addresses.len().max(*most);
            }
        }
        nodes
    }

    fn ready_of_family(&self, v6: bool) -> impl Iterator<Item = (IpAddr, &Endpoint)> {
        let ready = self.endpoints.iter().filter(|endpoint| endpoint.ready);
        let with_address = ready.filter_map(|endpoint| Some((*endpoint.addresses.first()?, endpoint)));
        with_address.filter(move |(address, _)| address.is_ipv6() == v6)
    }

    /// Whether a port is not the Service's, and is that of another one at the same address, whose rules
    /// decide then.
    #[must_use]
    pub fn is_of_nearby_service(&self, port: TransportPort) -> bool {
        let mut nearby_services = self.nearby_services.value().into_iter().flatten();
        !self.service.declares(port) && nearby_services.any(|nearby_service| nearby_service.declares(port))
    }

    /// How many endpoints are ready, those of two families counted once.
    #[must_use]
    pub fn ready_endpoints(&self) -> usize {
        let addresses = |v6| self.ready_of_family(v6).map(|(address, _)| address).collect::<BTreeSet<_>>().len();
        addresses(false).max(addresses(true))
    }
}
