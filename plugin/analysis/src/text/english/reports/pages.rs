//! The fixed words of a page for a browser.

use crate::text::reports::PageWords;

pub(crate) const WORDS: PageWords = PageWords {
    language: "en",
    grid: "What each node sees",
    alike: "Nodes that look alike share a row.",
    every_row: "Every row",
    search: "Search for a node, a pod or a result",
    show: "Show",
    all: "all rows",
    failing: "rows that fail",
    unknown: "rows with unknown results",
    good: "rows without a failure",
    more_rows: "Show all of these rows",
    clear: "Show all rows",
    lost_and_unheard: ["lost", "not heard"],
    shown: "{shown} of {matching} rows shown, {all} in all",
    rows_of_evidence: "show these rows",
    copy: "Copy",
    copied: "Copied",
    packet_paths: "Path of a packet",
    timeline: "Outages over time, in UTC",
    expected: "Expected once this is done",
    background: "Background (no action needed)",
    without_script: "Scripts are off: only groups of nodes that look alike are shown.",
    sort: "Sort by",
};
