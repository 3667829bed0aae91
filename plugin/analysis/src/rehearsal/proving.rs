//! A rehearsal held against what happens: today's checks beside what is predicted of them, and each node's again once its
//! kube-proxy has changed. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::change::{Change, changed};
use crate::diagnosis::Verdict;
use crate::error::CannotApply;
use crate::facts::{Facts, KubeProxyProcess, Version};
use crate::kube_proxy::Expectation;
use crate::observations::CheckState;
use crate::plan::{Network, Target, Vantage};
use crate::prediction::{Comparison, Prediction, compare};
use crate::results::Results;
use crate::watching::{Observed, Watched};

/// Checks beside what was said of them before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// How many ended as was said.
    pub agreeing: usize,
    /// Of how many nothing definite was said, or which were not measured.
    pub open: usize,
    /// Those that ended otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
}

/// A check that ended otherwise than was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mismatch {
    /// From where.
    pub vantage: Vantage,
    /// What was dialled.
    pub target: Target,
    /// What was said.
    pub expected: Expectation,
    /// What was seen, in the report's words.
    pub seen: String,
}

/// How far a node has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeState {
    /// Its kube-proxy has not ended since the first checks.
    Waiting,
    /// It ended and is back, without the change.
    Restarted,
    /// It is back with the change.
    Changed,
    /// It is back, and does not say what it is now.
    Unsaid,
    /// Nobody could see whether it ended, or what became of it.
    NotFollowed,
    /// It was not there at the first checks, or nothing is predicted of it.
    NotRehearsed,
}

/// What became of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeProof {
    /// Which.
    pub node: String,
    /// How far it came.
    pub state: NodeState,
    /// What its kube-proxy said before.
    pub before: KubeProxyProcess,
    /// What it said when it was back; nothing where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<KubeProxyProcess>,
    /// Its checks after that beside the rehearsal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// The longest time in milliseconds for which a check had no answer, and had one again: a change that breaks nothing still
    /// interrupts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_outage_ms: Option<u64>,
}

/// A proof under way.
#[derive(Debug)]
pub struct Proving {
    before: Facts,
    changes: Vec<Change>,
    today: Held,
    nodes: BTreeMap<String, NodeProof>,
    /// Nodes of which nothing was rehearsed: left out at first, or new.
    not_rehearsed: BTreeSet<String>,
}

impl Proving {
    /// Nothing has changed yet: what was seen first, on the nodes that the user named, or on all where that is none. An error where
    /// the change cannot be made.
    pub fn new(first: &Results<'_>, changes: Vec<Change>, named: &BTreeSet<String>) -> Result<Self, CannotApply> {
        changed(&first.facts, &changes)?;
        let today = held(&first.facts, first);
        let before = first.facts.clone();
        let proof = |vantage: &Vantage| NodeProof {
            node: vantage.node.clone(),
            state: NodeState::Waiting,
            before: before.kube_proxy.processes.get(&vantage.node).cloned().unwrap_or_default(),
            after: None,
            held: None,
            longest_outage_ms: None,
        };
        let on_hosts = first.matrix.plan.vantages.iter().filter(|vantage| vantage.network == Network::Host);
        let nodes: BTreeMap<_, _> = on_hosts.map(|vantage| (vantage.node.clone(), proof(vantage))).collect();
        let is_meant = |name: &&String| named.is_empty() && !nodes.contains_key(*name);
        let not_rehearsed = before.nodes.iter().map(|node| &node.name).filter(is_meant).cloned().collect();
        Ok(Self { before, changes, today, nodes, not_rehearsed })
    }

    /// What was rehearsed.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Today's checks beside what is predicted of them.
    #[must_use]
    pub const fn today(&self) -> &Held {
        &self.today
    }

