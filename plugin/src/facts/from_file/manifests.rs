//! Manifests that describe no cluster, as Helm and Kustomize render them: the nodes, addresses, pods and endpoints that a cluster would
//! give them stand in for it. Of kube-proxy nothing is assumed, so that every mode and release is asked.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use k8s_openapi::api::core::v1::{
    Container, LoadBalancerIngress, LoadBalancerStatus, Pod, PodCondition, PodIP, PodStatus, Service, ServicePort, ServiceStatus,
};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use lbprobe_analysis::facts::AssumedEndpoints;
use lbprobe_analysis::providers;

use super::workloads::{Placement, Workload};
use crate::facts::convert::{self, ApiNode, SERVICE_NAME_LABEL};

/// The nodes. Where not every node has a pod, the last one has none.
const NODES: [&str; 3] = ["assumed-a", "assumed-b", "assumed-c"];

/// What a load balancer is called that gets no address (RFC 6761).
const HOSTNAME: &str = "load-balancer.invalid";

/// The first number that kube-apiserver gives to node ports.
const FIRST_NODE_PORT: i32 = 30_000;

/// What stands in for a cluster.
pub(super) struct AssumedCluster {
    pub(super) nodes: Vec<ApiNode>,
    pub(super) pods: Vec<Pod>,
    pub(super) slices: Vec<EndpointSlice>,
    /// Where the endpoints of each Service come from, by its namespace and name.
    pub(super) endpoints: BTreeMap<(String, String), AssumedEndpoints>,
}

/// Whether a Service is as somebody wrote it: kube-apiserver has not seen it.
pub(super) fn is_as_written(service: &Service) -> bool {
    let is_given = |address: &String| !matches!(address.as_str(), "" | "None");
    let has_status = service.status.as_ref().and_then(|status| status.load_balancer.as_ref()?.ingress.as_ref()).is_some();
    let has_address = service.spec.as_ref().and_then(|spec| spec.cluster_ip.as_ref()).is_some_and(is_given);
    service.metadata.uid.is_none() && service.metadata.resource_version.is_none() && !has_status && !has_address
}

/// Completes Services as a cluster would, and makes pods and endpoints for them.
pub(super) fn assume(services: &mut [Service], workloads: &[Workload]) -> AssumedCluster {
    let family = Family::of(services);
    let mut cluster = AssumedCluster {
        nodes: (0..).zip(NODES).map(|(index, name)| ApiNode::assumed(name, family.node(index))).collect(),
        pods: Vec::new(),
        slices: Vec::new(),
        endpoints: BTreeMap::new(),
    };
    let placed: Vec<_> = (0..).zip(workloads).map(|(index, workload)| (workload, pods(workload, index, family))).collect();
    let mut node_port = FIRST_NODE_PORT;
    for (index, service) in (1..).zip(services) {
        complete(service, index, family, &mut node_port);
        let (namespace, name) = convert::full_name(service);
        let selector = convert::selector(service);
        let own: Vec<_> = placed.iter().filter(|(workload, _)| workload.is_selected(&namespace, &selector)).collect();
        let from = own.iter().map(|(workload, _)| format!("{} {}", workload.kind, workload.name)).collect();
        cluster.endpoints.insert((namespace, name), AssumedEndpoints { workloads: from });
        cluster.slices.extend(own.iter().map(|(workload, pods)| slice(service, workload, pods, family)));
        if own.is_empty() {
            cluster.slices.push(of_unknown_pod(service, index, family));
        }
    }
    cluster.pods = placed.into_iter().flat_map(|(_, pods)| pods).collect();
    cluster
}

