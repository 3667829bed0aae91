//! How fast a probe dials, and how long that takes at most.
//!
//! A probe must not cause what it finds. Started all at once, the samples of a hundred ports are thousands of
//! connections within milliseconds, from each node: accept queues overflow, and a healthy Service looks broken.

use std::time::Duration;

use crate::{Check, FollowUp, Plan, Question, SYMPTOM_MS, When};

/// The most attempts that one probe has in flight: each is one connection or, before that, the queries for its name.
/// All probes of a run fill the same accept queue, of which nginx's has 511 places and an older kernel's 128. A Service
/// with a few ports still has all its samples in flight together.
pub const MOST_IN_FLIGHT: usize = 50;

/// Between the starts of two attempts.
pub const START_GAP: Duration = Duration::from_millis(2);

/// Between the first start of one round of samples and that of the next, at least: a short loss of packets or one full
/// queue does not take all samples of a check.
pub const SAMPLE_GAP: Duration = Duration::from_millis(20);

/// The most attempts in flight while lost samples are tried again: so few that the probe itself is no load.
pub const RETRIES_IN_FLIGHT: usize = 4;

/// For how many of the longest timeout retries begin. Those that are answered take milliseconds, and hundreds have
/// their turn; what really fails costs no more than this.
const RETRY_ROUNDS: u32 = 3;

/// The follow-ups that the last [`RETRIES_IN_FLIGHT`] retries call for, in rounds of as many: two each at most.
const FOLLOW_UP_ROUNDS: u32 = 2;

/// Within which a page of the node's own services, such as kube-proxy's metrics, has to be there. A busy node needs
/// more than a second for its metrics, and without them kube-proxy's release is a guess. Less than a failing check
/// takes by default: a fault is not told later for it.
pub const PAGE_TIMEOUT: Duration = Duration::from_millis(2500);

impl Plan {
    /// How many attempts the plan can lead to: all samples and all follow-ups, without retries.
    #[must_use]
    pub fn attempts(&self) -> usize {
        self.checks.iter().map(|check| usize::from(check.samples).saturating_add(check.follow_ups.len())).fold(0, usize::saturating_add)
    }

    /// For how long retries of lost samples begin. What is not tried again by then counts as it is.
    #[must_use]
    pub fn retry_window(&self) -> Duration {
        self.longest_timeout().saturating_mul(RETRY_ROUNDS)
    }

    /// The most time that a probe with this plan needs from its start to its record, or to the end of its watch: the
    /// wait before the first check, every attempt lasting to its deadline, and the retries. `linger_ms` comes after it.
    /// How fast the machine is does not show in it.
    #[must_use]
    pub fn longest(&self) -> Duration {
        if let Some(watch) = self.watch {
            return Duration::from_millis(watch.for_ms).saturating_add(self.longest_timeout());
        }
        Duration::from_millis(self.wait_ms.into()).saturating_add(self.dialling().max(self.asking()))
    }

    /// With a permit for every attempt, only those last that wait for another one's end. Else all permits are in use
    /// while others wait, so that the sum of all timeouts is shared among them.
    fn dialling(&self) -> Duration {
        let attempts = self.attempts();
        let rounds = self.checks.iter().map(|check| u32::from(check.samples)).max().unwrap_or_default();
        let starts = START_GAP.saturating_mul(count(attempts));
        let alone = starts.saturating_add(SAMPLE_GAP.saturating_mul(rounds.saturating_sub(1))).saturating_add(self.longest_chain());
        if attempts <= MOST_IN_FLIGHT {
            return alone;
        }
        let shared = self.checks.iter().map(all_timeouts).fold(Duration::ZERO, Duration::saturating_add) / count(MOST_IN_FLIGHT);
        alone.saturating_add(shared).saturating_add(self.retrying())
    }

    /// The longest chain of attempts of which each waits for the one before it: a sample and its follow-up, or the
    /// first symptom and what it calls for.
    fn longest_chain(&self) -> Duration {
        let of = |when| self.checks.iter().filter(move |check| check.when == when);
        // A failure shows no later than slowness does.
        let symptom = of(When::AtOnce).map(timeout).max().unwrap_or_default().min(Duration::from_millis(SYMPTOM_MS.into()));
        let at_once = of(When::AtOnce).chain(of(When::Unasked)).map(chain).max().unwrap_or_default();
        let on_symptom = of(When::OnSymptom).map(chain).max().map_or(Duration::ZERO, |longest| symptom.saturating_add(longest));
        at_once.max(on_symptom)
    }

    /// The last retry begins at the end of the window. What it calls for is made too.
    fn retrying(&self) -> Duration {
        let has_follow_ups = self.checks.iter().any(has_later_follow_up);
        let rounds = if has_follow_ups { 1 + FOLLOW_UP_ROUNDS } else { 1 };
        let starts = START_GAP.saturating_mul(count(RETRIES_IN_FLIGHT).saturating_mul(rounds));
        self.retry_window().saturating_add(self.longest_timeout().saturating_mul(rounds)).saturating_add(starts)
    }

    /// The questions are asked while the checks are made. Of kube-proxy two pages are read one after the other.
    fn asking(&self) -> Duration {
        let asks = |question: &Question| match question {
            Question::KubeProxy => PAGE_TIMEOUT.saturating_mul(2),
            Question::Node(_) => PAGE_TIMEOUT,
        };
        self.questions.iter().map(asks).max().unwrap_or_default()
    }

