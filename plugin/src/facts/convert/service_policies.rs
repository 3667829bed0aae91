//! NetworkPolicies that may hold back clients of a Service. Policies see a connection behind kube-proxy: its destination is
//! the endpoint's own address and port by then.

mod egress;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use lbprobe_analysis::facts::{PolicyConcern, Service, ServicePolicy};

use super::surroundings::is_selected;
use egress::Passage;

/// The Service's pods, as policies see them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServicePods<'a> {
    /// The Service's selector, whose labels they have at least.
    pub(crate) selector: &'a BTreeMap<String, String>,
    /// Their addresses.
    pub(crate) addresses: &'a [IpAddr],
    /// Their ports behind the Service's, with the protocols in Kubernetes' spelling.
    pub(crate) ports: &'a [(u16, String)],
    /// Their labels, where every one of them is known; nothing where one is not.
    pub(crate) labels: Option<&'a [BTreeMap<String, String>]>,
    /// Whether the pod network is known to apply ranges to clients inside as well.
    pub(crate) ranges_mean_pods: bool,
}

/// Where nodes and pods are.
#[derive(Clone, Copy)]
pub(crate) struct Inside<'a> {
    /// Of the nodes: their own addresses, and those of pods on them. The same for every Service of a cluster.
    pub(crate) nodes: &'a [IpNet],
    /// Of the Service's pods.
    pub(crate) pods: &'a [IpAddr],
}

impl Inside<'_> {
    fn is_empty(self) -> bool {
        self.nodes.is_empty() && self.pods.is_empty()
    }

    fn overlaps(self, range: &IpNet) -> bool {
        self.nodes.iter().any(|own| own.contains(range) || range.contains(own)) || self.pods.iter().any(|pod| range.contains(pod))
    }
}

/// Those that limit who reaches the Service's pods, those of clients that name its address, which they never see, and those
/// that do not let their own pods through to it.
pub(crate) fn concerning(
    policies: &[NetworkPolicy],
    service: &Service,
    own_pods: ServicePods<'_>,
    inside: Inside<'_>,
) -> Vec<ServicePolicy> {
    let is_here = |policy: &NetworkPolicy| policy.metadata.namespace.as_ref() == Some(&service.namespace);
    let limits_ingress = |policy: &NetworkPolicy| is_here(policy) && policy.spec.as_ref().is_some_and(is_about_ingress);
    let selected = |policy: &NetworkPolicy| match &policy.spec {
        Some(spec) if limits_ingress(policy) => selection(spec, own_pods),
        _ => Selection::None,
    };
    let admits_everybody = |policy: &NetworkPolicy| {
        policy.spec.iter().flat_map(|spec| spec.ingress.iter().flatten()).any(|rule| admits_all(rule, own_pods, inside))
    };
    // Policies add up: what one of them admits, another one does not forbid.
    let all_are_admitted = policies.iter().any(|policy| selected(policy) == Selection::All && admits_everybody(policy));
    let together = together(policies.iter().filter_map(|policy| Some((policy.spec.as_ref()?, selected(policy)))), inside);
    let concerns = |policy: &NetworkPolicy| -> Vec<ServicePolicy> {
        let Some(spec) = &policy.spec else { return Vec::new() };
        let namespace = policy.metadata.namespace.clone().unwrap_or_default();
        let selection = selected(policy);
        let limits = selection != Selection::None && !all_are_admitted && !admits_everybody(policy);
        let of_ingress = || {
            limits.then(|| {
                if selection == Selection::Perhaps {
                    PolicyConcern::MaySelect
                } else if selection == Selection::Some {
                    PolicyConcern::LimitsSome
                } else {
                    together.concern(spec, inside)
                }
            })
        };
        let of_egress = || match egress::passage(policy, policies, service, own_pods) {
            Passage::Yes => None,
            Passage::Perhaps => Some(PolicyConcern::LimitsEgress),
            Passage::No => Some(PolicyConcern::StopsEgress),
        };
        // One may hold back clients of the Service, and its own pods as clients.
        let own = names_address(spec, service).or_else(of_egress);
        let concerned =
            |concern| ServicePolicy { namespace: namespace.clone(), name: policy.metadata.name.clone().unwrap_or_default(), concern };
        of_ingress().into_iter().chain(own).map(concerned).collect()
    };
    policies.iter().flat_map(concerns).collect()
}