    /// How many nodes there are, and how many of them have changed.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.nodes.len(), self.nodes.values().filter(|node| node.state == NodeState::Changed).count())
    }

    /// Whether every node has changed.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.nodes.values().all(|node| node.state == NodeState::Changed)
    }

    /// Whether a node has changed.
    #[must_use]
    pub fn has_changed(&self, node: &str) -> bool {
        self.nodes.get(node).is_some_and(|proof| proof.state == NodeState::Changed)
    }

    /// Nobody sees any more whether a node's kube-proxy ends.
    pub fn not_followed(&mut self, node: &str) {
        if let Some(proof) = self.nodes.get_mut(node).filter(|proof| proof.state == NodeState::Waiting) {
            proof.state = NodeState::NotFollowed;
        }
    }

    /// It is seen again.
    pub fn followed(&mut self, node: &str) {
        if let Some(proof) = self.nodes.get_mut(node).filter(|proof| proof.state == NodeState::NotFollowed) {
            proof.state = NodeState::Waiting;
        }
    }

    /// Its checks could not be made again: what was seen before is of another state.
    pub fn not_measured(&mut self, node: &str) {
        if let Some(proof) = self.nodes.get_mut(node) {
            (proof.state, proof.after, proof.held) = (NodeState::NotFollowed, None, None);
        }
    }

    /// A node's checks once more, after its kube-proxy came back; what it came to, where the node is one of them. The Service and
    /// its endpoints are those of now: pods may move while nodes change.
    pub fn measured(&mut self, node: &str, results: &Results<'_>) -> Option<&NodeProof> {
        let now = &results.facts;
        let known = |name: &String| self.nodes.contains_key(name) || self.before.nodes.iter().any(|node| node.name == *name);
        let joined: Vec<_> = now.nodes.iter().map(|node| node.name.clone()).filter(|name| !known(name)).collect();
        self.not_rehearsed.extend(joined);
        let rehearsed = Facts { service: now.service.clone(), endpoints: now.endpoints.clone(), ..self.before.clone() };
        // It could be made before, of whatever endpoints.
        let rehearsed = changed(&rehearsed, &self.changes).ok()?;
        let proof = self.nodes.get_mut(node)?;
        let process = now.kube_proxy.processes.get(node).cloned().unwrap_or_default();
        proof.state = match self.changes.iter().map(|change| is_made(change, &process)).reduce(both).flatten() {
            Some(true) => NodeState::Changed,
            Some(false) => NodeState::Restarted,
            None => NodeState::Unsaid,
        };
        proof.held = (proof.state != NodeState::Restarted).then(|| held(&rehearsed, results));
        proof.after = Some(process);
        Some(proof)
    }

    /// All of it, with what a watch saw meanwhile.
    #[must_use]
    pub fn end(self, observed: &Observed) -> (Held, Vec<NodeProof>) {
        let mut nodes: Vec<_> = self.nodes.into_values().collect();
        for proof in &mut nodes {
            proof.longest_outage_ms = longest_outage(&observed.checks, &proof.node);
        }
        let others = self.not_rehearsed.into_iter().map(|node| NodeProof {
            node,
            state: NodeState::NotRehearsed,
            before: KubeProxyProcess::default(),
            after: None,
            held: None,
            longest_outage_ms: None,
        });
        nodes.extend(others);
        (self.today, nodes)
    }
}

/// What nodes come to: what was seen otherwise outweighs what was not seen.
#[must_use]
pub fn proof_verdict(nodes: &[NodeProof]) -> Verdict {
    let of = |proof: &NodeProof| match &proof.held {
        Some(held) if !held.mismatches.is_empty() => Verdict::Fault,
        Some(held) if proof.state == NodeState::Changed && held.agreeing > 0 => Verdict::Healthy,
        _ => Verdict::Inconclusive,
    };
    let verdicts: Vec<_> = nodes.iter().map(of).collect();
    if verdicts.contains(&Verdict::Fault) {
        Verdict::Fault
    } else if verdicts.is_empty() || verdicts.contains(&Verdict::Inconclusive) {
        Verdict::Inconclusive
    } else {
        Verdict::Healthy
    }
}

