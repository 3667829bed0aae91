//! What the model expects after remedies.

use super::{After, Fix, Remedy};
use crate::facts::Facts;
use crate::kube_proxy;
use crate::plan::{Plan, Target, TargetKind};
use crate::prediction::{Outlook, Prediction};
use crate::results::Results;

/// Says of each fix what is expected after it; of none where the model does not see the fault before.
pub(super) fn predict(fixes: &mut [Fix], facts: &Facts, plan: &Plan, before: &Prediction) {
    if before.outlook(plan) != Outlook::Fails {
        return;
    }
    // One copy is enough, of thousands of nodes too: no change touches nodes.
    let mut changed = facts.clone();
    for fix in fixes.iter_mut() {
        if matches!(fix.remedy, Remedy::DialDnsName { .. }) {
            fix.after = Some(by_name(facts, plan, before));
            continue;
        }
        let Some(change) = fix.remedy.effect() else { continue };
        take_back(&mut changed, facts);
        fix.after = change.apply(&mut changed).ok().map(|()| after(&changed, plan, before));
    }
    helpless_last(fixes);
}

/// What is not expected to help comes last, in its own order.
fn helpless_last(fixes: &mut [Fix]) {
    fixes.sort_by_key(|fix| fix.after.as_ref().is_some_and(|after| after.before > 0 && after.failing >= after.before));
}

/// Leaves out fixes with which more checks may fail than without, where nothing fails for certain: an endpoint on every node
/// gives the fault of nodes with an endpoint to all of them.
pub(super) fn leave_out_worse(fixes: &mut Vec<Fix>, facts: &Facts, plan: &Plan, before: &Prediction) {
    if before.outlook(plan) != Outlook::Depends {
        return;
    }
    let may_fail = |prediction: &Prediction| prediction.open(plan) + prediction.failing(plan);
    let most = may_fail(before);
    let mut changed = facts.clone();
    fixes.retain(|fix| {
        let Some(change) = fix.remedy.effect() else { return true };
        take_back(&mut changed, facts);
        change.apply(&mut changed).is_err() || may_fail(&Prediction::new(&changed, plan)) <= most
    });
}

/// What a change may have touched as it was: nodes are not, of which there may be thousands.
fn take_back(changed: &mut Facts, facts: &Facts) {
    changed.service.clone_from(&facts.service);
    changed.endpoints.clone_from(&facts.endpoints);
    changed.kube_proxy.clone_from(&facts.kube_proxy);
}

/// The cluster after a remedy, and what is expected of every check then.
#[derive(Clone, Debug)]
pub struct ExpectedResult {
    /// The facts with the change made.
    pub facts: Facts,
    /// What is expected then.
    pub prediction: Prediction,
}

impl ExpectedResult {
    /// What a fix that changes an object is expected to come to; nothing where that cannot be said.
    #[must_use]
    pub fn of(fix: &Fix, before: &Results<'_>) -> Option<Self> {
        fix.after.as_ref()?;
        let mut facts = before.facts.clone();
        fix.remedy.change()?.apply(&mut facts).ok()?;
        let prediction = Prediction::new(&facts, before.matrix.plan);
        Some(Self { facts, prediction })
    }
}

fn after(changed: &Facts, plan: &Plan, before: &Prediction) -> After {
    let prediction = Prediction::new(changed, plan);
    After {
        failing: prediction.failing(plan),
        before: before.failing(plan),
        vantages: prediction.failing_vantages(plan),
        outside: Some(kube_proxy::outside(changed)),
    }
}

/// Clients that move to the name leave the load balancer's address alone: what counts is whether the name answers.
pub(super) fn by_name(facts: &Facts, plan: &Plan, before: &Prediction) -> After {
    let is_name = |target: &Target| target.kind == TargetKind::DnsName;
    After {
        failing: before.failing_at(plan, is_name),
        before: before.failing_at(plan, Target::is_external),
        vantages: before.failing_vantages_at(plan, is_name),
        outside: Some(kube_proxy::outside(facts)),
    }
}
