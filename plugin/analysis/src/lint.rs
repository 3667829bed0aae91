//! An explanation as checkers of files report what they find: a result for each code.

use crate::codes::Code as _;
use crate::coverage::Uncovered;
use crate::ignoring::Ignored;
use crate::prediction::{Outlook, Reason};
use crate::risks::Risk;

/// How bad a result is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LintLevel {
    /// Clients fail for certain.
    Error,
    /// Clients may fail, or it is not known whether they do.
    Warning,
    /// What works and will not always.
    Note,
}

/// What a result rests on.
#[derive(Clone, Copy, Debug)]
pub enum LintSubject<'a> {
    /// A rule by which checks fail, or may.
    Reason(&'a Reason),
    /// What is not predicted.
    Uncovered(&'a Uncovered),
    /// A risk.
    Risk(&'a Risk),
}

/// All that has one code.
#[derive(Clone, Debug)]
pub struct LintResult<'a> {
    /// That of the cause, the risk or the open question.
    pub code: &'static str,
    /// The worst of its subjects.
    pub level: LintLevel,
    /// At least one.
    pub subjects: Vec<LintSubject<'a>>,
    /// By what it does not count; nothing where it does.
    pub ignored: Option<&'a Ignored>,
}

impl LintResult<'_> {
    /// Whether it stands against the Service: that a file has manifests alone does not.
    #[must_use]
    pub fn is_of_service(&self) -> bool {
        !self.subjects.iter().all(|subject| matches!(subject, LintSubject::Uncovered(Uncovered::Cluster { .. })))
    }
}

impl LintSubject<'_> {
    fn code(&self) -> &'static str {
        match self {
            Self::Reason(reason) => reason.answer.rule.code(),
            Self::Uncovered(what) => what.code(),
            Self::Risk(risk) => risk.code(),
        }
    }

    fn level(&self) -> LintLevel {
        let is_certain = match self {
            Self::Reason(reason) => reason.when.is_empty(),
            Self::Uncovered(what) => what.is_certain(),
            Self::Risk(risk) => match risk.outside() {
                None => return LintLevel::Note,
                Some(outlook) => outlook == Outlook::Fails,
            },
        };
        if is_certain { LintLevel::Error } else { LintLevel::Warning }
    }
}

/// What an explanation found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) reasons: &'a [Reason],
    pub(crate) uncovered: &'a [Uncovered],
    pub(crate) risks: &'a [Risk],
    /// What all of it comes to, with nothing ignored.
    pub(crate) foreseen: Outlook,
    pub(crate) ignored: &'a [Ignored],
}

/// What all of that holds against a Service, the worst first.
#[must_use]
pub(crate) fn results(found: Found<'_>) -> Vec<LintResult<'_>> {
    let Found { reasons, uncovered, risks, foreseen, ignored } = found;
    let has_unknown_pods = uncovered.iter().any(Uncovered::is_of_unknown_pods);
    let subjects = reasons.iter().map(LintSubject::Reason).chain(uncovered.iter().map(LintSubject::Uncovered));
    let mut results: Vec<LintResult<'_>> = Vec::new();
    for subject in subjects.chain(risks.iter().map(LintSubject::Risk)) {
        let of_unknown_pods = matches!(subject, LintSubject::Reason(_)) && has_unknown_pods;
        let least = if of_unknown_pods { LintLevel::Warning } else { LintLevel::Error };
        let (code, level) = (subject.code(), subject.level().max(least));
        if let Some(result) = results.iter_mut().find(|result| result.code == code) {
            result.level = result.level.min(level);
            result.subjects.push(subject);
        } else {
            let ignored = ignored.iter().find(|ignored| ignored.covers(code));
            results.push(LintResult { code, level, subjects: vec![subject], ignored });
        }
    }
    results.sort_by_key(|result| result.level);
    // Conditions of which one holds in any case: each may be false, and it fails all the same.
    if let Some(first) = results.first_mut().filter(|_| foreseen == Outlook::Fails) {
        first.level = LintLevel::Error;
    }
    results
}

/// The codes of all that was found.
#[must_use]
pub(crate) fn codes(found: Found<'_>) -> Vec<&'static str> {
    results(found).iter().map(|result| result.code).collect()
}

/// What is left of an outlook where some of what was found is ignored.
#[must_use]
pub(crate) fn outlook_but_for_ignored(found: Found<'_>) -> Outlook {
    let results = results(found);
    if results.iter().all(|result| result.ignored.is_none() || result.level == LintLevel::Note) {
        return found.foreseen;
    }
    let counting = results.iter().filter(|result| result.ignored.is_none());
    counting.fold(Outlook::Fine, |outlook, result| {
        outlook.worse(match result.level {
            LintLevel::Error => Outlook::Fails,
            LintLevel::Warning => Outlook::Depends,
            LintLevel::Note => Outlook::Fine,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes::CauseKind;
    use crate::documents::Explanation;
    use crate::facts::{Facts, Readiness, TrafficPolicy};
    use crate::kube_proxy::sample_facts;
    use crate::plan::{Plan, PlanOptions};

    fn results(change: impl Fn(&mut Facts)) -> Vec<(&'static str, LintLevel, usize)> {
        let mut facts = sample_facts();
        change(&mut facts);
        let plan = Plan::new(&facts, &PlanOptions::default());
        let explanation = Explanation::new(facts, plan);
        explanation.lint().iter().map(|result| (result.code, result.level, result.subjects.len())).collect()
    }

    /// Without anything ignored the results come to what the outlook is, whatever the cluster.
    #[test]
    fn what_counts_comes_to_the_outlook() {
        // What is elsewhere has no Service of which anything is foreseen.
        let scenes = crate::fixture::by_cause().into_iter().filter(|(kind, _)| *kind != CauseKind::Elsewhere);
        for (kind, scene) in scenes {
            let report = scene.report();
            let explanation = Explanation::new(report.facts, report.plan);
            let worst = explanation.lint().iter().map(|result| result.level).min();
            let of_results = match worst {
                Some(LintLevel::Error) => Outlook::Fails,
                Some(LintLevel::Warning) => Outlook::Depends,
                Some(LintLevel::Note) | None => Outlook::Fine,
            };
            assert_eq!(of_results, explanation.outlook, "{kind:?}: {:?}", explanation.lint());
        }
    }

    #[test]
    fn each_code_is_one_result_and_the_worst_comes_first() {
        let of_policy = ("LBP002", LintLevel::Error, 1);
        assert_eq!(results(|_| {}).first(), Some(&of_policy));
        let cluster = results(|facts| facts.service.external_traffic_policy = TrafficPolicy::Cluster);
        assert!(cluster.iter().all(|(_, level, _)| *level == LintLevel::Note), "{cluster:?}");
        let not_ready = results(|facts| {
            facts.service.external_traffic_policy = TrafficPolicy::Cluster;
            facts.nodes[1].readiness = Readiness::NotReady("gone".into());
        });
        assert_eq!(not_ready.first(), Some(&("LBP382", LintLevel::Warning, 1)));
    }
}
