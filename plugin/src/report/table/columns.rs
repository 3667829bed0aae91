//! How wide columns are. The table's own choice may break a name in two, where a line has room for the whole.

use std::collections::HashSet;

use anstream::adapter::strip_str;
use comfy_table::{Cell, ColumnConstraint, Row, Table, Width};
use textwrap::core::display_width;

use super::Style;

/// Blanks beside what a column holds.
const PADDING: usize = 2;

/// What a column keeps for itself of a word for which there is no room: as much of these as there is room for.
const LEAST: [usize; 3] = [8, 6, 5];

/// What is missing of a word is given before anything else where it is no more: the headings are of ten characters or fewer.
const LITTLE: usize = 2;

/// What the first column, which says what a row is about, is not broken at: two or three short names.
const SHORT: usize = 20;

/// The table as text.
pub(super) fn drawn(mut table: Table, style: Style) -> String {
    let text = table.to_string();
    if !breaks_words(&table, &text) {
        return trimmed(&text);
    }
    let contents = contents(&mut table);
    for (column, width) in table.column_iter_mut().zip(widths(&contents, style.table_width.into())) {
        let width = u16::try_from(width + PADDING).unwrap_or(u16::MAX);
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
    trimmed(&table.to_string())
}

fn breaks_words(table: &Table, text: &str) -> bool {
    let text = strip_str(text).to_string();
    let whole: HashSet<_> = text.split_whitespace().collect();
    let cells: Vec<_> = table.header().into_iter().chain(table.row_iter()).flat_map(Row::cell_iter).map(Cell::content).collect();
    cells.iter().flat_map(|cell| cell.split_whitespace()).any(|word| !whole.contains(word))
}

/// Of what a column holds, in characters.
#[derive(Clone, Copy, Debug, Default)]
struct Content {
    word: usize,
    line: usize,
}

fn contents(table: &mut Table) -> Vec<Content> {
    let mut contents = vec![Content::default(); table.column_count()];
    for row in table.header().into_iter().chain(table.row_iter()) {
        for (content, cell) in contents.iter_mut().zip(row.cell_iter()) {
            let text = cell.content();
            content.word = text.split_whitespace().map(display_width).fold(content.word, usize::max);
            content.line = text.lines().map(display_width).fold(content.line, usize::max);
        }
    }
    if let Some(first) = contents.first_mut().filter(|first| first.line <= SHORT) {
        first.word = first.line;
    }
    contents
}

/// How wide each column is within its blanks. The first ones get their words whole before the others; what is left goes where
/// most lines are broken. Nothing where a line is too short for all columns anyway.
fn widths(contents: &[Content], line: usize) -> Vec<usize> {
    let at_least = |least: usize| {
        let widths: Vec<_> = contents.iter().map(|content| content.word.min(least)).collect();
        let taken = widths.iter().sum::<usize>() + PADDING * widths.len();
        Some((line.checked_sub(taken)?, widths))
    };
    let Some((mut room, mut widths)) = LEAST.into_iter().find_map(at_least) else { return Vec::new() };
    for most in [LITTLE, usize::MAX] {
        for (width, content) in widths.iter_mut().zip(contents) {
            let more = content.word - *width;
            if more <= room.min(most) {
                *width += more;
                room -= more;
            }
        }
    }
    while room > 0 {
        let broken = |index: &usize| contents[*index].line > widths[*index];
        let lines = |index: &usize| contents[*index].line.div_ceil(widths[*index].max(1));
        let Some(most) = (0..widths.len()).filter(broken).max_by_key(lines) else { break };
        widths[most] += 1;
        room -= 1;
    }
    widths
}

/// The table pads its last column, which serves nobody.
fn trimmed(table: &str) -> String {
    table.lines().map(str::trim_end).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use comfy_table::{Cell, Color};

    use super::{Content, drawn, trimmed, widths};
    use crate::report::table::{Detail, Ink, Language, Style};

    fn of(contents: &[(usize, usize)], line: usize) -> Vec<usize> {
        let contents: Vec<_> = contents.iter().map(|&(word, line)| Content { word, line }).collect();
        widths(&contents, line)
    }

    #[test]
    fn a_table_that_fits_is_as_wide_as_what_it_holds() {
        assert_eq!(of(&[(12, 30), (3, 3), (20, 20)], 80), [30, 3, 20]);
    }

    #[test]
    fn words_stay_whole_from_the_left_where_there_is_room() {
        assert_eq!(of(&[(12, 12), (3, 3), (20, 20)], 40), [12, 3, 19]);
        assert_eq!(of(&[(30, 30), (3, 3), (12, 12)], 40), [19, 3, 12]);
        assert!(of(&[(30, 30), (30, 30), (30, 30)], 20).is_empty());
    }

    #[test]
    fn headings_stay_whole_beside_long_names() {
        assert_eq!(of(&[(40, 40), (8, 8), (12, 12), (9, 9), (10, 10)], 60), [11, 8, 12, 9, 10]);
        assert_eq!(of(&[(30, 30), (9, 9), (10, 10)], 24), [6, 6, 6]);
    }

    #[test]
    fn what_is_left_goes_where_most_lines_are_broken() {
        assert_eq!(of(&[(5, 40), (5, 10)], 40), [26, 10]);
    }

    #[test]
    fn names_stay_whole_with_and_without_colour() {
        let of = |paint: Ink| {
            let style = Style { width: 90, table_width: 90, paint, detail: Detail::Brief, language: Language::default() };
            let mut table = style.table();
            table.set_header([
                "NODE",
                "NODEPORT ip-10-30-1-31.example",
                "NODEPORT ip-10-30-2-44.example",
                "LB 198.51.100.1",
                "DNS NAME",
                "CLUSTERIP",
            ]);
            table.add_row(["ip-10-30-1-31.example", "ok", "ok", "ok", "ok", "ok"].map(|word| Cell::new(word).fg(Color::Green)));
            trimmed(&strip_str(&drawn(table, style)).to_string())
        };
        let plain = of(Ink::Plain);
        assert_eq!(plain.matches("ip-10-30-1-31.example").count(), 2, "{plain}");
        assert_eq!(of(Ink::Coloured), plain);
    }
}
