//! What this machine saw outside the cluster, beside what kube-proxy makes of it.

use lbprobe_protocol::{CheckId, Outcome, Record};
use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::kube_proxy::{Model, Rule};
use crate::observations::{CheckState, Matrix};
use crate::plan::Target;
use crate::prediction::{Comparison, compare, is_failure};

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
    /// Whether the same target is answered inside. A load balancer that is a proxy takes connections without a backend,
    /// and then closes them.
    pub answers_inside: bool,
}

impl OutsideCheck {
    /// Whether it failed, and neither a rule of kube-proxy's nor what is said on the connection explains it: that fails
    /// inside as well.
    #[must_use]
    pub fn is_unexplained_failure(&self) -> bool {
        let has_stood = matches!(self.outcome, Some(Outcome::Tls(_) | Outcome::Http(_)));
        self.outcome.is_some() && self.rule.is_none() && (!has_stood || self.answers_inside)
    }
}

/// All checks that were made, in the order of the plan.
pub(super) fn checks(facts: &Facts, matrix: &Matrix<'_>, record: &Record) -> Vec<OutsideCheck> {
    let model = Model::new(facts);
    let check = |target: &Target| {
        let observation = record.observations.iter().find(|observation| observation.check == target.id);
        let state = CheckState::of(observation);
        let expected = model.from_outside(&target.kind, target.transport());
        let fails = expected.as_ref().and_then(|expected| expected.certain()).filter(|answer| is_failure(answer));
        // What fails in another way, for want of a route for instance, fails for another reason.
        let agrees = expected.as_ref().is_some_and(|expected| compare(expected, state) == Comparison::Agrees);
        let rule = fails.filter(|_| agrees).map(|answer| answer.rule);
        // As inside: what nobody answers is no failure.
        let is_measured = state.is_measured() && matrix.judged(target, observation) != CheckState::Unanswered;
        is_measured.then(|| OutsideCheck {
            target: target.id,
            outcome: state.outcome(),
            rule,
            answers_inside: matrix.checks().any(|(_, inside, state)| inside.id == target.id && state == CheckState::Reached),
        })
    };
    matrix.plan.targets.iter().filter_map(check).collect()
}
