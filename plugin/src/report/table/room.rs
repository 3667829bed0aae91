//! How much of each list a table has room for: it is read on one screen or two, whatever fails on however many nodes.

use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::Rest;

use super::{Detail, Style, prose};
use crate::report::outline::{FixOutline, Item, ItemList};

/// Lines of a brief report: one screen.
const LINES_IN_BRIEF: usize = 40;

/// Lines of it where that is not enough for what has to be said.
const MOST_LINES_IN_BRIEF: usize = 70;

/// Lines of a report with everything.
const LINES: usize = 300;

/// Classes of nodes that a sample is told with.
const CLASSES: usize = 8;

/// How many of each are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Causes with their evidence and fixes.
    pub(super) causes: usize,
    /// Reasons with the vantages that they hold for.
    pub(super) groups: usize,
    /// Lines of a cause's evidence.
    pub(super) evidence: usize,
    /// Items of any other list; with none, only their number is said.
    pub(super) others: usize,
    /// Fixes.
    pub(super) fixes: usize,
    /// Those that are told with cost and command.
    pub(super) in_full: usize,
    /// Whether what nobody has to act on is shown.
    pub(super) background: Background,
}

/// What nobody has to act on: what was ruled out, risks, what is not known, notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Background {
    /// Item by item.
    Shown,
    /// By its numbers, as is the rest of evidence and fixes.
    Counted,
}

/// From what there is usually room for to what there is always room for. What is told in full goes first, then what is
/// only told beside it; the evidence, of which the last line is often the proof, stays longest.
const ROOMS: [Room; 13] = [
    Room { causes: 100, groups: 100, evidence: 100, others: 100, fixes: 100, in_full: 100, background: Background::Shown },
    Room { causes: 20, groups: 8, evidence: 14, others: 12, fixes: 20, in_full: 20, background: Background::Shown },
    Room { causes: 20, groups: 8, evidence: 14, others: 12, fixes: 20, in_full: 3, background: Background::Shown },
    Room { causes: 20, groups: 8, evidence: 14, others: 12, fixes: 20, in_full: 2, background: Background::Shown },
    Room { causes: 20, groups: 8, evidence: 14, others: 12, fixes: 20, in_full: 1, background: Background::Shown },
    Room { causes: 6, groups: 6, evidence: 14, others: 8, fixes: 12, in_full: 1, background: Background::Shown },
    Room { causes: 4, groups: 5, evidence: 14, others: 4, fixes: 8, in_full: 1, background: Background::Shown },
    Room { causes: 3, groups: 4, evidence: 14, others: 2, fixes: 5, in_full: 1, background: Background::Shown },
    Room { causes: 3, groups: 4, evidence: 14, others: 1, fixes: 4, in_full: 1, background: Background::Shown },
    Room { causes: 2, groups: 3, evidence: 12, others: 0, fixes: 3, in_full: 1, background: Background::Shown },
    Room { causes: 2, groups: 3, evidence: 5, others: 0, fixes: 2, in_full: 1, background: Background::Shown },
    Room { causes: 1, groups: 2, evidence: 3, others: 0, fixes: 1, in_full: 0, background: Background::Shown },
    Room { causes: 1, groups: 1, evidence: 2, others: 0, fixes: 1, in_full: 0, background: Background::Shown },
];

/// The same for a brief report, of one screen where possible: each of three causes keeps a fix with its command.
const ROOMS_OF_A_SCREEN: [Room; 4] = [
    Room { causes: 3, groups: 4, evidence: 3, others: 6, fixes: 2, in_full: 2, background: Background::Counted },
    Room { causes: 3, groups: 4, evidence: 3, others: 4, fixes: 2, in_full: 1, background: Background::Counted },
    Room { causes: 3, groups: 3, evidence: 3, others: 3, fixes: 1, in_full: 1, background: Background::Counted },
    Room { causes: 3, groups: 2, evidence: 2, others: 2, fixes: 1, in_full: 1, background: Background::Counted },
];

/// Where one screen is not enough.
const ROOMS_BEYOND: [Room; 3] = [
    Room { causes: 3, groups: 2, evidence: 2, others: 2, fixes: 1, in_full: 1, background: Background::Counted },
    Room { causes: 2, groups: 2, evidence: 2, others: 1, fixes: 1, in_full: 1, background: Background::Counted },
    Room { causes: 1, groups: 1, evidence: 1, others: 0, fixes: 1, in_full: 1, background: Background::Counted },
];

