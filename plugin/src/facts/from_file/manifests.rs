//! Manifests that describe no cluster, as Helm and Kustomize render them: the nodes, addresses, pods and endpoints that a cluster would
//! give them stand in for it. Of kube-proxy nothing is assumed, so that every mode and release is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use k8s_openapi::api::core::v1::{
    Container, LoadBalancerIngress, LoadBalancerStatus, Pod, PodCondition, PodIP, PodStatus, Service, ServicePort, ServiceStatus,
};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use lbprobe_analysis::facts::{AssumedEndpoints, EndpointOrigin};
use lbprobe_analysis::providers;

use super::near;
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
    let ingress = service.status.as_ref().and_then(|status| status.load_balancer.as_ref()?.ingress.as_ref());
    service.metadata.uid.is_none() && service.metadata.resource_version.is_none() && ingress.is_none_or(Vec::is_empty)
}

/// Completes Services as a cluster would, and makes pods and endpoints for them, but for those that have slices in the file.
pub(super) fn assume(services: &mut [Service], workloads: &[Workload], slices: &[EndpointSlice]) -> AssumedCluster {
    let mut cluster = AssumedCluster { nodes: nodes_with(slices), pods: Vec::new(), slices: Vec::new(), endpoints: BTreeMap::new() };
    let placed: Vec<_> = workloads.iter().enumerate().map(|(index, workload)| (workload, pods(workload, number(index)))).collect();
    let with_slices: BTreeSet<_> = slices.iter().filter_map(convert::service_of).collect();
    let mut node_port = FIRST_NODE_PORT;
    for (index, service) in services.iter_mut().enumerate() {
        let families = families(service);
        complete(service, number(index), &families, &mut node_port);
        let full_name = convert::full_name(service);
        let selector = convert::selector(service);
        let own: Vec<_> = placed.iter().filter(|(workload, _)| workload.is_selected(&full_name.0, &selector)).collect();
        let from = || own.iter().map(|(workload, _)| format!("{} {}", workload.kind, workload.name)).collect();
        let origin = match (own.is_empty(), with_slices.contains(&full_name)) {
            (false, _) => EndpointOrigin::Workloads(from()),
            (true, true) => EndpointOrigin::File,
            (true, false) => EndpointOrigin::Unknown,
        };
        let near = if origin == EndpointOrigin::Unknown { near::workload(workloads, &full_name.0, &selector) } else { None };
        for family in families {
            cluster.slices.extend(own.iter().map(|(workload, pods)| slice(service, workload, pods, family)));
            if origin == EndpointOrigin::Unknown {
                cluster.slices.push(of_unknown_pod(service, number(index), family));
            }
        }
        cluster.endpoints.insert(full_name, AssumedEndpoints { origin, near });
    }
    cluster.pods = placed.into_iter().flat_map(|(_, pods)| pods).collect();
    cluster
}

/// Those that are assumed, and those that the file's own endpoints are on.
fn nodes_with(slices: &[EndpointSlice]) -> Vec<ApiNode> {
    let named: BTreeSet<_> =
        slices.iter().flat_map(|slice| &slice.endpoints).filter_map(|endpoint| endpoint.node_name.as_deref()).collect();
    let node = |(index, name): (u16, &str)| ApiNode::assumed(name, &Family::ALL.map(|family| family.node(index)));
    (0..=u16::from(u8::MAX)).zip(NODES.into_iter().chain(named)).map(node).collect()
}

/// What tells addresses apart. Where a file has more objects than there are numbers, the last ones have one address.
fn number(index: usize) -> u16 {
    u16::try_from(index + 1).unwrap_or(u16::MAX)
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

/// Those that a Service has: what it asks for, or that of the addresses that it names. A cluster may have either, and both.
fn families(service: &Service) -> Vec<Family> {
    let Some(spec) = service.spec.as_ref() else { return vec![Family::V4] };
    let asked: Vec<_> = spec.ip_families.iter().flatten().map(|family| if family == "IPv6" { Family::V6 } else { Family::V4 }).collect();
    let named =
        spec.cluster_ips.iter().flatten().chain(&spec.cluster_ip).chain(&spec.load_balancer_ip).chain(spec.external_ips.iter().flatten());
    let named: Vec<_> = named.filter_map(|address| address.parse::<IpAddr>().ok()).collect();
    let first = match (asked.first(), named.first()) {
        (Some(first), _) => *first,
        (None, Some(address)) if address.is_ipv6() => Family::V6,
        (None, _) => Family::V4,
    };
    let has_both = asked.len() > 1 || matches!(spec.ip_family_policy.as_deref(), Some("RequireDualStack" | "PreferDualStack"));
    if has_both { vec![first, if first == Family::V4 { Family::V6 } else { Family::V4 }] } else { vec![first] }
}

impl Family {
    const ALL: [Self; 2] = [Self::V4, Self::V6];

    fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    fn holds(self, address: &str) -> bool {
        address.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6() == (self == Self::V6))
    }

    /// From the ranges for documentation and benchmarks (RFC 3849, RFC 2544), and of pods and Services from usual ones.
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

fn pods(workload: &Workload, index: u16) -> Vec<Pod> {
    let is_of_host = workload.pod.host_network == Some(true);
    let pod = |(number, node): (u16, u16)| {
        // Three nodes have three pods of a workload at most.
        let place = index.wrapping_mul(4).wrapping_add(number);
        let address = |family: Family| if is_of_host { family.node(node) } else { family.pod(place) };
        let addresses: Vec<_> = Family::ALL.iter().map(|family| PodIP { ip: address(*family).to_string() }).collect();
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
                pod_ip: addresses.first().map(|first| first.ip.clone()),
                pod_ips: Some(addresses),
                ..PodStatus::default()
            }),
        }
    };
    (1..).zip(nodes(workload.placement)).map(pod).collect()
}

