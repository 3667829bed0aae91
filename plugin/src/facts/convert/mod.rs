//! API objects to facts: pure.

pub(crate) mod address_allocation;
pub(crate) mod calico;
pub(crate) mod cilium;
mod containers;
mod endpoints;
pub(crate) mod hairpin;
pub(crate) mod kube_proxy;
pub(crate) mod metallb;
pub(crate) mod named_pod;
pub(crate) mod nginx_paths;
pub(crate) mod nginx_settings;
pub(crate) mod no_address;
mod node;
mod node_images;
mod node_labels;
pub(crate) mod older_slices;
pub(crate) mod pod_network;
mod pods;
pub(crate) mod servers;
pub(crate) mod service_policies;
mod speakers;
pub(crate) mod surroundings;
pub(crate) mod traefik;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::str::FromStr;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{LoadBalancerIngress, Service as ApiService, ServicePort as ApiPort};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use lbprobe_analysis::facts::{Ingress, IpFamilyPolicy, IpMode, Node, Owner, Protocol, Service, ServicePort, ServiceType, TrafficPolicy};

use crate::error::Error;

pub(crate) use endpoints::{SliceEndpoints, endpoints, merged, slice_endpoints};
pub(crate) use node::{ApiNode, labels, node, node_addresses};
pub(crate) use node_images::note_images;
pub(crate) use node_labels::{NodeChoice, NodeLabels, selected};
pub(crate) use pods::{note_pod_addresses, pod_addresses};
pub(crate) use speakers::{Speakers, speaker_nodes};

/// Seconds since each node's kubelet renewed its lease.
pub(crate) type LeaseAges = HashMap<String, u64>;

/// Where cluster components live.
pub(crate) const SYSTEM_NAMESPACE: &str = "kube-system";

/// The label by which an EndpointSlice names its Service.
pub(crate) const SERVICE_NAME_LABEL: &str = "kubernetes.io/service-name";

/// The label that gives a Service to another proxy.
const PROXY_NAME_LABEL: &str = "service.kubernetes.io/service-proxy-name";

/// A Service with an address that clients outside use, or a policy that keeps clients inside from it, or the error that says what it is.
pub(crate) fn service(service: ApiService) -> Result<Service, Error> {
    let service = service_for_outside(service)?;
    if service.is_pending() {
        return Err(Error::NoAddress { namespace: service.namespace, name: service.name });
    }
    Ok(service)
}

/// The same, and one whose load balancer has no address yet.
pub(crate) fn service_for_outside(service: ApiService) -> Result<Service, Error> {
    let kind = kind(&service).to_owned();
    let service = any_service(service);
    let is_plain = service.service_type == ServiceType::ClusterIp && service.external_ips.is_empty();
    // Inside alone connections fail by internalTrafficPolicy Local all the same.
    let has_policy = kind == "ClusterIP" && service.internal_traffic_policy == TrafficPolicy::Local && !service.cluster_ips.is_empty();
    if is_plain && !has_policy {
        return Err(Error::NotExternal { namespace: service.namespace, name: service.name, kind });
    }
    Ok(service)
}

/// Every address of a Service, with its full name.
pub(super) fn own_addresses(service: &ApiService) -> Vec<(IpAddr, String)> {
    let (namespace, name) = full_name(service);
    let spec = service.spec.as_ref();
    let cluster = spec.and_then(|spec| spec.cluster_ips.clone()).unwrap_or_default();
    let external = spec.and_then(|spec| spec.external_ips.clone()).unwrap_or_default();
    let ingress = service.status.iter().filter_map(|status| status.load_balancer.as_ref()?.ingress.as_ref()).flatten();
    let ingress = ingress.filter_map(|ingress| ingress.ip.clone());
    let all = cluster.into_iter().chain(external).chain(ingress).filter_map(|address| address.parse().ok());
    all.map(|address| (address, format!("{namespace}/{name}"))).collect()
}

/// Namespace and name.
pub(crate) fn full_name(service: &ApiService) -> (String, String) {
    (service.metadata.namespace.clone().unwrap_or_default(), service.metadata.name.clone().unwrap_or_default())
}

/// By what it selects; nothing where its endpoints are written by hand.
pub(crate) fn selector(service: &ApiService) -> BTreeMap<String, String> {
    service.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default()
}

/// A Service that clients outside have an address for, or are to have one; nothing of one that is for clients inside alone, unless
/// internalTrafficPolicy Local keeps some of these from it.
pub(crate) fn external(service: ApiService) -> Option<Service> {
    service_for_outside(service).ok()
}

