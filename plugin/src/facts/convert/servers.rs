//! What pods say of the servers behind a Service: whether anything shows that they listen where kube-proxy connects to.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;
use lbprobe_analysis::facts::{EndpointPort, Facts, HeaderReading, NearestPod, NotReady, Protocol, ServicePort, TrustedFrom, UnreadyPod};
use lbprobe_analysis::words::printable;
use serde::Deserialize;

use super::traefik::{self, HeaderTrust};

/// Part of the image of Istio's proxy, and of OpenShift's. It listens where Gateways tell it to, and declares next to nothing.
const ISTIO_PROXY: &str = "proxyv2";

/// Ports of that proxy that need no Gateway: metrics and health (Istio, "Ports used by Istio").
const OWN_PORTS: [u16; 3] = [15_020, 15_021, 15_090];

/// By which installations mark a proxy that may not bind ports below 1024.
const UNPRIVILEGED: &str = "ISTIO_META_UNPRIVILEGED_POD";

/// The first port that anybody may bind.
const FIRST_UNPRIVILEGED: u16 = 1024;

/// Characters of what a status says.
const MESSAGE_CHARS: usize = 200;

/// By which Istio marks proxies that it made for a Gateway of the Gateway API, which are told by that where to listen.
const GATEWAY_API_LABEL: &str = "gateway.networking.k8s.io/gateway-name";

/// Containers that meshes put beside an application. What they declare says nothing of it.
const SIDECARS: [&str; 4] = ["istio-proxy", "linkerd-proxy", "kuma-sidecar", "consul-dataplane"];

/// A pod, as little of it as matters here.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    namespace: String,
    labels: BTreeMap<String, String>,
    declares: Vec<u16>,
    /// Whether it is Envoy as Istio runs it, which listens where Gateways tell it to.
    pub(crate) is_istio_proxy: bool,
    /// Whether it is marked as one that may bind no port below 1024.
    is_unprivileged: bool,
    /// Itself, where it is not ready.
    unready: Option<UnreadyPod>,
    /// "pod shop/gateway-0".
    source: String,
    /// From whom it takes a PROXY header that it does not miss; nothing where it may require one.
    header_trust: Option<HeaderTrust>,
}

/// A Gateway of `networking.istio.io`, of which no type is here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct IstioGateway {
    #[serde(rename = "apiVersion")]
    api_version: String,
    spec: GatewaySpec,
}

