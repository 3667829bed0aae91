//! Everything below the grid: evidence, fixes, what is missing.

use lbprobe_analysis::diagnosis::{After, Fix, Standing, UnmeasuredChecks};
use lbprobe_analysis::evidence::Disagreement;
use lbprobe_analysis::model::Outside;
use lbprobe_analysis::plan::{Target, TargetKind};
use lbprobe_analysis::prediction::Contradiction;
use lbprobe_analysis::report::Report;
use lbprobe_analysis::risks::Risk;
use lbprobe_analysis::words;

use super::Style;

/// Fixes that are told in full; of the others only what they are.
const FIXES_IN_FULL: usize = 3;

/// Names in a list before it says "and 41 more".
const NAMED: usize = 3;

pub(super) fn sections(report: &Report, style: Style) -> String {
    let mut text = String::new();
    let causes = &report.diagnosis.causes;
    for (number, cause) in (1..).zip(causes) {
        // Of several causes, each has its own evidence and fixes.
        let of_cause = if causes.len() > 1 { format!(" ({number})") } else { String::new() };
        text.push_str(&section(&format!("Evidence{of_cause}"), cause.evidence.iter().map(|line| item("- ", line, style))));
        text.push_str(&section(&format!("What to do, best first{of_cause}"), fixes(&cause.fixes, style)));
    }
    text.push_str(&section("Ruled out", report.diagnosis.ruled_out.iter().map(|ruled_out| item("- ", &ruled_out.because, style))));
    text.push_str(&section("Not as expected", contradictions(report, style).into_iter()));
    let explanations = &report.diagnosis.agreement.explanations;
    text.push_str(&section("What could explain that", explanations.iter().map(|line| item("- ", line, style))));
    let disagreements = report.diagnosis.disagreements.iter().map(|found| item("- ", &disagreement(found), style));
    text.push_str(&section("The API says one thing, the nodes another", disagreements));
    text.push_str(&section("Risks", report.diagnosis.risks.iter().map(|found| risk(found, style))));
    text.push_str(&section("Not measured", report.diagnosis.unmeasured.iter().map(|group| unmeasured(group, style))));
    text.push_str(&section(
        "Left out",
        report.plan.skipped.iter().map(|skip| item("- ", &format!("{}: {}", skip.what, skip.reason), style)),
    ));
    text.push_str(&section("Not known", report.diagnosis.unknown.iter().map(|line| item("- ", line, style))));
    text.push_str(&section("Notes", report.diagnosis.notes.iter().map(|note| item("- ", note, style))));
    text
}

pub(super) fn section(title: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.collect();
    if items.is_empty() { items } else { format!("\n{title}\n{items}") }
}

/// The first fixes in full, the rest in a line each.
pub(super) fn fixes(fixes: &[Fix], style: Style) -> impl Iterator<Item = String> {
    let (first, rest) = fixes.split_at(fixes.len().min(FIXES_IN_FULL));
    let first = (1..).zip(first).map(move |(number, fix)| in_full(number, fix, style));
    let rest = (FIXES_IN_FULL + 1..).zip(rest).map(move |(number, fix)| {
        let unmet: Vec<_> = fix.needs.iter().filter(|need| need.standing == Standing::NotMet).map(|need| need.what.as_str()).collect();
        let unmet = if unmet.is_empty() { String::new() } else { format!(" (not met: {})", words::list(&unmet)) };
        let caveat = fix.caveat.as_ref().map(|caveat| format!(" ({caveat})")).unwrap_or_default();
        item(&format!("{number}. "), &format!("{}{unmet}{caveat}", fix.what), style)
    });
    first.chain(rest)
}

pub(super) fn in_full(number: usize, fix: &Fix, style: Style) -> String {
    let line = |text: &str| wrap(text, "     ", "     ", style);
    let mut text = item(&format!("{number}. "), &fix.what, style);
    text.push_str(&line(&format!("cost: {}", fix.cost)));
    text.extend(fix.caveat.as_ref().map(|caveat| line(&format!("but: {caveat}"))));
    text.extend(fix.needs.iter().map(|need| line(&format!("needs: {} ({})", need.what, need.standing))));
    text.extend(fix.after.as_ref().map(|after| line(&format!("after it: {}", after_in_words(after)))));
    // Commands stay on one line, however long, so that they can be copied.
    text.extend(fix.command.as_ref().map(|command| format!("     $ {command}\n")));
    text
}