/// `spec.type`.
fn kind(service: &ApiService) -> &str {
    service.spec.as_ref().and_then(|spec| spec.type_.as_deref()).unwrap_or("ClusterIP")
}

/// Whether it is of type LoadBalancer.
pub(crate) fn has_load_balancer(service: &ApiService) -> bool {
    kind(service) == "LoadBalancer"
}

/// Whether clients outside have an address for it that no load balancer gave: a node port or an external IP.
pub(crate) fn is_external_without_load_balancer(service: &ApiService) -> bool {
    let has_external_ips = service.spec.as_ref().and_then(|spec| spec.external_ips.as_ref()).is_some_and(|ips| !ips.is_empty());
    kind(service) == "NodePort" || has_external_ips
}

/// A Service of any type, with an address or without.
pub(crate) fn any_service(service: ApiService) -> Service {
    let (kind, has_cilium_address) = (kind(&service).to_owned(), has_cilium_address(&service));
    let namespace = service.metadata.namespace.unwrap_or_default();
    let name = service.metadata.name.unwrap_or_default();
    let spec = service.spec.unwrap_or_default();
    let ingress = service.status.and_then(|status| status.load_balancer?.ingress).into_iter().flatten().filter_map(ingress);
    let ingress: Vec<_> = ingress.collect();
    let external_ips: Vec<_> = parsed(spec.external_ips);
    let service_type = match kind.as_str() {
        // Without a controller it waits for ever, and kubectl shows these as EXTERNAL-IP.
        "LoadBalancer" if ingress.is_empty() && !external_ips.is_empty() => ServiceType::ClusterIp,
        "LoadBalancer" => ServiceType::LoadBalancer,
        "NodePort" => ServiceType::NodePort,
        _ => ServiceType::ClusterIp,
    };
    let without_node_ports = spec.ports.iter().flatten().all(|port| port.node_port.is_none_or(|number| number == 0));
    let cluster_ips = spec.cluster_ips.unwrap_or_else(|| spec.cluster_ip.into_iter().collect());
    Service {
        annotations: of_interest(service.metadata.annotations.unwrap_or_default()),
        external_traffic_policy: policy(spec.external_traffic_policy.as_deref()),
        internal_traffic_policy: policy(spec.internal_traffic_policy.as_deref()),
        cluster_ips: cluster_ips.iter().filter_map(|ip| ip.parse().ok()).collect(),
        ports: spec.ports.into_iter().flatten().filter_map(port).collect(),
        ingress,
        external_ips,
        load_balancer_source_ranges: parsed(spec.load_balancer_source_ranges),
        owner: service.metadata.owner_references.into_iter().flatten().find(|owner| owner.controller == Some(true)).map(owner),
        traffic_distribution: spec.traffic_distribution,
        without_node_ports: spec.allocate_load_balancer_node_ports == Some(false) && without_node_ports,
        has_cilium_address,
        load_balancer_class: spec.load_balancer_class,
        requested_address: spec.load_balancer_ip.as_deref().and_then(|address| address.parse().ok()),
        ip_family_policy: spec.ip_family_policy.as_deref().and_then(ip_family_policy),
        ingress_nginx: spec.selector.as_ref().is_some_and(nginx_settings::selects),
        has_selector: Some(spec.selector.is_some_and(|selector| !selector.is_empty())),
        proxy_name: service.metadata.labels.and_then(|mut labels| labels.remove(PROXY_NAME_LABEL)),
        health_check_node_port: spec.health_check_node_port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0),
        namespace,
        name,
        service_type,
    }
}

fn ip_family_policy(word: &str) -> Option<IpFamilyPolicy> {
    match word {
        "SingleStack" => Some(IpFamilyPolicy::SingleStack),
        "PreferDualStack" => Some(IpFamilyPolicy::PreferDualStack),
        "RequireDualStack" => Some(IpFamilyPolicy::RequireDualStack),
        _ => None,
    }
}

/// By the condition that Cilium's LB IPAM sets.
fn has_cilium_address(service: &ApiService) -> bool {
    let mut conditions = service.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|condition| condition.type_ == "cilium.io/IPAMRequestSatisfied" && condition.status == "True")
}

/// The annotations that the analysis looks at. Others may hold anything, and a report is handed on.
fn of_interest(annotations: BTreeMap<String, String>) -> BTreeMap<String, String> {
    annotations.into_iter().filter(|(key, _)| Service::is_of_interest(key)).collect()
}

fn owner(reference: OwnerReference) -> Owner {
    Owner { api_version: reference.api_version, kind: reference.kind, name: reference.name }
}

