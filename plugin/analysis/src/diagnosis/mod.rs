//! What follows from what was seen: the verdict, its causes, what is ruled out, and what is not known.

mod notes;
mod possible_reasons;
mod ruled_out;
mod unmeasured;

use serde::{Deserialize, Serialize};

use crate::causes::{self, Cause, Symptoms};
use crate::coverage::{self, Uncovered};
use crate::document_form;
use crate::facts::Facts;
use crate::gaps::{self, Gap};
use crate::observations::{CheckState, Observations, Unmeasured};
use crate::plan::{Plan, Vantage};
use crate::prediction::Agreement;
use crate::remedies;
use crate::results::{self, Disagreement, NamedPodResult, OutsideCheck, Results, SourceResult};
use crate::risks::{self, Risk};
pub(crate) use notes::CONTROL_PLANE;
pub use notes::{Note, TaintedNode};
pub use ruled_out::{Proof, RuledOut};

/// What a run comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// In one word.
    pub verdict: Verdict,
    /// What explains a fault, most certain first.
    pub causes: Vec<Cause>,
    /// What is not the cause of a fault, and what shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ruled_out: Vec<RuledOut>,
    /// What works today and will not always.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "document_form")]
    pub risks: Vec<Risk>,
    /// What could not be measured. The verdict is never healthy with one of these.
    pub unmeasured: Vec<UnmeasuredChecks>,
    /// What was neither measured nor predicted to be well. The verdict is never healthy with one of these either.
    #[serde(flatten, with = "document_form")]
    pub uncovered: Vec<Uncovered>,
    /// How what was seen goes together with what the model expects.
    #[serde(default)]
    pub agreement: Agreement,
    /// What was seen outside the cluster, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<OutsideCheck>,
    /// What was seen from pods that the user named, beside plain pods of their nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named_pods: Vec<NamedPodResult>,
    /// The source addresses that servers saw, where the user asked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceResult>,
    /// Where the API's view and the nodes' own differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<Disagreement>,
    /// What could not be read of a cluster where something fails, and would have told more.
    #[serde(flatten, with = "document_form")]
    pub unknown: Vec<Gap>,
    /// What a reader should know besides.
    #[serde(flatten, with = "document_form")]
    pub notes: Vec<Note>,
}

/// A run's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Every planned check was measured, and every one was answered.
    Healthy,
    /// Some check failed.
    Fault,
    /// Nothing failed, but something could not be measured.
    Inconclusive,
}

/// Vantages from which nothing was measured for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnmeasuredChecks {
    /// The vantages.
    pub vantages: Vec<Vantage>,
    /// The reason.
    #[serde(flatten)]
    pub why: Unmeasured,
}

impl Diagnosis {
    /// Diagnoses a run.
    #[must_use]
    pub fn of(facts: &Facts, plan: &Plan, observations: &Observations) -> Self {
        let results = Results::new(facts, plan, observations);
        let (facts, matrix, prediction) = (&results.facts, &results.matrix, results.prediction());
        let symptoms = Symptoms::of(&results);
        let unmeasured = unmeasured::list(matrix, observations);
        // What was seen is of one state of the cluster or of another: no cause can be told from it.
        let mut causes = if facts.changed_meanwhile.is_empty() { causes::find(&symptoms) } else { Vec::new() };
        for cause in &mut causes {
            remedies::name_others(&mut cause.fixes, facts);
        }
        causes::kernel::add_evidence(&mut causes, plan, &observations.kernel);
        let ruled_out = if causes.is_empty() || facts.service.is_elsewhere() { Vec::new() } else { ruled_out::list(&symptoms, &causes) };
        // Where all or some of the addresses that clients outside dial are left out, they were not looked at.
        let dials_it = plan.targets_left_out.is_none() && plan.targets.iter().any(|target| target.is_clients_address(&facts.service));
        let measured = dials_it && matrix.service_checks().any(|(_, _, state)| state == CheckState::Reached);
        let risks = risks::list_after(facts, plan, &results.outside);
        let outside = coverage::outside(facts, plan, observations.outside.as_ref(), &results.outside, &risks);
        let named_pods: Vec<_> = results.named_pods.iter().map(|row| row.result(&facts.service)).collect();
        let other_listeners = results::other_listeners(facts, matrix, &results.outside);
        let names = coverage::names(facts, matrix);
        let policies = coverage::policies_not_enforced(facts, matrix);
        let uncovered = coverage::list(facts, plan)
            .into_iter()
            .chain(outside)
            .chain(names)
            .chain(policies)
            .chain(coverage::source_not_told(matrix, observations.outside.as_ref()))
            .chain(coverage::other_listeners(&other_listeners))
            .chain(coverage::stale_entries(&observations.kernel));
        let uncovered: Vec<_> = uncovered.chain(coverage::named_pods(plan, &named_pods)).collect();
        let looked_at_all = unmeasured.is_empty() && uncovered.is_empty();
        let verdict = match (causes.is_empty(), looked_at_all && measured && facts.changed_meanwhile.is_empty()) {
            (false, _) => Verdict::Fault,
            (true, true) => Verdict::Healthy,
            (true, false) => Verdict::Inconclusive,
        };
        let agreement = Agreement { explanations: possible_reasons::list(&symptoms, &ruled_out), ..Agreement::new(prediction, matrix) };
        let unknown = if verdict == Verdict::Fault { gaps::list(facts) } else { Vec::new() };
        Self {
            verdict,
            causes,
            ruled_out,
            risks,
            unmeasured,
            uncovered,
            agreement,
            outside: results.outside.clone(),
            named_pods,
            sources: results::sources(&results, observations.outside.as_ref()),
            disagreements: results::disagreements(facts, observations),
            unknown,
            notes: notes::list(facts, matrix, other_listeners),
        }
    }
}

#[cfg(test)]
mod tests;
