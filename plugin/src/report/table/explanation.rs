//! An explanation for a terminal: what is expected, why, and what to do.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use lbprobe_analysis::documents::Explanation;
use lbprobe_analysis::facts::{Facts, Known};
use lbprobe_analysis::prediction::Outlook;
use lbprobe_analysis::text::reports::Title;
use lbprobe_analysis::text::{self, Language};

use super::room::{self, Room};
use super::{Colour, Style, grid, heading, prose, sections};
use crate::report::outline::{self, FixOutline, ItemList};

/// Fixes that are told with cost and command: an explanation is what many ask first, and has no briefer form.
const IN_FULL: usize = 3;

/// The whole explanation.
pub(crate) fn render(explanation: &Explanation, style: Style) -> String {
    let style = style.explained();
    let facts = &explanation.facts;
    let mut text = outlook(explanation, style);
    text.push('\n');
    text.push_str(&heading(facts, &explanation.plan, style));
    text.push_str(&kube_proxy(facts, style));
    let _ = writeln!(text, "\n{}:", text::title(Title::Expected, style.language));
    text.push_str(&grid::of_expectations(facts, &explanation.plan, &explanation.expectations, style));
    text.push_str(&legend(explanation, style));
    let below = Below::of(explanation, style.language);
    room::fitted(&text, |room| below.within(room, style), |_| String::new(), style)
}

/// The words in the cells above that do not explain themselves.
fn legend(explanation: &Explanation, style: Style) -> String {
    let shown = explanation.expectations.service_checks(&explanation.plan);
    let outcomes = shown.flat_map(|(_, _, expectation)| expectation.answers().map(|answer| answer.expected));
    let words: BTreeSet<_> = outcomes.filter_map(|expected| text::legend(expected, style.language)).collect();
    words.into_iter().map(|words| prose::wrap(words, " ", " ", style)).collect()
}

/// What stands below the grid.
struct Below {
    open_questions: [ItemList; 2],
    reasons: ItemList,
    fixes: Vec<FixOutline>,
    lists: [ItemList; 4],
}

impl Below {
    fn of(explanation: &Explanation, language: Language) -> Self {
        let Explanation { reasons, fixes, risks, uncovered, unknown, plan, ignored, .. } = explanation;
        Self {
            open_questions: outline::coded_open_questions(uncovered, language),
            reasons: outline::lines(Title::Why, reasons, |reason| text::reason(reason, language), language),
            fixes: outline::fixes(fixes, language),
            lists: [
                outline::lines(Title::Ignored, ignored, |ignored| text::ignored(ignored, language), language),
                outline::coded_risks(risks, language),
                outline::left_out(plan, language),
                outline::lines(Title::NotKnown, unknown, |gap| text::gap(gap, language), language),
            ],
        }
    }

    fn within(&self, room: Room, style: Style) -> String {
        let room = Room { in_full: room.in_full.min(IN_FULL), ..room };
        let list = |list: &ItemList| room::list(list, sections::most(list.title, room), style);
        let mut text: String = self.open_questions.iter().map(list).collect();
        text.push_str(&room::list(&self.reasons, room.evidence, style));
        text.push_str(&prose::section(&text::title(Title::Fixes(None), style.language), room::fixes(&self.fixes, room, style)));
        text.extend(self.lists.iter().map(list));
        text
    }
}

fn kube_proxy(facts: &Facts, style: Style) -> String {
    if let Some(network) = facts.pod_network.value().filter(|network| network.plugin.replaces_kube_proxy()) {
        return prose::wrap(&text::service_proxy(network, style.language), "", "  ", style);
    }
    let Known::Value(config) = &facts.kube_proxy.config else { return String::new() };
    let Some(mode) = facts.configured_mode(None) else { return String::new() };
    prose::wrap(&text::kube_proxy(config, mode, style.language), "", "  ", style)
}

fn outlook(explanation: &Explanation, style: Style) -> String {
    let colour = match explanation.outlook {
        Outlook::Fine => Colour::Good,
        Outlook::Fails => Colour::Bad,
        Outlook::Depends => Colour::Unknown,
    };
    prose::headline(&outline::explained(explanation, style.language), colour, style)
}
