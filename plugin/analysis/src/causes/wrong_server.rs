//! Somebody else answers: a connection to the load balancer's address succeeds, and ends at another
//! server than the Service's endpoints. Where the address is bound to the node, a process of the node
//! that listens on all addresses takes it.

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_protocol::Answer;

use super::evidence::{Evidence, Server};
use super::finding::{Answerer, Finding};
use super::symptoms::{Symptoms, dialled, names};
use super::{Cause, Confidence};
use crate::observations::Cell;
use crate::remedies::Remedy;

/// Of the strangers that nothing else explains.
pub(super) fn find(symptoms: &Symptoms<'_>, strangers: &[Stranger<'_>]) -> Option<Cause> {
    let first = strangers.first()?;
    let listening = strangers.iter().filter(|stranger| stranger.has_listener(symptoms)).count();
    let (answerer, how) =
        if listening > 0 { (Answerer::ProcessOfNode, Evidence::NodeListens) } else { (Answerer::SomethingOnNode, Evidence::NobodyListens) };
    let evidence = answers(symptoms, strangers, first).into_iter().chain([how]).chain(without_device(symptoms, strangers));
    Some(Cause {
        finding: Finding::WrongServer { answerer },
        confidence: if listening == strangers.len() { Confidence::Confirmed } else { Confidence::Likely },
        evidence: evidence.collect(),
        fixes: [Remedy::SeparateLoadBalancers.into()].into_iter().chain(symptoms.past_kube_proxy()).collect(),
    })
}

fn nodes<'a>(strangers: &[Stranger<'a>]) -> BTreeSet<&'a str> {
    strangers.iter().map(|stranger| stranger.cell.vantage.node.as_str()).collect()
}

/// Who answers where, who should, and why it can be another.
pub(super) fn answers(symptoms: &Symptoms<'_>, strangers: &[Stranger<'_>], first: &Stranger<'_>) -> [Evidence; 3] {
    let targets: BTreeSet<_> = strangers.iter().map(|stranger| dialled(stranger.cell.target, symptoms.facts)).collect();
    [
        Evidence::Answers { targets: targets.into_iter().collect(), server: first.server.clone() },
        match &first.endpoints {
            Some(servers) => Evidence::EndpointsAnswer { servers: servers.iter().cloned().collect() },
            None => Evidence::AnsweredPortNotDeclared,
        },
        Evidence::AnsweredAddressOnNode { nodes: names(&nodes(strangers)) },
    ]
}

/// The address is the node's own without ipvs.
fn without_device(symptoms: &Symptoms<'_>, strangers: &[Stranger<'_>]) -> Option<Evidence> {
    let by_device = nodes(strangers).iter().any(|node| symptoms.nodes.get(node).is_some_and(|node| node.ipvs_device));
    (!by_device).then_some(Evidence::NoIpvsDevice)
}

/// An answer at the load balancer that is none of the Service's.
pub(super) struct Stranger<'a> {
    cell: Cell<'a>,
    server: Server,
    /// Who the endpoints are; none where they have no such port.
    endpoints: Option<BTreeSet<Server>>,
}

impl Stranger<'_> {
    /// The port at which it answers.
    pub(super) fn port(&self) -> u16 {
        self.cell.target.port
    }

    /// Whether a process of its node listens on the port on all addresses.
    pub(super) fn has_listener(&self, symptoms: &Symptoms<'_>) -> bool {
        let node = symptoms.nodes.get(self.cell.vantage.node.as_str());
        node.is_some_and(|node| node.listening.contains(&self.cell.target.port))
    }
}

/// Answers at addresses that are the node's own, by nobody who answers at the ClusterIP or at an
/// endpoint. What goes on to a real load balancer may well show another certificate.
pub(super) fn strangers<'a>(symptoms: &Symptoms<'a>) -> Vec<Stranger<'a>> {
    let own = endpoints_by_port(symptoms);
    let stranger = |cell: Cell<'a>| {
        let ip = cell.target.kind.external_address()?;
        if !symptoms.nodes.get(cell.vantage.node.as_str())?.own_addresses.contains(&ip) || !cell.state.is_connected() {
            return None;
        }
        if !symptoms.facts.service.declares(cell.target.transport()) {
            let server = cell.answers().next().and_then(identity).unwrap_or(Server::Anonymous);
            return (!symptoms.facts.is_of_nearby_service(cell.target.transport())).then_some(Stranger { cell, server, endpoints: None });
        }
        let known = own.get(&cell.target.port)?;
        let server = cell.answers().filter_map(identity).find(|server| !known.contains(server))?;
        Some(Stranger { cell, server, endpoints: Some(known.clone()) })
    };
    symptoms.matrix.cells().filter_map(stranger).collect()
}

/// Who answers at the ClusterIP and at the endpoints, by port.
fn endpoints_by_port(symptoms: &Symptoms<'_>) -> BTreeMap<u16, BTreeSet<Server>> {
    let mut all: BTreeMap<u16, BTreeSet<Server>> = BTreeMap::new();
    for cell in symptoms.matrix.cells().filter(|cell| cell.target.kind.is_cluster_ip() || cell.target.kind.is_endpoint()) {
        all.entry(cell.target.port).or_default().extend(cell.answers().filter_map(identity));
    }
    all.retain(|_, identities| !identities.is_empty());
    all
}

/// What of an answer stays the same from one request to the next.
fn identity(answer: &Answer) -> Option<Server> {
    let certificate = answer.certificate.as_ref();
    let by_certificate =
        certificate.map(|shown| Server::Certificate { fingerprint: shown.fingerprint.clone(), names: shown.names.clone() });
    by_certificate.or_else(|| answer.http.as_ref().map(|http| Server::Http { name: http.server.clone() }))
}
