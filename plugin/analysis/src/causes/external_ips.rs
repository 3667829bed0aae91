//! `spec.externalIPs` beside the load balancer's address: one answers, the other does not
//! (kubernetes issue 121909).

use std::iter;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, names};
use super::{Cause, Confidence};
use crate::kube_proxy::{Expected, Rule};
use crate::plan::{Network, TargetKind};
use crate::prediction::will_fail;
use crate::remedies::{Remedy, Upgrade};

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let mut evidence = failures(symptoms)?;
    let (rules, is_predicted) = rules(symptoms);
    // A newer kube-proxy does not bring them back.
    let upgrade = (!rules.contains(&Rule::ExternalIpsOff)).then(|| Remedy::UpgradeKubeProxy { until: Upgrade::ExternalIps }.into());
    evidence.extend(rules.into_iter().map(|rule| Evidence::KubeProxyRule { rule }));
    Some(Cause {
        finding: Finding::ExternalIps,
        confidence: if is_predicted { Confidence::Confirmed } else { Confidence::Likely },
        evidence,
        fixes: iter::once(Remedy::LeaveExternalIps.into()).chain(upgrade).collect(),
    })
}

fn is_external(kind: &TargetKind) -> bool {
    matches!(kind, TargetKind::ExternalIp(_))
}

/// A line for each network that fails at an external IP alone; none where none does, or where the load
/// balancer's own address fails as well.
fn failures(symptoms: &Symptoms<'_>) -> Option<Vec<Evidence>> {
    let mut lines = Vec::new();
    for network in Network::ALL {
        let failing = symptoms.failing_at(network, |target| is_external(&target.kind));
        if !failing.is_subset(&symptoms.reaching(network, |target| target.kind.is_load_balancer())) {
            return None;
        }
        if !failing.is_empty() {
            lines.push(Evidence::FailsAtExternalIps { network, nodes: names(&failing) });
        }
    }
    (!lines.is_empty()).then_some(lines)
}

/// What the model says of external IPs where it expects no endpoint, each rule once, and whether some
/// check is sure to fail.
fn rules(symptoms: &Symptoms<'_>) -> (Vec<Rule>, bool) {
    let mut rules: Vec<Rule> = Vec::new();
    let mut is_predicted = false;
    let checks = symptoms.prediction.checks(symptoms.matrix.plan);
    for (_, _, expectation) in checks.filter(|(_, target, _)| is_external(&target.kind)) {
        is_predicted |= will_fail(expectation);
        for answer in expectation.answers().filter(|answer| !matches!(answer.expected, Expected::Reached { .. })) {
            if !rules.contains(&answer.rule) {
                rules.push(answer.rule);
            }
        }
    }
    (rules, is_predicted)
}
