//! What can be done, as data: the change of an object, the change of facts and the command follow from it.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::proposals::covering;
use super::{IdleServer, Strategy};
use crate::change::Change;
use crate::facts::{HostPort, IpMode, MissingPort, NearestPod, OwnInterface, ProxyMode, TrafficPolicy, UnreadyPod};
use crate::kube_proxy::{KUBE_ROUTER_LOCAL, gates};
use crate::patch::{ObjectReference, Patch};
use crate::providers::{BACKEND_TYPE, ClusterPrice, Loopback, Provider};
use crate::shell;
use crate::vantage::{FailingFrom, NoAnswer};

/// Stands in patches and commands where the user's own name goes.
const HOSTNAME_PLACE: &str = "HOSTNAME";

/// Ranges that a patch has at most: a longer list is the user's to shorten.
const MOST_RANGES: usize = 30;

/// Something that can be done. In documents `kind` and `args`; its words are in [`crate::text`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are what the variants say they are of")]
pub enum Remedy {
    /// Clients inside dial the Service's DNS name.
    DialDnsName { name: String, namespace: String },
    /// `externalTrafficPolicy: Cluster`, in the object that governs the Service.
    ExternalPolicyCluster {
        object: ObjectReference,
        /// What clients outside lose.
        #[serde(default)]
        price: ClusterPrice,
    },
    /// The load balancer dials the pods' ENIs.
    EniBackends { object: ObjectReference },
    /// Clients inside get a load balancer of their own.
    SecondLoadBalancer,
    /// A hostname in the status, in the address's place, by an annotation of the cloud's; nothing where the user has not
    /// named one.
    HostnameInStatus { object: ObjectReference, cloud: Provider, hostname: Option<String> },
    /// `internalTrafficPolicy: Cluster`; clients on these nodes have an endpoint beside them.
    InternalPolicyCluster { object: ObjectReference, serving: Vec<String> },
    /// The clients inside in `loadBalancerSourceRanges`: those that it has, and those that are added.
    AddSourceRanges { object: ObjectReference, present: Vec<IpNet>, added: Vec<IpNet> },
    /// The cloud controller sets ipMode Proxy.
    IpModeProxy,
    /// An endpoint on each of these nodes.
    EndpointOnEveryNode { nodes: Vec<String> },
    /// kube-proxy gets a clusterCIDR that contains all pods; where it is configured.
    ClusterCidr { range: IpNet, source: String },
    /// The same where the ranges of nodes are not where pods are: these were seen.
    ClusterCidrOfPods { addresses: Vec<IpAddr>, source: String },
    /// kube-proxy leaves ipvs mode.
    LeaveIpvs,
    /// A newer kube-proxy.
    UpgradeKubeProxy { until: Upgrade },
    /// A network load balancer, whose status has a hostname only.
    NetworkLoadBalancer,
    /// The other listener gets a load balancer of its own.
    SeparateLoadBalancers,
    /// The Service declares these ports.
    DeclarePorts { ports: Vec<u16>, name: String, namespace: String },
    /// The Service gets an address that no node has.
    AddressOfNoNode,
    /// The servers stop requiring the PROXY header, which nobody writes.
    RequireNoHeader { source: String },
    /// A proxy inside adds the PROXY header.
    HairpinProxy,
    /// Clients inside dial plain HTTP.
    DialPlainHttp,
    /// Clients inside dial the load balancer's own address, or the DNS name.
    LeaveExternalIps,
    /// Nodes forward packets to pods.
    ForwardToPods,
    /// Firewalls let the range of node ports through.
    OpenNodePorts,
    /// kube-proxy serves node ports at the nodes' own addresses too; where it is configured.
    WidenNodePortAddresses { source: String },
    /// NetworkPolicies allow egress to the Service's pods.
    AllowEgress { service: String },
    /// The same to what is none of this cluster's.
    AllowEgressTo { host: String },
    /// The pod's sidecar lets connections to the Service pass as they are.
    PassSidecar { pod: String, namespace: String, addresses: Vec<IpAddr> },
    /// The pod's sidecar speaks plainly to this Service.
    PlainFromSidecar { host: String },
    /// What the sidecar presents and expects in TLS is compared with what the server does.
    CompareCertificates { host: String },
    /// What the mesh routes for this host is compared with the Service.
    CompareRoutes { host: String },
    /// The security groups of the pod's own interface let it out.
    AllowInterface { by: OwnInterface, pod: String, namespace: String },
    /// The cluster's DNS is checked.
    CheckDns,
    /// Have the name that the user gave lead to the load balancer inside.
    /// `here_too`: it does not on the user's machine either, so that something else may be meant to be in front.
    NameToLoadBalancer { name: String, here_too: bool },
    /// The cluster's DNS resolves the public name to the Service; a challenge that waits.
    ResolveInside { challenge: String, namespace: String },
    /// What the pods listen on is checked, and who may reach them.
    CheckPods { namespace: String },
    /// The pods listen where the Service leads, or it leads where they listen.
    ListenAt { name: String, namespace: String },
    /// The Service's pods become ready.
    StartPods {
        name: String,
        namespace: String,
        /// One that is not ready.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pod: Option<UnreadyPod>,
    },
    /// The Service's selector matches pods: no slice lists any, ready or not.
    MatchPods {
        name: String,
        namespace: String,
        /// The pod that it comes nearest to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nearest: Option<NearestPod>,
    },
    /// The Service gets a selector, or somebody writes its slices: it has neither.
    SelectPods { name: String, namespace: String },
    /// kube-proxy's log is read.
    ReadKubeProxyLog,
    /// kube-proxy gets its node's name.
    NameKubeProxy,
    /// The real servers get their weight back; the first of them.
    RestoreWeight { server: IdleServer },
    /// The Service's pods are replaced.
    ReplacePods,
    /// What a cloud offers where its load balancers do not bring a backend's connection back.
    AroundLoopback { by: Loopback },
    /// The servers redirect to what clients inside reach, or that becomes reachable.
    ReachableRedirect { to: Option<String> },
    /// A DaemonSet gets another hostPort, or a hostIP.
    MoveHostPort { taken: HostPort },
    /// The Service's targetPort gets a number, or the pods declare a port of its name.
    NameTargetPort { ports: Vec<MissingPort>, name: String, namespace: String },
    /// `ipFamilyPolicy: PreferDualStack`: the Service gets a ClusterIP and endpoints of the other family.
    DualStack { object: ObjectReference },
    /// kube-router's annotation goes by which it serves the Service as under policy Local, and the policies count.
    TakeOffLocalAnnotation { object: ObjectReference },
    /// The cluster becomes dual-stack, or the address goes: the Service asks for both families and got one.
    DualStackCluster,
    /// The EndpointSlices are compared with the pods.
    CompareEndpoints { name: String, namespace: String },
    /// Somebody finds out why the servers answer as they do.
    AskServers { name: String, namespace: String },
    /// The same of servers that are none of this cluster's.
    AskServersElsewhere { host: String },
    /// What lies between these clients and a server that is none of this cluster's is looked at.
    LookAtWay { how: NoAnswer, from: FailingFrom, answers_outside: Option<bool> },
    /// The load balancer's backends, health checks and listeners are looked at.
    CheckLoadBalancer { name: String, namespace: String },
    /// Cilium takes kube-proxy's place.
    CiliumReplacesKubeProxy,
    /// kube-router 2.1 or later.
    UpgradeKubeRouter,
    /// A change of the user's own.
    OwnPatch { object: ObjectReference, merge: Value },
}

