//! The checks of a plan from the first attempt to the last: what waits, what is in flight, and what was seen.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use lbprobe_protocol::pace::RETRIES_IN_FLIGHT;
use lbprobe_protocol::{FollowUp, MOST_IN_FLIGHT, Outcome, Plan, SYMPTOM_MS, When};
use tokio::time::{Instant, sleep_until};

use crate::dial::{Attempt, Dialler};
use crate::queue::{Due, Queue, What};
use crate::retries::{self, Retries};

/// The attempts of a plan.
pub(crate) struct Dialling<'a> {
    plan: &'a Plan,
    dialler: &'a Dialler,
    seen: Vec<SeenOfCheck>,
    queue: Queue,
    in_flight: FuturesUnordered<LocalBoxFuture<'a, Made>>,
    /// When each attempt in flight has started, by its number: the first is the oldest.
    starts: BTreeMap<usize, Instant>,
    /// Attempts that have started so far.
    started: usize,
    /// The most that may be in flight.
    permits: usize,
    /// Whether something has failed or is slow: what waits for a symptom is made then.
    is_symptom_shown: bool,
    /// None until all else has ended.
    retries: Option<Retries>,
}

/// What was seen of one check so far.
#[derive(Default)]
pub(crate) struct SeenOfCheck {
    /// Whether the check is made at all: some wait for a symptom.
    pub(crate) is_begun: bool,
    pub(crate) samples: Vec<Attempt>,
    pub(crate) follow_ups: Vec<(FollowUp, Attempt)>,
    /// Follow-ups that a symptom has called for already.
    called: Vec<FollowUp>,
}

/// An attempt that was made.
struct Made {
    number: usize,
    due: Due,
    attempt: Attempt,
}

impl<'a> Dialling<'a> {
    pub(crate) fn new(plan: &'a Plan, dialler: &'a Dialler) -> Self {
        let mut dialling = Self {
            plan,
            dialler,
            seen: plan.checks.iter().map(|_| SeenOfCheck::default()).collect(),
            queue: Queue::new(Instant::now()),
            in_flight: FuturesUnordered::new(),
            starts: BTreeMap::new(),
            started: 0,
            permits: MOST_IN_FLIGHT,
            is_symptom_shown: false,
            retries: None,
        };
        dialling.queue_checks(When::AtOnce);
        dialling.queue_checks(When::Unasked);
        dialling
    }

    /// Starts an attempt that may start, or waits until one ends or may start. Whether there is more to do. May be
    /// dropped at any moment.
    pub(crate) async fn step(&mut self) -> bool {
        let now = Instant::now();
        self.queue_retries(now);
        if self.is_idle() {
            return false;
        }
        let start = self.queue.next_start().filter(|_| self.in_flight.len() < self.permits);
        if start.is_some_and(|start| start <= now) {
            self.start(now);
            return true;
        }
        let slow = self.slow_at();
        tokio::select! {
            Some(made) = self.in_flight.next() => self.take(made),
            () = until(start) => {}
            () = until(slow) => self.show_symptom(),
        }
        true
    }

    /// What was seen of each check, and how many samples were made again. What is in flight is given up.
    pub(crate) fn end(self) -> (Vec<SeenOfCheck>, u32) {
        (self.seen, self.retries.as_ref().map_or(0, Retries::ended))
    }

    fn is_idle(&self) -> bool {
        self.queue.len() == 0 && self.in_flight.is_empty()
    }

    /// The samples of the checks that are made then, and the follow-up that waits for no symptom.
    fn queue_checks(&mut self, when: When) {
        for (index, check) in self.plan.checks.iter().enumerate().filter(|(_, check)| check.when == when) {
            self.seen[index].is_begun = true;
            for number in 0..check.samples {
                self.queue.add(Due { index, what: What::Sample(number) });
            }
            if check.follow_ups.contains(&FollowUp::FromNodeAddress) {
                self.queue.add(Due { index, what: What::FollowUp(FollowUp::FromNodeAddress) });
            }
        }
    }

