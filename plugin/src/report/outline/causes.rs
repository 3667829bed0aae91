//! Causes with what shows them and what helps.

use lbprobe_analysis::causes::Cause;
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::remedies::Fix;
use lbprobe_analysis::text::reports::{Conclusion, Headline, Label};
use lbprobe_analysis::text::{self, Language};

/// One cause.
pub(in crate::report) struct CauseOutline {
    /// Its code: "LBP002".
    pub(in crate::report) code: &'static str,
    /// Where there are several.
    pub(in crate::report) number: Option<usize>,
    pub(in crate::report) evidence: Vec<String>,
    /// The best first.
    pub(in crate::report) fixes: Vec<FixOutline>,
}

/// One fix.
pub(in crate::report) struct FixOutline {
    pub(in crate::report) what: String,
    /// In one line.
    pub(in crate::report) in_short: String,
    /// Price, caveats, needs and result, each with its label.
    pub(in crate::report) below: Vec<(Label, String)>,
    pub(in crate::report) command: Option<String>,
    /// Whether not all is expected to answer after it.
    pub(in crate::report) helps_in_part: bool,
}

/// A line for each cause.
pub(in crate::report) fn headlines(report: &Report, language: Language) -> Vec<Headline> {
    let causes = &report.diagnosis.causes;
    let of_cause = |(number, cause): (usize, &Cause)| {
        let number = (causes.len() > 1).then_some(number);
        text::conclusion(&Conclusion::Fault { number, finding: &cause.finding, confidence: cause.confidence }, language)
    };
    (1..).zip(causes).map(of_cause).collect()
}

/// All causes of a report.
pub(in crate::report) fn evidence_and_fixes(report: &Report, language: Language) -> Vec<CauseOutline> {
    let causes = &report.diagnosis.causes;
    let of_cause = |(number, cause): (usize, &Cause)| CauseOutline {
        code: cause.kind().code(),
        number: (causes.len() > 1).then_some(number),
        evidence: cause.evidence.iter().map(|evidence| text::evidence(evidence, language)).collect(),
        fixes: fixes(&cause.fixes, language),
    };
    (1..).zip(causes).map(of_cause).collect()
}

/// Fixes, the best first.
pub(in crate::report) fn fixes(fixes: &[Fix], language: Language) -> Vec<FixOutline> {
    fixes.iter().map(|fix| FixOutline::of(fix, text::remedy(&fix.remedy, language), language)).collect()
}

impl FixOutline {
    /// A fix, in these words.
    pub(in crate::report) fn of(fix: &Fix, what: String, language: Language) -> Self {
        let cost = [(Label::Cost, text::cost(&fix.remedy, language))];
        let caveats = text::caveats(&fix.caveats, language).map(|caveat| (Label::But, caveat));
        let needs = fix.needs.iter().map(|need| (Label::Needs, text::need(need, language)));
        let result = fix.after.as_ref().map(|after| (Label::Result, text::after(after, language)));
        Self {
            what,
            in_short: text::fix_in_short(fix, language),
            below: cost.into_iter().chain(caveats).chain(needs).chain(result).collect(),
            command: fix.remedy.command(),
            helps_in_part: fix.after.as_ref().is_some_and(|after| after.failing > 0),
        }
    }
}
