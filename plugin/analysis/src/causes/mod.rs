//! Why something fails: a file a cause. Each looks for its own pattern among the symptoms and says what proves it; what
//! no pattern fits is said to be unrecognised, and is a fault all the same.

mod address_of_a_node;
mod address_of_other_family;
mod between_nodes;
mod bypassed;
mod cert_manager;
mod cluster_dns;
mod dead_endpoints;
pub(crate) mod drained_servers;
mod elsewhere;
mod endpoint_reply_bypasses_node;
pub mod evidence;
mod external_ips;
pub mod finding;
mod host_port;
mod internal_policy;
pub(crate) mod kernel;
mod local_policy;
mod loopback;
mod named_pod;
mod network_policy;
mod no_endpoints;
mod nobody_listens;
mod node_name;
mod node_ports;
mod of_rule;
mod outside;
mod policy_at_every_address;
mod port_without_endpoint;
mod precedence;
mod public_name;
mod redirects;
mod reply_bypasses_node;
mod rows_of_evidence;
mod source_ranges;
mod stale_rules;
mod symptoms;
mod undeclared_port;
mod unexpected_answer;
mod unreachable;
mod unrecognised;
mod wrong_server;

use serde::{Deserialize, Serialize};

pub use crate::confidence::Confidence;
use crate::document_form;
use crate::remedies::Fix;
use evidence::Evidence;
use finding::Finding;
pub use rows_of_evidence::RowsOfEvidence;
pub(crate) use symptoms::{Symptoms, names};

/// One cause of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// What it states.
    #[serde(flatten, with = "document_form")]
    pub finding: Finding,
    /// How certain it is.
    pub confidence: Confidence,
    /// What was seen that shows it.
    #[serde(flatten, with = "document_form")]
    pub evidence: Vec<Evidence>,
    /// What can be done, best first.
    pub fixes: Vec<Fix>,
}

impl Cause {
    /// By which pages, precedence and tests tell causes apart.
    #[must_use]
    pub const fn kind(&self) -> CauseKind {
        self.finding.kind()
    }
}

/// The causes that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CauseKind {
    /// No endpoint is ready anywhere.
    NoEndpoints,
    /// Policy Local, and the failing nodes are those without a local endpoint.
    LocalPolicyWithoutLocalEndpoint,
    /// Internal policy Local, and the nodes that fail at the ClusterIP are those without a local
    /// endpoint.
    InternalPolicyWithoutLocalEndpoint,
    /// loadBalancerSourceRanges shuts clients inside the cluster out.
    SourceRanges,
    /// The load balancer does not bring a backend's connection back to it.
    Loopback,
    /// The Service's name does not resolve.
    ClusterDns,
    /// A port that the Service does not declare, at an address that the node keeps.
    UndeclaredPort,
    /// Somebody else than the Service's endpoints answers.
    WrongServer,
    /// The servers wait for the PROXY header that the load balancer writes.
    ProxyHeaderMissing,
    /// The servers speak plain HTTP: TLS ends at the load balancer.
    TlsEndsAtLoadBalancer,
    /// A NetworkPolicy keeps the pods from the endpoints.
    NetworkPolicy,
    /// Endpoints answer on their own node only.
    BetweenNodes,
    /// kube-proxy does not get its rules written.
    StaleRules,
    /// ipvs holds ready endpoints with weight 0, since kube-proxy was restarted while it removed them.
    DrainedServers,
    /// kube-proxy runs under another name than its node's.
    NodeNameDiffers,
    /// `spec.externalIPs` are treated otherwise than the load balancer's address.
    ExternalIps,
    /// The load balancer's address is a node's own.
    AddressOfANode,
    /// cert-manager's check of itself fails for the same reason.
    CertManagerSelfCheck,
    /// The load balancer answers, and its redirect leads nowhere.
    RedirectFails,
    /// A DaemonSet takes the load balancer's port at every address of its nodes.
    HostPortConflict,
    /// Endpoints are ready, and nothing reaches them by any address.
    Unreachable,
    /// Something fails in a pattern that no known cause has.
    Unrecognised,
    /// No endpoint has a port of a declared port's name.
    PortWithoutEndpoint,
    /// The load balancer's address is of a family of which the Service has no ClusterIP.
    AddressOfOtherFamily,
    /// The replies of endpoints on the client's own node bypass it.
    ReplyBypassesNode,
    /// externalTrafficPolicy Local holds at every address of the Service.
    PolicyAtEveryAddress,
    /// Some endpoints answer nobody.
    DeadEndpoints,
    /// externalTrafficPolicy Local, and nodes without an endpoint do not answer at their node ports.
    NodePortWithoutLocalEndpoint,
    /// kube-proxy serves node ports at other addresses of the nodes only.
    NodePortAddresses,
    /// Replies do not come back through the node whose port was dialled.
    NodePortReplyAstray,
    /// Packets to node ports of other nodes are lost on the way.
    NodePortLost,
    /// Clients outside get no answer at the load balancer, though the Service answers inside.
    FailsOutside,
    /// A pod that the user named fails where a plain pod of its node does not.
    NamedPod,
    /// The name that the user gave does not lead to the Service from inside.
    PublicName,
    /// The servers answer, and not as the user expects.
    UnexpectedAnswer,
    /// The endpoints themselves refuse a port.
    NobodyListens,
    /// What is none of this cluster's does not answer.
    Elsewhere,
}

