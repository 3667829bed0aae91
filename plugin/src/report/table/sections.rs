//! What stands below the grid of a report: evidence, fixes, what is missing.

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_analysis::causes::evidence::Evidence;
use lbprobe_analysis::coverage::Uncovered;
use lbprobe_analysis::diagnosis::UnmeasuredChecks;
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::plan::{Plan, Skip, SkipReason};
use lbprobe_analysis::prediction::Contradiction;
use lbprobe_analysis::results::{NamedPodResult, OutsideCheck, SourceResult};
use lbprobe_analysis::text::reports::{Label, NotShown, Rest, Title};
use lbprobe_analysis::{shell, text, words};

use super::room::{self, Background, List, Room};
use super::{Detail, Style, kernel, prose};

/// Names in a list before it says "and 41 more".
const NAMED: usize = 3;

/// All of them.
pub(super) fn of_report(report: &Report, room: Room, style: Style) -> String {
    let diagnosis = &report.diagnosis;
    let language = style.language;
    let mut text = outside(report, room, style);
    text.push_str(&named_pods(report, room, style));
    text.push_str(&sources(report, room, style));
    text.push_str(&of_causes(report, room, style));
    text.push_str(&kernel::looks(&report.observations.kernel, room, style));
    text.push_str(&contradictions(report, room, style));
    text.push_str(
        &List { title: Title::PossibleReasons, items: &diagnosis.agreement.explanations, most: room.others }
            .shown(|reason| prose::item("- ", &text::possible_reason(reason, language), style), style),
    );
    text.push_str(&open_questions(&diagnosis.uncovered, room, style));
    text.push_str(&not_measured(&diagnosis.unmeasured, room, style));
    text.push_str(&left_out(&report.plan, room, style));
    if room.background == Background::Shown {
        text.push_str(&background(report, room, style));
    }
    text.push_str(&footer(report, room, style));
    text
}

