//! One endpoint of an EndpointSlice.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// One endpoint. Conditions that a slice leaves out have their documented defaults
/// (discovery.k8s.io/v1): ready and serving count as true, terminating as false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Its addresses, of one family.
    pub addresses: Vec<IpAddr>,
    /// The node on which it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Takes new connections.
    pub ready: bool,
    /// As ready, but also while terminating.
    pub serving: bool,
    /// Is being deleted.
    pub terminating: bool,
}
