//! The rules by which the model answers: what kube-proxy, or what stands in its place, does with a connection.

use serde::{Deserialize, Serialize};

/// Who decides what becomes of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ServiceProxy {
    /// kube-proxy.
    #[default]
    KubeProxy,
    /// AntreaProxy.
    AntreaProxy,
    /// Calico's eBPF data path.
    Calico,
    /// Cilium.
    Cilium,
    /// kube-router's service proxy.
    KubeRouter,
    /// OVN-Kubernetes.
    OvnKubernetes,
    /// Terway's eBPF data path.
    Terway,
    /// The load balancer itself.
    LoadBalancer,
}

impl Rule {
    /// Whether a connection ends like this for want of an endpoint on the node.
    pub(super) const fn is_of_local_endpoints(self) -> bool {
        matches!(
            self,
            Self::NonLocalPodWithoutEndpoint
                | Self::NoLocalEndpoint
                | Self::InternalNoLocalEndpoint
                | Self::InternalNoLocalEndpointRejected
                | Self::NftablesDropsHost
                | Self::IpvsEmptyVirtualServer
                | Self::IpvsInternalEmptyVirtualServer
                | Self::IpvsHostSource
                | Self::IpvsAnswerPastNode
                | Self::IpvsInternalRefused
        )
    }

    /// Whether both end a connection for the same reason, be it in different modes or releases.
    pub(crate) fn has_reason_of(self, other: Self) -> bool {
        self == other || (self.is_of_local_endpoints() && other.is_of_local_endpoints())
    }

    /// Whose rule it is.
    #[must_use]
    pub const fn service_proxy(self) -> ServiceProxy {
        match self {
            Self::AntreaAnyEndpoint | Self::AntreaNoLocalEndpoint | Self::AntreaNoEndpoint => ServiceProxy::AntreaProxy,
            Self::CalicoAnyEndpoint | Self::CalicoNoLocalEndpoint | Self::CalicoInternalPolicyLocal => ServiceProxy::Calico,
            Self::CiliumAnyEndpoint
            | Self::CiliumNoLocalEndpoint
            | Self::CiliumMixesPolicies
            | Self::CiliumBesideKubeProxy
            | Self::CiliumPartly
            | Self::CiliumIngress
            | Self::CiliumAnswersDirectly
            | Self::CiliumMarksBesideIpvs
            | Self::CiliumReplyBypassesNode => ServiceProxy::Cilium,
            Self::KubeRouterLocalEndpoint
            | Self::KubeRouterAnyEndpoint
            | Self::KubeRouterNoEndpoint
            | Self::KubeRouterNoLocalEndpoint
            | Self::KubeRouterLeavesAddress
            | Self::KubeRouterLocalAtEveryAddress => ServiceProxy::KubeRouter,
            Self::OvnAnyEndpoint => ServiceProxy::OvnKubernetes,
            Self::TerwayAnyEndpoint | Self::TerwayPassesOn => ServiceProxy::Terway,
            Self::LoadBalancerLoopback | Self::LoadBalancerWithoutBackend | Self::BackendHoldsAddress | Self::LoadBalancerHasFamily => {
                ServiceProxy::LoadBalancer
            }
            _ => ServiceProxy::KubeProxy,
        }
    }
}

