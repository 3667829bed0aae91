//! What a reader should know besides.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

use lbprobe_protocol::{FollowUp, HttpVersion, Redirect};
use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Node, ProxyMode, Taint};
use crate::observations::{CheckState, Matrix};
use crate::plan::{CarriedBytes, TargetKind, Vantage};
use crate::results::{self, NodesOf, OtherListener};

/// The taint of nodes on which the control plane runs, and the label that they have with it.
pub(crate) const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

/// The taint's name before Kubernetes 1.24.
const MASTER: &str = "node-role.kubernetes.io/master";

/// One note. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are what the variants say they are of")]
pub enum Note {
    /// Plain HTTP is spoken where TLS was guessed.
    PlainHttpSpoken { port: u16 },
    /// Nobody spoke the protocol that was guessed.
    GuessedProtocolNotSpoken { port: u16 },
    /// Cordoned nodes were probed all the same.
    Cordoned { nodes: Vec<String> },
    /// Tainted nodes were probed all the same.
    Tainted { nodes: Vec<TaintedNode> },
    /// Probe pods ran on nodes of the control plane.
    OnControlPlane { nodes: Vec<String> },
    /// Probe pods waited until NetworkPolicies held for them.
    WaitedForPolicies { milliseconds: u32 },
    /// The probe came in ConfigMaps: to so many nodes, so many bytes in all.
    Carried { nodes: usize, bytes: usize },
    /// So many samples timed out under the run's own load and were made again.
    MadeAgain { samples: u32 },
    /// kube-proxy's mode differs between nodes.
    ModesDiffer { modes: Vec<NodesOf<ProxyMode>> },
    /// kube-proxy's release differs between nodes: major and minor.
    ReleasesDiffer { releases: Vec<NodesOf<(u16, u16)>> },
    /// No kube-proxy answers on these nodes.
    KubeProxyNotHeard { nodes: Vec<String> },
    /// Probes showed a client certificate to servers that ask for one.
    ClientCertificate,
    /// What the name that the user gave resolves to, or that it does not, from these vantages; from all where none are named.
    NameResolves { name: String, address: Option<IpAddr>, vantages: Option<Vec<Vantage>> },
    /// A port at the load balancer's address that the Service does not declare.
    OtherListener(OtherListener),
    /// Redirects of a port were followed, from so many checks in the same way, to this answer.
    Followed { port: u16, redirects: Vec<Redirect>, status: u16, version: Option<HttpVersion>, checks: usize },
}

/// A node with its taints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaintedNode {
    /// The node.
    pub node: String,
    /// Its taints but for a cordon's own.
    pub taints: Vec<Taint>,
}

pub(super) fn list(facts: &Facts, matrix: &Matrix<'_>, other_listeners: Vec<OtherListener>) -> Vec<Note> {
    let mut notes: Vec<_> = matrix.wrong_guesses.iter().map(|port| wrong_guess(*port, matrix)).collect();
    let probed: HashSet<_> = matrix.plan.vantages.iter().map(|vantage| vantage.node.as_str()).collect();
    let taken = || facts.nodes.iter().filter(|node| probed.contains(node.name.as_str()));
    let names = |which: fn(&Node) -> bool| -> Vec<String> { taken().filter(|node| which(node)).map(|node| node.name.clone()).collect() };
    let cordoned = names(|node| node.unschedulable);
    if !cordoned.is_empty() {
        notes.push(Note::Cordoned { nodes: cordoned });
    }
    let tainted: Vec<_> = taken().filter_map(tainted).collect();
    if !tainted.is_empty() {
        notes.push(Note::Tainted { nodes: tainted });
    }
    let of_control_plane = names(is_of_control_plane);
    if !of_control_plane.is_empty() {
        notes.push(Note::OnControlPlane { nodes: of_control_plane });
    }
    if matrix.plan.wait_ms > 0 {
        notes.push(Note::WaitedForPolicies { milliseconds: matrix.plan.wait_ms });
    }
    notes.extend(matrix.plan.carried.map(|CarriedBytes { nodes, bytes }| Note::Carried { nodes, bytes }));
    notes.extend(matrix.plan.with_client_certificate.then_some(Note::ClientCertificate));
    let samples = matrix.records().map(|record| record.retried).sum();
    if samples > 0 {
        notes.push(Note::MadeAgain { samples });
    }
    notes.extend(other_listeners.into_iter().map(Note::OtherListener));
    notes.extend(differences(facts));
    notes.extend(name_resolves(matrix));
    notes.extend(followed(matrix));
    notes
}