/// What is above, below it the sections with as much as fits, and what stands at the end in any case.
pub(super) fn fitted(above: &str, sections: impl Fn(Room) -> String, end: impl Fn(Room) -> String, style: Style) -> String {
    let steps: &[(usize, &[Room])] = match style.detail {
        Detail::Verdict | Detail::Brief => &[(LINES_IN_BRIEF, &ROOMS_OF_A_SCREEN), (MOST_LINES_IN_BRIEF, &ROOMS_BEYOND)],
        Detail::Explained | Detail::Everything => &[(LINES, &ROOMS)],
    };
    let count = |text: &str| text.lines().count();
    let mut parts = (String::new(), String::new());
    let mut most = 0;
    for (lines, rooms) in steps {
        most = *lines;
        for room in *rooms {
            parts = (sections(*room), end(*room));
            if count(above) + count(&parts.0) + count(&parts.1) <= most {
                return format!("{above}{}{}", parts.0, parts.1);
            }
        }
    }
    cut(format!("{above}{}", parts.0), most.saturating_sub(count(&parts.1)), style) + &parts.1
}

fn cut(text: String, most: usize, style: Style) -> String {
    let lines = text.lines().count();
    if lines <= most {
        return text;
    }
    let kept: String = text.split_inclusive('\n').take(most - 1).collect();
    format!("{kept}{}\n", text::rest(Rest::Lines(lines - (most - 1)), style.language))
}

/// A list below its title, of which the first items are shown. Nothing of a list without items, and only their number where none is to be
/// shown.
pub(super) fn list(list: &ItemList, most: usize, style: Style) -> String {
    if list.is_empty() {
        return String::new();
    }
    let shown = if most == 0 && list.count > 0 {
        format!("\n{}\n", number_in(list, style))
    } else {
        let rest = list.rest(most.min(list.items.len())).map(|rest| prose::item("- ", &rest_in(rest, style), style));
        let lines: String = list.items.iter().take(most).map(|item| line(item, style)).chain(rest).collect();
        format!("\n{}\n{lines}", list.heading)
    };
    shown + &list.last.as_ref().map(|last| last_line(last, style)).unwrap_or_default()
}

/// What is left of a list; a brief report says once where to find it.
pub(super) fn rest_in(rest: Rest, style: Style) -> String {
    if style.detail == Detail::Brief { text::rest_alone(rest, style.language) } else { text::rest(rest, style.language) }
}

fn number_in(list: &ItemList, style: Style) -> String {
    if style.detail == Detail::Brief {
        format!("{}: {}", list.heading, list.count)
    } else {
        text::number_alone(list.title, list.count, style.language)
    }
}

fn line(item: &Item, style: Style) -> String {
    let below = item.below.iter().map(|line| prose::wrap(line, "    ", "    ", style));
    prose::item("- ", &item.text, style) + &below.collect::<String>()
}

/// What is below it stands there where everything is shown.
fn last_line(item: &Item, style: Style) -> String {
    let mut text = prose::item("- ", &item.text, style);
    if style.detail == Detail::Everything {
        let (shown, rest) = item.below.split_at(item.below.len().min(CLASSES));
        text.extend(shown.iter().map(|class| prose::wrap(class, "    ", "      ", style)));
        if !rest.is_empty() {
            text.push_str(&prose::wrap(&text::rest(Rest::Classes(rest.len()), style.language), "    ", "      ", style));
        }
    }
    text
}

/// The first fixes in full, others in a line each, and the number of the rest.
pub(super) fn fixes(fixes: &[FixOutline], room: Room, style: Style) -> impl Iterator<Item = String> {
    let (shown, rest) = fixes.split_at(fixes.len().min(room.fixes));
    let shown = (1..).zip(shown).map(move |(number, fix)| {
        if number <= room.in_full { prose::in_full(number, fix, style) } else { prose::item(&format!("{number}. "), &fix.in_short, style) }
    });
    let is_told = room.background == Background::Shown && !rest.is_empty();
    let rest = is_told.then(|| prose::item("", &text::rest(Rest::Items(rest.len()), style.language), style));
    shown.chain(rest)
}
