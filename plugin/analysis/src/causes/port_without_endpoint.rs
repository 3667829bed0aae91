//! A port for which kube-proxy has no endpoint, though endpoints are ready: no EndpointSlice has a port of its name.
//! kube-proxy refuses that port at every address of the Service, whatever the policy, and serves the others.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::finding::Finding;
use super::symptoms::{Symptoms, distinct};
use super::{Cause, Confidence};
use crate::facts::{EndpointPort, Facts, MissingPort, TransportPort};
use crate::plan::TargetKind;
use crate::prediction::{Comparison, compare};
use crate::remedies::{self, Fix};

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let facts = symptoms.facts;
    let missing: Vec<_> = facts.ports_without_endpoint().filter(|declared| fails(symptoms, declared.transport())).collect();
    if missing.is_empty() {
        return None;
    }
    let numbers: Vec<_> = missing.iter().map(|declared| declared.transport()).collect();
    let ports: Vec<_> = missing.into_iter().map(MissingPort::of).collect();
    let is_predicted = |port: &TransportPort| is_as_predicted(symptoms, *port);
    let confidence = if numbers.iter().all(is_predicted) { Confidence::Confirmed } else { Confidence::Likely };
    Some(Cause {
        finding: Finding::PortWithoutEndpoint { ports: ports.clone() },
        confidence,
        evidence: vec![
            Evidence::PortsNotInSlices { ports, offered: offered(facts) },
            Evidence::FailsAtPorts { outcomes: outcomes(symptoms, &numbers), ports: numbers },
        ],
        fixes: remedies::name_target_port(facts).map(Fix::from).into_iter().collect(),
    })
}

/// Whether a port was dialled at a ClusterIP or by the name, and never with success.
fn fails(symptoms: &Symptoms<'_>, port: TransportPort) -> bool {
    let inside = |kind: &TargetKind| kind.is_cluster_ip() || *kind == TargetKind::DnsName;
    let checks = symptoms.matrix.service_checks().filter(|(_, target, _)| target.transport() == port && inside(&target.kind));
    let mut measured = checks.filter(|(_, _, state)| state.is_measured()).peekable();
    measured.peek().is_some() && measured.all(|(_, _, state)| state.failed_to_connect())
}

/// Whether nothing was seen at the port that speaks against the model's rule for it.
fn is_as_predicted(symptoms: &Symptoms<'_>, port: TransportPort) -> bool {
    let mut checks = symptoms.prediction.beside(symptoms.matrix).filter(|(_, target, _, _)| target.transport() == port);
    checks.all(|(_, _, expectation, seen)| compare(expectation, seen) != Comparison::Contradicts)
}

/// The names of the ports that EndpointSlices have.
fn offered(facts: &Facts) -> Vec<String> {
    let ports = facts.endpoints.iter().flat_map(|endpoint| endpoint.ports.iter().flatten());
    let name = |port: &EndpointPort| port.name.clone().unwrap_or_else(|| port.port.to_string());
    ports.map(name).collect::<BTreeSet<_>>().into_iter().collect()
}

fn outcomes(symptoms: &Symptoms<'_>, ports: &[TransportPort]) -> Vec<lbprobe_protocol::Outcome> {
    let failing = symptoms.matrix.service_checks().filter(|(_, target, _)| ports.contains(&target.transport()));
    distinct(failing.filter_map(|(_, _, state)| state.outcome()))
}
