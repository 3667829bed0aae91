//! A fault whose pattern no known cause has: what was seen, so that a person can go on.

use super::evidence::{Evidence, FailedCheck};
use super::finding::{Finding, Pattern};
use super::symptoms::{Symptoms, dialled, names};
use super::{Cause, Confidence};
use crate::facts::TrafficPolicy;
use crate::observations::CheckState;

/// Failures that are listed one by one.
const LISTED: usize = 6;

pub(super) fn describe(symptoms: &Symptoms<'_>) -> Cause {
    let facts = symptoms.facts;
    let failures: Vec<_> = symptoms.matrix.service_checks().filter(|(_, _, state)| state.is_failure()).collect();
    let named = failures.iter().take(LISTED).filter_map(|(vantage, target, state)| {
        Some(Evidence::CheckFails { vantage: (*vantage).clone(), target: dialled(target, facts), failed: failed(*state)? })
    });
    let mut evidence: Vec<_> = named.collect();
    if failures.len() > LISTED {
        evidence.push(Evidence::MoreChecksFail { number: failures.len() - LISTED });
    }
    let nodes = facts.endpoint_nodes();
    evidence.push(match facts.service.external_traffic_policy {
        _ if nodes.is_empty() => Evidence::NothingReady,
        TrafficPolicy::Local => Evidence::PolicyLocalNotFollowed { nodes: names(&nodes) },
        TrafficPolicy::Cluster => Evidence::PolicyCluster { nodes: names(&nodes) },
    });
    let intermittent = failures.iter().all(|(_, _, state)| matches!(state, CheckState::Mixed { .. }));
    let pattern = if intermittent { Pattern::NowAndThen } else { Pattern::Unknown };
    Cause { finding: Finding::Unrecognised { pattern }, confidence: Confidence::Possible, evidence, fixes: Vec::new() }
}

fn failed(state: CheckState) -> Option<FailedCheck> {
    match state {
        CheckState::Failed(outcome) => Some(FailedCheck { samples: None, outcome }),
        CheckState::Mixed { failed, of, outcome } => Some(FailedCheck { samples: Some((failed, of)), outcome }),
        CheckState::Reached | CheckState::Silent | CheckState::Unanswered | CheckState::Unmeasured => None,
    }
}
