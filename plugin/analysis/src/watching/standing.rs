//! How each check stands while a watch goes on, for what is asked again and again.

use super::{Turned, Watching};
use crate::plan::{Target, Vantage};
use lbprobe_protocol::Outcome;

/// How a check stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckStanding<'a> {
    /// From where.
    pub vantage: &'a Vantage,
    /// What is dialled.
    pub target: &'a Target,
    /// Samples so far.
    pub samples: u64,
    /// Those that were not answered.
    pub failed: u64,
    /// Outages so far: one of several samples counts once.
    pub outages: u64,
    /// The last sample; `None` where none came lately, or one that says nothing of the way.
    pub last: Option<LastSample>,
}

/// The last sample of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastSample {
    /// Whether it was answered.
    pub is_answered: bool,
    /// How long that took, in milliseconds.
    pub total_ms: u32,
}

impl Watching<'_> {
    /// Every check of the watch; `now_ms` is the time by the plugin's clock, in milliseconds since 1970.
    pub fn standing(&self, now_ms: u64) -> impl Iterator<Item = CheckStanding<'_>> {
        let vantages = self.plan.vantages.iter().enumerate();
        vantages.flat_map(move |(index, vantage)| {
            let is_heard = self.is_heard(index, now_ms);
            self.plan.service_targets().map(move |target| {
                let Some(track) = self.tracks.get(&(index, target.id)) else {
                    return CheckStanding { vantage, target, samples: 0, failed: 0, outages: 0, last: None };
                };
                let says_something = |outcome: &Outcome| !self.may_be_servers_way(target, Turned::Lost(*outcome));
                let is_open = track.is_silent() && !self.answering.contains(&target.port);
                let last = track.last.filter(|outcome| is_heard && !is_open && says_something(outcome));
                CheckStanding {
                    vantage,
                    target,
                    samples: track.samples,
                    failed: if is_open { 0 } else { track.failed },
                    outages: if is_open { 0 } else { track.outage_count },
                    last: last.map(|outcome| LastSample { is_answered: outcome == Outcome::Answered, total_ms: track.last_ms }),
                }
            })
        })
    }

    /// The vantages, and whether something came from each lately.
    pub fn vantages_heard(&self, now_ms: u64) -> impl Iterator<Item = (&Vantage, bool)> {
        self.plan.vantages.iter().enumerate().map(move |(index, vantage)| (vantage, self.is_heard(index, now_ms)))
    }

    /// Changes of the Service, its endpoints and kube-proxies so far.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.changes.len()
    }

    fn is_heard(&self, index: usize, now_ms: u64) -> bool {
        self.heard.get(&index).is_some_and(|last| now_ms.saturating_sub(last.heard_ms) <= self.patience_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube_proxy::sample_facts;
    use crate::plan::{Plan, PlanOptions};
    use lbprobe_protocol::{ConnectFailure, ProbeEvent, ProbeEventKind};

    #[test]
    fn a_check_stands_as_it_was_seen_last_and_not_at_all_once_nothing_comes() {
        let plan = Plan::new(&sample_facts(), &PlanOptions::default());
        let mut watching = Watching::new(&plan, 1000);
        let lost = Outcome::Connect(ConnectFailure::TimedOut);
        for (number, outcome) in (0..).zip([Outcome::Answered, lost, lost, Outcome::Answered, lost]) {
            let what = ProbeEventKind::Sample { check: 0, outcome, total_ms: 7 };
            watching.hear(0, 10_000 + number * 1000, ProbeEvent { number, at_ms: 10_000 + number * 1000, what });
        }
        let first = |now_ms| watching.standing(now_ms).next().unwrap();
        let CheckStanding { samples, failed, outages, last, .. } = first(14_500);
        assert_eq!((samples, failed, outages), (5, 3, 2));
        assert_eq!(last, Some(LastSample { is_answered: false, total_ms: 7 }));
        assert_eq!(first(17_001).last, None, "three intervals without a word");
        let heard: Vec<_> = watching.vantages_heard(14_500).map(|(_, heard)| heard).collect();
        assert!(heard[0] && !heard[1..].contains(&true), "{heard:?}");
    }
}