/// How much is not shown, and what to type next: the fix, and the pages about the causes.
fn footer(report: &Report, room: Room, style: Style) -> String {
    let not_shown = (room.background == Background::Counted).then(|| text::not_shown(&counted(report, room), style.language)).flatten();
    let not_shown = not_shown.map(|line| prose::wrap(&line, "", "  ", style));
    // Commands stay on one line, however long, so that they can be copied.
    let commands = [fix(report, style), docs(report, room, style)].into_iter().flatten().map(|command| command + "\n");
    let lines: String = not_shown.into_iter().chain(commands).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// What nobody has to act on.
fn background(report: &Report, room: Room, style: Style) -> String {
    let (diagnosis, language) = (&report.diagnosis, style.language);
    let mut text = List { title: Title::RuledOut, items: &diagnosis.ruled_out, most: room.others }
        .shown(|ruled_out| prose::item("- ", &text::proof(&ruled_out.proof, language), style), style);
    text.push_str(
        &List { title: Title::Disagreements, items: &diagnosis.disagreements, most: room.others.min(room.groups) }
            .shown(|found| prose::item("- ", &text::disagreement(found, language), style), style),
    );
    text.push_str(&List { title: Title::Risks, items: &diagnosis.risks, most: room.others }.shown(|risk| prose::risk(risk, style), style));
    text.push_str(
        &List { title: Title::NotKnown, items: &diagnosis.unknown, most: room.others }
            .shown(|gap| prose::item("- ", &text::gap(gap, language), style), style),
    );
    text.push_str(
        &List { title: Title::Notes, items: &diagnosis.notes, most: room.others }
            .shown(|note| prose::item("- ", &text::note(note, language), style), style),
    );
    text
}

/// How much of each list is not shown.
fn counted(report: &Report, room: Room) -> NotShown {
    let diagnosis = &report.diagnosis;
    let shown = || diagnosis.causes.iter().take(room.causes);
    NotShown {
        evidence: shown().map(|cause| cause.evidence.len().saturating_sub(room.evidence)).sum(),
        fixes: shown().map(|cause| cause.fixes.len().saturating_sub(room.fixes)).sum(),
        ruled_out: diagnosis.ruled_out.len(),
        disagreements: diagnosis.disagreements.len(),
        risks: diagnosis.risks.len(),
        not_known: diagnosis.unknown.len(),
        notes: diagnosis.notes.len(),
    }
}

fn docs(report: &Report, room: Room, style: Style) -> Option<String> {
    let codes: BTreeSet<_> = report.diagnosis.causes.iter().take(room.causes).map(|cause| cause.kind().code()).collect();
    let commands: Vec<_> = codes.into_iter().map(|code| shell::command(&["kubectl", "lbprobe", "docs", code])).collect();
    (!commands.is_empty()).then(|| text::labelled(Label::More, &commands.join("; "), style.language))
}

/// The command that shows how the best fix would be made, where this program can make one.
fn fix(report: &Report, style: Style) -> Option<String> {
    let service = &report.facts.service;
    let mut fixes = report.diagnosis.causes.iter().flat_map(|cause| &cause.fixes);
    fixes.any(|fix| fix.remedy.strategy().is_some()).then(|| {
        let command = shell::command(&["kubectl", "lbprobe", "fix", &service.name, "-n", &service.namespace]);
        text::labelled(Label::Next, &command, style.language)
    })
}

/// The first lines of a cause's evidence, and the last one: it is often the proof.
fn evidence(all: &[Evidence], room: Room) -> Vec<&Evidence> {
    match all.split_last() {
        Some((last, others)) if room.background == Background::Counted && all.len() > room.evidence => {
            others.iter().take(room.evidence.saturating_sub(1)).chain([last]).collect()
        }
        _ => all.iter().collect(),
    }
}

fn outside(report: &Report, room: Room, style: Style) -> String {
    let line = |check: &OutsideCheck| {
        report
            .plan
            .target(check.target)
            .map(|target| prose::item("- ", &text::outside_check(check, target, style.language), style))
            .unwrap_or_default()
    };
    List { title: Title::Outside(report.observations.outside_from.as_deref()), items: &report.diagnosis.outside, most: room.others }
        .shown(line, style)
}

/// Some of them stand there however little room there is: the user asked for them by name.
fn named_pods(report: &Report, room: Room, style: Style) -> String {
    let line = |result: &NamedPodResult| prose::item("- ", &text::named_pod(result, &report.plan.targets, style.language), style);
    List { title: Title::NamedPods, items: &report.diagnosis.named_pods, most: room.others.max(NAMED) }.shown(line, style)
}

fn sources(report: &Report, room: Room, style: Style) -> String {
    let line = |result: &SourceResult| prose::item("- ", &text::source(result, &report.plan.targets, style.language), style);
    List { title: Title::Sources, items: &report.diagnosis.sources, most: room.others.max(NAMED) }.shown(line, style)
}

/// Of several causes, each has its own evidence and fixes.
fn of_causes(report: &Report, room: Room, style: Style) -> String {
    let causes = &report.diagnosis.causes;
    let mut text = String::new();
    for (number, cause) in (1..).zip(causes).take(room.causes) {
        let number = (causes.len() > 1).then_some(number);
        let evidence = List { title: Title::Evidence(number), items: &evidence(&cause.evidence, room), most: room.evidence };
        text.push_str(&evidence.shown(|item| prose::item("- ", &text::evidence(item, style.language), style), style));
        text.push_str(&prose::section(&text::title(Title::Fixes(number), style.language), room::fixes(&cause.fixes, room, style)));
    }
    let others = causes.len().saturating_sub(room.causes);
    if others > 0 {
        text.push('\n');
        text.push_str(&prose::wrap(&text::rest(Rest::Causes(others), style.language), "", "  ", style));
    }
    text
}

/// The first of what was seen otherwise than expected.
fn contradictions(report: &Report, room: Room, style: Style) -> String {
    let all = List { title: Title::NotAsExpected, items: &report.diagnosis.agreement.contradictions, most: room.others.min(NAMED) };
    let line = |contradiction: &Contradiction| {
        let target = report.plan.target(contradiction.target);
        prose::item("- ", &text::contradiction(contradiction, target, style.language), style)
    };
    all.with_rest(line, |rest| Rest::Checks(rest.len()), style)
}

/// Reasons, that of most vantages first.
fn not_measured(groups: &[UnmeasuredChecks], room: Room, style: Style) -> String {
    let language = style.language;
    let mut groups: Vec<_> = groups.iter().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.vantages.len()));
    let line = |group: &&UnmeasuredChecks| {
        let line = prose::item(
            "- ",
            &format!("{}: {}", text::vantages(&group.vantages, language), text::unmeasured_reason(group, language)),
            style,
        );
        let hint = text::unmeasured_hint(group, language);
        let hint = hint.map(|hint| prose::wrap(&text::labelled(Label::Hint, &hint, language), "    ", "    ", style));
        line + &hint.unwrap_or_default()
    };
    let rest = |others: &[&UnmeasuredChecks]| {
        let vantages: usize = others.iter().map(|group| group.vantages.len()).sum();
        Rest::Reasons { reasons: others.len(), vantages }
    };
    List { title: Title::NotMeasured, items: &groups, most: room.groups }.with_rest(line, rest, style)
}