/// The family of all addresses: that of the first Service that asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    fn of(services: &[Service]) -> Self {
        let families = |service: &Service| service.spec.as_ref().and_then(|spec| spec.ip_families.as_ref()?.first().cloned());
        match services.iter().find_map(families) {
            Some(family) if family == "IPv6" => Self::V6,
            _ => Self::V4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    /// From the ranges for documentation (RFC 5737, RFC 3849), and of pods and Services from usual ones.
    fn of_net(self, v4: [u8; 2], v6: u16, index: u16) -> IpAddr {
        let [high, low] = index.to_be_bytes();
        match self {
            Self::V4 => Ipv4Addr::new(v4[0], v4[1], high, low).into(),
            Self::V6 => Ipv6Addr::new(0x2001, 0xdb8, v6, 0, 0, 0, 0, index).into(),
        }
    }

    fn node(self, index: u16) -> IpAddr {
        self.of_net([198, 18], 1, 0x100 + index)
    }

    fn pod(self, index: u16) -> IpAddr {
        self.of_net([10, 244], 2, index)
    }

    fn cluster_ip(self, index: u16) -> IpAddr {
        self.of_net([10, 96], 3, index)
    }

    fn load_balancer(self, index: u16) -> IpAddr {
        self.of_net([198, 19], 4, index)
    }
}

/// The places of its pods' nodes.
fn nodes(placement: Placement) -> Vec<u16> {
    match placement {
        Placement::EveryNode => vec![0, 1, 2],
        Placement::Anywhere { replicas: 1 } | Placement::Apart { replicas: 1 } => vec![0],
        Placement::Anywhere { replicas: 2 } | Placement::Apart { .. } | Placement::ChosenNodes => vec![0, 1],
        // Nothing keeps the scheduler from this.
        Placement::Anywhere { .. } => vec![0, 0, 1],
    }
}

fn pods(workload: &Workload, index: u16, family: Family) -> Vec<Pod> {
    let is_of_host = workload.pod.host_network == Some(true);
    let pod = |(number, node): (u16, u16)| {
        // Three nodes have three pods of a workload at most.
        let address = if is_of_host { family.node(node) } else { family.pod(index.wrapping_mul(4).wrapping_add(number)) };
        let mut spec = workload.pod.clone();
        spec.node_name = Some(NODES[usize::from(node)].into());
        let ready = PodCondition { type_: "Ready".into(), status: "True".into(), ..PodCondition::default() };
        Pod {
            metadata: ObjectMeta {
                namespace: Some(workload.namespace.clone()),
                name: Some(format!("{}-{number}", workload.name)),
                labels: Some(workload.labels.clone()),
                ..ObjectMeta::default()
            },
            spec: Some(spec),
            status: Some(PodStatus {
                phase: Some("Running".into()),
                conditions: Some(vec![ready]),
                pod_ip: Some(address.to_string()),
                pod_ips: Some(vec![PodIP { ip: address.to_string() }]),
                ..PodStatus::default()
            }),
        }
    };
    (1..).zip(nodes(workload.placement)).map(pod).collect()
}

/// Gives a Service the addresses and node ports that it would get.
fn complete(service: &mut Service, index: u16, family: Family, node_port: &mut i32) {
    let gets_hostname = providers::gets_hostname(&convert::any_service(service.clone()));
    let Some(spec) = service.spec.as_mut() else { return };
    let is_load_balancer = spec.type_.as_deref() == Some("LoadBalancer");
    let has_node_ports =
        is_load_balancer && spec.allocate_load_balancer_node_ports != Some(false) || spec.type_.as_deref() == Some("NodePort");
    if spec.cluster_ip.as_deref() != Some("None") {
        spec.cluster_ip = Some(family.cluster_ip(index).to_string());
        spec.cluster_ips = spec.cluster_ip.clone().map(|address| vec![address]);
    }
    for port in spec.ports.iter_mut().flatten().filter(|port| has_node_ports && port.node_port.is_none_or(|number| number == 0)) {
        port.node_port = Some(*node_port);
        *node_port += 1;
    }
    if is_load_balancer {
        let asked = spec.load_balancer_ip.clone().filter(|address| address.parse::<IpAddr>().is_ok());
        let address = asked.unwrap_or_else(|| family.load_balancer(index).to_string());
        let ingress = if gets_hostname {
            LoadBalancerIngress { hostname: Some(HOSTNAME.into()), ..LoadBalancerIngress::default() }
        } else {
            LoadBalancerIngress { ip: Some(address), ..LoadBalancerIngress::default() }
        };
        let load_balancer = LoadBalancerStatus { ingress: Some(vec![ingress]) };
        service.status = Some(ServiceStatus { load_balancer: Some(load_balancer), ..ServiceStatus::default() });
    }
}

