//! How a user names a Service.

use super::syntax;
use crate::error::WrongWord;

/// A Service by its own name, or by that of the operator's object that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServiceName {
    /// A Service.
    Service(String),
    /// ASM's IstioGateway.
    IstioGateway(String),
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Service(name) => f.write_str(name),
            Self::IstioGateway(name) => write!(f, "istiogateway/{name}"),
        }
    }
}

impl ServiceName {
    /// Of `NAME`, `svc/NAME` or `istiogateway/NAME`; the error says what a name has to be like.
    pub(crate) fn parse(word: &str) -> Result<Self, WrongWord> {
        syntax::service(word)
    }
}
