//! What came of the rows, as a table for people.

use std::fmt;

use super::driver::Outcome;
use super::row::Row;
use super::running::one_line;

/// Characters of a text that the table shows.
const SHOWN: usize = 60;

/// How a verdict or an error begins.
const VERDICTS: [&str; 16] = [
    "error: ",
    "KEPT",
    "PUT BACK",
    "REVERTED",
    "HEALTHY",
    "FAULT",
    "INCONCLUSIVE",
    "NOT ACCEPTED",
    "ACCEPTED",
    "VERIFIED",
    "NOT FIXED",
    "STEADY",
    "OUTAGES",
    "FAILS",
    "DEPENDS",
    "interrupted",
];

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    id: &'static str,
    what: &'static str,
    code: String,
    says: String,
    seconds: String,
    left: String,
    pub(super) wrong: Vec<String>,
    details: String,
}

impl Line {
    /// Of a row that ended.
    pub(super) fn new(row: &Row, outcome: Outcome) -> Self {
        let exit = outcome.exit.as_ref();
        Self {
            id: row.id,
            what: row.what,
            code: exit.map_or_else(|| "-".into(), |exit| exit.code.to_string()),
            says: exit.map(|exit| verdict(&exit.stdout, &exit.stderr)).unwrap_or_default(),
            seconds: exit.map_or_else(|| "-".into(), |exit| format!("{:.1}", exit.took.as_secs_f64())),
            left: outcome.left,
            wrong: outcome.wrong,
            details: outcome.details,
        }
    }

    /// Of a row that could not be run to its end.
    pub(super) fn of_panic(row: &Row, cause: String) -> Self {
        let nothing = Outcome { exit: None, left: "?".into(), wrong: vec![cause], details: format!("{row:#?}") };
        Self::new(row, nothing)
    }

    /// All that a person needs who looks into a failure.
    pub(super) fn failure(&self) -> String {
        format!("==== {}: {}\n{}\n{}", self.id, self.what, self.wrong.join("\n"), self.details)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, what, code, says, seconds, left, wrong, .. } = self;
        let mark = if wrong.is_empty() { "ok" } else { "FAILED" };
        let what = short(what);
        write!(f, "{id:<18} {what:<SHOWN$} {code:>4} {says:<SHOWN$} {seconds:>6} {left:<22} {mark}")
    }
}

/// A table's last line.
pub(super) fn total(lines: &[Line]) -> String {
    let failed: Vec<_> = lines.iter().filter(|line| !line.wrong.is_empty()).map(|line| line.id).collect();
    let names = if failed.is_empty() { String::new() } else { format!(": {}", failed.join(", ")) };
    format!("{} faults, {} ok, {} failed{names}", lines.len(), lines.len() - failed.len(), failed.len())
}

/// The line that tells how the plugin ended.
fn verdict(stdout: &str, stderr: &str) -> String {
    let is_verdict = |line: &&str| VERDICTS.iter().any(|verdict| line.starts_with(verdict));
    let line = stdout.lines().chain(stderr.lines()).map(str::trim).find(is_verdict);
    let shown: String = one_line(line.unwrap_or_default()).chars().filter(|character| !character.is_control()).collect();
    short(&shown)
}

fn short(text: &str) -> String {
    if text.chars().count() <= SHOWN { text.to_owned() } else { text.chars().take(SHOWN - 1).chain(['…']).collect() }
}
