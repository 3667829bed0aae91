//! What a run knows, put together once: facts, what was seen of each check, and what was expected of it.

mod differences;
mod disagreements;
mod join;

use crate::facts::Facts;
use crate::observations::{Matrix, Observations};
use crate::plan::Plan;
use crate::prediction::Prediction;
use crate::report::Report;

pub use differences::NodesOf;
pub(crate) use differences::differences;
pub(crate) use disagreements::disagreements;
pub use disagreements::{Difference, Disagreement};
pub use join::modes;

/// Facts, what was seen and what was expected.
#[derive(Clone, Debug)]
pub struct Results<'a> {
    /// What was read of the cluster, with what the probes learnt of each node's kube-proxy.
    pub facts: Facts,
    /// What was seen, check by check.
    pub matrix: Matrix<'a>,
    /// What was expected, check by check.
    pub prediction: Prediction,
}

impl<'a> Results<'a> {
    /// Puts them together.
    #[must_use]
    pub fn new(facts: &Facts, plan: &'a Plan, observations: &'a Observations) -> Self {
        let facts = join::join(facts, observations);
        let prediction = Prediction::new(&facts, plan);
        Self { facts, matrix: Matrix::new(plan, observations), prediction }
    }

    /// The same of a report.
    #[must_use]
    pub fn of(report: &'a Report) -> Self {
        Self::new(&report.facts, &report.plan, &report.observations)
    }
}

#[cfg(test)]
mod tests;
