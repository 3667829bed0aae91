//! A fault whose pattern no known cause has: what was seen, so that a person can go on.

use super::contrast::{Contrast, address, names};
use super::{Cause, CauseKind, Confidence};
use crate::facts::TrafficPolicy;
use crate::observations::CheckState;

/// Failures that are listed one by one.
const LISTED: usize = 6;

pub(super) fn describe(contrast: &Contrast<'_>) -> Cause {
    let facts = contrast.facts;
    let failures: Vec<_> = contrast.matrix.service_checks().filter(|(_, _, state)| state.is_failure()).collect();
    let mut evidence: Vec<_> =
        failures.iter().take(LISTED).map(|(vantage, target, state)| format!("{vantage} to {}: {state}", address(target, facts))).collect();
    if failures.len() > LISTED {
        evidence.push(format!("and {} checks more (all of them with -o json)", failures.len() - LISTED));
    }
    let policy = facts.service.external_traffic_policy;
    let nodes = facts.endpoint_nodes();
    evidence.push(match (policy, nodes.is_empty()) {
        (_, true) => "no endpoint is ready".into(),
        (TrafficPolicy::Local, false) => {
            format!("externalTrafficPolicy is Local with ready endpoints on {}; the failures do not follow that", names(&nodes))
        }
        (TrafficPolicy::Cluster, false) => format!("externalTrafficPolicy is Cluster; ready endpoints are on {}", names(&nodes)),
    });
    let intermittent = failures.iter().all(|(_, _, state)| matches!(state, CheckState::Mixed { .. }));
    let summary = if intermittent { "connections fail now and then" } else { "some checks fail in a pattern that no known cause has" };
    Cause { kind: CauseKind::Unrecognised, confidence: Confidence::Possible, summary: summary.into(), evidence, fixes: Vec::new() }
}
