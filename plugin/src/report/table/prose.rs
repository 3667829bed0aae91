//! Everything below the grid: evidence, fixes, what is missing.

use lbprobe_analysis::diagnosis::{After, Fix, UnmeasuredChecks};
use lbprobe_analysis::plan::{Target, TargetKind, Vantage};
use lbprobe_analysis::prediction::Contradiction;
use lbprobe_analysis::report::Report;
use lbprobe_analysis::words;

use super::Style;

/// Names in a list before it says "and 41 more".
const NAMED: usize = 3;

pub(super) fn sections(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for cause in &report.diagnosis.causes {
        text.push_str(&section("Evidence", cause.evidence.iter().map(|line| item("- ", line, style))));
        text.push_str(&section("What to do, best first", fixes(&cause.fixes, style)));
    }
    text.push_str(&section("Not as expected", contradictions(report, style).into_iter()));
    text.push_str(&section("Not measured", report.diagnosis.unmeasured.iter().map(|group| unmeasured(group, style))));
    text.push_str(&section(
        "Left out",
        report.plan.skipped.iter().map(|skip| item("- ", &format!("{}: {}", skip.what, skip.reason), style)),
    ));
    text.push_str(&section("Notes", report.diagnosis.notes.iter().map(|note| item("- ", note, style))));
    text
}

pub(super) fn section(title: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.collect();
    if items.is_empty() { items } else { format!("\n{title}\n{items}") }
}

pub(super) fn fixes(fixes: &[Fix], style: Style) -> impl Iterator<Item = String> {
    (1..).zip(fixes).map(move |(number, fix)| {
        let what = item(&format!("{number}. "), &fix.what, style);
        let cost = wrap(&format!("cost: {}", fix.cost), "     ", "     ", style);
        // Commands stay on one line, however long, so that they can be copied.
        let command = fix.command.as_ref().map(|command| format!("     $ {command}\n")).unwrap_or_default();
        let after =
            fix.after.map(|after| wrap(&format!("after it: {}", after_in_words(after)), "     ", "     ", style)).unwrap_or_default();
        what + &cost + &after + &command
    })
}

/// The first of them; all are in the other formats.
fn contradictions(report: &Report, style: Style) -> Vec<String> {
    let contradictions = &report.diagnosis.agreement.contradictions;
    let line = |contradiction: &Contradiction| {
        let Vantage { node, network } = &contradiction.vantage;
        let target = report.plan.targets.iter().find(|target| target.id == contradiction.target);
        let target = target.map(target_in_words).unwrap_or_default();
        item("- ", &format!("{node} ({network}) at {target}: expected {}, saw {}", contradiction.expected, contradiction.seen), style)
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
        TargetKind::LoadBalancerIp(ip) | TargetKind::ClusterIp(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) => name.clone(),
        TargetKind::DnsName => "the DNS name".into(),
    };
    format!("{host}, port {}", target.port)
}

fn after_in_words(after: After) -> String {
    match after {
        After { failing: 0, .. } => "every check is expected to answer".into(),
        After { failing, before } if failing < before => format!("{failing} checks are expected to fail, {before} now"),
        After { failing, .. } => format!("no help here: {failing} checks are expected to fail still"),
    }
}

fn unmeasured(group: &UnmeasuredChecks, style: Style) -> String {
    let vantages: Vec<_> = group.vantages.iter().map(|vantage| format!("{} ({})", vantage.node, vantage.network)).collect();
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
