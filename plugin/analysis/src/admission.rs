//! What an organisation may ask of Services and workloads before kube-apiserver takes them. Each rule is about a finding, and has its code.

/// A rule for what is created or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdmissionRule {
    /// No externalTrafficPolicy Local, unless somebody has accepted what it means for clients inside.
    Local,
    /// The same of internalTrafficPolicy.
    InternalLocal,
    /// No `externalIPs`, which kube-proxy stops serving by default in 1.40 (KEP-5707).
    ExternalIps,
    /// Pods on nodes of their own, so that a load balancer that goes by nodes gives each its share.
    Spread,
    /// At least so many replicas, as many as there are nodes for instance.
    Replicas(u32),
}

impl AdmissionRule {
    /// By which it is named on the command line and in the policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::InternalLocal => "internal-local",
            Self::ExternalIps => "external-ips",
            Self::Spread => "spread",
            Self::Replicas(_) => "replicas",
        }
    }

    /// The code of the finding that it keeps away, by which an object is exempt from it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Local => "LBP002",
            Self::InternalLocal => "LBP003",
            Self::ExternalIps => "LBP308",
            Self::Spread => "LBP301",
            Self::Replicas(_) => "LBP302",
        }
    }

    /// Whether it is about what makes pods, and not about Services.
    #[must_use]
    pub const fn is_of_workloads(self) -> bool {
        matches!(self, Self::Spread | Self::Replicas(_))
    }
}
