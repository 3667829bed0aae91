//! What a watch saw, as a document.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope};
use crate::diagnosis::Verdict;
use crate::document_form;
use crate::plan::Sampled;
use crate::watching::{Observed, ObservedChange, WatchGap, WatchUnknown, Watched};

/// What a watch saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchReport {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// Namespace and name of the Service.
    pub service: String,
    /// When it began, in milliseconds since 1970.
    pub from_ms: u64,
    /// When it ended.
    pub until_ms: u64,
    /// Milliseconds between two samples of a check: outages are as exact as that.
    pub interval_ms: u32,
    /// Healthy without outage and gap, a fault with an outage, inconclusive with gaps only.
    pub verdict: Verdict,
    /// How many nodes of which classes were watched from; nothing where it was all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<Sampled>,
    /// Each check from each vantage.
    pub checks: Vec<Watched>,
    /// When nothing was heard from a vantage. Nothing counts as up by default.
    pub gaps: Vec<WatchGap>,
    /// What changed meanwhile.
    pub changes: Vec<ObservedChange>,
    /// What is not known.
    #[serde(flatten, with = "document_form")]
    pub unknown: Vec<WatchUnknown>,
}

impl WatchReport {
    /// Makes a document of what was seen of a Service, by its namespace and name, between two times.
    #[must_use]
    pub fn new(service: String, from_ms: u64, until_ms: u64, observed: Observed) -> Self {
        let Observed { verdict, interval_ms, sampled, checks, gaps, changes, unknown } = observed;
        let envelope = Envelope::of(DocumentKind::WatchReport);
        Self { envelope, service, from_ms, until_ms, interval_ms, verdict, sampled, checks, gaps, changes, unknown }
    }
}
