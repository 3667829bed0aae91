//! What can be done in a cluster, asked before anything is created.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope};
use crate::preflight::{Findings, Readiness};

/// What a run would meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preflight {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// What it comes to.
    pub readiness: Readiness,
    /// Where probe pods would start.
    pub probe_namespace: String,
    /// What was found out.
    #[serde(flatten)]
    pub findings: Findings,
}

impl Preflight {
    /// What was found out, for probe pods in a namespace.
    #[must_use]
    pub fn new(probe_namespace: String, findings: Findings) -> Self {
        Self { envelope: Envelope::of(DocumentKind::Preflight), readiness: findings.readiness(), probe_namespace, findings }
    }
}
