//! Clients outside get no answer, though the Service answers inside: its load balancer does not bring connections to a node
//! that has one, or something on the way drops them.

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, dialled, distinct};
use super::{Cause, Confidence};
use crate::plan::{Network, Target};
use crate::providers::{self, NoBackend};
use crate::remedies;
use crate::results::OutsideCheck;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let failing = failing(symptoms);
    let answers_inside = Network::ALL.into_iter().any(|network| !symptoms.cluster_ip_reached_nodes(network).is_empty());
    if failing.is_empty() || !answers_inside {
        return None;
    }
    let mut evidence = vec![fails_outside(symptoms, &failing), Evidence::AnswersInside];
    let why = providers::no_backend(symptoms.facts);
    evidence.extend(why.clone().map(|why| Evidence::NoBackend { why }));
    Some(Cause {
        finding: Finding::FailsOutside,
        // Something else than MetalLB may announce an address that lies in one of its pools.
        confidence: match why {
            None | Some(NoBackend::NotAdvertised { .. }) => Confidence::Likely,
            Some(_) => Confidence::Confirmed,
        },
        evidence,
        fixes: vec![remedies::check_load_balancer(&symptoms.facts.service).into()],
    })
}

/// The checks of addresses outside the nodes that fail, and nothing explains it.
pub(super) fn failing<'a>(symptoms: &'a Symptoms<'_>) -> Vec<(&'a OutsideCheck, &'a Target)> {
    let checks = symptoms.outside.iter().filter(|check| check.is_unexplained_failure());
    let with_target = checks.filter_map(|check| Some((check, symptoms.matrix.plan.target(check.target)?)));
    with_target.filter(|(_, target)| target.kind.is_external() && !target.other_listener).collect()
}

/// What such checks show.
pub(super) fn fails_outside(symptoms: &Symptoms<'_>, failing: &[(&OutsideCheck, &Target)]) -> Evidence {
    Evidence::FailsOutside {
        targets: failing.iter().map(|(_, target)| dialled(target, symptoms.facts)).collect(),
        outcomes: distinct(failing.iter().filter_map(|(check, _)| check.outcome)),
    }
}