/// The ports that the endpoints of a workload have: a named one that no container declares is left out, as the controller of EndpointSlices
/// does (`podutil.FindPort`).
fn ports(service: &Service, workload: &Workload) -> Vec<EndpointPort> {
    let declared = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    declared.filter_map(|port| Some(endpoint_port(port, number(port, workload)?))).collect()
}

fn endpoint_port(port: &ServicePort, number: i32) -> EndpointPort {
    let (name, protocol) = (port.name.clone().unwrap_or_default(), port.protocol.clone().unwrap_or_else(|| "TCP".into()));
    EndpointPort { name: Some(name), port: Some(number), protocol: Some(protocol), app_protocol: port.app_protocol.clone() }
}

fn number(port: &ServicePort, workload: &Workload) -> Option<i32> {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    let sidecars = workload.pod.init_containers.iter().flatten();
    let sidecars = sidecars.filter(|container| container.restart_policy.as_deref() == Some("Always"));
    let of = |container: &Container, name: &str| {
        let mut ports = container.ports.iter().flatten();
        let is_meant = |own: &k8s_openapi::api::core::v1::ContainerPort| {
            own.name.as_deref() == Some(name) && own.protocol.as_deref().unwrap_or("TCP") == protocol
        };
        ports.find(|own| is_meant(own)).map(|own| own.container_port)
    };
    match &port.target_port {
        None | Some(IntOrString::Int(0)) => Some(port.port),
        Some(IntOrString::Int(number)) => Some(*number),
        Some(IntOrString::String(name)) => {
            let mut containers = workload.pod.containers.iter().chain(sidecars);
            name.parse().ok().or_else(|| containers.find_map(|container| of(container, name)))
        }
    }
}

fn slice(service: &Service, workload: &Workload, pods: &[Pod], family: Family) -> EndpointSlice {
    let endpoint = |pod: &Pod| {
        let (spec, status) = (pod.spec.as_ref()?, pod.status.as_ref()?);
        Some(ready(status.pod_ip.clone()?, spec.node_name.clone()?))
    };
    slice_of(service, &workload.name, ports(service, workload), pods.iter().filter_map(endpoint).collect(), family)
}

/// Of pods that are not in the file: one that serves every port.
fn of_unknown_pod(service: &Service, index: u16, family: Family) -> EndpointSlice {
    let declared = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let ports = declared.map(|port| {
        let number = match &port.target_port {
            Some(IntOrString::Int(number)) if *number > 0 => *number,
            _ => port.port,
        };
        endpoint_port(port, number)
    });
    // Behind those of workloads.
    let address = family.pod(0x8000 | index).to_string();
    slice_of(service, "unknown", ports.collect(), vec![ready(address, NODES[0].into())], family)
}

fn ready(address: String, node: String) -> Endpoint {
    Endpoint {
        addresses: vec![address],
        node_name: Some(node),
        conditions: Some(EndpointConditions { ready: Some(true), serving: Some(true), terminating: Some(false) }),
        ..Endpoint::default()
    }
}

fn slice_of(service: &Service, of: &str, ports: Vec<EndpointPort>, endpoints: Vec<Endpoint>, family: Family) -> EndpointSlice {
    let (namespace, name) = convert::full_name(service);
    let labels = [(SERVICE_NAME_LABEL, name.as_str()), ("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io")];
    EndpointSlice {
        metadata: ObjectMeta {
            namespace: Some(namespace),
            name: Some(format!("{name}-{of}")),
            labels: Some(labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            ..ObjectMeta::default()
        },
        address_type: family.name().into(),
        ports: Some(ports),
        endpoints,
    }
}
