//! Text below the grid, in lines of the style's width.

use lbprobe_analysis::remedies::Fix;
use lbprobe_analysis::risks::Risk;
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{Conclusion, Headline, Label};
use lbprobe_analysis::words;

use super::{Colour, Detail, Style};

/// Characters of foreign text in a cell.
const CELL_CHARS: usize = 300;

pub(super) fn section(title: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.collect();
    if items.is_empty() { items } else { format!("\n{title}\n{items}") }
}

pub(super) fn in_full(number: usize, what: &str, fix: &Fix, style: Style) -> String {
    let language = style.language;
    let line = |label: Label, text: &str| wrap(&text::labelled(label, text, language), "     ", "     ", style);
    let mut shown = item(&format!("{number}. "), what, style);
    shown.push_str(&line(Label::Cost, &text::cost(&fix.remedy, language)));
    shown.extend(text::caveats(&fix.caveats, language).map(|caveat| line(Label::But, &caveat)));
    shown.extend(fix.needs.iter().map(|need| line(Label::Needs, &text::need(need, language))));
    // Of what is brief, the price and the command are what one decides by.
    let after = fix.after.as_ref().filter(|_| style.detail != Detail::Brief);
    shown.extend(after.map(|after| line(Label::Result, &text::after(after, language))));
    // Commands stay on one line, however long, so that they can be copied.
    shown.extend(fix.remedy.command().map(|command| format!("     $ {}\n", words::printable(&command, usize::MAX))));
    shown
}

/// What a document comes to, the word in its colour.
pub(super) fn conclusion(of: &Conclusion<'_>, colour: Colour, style: Style) -> String {
    let Headline { word, said } = text::conclusion(of, style.language);
    wrap(&format!("{word}: {said}"), "", "  ", style).replacen(word, &style.coloured(word, colour), 1)
}

pub(super) fn risk(risk: &Risk, style: Style) -> String {
    let advice = text::labelled(Label::Advice, &text::advice(risk, style.language), style.language);
    item("- ", &text::risk(risk, style.language), style) + &wrap(&advice, "    ", "    ", style)
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
    let options = textwrap::Options::new(style.width.into()).initial_indent(first).subsequent_indent(rest).break_words(false);
    // Names and flags are full of hyphens: a break there would be copied wrongly.
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(&text, options) + "\n"
}
