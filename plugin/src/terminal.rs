//! Where text leaves the program. Names, messages and answers come from the cluster and from files of other people:
//! whatever they hold, no character of theirs steers a terminal, here and not where each of them is read.

mod stream;

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use lbprobe_analysis::text::messages::Message;
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::words::steers;

use crate::error::Error;
pub(crate) use stream::stream;

/// The reader's language: like colours, it goes with the terminal and its environment.
static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Chooses the language, once, before anything is said.
pub(crate) fn speak(language: Language) {
    // A second choice would mix languages: the first one stays.
    let _ = LANGUAGE.set(language);
}

/// What people are told in; English where nothing was chosen.
pub(crate) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or_default()
}

/// What begins and ends the colours of the program's own words.
const OWN_COLOURS: [&str; 9] = [
    "\u{1b}[0m",
    "\u{1b}[1;31m",
    "\u{1b}[1;32m",
    "\u{1b}[1;33m",
    // comfy-table's, of cells.
    "\u{1b}[38;5;9m",
    "\u{1b}[38;5;10m",
    "\u{1b}[38;5;11m",
    "\u{1b}[39m",
    "\u{1b}[m",
];

/// Whether a text is drawn in colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Coloured,
}

/// What a text is written for: it decides how a character that cannot be shown is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// People: it is left out.
    Text(Ink),
    /// Programs that read line by line, with tabs between columns.
    Lines,
    /// JSON and YAML: as an escape of theirs, so that nothing is lost.
    Escaped,
    /// XML: as a reference.
    Xml,
}

/// A document for standard output. A reader that closed the pipe has what it wanted.
pub(crate) fn print(text: &str, form: Form) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(shown(text, form).as_bytes()).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Output(cause.to_string())),
        _ => Ok(()),
    }
}

/// A line for standard error. Nobody may be listening there, and that is no reason to end.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", on_one_line(line));
}

/// A message on standard error.
pub(crate) fn say(message: Message<'_>) {
    tell(&text::message(message, language()));
}

/// A line that stays one, whatever is in it.
pub(crate) fn on_one_line(line: &str) -> String {
    shown(line, Form::Text(Ink::Plain)).trim_end_matches('\n').replace('\n', " ")
}

/// A text that is shown on standard error to a person who is asked about it, colours and all.
pub(crate) fn tell_text(text: &str, ink: Ink) {
    let _ = writeln!(std::io::stderr().lock(), "{}", shown(text, Form::Text(ink)));
}

/// The same text with nothing in it that does more than show.
pub(crate) fn shown(text: &str, form: Form) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if form == Form::Text(Ink::Coloured)
            && let Some(colour) = OWN_COLOURS.iter().find(|colour| rest.starts_with(**colour))
        {
            safe.push_str(colour);
            rest = &rest[colour.len()..];
            continue;
        }
        match form {
            // XML 1.0 has no way to write these.
            Form::Xml if matches!(c, '\u{fffe}' | '\u{ffff}') || c.is_control() && !matches!(c, '\n' | '\t' | '\r') => {
                safe.push('\u{fffd}');
            }
            _ if c == '\n' || !steers(c) => safe.push(c),
            Form::Text(_) if c == '\t' => safe.push(' '),
            Form::Lines if c == '\t' => safe.push(c),
            Form::Text(_) | Form::Lines => {}
            Form::Escaped => escape(&mut safe, c),
            Form::Xml => {
                let _ = write!(safe, "&#x{:x};", u32::from(c));
            }
        }
        rest = &rest[c.len_utf8()..];
    }
    safe
}

/// As JSON escapes it, and YAML in double quotes.
fn escape(text: &mut String, c: char) {
    let mut units = [0; 2];
    for unit in c.encode_utf16(&mut units) {
        let _ = write!(text, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{1b}[8m y\r";

    #[test]
    fn nothing_foreign_steers_a_terminal_in_any_form() {
        assert_eq!(shown(HOSTILE, Form::Text(Ink::Plain)), "x]0;owned31m[8m y");
        assert_eq!(shown(HOSTILE, Form::Text(Ink::Coloured)), "x]0;owned31m[8m y");
        for form in [Form::Text(Ink::Plain), Form::Text(Ink::Coloured), Form::Escaped, Form::Xml] {
            assert!(!shown(HOSTILE, form).chars().any(steers), "{form:?}");
        }
    }

    #[test]
    fn own_colours_stay_where_there_are_colours() {
        let text = "\u{1b}[1;31mFAULT\u{1b}[0m: a\tb\nc";
        assert_eq!(shown(text, Form::Text(Ink::Coloured)), "\u{1b}[1;31mFAULT\u{1b}[0m: a b\nc");
        assert_eq!(shown(text, Form::Text(Ink::Plain)), "[1;31mFAULT[0m: a b\nc");
    }

    #[test]
    fn json_keeps_what_it_says() {
        let document = serde_json::json!({ "name": HOSTILE });
        let text = shown(&serde_json::to_string_pretty(&document).unwrap(), Form::Escaped);
        assert!(!text.chars().any(|c| c != '\n' && steers(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), document);
    }
}
