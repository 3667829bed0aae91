//! Samples that were lost while the probe was busy are tried again before they count: which, in which order, and until
//! when. Pure but for the clock's type.

use std::collections::{BTreeSet, VecDeque};

use lbprobe_protocol::{MOST_IN_FLIGHT, Outcome};
use tokio::time::Instant;

/// Retries that are lost one after the other until the rest is believed: a round of those in flight, so that a port that
/// fails for everybody costs one time-out more.
const MOST_LOST_IN_A_ROW: usize = 4;

/// Whether so many attempts were made that some had to share the network with the most that a probe has in flight.
pub(crate) fn are_called_for(attempts: usize) -> bool {
    attempts > MOST_IN_FLIGHT
}

/// A sample that timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// The index of its check in the plan.
    pub(crate) index: usize,
    /// Its index among the check's samples that were seen.
    pub(crate) sample: usize,
}

/// The losses of a probe, on their way to a second look.
pub(crate) struct Retries {
    waiting: VecDeque<Loss>,
    /// Checks of which a retry was lost as well: their other losses are believed.
    believed: BTreeSet<usize>,
    lost_in_a_row: usize,
    under_way: usize,
    ended: u32,
    until: Instant,
}

impl Retries {
    /// Of what the samples of each check gave. Checks that lost only some come first: those are quickly answered, and
    /// most likely the probe's own doing. Of each check one loss comes before any check's second.
    pub(crate) fn of(outcomes: &[Vec<Outcome>], until: Instant) -> Self {
        let mut losses = Vec::new();
        for (index, outcomes) in outcomes.iter().enumerate() {
            let lost: Vec<usize> = (0..outcomes.len()).filter(|sample| outcomes[*sample].is_time_out()).collect();
            let has_lost_all = lost.len() == outcomes.len();
            losses.extend(lost.into_iter().enumerate().map(|(number, sample)| (has_lost_all, number, index, sample)));
        }
        losses.sort_unstable();
        let waiting = losses.into_iter().map(|(.., index, sample)| Loss { index, sample }).collect();
        Self { waiting, believed: BTreeSet::new(), lost_in_a_row: 0, under_way: 0, ended: 0, until }
    }

    /// What is tried again now; none where nothing is left, or the retries under way have to end first.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Loss> {
        if now >= self.until || self.lost_in_a_row + self.under_way >= MOST_LOST_IN_A_ROW {
            return None;
        }
        while let Some(loss) = self.waiting.pop_front() {
            if !self.believed.contains(&loss.index) {
                self.under_way += 1;
                return Some(loss);
            }
        }
        None
    }

    /// A retry of a check has ended.
    pub(crate) fn end(&mut self, index: usize, outcome: Outcome) {
        self.under_way = self.under_way.saturating_sub(1);
        self.ended = self.ended.saturating_add(1);
        if outcome.is_time_out() {
            self.lost_in_a_row += 1;
            self.believed.insert(index);
        } else {
            self.lost_in_a_row = 0;
        }
    }

    /// How many were made.
    pub(crate) fn ended(&self) -> u32 {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lbprobe_protocol::outcome::ECONNREFUSED;
    use lbprobe_protocol::{ConnectFailure, HttpFailure, ResolveFailure, TlsFailure};

    use super::*;

    const OK: Outcome = Outcome::Answered;
    const LOST: Outcome = Outcome::Connect(ConnectFailure::TimedOut);

    fn retries(outcomes: &[Vec<Outcome>]) -> (Retries, Instant) {
        let now = Instant::now();
        (Retries::of(outcomes, now + Duration::from_secs(10)), now)
    }

    /// The places and samples of what is tried again while all retries end so.
    fn tried(outcomes: &[Vec<Outcome>], end: Outcome) -> Vec<(usize, usize)> {
        let (mut retries, now) = retries(outcomes);
        let mut tried = Vec::new();
        while let Some(loss) = retries.next(now) {
            tried.push((loss.index, loss.sample));
            retries.end(loss.index, end);
        }
        assert_eq!(usize::try_from(retries.ended()), Ok(tried.len()));
        tried
    }

    #[test]
    fn only_a_plan_with_more_attempts_than_permits_is_a_load() {
        assert!(!are_called_for(MOST_IN_FLIGHT));
        assert!(are_called_for(MOST_IN_FLIGHT + 1));
    }

    #[test]
    fn what_timed_out_at_any_stage_is_lost_and_nothing_else() {
        let refused = Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED));
        let unresolved = Outcome::Resolve(ResolveFailure::TimedOut);
        let (no_tls, no_http) = (Outcome::Tls(TlsFailure::TimedOut), Outcome::Http(HttpFailure::TimedOut));
        let outcomes = vec![refused, unresolved, OK, LOST, no_tls, Outcome::Interrupted, no_http, Outcome::Http(HttpFailure::Closed)];
        assert_eq!(tried(&[outcomes], OK), [(0, 1), (0, 3), (0, 4), (0, 6)]);
    }

    #[test]
    fn a_check_that_lost_only_some_comes_first_and_each_check_once_before_any_twice() {
        let outcomes = [vec![LOST, LOST], vec![LOST, OK, LOST], vec![OK, OK, OK], vec![OK, LOST]];
        assert_eq!(tried(&outcomes, OK), [(1, 0), (3, 1), (1, 2), (0, 0), (0, 1)]);
    }

    #[test]
    fn a_check_whose_retry_is_lost_is_believed() {
        assert_eq!(tried(&[vec![LOST; 10], vec![LOST; 10]], LOST), [(0, 0), (1, 0)]);
    }

    #[test]
    fn four_lost_in_a_row_are_enough() {
        assert_eq!(tried(&vec![vec![LOST]; 100], LOST).len(), MOST_LOST_IN_A_ROW);
        assert_eq!(tried(&vec![vec![LOST]; 100], OK).len(), 100);
    }

    #[test]
    fn an_answer_between_begins_the_row_anew() {
        let (mut retries, now) = retries(&vec![vec![LOST]; 100]);
        for number in 0..100 {
            let loss = retries.next(now).unwrap();
            retries.end(loss.index, if number % MOST_LOST_IN_A_ROW == 3 { OK } else { LOST });
        }
        assert_eq!(retries.ended(), 100);
    }

    #[test]
    fn those_under_way_may_be_the_last_of_the_row() {
        let (mut retries, now) = retries(&vec![vec![LOST]; 100]);
        for index in 0..2 {
            retries.next(now).unwrap();
            retries.end(index, LOST);
        }
        assert!(retries.next(now).is_some() && retries.next(now).is_some());
        assert_eq!(retries.next(now), None, "two more may be lost");
        retries.end(2, OK);
        assert!(retries.next(now).is_some());
    }

    #[test]
    fn none_begins_after_the_window() {
        let (mut retries, now) = retries(&vec![vec![LOST]; 100]);
        assert!(retries.next(now + Duration::from_millis(9_999)).is_some());
        assert_eq!(retries.next(now + Duration::from_secs(10)), None);
    }
}
