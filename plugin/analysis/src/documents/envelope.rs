//! What every document says of itself.

use serde::{Deserialize, Serialize};

/// The version of the form, which `docs/report.md` describes. A change that breaks a reader changes it.
pub const API_VERSION: &str = "lbprobe/v1";

/// The kinds of documents that the plugin writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentKind {
    /// A run.
    Report,
    /// A prediction.
    Explanation,
    /// Facts alone.
    Facts,
    /// A run beside a baseline.
    Verification,
    /// What became of expectations.
    AcceptanceReport,
    /// What a watch saw.
    WatchReport,
    /// What can be done.
    FixProposals,
    /// What a change has brought.
    FixReport,
    /// Whether the DNS name does what the load balancer's address does not.
    #[serde(rename = "NameProof")]
    DnsNameCheck,
    /// A line for each Service of a cluster.
    Overview,
    /// What a run would meet.
    Preflight,
    /// What a change would do to every Service.
    Rehearsal,
    /// The same beside what it did.
    RehearsalProof,
}

/// The head of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// [`API_VERSION`].
    pub api_version: String,
    /// What the rest is.
    pub kind: DocumentKind,
    /// The release of the plugin that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_version: Option<String>,
}

impl Envelope {
    /// That of a document of this program.
    #[must_use]
    pub fn of(kind: DocumentKind) -> Self {
        Self { api_version: API_VERSION.into(), kind, plugin_version: Some(env!("CARGO_PKG_VERSION").into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What readers go by.
    #[test]
    fn kinds_keep_their_names() {
        let kinds = [
            (DocumentKind::Report, "Report"),
            (DocumentKind::Explanation, "Explanation"),
            (DocumentKind::Facts, "Facts"),
            (DocumentKind::Verification, "Verification"),
            (DocumentKind::AcceptanceReport, "AcceptanceReport"),
            (DocumentKind::WatchReport, "WatchReport"),
            (DocumentKind::FixProposals, "FixProposals"),
            (DocumentKind::FixReport, "FixReport"),
            (DocumentKind::DnsNameCheck, "NameProof"),
            (DocumentKind::Overview, "Overview"),
            (DocumentKind::Preflight, "Preflight"),
            (DocumentKind::Rehearsal, "Rehearsal"),
            (DocumentKind::RehearsalProof, "RehearsalProof"),
        ];
        for (kind, name) in kinds {
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
        }
    }
}
