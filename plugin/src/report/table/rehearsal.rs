//! A rehearsal for a terminal.

use std::fmt::Write as _;

use comfy_table::{Cell, Color};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::Rehearsal;
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{Label, Title};

use super::{Colour, Detail, Style, columns, prose};
use crate::report::layout::Severity;
use crate::report::outline::{ItemList, RehearsalOutline, RehearsalRow};

/// Services that the table shows where it is to be brief.
const SERVICES: usize = 20;

/// The whole rehearsal.
pub(crate) fn render(rehearsal: &Rehearsal, style: Style) -> String {
    let outline = RehearsalOutline::of(rehearsal, style.language);
    let colour = match outline.verdict {
        Verdict::Healthy => Colour::Good,
        Verdict::Fault => Colour::Bad,
        Verdict::Inconclusive => Colour::Unknown,
    };
    let mut shown = prose::headline(&outline.headline, colour, style);
    if style.detail == Detail::Verdict {
        return shown;
    }
    let today = outline.today.as_ref().map(|today| text::labelled(Label::Today, today, style.language));
    shown.extend(today.map(|today| prose::wrap(&today, "", "  ", style)));
    let most = if style.detail == Detail::Brief { SERVICES } else { usize::MAX };
    shown.push_str(&table(&outline, most, style));
    if let Some(unchanged) = &outline.unchanged {
        let _ = writeln!(shown, "{unchanged}");
    }
    shown.extend(outline.lists.iter().map(|list| section(list, most, style)));
    let hint = |command: &String| text::labelled(Label::Hint, &text::explain_hint(command, style.language), style.language);
    shown.extend(outline.explain.as_ref().map(|command| format!("\n{}\n", hint(command))));
    shown
}

fn section(list: &ItemList, most: usize, style: Style) -> String {
    let most = if matches!(list.title, Title::BeforeChange) { most } else { usize::MAX };
    prose::section(&list.heading, list.items.iter().take(most).map(|item| prose::item("- ", &item.text, style)))
}

fn table(outline: &RehearsalOutline, most: usize, style: Style) -> String {
    let Some(last) = outline.rows.last() else { return String::new() };
    let mut table = style.table();
    table.set_header(outline.columns);
    let mut number = None;
    for row in outline.rows.iter().take_while(|row| row.number < most) {
        let name = if number.replace(row.number) == Some(row.number) { String::new() } else { prose::foreign(&row.service) };
        table.add_row(cells(name, row));
    }
    let mut shown = format!("\n{}\n{}\n", columns::drawn(table, style), outline.legend);
    if last.number >= most {
        let _ = writeln!(shown, "{}", text::more_services(last.number + 1 - most, style.language));
    }
    shown
}

fn cells(name: String, row: &RehearsalRow) -> Vec<Cell> {
    let colour = match row.severity {
        Severity::Bad => Color::Red,
        Severity::Unknown => Color::Yellow,
        Severity::Good => Color::Green,
    };
    [Cell::new(name), Cell::new(row.effect).fg(colour)].into_iter().chain(row.cells.iter().map(Cell::new)).collect()
}
