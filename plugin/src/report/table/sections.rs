//! What stands below the grid of a report: evidence, fixes, what is missing.

use std::collections::BTreeMap;

use lbprobe_analysis::diagnosis::UnmeasuredChecks;
use lbprobe_analysis::plan::{Plan, Skip, SkipReason};
use lbprobe_analysis::prediction::Contradiction;
use lbprobe_analysis::report::Report;
use lbprobe_analysis::{text, words};

use super::room::{List, Room};
use super::{Extent, Style, prose};

/// Names in a list before it says "and 41 more".
const NAMED: usize = 3;

/// All of them.
pub(super) fn of_report(report: &Report, room: Room, style: Style) -> String {
    let diagnosis = &report.diagnosis;
    let language = style.language;
    let mut text = of_causes(report, room, style);
    text.push_str(
        &List { title: "Ruled out", items: &diagnosis.ruled_out, most: room.others }
            .shown(|ruled_out| prose::item("- ", &text::proof(&ruled_out.proof, language), style), style),
    );
    text.push_str(&contradictions(report, room, style));
    text.push_str(
        &List { title: "What could explain that", items: &diagnosis.agreement.explanations, most: room.others }
            .shown(|reason| prose::item("- ", &text::possible_reason(reason, language), style), style),
    );
    text.push_str(
        &List { title: "The API says one thing, the nodes another", items: &diagnosis.disagreements, most: room.others.min(room.groups) }
            .shown(|found| prose::item("- ", &prose::disagreement(found, style), style), style),
    );
    text.push_str(&List { title: "Risks", items: &diagnosis.risks, most: room.others }.shown(|risk| prose::risk(risk, style), style));
    text.push_str(&not_measured(&diagnosis.unmeasured, room, style));
    text.push_str(&left_out(&report.plan, room, style));
    text.push_str(
        &List { title: "Not known", items: &diagnosis.unknown, most: room.others }
            .shown(|gap| prose::item("- ", &text::gap(gap, language), style), style),
    );
    text.push_str(
        &List { title: "Notes", items: &diagnosis.notes, most: room.others }
            .shown(|note| prose::item("- ", &text::note(note, language), style), style),
    );
    text
}

/// Of several causes, each has its own evidence and fixes.
fn of_causes(report: &Report, room: Room, style: Style) -> String {
    let causes = &report.diagnosis.causes;
    let mut text = String::new();
    for (number, cause) in (1..).zip(causes).take(room.causes) {
        let of_cause = if causes.len() > 1 { format!(" ({number})") } else { String::new() };
        let evidence = List { title: &format!("Evidence{of_cause}"), items: &cause.evidence, most: room.evidence };
        text.push_str(&evidence.shown(|item| prose::item("- ", &text::evidence(item, style.language), style), style));
        text.push_str(&prose::section(&format!("What to do, best first{of_cause}"), prose::fixes(&cause.fixes, room, style)));
    }
    let others = causes.len().saturating_sub(room.causes);
    if others > 0 {
        let line = format!("Evidence and fixes of {} are not shown (all of them with -o json)", words::count(others, "other cause"));
        text.push('\n');
        text.push_str(&prose::wrap(&line, "", "  ", style));
    }
    text
}

/// The first of what was seen otherwise than expected.
fn contradictions(report: &Report, room: Room, style: Style) -> String {
    let all = List { title: "Not as expected", items: &report.diagnosis.agreement.contradictions, most: room.others.min(NAMED) };
    let line = |contradiction: &Contradiction| prose::item("- ", &prose::contradiction(contradiction, &report.plan), style);
    all.with_rest(line, |rest| format!("and {} more (all of them with -o json)", words::count(rest.len(), "check")), style)
}

/// Reasons, that of most vantages first.
fn not_measured(groups: &[UnmeasuredChecks], room: Room, style: Style) -> String {
    let mut groups: Vec<_> = groups.iter().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.vantages.len()));
    let line = |group: &&UnmeasuredChecks| {
        let line =
            prose::item("- ", &format!("{}: {}", prose::vantages(&group.vantages), text::unmeasured_reason(group, style.language)), style);
        let hint = text::unmeasured_hint(group, style.language).map(|hint| prose::wrap(&format!("hint: {hint}"), "    ", "    ", style));
        line + &hint.unwrap_or_default()
    };
    let rest = |others: &[&UnmeasuredChecks]| {
        let vantages: usize = others.iter().map(|group| group.vantages.len()).sum();
        let (reasons, vantages) = (words::count(others.len(), "reason"), words::count(vantages, "vantage"));
        format!("and {reasons} more for {vantages} (all of them with -o json)")
    };
    List { title: "Not measured", items: &groups, most: room.groups }.with_rest(line, rest, style)
}

/// What is not probed: reasons, that of most nodes first, and how many nodes a sample passes over.
pub(super) fn left_out(plan: &Plan, room: Room, style: Style) -> String {
    let mut groups: Vec<(&SkipReason, Vec<String>)> = Vec::new();
    let mut places: BTreeMap<&SkipReason, usize> = BTreeMap::new();
    for Skip { subject, reason } in &plan.skipped {
        let place = *places.entry(reason).or_insert(groups.len());
        let subject = text::skip_subject(subject, style.language);
        match groups.get_mut(place) {
            Some((_, subjects)) => subjects.push(subject),
            None => groups.push((reason, vec![subject])),
        }
    }
    groups.sort_by_key(|(_, subjects)| std::cmp::Reverse(subjects.len()));
    let line = |(reason, subjects): &(&SkipReason, Vec<String>)| {
        prose::item("- ", &format!("{}: {}", words::short_list(subjects, NAMED), text::skip_reason(reason, style.language)), style)
    };
    let rest = |others: &[(&SkipReason, Vec<String>)]| {
        let number: usize = others.iter().map(|(_, subjects)| subjects.len()).sum();
        format!("and {number} more for {} (all of them with -o json)", words::count(others.len(), "other reason"))
    };
    let skipped = List { title: "Left out", items: &groups, most: room.groups }.with_rest(line, rest, style);
    let sampled = sampled(plan, room, style);
    match (skipped.is_empty(), sampled.is_empty()) {
        (_, true) => skipped,
        (true, false) => prose::section("Left out", [sampled].into_iter()),
        (false, false) => skipped + &sampled,
    }
}

/// The nodes that a sample passes over, in one line; with its classes where everything is shown.
fn sampled(plan: &Plan, room: Room, style: Style) -> String {
    let Some(sampled) = &plan.sampled else { return String::new() };
    let nodes = sampled.nodes();
    let line = format!(
        "{} of {} nodes: --sample {per_class} takes {per_class} nodes of each class, and more where they differ (classes: {})",
        words::thousands(nodes.saturating_sub(sampled.probed())),
        words::thousands(nodes),
        sampled.classes.len(),
        per_class = sampled.per_class,
    );
    let mut text = prose::item("- ", &line, style);
    if style.extent == Extent::Everything {
        text.extend(sampled.classes.iter().take(room.groups).map(|class| prose::wrap(&class.to_string(), "    ", "      ", style)));
        let others = sampled.classes.len().saturating_sub(room.groups);
        if others > 0 {
            text.push_str(&prose::wrap(&format!("and {others} classes more (all of them with -o json)"), "    ", "      ", style));
        }
    }
    text
}
