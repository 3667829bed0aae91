//! How much of each list a table has room for: it is read on one screen or two, whatever fails on however many nodes.

use lbprobe_analysis::remedies::Fix;
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{Rest, Title};

use super::{Detail, Style, prose};

/// Lines of a brief report: one screen.
const LINES_IN_BRIEF: usize = 40;

/// Lines of it where that is not enough for what has to be said.
const MOST_LINES_IN_BRIEF: usize = 60;

/// Lines of a report with everything.
const LINES: usize = 120;

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
const ROOMS: [Room; 12] = [
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

/// The same for a brief report. All of it has the first fix with its command.
const ROOMS_IN_BRIEF: [Room; 6] = [
    Room { causes: 3, groups: 4, evidence: 3, others: 6, fixes: 2, in_full: 2, background: Background::Counted },
    Room { causes: 3, groups: 4, evidence: 3, others: 4, fixes: 2, in_full: 1, background: Background::Counted },
    Room { causes: 2, groups: 3, evidence: 3, others: 3, fixes: 2, in_full: 1, background: Background::Counted },
    Room { causes: 2, groups: 2, evidence: 2, others: 2, fixes: 1, in_full: 1, background: Background::Counted },
    Room { causes: 1, groups: 2, evidence: 2, others: 1, fixes: 1, in_full: 1, background: Background::Counted },
    Room { causes: 1, groups: 1, evidence: 1, others: 0, fixes: 1, in_full: 1, background: Background::Counted },
];

/// What is above, and below it the sections with as much as fits.
pub(super) fn fitted(above: String, sections: impl Fn(Room) -> String, style: Style) -> String {
    let (rooms, lines, most) = match style.detail {
        Detail::Verdict | Detail::Brief => (&ROOMS_IN_BRIEF[..], LINES_IN_BRIEF, MOST_LINES_IN_BRIEF),
        Detail::Explained | Detail::Everything => (&ROOMS[..], LINES, LINES),
    };
    let left = lines.saturating_sub(above.lines().count());
    let mut below = String::new();
    for room in rooms {
        below = sections(*room);
        if below.lines().count() <= left {
            break;
        }
    }
    cut(above + &below, most, style)
}

fn cut(text: String, most: usize, style: Style) -> String {
    let lines = text.lines().count();
    if lines <= most {
        return text;
    }
    let kept: String = text.split_inclusive('\n').take(most - 1).collect();
    format!("{kept}{}\n", text::rest(Rest::Lines(lines - (most - 1)), style.language))
}

/// A list below a title, of which the first items are shown.
pub(super) struct List<'a, T> {
    pub(super) title: Title<'a>,
    pub(super) items: &'a [T],
    pub(super) most: usize,
}

impl<T> List<'_, T> {
    /// Its lines; nothing of a list without items, and only their number where none is to be shown.
    pub(super) fn shown(&self, line: impl Fn(&T) -> String, style: Style) -> String {
        self.with_rest(line, |rest| Rest::Items(rest.len()), style)
    }

    /// The same, where what is left is counted otherwise.
    pub(super) fn with_rest(&self, line: impl Fn(&T) -> String, rest: impl FnOnce(&[T]) -> Rest, style: Style) -> String {
        if self.most == 0 && !self.items.is_empty() {
            return format!("\n{}\n", text::number_alone(self.title, self.items.len(), style.language));
        }
        let (first, others) = self.items.split_at(self.items.len().min(self.most));
        let others = (!others.is_empty()).then(|| prose::item("- ", &text::rest(rest(others), style.language), style));
        prose::section(&text::title(self.title, style.language), first.iter().map(line).chain(others))
    }
}

/// The first fixes in full, others in a line each, and the number of the rest.
pub(super) fn fixes(fixes: &[Fix], room: Room, style: Style) -> impl Iterator<Item = String> {
    let (shown, rest) = fixes.split_at(fixes.len().min(room.fixes));
    let shown = (1..).zip(shown).map(move |(number, fix)| {
        if number <= room.in_full {
            prose::in_full(number, &text::remedy(&fix.remedy, style.language), fix, style)
        } else {
            prose::item(&format!("{number}. "), &text::fix_in_short(fix, style.language), style)
        }
    });
    let is_told = room.background == Background::Shown && !rest.is_empty();
    let rest = is_told.then(|| prose::item("", &text::rest(Rest::Items(rest.len()), style.language), style));
    shown.chain(rest)
}