    fn longest_timeout(&self) -> Duration {
        self.checks.iter().map(timeout).max().unwrap_or_default()
    }
}

fn timeout(check: &Check) -> Duration {
    Duration::from_millis(check.timeout_ms.into())
}

/// Of all attempts that a check can lead to.
fn all_timeouts(check: &Check) -> Duration {
    timeout(check).saturating_mul(u32::from(check.samples).saturating_add(count(check.follow_ups.len())))
}

/// A sample, and the follow-up that waits for its outcome.
fn chain(check: &Check) -> Duration {
    timeout(check).saturating_mul(if has_later_follow_up(check) { 2 } else { 1 })
}

fn has_later_follow_up(check: &Check) -> bool {
    check.follow_ups.iter().any(|follow_up| *follow_up != FollowUp::FromNodeAddress)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Exchange, Host, NodeQuestion, VERSION, Watch};

    fn check(samples: u8, timeout_ms: u32) -> Check {
        Check {
            id: 0,
            host: Host::Address([10, 96, 0, 1].into()),
            port: 443,
            exchange: Exchange::Connect,
            samples,
            timeout_ms,
            when: When::AtOnce,
            follow_ups: Vec::new(),
        }
    }

    fn plan(checks: Vec<Check>) -> Plan {
        Plan { version: VERSION, wait_ms: 1000, linger_ms: 700, checks, questions: Vec::new(), watch: None, kernel: None }
    }

    fn milliseconds(plan: &Plan) -> u128 {
        plan.longest().as_millis()
    }

    #[test]
    fn a_small_plan_takes_the_wait_the_starts_and_one_timeout() {
        // 18 starts 2 ms apart, two more rounds 20 ms apart.
        assert_eq!(milliseconds(&plan(vec![check(3, 3500); 6])), 1000 + 36 + 40 + 3500);
        assert_eq!(milliseconds(&plan(Vec::new())), 1000);
    }

    #[test]
    fn a_follow_up_comes_after_its_sample_unless_it_is_made_at_once() {
        let at_once = Check { follow_ups: vec![FollowUp::FromNodeAddress], ..check(1, 3500) };
        assert_eq!(milliseconds(&plan(vec![at_once])), 1000 + 4 + 3500);
        let later = Check { follow_ups: vec![FollowUp::FromNodeAddress, FollowUp::ProxyHeader], ..check(1, 3500) };
        assert_eq!(milliseconds(&plan(vec![later])), 1000 + 6 + 2 * 3500);
    }

    #[test]
    fn what_a_symptom_calls_for_begins_once_it_shows() {
        let evidence = |timeout_ms| Check { when: When::OnSymptom, ..check(1, timeout_ms) };
        assert_eq!(milliseconds(&plan(vec![check(1, 3500), evidence(3100)])), 1000 + 4 + 400 + 3100);
        assert_eq!(milliseconds(&plan(vec![check(1, 3500), evidence(2000)])), 1000 + 4 + 3500);
        assert_eq!(milliseconds(&plan(vec![check(1, 100), evidence(2000)])), 1000 + 4 + 100 + 2000);
    }

    #[test]
    fn more_attempts_than_permits_take_turns_and_are_tried_again() {
        let full = milliseconds(&plan(vec![check(1, 1000); 50]));
        assert_eq!(full, 1000 + 100 + 1000);
        // 300 timeouts among 50 permits, three rounds of retries, the last one's timeout, and its four starts.
        let loaded = milliseconds(&plan(vec![check(3, 1000); 100]));
        assert_eq!(loaded, 1000 + 600 + 40 + 1000 + 6000 + 3000 + 1000 + 8);
        let followed_up = Check { follow_ups: vec![FollowUp::ProxyHeader], ..check(3, 1000) };
        let followed_up = milliseconds(&plan(vec![followed_up; 100]));
        assert_eq!(followed_up, 1000 + 800 + 40 + 2000 + 8000 + 3000 + 3000 + 24);
    }

    #[test]
    fn questions_are_asked_meanwhile() {
        let asking = |questions| Plan { questions, ..plan(vec![check(1, 300)]) };
        assert_eq!(milliseconds(&asking(vec![Question::Node(NodeQuestion::default())])), 1000 + 2500);
        assert_eq!(milliseconds(&asking(vec![Question::Node(NodeQuestion::default()), Question::KubeProxy])), 1000 + 5000);
        let slow = Plan { questions: vec![Question::KubeProxy], ..plan(vec![check(1, 9000)]) };
        assert_eq!(milliseconds(&slow), 1000 + 2 + 9000);
    }

    #[test]
    fn a_watch_takes_its_time_and_the_last_samples_timeout() {
        let watch = Watch { interval_ms: 1000, for_ms: 60_000, kubelet_silence_ms: None };
        assert_eq!(milliseconds(&Plan { watch: Some(watch), ..plan(vec![check(1, 900); 200]) }), 60_900);
    }

    #[test]
    fn the_largest_numbers_have_a_sum_too() {
        let largest = Check { follow_ups: FollowUp::ALL.to_vec(), ..check(u8::MAX, u32::MAX) };
        let plan = Plan { wait_ms: u32::MAX, ..plan(vec![largest; 1000]) };
        assert!(plan.longest() > plan.retry_window());
        let watch = Watch { interval_ms: 0, for_ms: u64::MAX, kubelet_silence_ms: None };
        assert!(Plan { watch: Some(watch), ..plan }.longest() >= Duration::from_millis(u64::MAX));
    }
}