/// The release from which something works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Upgrade {
    /// iptables mode lets hosts through: 1.15.
    IptablesHosts,
    /// nftables mode lets hosts through: 1.33.6 and 1.34.
    NftablesHosts,
    /// ipvs mode falls back to any endpoint: 1.24.
    IpvsFallback,
    /// ipvs mode sets weights right when it starts: 1.26.
    IpvsWeights,
    /// externalIPs are intercepted, and not rejected.
    ExternalIps,
}

impl Remedy {
    /// By what name `fix --strategy` knows it.
    #[must_use]
    pub fn strategy(&self) -> Option<Strategy> {
        match self {
            Self::DialDnsName { .. } => Some(Strategy::DnsName),
            Self::ExternalPolicyCluster { .. } => Some(Strategy::Cluster),
            Self::EniBackends { .. } => Some(Strategy::Eni),
            Self::SecondLoadBalancer => Some(Strategy::TwoLoadBalancers),
            Self::HostnameInStatus { .. } => Some(Strategy::Hostname),
            Self::InternalPolicyCluster { .. } => Some(Strategy::InternalCluster),
            // A list too long to patch is no strategy.
            Self::AddSourceRanges { .. } => self.patch().map(|_| Strategy::SourceRanges),
            _ => None,
        }
    }

