//! One connection, with everything that decides what kube-proxy makes of it.

use super::gates;
use crate::facts::{ProxyMode, TrafficPolicy, Version};

/// All that decides, and all of it known. What is not known is laid out as several connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Connection {
    /// kube-proxy's mode on the node whose rules the connection meets.
    pub mode: ProxyMode,
    /// kube-proxy's release there.
    pub release: Version,
    /// Where the connection comes from, as that node sees it.
    pub origin: Origin,
    /// What is dialled.
    pub destination: Destination,
    /// `externalTrafficPolicy`.
    pub external: TrafficPolicy,
    /// `internalTrafficPolicy`.
    pub internal: TrafficPolicy,
    /// Where endpoints are that kube-proxy may use.
    pub locality: EndpointLocality,
    /// Whether `loadBalancerSourceRanges` has the client's address, or there are none.
    pub source: SourceRange,
}

impl Connection {
    /// Whether the internal policy is Local, and the release knows of it.
    pub(super) fn internal_is_local(&self) -> bool {
        self.internal == TrafficPolicy::Local && self.release >= gates::INTERNAL_TRAFFIC_POLICY
    }

    /// Whether it holds at every address, as beside the external policy Cluster before
    /// [`gates::POLICIES_APART`] in the modes that there were then.
    pub(super) fn internal_counts_everywhere(&self) -> bool {
        self.external == TrafficPolicy::Cluster && self.internal_is_local() && self.release < gates::POLICIES_APART
    }
}

/// Where a connection comes from, as the node sees it whose rules it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A pod on the node.
    Pod(Detection),
    /// The node itself, with any source address that the kernel picks.
    Host,
    /// Another node, or a client outside.
    Elsewhere,
}

/// What kube-proxy's local detection says of a pod's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detection {
    /// A pod of the node.
    Local,
    /// A stranger: the range that kube-proxy knows does not have the address.
    NonLocal,
    /// Nothing is detected, for lack of a range: no pod counts as local, and none is masqueraded.
    Off,
}

/// What is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Destination {
    /// An address of the load balancer.
    LoadBalancerIp,
    /// One of `spec.externalIPs`.
    ExternalIp,
    /// A declared node port, at the node's own address.
    NodePort,
    /// The ClusterIP, also by its DNS name.
    ClusterIp,
    /// A port that the Service does not declare, at the load balancer's address.
    UndeclaredAtLoadBalancer,
    /// The same at the ClusterIP.
    UndeclaredAtClusterIp,
}

/// Where endpoints are, after readiness and termination are accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndpointLocality {
    /// On this node, and perhaps on others.
    Local,
    /// On other nodes only.
    Remote,
    /// Nowhere.
    None,
}

/// What `loadBalancerSourceRanges` says of the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceRange {
    /// It is allowed, or every address is.
    Allowed,
    /// It is in none of the ranges.
    Excluded,
}
