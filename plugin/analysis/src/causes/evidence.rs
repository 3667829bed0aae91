//! What was seen that shows a cause, as data. Its words are in [`crate::text`].

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use lbprobe_protocol::{BehindProxy, Outcome};
use serde::{Deserialize, Serialize};

use crate::facts::{HostPort, MissingPort, OwnInterface, ProxyMode, Slice, TransportPort};
use crate::kube_proxy::Rule;
use crate::plan::{Network, Vantage};
use crate::providers::NoBackend;
use crate::remedies::IdleServer;

/// One line of evidence. In documents `kind` and `args`.
#[expect(missing_docs, reason = "the fields are what the variants say they are of")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Evidence {
    /// Connections from some nodes to the load balancer fail.
    Fails(Failure),
    /// The same, where externalTrafficPolicy does not explain it.
    FailsBesidePolicy(Failure),
    /// From these nodes the load balancer is reached.
    Reaches { network: Network, nodes: Vec<String> },
    /// The vantages of a network that fail at the load balancer reach the ClusterIP.
    SameReachClusterIp { network: Network },
    /// Hosts reach the load balancer from their node's own address.
    ReachesFromNodeAddress { nodes: Vec<String> },
    /// No other node has an endpoint.
    EndpointsOnlyOn {
        state: EndpointState,
        nodes: Vec<String>,
        /// Where ports differ, those of which it holds; else all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ports: Vec<TransportPort>,
    },
    /// No EndpointSlice has a port of these names; what they have instead.
    PortsNotInSlices { ports: Vec<MissingPort>, offered: Vec<String> },
    /// All vantages fail at these ports, also at the ClusterIP.
    FailsAtPorts { ports: Vec<TransportPort>, outcomes: Vec<Outcome> },
    /// A node's kernel let the probe's own packet end at this rule.
    EndsAtRule { node: String, network: Network, destination: SocketAddr, table: String, chain: String, comment: Option<String> },
    /// A host dialled from the load balancer's own address, as connection tracking has it: the server's reply goes there.
    ReplyToLoadBalancer { node: String, destination: SocketAddr, server: SocketAddr },
    /// Endpoints refuse these ports at their own addresses; on their own node too, or only seen from elsewhere.
    EndpointsRefuse { ports: Vec<TransportPort>, addresses: Vec<IpAddr>, on_own_node: bool },
    /// Connections to the ClusterIP fail now and then.
    FailsNowAndThenAtClusterIp { network: Network, nodes: Vec<String> },
    /// Nobody reaches these endpoints at their own addresses.
    EndpointsAnswerNobody { addresses: Vec<IpAddr> },
    /// So many endpoints were not dialled at their own addresses.
    EndpointsNotDialled { number: usize, of: usize },
    /// An EndpointSlice that nobody keeps.
    LeftOverSlice { slice: Slice },
    /// The Service has addresses of these families only.
    ServiceFamilies { ipv4: bool, ipv6: bool },
    /// Connections to an address fail.
    FailsAtAddress { network: Network, nodes: Vec<String>, address: IpAddr, outcomes: Vec<Outcome> },
    /// These nodes have a ready endpoint.
    ReadyEndpointsOn { nodes: Vec<String> },
    /// ipvs has the address without any real server.
    EmptyVirtualServer { nodes: Vec<String> },
    /// What was seen is what kube-proxy does by a rule: on these nodes, or on all that fail where none is named.
    AsPredicted { rule: Rule, modes: Option<KnownModes>, nodes: Vec<String> },
    /// Who fails and how, as kube-proxy of some mode has it.
    LooksLike { behaviour: Behaviour },
    /// EndpointSlices have no endpoint.
    NoEndpointListed,
    /// EndpointSlices have endpoints, and none is ready.
    NoEndpointReady { listed: usize },
    /// ClusterIP and DNS name fail from everywhere.
    FailsAtEveryAddress,
    /// Endpoints terminate and still serve, and kube-proxy on some nodes does not use them.
    TerminatingEndpointsNotUsed { serving: Vec<String>, rejecting: Vec<String> },
    /// EndpointSlices have so many ready endpoints.
    ReadyEndpointsListed { number: usize },
    /// All addresses fail alike.
    AddressesFailAlike,
    /// kube-proxy has a change that it has not written.
    ChangeWaits { nodes: Vec<String>, seconds: u32 },
    /// kube-proxy says that it is not healthy.
    KubeProxyUnhealthy { nodes: Vec<String> },
    /// What is seen on these nodes is not what the API says.
    DiffersFromService,
    /// ipvs has ready endpoints with weight 0.
    EndpointsWithoutWeight { servers: Vec<IdleServer> },
    /// Connections to these virtual servers are refused.
    VirtualServersRefuse { nodes: Vec<String> },
    /// kube-proxy is older than this minor release of Kubernetes 1.
    KubeProxyOlderThan { minor: u16, nodes: Vec<String> },
    /// EndpointSlices have endpoints where kube-proxy counts none.
    CountsNoLocalEndpoint { nodes: Vec<String> },
    /// kube-proxy had changes to write on these nodes, and was asked twice within a moment.
    CountMayBeOfAMoment { nodes: Vec<String> },
    /// kube-proxy does not find its Node object.
    NodeNotEligible { nodes: Vec<String> },
    /// Nodes with an endpoint fail too.
    FailsBesideEndpoints,
    /// Endpoints on other nodes are not reached by their own addresses.
    OtherNodesUnreached { network: Network, nodes: Vec<String> },
    /// On the endpoint's own node the Service answers.
    AnswersOnEndpointNode,
    /// Nodes have the condition NetworkUnavailable.
    NetworkUnavailable { nodes: Vec<String> },
    /// Pods fail at the ClusterIP too, where the hosts reach it.
    PodsFailAtClusterIp { nodes: Vec<String> },
    /// They fail at endpoints' own addresses too.
    PodsFailAtEndpoints,
    /// These NetworkPolicies limit the pods; namespace and name.
    LimitedByPolicies { policies: Vec<String> },
    /// The node's kernel kept refusals back while the probes ran, and some checks of the same pod timed out.
    RefusalsKeptBack { node: String },
    /// Which NetworkPolicies select the pods is not known.
    PoliciesNotKnown { reason: String },
    /// The load balancer's address is that of a node.
    AddressOfNode { address: IpAddr, node: String },
    /// Other nodes hold the address of that one.
    HeldByOtherNodes { nodes: Vec<String>, owner: String },
    /// What loadBalancerSourceRanges has.
    SourceRanges { ranges: Vec<IpNet> },
    /// Clients on these nodes are within a range.
    WithinSourceRange { network: Network, nodes: Vec<String> },
    /// Connections stand, and end without an answer.
    FailsOnceConnected { network: Network, nodes: Vec<String>, targets: Vec<Dialled>, outcome: Outcome },
    /// With a PROXY header the request is answered.
    AnsweredWithProxyHeader,
    /// A request in plain HTTP is answered.
    AnsweredInPlainHttp,
    /// The Service does not declare these ports.
    PortsNotDeclared { ports: Vec<u16> },
    /// How connections to undeclared ports fail.
    FailsAtUndeclaredPort { network: Network, nodes: Vec<String>, outcomes: Vec<Outcome> },
    /// A load balancer's address is the node's own.
    AddressOnNode { address: IpAddr, nodes: Vec<String> },
    /// Who answers at the load balancer's address.
    Answers { targets: Vec<Dialled>, server: Server },
    /// Who answers at the Service's endpoints.
    EndpointsAnswer { servers: Vec<Server> },
    /// The port is not the Service's.
    AnsweredPortNotDeclared,
    /// The address that is answered is the node's own.
    AnsweredAddressOnNode { nodes: Vec<String> },
    /// A process of the node listens on the port.
    NodeListens,
    /// No process of the node listens on the port at all addresses.
    NobodyListens,
    /// The nodes have no device of ipvs.
    NoIpvsDevice,
    /// The node ports of these nodes fail, from vantages on those.
    FailsAtNodePorts { network: Network, nodes: Vec<String>, at: Vec<String>, outcomes: Vec<Outcome> },
    /// From these nodes endpoints are reached at their own addresses.
    EndpointsReachedDirectly { nodes: Vec<String> },
    /// The node ports of these nodes, which have an endpoint, answer their own hosts, and time out from the hosts of those.
    NodePortAnswersOwnHostAlone { nodes: Vec<String>, from: Vec<String> },
    /// Clients outside fail there.
    FailsOutside { targets: Vec<Dialled>, outcomes: Vec<Outcome> },
    /// kube-proxy could not write its rules so often.
    WritesFailed { nodes: Vec<String>, failures: u32 },
    /// A pod that the user named fails there.
    NamedPodFails { pod: String, targets: Vec<Dialled>, outcomes: Vec<Outcome> },
    /// It gets an answer that is an error, and a plain pod of its node gets another.
    NamedPodGetsError {
        pod: String,
        target: Dialled,
        status: u16,
        server: Option<String>,
        /// What that server says of its own connection to the next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behind: Option<BehindProxy>,
    },
    /// A plain pod of the same node is answered there; the host, where the pod is in its network.
    PlainPodReaches { vantage: Vantage },
    /// The pod has the proxy of a service mesh, in this container.
    Sidecar { container: String },
    /// The pod has a network interface of its own.
    OwnInterface { by: OwnInterface },
    /// The pod's hosts file gives a name this address.
    HostAlias { name: String, address: IpAddr },
    /// The pod's programs are told of an HTTP proxy by these variables.
    ProxyVariables { variables: Vec<String> },
    /// The ClusterIP answers inside.
    AnswersInside,
    /// Why the load balancer has nobody to send connections to.
    NoBackend { why: NoBackend },
    /// Only external IPs fail.
    FailsAtExternalIps { network: Network, nodes: Vec<String> },
    /// What is none of this cluster's fails.
    FailsElsewhere { network: Network, nodes: Vec<String>, outcomes: Vec<Outcome> },
    /// What kube-proxy does by a rule.
    KubeProxyRule { rule: Rule },
    /// The ClusterIP fails.
    FailsAtClusterIp { network: Network, nodes: Vec<String> },
    /// The name does not resolve.
    NameUnresolved { vantages: Vec<Vantage>, outcome: Outcome },
    /// The name that the user gave leads to an address that the Service does not have.
    NameLeadsTo { name: String, address: IpAddr, vantages: Vec<Vantage> },
    /// The load balancer's own address answers from there.
    LoadBalancerAnswersThere,
    /// Where the name does not resolve, the ClusterIP answers.
    ClusterIpAnswersThere,
    /// Challenges of cert-manager wait, for these names.
    ChallengesPending { names: Vec<String> },
    /// What cert-manager says.
    CertManagerSays { message: String },
    /// One check fails.
    CheckFails { vantage: Vantage, target: Dialled, failed: FailedCheck },
    /// More checks fail than are named.
    MoreChecksFail { number: usize },
    /// No endpoint is ready.
    NothingReady,
    /// The policy is Local, and what fails does not follow it.
    PolicyLocalNotFollowed { nodes: Vec<String> },
    /// The policy is Cluster.
    PolicyCluster { nodes: Vec<String> },
    /// DaemonSets take the port on their nodes.
    HostPortTaken { taken: Vec<HostPort> },
    /// A chain of redirects ends at a URL that does not answer; at the target itself where there is no URL.
    RedirectFails { network: Network, nodes: Vec<String>, targets: Vec<Dialled>, to: Option<String>, outcome: Outcome },
}

