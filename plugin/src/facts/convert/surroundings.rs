//! What lies around the Service: other Services at its addresses, policies that select the probe's
//! pods, certificates that cert-manager waits for.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use k8s_openapi::api::core::v1::{LoadBalancerIngress, Service as ApiService};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use lbprobe_analysis::facts::{Challenge, NearbyService, Node, PodPolicy, Service, ServicePort, TakenNodeAddress};
use serde_json::Value;

/// A Service with a load balancer, as far as another one sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceAddresses {
    addresses: Vec<IpAddr>,
    /// Those that kube-proxy takes for its own: of the load balancer, unless a proxy has them, and externalIPs.
    taken: Vec<IpAddr>,
    nearby_service: NearbyService,
    labels: BTreeMap<String, String>,
}

/// What of a Service another one at the same addresses has to know; nothing of one without any.
pub(crate) fn service_addresses(service: &ApiService) -> Option<ServiceAddresses> {
    let ingress = service.status.as_ref().and_then(|status| status.load_balancer.as_ref()?.ingress.as_deref()).unwrap_or_default();
    let addresses: Vec<_> = ingress.iter().filter_map(|ingress| ingress.ip.as_ref()?.parse().ok()).collect();
    let is_proxy = |ingress: &&LoadBalancerIngress| ingress.ip_mode.as_deref() == Some("Proxy");
    let of_kube_proxy = ingress.iter().filter(|ingress| !is_proxy(ingress)).filter_map(|ingress| ingress.ip.as_ref());
    let external = service.spec.iter().flat_map(|spec| spec.external_ips.iter().flatten());
    let taken: Vec<_> = of_kube_proxy.chain(external).filter_map(|ip| ip.parse().ok()).collect();
    let ports: Vec<_> = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten()).cloned().filter_map(super::port).collect();
    let nearby_service = NearbyService {
        namespace: service.metadata.namespace.clone().unwrap_or_default(),
        name: service.metadata.name.clone().unwrap_or_default(),
        ports: ports.iter().map(|port| port.port).collect(),
        transports: ports.iter().map(ServicePort::transport).collect(),
    };
    // One that waits for its address has labels, too, by which it may be announced.
    (!addresses.is_empty() || !taken.is_empty() || super::has_load_balancer(service)).then(|| ServiceAddresses {
        addresses,
        taken,
        nearby_service,
        labels: service.metadata.labels.clone().unwrap_or_default(),
    })
}

/// Addresses of nodes that Services have. Where there is one node alone it is nobody else's.
pub(crate) fn taken_node_addresses(nodes: &[Node], all: &[ServiceAddresses]) -> Vec<TakenNodeAddress> {
    if nodes.len() < 2 || all.is_empty() {
        return Vec::new();
    }
    let by_address: HashMap<IpAddr, &Node> = nodes.iter().flat_map(|node| node.internal_ips.iter().map(move |ip| (*ip, node))).collect();
    let of_service = |service: &ServiceAddresses| {
        let NearbyService { namespace, name, .. } = &service.nearby_service;
        let service_name = format!("{namespace}/{name}");
        let taken = |address: &IpAddr| {
            let node = by_address.get(address)?.name.clone();
            Some(TakenNodeAddress { address: *address, node, service: service_name.clone() })
        };
        service.taken.iter().filter_map(taken).collect::<Vec<_>>()
    };
    all.iter().flat_map(of_service).collect()
}

/// Those that others than this Service have.
pub(crate) fn taken_by_others(service: &Service, all: &[TakenNodeAddress]) -> Vec<TakenNodeAddress> {
    let own = format!("{}/{}", service.namespace, service.name);
    all.iter().filter(|taken| taken.service != own).cloned().collect()
}

