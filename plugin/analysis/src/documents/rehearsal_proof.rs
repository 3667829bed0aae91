//! A rehearsal held against what the change did, node by node.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope};
use crate::change::Change;
use crate::diagnosis::Verdict;
use crate::rehearsal::{Held, NodeProof, Proving, proof_verdict};
use crate::watching::Observed;

/// A rehearsal held against what the change did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RehearsalProof {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// Namespace and name of the Service.
    pub service: String,
    /// The changes that were rehearsed.
    pub changes: Vec<Change>,
    /// When the first checks were made, in milliseconds since 1970.
    pub from_ms: u64,
    /// When the last ones were.
    pub until_ms: u64,
    /// Healthy where every node has changed and did what was rehearsed, a fault where a check did not, inconclusive otherwise.
    pub verdict: Verdict,
    /// The checks before any change beside what is predicted of them: where these differ the rehearsal starts from something wrong.
    pub today: Held,
    /// Each node.
    pub nodes: Vec<NodeProof>,
}

impl RehearsalProof {
    /// Makes a document of what was seen of a Service, by its namespace and name, between two times.
    #[must_use]
    pub fn new(service: String, (from_ms, until_ms): (u64, u64), proving: Proving, observed: &Observed) -> Self {
        let envelope = Envelope::of(DocumentKind::RehearsalProof);
        let changes = proving.changes().to_vec();
        let (today, nodes) = proving.end(observed);
        Self { envelope, service, changes, from_ms, until_ms, verdict: proof_verdict(&nodes), today, nodes }
    }
}
