//! A DaemonSet's hostPort takes the load balancer's port: portmap sends what arrives at that port, at any address of the
//! node, to the DaemonSet's pod, and in ipvs mode the load balancer's address is the node's own. No process listens.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::Symptoms;
use super::wrong_server::{self, Stranger};
use super::{Cause, Confidence};
use crate::facts::HostPort;
use crate::remedies::Remedy;

/// Of the strangers that a hostPort explains.
pub(super) fn find(symptoms: &Symptoms<'_>, strangers: &[Stranger<'_>]) -> Option<Cause> {
    let first = strangers.first()?;
    let taken: BTreeSet<&HostPort> = strangers.iter().flat_map(|stranger| taken(symptoms, stranger.port())).collect();
    let taken: Vec<_> = taken.into_iter().cloned().collect();
    let answers = wrong_server::answers(symptoms, strangers, first);
    Some(Cause {
        finding: Finding::HostPortConflict { taken: taken.clone() },
        // The node's own rules were not seen, nor whether the DaemonSet has a pod there.
        confidence: Confidence::Likely,
        evidence: answers.into_iter().chain([Evidence::NobodyListens, Evidence::HostPortTaken { taken: taken.clone() }]).collect(),
        fixes: taken.into_iter().map(|taken| Remedy::MoveHostPort { taken }.into()).chain(symptoms.past_kube_proxy()).collect(),
    })
}

/// Whether a DaemonSet takes the port where a stranger answers, and no process listens on it.
pub(super) fn explains(symptoms: &Symptoms<'_>, stranger: &Stranger<'_>) -> bool {
    !stranger.has_listener(symptoms) && taken(symptoms, stranger.port()).next().is_some()
}

fn taken<'a>(symptoms: &Symptoms<'a>, port: u16) -> impl Iterator<Item = &'a HostPort> {
    symptoms.facts.host_ports.value().into_iter().flatten().filter(move |taken| taken.port == port)
}