/// Those of the words that are what they should be; the API server has validated them.
fn parsed<T: FromStr>(words: Option<Vec<String>>) -> Vec<T> {
    let read = |word: String| word.trim().parse().or_else(|_| without_leading_zeros(word.trim()).parse()).ok();
    words.into_iter().flatten().filter_map(read).collect()
}

/// `010.0.0.0/8` as Kubernetes reads it: decimal. From 1.36 the API server refuses new objects with such an address, and
/// keeps old ones (KEP-4858).
fn without_leading_zeros(word: &str) -> String {
    let number = |digits: &str| match digits.trim_start_matches('0') {
        "" if !digits.is_empty() => "0".to_owned(),
        rest => rest.to_owned(),
    };
    let part = |part: &str| part.split('.').map(number).collect::<Vec<_>>().join(".");
    word.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn policy(value: Option<&str>) -> TrafficPolicy {
    if value == Some("Local") { TrafficPolicy::Local } else { TrafficPolicy::Cluster }
}

fn ingress(ingress: LoadBalancerIngress) -> Option<Ingress> {
    let ip_mode = match ingress.ip_mode.as_deref() {
        Some("Proxy") => Some(IpMode::Proxy),
        Some("VIP") => Some(IpMode::Vip),
        _ => None,
    };
    match ingress.ip.and_then(|ip| ip.parse::<IpAddr>().ok()) {
        Some(ip) => Some(Ingress::Address { ip, ip_mode }),
        None => ingress.hostname.map(Ingress::Hostname),
    }
}

fn port(port: ApiPort) -> Option<ServicePort> {
    Some(ServicePort {
        name: port.name.filter(|name| !name.is_empty()),
        protocol: protocol(port.protocol.as_deref()),
        port: u16::try_from(port.port).ok()?,
        node_port: port.node_port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0),
        app_protocol: port.app_protocol,
        target_port_name: match port.target_port {
            Some(IntOrString::String(name)) => Some(name),
            _ => None,
        },
    })
}

fn protocol(name: Option<&str>) -> Protocol {
    match name {
        None | Some("TCP") => Protocol::Tcp,
        Some("UDP") => Protocol::Udp,
        Some(_) => Protocol::Sctp,
    }
}

/// The namespace and name of the Service that a slice belongs to.
pub(crate) fn service_of(slice: &EndpointSlice) -> Option<(String, String)> {
    Some((slice.metadata.namespace.clone()?, slice.metadata.labels.as_ref()?.get(SERVICE_NAME_LABEL)?.clone()))
}

/// The endpoints of one slice, with their Service.
pub(crate) fn endpoints_of(slice: EndpointSlice) -> Vec<((String, String), SliceEndpoints)> {
    service_of(&slice).map(|service| (service, slice_endpoints(slice))).into_iter().collect()
}

/// Whether an Istio gateway's operator made the Service for a gateway of that name.
pub(crate) fn is_owned_by_gateway(service: &ApiService, name: &str) -> bool {
    let owners = service.metadata.owner_references.iter().flatten().filter(|owner| owner.controller == Some(true));
    owners.cloned().map(self::owner).any(|owner| owner.is_istio_gateway() && owner.name == name)
}

/// Nodes in the order in which a person counts them.
pub(crate) fn sorted(mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.sort_by_cached_key(|node| natural(&node.name));
    nodes
}

/// Name and age of a lease.
pub(crate) fn lease_age(lease: Lease, now: Timestamp) -> Option<(String, u64)> {
    let renewed = lease.spec?.renew_time?.0;
    let age = now.duration_since(renewed).as_secs().max(0).cast_unsigned();
    Some((lease.metadata.name?, age))
}

