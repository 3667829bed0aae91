//! What is wrong with words and documents that this crate reads.

/// A word that is no change to think through.
#[expect(missing_docs, reason = "the fields are what the variants say")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAChange {
    /// It has no value.
    #[error("a change is KEY=VALUE, externalTrafficPolicy=Cluster for instance")]
    NoValue,
    /// No change has this key and such a value.
    #[error("{word:?} is not a change; the key is one of {}, with a value", keys.join(", "))]
    Unknown { word: String, keys: &'static [&'static str] },
    /// A traffic policy that there is not.
    #[error("a traffic policy is Cluster or Local")]
    Policy,
    /// An ipMode that there is not.
    #[error("ipMode is VIP or Proxy")]
    IpMode,
    /// The value is wrong.
    #[error("{key}: {cause}")]
    Value { key: String, cause: String },
}

/// A change that the facts have no place for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotApply {
    /// The facts have no such node.
    #[error("no node is named {0}")]
    NoNode(String),
    /// kube-proxy's configuration is not known, for this reason, so that a part of it cannot change.
    #[error("kube-proxy's configuration is not known: {0}")]
    ConfigUnknown(String),
}

/// A word that is no pod network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANetwork {
    /// None is called so.
    #[error("a pod network is one of {}, with @RELEASE behind it where it is known", .0.join(", "))]
    Unknown(Vec<&'static str>),
    /// What stands behind the name is no release.
    #[error(transparent)]
    Release(NotAVersion),
}

/// A word that is no release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a release such as 1.34 or v1.34.2")]
pub struct NotAVersion(pub(crate) String);

/// A word that is no mode of kube-proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of iptables, ipvs and nftables")]
pub struct NotAMode(pub(crate) String);

/// A word that is no way in which kube-proxy tells its node's pods.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("detectLocalMode {0:?} is not known")]
pub struct NotADetection(pub(crate) String);

/// What is wrong with observations in a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotObservations {
    #[error("neither a record nor why there is none")]
    Nothing,
    #[error("there is no line {0}")]
    NoLine(usize),
    #[error("it is longer than a record")]
    TooLong,
    #[error("{0}")]
    Record(String),
    #[error("what was seen from {vantage}: {cause}")]
    Of { vantage: String, cause: Box<NotObservations> },
}

/// What is wrong with expectations in a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a vantage has a row of expectations that is not there")]
pub(crate) struct NoRow;

/// What a reader expects of a part of a document that has two forms.
pub(crate) const LIST_OR_OBJECT: &str = "a list, or an object that shares what is equal";
