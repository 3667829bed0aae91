//! What the servers behind a Service are told: what they do with the PROXY header, and whom they may turn away.

use ipnet::IpNet;
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
    /// They read it from some addresses, miss it from nobody, and take it for a broken request from all others.
    TrustedFrom(TrustedFrom),
    /// They do not understand it.
    NotRead(String),
}

/// From where servers read the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedFrom {
    /// What says so: "pod shop/traefik-0".
    pub source: String,
    /// From these addresses; from none where it is empty.
    pub ranges: Vec<IpNet>,
}

impl HeaderReading {
    /// Whether nothing says so.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// A setting of the servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerSetting {
    /// Its name: "server-snippet".
    pub name: String,
    /// Where it stands: "ConfigMap shop/ingress-nginx".
    pub source: String,
}

/// A path of an Ingress that holds for every host, and takes the servers' own path for health checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenPath {
    /// The path: "/(.*)".
    pub path: String,
    /// Where it stands: "Ingress shop/api".
    pub ingress: String,
}
