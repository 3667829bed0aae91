//! The way of a connection that fails, and of one that does not.

use lbprobe_analysis::results::Results;
use lbprobe_analysis::text::reports::PacketPathInWords;
use lbprobe_analysis::text::{self, Language};

use crate::report::layout::Severity;

/// One of them.
pub(in crate::report) struct PathOutline {
    pub(in crate::report) words: PacketPathInWords,
    /// How it ends.
    pub(in crate::report) severity: Severity,
}

/// Those that a report shows.
pub(in crate::report) fn packet_paths(results: &Results<'_>, language: Language) -> Vec<PathOutline> {
    let outline = |path| PathOutline {
        words: text::packet_path(&path, &results.facts, language),
        severity: if path.fails() { Severity::Bad } else { Severity::Good },
    };
    results.packet_paths().into_iter().flatten().map(outline).collect()
}
