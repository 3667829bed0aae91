//! What the page's script reads: every row of the grid, and from which of them each line of evidence comes.

use std::collections::HashMap;

use lbprobe_analysis::causes::RowsOfEvidence;
use lbprobe_analysis::plan::Network;
use lbprobe_analysis::words::{printable, printable_lines};
use serde::Serialize;

use super::document::ScriptData;
use crate::error::Error;
use crate::report::layout::{CellText, Severity};
use crate::report::outline::{Grid, GridRow};

/// Characters of a name or of a cell.
const CHARS: usize = 300;

/// All that the script reads.
#[derive(Debug, Serialize)]
pub(super) struct PageData<'a> {
    /// Nodes and pods.
    names: Vec<String>,
    /// What cells say, each text once.
    cells: Vec<PageCell>,
    rows: Vec<PageRow>,
    evidence: Vec<EvidenceRows>,
    /// How many rows are shown, with places for the numbers.
    shown: &'a str,
}

#[derive(Debug, Serialize)]
struct PageCell {
    words: String,
    /// The higher, the worse.
    severity: u8,
}

/// A row that some names share.
#[derive(Debug, Serialize)]
struct PageRow {
    names: Vec<usize>,
    /// What stands between the name and the cells.
    start: Vec<String>,
    cells: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct EvidenceRows {
    names: Vec<usize>,
    network: Option<String>,
}

impl<'a> PageData<'a> {
    pub(super) fn of(grid: &Grid, evidence: &[RowsOfEvidence<'_>], shown: &'a str) -> Self {
        let mut names = Numbered::default();
        let mut cells = Numbered::default();
        let row = |row: &GridRow| PageRow {
            names: row.names.iter().map(|name| names.number(printable(name, CHARS))).collect(),
            start: row.start.iter().skip(1).map(|said| printable_lines(said, CHARS)).collect(),
            cells: row.cells.iter().map(|cell| cells.number(cell.clone())).collect(),
        };
        let rows = grid.rows.iter().map(row).collect();
        let of_evidence = |rows: &RowsOfEvidence<'_>| EvidenceRows {
            names: rows.nodes.iter().map(|node| names.number(printable(node, CHARS))).collect(),
            network: rows.network.as_ref().map(Network::to_string),
        };
        let evidence = evidence.iter().map(of_evidence).collect();
        Self { evidence, rows, names: names.all, cells: cells.all.iter().map(PageCell::of).collect(), shown }
    }

    /// As it stands in a script element, which no text ends.
    pub(super) fn in_script(&self) -> Result<ScriptData, Error> {
        let json = serde_json::to_string(self).map_err(|cause| Error::Output(cause.to_string()))?;
        Ok(ScriptData(json.replace('<', "\\u003c")))
    }
}

impl PageCell {
    fn of(cell: &CellText) -> Self {
        let words = printable_lines(&cell.words, CHARS);
        let severity = match cell.severity {
            Severity::Good => 0,
            Severity::Unknown => 1,
            Severity::Bad => 2,
        };
        Self { words, severity }
    }
}

/// Values, each with the number of its first place.
struct Numbered<T> {
    all: Vec<T>,
    numbers: HashMap<T, usize>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { all: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    fn number(&mut self, value: T) -> usize {
        *self.numbers.entry(value).or_insert_with_key(|value| {
            self.all.push(value.clone());
            self.all.len() - 1
        })
    }
}
