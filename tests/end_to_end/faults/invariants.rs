//! What holds of every row, whatever it does.

use super::row::{Row, Sure, Way};
use super::running::Exit;
use super::service::Snapshot;

/// The exit codes that the README has.
pub(super) const DOCUMENTED: [i32; 8] = [0, 1, 2, 3, 4, 129, 130, 143];

/// What a shell says of a program that was killed.
pub(super) const KILLED: i32 = 137;

/// What is wrong with an exit, as far as the exit alone can tell.
pub(super) fn of_exit(row: &Row, exit: &Exit) -> Vec<String> {
    let mut wrong = Vec::new();
    if !row.codes.contains(&exit.code) {
        wrong.push(format!("exit code {}, not one of {:?}", exit.code, row.codes));
    }
    let printed = exit.text();
    wrong.extend(row.says.iter().filter(|text| !printed.contains(**text)).map(|text| format!("{text:?} is not said")));
    let never = row.never.iter().chain(&["panicked"]);
    wrong.extend(never.filter(|text| printed.contains(**text)).map(|text| format!("{text:?} is said")));
    if row.way != Way::Terminal {
        for (stream, text) in [("output", &exit.stdout), ("error", &exit.stderr)] {
            let steering = text.chars().find(|character| character.is_control() && *character != '\n');
            wrong.extend(steering.map(|character| format!("{character:?} on standard {stream}, which is no terminal")));
        }
    }
    wrong
}

/// Whether something is said for certain of a Service that was not the same from the beginning to the end.
pub(super) fn of_certainty(row: &Row, exit: &Exit, before: &Snapshot, after: &Snapshot) -> Option<String> {
    let is_certain = exit.stdout.contains("(confirmed)");
    (is_certain && row.sure == Sure::OfNothingThatMoved && before != after)
        .then(|| format!("\"(confirmed)\" is said, and the Service changed meanwhile\nbefore: {before:#?}\nafter: {after:#?}"))
}

/// Whether the exit code says that everybody is answered, and somebody is not.
pub(super) fn of_health(exit: &Exit, unanswered: &[String]) -> Option<String> {
    (exit.code == 0 && !unanswered.is_empty())
        .then(|| format!("exit code 0, and independent clients were not answered: {}", unanswered.join(", ")))
}

/// Whether the Service is neither as it was, nor as somebody else has made it, nor marked as changed, nor said to be
/// changed for good.
pub(super) fn of_service(exit: &Exit, known: &[Snapshot], now: &Snapshot) -> Option<String> {
    let is_known = known.iter().any(|state| state.said == now.said);
    let is_told = exit.text().contains("KEPT");
    (!is_known && !now.has_record() && !is_told)
        .then(|| format!("the Service is changed, without a record, and nobody says so: {:#?}\nknown: {:#?}", now.said, known))
}