    /// The change of an object that does it, where it is one.
    #[must_use]
    pub fn patch(&self) -> Option<Patch> {
        let (object, merge) = match self {
            Self::ExternalPolicyCluster { object, .. } => (object, json!({ "spec": { "externalTrafficPolicy": "Cluster" } })),
            Self::InternalPolicyCluster { object, .. } => (object, json!({ "spec": { "internalTrafficPolicy": "Cluster" } })),
            Self::EniBackends { object } => {
                let mut merge = annotation(object, BACKEND_TYPE, "eni");
                merge["spec"]["externalTrafficPolicy"] = json!("Cluster");
                (object, merge)
            }
            Self::HostnameInStatus { object, cloud, hostname } => {
                let key = cloud.traits().hostname.as_ref()?.key;
                (object, annotation(object, key, hostname.as_deref().unwrap_or(HOSTNAME_PLACE)))
            }
            Self::AddSourceRanges { object, present, added } if present.len() + added.len() <= MOST_RANGES => {
                let ranges: Vec<_> = present.iter().chain(added).map(ToString::to_string).collect();
                (object, json!({ "spec": { "loadBalancerSourceRanges": ranges } }))
            }
            Self::DualStack { object } => (object, json!({ "spec": { "ipFamilyPolicy": "PreferDualStack" } })),
            Self::TakeOffLocalAnnotation { object } => (object, json!({ "metadata": { "annotations": { KUBE_ROUTER_LOCAL: null } } })),
            Self::OwnPatch { object, merge } => (object, merge.clone()),
            _ => return None,
        };
        Some(Patch { object: object.clone(), merge })
    }