/// Whom the policies of a Service's pods admit, all of them together: what one of them admits, another one does not forbid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Together {
    Nobody,
    /// Pods by their labels, and nobody else.
    PodsAlone,
    /// Ranges in which no node and no pod is.
    NobodyInside,
    /// Others, or that is not known.
    Others,
}

fn together<'a>(policies: impl Iterator<Item = (&'a NetworkPolicySpec, Selection)>, inside: Inside<'_>) -> Together {
    let selecting: Vec<_> = policies.filter(|(_, selection)| *selection != Selection::None).collect();
    let all = |holds: &dyn Fn(&NetworkPolicySpec) -> bool| selecting.iter().all(|(spec, _)| admits_nobody(spec) || holds(spec));
    // One that may be for them may admit anybody.
    if selecting.iter().any(|(_, selection)| *selection != Selection::All) {
        Together::Others
    } else if all(&|_| false) {
        Together::Nobody
    } else if all(&admits_pods_alone) {
        Together::PodsAlone
    } else if all(&|spec| matches!(limit(spec, inside), PolicyConcern::AdmitsNobodyInside(_))) {
        Together::NobodyInside
    } else {
        Together::Others
    }
}

impl Together {
    /// What is said of one of them.
    fn concern(self, spec: &NetworkPolicySpec, inside: Inside<'_>) -> PolicyConcern {
        match self {
            Self::Nobody => PolicyConcern::AdmitsNobody,
            Self::PodsAlone => PolicyConcern::AdmitsPodsAlone,
            Self::NobodyInside if admits_nobody(spec) => PolicyConcern::AdmitsNobody,
            Self::NobodyInside => limit(spec, inside),
            Self::Others => PolicyConcern::LimitsIngress,
        }
    }
}

fn admits_nobody(spec: &NetworkPolicySpec) -> bool {
    spec.ingress.iter().flatten().next().is_none()
}

/// Which of a Service's pods a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selection {
    All,
    Some,
    /// Its selector asks for labels of which the Service's says nothing.
    Perhaps,
    None,
}

fn selection(spec: &NetworkPolicySpec, own_pods: ServicePods<'_>) -> Selection {
    let is_own = |labels: &BTreeMap<String, String>| spec.pod_selector.as_ref().is_none_or(|pods| is_selected(labels, pods));
    if let Some(labels) = own_pods.labels {
        return match labels.iter().filter(|labels| is_own(labels)).count() {
            0 => Selection::None,
            number if number == labels.len() => Selection::All,
            _ => Selection::Some,
        };
    }
    match own_pods.selector {
        // Whoever writes its endpoints by hand has pods of no labels, or none.
        selector if selector.is_empty() => Selection::None,
        selector if is_own(selector) => Selection::All,
        selector if spec.pod_selector.as_ref().is_some_and(|pods| contradicts(selector, pods)) => Selection::None,
        _ => Selection::Perhaps,
    }
}

/// Whether no pod with these labels can have what a selector asks for, whatever its other labels are.
fn contradicts(labels: &BTreeMap<String, String>, selector: &LabelSelector) -> bool {
    let has_other = selector.match_labels.iter().flatten().any(|(key, value)| labels.get(key).is_some_and(|own| own != value));
    let is_excluded = selector.match_expressions.iter().flatten().any(|requirement| {
        let Some(own) = labels.get(&requirement.key) else { return false };
        let is_one = requirement.values.iter().flatten().any(|value| value == own);
        match requirement.operator.as_str() {
            "In" => !is_one,
            "NotIn" => is_one,
            "DoesNotExist" => true,
            _ => false,
        }
    });
    has_other || is_excluded
}

