//! Attempts that wait for their turn, and when that comes. Pure but for the clock's type.

use std::collections::BTreeMap;

use lbprobe_protocol::FollowUp;
use lbprobe_protocol::pace::{SAMPLE_GAP, START_GAP};
use tokio::time::Instant;

/// An attempt that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The index of its check in the plan.
    pub(crate) index: usize,
    pub(crate) what: What,
}

/// What is made of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// One of the samples, by its number in the plan.
    Sample(u8),
    FollowUp(FollowUp),
    /// A sample once more, by its index among those that were seen.
    Retry(usize),
}

impl What {
    /// Each target is looked at before any is looked at again; what a symptom calls for does not wait for the latter.
    fn round(self) -> u8 {
        match self {
            Self::Sample(number) => number,
            Self::FollowUp(_) | Self::Retry(_) => 0,
        }
    }
}

/// What waits, by round, then in the order in which it was added.
pub(crate) struct Queue {
    began: Instant,
    last_start: Option<Instant>,
    waiting: BTreeMap<(u8, usize), Due>,
    added: usize,
}

impl Queue {
    pub(crate) fn new(now: Instant) -> Self {
        Self { began: now, last_start: None, waiting: BTreeMap::new(), added: 0 }
    }

    pub(crate) fn add(&mut self, due: Due) {
        self.waiting.insert((due.what.round(), self.added), due);
        self.added += 1;
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// When the first of them may start; none where nothing waits.
    pub(crate) fn next_start(&self) -> Option<Instant> {
        let ((round, _), _) = self.waiting.first_key_value()?;
        let of_round = self.began + SAMPLE_GAP * u32::from(*round);
        Some(self.last_start.map_or(of_round, |last| of_round.max(last + START_GAP)))
    }

    /// Takes the first, which starts now.
    pub(crate) fn start(&mut self, now: Instant) -> Option<Due> {
        let (_, due) = self.waiting.pop_first()?;
        self.last_start = Some(now);
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sample(index: usize, number: u8) -> Due {
        Due { index, what: What::Sample(number) }
    }

    /// Everything as it starts, each as early as it may, with the milliseconds since the beginning.
    fn starts(mut queue: Queue, began: Instant) -> Vec<(Due, u128)> {
        let mut starts = Vec::new();
        while let Some(next) = queue.next_start() {
            starts.extend(queue.start(next).map(|due| (due, (next - began).as_millis())));
        }
        starts
    }

    #[test]
    fn every_check_has_its_first_sample_before_any_has_its_second() {
        let began = Instant::now();
        let mut queue = Queue::new(began);
        for index in 0..3 {
            for number in 0..2 {
                queue.add(sample(index, number));
            }
        }
        let expected = [(0, 0, 0), (1, 0, 2), (2, 0, 4), (0, 1, 20), (1, 1, 22), (2, 1, 24)];
        assert_eq!(starts(queue, began), expected.map(|(index, number, at)| (sample(index, number), at)));
    }

    #[test]
    fn what_a_symptom_calls_for_comes_before_second_samples() {
        let began = Instant::now();
        let mut queue = Queue::new(began);
        for number in 0..2 {
            queue.add(sample(0, number));
        }
        assert_eq!(queue.start(began), Some(sample(0, 0)));
        let follow_up = Due { index: 0, what: What::FollowUp(FollowUp::ProxyHeader) };
        queue.add(sample(1, 0));
        queue.add(follow_up);
        assert_eq!(starts(queue, began), [(sample(1, 0), 2), (follow_up, 4), (sample(0, 1), 20)]);
    }

    #[test]
    fn starts_that_had_to_wait_are_no_burst() {
        let began = Instant::now();
        let mut queue = Queue::new(began);
        for index in 0..3 {
            queue.add(sample(index, 0));
        }
        let late = began + Duration::from_secs(3);
        queue.start(late);
        let after = starts(queue, began).into_iter().map(|(_, at)| at);
        assert_eq!(after.collect::<Vec<_>>(), [3002, 3004]);
    }
}
