//! The report: everything that a run knows, in a form that is versioned and can be read back.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope};
use crate::diagnosis::Diagnosis;
use crate::facts::Facts;
use crate::observations::Observations;
use crate::plan::Plan;
use crate::results::Results;

/// Facts, plan and observations, from which the diagnosis can be repeated anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// What was read of the cluster.
    pub facts: Facts,
    /// What was to be done.
    pub plan: Plan,
    /// What the probes gave.
    pub observations: Observations,
    /// What follows.
    pub diagnosis: Diagnosis,
}

impl Report {
    /// Puts a report together; the diagnosis follows from the rest.
    #[must_use]
    pub fn new(facts: Facts, plan: Plan, observations: Observations) -> Self {
        let diagnosis = Diagnosis::of(&facts, &plan, &observations);
        Self { envelope: Envelope::of(DocumentKind::Report), facts, plan, observations, diagnosis }
    }
}

impl<'a> Results<'a> {
    /// What a report knows.
    #[must_use]
    pub fn of(report: &'a Report) -> Self {
        Self::new(&report.facts, &report.plan, &report.observations)
    }
}