    /// Once everything else has ended, losses under load are made again, a few at a time.
    fn queue_retries(&mut self, now: Instant) {
        if self.retries.is_none() && self.is_idle() && retries::are_called_for(self.started) {
            self.permits = RETRIES_IN_FLIGHT;
            let outcomes = |seen: &SeenOfCheck| seen.samples.iter().map(|attempt| attempt.sample.outcome).collect::<Vec<Outcome>>();
            let outcomes: Vec<_> = self.seen.iter().map(outcomes).collect();
            self.retries = Some(Retries::of(&outcomes, now + self.plan.retry_window()));
        }
        let Some(retries) = &mut self.retries else { return };
        while self.queue.len() + self.in_flight.len() < RETRIES_IN_FLIGHT {
            let Some(loss) = retries.next(now) else { return };
            self.queue.add(Due { index: loss.index, what: What::Retry(loss.sample) });
        }
    }

    /// An attempt becomes a future, which is large, only now: thousands may wait.
    fn start(&mut self, now: Instant) {
        let Some(due) = self.queue.start(now) else { return };
        let (number, dialler, plan) = (self.started, self.dialler, self.plan);
        let check = &plan.checks[due.index];
        self.started += 1;
        if check.when != When::Unasked {
            self.starts.insert(number, now);
        }
        let made = async move {
            let attempt = match due.what {
                What::Sample(_) | What::Retry(_) => dialler.attempt(check).await,
                What::FollowUp(which) => dialler.follow_up(check, which).await,
            };
            Made { number, due, attempt }
        };
        self.in_flight.push(made.boxed_local());
    }

    /// When the oldest attempt in flight becomes a symptom. What only waits for its turn is not slow.
    fn slow_at(&self) -> Option<Instant> {
        if self.is_symptom_shown {
            return None;
        }
        self.starts.first_key_value().map(|(_, start)| *start + Duration::from_millis(SYMPTOM_MS.into()))
    }

    fn show_symptom(&mut self) {
        if !self.is_symptom_shown {
            self.is_symptom_shown = true;
            self.queue_checks(When::OnSymptom);
        }
    }

    /// Keeps an attempt. A sample with a symptom calls for follow-ups, each once.
    fn take(&mut self, Made { number, due, attempt }: Made) {
        self.starts.remove(&number);
        let Due { index, what } = due;
        let outcome = attempt.sample.outcome;
        if outcome != Outcome::Answered && self.plan.checks[index].when != When::Unasked {
            self.show_symptom();
        }
        let seen = &mut self.seen[index];
        match what {
            What::FollowUp(which) => return seen.follow_ups.push((which, attempt)),
            What::Sample(_) => seen.samples.push(attempt),
            What::Retry(sample) => {
                if let Some(lost) = seen.samples.get_mut(sample) {
                    *lost = attempt;
                }
                if let Some(retries) = &mut self.retries {
                    retries.end(index, outcome);
                }
            }
        }
        for which in seen.call_for(outcome, &self.plan.checks[index].follow_ups) {
            self.queue.add(Due { index, what: What::FollowUp(which) });
        }
    }
}

impl SeenOfCheck {
    /// The follow-ups that an outcome calls for and that were not called for yet.
    fn call_for(&mut self, outcome: Outcome, follow_ups: &[FollowUp]) -> Vec<FollowUp> {
        let called = follow_ups.iter().copied().filter(|which| calls_for(outcome, *which) && !self.called.contains(which));
        let called: Vec<_> = called.collect();
        self.called.extend(&called);
        called
    }
}

/// Whether an outcome is a symptom that another attempt can tell more of.
fn calls_for(outcome: Outcome, follow_up: FollowUp) -> bool {
    match follow_up {
        // Made at once, whatever the samples give: a lost SYN would double the run's time.
        FollowUp::FromNodeAddress => false,
        FollowUp::ProxyHeader => outcome.is_hung_up(),
        FollowUp::PlainHttp => outcome.is_no_tls(),
        // A staged sample tells first where a failure lies.
        FollowUp::Redirects => outcome == Outcome::Answered,
    }
}

/// Never, where there is no such moment.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