/// The labels of a Service that has an address.
pub(crate) fn labels_of<'a>(namespace: &str, name: &str, all: &'a [ServiceAddresses]) -> Option<&'a BTreeMap<String, String>> {
    let is_it = |known: &&ServiceAddresses| known.nearby_service.namespace == namespace && known.nearby_service.name == name;
    // One that stands twice in a file is as its last form says.
    all.iter().rfind(is_it).map(|known| &known.labels)
}

/// The others at the addresses of a Service.
pub(crate) fn nearby_services(service: &Service, all: &[ServiceAddresses]) -> Vec<NearbyService> {
    let is_own = |nearby_service: &NearbyService| nearby_service.namespace == service.namespace && nearby_service.name == service.name;
    let shares = |shared: &&ServiceAddresses| {
        service.load_balancer_ips().any(|ip| shared.addresses.contains(&ip)) && !is_own(&shared.nearby_service)
    };
    all.iter().filter(shares).map(|shared| shared.nearby_service.clone()).collect()
}

/// A policy that selects pods with these labels.
pub(crate) fn pod_policy(policy: NetworkPolicy, labels: &BTreeMap<String, String>) -> Option<PodPolicy> {
    let spec = policy.spec?;
    let selects = spec.pod_selector.as_ref().is_none_or(|selector| is_selected(labels, selector));
    let types = spec.policy_types.unwrap_or_default();
    selects.then(|| PodPolicy {
        namespace: policy.metadata.namespace.unwrap_or_default(),
        name: policy.metadata.name.unwrap_or_default(),
        // Without types it limits egress where it has rules for it (networking.k8s.io/v1).
        limits_egress: types.iter().any(|kind| kind == "Egress") || (types.is_empty() && spec.egress.is_some()),
    })
}

