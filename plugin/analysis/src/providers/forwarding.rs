//! What a load balancer does not forward, and health checks that no node passes: both strike clients outside alone.

use serde::{Deserialize, Serialize};

use super::{BackendKind, Provider, aws};
use crate::facts::{Facts, NetworkPlugin, Protocol, ServicePort, ServiceType, TrafficPolicy, Version};

/// Why ports are not forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase")]
pub enum NotForwarded {
    /// The cloud's load balancers take the protocol of the Service's first port for all of them (kubernetes issue 118107).
    OtherThanFirst(Protocol),
    /// They know no UDP (hcloud-cloud-controller-manager issues 252 and 1100; Scaleway, Load Balancer; a classic one of AWS').
    NoUdp(Provider),
}

/// The ports that the load balancer does not forward, and why; nothing where another controller than the cloud's makes it.
pub(crate) fn not_forwarded(facts: &Facts) -> Option<(Vec<&ServicePort>, NotForwarded)> {
    let service = &facts.service;
    if service.service_type != ServiceType::LoadBalancer || service.load_balancer_class.is_some() {
        return None;
    }
    let provider = Provider::of(facts)?;
    let why = match provider {
        Provider::Gce => NotForwarded::OtherThanFirst(service.ports.first()?.protocol),
        Provider::Hetzner | Provider::Scaleway => NotForwarded::NoUdp(provider),
        Provider::Aws if aws::is_classic(service) => NotForwarded::NoUdp(provider),
        _ => return None,
    };
    let is_left = |port: &&ServicePort| match why {
        NotForwarded::OtherThanFirst(protocol) => port.protocol != protocol,
        NotForwarded::NoUdp(_) => port.protocol == Protocol::Udp,
    };
    let ports: Vec<_> = service.ports.iter().filter(is_left).collect();
    (!ports.is_empty()).then_some((ports, why))
}

/// From when Calico's eBPF data path answers health checks in kube-proxy's place (calico PR 11055; later releases of 3.30 do
/// too, by PR 10996).
const CALICO_ANSWERS: Version = Version { major: 3, minor: 31, patch: 0 };

/// Whether health checks ask every node's kube-proxy, and what stands in its place may not answer. Google Cloud's and
/// DigitalOcean's do so under policy Cluster (calico issue 10748, kubernetes issue 134648).
pub(crate) fn asks_absent_kube_proxy(facts: &Facts) -> bool {
    let asks = matches!(Provider::of(facts), Some(Provider::Gce | Provider::DigitalOcean));
    let is_cluster = facts.service.external_traffic_policy == TrafficPolicy::Cluster;
    asks && is_cluster
        && may_be_before(facts, NetworkPlugin::CalicoEbpf, CALICO_ANSWERS)
        && facts.service.service_type == ServiceType::LoadBalancer
}

/// From when kube-router serves `healthCheckNodePort` (kube-router issue 455 and PR 1612).
const KUBE_ROUTER_ANSWERS: Version = Version { major: 2, minor: 1, patch: 0 };

/// Whether a cloud's load balancer asks nodes whether they have an endpoint, and kube-router does not answer.
pub(crate) fn asks_silent_kube_router(facts: &Facts) -> bool {
    let asks = Provider::of(facts).is_some_and(|provider| !provider.is_program() && dials_nodes(provider, facts));
    let is_local = facts.service.external_traffic_policy == TrafficPolicy::Local;
    let is_silent = may_be_before(facts, NetworkPlugin::KubeRouterServiceProxy, KUBE_ROUTER_ANSWERS);
    asks && is_local && is_silent && facts.service.service_type == ServiceType::LoadBalancer
}

/// Whether it is the pod network, and not known to be of the release or a later one.
fn may_be_before(facts: &Facts, plugin: NetworkPlugin, release: Version) -> bool {
    let network = facts.pod_network.value().filter(|network| network.plugin == plugin);
    network.is_some_and(|network| network.release.is_none_or(|known| known < release))
}

fn dials_nodes(provider: Provider, facts: &Facts) -> bool {
    (provider.traits().backends)(facts) == BackendKind::Nodes
}

/// The first port, where a classic load balancer of AWS' checks nodes there and nothing may answer: it then serves none of the
/// others either (istio issue 12503). Under policy Local it asks kube-proxy.
pub(crate) fn unanswered_first_port(facts: &Facts) -> Option<u16> {
    let service = &facts.service;
    let is_meant = Provider::of(facts) == Some(Provider::Aws) && aws::is_classic(service) && !aws::has_own_health_check(service);
    let first = service.ports.iter().find(|port| port.protocol == Protocol::Tcp)?;
    let without_endpoint = || facts.serving_nodes_at(first).is_empty() && !facts.serving_nodes().is_empty();
    // No container declares it (postgres-operator issue 1611).
    let is_undeclared = || {
        let ports = facts.endpoints.iter().flat_map(|endpoint| endpoint.ports.iter().flatten());
        ports.filter(|port| port.is_behind(first)).any(|port| facts.undeclared_ports.contains(&port.port))
    };
    let is_open = facts.ports_without_gateway.contains(&first.port) || without_endpoint() || is_undeclared();
    let is_cluster = service.external_traffic_policy == TrafficPolicy::Cluster;
    (is_meant && is_cluster && is_open && service.ports.len() > 1).then_some(first.port)
}
