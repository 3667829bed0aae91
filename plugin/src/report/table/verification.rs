//! A comparison with a baseline for a terminal: what became of each node, then today's own report.

use comfy_table::{Cell, Color, Row};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::Verification;
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::Rest;

use super::sections::Sections;
use super::{Colour, Detail, Style, columns, heading, prose, room};
use crate::report::layout::{CellText, Severity};
use crate::report::outline::{self, Group};

/// Rows of the table; of more, the worst are shown.
const ROWS: usize = 12;

/// Lines of the table where it has more rows than are shown.
const LINES: usize = 20;

/// Lines of it where it has no more: nothing is left out before that.
const LINES_OF_FEW: usize = 36;

/// Lines of a row.
const ROW_LINES: usize = 8;

/// The whole comparison.
pub(crate) fn render(verification: &Verification, style: Style) -> String {
    let report = &verification.report;
    let mut text = verdict(verification, style);
    text.push_str(&super::causes(report, style));
    if style.detail == Detail::Verdict {
        return text;
    }
    text.push('\n');
    text.push_str(&heading(&report.facts, &report.plan, style));
    text.push('\n');
    text.push_str(&table(verification, style));
    let sections = Sections::of(report, style);
    room::fitted(&text, |room| sections.within(room, style), |room| sections.footer(room, style), style)
}

fn table(verification: &Verification, style: Style) -> String {
    let mut groups = outline::groups(verification);
    let most_lines = if groups.len() > ROWS { LINES } else { LINES_OF_FEW };
    if most_lines == LINES_OF_FEW {
        let all = drawn(&groups, style);
        if all.lines().count() <= most_lines {
            return all;
        }
    }
    groups.sort_by(|a, b| a.compared.standing.cmp(&b.compared.standing).then(b.nodes.len().cmp(&a.nodes.len())));
    let mut most = ROWS;
    loop {
        let (first, rest) = groups.split_at(groups.len().min(most));
        let text = drawn(first, style) + &others(rest, style);
        if most == 1 || text.lines().count() <= most_lines {
            return text;
        }
        most -= 1;
    }
}

/// What is left of the groups, in a line.
fn others(groups: &[Group<'_>], style: Style) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let vantages: usize = groups.iter().map(|group| group.nodes.len()).sum();
    format!(" {}\n", text::rest(Rest::Vantages { rows: groups.len(), vantages }, style.language))
}

fn drawn(groups: &[Group<'_>], style: Style) -> String {
    let mut table = style.table();
    table.set_header(text::fixed(style.language).comparison);
    for group in groups {
        let (before, now) = outline::before_and_now(group.compared, style.language);
        let CellText { words, severity } = group.result(style.language);
        let mut row = Row::from([
            Cell::new(prose::foreign(&group.name(style.language))),
            Cell::new(group.from(style.language)),
            Cell::new(before),
            Cell::new(now),
            Cell::new(prose::foreign(&words)).fg(colour(severity)),
        ]);
        row.max_height(ROW_LINES);
        table.add_row(row);
    }
    columns::drawn(table, style)
}

const fn colour(severity: Severity) -> Color {
    match severity {
        Severity::Good => Color::Green,
        Severity::Bad => Color::Red,
        Severity::Unknown => Color::Yellow,
    }
}

fn verdict(verification: &Verification, style: Style) -> String {
    let colour = match verification.verdict {
        Verdict::Healthy => Colour::Good,
        Verdict::Fault => Colour::Bad,
        Verdict::Inconclusive => Colour::Unknown,
    };
    prose::headline(&outline::compared(verification, style.language), colour, style)
}
