//! The load balancer answers, and a client that follows its redirect comes to nothing: clients outside reach the name,
//! port or address to which it leads, and clients inside do not.

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_protocol::Outcome;

use super::evidence::{Dialled, Evidence};
use super::finding::Finding;
use super::symptoms::{Symptoms, dialled, names};
use super::{Cause, Confidence};
use crate::observations::Cell;
use crate::plan::{Network, Vantage};
use crate::remedies::Remedy;

pub(super) fn find(symptoms: &Symptoms<'_>) -> Option<Cause> {
    // Where a check itself fails, what its redirect comes to follows from that.
    let failing: BTreeSet<&Vantage> =
        symptoms.matrix.service_checks().filter(|(_, _, state)| state.is_failure()).map(|(vantage, _, _)| vantage).collect();
    let followed: Vec<_> = symptoms
        .matrix
        .cells()
        .filter(|cell| !failing.contains(cell.vantage))
        .filter_map(|cell| Some((cell, cell.chain()?)))
        .filter(|(_, chain)| chain.outcome != Outcome::Interrupted)
        .collect();
    let broken = followed
        .iter()
        .filter_map(|(cell, chain)| Some(Broken { cell: *cell, to: chain.last_url().map(str::to_owned), outcome: chain.failure()? }));
    let broken: Vec<_> = broken.collect();
    let first = broken.first()?.to.clone();
    Some(Cause {
        finding: Finding::RedirectFails { to: first.clone() },
        confidence: if broken.len() == followed.len() { Confidence::Confirmed } else { Confidence::Likely },
        evidence: evidence(symptoms, &broken),
        fixes: vec![Remedy::ReachableRedirect { to: first }.into()],
    })
}

/// A chain that ended without an answer.
struct Broken<'a> {
    cell: Cell<'a>,
    /// Where it ended; none where the very first request did.
    to: Option<String>,
    outcome: Outcome,
}

fn evidence(symptoms: &Symptoms<'_>, broken: &[Broken<'_>]) -> Vec<Evidence> {
    let mut ways: BTreeMap<_, Vec<&Broken<'_>>> = BTreeMap::new();
    for chain in broken {
        ways.entry((chain.cell.vantage.network, &chain.to, chain.outcome.code())).or_default().push(chain);
    }
    let line = |((network, to, _), chains): ((Network, &Option<String>, String), Vec<&Broken<'_>>)| {
        let nodes: BTreeSet<_> = chains.iter().map(|chain| chain.cell.vantage.node.as_str()).collect();
        let targets: BTreeSet<Dialled> = chains.iter().map(|chain| dialled(chain.cell.target, symptoms.facts)).collect();
        let outcome = chains[0].outcome;
        Evidence::RedirectFails { network, nodes: names(&nodes), targets: targets.into_iter().collect(), to: to.clone(), outcome }
    };
    ways.into_iter().map(line).collect()
}
