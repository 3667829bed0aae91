//! What a run would meet in a cluster, part by part.

use serde::{Deserialize, Serialize};

use crate::plan::{CarriedBytes, SkipReason};

/// What rights are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// Reading Services, endpoints and nodes.
    Read,
    /// Starting probe pods, hearing of them, and removing them.
    Probe,
    /// Sending the probe in ConfigMaps.
    Carry,
    /// Reading what makes an answer surer: kube-proxy's configuration, the pod network, policies, events.
    ReadMore,
    /// Changing a Service.
    Fix,
}

/// The rights of a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rights {
    /// What they are for.
    pub purpose: Purpose,
    /// Those that are missing.
    pub missing: Vec<Right>,
}

/// A right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Right {
    /// "create", for instance.
    pub verb: String,
    /// With the group where it is not the core's: "jobs.batch".
    pub resource: String,
    /// In all namespaces where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// An object that the server was asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// Which.
    pub object: TriedObject,
    /// Why the server does not take it, in its words; nothing where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// An object of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TriedObject {
    /// The Job that owns the others.
    Job,
    /// A probe in the pod network.
    Pod,
    /// A probe on the host network.
    HostPod,
    /// What carries the probe.
    ConfigMap,
}

/// Nodes that would be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// The nodes.
    pub nodes: Vec<String>,
    /// Why.
    pub reason: SkipReason,
}

/// How the probe would come to the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryPlan {
    /// In its image.
    Image {
        /// Which.
        image: String,
        /// Nodes that are not known to have it.
        without: usize,
    },
    /// In ConfigMaps.
    ConfigMaps(CarriedBytes),
}

/// What it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Everything would be measured.
    Ready,
    /// Something would be left out, or not be known.
    Partly,
    /// Nothing can be measured.
    NotReady,
}
