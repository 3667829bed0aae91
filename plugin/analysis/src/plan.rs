//! The plan: checks × vantages, and what is left out with its reason.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use lbprobe_protocol::{Check, CheckId, Exchange, Host, HttpRequest, Question, VERSION};
use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Ingress, Node, Protocol, Readiness, Service, ServicePort};

/// Where a connection starts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vantage {
    /// The node.
    pub node: String,
    /// Which of the node's networks.
    pub network: Network,
}

impl fmt::Display for Vantage {
    /// As it stands in a sentence: "node2 (pod)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.node, self.network)
    }
}

/// A node's pod network or its host network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Network {
    /// A pod's own.
    Pod,
    /// The node's own.
    Host,
}

impl Network {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Pod, Self::Host];
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pod => "pod",
            Self::Host => "host",
        })
    }
}

/// What is dialled, from every vantage alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Names the check in the probe's plan and record.
    pub id: CheckId,
    /// What kind of address it is.
    pub kind: TargetKind,
    /// The port.
    pub port: u16,
    /// What is said there.
    pub exchange: Exchange,
    /// Where the choice of what is said comes from.
    pub protocol_from: ProtocolFrom,
}

/// The kinds of address by which a Service is dialled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetKind {
    /// An address of the load balancer.
    LoadBalancerIp(IpAddr),
    /// The load balancer by name, where its status has no address.
    LoadBalancerHostname(String),
    /// The Service's DNS name.
    DnsName,
    /// A ClusterIP.
    ClusterIp(IpAddr),
}

impl TargetKind {
    /// Whether it is one of the load balancer's, which kube-proxy treats by the external policy.
    #[must_use]
    pub fn is_load_balancer(&self) -> bool {
        matches!(self, Self::LoadBalancerIp(_) | Self::LoadBalancerHostname(_))
    }
}

/// Where the choice of what is said on a port comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProtocolFrom {
    /// The user said it.
    User,
    /// Guessed from the port's number, name or appProtocol.
    Guess,
}

/// What is said on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Nothing: connect alone.
    Tcp,
    /// Plain HTTP.
    Http,
    /// A TLS handshake alone.
    Tls,
    /// HTTP inside TLS.
    Https,
}

/// What a run is asked to do, beyond the Service's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanOptions {
    /// Ports to dial; all declared ones where empty.
    pub ports: BTreeSet<u16>,
    /// The HTTP path.
    pub path: String,
    /// The Host header and the TLS server name.
    pub host: Option<String>,
    /// What is said; guessed port by port where missing.
    pub scheme: Option<Scheme>,
    /// Samples of each check.
    pub samples: u8,
    /// Deadline of each sample in milliseconds.
    pub timeout_ms: u32,
    /// Nodes by name; all that the selector leaves where empty.
    pub nodes: BTreeSet<String>,
    /// The networks to start from.
    pub networks: BTreeSet<Network>,
}

/// What a run does, and what it leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Where connections start.
    pub vantages: Vec<Vantage>,
    /// What is dialled from each.
    pub targets: Vec<Target>,
    /// Samples of each check.
    pub samples: u8,
    /// Deadline of each sample in milliseconds.
    pub timeout_ms: u32,
    /// What is not done, and why.
    pub skipped: Vec<Skip>,
}

/// Something that is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Skip {
    /// What: "node3", "port 53/UDP", "the host network".
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Plan {
    /// Lays out the checks of a run.
    #[must_use]
    pub fn new(facts: &Facts, options: &PlanOptions) -> Self {
        let mut skipped = Vec::new();
        let nodes: Vec<_> = facts.nodes.iter().filter(|node| options.nodes.is_empty() || options.nodes.contains(&node.name)).collect();
        let mut vantages = Vec::new();
        for node in nodes {
            match unfit(node) {
                None => vantages.extend(options.networks.iter().map(|network| Vantage { node: node.name.clone(), network: *network })),
                Some(reason) => skipped.push(Skip { what: node.name.clone(), reason }),
            }
        }
        let targets = targets(&facts.service, options, &mut skipped);
        Self { vantages, targets, samples: options.samples, timeout_ms: options.timeout_ms, skipped }
    }

    /// Leaves out every vantage of a network, with the reason.
    pub fn skip_network(&mut self, network: Network, reason: String) {
        self.vantages.retain(|vantage| vantage.network != network);
        self.skipped.push(Skip { what: format!("the {network} network of every node"), reason });
    }

    /// What each probe pod is told; those of a network get its [`questions`] besides.
    #[must_use]
    pub fn for_probe(&self, service: &Service, linger_ms: u32) -> lbprobe_protocol::Plan {
        let checks = self.targets.iter().map(|target| Check {
            id: target.id,
            host: host(&target.kind, service),
            port: target.port,
            exchange: target.exchange.clone(),
            samples: self.samples,
            timeout_ms: self.timeout_ms,
        });
        lbprobe_protocol::Plan { version: VERSION, linger_ms, checks: checks.collect(), questions: Vec::new() }
    }
}

