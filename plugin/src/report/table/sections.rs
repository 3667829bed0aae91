//! What stands below the grid of a report: evidence, fixes, what is missing.

use std::collections::BTreeSet;

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::text::reports::{Label, NotShown, Rest, Title};
use lbprobe_analysis::{shell, text};

use super::room::{self, Background, Room};
use super::{Style, kernel, prose};
use crate::report::outline::{self, CauseOutline, ItemList};

/// Named pods and sources that stand there however little room there is: the user asked for them by name.
const NAMED: usize = 3;

/// Of what the verdict is about, so much stands there however little room there is.
const LEAST: usize = 2;

/// All that is said there.
pub(super) struct Sections<'a> {
    report: &'a Report,
    asked_for: Vec<ItemList>,
    causes: Vec<CauseOutline>,
    behind_causes: Vec<ItemList>,
    background: Vec<ItemList>,
}

impl<'a> Sections<'a> {
    pub(super) fn of(report: &'a Report, style: Style) -> Self {
        let language = style.language;
        Self {
            report,
            asked_for: outline::asked_for(report, language),
            causes: outline::evidence_and_fixes(report, language),
            behind_causes: outline::behind_causes(report, language),
            background: outline::background(report, language),
        }
    }

    /// As much of it as there is room for.
    pub(super) fn within(&self, room: Room, style: Style) -> String {
        let asked_for = self.asked_for.iter().map(|list| room::list(list, most_asked_for(list.title, room), style));
        let behind = self.behind_causes.iter().map(|list| room::list(list, most(list.title, room), style));
        let shown = |list: &&ItemList| room.background == Background::Shown && !list.is_empty();
        let background = self.background.iter().filter(shown).map(|list| room::list(list, most(list.title, room), style));
        let causes = [self.of_causes(room, style), kernel::looks(&self.report.observations.kernel, room, style)];
        asked_for.chain(causes).chain(behind).chain(background).collect()
    }

    /// Of several causes, each has its own evidence and fixes.
    fn of_causes(&self, room: Room, style: Style) -> String {
        let mut text = String::new();
        for cause in self.causes.iter().take(room.causes) {
            let title = |title| text::title(title, style.language);
            let evidence = evidence(&cause.evidence, room);
            let rest = cause.evidence.len().saturating_sub(evidence.len());
            let rest = (rest > 0 && room.background == Background::Shown).then_some(Rest::Items(rest));
            let rest = rest.map(|rest| prose::item("- ", &text::rest(rest, style.language), style));
            let lines = evidence.into_iter().map(|line| prose::item("- ", line, style)).chain(rest);
            text.push_str(&prose::section(&title(Title::Evidence(cause.number)), lines));
            text.push_str(&prose::section(&title(Title::Fixes(cause.number)), room::fixes(&cause.fixes, room, style)));
        }
        let others = self.causes.len().saturating_sub(room.causes);
        if others > 0 {
            text.push('\n');
            text.push_str(&prose::wrap(&room::rest_in(Rest::Causes(others), style), "", "  ", style));
        }
        text
    }

    /// How much is not shown, and what to type next: the fix, and the pages about the causes.
    pub(super) fn footer(&self, room: Room, style: Style) -> String {
        let not_shown = (room.background == Background::Counted).then(|| text::not_shown(&self.not_shown(room), style.language)).flatten();
        let not_shown = not_shown.map(|line| prose::wrap(&line, "", "  ", style));
        // Commands stay on one line, however long, so that they can be copied.
        let commands = [self.fix(style), self.docs(room, style)].into_iter().flatten().map(|command| command + "\n");
        let lines: String = not_shown.into_iter().chain(commands).collect();
        if lines.is_empty() { lines } else { format!("\n{lines}") }
    }

    /// How much of each list is not shown.
    fn not_shown(&self, room: Room) -> NotShown {
        let diagnosis = &self.report.diagnosis;
        let shown = || self.causes.iter().take(room.causes);
        NotShown {
            evidence: shown().map(|cause| cause.evidence.len().saturating_sub(room.evidence)).sum(),
            fixes: shown().map(|cause| cause.fixes.len().saturating_sub(room.fixes)).sum(),
            ruled_out: diagnosis.ruled_out.len(),
            disagreements: diagnosis.disagreements.len(),
            risks: diagnosis.risks.len() - outline::of_clients_outside(&diagnosis.risks).len(),
            not_known: diagnosis.unknown.len(),
            notes: diagnosis.notes.len(),
        }
    }

    fn docs(&self, room: Room, style: Style) -> Option<String> {
        let codes: BTreeSet<_> = self.causes.iter().take(room.causes).map(|cause| cause.code).collect();
        let words: Vec<_> = ["kubectl", "lbprobe", "docs"].into_iter().chain(codes.iter().copied()).collect();
        (!codes.is_empty()).then(|| text::labelled(Label::More, &shell::command(&words), style.language))
    }

    /// The command that shows how the best fix would be made, where this program can make one.
    fn fix(&self, style: Style) -> Option<String> {
        let service = &self.report.facts.service;
        let mut fixes = self.report.diagnosis.causes.iter().flat_map(|cause| &cause.fixes);
        fixes.any(|fix| fix.remedy.strategy().is_some()).then(|| {
            let command = shell::command(&["kubectl", "lbprobe", "fix", &service.name, "-n", &service.namespace]);
            text::labelled(Label::Next, &command, style.language)
        })
    }
}

fn most_asked_for(title: Title<'_>, room: Room) -> usize {
    match title {
        Title::NamedPods | Title::Sources => room.others.max(NAMED),
        _ => room.others,
    }
}

/// How much of a list there is room for.
pub(super) fn most(title: Title<'_>, room: Room) -> usize {
    match title {
        // The first of what was seen otherwise than expected.
        Title::NotAsExpected => room.others.min(NAMED),
        Title::NotMeasured | Title::LeftOut => room.groups,
        // What fails for certain, or may, is not for counting alone.
        Title::BesideChecks | Title::OpenQuestions | Title::Risks => room.others.max(LEAST),
        Title::Disagreements => room.others.min(room.groups),
        _ => room.others,
    }
}

/// The first lines of a cause's evidence; where others are only counted, the last one too: it is often the proof.
fn evidence(all: &[String], room: Room) -> Vec<&String> {
    match all.split_last() {
        Some((last, others)) if room.background == Background::Counted && all.len() > room.evidence => {
            others.iter().take(room.evidence.saturating_sub(1)).chain([last]).collect()
        }
        _ => all.iter().take(room.evidence).collect(),
    }
}
