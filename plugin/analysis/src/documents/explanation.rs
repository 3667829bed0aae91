//! What will happen, from facts alone: the prediction with its reasons and what can be done.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope};
use crate::codes::Code as _;
use crate::coverage::{self, Uncovered};
use crate::document_form;
use crate::facts::Facts;
use crate::gaps::{self, Gap};
use crate::ignoring::{self, Ignored, IgnoredState};
use crate::kube_proxy::{Answer, Expectation};
use crate::lint::{self, Found, LintLevel, LintResult};
use crate::plan::{Plan, Target};
use crate::prediction::{Outlook, Prediction, Reason, is_failure};
use crate::remedies::{self, Fix};
use crate::risks::{self, Risk};

/// A prediction, its reasons and its fixes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// What was read, with the changes made.
    pub facts: Facts,
    /// The checks.
    pub plan: Plan,
    /// What is expected of each.
    pub expectations: Prediction,
    /// What that comes to for clients inside and outside, without what is ignored.
    pub outlook: Outlook,
    /// The codes that are to be ignored, by the Service's annotation or on the command line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// Why checks fail, or may.
    pub reasons: Vec<Reason>,
    /// What can be done, best first.
    pub fixes: Vec<Fix>,
    /// What works and will not always.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "document_form")]
    pub risks: Vec<Risk>,
    /// What is not predicted: with any of it nothing is fine.
    #[serde(flatten, with = "document_form")]
    pub uncovered: Vec<Uncovered>,
    /// What could not be read, and would have told more.
    #[serde(flatten, with = "document_form")]
    pub unknown: Vec<Gap>,
}

impl Explanation {
    /// Explains what the facts lead to.
    #[must_use]
    pub fn new(facts: Facts, plan: Plan) -> Self {
        let expectations = Prediction::new(&facts, &plan);
        let mut uncovered = coverage::list(&facts, &plan);
        uncovered.extend(coverage::beyond_connecting(&facts, &plan, &expectations));
        let risks = risks::list_for(&facts, &plan);
        let outlook = coverage::outlook(expectations.outlook(&plan), &uncovered).worse(risks::outside(&risks));
        let reasons = reasons(&expectations, &plan);
        let fixes = remedies::for_expectations(&facts, &plan, &expectations, &uncovered);
        let ignored = ignoring::of_annotation(&facts.service);
        let explanation = Self {
            ignored: Vec::new(),
            envelope: Envelope::of(DocumentKind::Explanation),
            uncovered,
            unknown: gaps::of_prediction(&facts),
            risks,
            facts,
            plan,
            expectations,
            outlook,
            reasons,
            fixes,
        };
        explanation.ignoring(&ignored)
    }
}

impl Explanation {
    /// The same, where these do not count either.
    #[must_use]
    pub fn ignoring(mut self, ignored: &[Ignored]) -> Self {
        self.ignored.extend(ignored.iter().cloned());
        let found: BTreeSet<_> = self.lint().iter().map(|result| result.code).collect();
        for ignored in self.ignored.iter_mut().filter(|ignored| found.contains(ignored.code.as_str())) {
            if ignored.state == IgnoredState::NotFound {
                ignored.state = IgnoredState::Ignored;
            }
        }
        self.outlook = lint::outlook_but_for_ignored(self.found());
        self
    }

    /// What it holds against the Service, as checkers of files report it.
    #[must_use]
    pub fn lint(&self) -> Vec<LintResult<'_>> {
        lint::results(self.found())
    }

    /// Whether nothing is left that stands against the Service, and something of weight is ignored.
    #[must_use]
    pub fn is_fine_but_for_ignored(&self) -> bool {
        let results = self.lint();
        let mut of_weight = results.iter().filter(|result| result.level != LintLevel::Note && result.is_of_service()).peekable();
        of_weight.peek().is_some() && of_weight.all(|result| result.ignored.is_some())
    }

    /// Whether all by which a check may fail is ignored.
    #[must_use]
    pub fn ignores(&self, expectation: &Expectation) -> bool {
        let is_ignored = |answer: &Answer| self.ignored.iter().any(|ignored| ignored.covers(answer.rule.code()));
        expectation.answers().filter(|answer| is_failure(answer)).all(is_ignored)
    }

    fn found(&self) -> Found<'_> {
        let Self { reasons, uncovered, risks, ignored, .. } = self;
        Found { reasons, uncovered, risks, foreseen: self.foreseen(), ignored }
    }

    fn foreseen(&self) -> Outlook {
        self.inside().worse(risks::outside(&self.risks))
    }

    /// What it comes to for clients inside the cluster alone.
    #[must_use]
    pub fn inside(&self) -> Outlook {
        coverage::outlook(self.expectations.outlook(&self.plan), &self.uncovered)
    }
}

