//! What will happen, from facts alone: the prediction with its reasons and what can be done.

use serde::{Deserialize, Serialize};

use crate::diagnosis::{Fix, fixes};
use crate::facts::{Facts, TrafficPolicy};
use crate::model::Answer;
use crate::plan::{Plan, Target, Vantage};
use crate::prediction::{Outlook, Prediction, is_failure};
use crate::report::API_VERSION;
use crate::risks::{self, Risk};
use crate::unknown;

/// A prediction, its reasons and its fixes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// [`API_VERSION`].
    pub api_version: String,
    /// Always `Explanation`.
    pub kind: String,
    /// The release of the plugin that wrote it.
    pub plugin_version: String,
    /// What was read, with the changes made.
    pub facts: Facts,
    /// The checks.
    pub plan: Plan,
    /// What is expected of each.
    pub expectations: Prediction,
    /// What that comes to.
    pub outlook: Outlook,
    /// Why checks fail, or may.
    pub reasons: Vec<Reason>,
    /// What can be done, best first.
    pub fixes: Vec<Fix>,
    /// What works and will not always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<Risk>,
    /// What could not be read, and would have told more.
    pub unknown: Vec<String>,
}

/// One reason, and the checks that fail for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// From where.
    pub vantages: Vec<Vantage>,
    /// At which targets of the plan.
    pub targets: Vec<Target>,
    /// How it ends, and why.
    pub answer: Answer,
    /// What has to hold for it; nothing where it is certain.
    pub when: Vec<String>,
}

impl Explanation {
    /// Explains what the facts lead to.
    #[must_use]
    pub fn new(facts: Facts, plan: Plan) -> Self {
        let expectations = Prediction::new(&facts, &plan);
        let outlook = expectations.outlook(&plan);
        let reasons = reasons(&expectations, &plan);
        let is_local = facts.service.external_traffic_policy == TrafficPolicy::Local;
        let fixes = if outlook != Outlook::Fine && is_local && facts.ready_endpoints() > 0 {
            fixes::for_local_policy(&facts, &plan, &expectations)
        } else {
            Vec::new()
        };
        Self {
            api_version: API_VERSION.into(),
            kind: "Explanation".into(),
            plugin_version: env!("CARGO_PKG_VERSION").into(),
            unknown: unknown::list(&facts),
            risks: risks::list(&facts),
            facts,
            plan,
            expectations,
            outlook,
            reasons,
            fixes,
        }
    }
}

/// Failing answers, those of the same rule together.
fn reasons(expectations: &Prediction, plan: &Plan) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for (vantage, target, expectation) in expectations.service_checks(plan) {
        for (answer, when) in expectation.cases().filter(|(answer, _)| is_failure(answer)) {
            let place = reasons.iter().position(|reason| reason.answer == *answer && reason.when == when);
            let place = place.unwrap_or_else(|| {
                reasons.push(Reason { vantages: Vec::new(), targets: Vec::new(), answer: answer.clone(), when: when.to_vec() });
                reasons.len() - 1
            });
            let reason = &mut reasons[place];
            // Checks come a vantage at a time, so that only the last one can be the same.
            if reason.vantages.last() != Some(vantage) {
                reason.vantages.push(vantage.clone());
            }
            if !reason.targets.iter().any(|known| known.id == target.id) {
                reason.targets.push(target.clone());
            }
        }
    }
    reasons
}