impl IstioGateway {
    pub(crate) fn is_of_istio(&self) -> bool {
        self.api_version.starts_with("networking.istio.io/")
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct GatewaySpec {
    selector: BTreeMap<String, String>,
    servers: Vec<GatewayServer>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct GatewayServer {
    port: GatewayPort,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct GatewayPort {
    number: u16,
}

/// What a pod tells; nothing of one without a spec.
pub(crate) fn server(pod: &Pod) -> Option<Server> {
    let spec = pod.spec.as_ref()?;
    let is_alone = spec.containers.len() == 1;
    let of_application = spec.containers.iter().filter(|container| is_alone || !SIDECARS.contains(&container.name.as_str()));
    let ports = of_application.flat_map(|container| container.ports.iter().flatten());
    let is_proxy = |image: &str| image.contains(ISTIO_PROXY);
    let env = spec.containers.iter().flat_map(|container| container.env.iter().flatten());
    let is_unprivileged = env.into_iter().any(|env| env.name == UNPRIVILEGED && env.value.as_deref().is_some_and(|value| value == "true"));
    Some(Server {
        namespace: pod.metadata.namespace.clone().unwrap_or_default(),
        labels: pod.metadata.labels.clone().unwrap_or_default(),
        declares: ports.filter_map(|port| u16::try_from(port.container_port).ok()).collect(),
        source: format!(
            "pod {}/{}",
            pod.metadata.namespace.as_deref().unwrap_or_default(),
            pod.metadata.name.as_deref().unwrap_or_default()
        ),
        header_trust: traefik::header_trust(pod),
        is_unprivileged,
        unready: unready(pod),
        is_istio_proxy: is_alone && spec.containers[0].image.as_deref().is_some_and(is_proxy),
    })
}

/// A pod that is not ready, with what its status says of it.
fn unready(pod: &Pod) -> Option<UnreadyPod> {
    let status = pod.status.as_ref()?;
    let conditions = || status.conditions.iter().flatten();
    let is_ready = conditions().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    let is_over = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
    if is_ready || is_over || pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let text = |text: &str| printable(text, MESSAGE_CHARS);
    let refused = conditions().find(|condition| condition.type_ == "PodScheduled" && condition.status == "False");
    let container = status.container_statuses.iter().flatten().find(|container| !container.ready);
    let why = match (refused.and_then(|condition| condition.message.as_deref()), container) {
        (Some(message), _) => NotReady::NotScheduled { message: text(message) },
        (None, Some(container)) => {
            let restarts = u32::try_from(container.restart_count).unwrap_or_default();
            let waits = container.state.as_ref().and_then(|state| state.waiting.as_ref()?.reason.as_deref());
            match waits {
                Some(reason) => NotReady::Waits { container: text(&container.name), reason: text(reason), restarts },
                None => NotReady::ProbeFails { container: text(&container.name), restarts },
            }
        }
        (None, None) => gate_not_met(pod).unwrap_or(NotReady::Unknown),
    };
    Some(UnreadyPod { namespace: pod.metadata.namespace.clone().unwrap_or_default(), name: pod.metadata.name.clone()?, why })
}

/// The first readiness gate of a pod whose containers are ready that is not met: what sets it is no part of the application.
fn gate_not_met(pod: &Pod) -> Option<NotReady> {
    let conditions = pod.status.as_ref()?.conditions.as_deref().unwrap_or_default();
    let of = |kind: &str| conditions.iter().find(|condition| condition.type_ == kind);
    let is_true = |kind: &str| of(kind).is_some_and(|condition| condition.status == "True");
    let gates = pod.spec.as_ref()?.readiness_gates.as_deref().unwrap_or_default();
    let gate = gates.iter().find(|gate| !is_true(&gate.condition_type)).filter(|_| is_true("ContainersReady"))?;
    let message = of(&gate.condition_type).and_then(|condition| condition.message.as_deref()).filter(|message| !message.is_empty());
    Some(NotReady::GateNotMet {
        gate: printable(&gate.condition_type, MESSAGE_CHARS),
        message: message.map(|message| printable(message, MESSAGE_CHARS)),
    })
}

/// One of these pods that is not ready.
pub(crate) fn first_unready(own: &[&Server]) -> Option<UnreadyPod> {
    own.iter().find_map(|server| server.unready.clone())
}

/// The labels of a pod that runs in the pod network, by each of its addresses: on the host network pods share them.
pub(crate) fn labels_by_address(pod: &Pod) -> Vec<(IpAddr, BTreeMap<String, String>)> {
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let addresses = super::pod_addresses(pod).into_iter().flat_map(|(_, addresses)| addresses);
    addresses.map(|address| (address, labels.clone())).collect()
}

/// The labels of the pods at these addresses; nothing where one of them is not known.
pub(crate) fn labels_at(known: &HashMap<IpAddr, BTreeMap<String, String>>, addresses: &[IpAddr]) -> Option<Vec<BTreeMap<String, String>>> {
    if addresses.is_empty() {
        return None;
    }
    addresses.iter().map(|address| known.get(address).cloned()).collect()
}

fn has_all(labels: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// What servers that do not miss the header do with it; nothing where none of them is such a one.
pub(crate) fn optional_header(own: &[&Server]) -> Option<HeaderReading> {
    let told = own.iter().find_map(|server| Some((server, server.header_trust.as_ref()?)))?;
    Some(match told {
        (_, HeaderTrust::Open) => HeaderReading::Optional,
        (server, HeaderTrust::Ranges(ranges)) => {
            HeaderReading::TrustedFrom(TrustedFrom { source: server.source.clone(), ranges: ranges.clone() })
        }
    })
}

/// Those that a Service selects; none where it selects nothing.
pub(crate) fn selected<'a>(servers: &'a [Server], namespace: &str, selector: &BTreeMap<String, String>) -> Vec<&'a Server> {
    let is_own = |server: &&Server| !selector.is_empty() && server.namespace == namespace && has_all(&server.labels, selector);
    servers.iter().filter(is_own).collect()
}

/// The most labels that a pod may lack and still be told as the one that is meant.
const MOST_LACKING: usize = 2;

/// The pod that has most of the labels that a selector asks for, where none has all of them, and one has some.
pub(crate) fn nearest(servers: &[Server], namespace: &str, selector: &BTreeMap<String, String>) -> Option<NearestPod> {
    let lacks = |server: &Server| -> Vec<String> {
        let lacking = selector.iter().filter(|(key, value)| server.labels.get(*key) != Some(*value));
        lacking.map(|(key, value)| format!("{key}={value}")).collect()
    };
    // One that has another value is another application's.
    let is_another = |server: &Server| selector.iter().any(|(key, value)| server.labels.get(key).is_some_and(|own| own != value));
    let of_namespace = servers.iter().filter(|server| server.namespace == namespace && !is_another(server));
    let (server, lacks) = of_namespace.map(|server| (server, lacks(server))).min_by_key(|(_, lacks)| lacks.len())?;
    let is_near = (1..=MOST_LACKING).contains(&lacks.len()) && lacks.len() < selector.len();
    is_near.then(|| NearestPod { pod: server.source.clone(), lacks })
}

/// Notes what the Service's own pods and the Gateways for them show.
pub(crate) fn note(facts: &mut Facts, own: &[&Server], gateways: &[IstioGateway]) {
    let (proxies, others): (Vec<&Server>, Vec<&Server>) = own.iter().copied().partition(|server| server.is_istio_proxy);
    // Of another Service before, in an overview.
    (facts.undeclared_ports, facts.ports_without_gateway, facts.unprivileged_ports) = (Vec::new(), Vec::new(), Vec::new());
    if proxies.is_empty() {
        facts.undeclared_ports = undeclared(facts, &others);
    } else if others.is_empty() {
        facts.ports_without_gateway = without_gateway(facts, &proxies, gateways);
        facts.unprivileged_ports = unprivileged_ports(facts, &proxies);
    }
}

/// Only where all of the pods declare some ports: many declare none, and listen.
fn undeclared(facts: &Facts, servers: &[&Server]) -> Vec<u16> {
    // Those that Gateways make listen where these say.
    let is_open = |server: &&Server| server.declares.is_empty() || server.labels.contains_key(GATEWAY_API_LABEL);
    if servers.is_empty() || servers.iter().any(is_open) {
        return Vec::new();
    }
    let is_declared = |port: &u16| servers.iter().any(|server| server.declares.contains(port));
    let mut ports: Vec<_> = facts.service.ports.iter().flat_map(|declared| of_endpoints(facts, declared)).collect();
    ports.retain(|port| !is_declared(port));
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn without_gateway(facts: &Facts, proxies: &[&Server], gateways: &[IstioGateway]) -> Vec<u16> {
    if gateways.is_empty() || proxies.iter().any(|proxy| proxy.labels.contains_key(GATEWAY_API_LABEL)) {
        return Vec::new();
    }
    let selects = |gateway: &&IstioGateway| proxies.iter().any(|proxy| has_all(&proxy.labels, &gateway.spec.selector));
    let served: Vec<u16> =
        gateways.iter().filter(selects).flat_map(|gateway| &gateway.spec.servers).map(|server| server.port.number).collect();
    let is_served = |declared: &ServicePort| {
        let targets = of_endpoints(facts, declared);
        served.contains(&declared.port) || targets.iter().any(|port| served.contains(port) || OWN_PORTS.contains(port))
    };
    let of_tcp = facts.service.ports.iter().filter(|declared| declared.protocol == Protocol::Tcp);
    of_tcp.filter(|declared| !is_served(declared)).map(|declared| declared.port).collect()
}

/// By the port of the pod, not by the Gateway's number (istiod, `buildGatewayListeners`; istio issue 32898). A proxy that another program
/// made may bind them all the same, by a setting of its kernel: without the mark nothing is said.
fn unprivileged_ports(facts: &Facts, proxies: &[&Server]) -> Vec<u16> {
    if !proxies.iter().all(|proxy| proxy.is_unprivileged) {
        return Vec::new();
    }
    let mut ports: Vec<_> = facts.service.ports.iter().flat_map(|declared| of_endpoints(facts, declared)).collect();
    ports.retain(|port| *port < FIRST_UNPRIVILEGED);
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// The ports of the endpoints behind one of the Service's.
fn of_endpoints(facts: &Facts, declared: &ServicePort) -> Vec<u16> {
    let ports = facts.endpoints.iter().flat_map(|endpoint| endpoint.ports.iter().flatten());
    ports.filter(|port: &&EndpointPort| port.is_behind(declared)).map(|port| port.port).collect()
}