/// What the probes of a network find out beside their checks.
#[must_use]
pub fn questions(network: Network) -> Vec<Question> {
    match network {
        Network::Pod => Vec::new(),
        Network::Host => vec![Question::KubeProxy],
    }
}

fn host(kind: &TargetKind, service: &Service) -> Host {
    match kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ClusterIp(ip) => Host::Address(*ip),
        TargetKind::LoadBalancerHostname(name) => Host::Name(name.clone()),
        TargetKind::DnsName => Host::Service { namespace: service.namespace.clone(), name: service.name.clone() },
    }
}

/// Why no probe can run on a node; none where one can. Cordoned nodes are fit: pods run there.
fn unfit(node: &Node) -> Option<String> {
    if let Some(os) = node.os.as_deref().filter(|os| *os != "linux") {
        return Some(format!("runs {os}; the probe is for linux"));
    }
    match &node.readiness {
        Readiness::Ready => None,
        Readiness::NotReady(message) => Some(format!("is not Ready: {message}")),
    }
}

fn targets(service: &Service, options: &PlanOptions, skipped: &mut Vec<Skip>) -> Vec<Target> {
    let kinds = kinds(service);
    let mut targets = Vec::new();
    for port in service.ports.iter().filter(|port| options.ports.is_empty() || options.ports.contains(&port.port)) {
        if port.protocol != Protocol::Tcp {
            let what = format!("port {}/{}", port.port, port.protocol);
            skipped.push(Skip { what, reason: "only TCP is probed so far".into() });
            continue;
        }
        let (scheme, protocol_from) = match options.scheme {
            Some(scheme) => (scheme, ProtocolFrom::User),
            None => (guess(port), ProtocolFrom::Guess),
        };
        for kind in &kinds {
            let id = CheckId::try_from(targets.len()).unwrap_or(CheckId::MAX);
            targets.push(Target { id, kind: kind.clone(), port: port.port, exchange: exchange(scheme, options), protocol_from });
        }
    }
    targets
}

fn kinds(service: &Service) -> Vec<TargetKind> {
    let load_balancer = service.ingress.iter().map(|ingress| match ingress {
        Ingress::Address { ip, .. } => TargetKind::LoadBalancerIp(*ip),
        Ingress::Hostname(name) => TargetKind::LoadBalancerHostname(name.clone()),
    });
    let cluster = service.cluster_ips.iter().map(|ip| TargetKind::ClusterIp(*ip));
    load_balancer.chain([TargetKind::DnsName]).chain(cluster).collect()
}

/// From appProtocol, then the name (Istio's convention: the protocol is the name's first word),
/// then the usual numbers.
fn guess(port: &ServicePort) -> Scheme {
    let said = port.app_protocol.as_deref().or(port.name.as_deref()).unwrap_or_default().to_ascii_lowercase();
    let first = said.rsplit('/').next().unwrap_or_default().split('-').next().unwrap_or_default();
    match (first, port.port) {
        ("https", _) | ("", 443) => Scheme::Https,
        ("tls", _) => Scheme::Tls,
        ("http" | "http2", _) | ("", 80) => Scheme::Http,
        _ => Scheme::Tcp,
    }
}

fn exchange(scheme: Scheme, options: &PlanOptions) -> Exchange {
    let request = || HttpRequest { method: "GET".into(), path: options.path.clone(), host: options.host.clone() };
    match scheme {
        Scheme::Tcp => Exchange::Connect,
        Scheme::Http => Exchange::Http(request()),
        Scheme::Tls => Exchange::Tls { sni: options.host.clone() },
        Scheme::Https => Exchange::Https { sni: options.host.clone(), request: request() },
    }
}