/// The first of them; all are in the other formats.
fn contradictions(report: &Report, style: Style) -> Vec<String> {
    let contradictions = &report.diagnosis.agreement.contradictions;
    let line = |contradiction: &Contradiction| {
        let target = report.plan.targets.iter().find(|target| target.id == contradiction.target);
        let target = target.map(target_in_words).unwrap_or_default();
        item(
            "- ",
            &format!("{} at {target}: expected {}, saw {}", contradiction.vantage, contradiction.expected, contradiction.seen),
            style,
        )
    };
    let mut lines: Vec<_> = contradictions.iter().take(NAMED).map(line).collect();
    if contradictions.len() > NAMED {
        lines.push(item(
            "- ",
            &format!("and {} more (all of them with -o yaml)", words::count(contradictions.len() - NAMED, "check")),
            style,
        ));
    }
    lines
}

fn target_in_words(target: &Target) -> String {
    let host = match &target.kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ClusterIp(ip) | TargetKind::ExternalIp(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) => name.clone(),
        TargetKind::DnsName => "the DNS name".into(),
        TargetKind::OwnNodePort => "its own node port".into(),
        TargetKind::NodePort { node, .. } => format!("{node}'s node port"),
        TargetKind::Endpoint { node, address } => format!("the endpoint {address} on {node}"),
    };
    format!("{host}, port {}", target.dialled_port.unwrap_or(target.port))
}

fn after_in_words(after: &After) -> String {
    let who = || {
        let vantages: Vec<_> = after.vantages.iter().map(ToString::to_string).collect();
        words::short_list(&vantages, NAMED)
    };
    let inside = match (after.failing, after.before) {
        (0, _) => "every check inside is expected to answer".into(),
        (failing, before) if failing < before => format!("{failing} checks are expected to fail, {before} now: from {}", who()),
        (failing, _) => format!("no help here: {failing} checks are expected to fail still"),
    };
    let outside = match after.outside {
        Some(Outside::SourceKept) => "; clients outside keep their source address",
        Some(Outside::SourceLost) => "; clients outside show a node's address",
        Some(Outside::Unanswered) => "; clients outside are not answered",
        None => "",
    };
    format!("{inside}{outside}")
}

fn disagreement(found: &Disagreement) -> String {
    let nodes = words::short_list(&found.nodes, NAMED);
    format!("{}: {}, but {} on {nodes} ({}): {}", found.about, found.api, found.nodes_say, found.confidence, found.explanation)
}

pub(super) fn risk(risk: &Risk, style: Style) -> String {
    item("- ", &risk.summary, style) + &wrap(&format!("advice: {}", risk.advice), "    ", "    ", style)
}

fn unmeasured(group: &UnmeasuredChecks, style: Style) -> String {
    let vantages: Vec<_> = group.vantages.iter().map(ToString::to_string).collect();
    let line = item("- ", &format!("{}: {}", words::short_list(&vantages, NAMED), group.why.reason), style);
    let hint = group.why.hint.as_ref().map(|hint| wrap(&format!("hint: {hint}"), "    ", "    ", style)).unwrap_or_default();
    line + &hint
}

pub(super) fn item(mark: &str, text: &str, style: Style) -> String {
    wrap(text, &format!("  {mark}"), &format!("  {}", " ".repeat(mark.len())), style)
}

/// Text in lines of the style's width, the last one ended too.
pub(super) fn wrap(text: &str, first: &str, rest: &str, style: Style) -> String {
    let options = textwrap::Options::new(style.width.into()).initial_indent(first).subsequent_indent(rest).break_words(false);
    // Names and flags are full of hyphens: a break there would be copied wrongly.
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options) + "\n"
}
