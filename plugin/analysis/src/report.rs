//! The report: everything that a run knows, in a form that is versioned and can be read back.

use serde::{Deserialize, Serialize};

use crate::diagnosis::Diagnosis;
use crate::facts::Facts;
use crate::observations::Observations;
use crate::plan::Plan;

/// The version of the form, which `docs/report.md` describes. A change that breaks a reader changes it.
pub const API_VERSION: &str = "lbprobe/v1";

/// Facts, plan and observations, from which the diagnosis can be repeated anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`API_VERSION`].
    pub api_version: String,
    /// Always `Report`.
    pub kind: String,
    /// The release of the plugin that wrote it.
    pub plugin_version: String,
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
        Self {
            api_version: API_VERSION.into(),
            kind: "Report".into(),
            plugin_version: env!("CARGO_PKG_VERSION").into(),
            facts,
            plan,
            observations,
            diagnosis,
        }
    }
}

/// Facts alone, to be explained again elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedFacts {
    /// [`API_VERSION`].
    pub api_version: String,
    /// Always `Facts`.
    pub kind: String,
    /// The facts.
    pub facts: Facts,
}

impl SavedFacts {
    /// Makes a document of them.
    #[must_use]
    pub fn new(facts: Facts) -> Self {
        Self { api_version: API_VERSION.into(), kind: "Facts".into(), facts }
    }
}
