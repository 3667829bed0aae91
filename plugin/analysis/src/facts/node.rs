//! One node.

use serde::{Deserialize, Serialize};

/// One node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its Ready condition; what the condition says where it is not.
    pub readiness: Readiness,
    /// `linux` or `windows`, from the label `kubernetes.io/os`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Cordoned. Pods run on it all the same.
    pub unschedulable: bool,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Seconds since kubelet last renewed its lease, when the facts were read. kubelet does so
    /// every 10 s; the node turns NotReady only after 40 s or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease_age_seconds: Option<u64>,
}

/// Whether a node is Ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Readiness {
    /// Condition Ready is True.
    Ready,
    /// It is not, or unknown, with the condition's message.
    NotReady(String),
}

/// A taint, as `kubectl describe node` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// NoSchedule, PreferNoSchedule or NoExecute.
    pub effect: String,
}