/// Failing answers, those of the same rule together: first what is certain, and of that first what is not about node ports alone.
pub(super) fn reasons(expectations: &Prediction, plan: &Plan) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for (vantage, target, expectation) in expectations.service_checks(plan) {
        for (answer, when) in expectation.cases().filter(|(answer, _)| is_failure(answer)) {
            let is_at_node = target.node_of_port().is_some();
            let is_same = |reason: &Reason| {
                let known_at_node = reason.targets.iter().any(|known| known.node_of_port().is_some());
                reason.answer == *answer && reason.when == when && known_at_node == is_at_node
            };
            let index = reasons.iter().position(is_same);
            let index = index.unwrap_or_else(|| {
                reasons.push(Reason {
                    vantages: Vec::new(),
                    targets: Vec::new(),
                    addresses: Vec::new(),
                    answer: *answer,
                    when: when.to_vec(),
                });
                reasons.len() - 1
            });
            let reason = &mut reasons[index];
            // Checks come a vantage at a time, so that only the last one can be the same.
            if reason.vantages.last() != Some(vantage) {
                reason.vantages.push(vantage.clone());
            }
            if !reason.targets.iter().any(|known| known.id == target.id) {
                reason.targets.push(target.clone());
            }
        }
    }
    let all = external_addresses(plan.service_targets());
    for reason in &mut reasons {
        let own = external_addresses(reason.targets.iter());
        if own.len() < all.len() {
            reason.addresses = own.into_iter().collect();
        }
    }
    let is_of_node_ports = |reason: &Reason| reason.targets.iter().all(|target| target.kind.is_node_port());
    reasons.sort_by_key(|reason| (!reason.when.is_empty(), is_of_node_ports(reason)));
    reasons
}

/// The load balancer's addresses and external IPs among some targets.
fn external_addresses<'a>(targets: impl Iterator<Item = &'a Target>) -> BTreeSet<IpAddr> {
    targets.filter_map(|target| target.kind.external_address()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::TrafficPolicy;
    use crate::gaps::GapKind;
    use crate::kube_proxy::sample_facts;
    use crate::plan::PlanOptions;
    use crate::text::{self, Language};

    fn explain(change: impl Fn(&mut Facts)) -> Explanation {
        let mut facts = sample_facts();
        change(&mut facts);
        let plan = Plan::new(&facts, &PlanOptions::default());
        Explanation::new(facts, plan)
    }

    #[test]
    fn each_reason_has_its_own_fix() {
        let first = |change: &dyn Fn(&mut Facts)| {
            explain(change).fixes.first().map(|fix| text::remedy(&fix.remedy, Language::English)).unwrap_or_default()
        };
        assert!(first(&|_| {}).starts_with("dial gateway.shop"));
        let internal = |facts: &mut Facts| {
            facts.service.external_traffic_policy = TrafficPolicy::Cluster;
            facts.service.internal_traffic_policy = TrafficPolicy::Local;
        };
        assert_eq!(first(&internal), "set internalTrafficPolicy to Cluster");
        let ranges = |facts: &mut Facts| {
            facts.service.external_traffic_policy = TrafficPolicy::Cluster;
            facts.service.load_balancer_source_ranges = vec!["203.0.113.0/24".parse().unwrap()];
        };
        assert!(first(&ranges).starts_with("add the ranges of the clients inside"));
        assert!(first(&|facts| facts.endpoints.clear()).starts_with("get the Service ready pods"));
        assert_eq!(first(&|facts| facts.service.external_traffic_policy = TrafficPolicy::Cluster), "");
    }

    #[test]
    fn what_is_not_known_is_listed_with_what_it_would_tell() {
        let explanation = explain(|facts| facts.pod_policies = crate::facts::Known::Unknown("forbidden".into()));
        assert!(
            explanation.unknown.contains(&Gap { kind: GapKind::NetworkPolicies, reason: "forbidden".into() }),
            "{:?}",
            explanation.unknown
        );
    }
}
