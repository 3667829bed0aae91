//! The plugin on a terminal, and what stands there.

use std::num::NonZeroU16;

use lbprobe_lab::Lab;

use super::plugin::Ran;

/// `kubectl lbprobe` on a terminal of 80 columns. Standard output is the transcript of both of its streams;
/// `answer` is the line that the person at it types.
pub(crate) fn at_a_terminal(lab: &Lab, words: &[&str], answer: &str) -> Ran {
    let command = [&["kubectl", "lbprobe"], words].concat().join(" ");
    let script = format!("echo '{answer}' | TERM=xterm script --quiet --return --command 'stty cols 80 rows 24; {command}' /dev/null");
    Ran::of(|| lab.run(&["sh", "-c", &script]).unwrap())
}

/// A terminal on which whole transcripts have room.
pub(crate) fn terminal() -> vt100::Parser {
    let [rows, columns] = [400, 80].map(|size| NonZeroU16::new(size).unwrap());
    vt100::Parser::new(rows, columns, 0)
}

/// What stands on a terminal in the end.
pub(crate) fn screen(ran: &Ran) -> String {
    let mut terminal = terminal();
    terminal.process(ran.stdout.as_bytes());
    terminal.screen().contents()
}
