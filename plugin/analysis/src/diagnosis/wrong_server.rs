//! Somebody else answers: a connection to the load balancer's address succeeds, and ends at another
//! server than the Service's endpoints. Where the address is bound to the node, a process of the node
//! that listens on all addresses takes it.

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_protocol::Answer;

use super::contrast::{Contrast, address, names};
use super::{Cause, CauseKind, Confidence, fixes};
use crate::observations::Cell;
use crate::words;

/// Targets that a sentence names.
const NAMED: usize = 3;

pub(super) fn find(contrast: &Contrast<'_>) -> Option<Cause> {
    let strangers = strangers(contrast);
    let first = strangers.first()?;
    let listening = strangers.iter().filter(|stranger| stranger.has_listener(contrast)).count();
    let (who, how) = if listening > 0 {
        ("a process of the node", "on these nodes a process listens on this port at all addresses")
    } else {
        (
            "something on the node",
            "no process listens there at all addresses: a pod's hostPort or another program's rule takes the connection",
        )
    };
    let evidence = answers(contrast, &strangers, first).into_iter().chain([how.to_owned()]).chain(without_device(contrast, &strangers));
    Some(Cause {
        kind: CauseKind::WrongServer,
        confidence: if listening == strangers.len() { Confidence::Confirmed } else { Confidence::Likely },
        summary: format!("{who} answers at the load balancer's address instead of the load balancer"),
        evidence: evidence.collect(),
        fixes: [fixes::separate_load_balancers()].into_iter().chain(fixes::past_kube_proxy(contrast)).collect(),
    })
}

fn nodes<'a>(strangers: &[Stranger<'a>]) -> BTreeSet<&'a str> {
    strangers.iter().map(|stranger| stranger.cell.vantage.node.as_str()).collect()
}

/// Who answers where, who should, and why it can be another.
fn answers(contrast: &Contrast<'_>, strangers: &[Stranger<'_>], first: &Stranger<'_>) -> [String; 3] {
    let targets: BTreeSet<_> = strangers.iter().map(|stranger| address(stranger.cell.target, contrast.facts)).collect();
    let targets: Vec<_> = targets.into_iter().collect();
    [
        format!("at {} answers {}", words::short_list(&targets, NAMED), first.said),
        match &first.endpoints {
            Some(said) => format!("the Service's own endpoints answer with {said}"),
            None => "the Service does not declare the port: none of its endpoints can be what answers".into(),
        },
        format!("the address is the node's own on {}: packets to it never leave the node", names(&nodes(strangers))),
    ]
}

/// The address is the node's own without ipvs.
fn without_device(contrast: &Contrast<'_>, strangers: &[Stranger<'_>]) -> Option<String> {
    let by_device = nodes(strangers).iter().any(|node| contrast.nodes.get(node).is_some_and(|node| node.ipvs_device));
    (!by_device).then(|| "the node has no kube-ipvs0: a route of the cloud's agent or a rule keeps the address on the node".into())
}

/// An answer at the load balancer that is none of the Service's.
struct Stranger<'a> {
    cell: Cell<'a>,
    said: String,
    /// Who the endpoints are; none where they have no such port.
    endpoints: Option<String>,
}

impl Stranger<'_> {
    /// Whether a process of its node listens on the port on all addresses.
    fn has_listener(&self, contrast: &Contrast<'_>) -> bool {
        let node = contrast.nodes.get(self.cell.vantage.node.as_str());
        node.is_some_and(|node| node.listening.contains(&self.cell.target.port))
    }
}

/// Answers at addresses that are the node's own, by nobody who answers at the ClusterIP or at an
/// endpoint. What goes on to a real load balancer may well show another certificate.
fn strangers<'a>(contrast: &Contrast<'a>) -> Vec<Stranger<'a>> {
    let own = endpoints_by_port(contrast);
    let stranger = |cell: Cell<'a>| {
        let ip = cell.target.kind.external_address()?;
        if !contrast.nodes.get(cell.vantage.node.as_str())?.own_addresses.contains(&ip) || !cell.state.is_connected() {
            return None;
        }
        if !contrast.facts.service.declares(cell.target.port) {
            let said = cell.answers().next().and_then(identity).unwrap_or_else(|| "somebody".into());
            return (!contrast.facts.is_a_neighbours(cell.target.port)).then_some(Stranger { cell, said, endpoints: None });
        }
        let known = own.get(&cell.target.port)?;
        let said = cell.answers().filter_map(identity).find(|said| !known.contains(said))?;
        let endpoints = words::short_list(&known.iter().collect::<Vec<_>>(), NAMED);
        Some(Stranger { cell, said, endpoints: Some(endpoints) })
    };
    contrast.matrix.cells().filter_map(stranger).collect()
}

/// Who answers at the ClusterIP and at the endpoints, by port.
fn endpoints_by_port(contrast: &Contrast<'_>) -> BTreeMap<u16, BTreeSet<String>> {
    let mut all: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    for cell in contrast.matrix.cells().filter(|cell| cell.target.kind.is_cluster_ip() || cell.target.kind.is_endpoint()) {
        all.entry(cell.target.port).or_default().extend(cell.answers().filter_map(identity));
    }
    all.retain(|_, identities| !identities.is_empty());
    all
}

/// What of an answer stays the same from one request to the next.
fn identity(answer: &Answer) -> Option<String> {
    let certificate = answer.certificate.as_ref().map(|certificate| {
        let names = if certificate.names.is_empty() { "without a name".to_owned() } else { words::list(&certificate.names) };
        format!("certificate {} ({names})", certificate.fingerprint)
    });
    let server = || {
        answer
            .http
            .as_ref()
            .map(|http| http.server.as_ref().map_or_else(|| "an HTTP server without a name".into(), |name| format!("HTTP server {name}")))
    };
    certificate.or_else(server)
}
