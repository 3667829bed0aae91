//! What a cause states, as data. Its words are in [`crate::text`].

use std::net::IpAddr;

use lbprobe_protocol::Outcome;
use serde::{Deserialize, Serialize};

use super::CauseKind;
use crate::facts::{HostPort, MissingPort, OwnInterface, TransportPort};
use crate::kube_proxy::ServiceProxy;
use crate::vantage::{FailingFrom, NoAnswer};

/// What a cause states, with what differs from one cluster to the next. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Finding {
    /// No endpoint is ready anywhere.
    NoEndpoints {
        /// Who has none.
        without: WithoutEndpoint,
    },
    /// Policy Local, and the failing nodes are those without a local endpoint.
    LocalPolicyWithoutLocalEndpoint {
        /// Failing nodes that the policy does not explain.
        except: Vec<String>,
        /// Who takes the load balancer's address there.
        #[serde(default)]
        by: ServiceProxy,
    },
    /// Internal policy Local, and the nodes that fail at the ClusterIP are those without a local endpoint.
    InternalPolicyWithoutLocalEndpoint,
    /// loadBalancerSourceRanges shuts clients inside the cluster out.
    SourceRanges,
    /// The load balancer does not bring a backend's connection back to it.
    Loopback {
        /// How that shows.
        #[serde(default)]
        shows: LoopbackPattern,
    },
    /// The replies of endpoints on the client's own node bypass it.
    ReplyBypassesNode {
        /// What shows the pod network.
        source: String,
    },
    /// The replies of endpoints on these nodes bypass them, whoever dials from elsewhere.
    EndpointReplyBypassesNode {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// externalTrafficPolicy Local holds at every address of the Service.
    PolicyAtEveryAddress {
        /// Who does that.
        by: Option<ServiceProxy>,
    },
    /// The Service's name does not resolve.
    ClusterDns {
        /// From how many vantages.
        from: Share,
    },
    /// A port that the Service does not declare.
    UndeclaredPort {
        /// The ports.
        ports: Vec<u16>,
        /// Who is in charge of the address there.
        address: AddressOwner,
    },
    /// Somebody else than the Service's endpoints answers.
    WrongServer {
        /// Who.
        answerer: Answerer,
    },
    /// The servers wait for the PROXY header that the load balancer writes.
    ProxyHeaderMissing,
    /// The servers speak plain HTTP: TLS ends at the load balancer.
    TlsEndsAtLoadBalancer,
    /// A NetworkPolicy keeps the pods from the endpoints.
    NetworkPolicy,
    /// Endpoints answer on their own node only.
    BetweenNodes,
    /// kube-proxy does not get its rules written.
    StaleRules {
        /// Where.
        nodes: Vec<String>,
    },
    /// ipvs holds ready endpoints with weight 0.
    DrainedServers {
        /// Where.
        nodes: Vec<String>,
    },
    /// kube-proxy runs under another name than its node's.
    NodeNameDiffers {
        /// Where.
        nodes: Vec<String>,
    },
    /// `spec.externalIPs` are treated otherwise than the load balancer's address.
    ExternalIps,
    /// The load balancer's address is a node's own.
    AddressOfANode {
        /// The node.
        node: String,
    },
    /// cert-manager's check of itself fails for the same reason.
    CertManagerSelfCheck,
    /// The load balancer answers, and its redirect leads nowhere.
    RedirectFails {
        /// The URL at which it ends; none where the very first request fails when it is made as curl does.
        to: Option<String>,
    },
    /// The servers answer, and not as the user expects.
    UnexpectedAnswer {
        /// At these ports of the Service.
        ports: Vec<u16>,
        /// How they answer.
        outcomes: Vec<Outcome>,
        /// Whether every check at them is answered so.
        everywhere: bool,
    },
    /// The name that the user gave does not lead to the Service from inside.
    PublicName {
        /// The name.
        name: String,
        /// Where it leads instead; nothing where it does not resolve.
        addresses: Vec<IpAddr>,
        /// Whether it leads there on the user's machine, too.
        here_too: bool,
    },
    /// A DaemonSet takes the load balancer's port at every address of its nodes.
    HostPortConflict {
        /// The ports, with who takes them.
        taken: Vec<HostPort>,
    },
    /// The endpoints themselves refuse ports that the Service declares.
    NobodyListens {
        /// The ports.
        ports: Vec<TransportPort>,
    },
    /// Endpoints are ready, and nothing reaches them by any address.
    Unreachable,
    /// No endpoint has a port of a declared port's name.
    PortWithoutEndpoint {
        /// The ports.
        ports: Vec<MissingPort>,
    },
    /// The load balancer's address is of a family of which the Service has no ClusterIP.
    AddressOfOtherFamily {
        /// The addresses.
        addresses: Vec<IpAddr>,
    },
    /// Some endpoints answer nobody.
    DeadEndpoints {
        /// Those that were dialled.
        addresses: Vec<IpAddr>,
    },
    /// externalTrafficPolicy Local, and nodes without an endpoint do not answer at their node ports.
    NodePortWithoutLocalEndpoint {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// kube-proxy serves node ports at other addresses of the nodes only.
    NodePortAddresses {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Replies do not come back through the node whose port was dialled.
    NodePortReplyAstray {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Packets to node ports of other nodes are lost on the way.
    NodePortLost {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Clients outside get no answer, and the Service answers inside.
    FailsOutside,
    /// A pod that the user named fails where a plain pod of its node does not.
    NamedPod {
        /// Namespace and name.
        pod: String,
        /// What it has that the plain pod has not.
        why: PodReason,
    },
    /// What is none of this cluster's does not answer.
    Elsewhere {
        /// The name or the address.
        host: String,
        /// The port.
        port: u16,
        /// How.
        how: NoAnswer,
        /// From where.
        from: FailingFrom,
        /// Whether clients outside get an answer; nothing where that was not tried.
        answers_outside: Option<bool>,
    },
    /// Something fails in a pattern that no known cause has.
    Unrecognised {
        /// How it fails.
        pattern: Pattern,
    },
}

/// What keeps a single pod from the Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PodReason {
    /// A NetworkPolicy that selects it.
    NetworkPolicy,
    /// The proxy of a service mesh in it.
    Sidecar {
        /// Its container.
        container: String,
        /// What it makes of the connections.
        #[serde(default)]
        fault: SidecarFault,
    },
    /// Its own network interface, with security groups of its own.
    OwnInterface {
        /// What gives it to the pod.
        by: OwnInterface,
    },
    /// Its hosts file has another address for a name of the Service.
    HostAlias {
        /// The name.
        name: String,
    },
    /// Its names are not resolved by the cluster's DNS.
    OwnDns {
        /// Its `dnsPolicy`.
        policy: String,
    },
    /// Nothing that was read tells it.
    NotKnown,
    /// Not known: from its node nothing was measured to compare with.
    NotCompared,
}

/// What a sidecar makes of its pod's connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SidecarFault {
    /// It does not pass them on: the host is none that it knows, or it does not reach it.
    #[default]
    NotPassedOn,
    /// It speaks TLS to a server that does not.
    TlsToPlain,
    /// It speaks TLS to a server, and they do not agree.
    TlsFails,
    /// Its own connection fails where a plain pod's stands, and it does not say how.
    ConnectionFails,
    /// Through it the pod gets an error that a plain pod does not get.
    OtherAnswer,
}

/// How it shows that a load balancer does not loop back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LoopbackPattern {
    /// Only nodes with an endpoint fail.
    #[default]
    EndpointNodes,
    /// Its backends fail now and then: whenever it picks the client's own node.
    NowAndThen,
}

/// Where no endpoint is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WithoutEndpoint {
    /// Nowhere.
    Everywhere,
    /// Where kube-proxy does not use endpoints that terminate: before 1.26.
    OlderKubeProxies,
}

