//! The plan: checks × vantages, and what is left out with its reason.

mod asked;
mod for_kernel;
mod for_probe;
mod sample;
mod skip;
mod targets;

use std::collections::BTreeSet;
use std::num::{NonZeroU16, NonZeroUsize};

use lbprobe_protocol::{CheckId, Datagram, Exchange, Header, SourceFrom, StatusRange};
use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Known, NamedPod, Node, Protocol, Readiness, Service, ServiceType, TransportPort};
pub use crate::target_kind::TargetKind;
pub use crate::vantage::{Network, Vantage};
pub use asked::{AddressKind, Asked, Route, RouteKind, Step};
use sample::Sample;
pub use sample::{MANY_NODES, SampleHint, Sampled, SampledClass};
pub(crate) use sample::{classes, spread};
pub use skip::{Skip, SkipReason, SkipSubject};

/// Up to so many vantages a document has an entry for each; of more it shares what is equal.
pub const SPELLED_OUT: usize = 200;

/// What is dialled, from every vantage alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Names the check in the probe's plan and record.
    pub id: CheckId,
    /// What kind of address it is.
    pub kind: TargetKind,
    /// The Service's port that it leads to, or one that the Service does not declare.
    pub port: u16,
    /// That port's protocol. Of SCTP it is only said what is expected.
    #[serde(default, skip_serializing_if = "Protocol::is_tcp")]
    pub protocol: Protocol,
    /// The port that is dialled, where it is another: a node port or an endpoint's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialled_port: Option<u16>,
    /// Who dials it.
    #[serde(default, skip_serializing_if = "NodePortUse::is_evidence")]
    pub node_port_use: NodePortUse,
    /// Whether nobody asked for the port, and the Service does not declare it: the load balancer may have a listener there, and one
    /// sample tells whether clients inside reach it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other_listener: bool,
    /// What is said there.
    pub exchange: Exchange,
    /// Where the choice of what is said comes from.
    pub protocol_from: ProtocolFrom,
}

/// What node ports are dialled for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NodePortUse {
    /// To tell causes apart: clients use the load balancer.
    #[default]
    Evidence,
    /// As clients do: the Service has no load balancer.
    Clients,
}

impl NodePortUse {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_evidence(&self) -> bool {
        *self == Self::Evidence
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
    /// It was answered in the report with which this run is compared: silence is no wrong guess any more.
    Baseline,
    /// The Service's annotations have the load balancer end TLS on the port.
    Annotation,
}

/// What is said on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Nothing: connect alone.
    Tcp,
    /// Plain HTTP.
    Http,
    /// HTTP/2 without TLS, by prior knowledge.
    H2c,
    /// A TLS handshake alone.
    Tls,
    /// HTTP inside TLS.
    Https,
    /// HTTP/2 inside TLS, by ALPN.
    H2,
    /// gRPC's health check without TLS.
    Grpc,
    /// The same inside TLS.
    Grpcs,
}

impl Scheme {
    /// The scheme by which the same connection carries gRPC.
    #[must_use]
    pub const fn with_grpc(self) -> Self {
        match self {
            Self::Tcp | Self::Http | Self::H2c | Self::Grpc => Self::Grpc,
            Self::Tls | Self::Https | Self::H2 | Self::Grpcs => Self::Grpcs,
        }
    }
}

/// What requests have beyond path and host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// Headers of the user's.
    pub headers: Vec<Header>,
    /// The statuses that count as an answer; every one where there are none.
    pub expected: Vec<StatusRange>,
    /// The gRPC service whose health is asked for; that of the whole server where missing.
    pub grpc_service: Option<String>,
    /// What is said at UDP ports; guessed port by port where missing.
    pub datagram: Option<Datagram>,
    /// Where answers tell the address that their servers saw.
    pub source_from: Option<SourceFrom>,
}

impl RequestOptions {
    /// Whether something is expected of an HTTP answer.
    pub(crate) fn expects_answer(&self) -> bool {
        !self.expected.is_empty() || self.source_from.is_some()
    }
}

/// What a run is asked to do, beyond the Service's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanOptions {
    /// Ports to dial; all declared ones where empty.
    pub ports: BTreeSet<u16>,
    /// The HTTP path; `/` where missing.
    pub path: Option<String>,
    /// The Host header and the TLS server name.
    pub host: Option<String>,
    /// What is said; guessed port by port where missing.
    pub scheme: Option<Scheme>,
    /// What requests have beside them.
    pub request: RequestOptions,
    /// Samples of each check.
    pub samples: u8,
    /// Deadline of each sample in milliseconds.
    pub timeout_ms: u32,
    /// Nodes by name; all that the selector leaves where empty.
    pub nodes: BTreeSet<String>,
    /// Nodes of each class, where not all are probed. Those that are named one by one are.
    pub sample: Option<NonZeroU16>,
    /// The networks to start from.
    pub networks: BTreeSet<Network>,
    /// When node ports and endpoints are dialled.
    pub evidence: EvidenceChecks,
    /// Whether redirects are followed.
    pub redirects: Redirects,
    /// What becomes of ports that cannot be dialled.
    pub other_protocols: OtherProtocols,
    /// What the user named in the Service's place.
    pub asked: Option<Asked>,
}

