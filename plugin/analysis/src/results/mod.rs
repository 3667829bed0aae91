//! What a run knows, put together once: facts, what was seen of each check, and what was expected of it.

mod disagreements;
mod join;
mod named_pods;
mod nodes_of;
mod other_listeners;
mod outside;
mod paths;
mod since_baseline;
mod sources;
mod widening;

use std::cell::OnceCell;

use crate::facts::Facts;
use crate::observations::{Matrix, Observations};
use crate::plan::Plan;
use crate::prediction::Prediction;

pub(crate) use disagreements::disagreements;
pub use disagreements::{Difference, Disagreement};
pub use join::modes;
pub(crate) use join::nodes_by;
pub(crate) use named_pods::rows as named_pod_rows;
pub use named_pods::{CheckDifference, Contrast, ContrastingCheck, NamedPodCheck, NamedPodResult, NamedPodRow};
pub use nodes_of::NodesOf;
pub use other_listeners::OtherListener;
pub(crate) use other_listeners::list as other_listeners;
pub use outside::OutsideCheck;
pub use paths::PacketPath;
pub use since_baseline::SinceBaseline;
pub use sources::{SourceOwner, SourceResult};
pub(crate) use sources::{not_told, sources};

/// Facts, what was seen and what was expected.
#[derive(Clone, Debug)]
pub struct Results<'a> {
    /// What was read of the cluster, with what the probes learnt of each node's kube-proxy.
    pub facts: Facts,
    /// What was seen, check by check.
    pub matrix: Matrix<'a>,
    /// What was seen outside the cluster.
    pub outside: Vec<OutsideCheck>,
    /// What was seen from pods that the user named.
    pub named_pods: Vec<NamedPodRow<'a>>,
    /// Made when it is first asked for: at 5,000 nodes it costs more than all the rest, and a short table does not show it.
    prediction: OnceCell<Prediction>,
}

impl<'a> Results<'a> {
    /// Puts them together.
    #[must_use]
    pub fn new(facts: &Facts, plan: &'a Plan, observations: &'a Observations) -> Self {
        let facts = join::join(facts, observations);
        let matrix = Matrix::new(plan, observations);
        let outside = observations.outside.as_ref().map(|record| outside::checks(&facts, &matrix, record)).unwrap_or_default();
        let named_pods = named_pods::rows(plan, observations, &matrix);
        Self { outside, named_pods, facts, matrix, prediction: OnceCell::new() }
    }

    /// What was expected, check by check.
    #[must_use]
    pub fn prediction(&self) -> &Prediction {
        self.prediction.get_or_init(|| Prediction::new(&self.facts, self.matrix.plan))
    }
}

#[cfg(test)]
mod tests;