/// Whether something holds for all or for a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Share {
    /// Every vantage that was asked.
    All,
    /// At least one of them, and not every one.
    Some,
}

/// Who is in charge of the load balancer's address inside the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddressOwner {
    /// kube-proxy keeps it on the node.
    KubeProxy,
    /// The load balancer itself.
    LoadBalancer,
}

/// Who answers in the load balancer's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answerer {
    /// A process that listens on the node.
    ProcessOfNode,
    /// Something else on the node.
    SomethingOnNode,
}

/// How checks fail that no known cause explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Pattern {
    /// Each of them only sometimes.
    NowAndThen,
    /// In any other way.
    Unknown,
}

impl Finding {
    /// The cause that states it.
    #[must_use]
    pub const fn kind(&self) -> CauseKind {
        match self {
            Self::NoEndpoints { .. } => CauseKind::NoEndpoints,
            Self::LocalPolicyWithoutLocalEndpoint { .. } => CauseKind::LocalPolicyWithoutLocalEndpoint,
            Self::InternalPolicyWithoutLocalEndpoint => CauseKind::InternalPolicyWithoutLocalEndpoint,
            Self::SourceRanges => CauseKind::SourceRanges,
            Self::Loopback { .. } => CauseKind::Loopback,
            Self::ReplyBypassesNode { .. } | Self::EndpointReplyBypassesNode { .. } => CauseKind::ReplyBypassesNode,
            Self::PolicyAtEveryAddress { .. } => CauseKind::PolicyAtEveryAddress,
            Self::ClusterDns { .. } => CauseKind::ClusterDns,
            Self::UndeclaredPort { .. } => CauseKind::UndeclaredPort,
            Self::WrongServer { .. } => CauseKind::WrongServer,
            Self::ProxyHeaderMissing => CauseKind::ProxyHeaderMissing,
            Self::TlsEndsAtLoadBalancer => CauseKind::TlsEndsAtLoadBalancer,
            Self::NetworkPolicy => CauseKind::NetworkPolicy,
            Self::BetweenNodes => CauseKind::BetweenNodes,
            Self::StaleRules { .. } => CauseKind::StaleRules,
            Self::DrainedServers { .. } => CauseKind::DrainedServers,
            Self::NodeNameDiffers { .. } => CauseKind::NodeNameDiffers,
            Self::ExternalIps => CauseKind::ExternalIps,
            Self::AddressOfANode { .. } => CauseKind::AddressOfANode,
            Self::CertManagerSelfCheck => CauseKind::CertManagerSelfCheck,
            Self::HostPortConflict { .. } => CauseKind::HostPortConflict,
            Self::RedirectFails { .. } => CauseKind::RedirectFails,
            Self::PublicName { .. } => CauseKind::PublicName,
            Self::UnexpectedAnswer { .. } => CauseKind::UnexpectedAnswer,
            Self::NobodyListens { .. } => CauseKind::NobodyListens,
            Self::Unreachable => CauseKind::Unreachable,
            Self::DeadEndpoints { .. } => CauseKind::DeadEndpoints,
            Self::PortWithoutEndpoint { .. } => CauseKind::PortWithoutEndpoint,
            Self::AddressOfOtherFamily { .. } => CauseKind::AddressOfOtherFamily,
            Self::NodePortWithoutLocalEndpoint { .. } => CauseKind::NodePortWithoutLocalEndpoint,
            Self::NodePortAddresses { .. } => CauseKind::NodePortAddresses,
            Self::NodePortReplyAstray { .. } => CauseKind::NodePortReplyAstray,
            Self::NodePortLost { .. } => CauseKind::NodePortLost,
            Self::FailsOutside => CauseKind::FailsOutside,
            Self::NamedPod { .. } => CauseKind::NamedPod,
            Self::Elsewhere { .. } => CauseKind::Elsewhere,
            Self::Unrecognised { .. } => CauseKind::Unrecognised,
        }
    }
}