fn is_about_ingress(spec: &NetworkPolicySpec) -> bool {
    let types = spec.policy_types.as_deref().unwrap_or_default();
    // Without types it limits ingress in any case (networking.k8s.io/v1).
    types.is_empty() || types.iter().any(|kind| kind == "Ingress")
}

/// The label that every namespace has.
const OF_EVERY_NAMESPACE: &str = "kubernetes.io/metadata.name";

/// Whether a selector asks for nothing, or for what every namespace has.
fn selects_all(selector: &LabelSelector) -> bool {
    let mut asked = selector.match_expressions.iter().flatten();
    selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && asked.all(|requirement| requirement.key == OF_EVERY_NAMESPACE && requirement.operator == "Exists")
}

/// Whether a policy admits some pods, by their labels, and nobody else.
fn admits_pods_alone(spec: &NetworkPolicySpec) -> bool {
    let admits_some = |peer: &NetworkPolicyPeer| {
        let is_of_every_namespace = peer.namespace_selector.as_ref().is_some_and(selects_all);
        peer.ip_block.is_none() && !(is_of_every_namespace && peer.pod_selector.as_ref().is_none_or(selects_all))
    };
    let mut rules = spec.ingress.iter().flatten().map(|rule| rule.from.as_deref().unwrap_or_default()).peekable();
    rules.peek().is_some() && rules.all(|peers| !peers.is_empty() && peers.iter().all(admits_some))
}

/// Whom a policy that limits ingress admits, as far as ranges tell.
fn limit(spec: &NetworkPolicySpec, inside: Inside<'_>) -> PolicyConcern {
    let peers = || spec.ingress.iter().flatten().map(|rule| rule.from.as_deref().unwrap_or_default());
    let of_peers = |peers: &[NetworkPolicyPeer]| {
        let ranges: Option<Vec<IpNet>> = peers.iter().map(|peer| peer.ip_block.as_ref()?.cidr.parse().ok()).collect();
        ranges.filter(|ranges| !ranges.is_empty())
    };
    let Some(ranges) = peers().map(of_peers).collect::<Option<Vec<_>>>().map(|rules| rules.concat()) else {
        return PolicyConcern::LimitsIngress;
    };
    if ranges.is_empty() || inside.is_empty() || ranges.iter().any(|range| inside.overlaps(range)) {
        return PolicyConcern::LimitsIngress;
    }
    PolicyConcern::AdmitsNobodyInside(ranges)
}

/// From everywhere, to each port behind the Service's.
fn admits_all(rule: &NetworkPolicyIngressRule, own_pods: ServicePods<'_>, inside: Inside<'_>) -> bool {
    let ports = rule.ports.as_deref().unwrap_or_default();
    let is_admitted = |own: &(u16, String)| ports.iter().any(|port| holds_port(port, own));
    let to_all_ports = ports.is_empty() || !own_pods.ports.is_empty() && own_pods.ports.iter().all(is_admitted);
    let peers = rule.from.as_deref().unwrap_or_default();
    to_all_ports && (peers.is_empty() || own_pods.ranges_mean_pods && hold_everybody(peers, own_pods, inside))
}

/// Whether the ranges are the whole of each family that the pods have, but for some in which no node or pod is.
fn hold_everybody(peers: &[NetworkPolicyPeer], own_pods: ServicePods<'_>, inside: Inside<'_>) -> bool {
    let blocks = || peers.iter().filter_map(|peer| peer.ip_block.as_ref());
    let is_inside = |range: &String| range.parse().map_or(true, |range| inside.overlaps(&range));
    let is_whole = |cidr: &str, v6: bool| cidr.parse::<IpNet>().is_ok_and(|range| range.prefix_len() == 0 && range.addr().is_ipv6() == v6);
    let holds_family = |v6: bool| blocks().any(|block| is_whole(&block.cidr, v6) && !block.except.iter().flatten().any(is_inside));
    let mut families = own_pods.addresses.iter().map(IpAddr::is_ipv6).peekable();
    families.peek().is_some() && families.all(holds_family)
}

