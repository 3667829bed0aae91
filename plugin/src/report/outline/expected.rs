//! What explanations and overviews come to.

use lbprobe_analysis::coverage::Uncovered;
use lbprobe_analysis::documents::{Explanation, ServiceSummary};
use lbprobe_analysis::plan::Target;
use lbprobe_analysis::prediction::Outlook;
use lbprobe_analysis::risks;
use lbprobe_analysis::text::reports::{Conclusion, Headline};
use lbprobe_analysis::text::{self, Language};

/// What an explanation comes to.
pub(in crate::report) fn explained(explanation: &Explanation, language: Language) -> Headline {
    let Explanation { expectations, plan, risks, uncovered, .. } = explanation;
    let is_beside = |target: &Target| target.kind.is_node_port() && target.is_evidence();
    let conclusion = Conclusion::Expected {
        inside: explanation.inside(),
        outside: risks::worst_outside(risks),
        failing: expectations.failing(plan),
        open: expectations.open(plan),
        node_ports: expectations.failing_at(plan, is_beside),
        checks: plan.vantages.len() * plan.service_targets().count(),
        because: explanation.reasons.first().map(|reason| reason.answer.rule),
        uncovered,
    };
    let headline = text::conclusion(&conclusion, language);
    if explanation.is_fine_but_for_ignored() { Headline { word: text::fixed(language).ignored, ..headline } } else { headline }
}

/// The outlook of a Service in an overview, in a word or two.
pub(in crate::report) fn outlook(summary: &ServiceSummary, language: Language) -> &'static str {
    let fixed = text::fixed(language);
    match (summary.outside_at_risk, summary.outlook) {
        (true, Outlook::Fails) => fixed.fails_outside,
        (true, _) => fixed.fine_inside,
        (_, Outlook::Fine) if summary.is_fine_but_for_ignored() => fixed.fine_but_for_ignored,
        (false, Outlook::Depends) if matches!(summary.beyond, Some(Uncovered::Pending { .. })) => fixed.no_address,
        (false, outlook) => text::outlook(outlook, language),
    }
}

/// What it rests on, what is worst for clients outside first.
pub(in crate::report) fn reasons(summary: &ServiceSummary, language: Language) -> Vec<String> {
    let outside = summary.outside.as_ref().map(|risk| text::risk(risk, language));
    let of_rule = summary.rule.map(|rule| text::rule(rule, language).to_owned());
    let beyond = summary.beyond.as_ref().map(|what| text::uncovered(what, language));
    let open = summary.open.as_ref().map(|what| text::uncovered(what, language));
    let ignored = summary.ignored.iter().map(|ignored| text::ignored_finding(ignored, language));
    outside.into_iter().chain(of_rule).chain(beyond).chain(open).chain(ignored).collect()
}