/// What fails beside the checks, and what was neither predicted nor measured.
pub(super) fn open_questions(uncovered: &[Uncovered], room: Room, style: Style) -> String {
    let (certain, open): (Vec<&Uncovered>, Vec<&Uncovered>) = uncovered.iter().partition(|what| what.is_certain());
    let lists = [(Title::BesideChecks, certain), (Title::OpenQuestions, open)];
    let shown = |(title, items): (Title<'_>, Vec<&Uncovered>)| {
        List { title, items: &items, most: room.others }
            .shown(|what| prose::item("- ", &text::uncovered(what, style.language), style), style)
    };
    lists.into_iter().map(shown).collect()
}

/// What is not probed: reasons, that of most nodes first, and how many nodes a sample passes over.
pub(super) fn left_out(plan: &Plan, room: Room, style: Style) -> String {
    let mut groups: Vec<(&SkipReason, Vec<String>)> = Vec::new();
    let mut indices: BTreeMap<&SkipReason, usize> = BTreeMap::new();
    for Skip { subject, reason } in &plan.skipped {
        let index = *indices.entry(reason).or_insert(groups.len());
        let subject = text::skip_subject(subject, style.language);
        match groups.get_mut(index) {
            Some((_, subjects)) => subjects.push(subject),
            None => groups.push((reason, vec![subject])),
        }
    }
    groups.sort_by_key(|(_, subjects)| std::cmp::Reverse(subjects.len()));
    let line = |(reason, subjects): &(&SkipReason, Vec<String>)| {
        prose::item("- ", &format!("{}: {}", words::short_list(subjects, NAMED), text::skip_reason(reason, style.language)), style)
    };
    let rest = |others: &[(&SkipReason, Vec<String>)]| Rest::Subjects {
        subjects: others.iter().map(|(_, subjects)| subjects.len()).sum(),
        reasons: others.len(),
    };
    let skipped = List { title: Title::LeftOut, items: &groups, most: room.groups }.with_rest(line, rest, style);
    let sampled = sampled(plan, room, style);
    match (skipped.is_empty(), sampled.is_empty()) {
        (_, true) => skipped,
        (true, false) => prose::section(&text::title(Title::LeftOut, style.language), [sampled].into_iter()),
        (false, false) => skipped + &sampled,
    }
}

/// The nodes that a sample passes over, in one line; with its classes where everything is shown.
fn sampled(plan: &Plan, room: Room, style: Style) -> String {
    let Some(sampled) = &plan.sampled else { return String::new() };
    let mut text = prose::item("- ", &text::sampled(sampled, style.language), style);
    if style.detail == Detail::Everything {
        text.extend(
            sampled
                .classes
                .iter()
                .take(room.groups)
                .map(|class| prose::wrap(&text::sampled_class(class, style.language), "    ", "      ", style)),
        );
        let others = sampled.classes.len().saturating_sub(room.groups);
        if others > 0 {
            text.push_str(&prose::wrap(&text::rest(Rest::Classes(others), style.language), "    ", "      ", style));
        }
    }
    text
}
