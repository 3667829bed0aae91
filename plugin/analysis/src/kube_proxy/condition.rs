//! What decides between several answers, where it is not known.

use serde::{Deserialize, Serialize};

use crate::facts::{PodPath, ProxyMode, Version};

/// Something that has to hold for an answer. What it is called stands in [`crate::text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Condition {
    /// kube-proxy runs in one of these modes.
    Mode(Vec<ProxyMode>),
    /// Its release lies in this range.
    Release {
        /// The first one; nothing where all earlier ones do as well.
        from: Option<Version>,
        /// The first one beyond; nothing where all later ones do as well.
        before: Option<Version>,
    },
    /// Whether kube-proxy counts the pod's address as local.
    CountedAsLocal(bool),
    /// How the pod's packets leave.
    Path(PodPath),
    /// Whether a source range contains the client's address.
    InSourceRange(bool),
    /// Whether packets between nodes get a node's address from the pod network.
    MasqueradedBetweenNodes(bool),
    /// Cilium does as its documentation says.
    CiliumAsDocumented,
    /// Cilium is 1.19, with its defect (cilium issue 45252).
    Cilium119,
    /// Cilium beside kube-proxy answers pods at the load balancer's address, as from 1.19 (cilium issue 45252).
    CiliumAnswersPods(bool),
    /// Cilium serves the address for clients on this network of the node.
    CiliumServes(bool),
    /// kube-proxy serves the address beside a Cilium that replaces it in part.
    KubeProxyServes(bool),
    /// The reply of an endpoint on the client's own node crosses the node's network stack.
    ReplyCrossesNode(bool),
    /// Antrea sends connections from inside to any endpoint (antrea PR 4815 and 6251).
    AntreaShortCircuits(bool),
    /// kube-router applies the external policy to external traffic alone: 0.4 to 1.6, and from 2.1 on.
    KubeRouterPoliciesApart(bool),
    /// What a node leaves to the network is brought to a node with an endpoint.
    NetworkBringsToEndpoint(bool),
    /// The data path does as was read of its recent releases.
    DataPathAsRead(bool),
    /// What answers in kube-proxy's place honours `ipMode: Proxy`.
    IpModeHonoured(bool),
    /// The load balancer itself serves a family that the Service lacks.
    LoadBalancerTranslates(bool),
    /// The data path goes by internalTrafficPolicy.
    InternalPolicyApplied(bool),
    /// The node has the load balancer's address itself, as Google's guest agent gives it to backends.
    BackendHoldsAddress(bool),
    /// The load balancer has a backend, other than the facts tell.
    LoadBalancerHasBackend(bool),
    /// The load balancer picks the client's own node as its backend.
    OwnNodePicked(bool),
    /// Terway's `in_cluster_loadbalance`, which clusters that were created with 1.2.0 or later have.
    TerwayInClusterLoadBalance(bool),
}
