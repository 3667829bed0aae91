//! Clients outside get no answer, though the Service answers inside: its load balancer does not bring connections to a node
//! that has one, or something on the way drops them.

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, dialled};
use super::{Cause, Confidence};
use crate::plan::{Network, Target};
use crate::providers;
use crate::remedies;
use crate::results::OutsideCheck;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let failing: Vec<_> = targets(symptoms, OutsideCheck::is_unexplained_failure).collect();
    let answers_inside = Network::ALL.into_iter().any(|network| !symptoms.cluster_ip_reached_nodes(network).is_empty());
    if failing.is_empty() || !answers_inside {
        return None;
    }
    let mut outcomes = Vec::new();
    for outcome in failing.iter().filter_map(|(check, _)| check.outcome) {
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    }
    let targets = failing.iter().map(|(_, target)| dialled(target, symptoms.facts)).collect();
    let mut evidence = vec![Evidence::FailsOutside { targets, outcomes }, Evidence::AnswersInside];
    let why = providers::no_backend(symptoms.facts);
    evidence.extend(why.clone().map(|why| Evidence::NoBackend { why }));
    Some(Cause {
        finding: Finding::FailsOutside,
        confidence: if why.is_some() { Confidence::Confirmed } else { Confidence::Likely },
        evidence,
        fixes: vec![remedies::check_load_balancer(&symptoms.facts.service).into()],
    })
}

/// Those checks of addresses outside the nodes that are such, with their targets.
fn targets<'a>(symptoms: &'a Symptoms<'_>, is_meant: fn(&OutsideCheck) -> bool) -> impl Iterator<Item = (&'a OutsideCheck, &'a Target)> {
    let of_clients = symptoms.matrix.plan.targets.iter().filter(|target| target.kind.is_external());
    let checks = of_clients.filter_map(|target| Some((symptoms.outside.iter().find(|check| check.target == target.id)?, target)));
    checks.filter(move |(check, _)| is_meant(check))
}
