//! The lines of a log, of which nobody knows who writes them: one that is too long is passed over.

use futures::{AsyncBufRead, AsyncBufReadExt as _};

/// The longest line of a probe that keeps watch has some 80 bytes.
const MOST_BYTES: usize = 256;

/// Lines that come, one after the other.
pub(super) struct BoundedLines<R> {
    reader: R,
    line: Vec<u8>,
    is_too_long: bool,
}

impl<R: AsyncBufRead + Unpin> BoundedLines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: Vec::new(), is_too_long: false }
    }

    /// The next line; nothing at the end, or where the connection broke. What stands behind the last line's end is none.
    pub(super) async fn next(&mut self) -> Option<String> {
        loop {
            let piece = self.reader.fill_buf().await.ok().filter(|piece| !piece.is_empty())?;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let part = &piece[..end.unwrap_or(piece.len())];
            self.is_too_long |= self.line.len() + part.len() > MOST_BYTES;
            if !self.is_too_long {
                self.line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume_unpin(used);
            if end.is_some() {
                let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                if !std::mem::take(&mut self.is_too_long) {
                    return Some(line);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn long_lines_are_passed_over_and_the_rest_is_read() {
        let text = format!("first\n{}\nsecond\n\nunended", "x".repeat(100_000));
        let mut lines = BoundedLines::new(text.as_bytes());
        let mut read = Vec::new();
        while let Some(line) = lines.next().await {
            read.push(line);
        }
        assert_eq!(read, ["first", "second", ""]);
    }
}