/// All requirements hold; a selector without any selects everything.
pub(crate) fn is_selected(labels: &BTreeMap<String, String>, selector: &LabelSelector) -> bool {
    let equal = selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    let fits = selector.match_expressions.iter().flatten().all(|requirement| {
        let value = labels.get(&requirement.key);
        let is_one = value.is_some_and(|value| requirement.values.iter().flatten().any(|one| one == value));
        match requirement.operator.as_str() {
            "In" => is_one,
            // Without values it is none that anybody takes.
            "NotIn" => !is_one && requirement.values.as_ref().is_some_and(|values| !values.is_empty()),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    });
    equal && fits
}

/// A challenge of `acme.cert-manager.io` that is not done. It has no type here: its own release
/// decides what else is in it.
pub(crate) fn challenge(object: &Value) -> Option<Challenge> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let state = object["status"]["state"].as_str().unwrap_or_default();
    let is_open = !matches!(state, "valid" | "invalid" | "expired" | "errored");
    is_open.then_some(())?;
    Some(Challenge {
        namespace: text(&object["metadata"]["namespace"])?,
        name: text(&object["metadata"]["name"])?,
        dns_name: text(&object["spec"]["dnsName"])?,
        reason: text(&object["status"]["reason"]).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::facts::TransportPort;
    use serde_json::json;

    use super::*;

    fn labels() -> BTreeMap<String, String> {
        [("app.kubernetes.io/name".to_owned(), "lbprobe".to_owned())].into()
    }

    fn policy(spec: &Value) -> Option<PodPolicy> {
        let policy = json!({ "metadata": { "name": "deny", "namespace": "shop" }, "spec": spec });
        pod_policy(serde_json::from_value(policy).unwrap(), &labels())
    }

    #[test]
    fn policies_are_those_that_select_the_probe() {
        let limits = |spec: Value| policy(&spec).map(|policy| policy.limits_egress);
        assert_eq!(limits(json!({ "podSelector": {}, "policyTypes": ["Egress"] })), Some(true));
        assert_eq!(limits(json!({ "podSelector": {}, "policyTypes": ["Ingress"] })), Some(false));
        assert_eq!(limits(json!({ "podSelector": {}, "egress": [] })), Some(true));
        assert_eq!(limits(json!({ "podSelector": { "matchLabels": { "app": "other" } }, "policyTypes": ["Egress"] })), None);
        let expression = |operator: &str, values: &[&str]| json!({ "podSelector": { "matchExpressions": [{ "key": "app.kubernetes.io/name", "operator": operator, "values": values }] } });
        for (operator, values, selects) in [
            ("In", &["lbprobe"][..], true),
            ("NotIn", &["lbprobe"], false),
            ("Exists", &[], true),
            ("DoesNotExist", &[], false),
            ("Later", &[], false),
        ] {
            assert_eq!(limits(expression(operator, values)).is_some(), selects, "{operator}");
        }
    }

    #[test]
    fn neighbours_have_an_address_in_common() {
        let api = |name: &str, ip: &str, port: u16| {
            let service = json!({
                "metadata": { "name": name, "namespace": "shop" },
                "spec": { "ports": [{ "port": port }] },
                "status": { "loadBalancer": { "ingress": [{ "ip": ip }] } },
            });
            serde_json::from_value::<ApiService>(service).unwrap()
        };
        let all = [api("gateway", "198.51.100.1", 80), api("other", "198.51.100.1", 443), api("far", "198.51.100.2", 443)];
        let all: Vec<_> = all.iter().filter_map(service_addresses).collect();
        let mut service = Service::named("shop", "gateway");
        service.ingress = vec![lbprobe_analysis::facts::Ingress::Address { ip: [198, 51, 100, 1].into(), ip_mode: None }];
        let found = nearby_services(&service, &all);
        assert_eq!(
            found,
            [NearbyService { namespace: "shop".into(), name: "other".into(), ports: vec![443], transports: vec![TransportPort::tcp(443)] }]
        );
    }

    /// kubernetes issue 114815: a Service with a node's address in its externalIPs cuts that node off for all others.
    #[test]
    fn addresses_of_nodes_that_others_have_are_told_and_those_of_a_proxy_are_not() {
        let api = |name: &str, external: &str, ingress: &Value| {
            let service = json!({
                "metadata": { "name": name, "namespace": "shop" },
                "spec": { "externalIPs": [external] },
                "status": { "loadBalancer": { "ingress": [ingress] } },
            });
            serde_json::from_value::<ApiService>(service).unwrap()
        };
        let all = [
            api("one", "10.0.0.11", &json!({ "ip": "198.51.100.1" })),
            api("two", "192.0.2.7", &json!({ "ip": "10.0.0.12", "ipMode": "Proxy" })),
            api("three", "192.0.2.8", &json!({ "ip": "10.0.0.12" })),
        ];
        let all: Vec<_> = all.iter().filter_map(service_addresses).collect();
        let node = |name: &str, last: u8| Node { internal_ips: vec![[10, 0, 0, last].into()], ..Node::named(name) };
        let nodes = [node("a", 11), node("b", 12)];
        let taken = taken_node_addresses(&nodes, &all);
        let told: Vec<_> = taken.iter().map(|taken| (taken.node.as_str(), taken.service.as_str())).collect();
        assert_eq!(told, [("a", "shop/one"), ("b", "shop/three")]);
        assert!(taken_node_addresses(&nodes[..1], &all).is_empty(), "there is no other node");
        assert_eq!(taken_by_others(&Service::named("shop", "one"), &taken).len(), 1);
    }

    #[test]
    fn only_challenges_that_are_open_count() {
        let object = |state: &str| {
            json!({
                "metadata": { "name": "a", "namespace": "shop" },
                "spec": { "dnsName": "shop.example.com" },
                "status": { "state": state, "reason": "Waiting for HTTP-01 challenge propagation: failed to perform self check" },
            })
        };
        assert_eq!(challenge(&object("pending")).unwrap().dns_name, "shop.example.com");
        assert_eq!(challenge(&object("valid")), None);
        assert_eq!(challenge(&json!({})), None);
    }
}