/// How connections of some nodes to the load balancer fail.
#[expect(missing_docs, reason = "the fields are what the variants say they are of")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Failure {
    /// In one way.
    OneWay { network: Network, nodes: Vec<String>, targets: Vec<Dialled>, outcome: Outcome, frequency: Frequency },
    /// In more ways than are named.
    OtherWays { network: Network, nodes: Vec<String>, ways: usize },
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Frequency {
    /// Some check fails every time.
    Always,
    /// Each of them only sometimes.
    NowAndThen,
}

/// What endpoints are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndpointState {
    /// They take new connections.
    Ready,
    /// They terminate, and still serve.
    TerminatingAndServing,
}

/// The modes of kube-proxy in this cluster, and how they are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownModes {
    /// Each once.
    pub modes: Vec<ProxyMode>,
    /// Who said so.
    pub source: ModeSource,
}

/// How a mode is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ModeSource {
    /// The processes said so.
    AskedOnNodes,
    /// A configuration says so: where it is.
    Configuration(String),
}

/// Who fails and how: as kube-proxy does in some modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Behaviour {
    /// Pods alone, by silence.
    PodsTimeOut,
    /// Hosts alone, by silence.
    HostsTimeOut,
    /// By refusal.
    Refused,
}

/// Who answers, by what stays the same from one request to the next.
#[expect(missing_docs, reason = "the fields are those of the answer")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Server {
    /// By its certificate.
    Certificate { fingerprint: String, names: Vec<String> },
    /// By what it calls itself in HTTP; nothing where it does not.
    Http { name: Option<String> },
    /// It shows neither.
    Anonymous,
}

/// What was dialled.
#[expect(missing_docs, reason = "a host and a port")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Dialled {
    /// An address.
    Address(SocketAddr),
    /// A name.
    Name { host: String, port: u16 },
    /// The vantage's own node.
    OwnNode { port: u16 },
}

/// How one check failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedCheck {
    /// Samples that failed, and samples in all; nothing where all of them failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<(usize, usize)>,
    /// How the first of them ended.
    pub outcome: Outcome,
}
