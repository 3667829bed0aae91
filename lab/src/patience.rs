//! How long to wait on a machine that does other work too.
//!
//! A fixed limit is too short beside other programs, and too long for a failure. So a wait ends when nothing has moved
//! for a while, and the while is counted by what the machine gave: beside three other programs that compute, a second
//! counts a quarter. [`MOST`] ends every wait.

use std::fmt;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::time::ClockId;
use tokio::time::sleep;

/// The longest wait, whatever moves.
pub const MOST: Duration = Duration::from_mins(15);

/// Slower than this counts as this slow: a wait that fails has to fail some day.
const SLOWEST: f64 = 8.0;

/// Processor time of the work by which the machine is measured: a few time slices of the kernel's scheduler.
const WORK: Duration = Duration::from_millis(5);

/// The most that a measurement may take of the caller's time.
const LONGEST_MEASUREMENT: Duration = Duration::from_millis(500);

/// A measurement counts for so long: to measure is work too.
const VALID: Duration = Duration::from_secs(1);

/// The last measurement softens the next one for so long: a single one may have caught an odd moment.
const RECENT: Duration = Duration::from_secs(10);

/// Between two looks at something that is waited for in the background.
const PAUSE: Duration = Duration::from_secs(1);

/// How fast the machine was when it was last measured.
#[derive(Clone, Copy, Debug)]
struct Measured {
    at: Instant,
    slowdown: f64,
    processors: Option<Processors>,
}

static LAST: Mutex<Option<Measured>> = Mutex::new(None);

/// How much longer than on an idle machine work takes here at present: from 1 to 8. It is measured once a second at
/// the most, by a piece of work of 5 ms.
#[must_use]
pub fn slowdown() -> f64 {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let earlier = last.filter(|measured| measured.at.elapsed() < RECENT);
    if let Some(measured) = earlier.filter(|measured| measured.at.elapsed() < VALID) {
        return measured.slowdown;
    }
    let processors = Processors::now();
    let stolen = earlier.and_then(|earlier| Some(processors?.slowdown_since(earlier.processors?))).unwrap_or(1.0);
    let now = (of_some_work() * stolen).clamp(1.0, SLOWEST);
    let slowdown = earlier.map_or(now, |earlier| f64::midpoint(earlier.slowdown, now));
    *last = Some(Measured { at: Instant::now(), slowdown, processors });
    slowdown
}

/// A time that was chosen on an idle machine, as long as this machine needs it to be at present.
#[must_use]
pub fn stretched(time: Duration) -> Duration {
    time.mul_f64(slowdown())
}

/// How much longer than its processor time some work takes, because others want the processors too.
fn of_some_work() -> f64 {
    let processor_time = || ClockId::CLOCK_THREAD_CPUTIME_ID.now().map(Duration::from);
    let Ok(begin) = processor_time() else { return 1.0 };
    let start = Instant::now();
    let mut worked = Duration::ZERO;
    // To ask for the time is the work.
    while worked < WORK && start.elapsed() < LONGEST_MEASUREMENT {
        let Ok(now) = processor_time() else { return 1.0 };
        worked = now.saturating_sub(begin);
    }
    start.elapsed().as_secs_f64() / worked.as_secs_f64()
}

/// What the processors have done since the machine's start, in ticks. What a hypervisor gave to others meanwhile
/// passes for processor time in a program's own accounts.
#[derive(Clone, Copy, Debug)]
struct Processors {
    worked: f64,
    stolen: f64,
}