/// Why a connection ends as it does. Two answers of the same rule have the same reason, whatever it is called; what it
/// is called stands in [`crate::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// From 1.15 iptables mode gives a host's own connection to the load balancer any endpoint (kubernetes PR 77523).
    HostShortCircuit,
    /// nftables mode gives a host's own connection any endpoint.
    NftablesHostShortCircuit,
    /// A pod whose address kube-proxy counts as local gets any endpoint, whatever the policy.
    LocalPodShortCircuit,
    /// Policy Cluster: any endpoint, and the source address is a node's.
    ExternalPolicyCluster,
    /// Policy Local where the node has an endpoint.
    LocalEndpoint,
    /// Policy Local, no endpoint on the node, and a pod whose address is not counted as local.
    NonLocalPodWithoutEndpoint,
    /// Policy Local and no endpoint on the node.
    NoLocalEndpoint,
    /// `loadBalancerSourceRanges` leaves the client out (kubernetes issue 109575).
    OutsideSourceRanges,
    /// Before 1.25 iptables mode only marks what is to be dropped, and a forwarded packet's mark is not looked at (KEP-3178).
    ForwardedPastDropMark,
    /// Before 1.21 iptables mode leaves connections from inside to `externalIPs` alone.
    ExternalIpsNotIntercepted,
    /// From 1.40 `externalIPs` are not served, unless a gate keeps them (KEP-5707).
    ExternalIpsOff,
    /// In 1.22 and 1.23 iptables mode applies internalTrafficPolicy Local at every address.
    InternalLocalAtEveryAddress,
    /// The Service has no endpoint: rejected.
    NoEndpoint,
    /// The Service has no endpoint; iptables mode's reject rule is not in OUTPUT.
    NoEndpointHostNotRejected,
    /// The Service has no endpoint; before 1.20 the reject rule is not in FORWARD.
    NoEndpointForwardedNotRejected,
    /// The Service has endpoints, and none of them has a port of this name.
    PortWithoutEndpoint,
    /// A ClusterIP leads to any endpoint.
    ClusterIpAnyEndpoint,
    /// internalTrafficPolicy Local where the node has an endpoint.
    InternalLocalEndpoint,
    /// internalTrafficPolicy Local and no endpoint on the node: dropped.
    InternalNoLocalEndpoint,
    /// The same before 1.24 in iptables mode: rejected.
    InternalNoLocalEndpointRejected,
    /// The same before 1.25 for pods: the marked packet leaves the node.
    InternalForwardedPastDropMark,
    /// iptables mode has no rule for a port that the Service does not declare.
    IptablesUndeclaredPort,
    /// nftables mode has no rule for such a port at the load balancer's address.
    NftablesUndeclaredPort,
    /// Nor, before 1.30, at a ClusterIP.
    NftablesUndeclaredClusterIpPort,
    /// From 1.30 nftables mode rejects such a port at a ClusterIP.
    NftablesRejectsUndeclaredPort,
    /// Before 1.33.6 and 1.34 nftables mode drops a host's own connection without local endpoint (kubernetes issue 131765).
    NftablesDropsHost,
    /// The Service has no endpoint: the virtual server is empty.
    IpvsNoEndpoint,
    /// Before 1.26 ipvs mode leaves a port that the Service does not declare to the node's own processes.
    IpvsUndeclaredPort,
    /// From 1.26 ipvs mode rejects such a port (kubernetes PR 108460).
    IpvsRejectsUndeclaredPort,
    /// From 1.26 until 1.28.6 and 1.29.1 ipvs mode rejects `externalIPs` under policy Local (kubernetes PR 121919).
    IpvsRejectsExternalIps,
    /// Before 1.24 ipvs mode has an empty virtual server on a node without endpoint.
    IpvsEmptyVirtualServer,
    /// In 1.22 and 1.23 ipvs mode applies internalTrafficPolicy Local at every address: the node has an endpoint.
    IpvsInternalLocalEndpoint,
    /// The same where the node has none.
    IpvsInternalEmptyVirtualServer,
    /// From 1.24 ipvs mode falls back to any endpoint (kubernetes PR 97081).
    IpvsFallsBack,
    /// The same for a host, whose source address is then the load balancer's own.
    IpvsHostSource,
    /// The same for a client elsewhere: nothing masquerades, and the answer does not come back through the node.
    IpvsAnswerPastNode,
    /// Before 1.24 ipvs mode refuses at a ClusterIP under internalTrafficPolicy Local without local endpoint.
    IpvsInternalRefused,
    /// kube-proxy runs under another name than the node's, and counts no endpoint as local.
    KubeProxyMisnamed,
    /// From 1.40 kube-proxy does not start in ipvs mode, unless a gate keeps it (KEP-5495).
    IpvsDoesNotStart,
    /// From 1.24 it falls back where the Service is open to clients outside.
    IpvsInternalFallsBack,
    /// TKE's kube-proxy in ipvs mode does not bind load balancers' addresses, unless an annotation says so (TKE, CLB Loopback).
    TkeLeavesAddress,
    /// Backends on Google Cloud have the load balancer's address themselves (google guest-agent issue 555).
    BackendHoldsAddress,
    /// The load balancer has nobody to send the connection to.
    LoadBalancerWithoutBackend,
    /// The Service has no endpoint: an eBPF data path rejects.
    EbpfNoEndpoint,
    /// Cilium without kube-proxy gives connections from inside any endpoint.
    CiliumAnyEndpoint,
    /// Cilium 1.19 drops them without local endpoint (cilium issue 45252).
    CiliumNoLocalEndpoint,
    /// Cilium mixes the internal and the external policy at external IPs (cilium issue 42245).
    CiliumMixesPolicies,
    /// From 1.19 Cilium beside kube-proxy answers pods at load balancers' addresses itself, and may lose them on the way to
    /// another node (cilium issues 46816 and 48178).
    CiliumBesideKubeProxy,
    /// Cilium replaces kube-proxy in part, or that could not be told: connections from some networks may not be served
    /// (cilium issue 22375).
    CiliumPartly,
    /// Cilium in mode DSR leaves what pods dial to its program at the interface, and endpoints answer directly (cilium issue
    /// 39198).
    CiliumAnswersDirectly,
    /// Data paths in kube-proxy's place serve SCTP only when they are told to (Cilium), or not at all (Calico's eBPF).
    SctpInDataPath,
    /// Calico's eBPF data path until 3.20 uses the node's own endpoints alone under policy Local (felix PR 3001).
    CalicoNoLocalEndpoint,
    /// Calico's eBPF data path applies internalTrafficPolicy Local at every address, from 3.27 at ClusterIPs too (calico issue
    /// 8255).
    CalicoInternalPolicyLocal,
    /// Cilium's Envoy answers for its Ingress and Gateway API; the endpoint in the EndpointSlice is a placeholder.
    CiliumIngress,
    /// Cilium's marks and those of ipvs mode may collide (cilium issue 18610).
    CiliumMarksBesideIpvs,
    /// Calico's eBPF data path applies the policy to clients outside only.
    CalicoAnyEndpoint,
    /// Terway with `in_cluster_loadbalance` dials an endpoint itself.
    TerwayAnyEndpoint,
    /// Terway without it sends the packets to the load balancer.
    TerwayPassesOn,
    /// Where kube-proxy picks an endpoint on the client's own node, Cilium delivers the reply past the node's connection
    /// tracking (kubernetes issue 87263).
    CiliumReplyBypassesNode,
    /// AntreaProxy sends pods to any endpoint.
    AntreaAnyEndpoint,
    /// AntreaProxy rejects pods without local endpoint under policy Local (antrea issue 6244).
    AntreaNoLocalEndpoint,
    /// AntreaProxy rejects where there is no endpoint.
    AntreaNoEndpoint,
    /// kube-router has local endpoints only under policy Local, at whatever address.
    KubeRouterLocalEndpoint,
    /// kube-router leads to any endpoint.
    KubeRouterAnyEndpoint,
    /// kube-router has no virtual server without an endpoint.
    KubeRouterNoEndpoint,
    /// kube-router has no virtual server for a node port without local endpoint.
    KubeRouterNoLocalEndpoint,
    /// kube-router does not hold an external address without local endpoint: the packet follows the routes.
    KubeRouterLeavesAddress,
    /// Before 0.4 and in 2.0 kube-router applies policy Local at the ClusterIP too (kube-router issue 818).
    KubeRouterLocalAtEveryAddress,
    /// OVN-Kubernetes sends connections from inside to any endpoint.
    OvnAnyEndpoint,
    /// The Service is headless: kube-proxy passes it over.
    HeadlessNotServed,
    /// What this release of the data path does in kube-proxy's place was not read.
    DataPathNotRead,
    /// What answers in kube-proxy's place may have nothing to send the connection to.
    NoLocalEndpointInDataPath,
    /// A load balancer that keeps the client's address cannot return a connection to the backend that it comes from.
    LoadBalancerLoopback,
    /// A pod dials another node's port, whose kube-proxy counts the pod as local and takes an endpoint elsewhere.
    AnswerPastOtherNode,
    /// `ipMode: Proxy` (KEP-1860).
    IpModeProxy,
    /// The pod's packets do not cross the node's own network stack.
    PastNodeNetwork,
    /// `nodePortAddresses` leaves the node's address out.
    NodePortAddresses,
    /// An endpoint's own address.
    EndpointDialled,
    /// The Service is another proxy's.
    OtherServiceProxy,
    /// No Service of this cluster has the address.
    OfNoService,
    /// A name leads wherever it resolves to on the node.
    ResolvedOnNode,
    /// The status has a hostname and no address.
    HostnameOnly,
    /// The Service has no ClusterIP of the address's family.
    OtherFamily,
    /// The same, and the load balancer ends connections: clients' family is its own affair.
    LoadBalancerHasFamily,
    /// The address is not in the Service's status.
    NotInStatus,
    /// Another Service at the same address declares the port.
    OtherServicePort,
    /// The name of a headless Service.
    HeadlessService,
}
