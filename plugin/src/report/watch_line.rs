//! What a watch shows while it goes on: a line for each turn on standard error, and on a terminal how things
//! stand below them.

use std::time::Duration;

use indicatif::ProgressBar;
use jiff::Timestamp;
use lbprobe_analysis::plan::Vantage;
use lbprobe_analysis::watching::{Change, Seconds, Turn, Turned};
use lbprobe_analysis::words::printable;

use super::progress::spinner;
use super::table::named;

/// Characters of a foreign reason.
const REASON_CHARS: usize = 200;

/// The lines; the last one is wiped when this value goes.
pub(crate) struct WatchLine {
    bar: ProgressBar,
}

impl WatchLine {
    pub(crate) fn start(service: &str) -> Self {
        Self { bar: spinner(format!("watching {service}"), Duration::from_millis(250)) }
    }

    pub(crate) fn show(&self, (out, known): (usize, usize), elapsed: Duration) {
        let well = known - out;
        self.bar.set_message(format!(
            "{} of {known} checks answer, {out} do not; Ctrl-C ends it ({})",
            well,
            Seconds(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
        ));
    }

    pub(crate) fn turn(&self, turn: &Turn) {
        let mark = if matches!(turn.what, Turned::Lost(_)) { "LOST" } else { "back" };
        self.say(turn.at_ms, &format!("{mark}  {} to {}, port {}: {}", turn.vantage, named(&turn.target), turn.port, turn.what));
    }

    pub(crate) fn change(&self, change: &Change) {
        self.say(change.at_ms, &format!("      {}", change.what));
    }

    pub(crate) fn silent(&self, vantage: &Vantage, reason: &str) {
        self.say_now(&format!("gap   {vantage}: {}", printable(reason, REASON_CHARS)));
    }

    pub(crate) fn reconnected(&self, vantage: &Vantage) {
        self.say_now(&format!("      {vantage}: heard again"));
    }

    fn say_now(&self, text: &str) {
        self.say(u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default(), text);
    }

    /// Above the bar on a terminal; else a plain line.
    fn say(&self, at_ms: u64, text: &str) {
        let line = format!("{} {text}", clock(at_ms));
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }
}

impl Drop for WatchLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The time of day in UTC, with tenths of a second.
pub(super) fn clock(at_ms: u64) -> String {
    let time = i64::try_from(at_ms).ok().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
    let text = time.to_string();
    // 2026-01-02T03:04:05.678Z
    let of_day = text.split('T').nth(1).unwrap_or_default().trim_end_matches('Z');
    let (seconds, fraction) = of_day.split_once('.').unwrap_or((of_day, "0"));
    format!("{seconds}.{}", fraction.chars().next().unwrap_or('0'))
}
