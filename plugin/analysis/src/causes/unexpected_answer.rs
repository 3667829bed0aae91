//! The servers answer, and not as the user expects: with another HTTP status, without HTTP/2, or a gRPC server that says that it
//! does not serve. The way to them is open: neither kube-proxy nor a network is at fault.

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_protocol::Outcome;

use super::evidence::{Dialled, Evidence};
use super::finding::Finding;
use super::symptoms::{Symptoms, dialled, distinct, names};
use super::{Cause, Confidence};
use crate::facts::Service;
use crate::observations::Cell;
use crate::plan::Network;
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    let service = &symptoms.facts.service;
    let answered: Vec<_> = symptoms.matrix.cells().filter_map(|cell| Some((cell, unexpected(&cell)?))).collect();
    let of_clients: Vec<_> = answered.iter().filter(|(cell, _)| !cell.target.is_evidence()).collect();
    let outcomes = distinct(of_clients.iter().map(|(_, outcome)| *outcome));
    let ports: BTreeSet<_> = of_clients.iter().map(|(cell, _)| cell.target.port).collect();
    if outcomes.is_empty() {
        return None;
    }
    let is_there = |cell: &Cell<'_>| !cell.target.is_evidence() && ports.contains(&cell.target.port) && cell.state.is_measured();
    let everywhere = symptoms.matrix.cells().filter(is_there).all(|cell| unexpected(&cell).is_some());
    let by_endpoint = answered.iter().any(|(cell, _)| cell.target.kind.is_endpoint());
    Some(Cause {
        finding: Finding::UnexpectedAnswer { ports: ports.into_iter().collect(), outcomes, everywhere },
        // Dialled itself, an endpoint has nothing before it that could answer in its place.
        confidence: if everywhere || by_endpoint { Confidence::Confirmed } else { Confidence::Likely },
        evidence: evidence(symptoms, &answered),
        fixes: vec![ask(service).into()],
    })
}

fn ask(service: &Service) -> Remedy {
    if service.is_elsewhere() {
        Remedy::AskServersElsewhere { host: service.name.clone() }
    } else {
        Remedy::AskServers { name: service.name.clone(), namespace: service.namespace.clone() }
    }
}

fn unexpected(cell: &Cell<'_>) -> Option<Outcome> {
    cell.state.outcome().filter(|outcome| outcome.is_unexpected_answer())
}

/// A line for each network and way.
fn evidence(symptoms: &Symptoms<'_>, answered: &[(Cell<'_>, Outcome)]) -> Vec<Evidence> {
    let mut ways: BTreeMap<(Network, String), Vec<&(Cell<'_>, Outcome)>> = BTreeMap::new();
    for seen in answered {
        ways.entry((seen.0.vantage.network, seen.1.code())).or_default().push(seen);
    }
    let line = |((network, _), seen): ((Network, String), Vec<&(Cell<'_>, Outcome)>)| {
        let nodes: BTreeSet<_> = seen.iter().map(|(cell, _)| cell.vantage.node.as_str()).collect();
        let targets: BTreeSet<Dialled> = seen.iter().map(|(cell, _)| dialled(cell.target, symptoms.facts)).collect();
        Evidence::FailsOnceConnected { network, nodes: names(&nodes), targets: targets.into_iter().collect(), outcome: seen[0].1 }
    };
    ways.into_iter().map(line).collect()
}