fn held(facts: &Facts, results: &Results<'_>) -> Held {
    let prediction = Prediction::new(facts, results.matrix.plan);
    let mut held = Held::default();
    for (vantage, target, expectation, seen) in prediction.beside(&results.matrix) {
        // What no symptom called for was not left open: it was not asked.
        if target.is_evidence() && seen == CheckState::Unmeasured {
            continue;
        }
        match compare(expectation, seen) {
            Comparison::Agrees => held.agreeing += 1,
            Comparison::Open => held.open += 1,
            Comparison::Contradicts => held.mismatches.push(Mismatch {
                vantage: vantage.clone(),
                target: target.clone(),
                expected: expectation.clone(),
                seen: seen.to_string(),
            }),
        }
    }
    held
}

/// Whether a kube-proxy is as a change would have it; nothing where it does not say so.
fn is_made(change: &Change, process: &KubeProxyProcess) -> Option<bool> {
    match change {
        Change::Mode(mode) => process.mode.map(|now| now == *mode),
        Change::KubeProxy(release) => process.release.map(|now| is_of(now, *release)),
        Change::ClusterCidr(range) => process.detection.as_ref().map(|now| now.cluster_cidrs.contains(range)),
        _ => None,
    }
}

/// "1.40" means any of its patches.
fn is_of(now: Version, wanted: Version) -> bool {
    (now.major, now.minor) == (wanted.major, wanted.minor) && (wanted.patch == 0 || now.patch == wanted.patch)
}