impl Default for PlanOptions {
    /// Every declared port from every node and both networks, once, by the guessed protocol.
    fn default() -> Self {
        Self {
            ports: BTreeSet::new(),
            path: None,
            host: None,
            scheme: None,
            request: RequestOptions::default(),
            samples: 1,
            timeout_ms: 3500,
            nodes: BTreeSet::new(),
            sample: None,
            networks: Network::ALL.into(),
            evidence: EvidenceChecks::default(),
            redirects: Redirects::default(),
            other_protocols: OtherProtocols::default(),
            asked: None,
        }
    }
}

/// What becomes of ports that cannot be dialled, those of SCTP and of UDP where nobody knows what to say there: kube-proxy
/// treats them as those of TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtherProtocols {
    /// They are left out.
    #[default]
    LeftOut,
    /// They are targets of a prediction.
    Predicted,
}

/// When the checks are made that only tell causes apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EvidenceChecks {
    /// Where another check of the same vantage fails or is slow.
    #[default]
    OnSymptom,
    /// From every vantage.
    Always,
}

/// Whether redirects are followed, once a check was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Redirects {
    /// The first answer is the end.
    #[default]
    NotFollowed,
    /// They are, as `curl --location` does.
    Followed,
}

impl Redirects {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn are_not_followed(&self) -> bool {
        *self == Self::NotFollowed
    }
}

/// What a run does, and what it leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Where connections start.
    pub vantages: Vec<Vantage>,
    /// Pods that the user named, from which the same is dialled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named_pods: Vec<NamedPod>,
    /// What is dialled from each.
    pub targets: Vec<Target>,
    /// Samples of each check.
    pub samples: u8,
    /// Deadline of each sample in milliseconds.
    pub timeout_ms: u32,
    /// Milliseconds for which probes in the pod network wait first, see [`POLICY_MS`].
    #[serde(default)]
    pub wait_ms: u32,
    /// When node ports and endpoints are dialled.
    #[serde(default)]
    pub evidence: EvidenceChecks,
    /// Whether redirects are followed.
    #[serde(default, skip_serializing_if = "Redirects::are_not_followed")]
    pub redirects: Redirects,
    /// What is not done, and why.
    pub skipped: Vec<Skip>,
    /// Whether probes showed a client certificate to servers that ask for one. It is never kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_client_certificate: bool,
    /// What the user named in the Service's place; nothing where that was the Service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// Of which classes of nodes how many are probed; nothing where all are that can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<Sampled>,
    /// How many targets are left out because there are too many; nothing where all of them are dialled. What is not
    /// dialled is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets_left_out: Option<NonZeroUsize>,
    /// How long things may take; nothing where that was not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// What was sent to the nodes where the probe came in ConfigMaps; nothing where it came in its image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<CarriedBytes>,
}

/// What it costs to carry the probe to nodes in ConfigMaps, which each of their kubelets reads from the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CarriedBytes {
    /// Nodes that it was sent to.
    pub nodes: usize,
    /// Bytes that they were sent together.
    pub bytes: usize,
}

/// Targets of a run: those of some hundred ports. Whoever writes a Service's addresses does not say how long this
/// program and its probes work.
pub const MOST_TARGETS: usize = 2_000;

/// Checks of a run, so that fewer targets are dialled from thousands of nodes.
const MOST_CHECKS: usize = 3_000_000;

/// How long things of a run may take, in seconds. They grow with the number of pods, unless flags say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// A pod to start (`--start-timeout`).
    pub start_seconds: u32,
    /// A probe to answer when it runs (`--answer-timeout`).
    pub answer_seconds: u32,
    /// The program to give a sign of life, before the cluster removes the pods (`--deadline`).
    pub deadline_seconds: u32,
}

/// How long probes wait where a `NetworkPolicy` selects them. kube-router 2.1 lets a pod through until it
/// has heard of it, about a second; a probe that is quicker would find all well.
pub const POLICY_MS: u32 = 2500;