impl Processors {
    fn now() -> Option<Self> {
        Self::read(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// The first line sums all processors up: user, nice, system, idle, iowait, irq, softirq, steal.
    fn read(text: &str) -> Option<Self> {
        let line = text.lines().next()?.strip_prefix("cpu ")?;
        let ticks: Vec<f64> = line.split_whitespace().map_while(|word| word.parse().ok()).collect();
        let [user, nice, system, _, _, irq, softirq, stolen, ..] = ticks[..] else { return None };
        Some(Self { worked: user + nice + system + irq + softirq, stolen })
    }

    fn slowdown_since(self, earlier: Self) -> f64 {
        let (worked, stolen) = (self.worked - earlier.worked, self.stolen - earlier.stolen);
        if worked > 0.0 { (worked + stolen) / worked } else { 1.0 }
    }
}

/// A wait for something whose position can be seen.
#[derive(Debug)]
pub struct Patience<P> {
    limit: Duration,
    begin: Instant,
    looked: Instant,
    moved: Instant,
    /// For how long it has not moved, as an idle machine counts.
    still: Duration,
    position: Option<P>,
}

impl<P: PartialEq> Patience<P> {
    /// A wait that begins now and ends when nothing has moved for this long, as an idle machine counts.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        let now = Instant::now();
        Self { limit, begin: now, looked: now, moved: now, still: Duration::ZERO, position: None }
    }

    /// Notes how far it has come. To be called at each look that does not find what is waited for; fails when there
    /// is no more point in waiting.
    pub fn look(&mut self, position: P) -> Result<(), Overdue> {
        let passed = self.looked.elapsed();
        self.looked += passed;
        if self.position.as_ref() == Some(&position) {
            self.still += passed.div_f64(slowdown());
        } else {
            self.position = Some(position);
            self.still = Duration::ZERO;
            self.moved = self.looked;
        }
        let waited = self.begin.elapsed();
        if self.still < self.limit && waited < MOST {
            return Ok(());
        }
        Err(Overdue { waited, still: self.moved.elapsed(), slowdown: slowdown() })
    }
}

/// Returns when nothing has moved for this long, as an idle machine counts.
pub async fn standstill<P: PartialEq>(limit: Duration, position: impl Fn() -> P) -> Overdue {
    let mut patience = Patience::new(limit);
    loop {
        if let Err(overdue) = patience.look(position()) {
            return overdue;
        }
        sleep(PAUSE).await;
    }
}

/// Work as a position: it moves as long as at least half of a processor's time goes into it while `limit` passes. What
/// only idles does not get that far.
#[must_use]
pub fn strides(work: Duration, limit: Duration) -> u128 {
    work.as_millis() / (limit.as_millis() / 2).max(1)
}

/// Why a wait has ended without what was waited for.
#[derive(Clone, Debug)]
pub struct Overdue {
    waited: Duration,
    still: Duration,
    slowdown: f64,
}

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { waited, still, slowdown } = self;
        let (waited, still) = (waited.as_secs(), still.as_secs());
        write!(f, "gave up after {waited} s, the last {still} s without progress; work takes {slowdown:.1} times as long as when idle")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than the limit, however slow the machine is.
    const LIMIT: Duration = Duration::from_millis(2);
    const LONG: Duration = Duration::from_millis(40);

    #[test]
    fn what_moves_is_waited_for_and_what_stands_still_is_not() {
        let mut patience = Patience::new(LIMIT);
        for position in 0..3 {
            assert!(patience.look(position).is_ok(), "{position}");
            std::thread::sleep(LONG);
        }
        assert!(patience.look(3).is_ok());
        std::thread::sleep(LONG);
        let overdue = patience.look(3).expect_err("nothing has moved");
        assert!(overdue.still >= LONG && overdue.waited >= 4 * LONG, "{overdue:?}");
    }

    #[test]
    fn a_time_is_stretched_up_to_eightfold_and_never_shortened() {
        assert!((1.0..=SLOWEST).contains(&slowdown()));
        let time = Duration::from_secs(10);
        assert!((time..=8 * time).contains(&stretched(time)));
    }

    #[test]
    fn time_that_a_hypervisor_took_slows_down() {
        let at = |text: &str| Processors::read(text).unwrap();
        let (earlier, later) = (at("cpu  100 0 50 900 7 3 2 10 0 0\ncpu0 1 2 3\n"), at("cpu  150 10 80 990 9 8 7 110 0 0\n"));
        assert!((later.slowdown_since(earlier) - 2.0).abs() < 1e-9, "{later:?}");
        assert!((earlier.slowdown_since(earlier) - 1.0).abs() < 1e-9);
        for unusual in ["", "cpu 1 2 3\n", "intr 5\n"] {
            assert!(Processors::read(unusual).is_none(), "{unusual:?}");
        }
    }

    #[test]
    fn strides_are_made_by_those_who_use_half_of_a_processor() {
        let limit = Duration::from_mins(1);
        let worked = |seconds| strides(Duration::from_secs(seconds), limit);
        assert_eq!((worked(0), worked(29), worked(30), worked(95)), (0, 0, 1, 3));
        assert_eq!(strides(Duration::from_secs(1), Duration::ZERO), 1000, "no limit is no reason to fail");
    }
}