/// Gives a Service the addresses and node ports that it would get.
fn complete(service: &mut Service, index: u16, families: &[Family], node_port: &mut i32) {
    let gets_hostname = providers::gets_hostname(&convert::any_service(service.clone()));
    let Some(spec) = service.spec.as_mut() else { return };
    let is_load_balancer = spec.type_.as_deref() == Some("LoadBalancer");
    let has_node_ports =
        is_load_balancer && spec.allocate_load_balancer_node_ports != Some(false) || spec.type_.as_deref() == Some("NodePort");
    if spec.cluster_ip.as_deref() != Some("None") {
        let own = spec.cluster_ips.take().or_else(|| spec.cluster_ip.take().map(|address| vec![address])).unwrap_or_default();
        let given = |family: &Family| own.iter().find(|address| family.holds(address)).cloned();
        let all: Vec<_> = families.iter().map(|family| given(family).unwrap_or_else(|| family.cluster_ip(index).to_string())).collect();
        spec.cluster_ip = all.first().cloned();
        spec.cluster_ips = Some(all);
    }
    for port in spec.ports.iter_mut().flatten().filter(|port| has_node_ports && port.node_port.is_none_or(|number| number == 0)) {
        port.node_port = Some(*node_port);
        *node_port += 1;
    }
    if is_load_balancer {
        let asked = spec.load_balancer_ip.clone().filter(|address| address.parse::<IpAddr>().is_ok());
        let ingress: Vec<_> = if gets_hostname {
            vec![LoadBalancerIngress { hostname: Some(HOSTNAME.into()), ..LoadBalancerIngress::default() }]
        } else {
            let of_family = |family: &Family| {
                let asked = asked.clone().filter(|address| family.holds(address));
                asked.unwrap_or_else(|| family.load_balancer(index).to_string())
            };
            families.iter().map(|family| LoadBalancerIngress { ip: Some(of_family(family)), ..LoadBalancerIngress::default() }).collect()
        };
        let load_balancer = LoadBalancerStatus { ingress: Some(ingress) };
        service.status = Some(ServiceStatus { load_balancer: Some(load_balancer), ..ServiceStatus::default() });
    }
}

/// The ports that the endpoints of a workload have: a named one that no container declares is left out, as the controller of EndpointSlices
/// does (`podutil.FindPort`).
fn ports(service: &Service, workload: &Workload) -> Vec<EndpointPort> {
    let declared = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    declared.filter_map(|port| Some(endpoint_port(port, port_of(port, workload)?))).collect()
}

fn endpoint_port(port: &ServicePort, number: i32) -> EndpointPort {
    let (name, protocol) = (port.name.clone().unwrap_or_default(), port.protocol.clone().unwrap_or_else(|| "TCP".into()));
    EndpointPort { name: Some(name), port: Some(number), protocol: Some(protocol), app_protocol: port.app_protocol.clone() }
}

fn port_of(port: &ServicePort, workload: &Workload) -> Option<i32> {
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
            // As kube-apiserver has it where nothing is said.
            if name.is_empty() { Some(port.port) } else { containers.find_map(|container| of(container, name)) }
        }
    }
}

fn slice(service: &Service, workload: &Workload, pods: &[Pod], family: Family) -> EndpointSlice {
    let endpoint = |pod: &Pod| {
        let (spec, status) = (pod.spec.as_ref()?, pod.status.as_ref()?);
        let address = status.pod_ips.iter().flatten().map(|own| &own.ip).find(|address| family.holds(address));
        Some(ready(address?.clone(), spec.node_name.clone()?))
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
    let labels = [(SERVICE_NAME_LABEL, name.as_str())];
    EndpointSlice {
        metadata: ObjectMeta {
            namespace: Some(namespace),
            name: Some(format!("{name}-{of}-{}", family.name())),
            labels: Some(labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            ..ObjectMeta::default()
        },
        address_type: family.name().into(),
        ports: Some(ports),
        endpoints,
    }
}
