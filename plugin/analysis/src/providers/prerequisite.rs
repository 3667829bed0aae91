//! What has to be there for something to be done.

use serde::{Deserialize, Serialize};

/// Things that remedies need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Prerequisite {
    /// Terway with ENI addresses.
    TerwayEni,
    /// Alibaba Cloud's controller with ENI backends.
    AlibabaControllerEni,
    /// Alibaba Cloud's controller with the hostname annotation.
    AlibabaControllerHostname,
    /// kube-proxy that knows ipMode, on every node.
    KubeProxyIpMode,
    /// A cloud controller that sets ipMode.
    ControllerSetsIpMode,
}

/// Whether a prerequisite is met, by the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Requirement {
    /// The facts show it.
    Met,
    /// The facts show something that excludes it.
    NotMet,
    /// The facts do not tell.
    Unknown,
}