impl Target {
    /// The Service's port with its protocol.
    #[must_use]
    pub const fn transport(&self) -> TransportPort {
        TransportPort { port: self.port, protocol: self.protocol }
    }

    /// Whether it is dialled only to tell causes apart. Clients do not use it, and its failure alone is no fault of the
    /// Service.
    #[must_use]
    pub fn is_evidence(&self) -> bool {
        self.other_listener || self.kind.is_endpoint() || self.kind.is_node_port() && !self.is_node_port_of_clients()
    }

    /// Whether it is a node port that clients use: the Service has no load balancer, or somebody asks for this one.
    #[must_use]
    pub fn is_node_port_of_clients(&self) -> bool {
        self.kind.is_node_port() && self.node_port_use == NodePortUse::Clients
    }

    /// The node whose port it is, where one is named.
    #[must_use]
    pub fn node_of_port(&self) -> Option<&str> {
        match &self.kind {
            TargetKind::NodePort { node, .. } => Some(node),
            _ => None,
        }
    }

    /// Whether clients outside use it too.
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.kind.is_external() || self.is_node_port_of_clients()
    }

    /// Whether it is what clients outside are given: the load balancer, or a node port where somebody asks for it; and where there
    /// is no load balancer, node ports or external IPs.
    #[must_use]
    pub fn is_clients_address(&self, service: &Service) -> bool {
        match service.service_type {
            _ if self.other_listener => false,
            ServiceType::LoadBalancer => self.kind.is_load_balancer() || self.is_node_port_of_clients(),
            ServiceType::NodePort | ServiceType::ClusterIp => self.is_external(),
            ServiceType::Elsewhere => matches!(self.kind, TargetKind::Address(_) | TargetKind::PublicName(_)),
        }
    }
}

impl Plan {
    /// Lays out the checks of a run.
    #[must_use]
    pub fn new(facts: &Facts, options: &PlanOptions) -> Self {
        let mut skipped = Vec::new();
        let nodes: Vec<_> = facts.nodes.iter().filter(|node| options.nodes.is_empty() || options.nodes.contains(&node.name)).collect();
        let sample = options.sample.filter(|_| options.nodes.is_empty()).map(|per_class| Sample::new(facts, per_class.get()));
        let is_taken = |node: &Node| sample.as_ref().is_none_or(|sample| sample.has(node));
        let mut vantages = Vec::new();
        for node in nodes {
            match unfit(node) {
                None if !is_taken(node) => {}
                None => vantages.extend(options.networks.iter().map(|network| Vantage { node: node.name.clone(), network: *network })),
                Some(reason) => skipped.push(Skip { subject: SkipSubject::Node(node.name.clone()), reason }),
            }
        }
        let mut targets = targets::lay_out(facts, options, &mut skipped);
        let most = (MOST_CHECKS / vantages.len().max(1)).min(MOST_TARGETS);
        let targets_left_out = NonZeroUsize::new(targets.len().saturating_sub(most));
        targets.truncate(most);
        if let Some(left_out) = targets_left_out {
            skipped.push(Skip { subject: SkipSubject::Targets(left_out.get()), reason: SkipReason::MoreThan(most) });
        }
        let PlanOptions { samples, timeout_ms, evidence, redirects, .. } = *options;
        let selecting = matches!(&facts.pod_policies, Known::Value(policies) if !policies.is_empty());
        let wait_ms = if selecting { POLICY_MS } else { 0 };
        let sampled_nodes = sample.map(|sample| sample.of_all);
        Self {
            vantages,
            named_pods: Vec::new(),
            targets,
            samples,
            timeout_ms,
            wait_ms,
            evidence,
            redirects,
            skipped,
            with_client_certificate: false,
            asked: options.asked.clone(),
            sampled: sampled_nodes,
            targets_left_out,
            limits: None,
            carried: None,
        }
    }

    /// The target of a number; none where a record was not made by this plan.
    #[must_use]
    pub fn target(&self, id: CheckId) -> Option<&Target> {
        self.targets.iter().find(|target| target.id == id)
    }

    /// The targets that clients use.
    pub fn service_targets(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| !target.is_evidence())
    }
}

/// Why no probe can run on a node; none where one can. Cordoned nodes are fit: pods run there.
#[must_use]
pub fn unfit(node: &Node) -> Option<SkipReason> {
    if let Some(os) = node.os.as_deref().filter(|os| *os != "linux") {
        return Some(SkipReason::OtherOs(os.to_owned()));
    }
    if node.virtual_by.is_some() {
        return Some(SkipReason::Virtual);
    }
    match &node.readiness {
        Readiness::Ready => None,
        Readiness::NotReady(message) => Some(SkipReason::NotReady(message.clone())),
    }
}