/// What the name that the user gave leads to, from each vantage.
fn name_resolves(matrix: &Matrix<'_>) -> Vec<Note> {
    let mut answers: BTreeMap<(&str, Option<IpAddr>), Vec<Vantage>> = BTreeMap::new();
    for cell in matrix.cells().filter(|cell| cell.state != CheckState::Unmeasured) {
        let TargetKind::PublicName(name) = &cell.target.kind else { continue };
        answers.entry((name, cell.resolved())).or_default().push(cell.vantage.clone());
    }
    let is_one = answers.len() == 1;
    let note = |((name, address), mut vantages): ((&str, Option<IpAddr>), Vec<Vantage>)| {
        vantages.dedup();
        Note::NameResolves { name: name.to_owned(), address, vantages: (!is_one).then_some(vantages) }
    };
    answers.into_iter().map(note).collect()
}

/// Each chain of redirects that came to an answer, once. Those that did not are a cause.
fn followed(matrix: &Matrix<'_>) -> impl Iterator<Item = Note> {
    let mut chains: BTreeMap<(u16, Vec<Redirect>, u16, Option<HttpVersion>), usize> = BTreeMap::new();
    for cell in matrix.cells() {
        let Some(chain) = cell.chain() else { continue };
        let Some(http) = chain.http() else { continue };
        *chains.entry((cell.target.port, chain.redirects().to_vec(), http.status, http.version)).or_default() += 1;
    }
    chains.into_iter().map(|((port, redirects, status, version), checks)| Note::Followed { port, redirects, status, version, checks })
}

fn wrong_guess(port: u16, matrix: &Matrix<'_>) -> Note {
    if matrix.follow_up_answered(port, FollowUp::PlainHttp) {
        Note::PlainHttpSpoken { port }
    } else {
        Note::GuessedProtocolNotSpoken { port }
    }
}

fn is_of_control_plane(node: &Node) -> bool {
    node.taints.iter().any(|taint| taint.key == CONTROL_PLANE || taint.key == MASTER)
}

fn tainted(node: &Node) -> Option<TaintedNode> {
    let taints: Vec<_> = node.taints.iter().filter(|taint| taint.key != "node.kubernetes.io/unschedulable").cloned().collect();
    (!taints.is_empty()).then(|| TaintedNode { node: node.name.clone(), taints })
}

/// Where nodes differ among themselves, and where nobody answers.
pub(super) fn differences(joined: &Facts) -> Vec<Note> {
    let processes = &joined.kube_proxy.processes;
    let mut notes = Vec::new();
    let modes = results::nodes_by(processes, |process| process.mode);
    if modes.len() > 1 {
        notes.push(Note::ModesDiffer { modes: each(modes) });
    }
    let releases = results::nodes_by(processes, |process| process.release.map(|release| (release.major, release.minor)));
    if releases.len() > 1 {
        notes.push(Note::ReleasesDiffer { releases: each(releases) });
    }
    let not_heard = processes.iter().filter(|(_, process)| process.mode.is_none() && process.release.is_none());
    let not_heard: Vec<_> = not_heard.map(|(node, _)| node.clone()).collect();
    if !not_heard.is_empty() {
        notes.push(Note::KubeProxyNotHeard { nodes: not_heard });
    }
    notes
}

fn each<T>(nodes_by: BTreeMap<T, Vec<&str>>) -> Vec<NodesOf<T>> {
    nodes_by.into_iter().map(|(value, nodes)| NodesOf { value, nodes: nodes.into_iter().map(str::to_owned).collect() }).collect()
}
