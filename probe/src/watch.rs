//! Keeps watch: every check again and again, a line for each sample as it ends, and one when kube-proxy ends
//! or is back.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use lbprobe_protocol::{Plan, Question, Sighted, Sighting, Watch};
use tokio::time::{Instant, sleep_until};

use crate::dial::Dialler;
use crate::kube_proxy_presence::Presence;
use crate::run::Terminated;

/// Dials until the time is over, or SIGTERM ends it.
pub(crate) async fn keep(plan: &Plan, watch: Watch, terminated: &mut Terminated) {
    let dialler = Dialler::new();
    let end = Instant::now() + Duration::from_millis(watch.for_ms);
    let mut schedule = Schedule::new(plan.checks.len(), watch.interval_ms);
    let mut kube_proxy = plan.questions.contains(&Question::KubeProxy).then(Presence::new);
    let mut pending: FuturesUnordered<LocalBoxFuture<'_, Seen>> = FuturesUnordered::new();
    let mut log = Log { next: 0 };
    loop {
        let is_read = tokio::select! {
            Some(seen) = pending.next() => log.tell(seen),
            turn = turn_of(kube_proxy.as_mut()) => log.tell(Seen { at_ms: now_ms(), what: turn }),
            place = schedule.next() => {
                pending.push(sight(&dialler, plan, place));
                true
            }
            () = sleep_until(end) => break,
            () = terminated.wait() => return,
        };
        if !is_read {
            return;
        }
    }
    while let Some(seen) = pending.next().await {
        log.tell(seen);
    }
}

/// Never, where none is watched.
async fn turn_of(kube_proxy: Option<&mut Presence>) -> Sighted {
    match kube_proxy {
        Some(kube_proxy) => kube_proxy.turn().await,
        None => std::future::pending().await,
    }
}

/// A sighting without its number: that is given as it is told.
struct Seen {
    at_ms: u64,
    what: Sighted,
}

/// One sample of a check.
fn sight<'a>(dialler: &'a Dialler, plan: &'a Plan, place: usize) -> LocalBoxFuture<'a, Seen> {
    let check = &plan.checks[place];
    async move {
        let at_ms = now_ms();
        let sample = dialler.attempt(check).await.sample;
        Seen { at_ms, what: Sighted::Sample { check: check.id, outcome: sample.outcome, total_ms: sample.total_ms } }
    }
    .boxed_local()
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The probe's log, line by line.
struct Log {
    /// The number of the next line.
    next: u64,
}

impl Log {
    /// Writes a line; whether somebody can read it still.
    fn tell(&mut self, Seen { at_ms, what }: Seen) -> bool {
        let sighting = Sighting { number: self.next, at_ms, what };
        self.next += 1;
        let mut log = io::stdout().lock();
        writeln!(log, "{}", sighting.to_line()).and_then(|()| log.flush()).is_ok()
    }
}

/// When each check is due.
struct Schedule {
    due: Vec<Instant>,
    interval_ms: u64,
    /// State of a small generator (Steele, Lea and Flood, 2014): nobody has to be surprised by it.
    state: u64,
}

impl Schedule {
    /// All checks spread over the first interval.
    fn new(checks: usize, interval_ms: u32) -> Self {
        let mut schedule =
            Self { due: Vec::new(), interval_ms: interval_ms.into(), state: RandomState::new().hash_one(std::process::id()) };
        let now = Instant::now();
        for _ in 0..checks {
            let offset = schedule.random() % schedule.interval_ms.max(1);
            schedule.due.push(now + Duration::from_millis(offset));
        }
        schedule
    }

    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) >> 16
    }

    /// The check that is due next, when it is; and when it is due again.
    async fn next(&mut self) -> usize {
        let Some((place, due)) = self.due.iter().copied().enumerate().min_by_key(|(_, due)| *due) else {
            return std::future::pending().await;
        };
        sleep_until(due).await;
        let tenth = self.interval_ms / 10;
        let jitter = self.random() % (2 * tenth + 1);
        self.due[place] = due + Duration::from_millis(self.interval_ms - tenth + jitter);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn checks_come_again_after_an_interval_more_or_less_a_tenth() {
        tokio::time::pause();
        let mut schedule = Schedule::new(2, 1000);
        let mut seen: [Vec<Instant>; 2] = [Vec::new(), Vec::new()];
        for _ in 0..40 {
            let place = schedule.next().await;
            seen[place].push(Instant::now());
        }
        for times in seen {
            assert!(times.len() > 15, "{times:?}");
            for pair in times.windows(2) {
                let between = (pair[1] - pair[0]).as_millis();
                assert!((899..=1102).contains(&between), "{between}");
            }
        }
    }
}