/// Whether a rule's port is one of the pods'; of a name it is not known which number it has there.
fn holds_port(port: &NetworkPolicyPort, (own, own_protocol): &(u16, String)) -> bool {
    let has_number = match &port.port {
        None => true,
        Some(IntOrString::String(_)) => false,
        Some(IntOrString::Int(first)) => (*first..=port.end_port.unwrap_or(*first)).contains(&i32::from(*own)),
    };
    port.protocol.as_deref().unwrap_or("TCP") == own_protocol && has_number
}

/// A range of one of the Service's addresses alone: wider ones mean more than the Service.
fn names_address(spec: &NetworkPolicySpec, service: &Service) -> Option<PolicyConcern> {
    let blocks = spec.egress.iter().flatten().flat_map(|rule| rule.to.iter().flatten()).filter_map(|peer| peer.ip_block.as_ref());
    let own: Vec<IpAddr> = service.load_balancer_ips().chain(service.external_ips.iter().copied()).collect();
    let mut named = blocks.filter_map(|block| only_address(&block.cidr)).filter(|address| own.contains(address));
    named.next().map(PolicyConcern::NamesAddress)
}

/// The address of a range that holds no other.
fn only_address(cidr: &str) -> Option<IpAddr> {
    let (address, length) = cidr.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits = if address.is_ipv6() { "128" } else { "32" };
    (length == bits).then_some(address)
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::facts::Ingress;
    use serde_json::{Value, json};

    use super::*;

    fn concern(namespace: &str, spec: &Value) -> Option<PolicyConcern> {
        concern_where(true, namespace, spec)
    }

    fn concern_where(ranges_mean_pods: bool, namespace: &str, spec: &Value) -> Option<PolicyConcern> {
        concern_of(None, ranges_mean_pods, namespace, spec)
    }

    fn concern_of(
        labels: Option<&[BTreeMap<String, String>]>,
        ranges_mean_pods: bool,
        namespace: &str,
        spec: &Value,
    ) -> Option<PolicyConcern> {
        let policy = json!({ "metadata": { "name": "policy", "namespace": namespace }, "spec": spec });
        let mut service = Service::named("shop", "web");
        service.ingress = vec![Ingress::Address { ip: [198, 51, 100, 1].into(), ip_mode: None }];
        let selector = [("app".to_owned(), "web".to_owned())].into();
        let own_pods = ServicePods {
            selector: &selector,
            labels,
            addresses: &[[10, 244, 1, 5].into()],
            ports: &[(8080, "TCP".into())],
            ranges_mean_pods,
        };
        let inside = ["192.0.2.0/24", "10.244.0.0/16"].map(|range| range.parse().unwrap());
        let found = concerning(&[serde_json::from_value(policy).unwrap()], &service, own_pods, Inside { nodes: &inside, pods: &[] });
        found.into_iter().next().map(|policy| policy.concern)
    }

    #[test]
    fn policies_that_limit_who_reaches_the_pods_are_found() {
        let from = |from: Value| json!({ "podSelector": { "matchLabels": { "app": "web" } }, "ingress": [{ "from": from }] });
        let blocked = from(json!([{ "ipBlock": { "cidr": "203.0.113.0/24" } }]));
        assert_eq!(concern("shop", &blocked), Some(PolicyConcern::AdmitsNobodyInside(vec!["203.0.113.0/24".parse().unwrap()])));
        let v6_alone = PolicyConcern::AdmitsNobodyInside(["203.0.113.0/24", "::/0"].map(|range| range.parse().unwrap()).to_vec());
        for (some, expected) in [
            (json!({ "cidr": "10.244.3.0/24" }), PolicyConcern::LimitsIngress),
            (json!({ "cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"] }), PolicyConcern::LimitsIngress),
            (json!({ "cidr": "::/0" }), v6_alone),
        ] {
            let admitted = from(json!([{ "ipBlock": { "cidr": "203.0.113.0/24" } }, { "ipBlock": some }]));
            assert_eq!(concern("shop", &admitted), Some(expected), "{some}");
        }
        for all in [json!({ "cidr": "0.0.0.0/0" }), json!({ "cidr": "0.0.0.0/0", "except": ["198.51.100.0/24"] })] {
            let admitted = from(json!([{ "ipBlock": all }]));
            assert_eq!(concern("shop", &admitted), None, "{all}");
            assert_eq!(concern_where(false, "shop", &admitted), Some(PolicyConcern::LimitsIngress), "{all}");
        }
        let pods_too = from(json!([{ "ipBlock": { "cidr": "203.0.113.0/24" } }, { "podSelector": {} }]));
        assert_eq!(concern("shop", &pods_too), Some(PolicyConcern::LimitsIngress));
        let labelled = from(json!([{ "podSelector": { "matchLabels": { "run": "access" } } }]));
        assert_eq!(concern("shop", &labelled), Some(PolicyConcern::AdmitsPodsAlone));
        assert_eq!(concern("shop", &from(json!([{ "namespaceSelector": {} }]))), Some(PolicyConcern::LimitsIngress), "all pods");
        assert_eq!(concern("other", &blocked), None, "it selects pods of its own namespace");
        assert_eq!(concern("shop", &json!({ "podSelector": {} })), Some(PolicyConcern::AdmitsNobody));
        assert_eq!(concern("shop", &json!({ "podSelector": {}, "ingress": [{}] })), None, "everybody is");
        let to_port = |port: Value| json!({ "podSelector": {}, "ingress": [{ "ports": [{ "port": port }] }] });
        assert_eq!(concern("shop", &to_port(json!(8080))), None, "everybody is, at the Service's own port");
        assert_eq!(concern("shop", &to_port(json!(9090))), Some(PolicyConcern::LimitsIngress));
        assert_eq!(concern("shop", &to_port(json!("http"))), Some(PolicyConcern::LimitsIngress), "which number that is is not known");
        let egress_alone = json!({ "podSelector": {}, "policyTypes": ["Egress"] });
        assert_eq!(concern("shop", &egress_alone), Some(PolicyConcern::StopsEgress), "nobody of the namespace gets out");
        assert_eq!(concern("shop", &json!({ "podSelector": { "matchLabels": { "app": "other" } } })), None);
    }

    /// cilium issue 26126.
    #[test]
    fn policies_add_up_and_what_none_of_them_admits_nobody_does() {
        let together = |specs: &[Value]| {
            let policies: Vec<NetworkPolicy> = (0..)
                .zip(specs)
                .map(|(number, spec)| {
                    let policy = json!({ "metadata": { "name": format!("policy-{number}"), "namespace": "shop" }, "spec": spec });
                    serde_json::from_value(policy).unwrap()
                })
                .collect();
            let selector = [("app".to_owned(), "web".to_owned())].into();
            let own_pods = ServicePods {
                selector: &selector,
                labels: None,
                addresses: &[[10, 244, 1, 5].into()],
                ports: &[(8080, "TCP".into())],
                ranges_mean_pods: true,
            };
            let inside = ["192.0.2.0/24", "10.244.0.0/16"].map(|range| range.parse().unwrap());
            let found = concerning(&policies, &Service::named("shop", "web"), own_pods, Inside { nodes: &inside, pods: &[] });
            found.into_iter().map(|policy| policy.concern).collect::<Vec<_>>()
        };
        let from = |from: Value| json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{ "from": from }] });
        let (pods, namespaces) =
            (from(json!([{ "podSelector": {} }])), from(json!([{ "namespaceSelector": { "matchLabels": { "team": "a" } } }])));
        let denies = json!({ "podSelector": {}, "policyTypes": ["Ingress"] });
        let outside = from(json!([{ "ipBlock": { "cidr": "203.0.113.0/24" } }]));
        let other = json!({ "podSelector": { "matchLabels": { "app": "db" } }, "policyTypes": ["Ingress"], "ingress": [{}] });
        let perhaps = json!({ "podSelector": { "matchLabels": { "tier": "edge" } }, "policyTypes": ["Ingress"], "ingress": [{}] });
        let alone = PolicyConcern::AdmitsPodsAlone;
        assert_eq!(together(&[pods.clone(), namespaces.clone()]), [alone.clone(), alone.clone()]);
        assert_eq!(together(&[pods.clone(), denies.clone(), other]), [alone.clone(), alone]);
        assert_eq!(together(&[denies.clone(), denies.clone()]), [PolicyConcern::AdmitsNobody, PolicyConcern::AdmitsNobody]);
        let ranges = PolicyConcern::AdmitsNobodyInside(vec!["203.0.113.0/24".parse().unwrap()]);
        assert_eq!(together(&[outside.clone(), denies]), [ranges, PolicyConcern::AdmitsNobody]);
        assert_eq!(together(&[pods.clone(), outside]), [PolicyConcern::LimitsIngress, PolicyConcern::LimitsIngress]);
        assert_eq!(together(&[pods, perhaps]), [PolicyConcern::LimitsIngress], "another one may admit everybody");
    }

    #[test]
    fn a_policy_that_asks_for_more_than_the_services_selector_may_be_for_its_pods() {
        let for_pods = |selector: Value| json!({ "podSelector": selector, "policyTypes": ["Ingress"] });
        let worker = for_pods(json!({ "matchLabels": { "app": "web", "node-type": "worker" } }));
        assert_eq!(concern("shop", &worker), Some(PolicyConcern::MaySelect));
        assert_eq!(concern("shop", &for_pods(json!({ "matchLabels": { "node-type": "worker" } }))), Some(PolicyConcern::MaySelect));
        let by_expression = |operator: &str, values: &[&str]| {
            for_pods(
                json!({ "matchExpressions": [{ "key": "app", "operator": operator, "values": values }, { "key": "x", "operator": "Exists" }] }),
            )
        };
        assert_eq!(concern("shop", &by_expression("In", &["web"])), Some(PolicyConcern::MaySelect));
        for never in [by_expression("In", &["db"]), by_expression("NotIn", &["web"]), by_expression("DoesNotExist", &[])] {
            assert_eq!(concern("shop", &never), None, "{never}");
        }
        let other = for_pods(json!({ "matchLabels": { "app": "db", "node-type": "worker" } }));
        assert_eq!(concern("shop", &other), None);
        // What the pods themselves have counts.
        let labels = |kind: &str| BTreeMap::from([("app".to_owned(), "web".to_owned()), ("node-type".to_owned(), kind.to_owned())]);
        let of = |kinds: &[&str]| {
            let labels: Vec<_> = kinds.iter().map(|kind| labels(kind)).collect();
            concern_of(Some(&labels), true, "shop", &worker)
        };
        assert_eq!(of(&["worker", "worker"]), Some(PolicyConcern::AdmitsNobody));
        assert_eq!(of(&["worker", "master"]), Some(PolicyConcern::LimitsSome));
        assert_eq!(of(&["master"]), None);
    }

    #[test]
    fn policies_of_clients_that_name_the_address_are_found() {
        let to =
            |cidr: &str| json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [{ "to": [{ "ipBlock": { "cidr": cidr } }] }] });
        let named = Some(PolicyConcern::NamesAddress([198, 51, 100, 1].into()));
        assert_eq!(concern("clients", &to("198.51.100.1/32")), named);
        assert_eq!(concern("clients", &to("198.51.100.0/24")), Some(PolicyConcern::StopsEgress));
        assert_eq!(concern("clients", &to("0.0.0.0/0")), None);
    }
}
