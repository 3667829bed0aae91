//! What a user names to say which Service is meant.

use std::fmt;
use std::net::IpAddr;

use lbprobe_analysis::plan::{RouteKind, Scheme};

use super::ServiceName;

/// A Service, or what leads to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServiceReference {
    /// The Service's own name, or its owner's.
    Name(ServiceName),
    /// What points to it.
    Pointer(Pointer),
}

/// What points to a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pointer {
    /// What clients dial.
    Url(Url),
    /// An object that leads requests to it, in the namespace of `-n`.
    Route { kind: RouteKind, name: String },
}

/// What clients dial: `https://shop.example.com/pay`, `198.51.100.1:443`, `shop.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// As it was typed.
    pub(crate) word: String,
    /// Missing where no scheme was typed.
    pub(crate) scheme: Option<Scheme>,
    pub(crate) host: UrlHost,
    /// The port that was typed, or the scheme's own.
    pub(crate) port: Option<u16>,
    /// Path and query; missing where none was typed.
    pub(crate) path: Option<String>,
}

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UrlHost {
    Address(IpAddr),
    /// In lower case, without a dot at its end.
    Name(String),
}

impl From<ServiceName> for ServiceReference {
    fn from(name: ServiceName) -> Self {
        Self::Name(name)
    }
}

impl fmt::Display for UrlHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}