    /// The same as a change of facts, as `explain --if` takes it.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        match self {
            Self::ExternalPolicyCluster { .. } => Some(Change::ExternalTrafficPolicy(TrafficPolicy::Cluster)),
            Self::InternalPolicyCluster { .. } => Some(Change::InternalTrafficPolicy(TrafficPolicy::Cluster)),
            Self::EniBackends { .. } => Some(Change::EniBackends),
            Self::HostnameInStatus { hostname, .. } => {
                Some(Change::Hostname(hostname.clone().unwrap_or_else(|| HOSTNAME_PLACE.to_owned())))
            }
            Self::AddSourceRanges { present, added, .. } => {
                self.patch().map(|_| Change::SourceRanges(present.iter().chain(added).copied().collect()))
            }
            _ => None,
        }
    }

    /// What the model is asked about: the change, or what comes to the same inside.
    pub(super) fn effect(&self) -> Option<Change> {
        match self {
            Self::IpModeProxy => Some(Change::IpMode(IpMode::Proxy)),
            Self::EndpointOnEveryNode { nodes } => Some(Change::ReplicasOn(nodes.clone())),
            Self::ClusterCidr { range, .. } => Some(Change::ClusterCidr(*range)),
            Self::ClusterCidrOfPods { addresses, .. } => {
                covering(&addresses.iter().copied().map(IpNet::from).collect::<Vec<_>>()).map(Change::ClusterCidr)
            }
            // Hosts are fixed too: iptables mode masquerades what they dial.
            Self::LeaveIpvs => Some(Change::Mode(ProxyMode::Iptables)),
            Self::UpgradeKubeProxy { until: Upgrade::IptablesHosts } => Some(Change::KubeProxy(gates::HOST_SHORT_CIRCUIT)),
            Self::UpgradeKubeProxy { until: Upgrade::NftablesHosts } => Some(Change::KubeProxy(gates::NFTABLES_HOST_REACHES)),
            Self::UpgradeKubeProxy { until: Upgrade::IpvsFallback } => Some(Change::KubeProxy(gates::IPVS_FALLS_BACK)),
            Self::NetworkLoadBalancer => Some(Change::Hostname(HOSTNAME_PLACE.to_owned())),
            _ => self.change(),
        }
    }

    /// The command that does it, or shows what is to be done.
    #[must_use]
    pub fn command(&self) -> Option<String> {
        if let Some(patch) = self.patch() {
            return Some(patch.command());
        }
        match self {
            Self::AddSourceRanges { object, .. } => Some(kubectl(&["edit", "service", &object.name, "-n", &object.namespace])),
            Self::DeclarePorts { name, namespace, .. }
            | Self::NameTargetPort { name, namespace, .. }
            | Self::SelectPods { name, namespace } => Some(kubectl(&["edit", "service", name, "-n", namespace])),
            Self::StartPods { pod: Some(pod), .. } => Some(kubectl(&["describe", "pod", &pod.name, "-n", &pod.namespace])),
            Self::StartPods { name, namespace, pod: None } | Self::CheckLoadBalancer { name, namespace } => {
                Some(kubectl(&["describe", "service", name, "-n", namespace]))
            }
            Self::CompareEndpoints { name, namespace } | Self::AskServers { name, namespace } | Self::ListenAt { name, namespace } => {
                let of_service = format!("kubernetes.io/service-name={name}");
                Some(kubectl(&["get", "endpointslices", "-n", namespace, "-l", &of_service, "-o", "yaml"]))
            }
            Self::MatchPods { namespace, .. } => Some(kubectl(&["get", "pods", "-n", namespace, "--show-labels"])),
            Self::CheckPods { namespace } => Some(kubectl(&["get", "endpointslices,networkpolicies", "-n", namespace, "-o", "wide"])),
            Self::ResolveInside { challenge, namespace } => Some(kubectl(&["describe", "challenge", challenge, "-n", namespace])),
            Self::MoveHostPort { taken } => Some(kubectl(&["edit", "daemonset", &taken.name, "-n", &taken.namespace])),
            Self::ForwardToPods => Some("kubectl get nodes,pods -A -o wide".into()),
            Self::OpenNodePorts => Some("kubectl get nodes -o wide".into()),
            Self::AllowEgress { .. } | Self::AllowEgressTo { .. } => Some("kubectl get networkpolicies -A -o wide".into()),
            Self::PlainFromSidecar { .. } | Self::CompareCertificates { .. } => {
                Some("kubectl get destinationrules,peerauthentications -A".into())
            }
            Self::CompareRoutes { .. } => Some("kubectl get virtualservices,serviceentries -A".into()),
            Self::AllowInterface { by: OwnInterface::Terway, pod, namespace } => {
                Some(kubectl(&["get", "podenis.network.alibabacloud.com", pod, "-n", namespace, "-o", "yaml"]))
            }
            Self::AllowInterface { by: OwnInterface::Aws, namespace, .. } => {
                Some(kubectl(&["get", "securitygrouppolicies.vpcresources.k8s.aws", "-n", namespace, "-o", "yaml"]))
            }
            Self::AllowInterface { by: OwnInterface::AlibabaCompute, pod, namespace } => {
                Some(kubectl(&["get", "pod", pod, "-n", namespace, "-o", "jsonpath={.metadata.annotations}"]))
            }
            Self::PassSidecar { pod, namespace, .. } => Some(kubectl(&["describe", "pod", pod, "-n", namespace])),
            Self::CheckDns => Some("kubectl get pods -n kube-system -l k8s-app=kube-dns -o wide".into()),
            Self::ReadKubeProxyLog => Some("kubectl logs -n kube-system -l k8s-app=kube-proxy --tail=50 --prefix".into()),
            Self::NameKubeProxy => Some("kubectl get pods -n kube-system -l k8s-app=kube-proxy -o yaml | grep -n hostname-override".into()),
            Self::RestoreWeight { server } => Some(edit_server(server.virtual_server, server.endpoint)),
            _ => None,
        }
    }
}

/// A merge patch that gives the Service an annotation, also where it has to come from its owner.
fn annotation(object: &ObjectReference, key: &str, value: &str) -> Value {
    if object.is_service() {
        json!({ "metadata": { "annotations": { key: value } } })
    } else {
        json!({ "spec": { "serviceAnnotations": { key: value } } })
    }
}

fn kubectl(words: &[&str]) -> String {
    shell::command(&[&["kubectl"], words].concat())
}

fn edit_server(virtual_server: SocketAddr, endpoint: SocketAddr) -> String {
    format!("ipvsadm --edit-server --tcp-service {virtual_server} --real-server {endpoint} --masquerading --weight 1")
}
