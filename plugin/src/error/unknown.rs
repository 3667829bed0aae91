//! Why a fact is not known where no request failed. Reports and gaps quote it.

/// Why a fact is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnknownFact {
    #[error("no {0} are in the file: there may be none, or they were left out")]
    NotInFile(&'static str),
    #[error("no MetalLB pools are in the file (kubectl get ipaddresspools,l2advertisements,bgpadvertisements -A)")]
    NoMetalLbPools,
    #[error("no MetalLB advertisements are in the file (kubectl get l2advertisements,bgpadvertisements -A)")]
    NoMetalLbAdvertisements,
    #[error("Cilium's announcement policies and BGP advertisements are not in the file, or cannot be read")]
    CiliumAnnouncements,
    #[error("MetalLB's advertisements choose Services by labels from 0.16 on, and its release or the Service's labels are not known")]
    MetalLbChoice,
    #[error("its ConfigMap is not in the file")]
    NoConfigMapInFile,
    #[error("its pods are not in the file")]
    NoPodsInFile,
    #[error("{namespace} has no ConfigMap {names}")]
    NoConfigMap { namespace: &'static str, names: String },
    #[error("{map} has neither of the keys {keys}")]
    NoKey { map: String, keys: String },
    #[error("{map} cannot be read: {cause}")]
    NotRead { map: String, cause: String },
    #[error("{map}: mode {cause}")]
    Mode { map: String, cause: String },
    #[error("{map}: {cause}")]
    Detection { map: String, cause: String },
    #[error("{map}: clusterCIDR {range:?} is not a range")]
    ClusterCidr { map: String, range: String },
    #[error("no pod of kube-proxy has a release in its image's tag")]
    NoRelease,
    #[error("no DaemonSet of a known pod network")]
    NoPodNetwork,
    #[error("several pod networks: {0}")]
    SeveralPodNetworks(String),
    #[error("kubelet has not reported yet")]
    KubeletNotReported,
    /// A request failed.
    #[error("{0}")]
    Request(String),
}