/// A key that sorts node2 before node10.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut key = vec![(String::new(), 0)];
    let mut digits = String::new();
    for character in name.chars().chain(['\0']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        if let Some(last) = key.last_mut().filter(|_| !digits.is_empty()) {
            last.1 = digits.parse().unwrap_or(u64::MAX);
            digits.clear();
            key.push((String::new(), 0));
        }
        if let Some(last) = key.last_mut() {
            last.0.push(character);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: serde_json::Value) -> Result<Service, Error> {
        service(serde_json::from_value(value).unwrap())
    }

    fn load_balancer() -> serde_json::Value {
        serde_json::json!({
            "metadata": { "name": "gateway", "namespace": "shop" },
            "spec": {
                "type": "LoadBalancer",
                "externalTrafficPolicy": "Local",
                "clusterIPs": ["10.96.0.7", "fd00::7"],
                "healthCheckNodePort": 31000,
                "ports": [{ "port": 80, "nodePort": 30080 }, { "port": 53, "protocol": "UDP", "name": "dns" }],
            },
            "status": { "loadBalancer": { "ingress": [{ "ip": "198.51.100.1", "ipMode": "VIP" }, { "ip": "2001:db8::1" }, { "hostname": "lb.example.com" }] } },
        })
    }

    #[test]
    fn a_service_is_read_with_all_families_ports_and_addresses() {
        let service = read(load_balancer()).unwrap();
        assert_eq!(service.external_traffic_policy, TrafficPolicy::Local);
        assert_eq!(service.internal_traffic_policy, TrafficPolicy::Cluster);
        assert_eq!(service.cluster_ips.len(), 2);
        assert_eq!(service.ports.iter().map(|port| port.protocol).collect::<Vec<_>>(), [Protocol::Tcp, Protocol::Udp]);
        assert_eq!(service.ports[1].node_port, None);
        assert_eq!(service.health_check_node_port, Some(31000));
        let expected = [
            Ingress::Address { ip: "198.51.100.1".parse().unwrap(), ip_mode: Some(IpMode::Vip) },
            Ingress::Address { ip: "2001:db8::1".parse().unwrap(), ip_mode: None },
            Ingress::Hostname("lb.example.com".into()),
        ];
        assert_eq!(service.ingress, expected);
    }

    #[test]
    fn annotations_that_nobody_looks_at_are_not_kept() {
        let mut annotated = load_balancer();
        annotated["metadata"]["annotations"] = serde_json::json!({
            "service.beta.kubernetes.io/backend-type": "eni",
            "kubectl.kubernetes.io/last-applied-configuration": "hunter2",
            "example.com/token": "hunter2",
        });
        assert_eq!(read(annotated).unwrap().annotations.into_keys().collect::<Vec<_>>(), ["service.beta.kubernetes.io/backend-type"]);
    }

    #[test]
    fn a_service_without_load_balancer_is_read_where_clients_outside_have_an_address() {
        let without = |kind: &str, external_ips: &[&str]| {
            let mut object = load_balancer();
            object["spec"]["type"] = kind.into();
            object["spec"]["externalIPs"] = serde_json::json!(external_ips);
            object["status"] = serde_json::json!({});
            read(object).map(|service| service.service_type)
        };
        assert_eq!(without("NodePort", &[]).unwrap(), ServiceType::NodePort);
        assert_eq!(without("ClusterIP", &["203.0.113.7"]).unwrap(), ServiceType::ClusterIp);
        assert_eq!(without("LoadBalancer", &["203.0.113.7"]).unwrap(), ServiceType::ClusterIp, "nobody gives it a load balancer");
        assert!(matches!(without("ExternalName", &[]), Err(Error::NotExternal { kind, .. }) if kind == "ExternalName"));
    }

    #[test]
    fn what_cannot_be_probed_is_said() {
        let mut other = load_balancer();
        other["spec"]["type"] = "ClusterIP".into();
        other["status"] = serde_json::json!({});
        assert!(matches!(read(other.clone()), Err(Error::NotExternal { kind, .. }) if kind == "ClusterIP"));
        other["spec"]["internalTrafficPolicy"] = "Local".into();
        assert_eq!(read(other.clone()).unwrap().service_type, ServiceType::ClusterIp, "a policy that keeps clients from it");
        other["spec"]["type"] = "ExternalName".into();
        assert!(matches!(read(other), Err(Error::NotExternal { kind, .. }) if kind == "ExternalName"));
        let mut pending = load_balancer();
        pending["status"] = serde_json::json!({});
        assert!(matches!(read(pending), Err(Error::NoAddress { .. })));
    }

    #[test]
    fn ranges_of_before_strict_validation_are_read() {
        let mut ranged = load_balancer();
        ranged["spec"]["loadBalancerSourceRanges"] = serde_json::json!(["010.000.0.0/8", "10.1.2.3/16", "10..0.0/8", "fd00::/8"]);
        let read: Vec<_> = read(ranged).unwrap().load_balancer_source_ranges.iter().map(ToString::to_string).collect();
        assert_eq!(read, ["10.0.0.0/8", "10.1.2.3/16", "fd00::/8"]);
    }

    #[test]
    fn nodes_sort_by_number() {
        let mut names = ["node10", "node2", "node1", "a", "node2-b"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["a", "node1", "node2", "node2-b", "node10"]);
    }
}