impl CauseKind {
    /// All of them, by their codes.
    pub const ALL: [Self; 37] = [
        Self::NoEndpoints,
        Self::LocalPolicyWithoutLocalEndpoint,
        Self::InternalPolicyWithoutLocalEndpoint,
        Self::SourceRanges,
        Self::Loopback,
        Self::ClusterDns,
        Self::UndeclaredPort,
        Self::WrongServer,
        Self::ProxyHeaderMissing,
        Self::TlsEndsAtLoadBalancer,
        Self::NetworkPolicy,
        Self::BetweenNodes,
        Self::StaleRules,
        Self::DrainedServers,
        Self::NodeNameDiffers,
        Self::ExternalIps,
        Self::AddressOfANode,
        Self::CertManagerSelfCheck,
        Self::Unreachable,
        Self::Unrecognised,
        Self::RedirectFails,
        Self::HostPortConflict,
        Self::PortWithoutEndpoint,
        Self::AddressOfOtherFamily,
        Self::ReplyBypassesNode,
        Self::PolicyAtEveryAddress,
        Self::DeadEndpoints,
        Self::NodePortWithoutLocalEndpoint,
        Self::NodePortAddresses,
        Self::NodePortReplyAstray,
        Self::NodePortLost,
        Self::FailsOutside,
        Self::NamedPod,
        Self::PublicName,
        Self::UnexpectedAnswer,
        Self::NobodyListens,
        Self::Elsewhere,
    ];
}

/// The causes whose pattern is there; what none of them explains is unrecognised. An answer by the
/// wrong server is a fault although nothing failed, and so is a redirect that leads nowhere.
pub(crate) fn find(symptoms: &Symptoms<'_>) -> Vec<Cause> {
    if symptoms.facts.service.is_elsewhere() {
        // Without a Service there is no kube-proxy, no policy and no endpoint to blame.
        let answered = [unexpected_answer::find(symptoms), redirects::find(symptoms)].into_iter().flatten();
        return elsewhere::find(symptoms).into_iter().chain(answered).chain(named_pod::find(symptoms)).collect();
    }
    let (forwarded, strangers): (Vec<_>, Vec<_>) =
        wrong_server::strangers(symptoms).into_iter().partition(|stranger| host_port::explains(symptoms, stranger));
    if !symptoms.anything_failed() {
        let answered = [
            host_port::find(symptoms, &forwarded),
            wrong_server::find(symptoms, &strangers),
            redirects::find(symptoms),
            outside::find(symptoms),
        ];
        return answered.into_iter().flatten().chain(named_pod::find(symptoms)).collect();
    }
    let past_node = endpoint_reply_bypasses_node::find(symptoms);
    // Where replies go past nodes with an endpoint, nodes without one tell nothing, and clients outside fail for the same reason.
    let is_past_node = past_node.is_some();
    let known = [
        past_node,
        no_endpoints::find(symptoms),
        port_without_endpoint::find(symptoms),
        nobody_listens::find(symptoms),
        address_of_other_family::find(symptoms),
        stale_rules::find(symptoms),
        drained_servers::find(symptoms),
        node_name::find(symptoms),
        dead_endpoints::find(symptoms),
        policy_at_every_address::find(symptoms),
        reply_bypasses_node::find(symptoms),
        between_nodes::find(symptoms),
        network_policy::find(symptoms),
        unreachable::find(symptoms),
        address_of_a_node::find(symptoms),
        source_ranges::find(symptoms),
        local_policy::find(symptoms).filter(|_| !is_past_node),
        bypassed::proxy_header(symptoms),
        bypassed::tls(symptoms),
        undeclared_port::find(symptoms),
        unexpected_answer::find(symptoms),
        host_port::find(symptoms, &forwarded),
        wrong_server::find(symptoms, &strangers),
        external_ips::find(symptoms),
        internal_policy::find(symptoms),
        loopback::find(symptoms),
        cluster_dns::find(symptoms),
        public_name::find(symptoms),
        redirects::find(symptoms),
        outside::find(symptoms).filter(|_| !is_past_node),
    ];
    let mut causes: Vec<_> = known.into_iter().flatten().chain(node_ports::find(symptoms)).collect();
    if causes.is_empty() {
        causes.push(unrecognised::describe(symptoms));
    }
    causes.extend(named_pod::find(symptoms));
    causes.sort_by_key(|cause| (cause.confidence, cause.kind().precedence()));
    // A consequence stands behind what it follows from.
    causes.extend(cert_manager::find(symptoms));
    causes
}
