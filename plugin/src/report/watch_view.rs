//! What a watch shows while it goes on: a line for each turn on standard error, and on a terminal how things
//! stand below them, as a table.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use jiff::Timestamp;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Plan, Vantage};
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{Now, Rest};
use lbprobe_analysis::watching::{News, ObservedChange, Seconds, Turn, WatchGapReason, Watching};
use lbprobe_analysis::words::printable;
use lbprobe_protocol::{CheckId, Outcome};

use super::progress::spinner;
use super::table;
use crate::terminal::{Form, language, on_one_line, shown, tell};

/// Characters of a foreign reason.
const REASON_CHARS: usize = 200;

/// Lines of the table: with what stands above it there is room for it on any terminal.
const MOST_LINES: usize = 16;

/// Lines, and the table below them that is wiped when this value goes.
pub(crate) struct WatchView<'a> {
    bar: ProgressBar,
    facts: &'a Facts,
    plan: &'a Plan,
    /// When something was heard last, by the vantage's index in the plan. Clocks of nodes may be wrong: this
    /// is our own.
    heard: HashMap<usize, Instant>,
    /// After this long without a word a vantage's last one does not count any more.
    patience: Duration,
}

impl<'a> WatchView<'a> {
    pub(crate) fn start(facts: &'a Facts, plan: &'a Plan, interval: Duration) -> Self {
        let bar = spinner(text::watching(&facts.service.name, language()), "{spinner} {msg}", Duration::from_millis(250));
        Self { bar, facts, plan, heard: HashMap::new(), patience: 3 * interval }
    }

    /// Something came from a vantage.
    pub(crate) fn heard(&mut self, index: usize) {
        self.heard.insert(index, Instant::now());
    }

    /// How things stand now; nothing of it off a terminal.
    pub(crate) fn show(&self, watching: &Watching<'_>, elapsed: Duration) {
        if self.bar.is_hidden() {
            return;
        }
        let last = |index: usize, check: CheckId| {
            let is_fresh = self.heard.get(&index).is_some_and(|heard| heard.elapsed() < self.patience);
            is_fresh.then(|| watching.last(index, check)).flatten()
        };
        let table = table::render_now(self.facts, self.plan, &last);
        let lines = table.lines().count();
        let mut message = self.counts(&last, elapsed);
        for line in table.lines().take(MOST_LINES) {
            message.push('\n');
            message.push_str(line);
        }
        if lines > MOST_LINES {
            let _ = write!(message, "\n{}", text::rest(Rest::LinesNow(lines - MOST_LINES), language()));
        }
        self.bar.set_message(shown(&message, Form::Text(table::ink(&std::io::stderr()))));
    }

    fn counts(&self, last: &dyn Fn(usize, CheckId) -> Option<Outcome>, elapsed: Duration) -> String {
        let mut now = Now::default();
        for index in 0..self.plan.vantages.len() {
            for target in &self.plan.targets {
                now.count(last(index, target.id));
            }
        }
        let elapsed = Seconds(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
        text::now(now, elapsed, language())
    }

    pub(crate) fn news(&self, news: &News) {
        match news {
            News::Turn(turn) => self.turn(turn),
            News::Change(change) => self.change(change),
        }
    }

    fn turn(&self, turn: &Turn) {
        self.say(turn.at_ms, &text::turn(turn, language()));
    }

    pub(crate) fn change(&self, change: &ObservedChange) {
        self.say(change.at_ms, &format!("      {}", text::changed(&change.what, language())));
    }

    pub(crate) fn silent(&self, vantage: &Vantage, reason: &WatchGapReason) {
        self.say_now(&text::not_heard(vantage, &printable(&text::gap_reason(reason, language()), REASON_CHARS), language()));
    }

    pub(crate) fn reconnected(&self, vantage: &Vantage) {
        self.say_now(&format!("      {}", text::heard_again(&vantage.to_string(), language())));
    }

    fn say_now(&self, text: &str) {
        self.say(u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default(), text);
    }

    /// Above the bar on a terminal; else a plain line.
    fn say(&self, at_ms: u64, text: &str) {
        let line = format!("{} {text}", clock(at_ms));
        if self.bar.is_hidden() {
            tell(&line);
        } else {
            self.bar.println(on_one_line(&line));
        }
    }
}

impl Drop for WatchView<'_> {
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
