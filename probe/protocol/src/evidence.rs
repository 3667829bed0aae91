//! What a probe on a host's network learns of the kube-proxy beside it, without any privilege.
//!
//! kube-proxy serves its mode and its metrics on the node's loopback (port 10249 by default). The
//! running process may differ from what the API says of it.

use serde::{Deserialize, Serialize};

use crate::token;

/// What a probe is asked to find out beside its checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Question {
    /// The kube-proxy of the node. Only the host network has the node's loopback.
    KubeProxy,
}

/// What was learnt of the node's kube-proxy. Nothing of it means that nothing answered there: its
/// metrics are bound elsewhere, or another program does its work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeProxyEvidence {
    /// What `/proxyMode` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// `git_version` of `kubernetes_build_info` in `/metrics`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
}

impl KubeProxyEvidence {
    pub(crate) fn line(&self) -> String {
        let word = |key: &str, value: &Option<String>| value.as_ref().map(|value| format!(" {key}={}", token::encode(value)));
        let words: String = [word("mode", &self.mode), word("release", &self.release)].into_iter().flatten().collect();
        format!("p -{words}\n")
    }

    pub(crate) fn read(rest: &str) -> Option<Self> {
        let mut evidence = Self::default();
        for word in rest.strip_prefix('-')?.split(' ').filter(|word| !word.is_empty()) {
            match word.split_once('=')? {
                ("mode", value) => evidence.mode = Some(token::decode(value)?),
                ("release", value) => evidence.release = Some(token::decode(value)?),
                _ => return None,
            }
        }
        Some(evidence)
    }
}
