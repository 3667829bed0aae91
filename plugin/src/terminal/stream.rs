//! Documents that are written as they are made: a text of all of one would be as large again.

use std::io::{self, BufWriter, ErrorKind, Write};

use super::{Form, shown};
use crate::error::Error;

/// Bytes that are written at a time.
const PIECE: usize = 64 * 1024;

/// A document for standard output. A reader that closed the pipe has what it wanted.
pub(crate) fn stream(form: Form, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    let mut out = BufWriter::with_capacity(PIECE, Shown::new(io::stdout().lock(), form));
    match write(&mut out).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => Err(Error::Output(cause.to_string())),
        _ => Ok(()),
    }
}

/// Writes text as [`shown`] shows it, in whatever pieces it comes.
struct Shown<W> {
    to: W,
    form: Form,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl<W> Shown<W> {
    fn new(to: W, form: Form) -> Self {
        Self { to, form, begun: Vec::new() }
    }
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = std::mem::take(&mut self.begun);
        text.extend_from_slice(bytes);
        if let Err(cause) = std::str::from_utf8(&text) {
            if cause.error_len().is_some() {
                return Err(io::Error::new(ErrorKind::InvalidData, cause));
            }
            self.begun = text.split_off(cause.valid_up_to());
        }
        self.to.write_all(shown(&String::from_utf8_lossy(&text), self.form).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_shown_as_the_whole_is() {
        let text = "a\u{e9}\u{1f600}\n\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}b";
        for size in 1..6 {
            let mut writer = Shown::new(Vec::new(), Form::Escaped);
            for piece in text.as_bytes().chunks(size) {
                writer.write_all(piece).unwrap();
            }
            assert_eq!(String::from_utf8(writer.to).unwrap(), shown(text, Form::Escaped), "{size}");
        }
    }

    #[test]
    fn what_is_no_text_is_an_error() {
        let mut writer = Shown::new(Vec::new(), Form::Escaped);
        assert_eq!(writer.write_all(b"\xff").unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