/// One that is not made outweighs one that is not known.
fn both(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn longest_outage(checks: &[Watched], node: &str) -> Option<u64> {
    let of_node = checks.iter().filter(|check| check.vantage.node == node);
    let ended = of_node.flat_map(|check| &check.outages).filter_map(|outage| Some(outage.until_ms?.saturating_sub(outage.from_ms)));
    ended.max()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use lbprobe_protocol::KubeProxyEvidence;

    use super::*;
    use crate::documents::Report;
    use crate::facts::ProxyMode;
    use crate::fixture::{self, Scene};
    use crate::watching::Watching;

    const NODES: [&str; 3] = ["node1", "node2", "node3"];

    fn in_mode(facts: Facts, mode: &'static str) -> Report {
        Scene::as_predicted(facts).kube_proxies(|_| KubeProxyEvidence { mode: Some(mode.into()), ..KubeProxyEvidence::default() }).report()
    }

    fn nftables() -> Vec<Change> {
        vec![Change::Mode(ProxyMode::Nftables)]
    }

    /// The checks of one node, as a run of that node has them.
    fn of_node(report: &Report, node: &str) -> Report {
        let mut few = report.clone();
        few.plan.vantages.retain(|vantage| vantage.node == node);
        few.observations.probes.retain(|probe| probe.vantage.node == node);
        few
    }

    fn ended(proving: Proving, first: &Report) -> (Verdict, Vec<NodeState>) {
        let observed = Watching::new(&first.plan, 1000).end(0, 0, &HashMap::new());
        let (_, nodes) = proving.end(&observed);
        (proof_verdict(&nodes), nodes.iter().map(|node| node.state).collect())
    }

    #[test]
    fn nodes_that_do_what_was_rehearsed_prove_it() {
        let first = in_mode(fixture::ipvs(35), "ipvs");
        let mut proving = Proving::new(&Results::of(&first), nftables(), &BTreeSet::new()).unwrap();
        assert!(proving.today().mismatches.is_empty() && proving.today().agreeing > 0, "{:?}", proving.today());
        let after = in_mode(changed(&fixture::ipvs(35), &nftables()).unwrap(), "nftables");
        for (number, node) in NODES.into_iter().enumerate() {
            assert_eq!((proving.progress(), proving.is_done()), ((3, number), false));
            let proof = proving.measured(node, &Results::of(&of_node(&after, node))).unwrap();
            assert_eq!((proof.state, &proof.held.as_ref().unwrap().mismatches[..]), (NodeState::Changed, &[][..]));
        }
        assert!(proving.is_done());
        assert_eq!(ended(proving, &first), (Verdict::Healthy, vec![NodeState::Changed; 3]));
    }

    #[test]
    fn a_node_that_does_something_else_is_a_fault() {
        let first = in_mode(fixture::ipvs(35), "ipvs");
        let mut proving = Proving::new(&Results::of(&first), nftables(), &BTreeSet::new()).unwrap();
        // It says that it has changed, and refuses what is to time out then.
        let refusing = Scene::new(fixture::ipvs(35), |_, target| fixture::at_load_balancer(target).then_some(fixture::REFUSED));
        let says = |_: &str| KubeProxyEvidence { mode: Some("nftables".into()), ..KubeProxyEvidence::default() };
        let proof = proving.measured("node2", &Results::of(&of_node(&refusing.kube_proxies(says).report(), "node2"))).unwrap();
        assert!(!proof.held.as_ref().unwrap().mismatches.is_empty());
        assert_eq!(ended(proving, &first).0, Verdict::Fault);
    }

    #[test]
    fn a_restart_is_no_change_and_what_was_not_seen_proves_nothing() {
        let first = in_mode(fixture::ipvs(35), "ipvs");
        let mut proving = Proving::new(&Results::of(&first), nftables(), &BTreeSet::new()).unwrap();
        let proof = proving.measured("node1", &Results::of(&of_node(&first, "node1"))).unwrap();
        assert_eq!((proof.state, &proof.held), (NodeState::Restarted, &None));
        let silent = Scene::as_predicted(changed(&fixture::ipvs(35), &nftables()).unwrap()).report();
        assert_eq!(proving.measured("node2", &Results::of(&of_node(&silent, "node2"))).unwrap().state, NodeState::Unsaid);
        proving.not_followed("node3");
        assert!(!proving.is_done() && proving.measured("node9", &Results::of(&first)).is_none());
        let states = vec![NodeState::Restarted, NodeState::Unsaid, NodeState::NotFollowed];
        assert_eq!(ended(proving, &first), (Verdict::Inconclusive, states));
    }

    /// A node that nothing is predicted of, one that joins, and one that could not be measured again prove nothing.
    #[test]
    fn all_nodes_that_are_there_have_to_be_proven() {
        let mut facts = fixture::ipvs(35);
        facts.nodes[2].os = Some("windows".into());
        let first = in_mode(facts.clone(), "ipvs");
        let of = |named: &[&str]| {
            let named = named.iter().map(|name| (*name).to_owned()).collect();
            let mut proving = Proving::new(&Results::of(&first), nftables(), &named).unwrap();
            let mut joined = changed(&facts, &nftables()).unwrap();
            if named.is_empty() {
                joined.nodes.push(crate::facts::Node::named("node4"));
            }
            let after = in_mode(joined, "nftables");
            for node in ["node1", "node2"] {
                assert!(proving.measured(node, &Results::of(&of_node(&after, node))).is_some());
            }
            proving
        };
        let (both, others) = ([NodeState::Changed; 2], [NodeState::NotRehearsed; 2]);
        assert_eq!(ended(of(&[]), &first), (Verdict::Inconclusive, [both, others].concat()));
        assert_eq!(ended(of(&["node1", "node2"]), &first), (Verdict::Healthy, both.to_vec()));
        let mut lost = of(&["node1", "node2"]);
        lost.not_measured("node2");
        assert_eq!(ended(lost, &first), (Verdict::Inconclusive, vec![NodeState::Changed, NodeState::NotFollowed]));
    }

    #[test]
    fn a_release_without_a_patch_means_all_of_them() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(is_of(version("1.40.3"), version("1.40")));
        assert!(!is_of(version("1.41.0"), version("1.40")));
        assert!(!is_of(version("1.29.1"), version("1.29.2")));
    }

    #[test]
    fn what_is_not_said_is_neither_made_nor_not() {
        assert_eq!((both(Some(true), None), both(None, Some(false)), both(Some(true), Some(true))), (None, Some(false), Some(true)));
    }
}
