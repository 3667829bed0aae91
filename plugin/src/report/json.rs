//! Documents as JSON.

use std::io::{self, Write};

use lbprobe_analysis::plan::SPELLED_OUT;
use serde::Serialize;

use crate::error::Error;

/// How a document is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// For people: a line for each value.
    Indented,
    /// For programs: of thousands of vantages indentation would be half of it.
    Dense,
}

impl Layout {
    /// That of a document of so many vantages.
    pub(super) fn of(vantages: usize) -> Self {
        if vantages <= SPELLED_OUT { Self::Indented } else { Self::Dense }
    }
}

/// Writes a document as it is made, without a text of the whole.
pub(super) fn write(document: &impl Serialize, layout: Layout, to: &mut dyn Write) -> io::Result<()> {
    match layout {
        Layout::Indented => serde_json::to_writer_pretty(&mut *to, document)?,
        Layout::Dense => serde_json::to_writer(&mut *to, document)?,
    }
    to.write_all(b"\n")
}

/// The text of a document.
pub(super) fn render(document: &impl Serialize, layout: Layout) -> Result<String, Error> {
    let mut text = Vec::new();
    write(document, layout, &mut text).map_err(|cause| Error::Output(cause.to_string()))?;
    String::from_utf8(text).map_err(|cause| Error::Output(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_many_vantages_are_not_indented() {
        let document = serde_json::json!({ "a": [1] });
        let rendered = [200, 201].map(|vantages| render(&document, Layout::of(vantages)).unwrap());
        assert_eq!(rendered, ["{\n  \"a\": [\n    1\n  ]\n}\n", "{\"a\":[1]}\n"]);
    }
}
