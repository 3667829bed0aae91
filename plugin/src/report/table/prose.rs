//! Text below the grid, in lines of the style's width.

use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{Conclusion, Headline, Label};
use lbprobe_analysis::words;

use super::{Colour, Detail, Style};
use crate::report::line_breaks;
use crate::report::outline::FixOutline;

/// Characters of foreign text in a cell.
const CELL_CHARS: usize = 300;

pub(super) fn section(title: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.collect();
    if items.is_empty() { items } else { format!("\n{title}\n{items}") }
}

pub(super) fn in_full(number: usize, fix: &FixOutline, style: Style) -> String {
    let mut shown = item(&format!("{number}. "), &fix.what, style);
    // Where all is expected to answer, the price and the command are what one decides by.
    let tells_result = style.detail != Detail::Brief || fix.helps_in_part;
    let told = fix.below.iter().filter(|(label, _)| tells_result || *label != Label::Result);
    shown.extend(told.map(|(label, text)| wrap(&text::labelled(*label, text, style.language), "     ", "     ", style)));
    // Commands stay on one line, however long, so that they can be copied.
    shown.extend(fix.command.as_ref().map(|command| format!("     $ {}\n", words::printable(command, usize::MAX))));
    shown
}

/// What a document comes to, the word in its colour.
pub(super) fn headline(Headline { word, said }: &Headline, colour: Colour, style: Style) -> String {
    wrap(&format!("{word}: {said}"), "", "  ", style).replacen(word, &style.coloured(word, colour), 1)
}

/// The same of a conclusion.
pub(super) fn conclusion(of: &Conclusion<'_>, colour: Colour, style: Style) -> String {
    headline(&text::conclusion(of, style.language), colour, style)
}

pub(super) fn item(mark: &str, text: &str, style: Style) -> String {
    wrap(text, &format!("  {mark}"), &format!("  {}", " ".repeat(mark.len())), style)
}

/// Foreign text in a cell of a table: on one line, and of a length that can be read.
pub(super) fn foreign(text: &str) -> String {
    words::printable(text, CELL_CHARS)
}

/// Text in lines of the style's width, the last one ended too.
pub(super) fn wrap(text: &str, first: &str, rest: &str, style: Style) -> String {
    // A name with a line's end in it makes no line of its own, and none has colours.
    let text = words::printable(text, usize::MAX);
    // Spaces that foreign text brings could put a part of it where a line of the program's own would begin.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let options = textwrap::Options::new(style.width.into()).initial_indent(first).subsequent_indent(rest).break_words(false);
    // Names and flags are full of hyphens: a break there would be copied wrongly.
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation).word_separator(line_breaks::separator());
    textwrap::fill(&text, options) + "\n"
}
