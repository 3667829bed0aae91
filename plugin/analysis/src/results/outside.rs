//! What this machine saw outside the cluster, beside what kube-proxy makes of it.

use lbprobe_protocol::{CheckId, Outcome, Record};
use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::kube_proxy::{Model, Rule};
use crate::observations::CheckState;
use crate::plan::{Plan, Target};
use crate::prediction::is_failure;

/// One check from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutsideCheck {
    /// The number of the target in the plan.
    pub target: CheckId,
    /// How it failed; nothing where it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The rule by which the node is expected to let it fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

impl OutsideCheck {
    /// Whether no connection stood, and no rule of kube-proxy's explains it.
    #[must_use]
    pub fn is_unexplained_failure(&self) -> bool {
        let has_stood = matches!(self.outcome, Some(Outcome::Tls(_) | Outcome::Http(_)));
        self.outcome.is_some() && self.rule.is_none() && !has_stood
    }
}

/// All checks that were made, in the order of the plan.
pub(super) fn checks(facts: &Facts, plan: &Plan, record: &Record) -> Vec<OutsideCheck> {
    let model = Model::new(facts);
    let check = |target: &Target| {
        let observation = record.observations.iter().find(|observation| observation.check == target.id);
        let state = CheckState::of(observation);
        let expected = model.from_outside(&target.kind, target.transport());
        let fails = expected.as_ref().and_then(|expected| expected.certain()).filter(|answer| is_failure(answer));
        let rule = fails.filter(|_| state.is_failure()).map(|answer| answer.rule);
        (state != CheckState::Unmeasured).then(|| OutsideCheck { target: target.id, outcome: state.outcome(), rule })
    };
    plan.targets.iter().filter_map(check).collect()
}
