//! What the servers behind a Service do with the PROXY header.

use serde::{Deserialize, Serialize};

/// What they do, where a file has it. A source is "ConfigMap shop/ingress-nginx".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "source", rename_all = "camelCase")]
pub enum HeaderReading {
    /// Nothing says so.
    #[default]
    Unknown,
    /// They refuse connections without it.
    Required(String),
    /// Some servers in the Service's namespace do, and nothing says that they are its own.
    SeemsRequired(String),
    /// They take connections with it and without.
    Optional,
    /// They do not understand it.
    NotRead(String),
}

impl HeaderReading {
    /// Whether nothing says so.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}
