//! What no Service of this cluster has, and does not answer: from where it fails says where to look. No rule of this cluster explains it,
//! so that it is never more than likely.

use std::collections::BTreeSet;

use lbprobe_protocol::Outcome;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, distinct, names};
use super::{Cause, Confidence};
use crate::observations::CheckState;
use crate::plan::{Network, Vantage};
use crate::remedies::Remedy;
use crate::vantage::{FailingFrom, NoAnswer};

/// A cause for each port that fails.
pub(super) fn find(symptoms: &Symptoms<'_>) -> Vec<Cause> {
    let ports: BTreeSet<_> = symptoms.matrix.plan.targets.iter().map(|target| target.port).collect();
    ports.into_iter().filter_map(|port| of_port(port, symptoms)).collect()
}

fn of_port(port: u16, symptoms: &Symptoms<'_>) -> Option<Cause> {
    let checks: Vec<Check<'_>> = symptoms
        .matrix
        .checks()
        .filter(|(_, target, state)| target.port == port && state.is_known())
        .map(|(vantage, _, state)| Check { vantage, state })
        .collect();
    // An answer that is not expected is a cause of its own.
    let is_unanswered = |check: &&Check<'_>| check.state.outcome().is_some_and(|outcome| !outcome.is_unexpected_answer());
    let failed: Vec<_> = checks.iter().filter(is_unanswered).collect();
    let always: Vec<_> = failed.iter().filter(|check| matches!(check.state, CheckState::Failed(_))).copied().collect();
    let (how, failing) = match (always.is_empty(), failed.is_empty()) {
        (_, true) => return None,
        (true, false) => (NoAnswer::NowAndThen, failed),
        (false, false) => (how(&always), always),
    };
    let from = from(&checks, &failing);
    let is_of_port = |target| symptoms.matrix.plan.target(target).is_some_and(|target| target.port == port);
    let outside: Vec<_> = symptoms.outside.iter().filter(|check| is_of_port(check.target)).collect();
    let answers_outside = (!outside.is_empty()).then(|| outside.iter().any(|check| check.outcome.is_none()));
    Some(Cause {
        finding: Finding::Elsewhere { host: symptoms.facts.service.name.clone(), port, how, from: from.clone(), answers_outside },
        confidence: Confidence::Likely,
        evidence: evidence(symptoms, &failing, &from),
        fixes: vec![Remedy::LookAtWay { how, from, answers_outside }.into()],
    })
}

/// One check of the port.
struct Check<'a> {
    vantage: &'a Vantage,
    state: CheckState,
}

fn how(failing: &[&Check<'_>]) -> NoAnswer {
    let all = |which: fn(Outcome) -> bool| failing.iter().filter_map(|check| check.state.outcome()).all(which);
    if all(|outcome| matches!(outcome, Outcome::Resolve(_))) {
        NoAnswer::Unresolved
    } else if all(|outcome| matches!(outcome, Outcome::Tls(_) | Outcome::Http(_))) {
        NoAnswer::CutOff
    } else {
        NoAnswer::Unreached
    }
}

/// What is said of those that do not fail was seen of them.
fn from(checks: &[Check<'_>], failing: &[&Check<'_>]) -> FailingFrom {
    let failing: BTreeSet<&Vantage> = failing.iter().map(|check| check.vantage).collect();
    let reaching: BTreeSet<&Vantage> = checks.iter().map(|check| check.vantage).filter(|vantage| !failing.contains(vantage)).collect();
    let nodes = |vantages: &BTreeSet<&Vantage>| vantages.iter().map(|vantage| vantage.node.clone()).collect::<BTreeSet<_>>();
    let are_of = |vantages: &BTreeSet<&Vantage>, network| vantages.iter().all(|vantage| vantage.network == network);
    let (failing_nodes, reaching_nodes) = (nodes(&failing), nodes(&reaching));
    let reaches_from = |node: &String, network| reaching.contains(&Vantage { node: node.clone(), network });
    if reaching.is_empty() {
        FailingFrom::Everywhere
    } else if are_of(&failing, Network::Pod) && are_of(&reaching, Network::Host) {
        FailingFrom::Pods
    } else if are_of(&failing, Network::Host) && are_of(&reaching, Network::Pod) {
        FailingFrom::Hosts
    } else if failing_nodes.is_disjoint(&reaching_nodes) {
        FailingFrom::Nodes(failing_nodes.into_iter().collect())
    } else if are_of(&failing, Network::Pod) && failing_nodes.iter().all(|node| reaches_from(node, Network::Host)) {
        FailingFrom::PodsOf(failing_nodes.into_iter().collect())
    } else {
        FailingFrom::Some
    }
}

fn evidence(symptoms: &Symptoms<'_>, failing: &[&Check<'_>], from: &FailingFrom) -> Vec<Evidence> {
    let of_network = |network| {
        let failing: Vec<_> = failing.iter().filter(|check| check.vantage.network == network).collect();
        let nodes: BTreeSet<_> = failing.iter().map(|check| check.vantage.node.as_str()).collect();
        let outcomes = distinct(failing.iter().filter_map(|check| check.state.outcome()));
        (!nodes.is_empty()).then(|| Evidence::FailsElsewhere { network, nodes: names(&nodes), outcomes })
    };
    let policies = symptoms.facts.pod_policies.value().into_iter().flatten().filter(|policy| policy.limits_egress);
    let policies: Vec<_> = policies.map(|policy| format!("{}/{}", policy.namespace, policy.name)).collect();
    let may_be_held_back = matches!(from, FailingFrom::Pods | FailingFrom::Everywhere) && !policies.is_empty();
    let limited = may_be_held_back.then_some(Evidence::LimitedByPolicies { policies });
    Network::ALL.into_iter().filter_map(of_network).chain(limited).collect()
}
