//! Why a node cannot be brought the probe in ConfigMaps.

/// Why, as it stands in a node's row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotCarried {
    #[error("this program carries no probe for nodes of architecture {0}")]
    Architecture(String),
    #[error("the node does not report its architecture")]
    UnknownArchitecture,
    #[error("the node lists no image, and the probe pod needs one to start in")]
    NoImage,
    #[error("this program was built without the probe, and can send none")]
    Nothing,
}
