//! From samples to outages: who lost what, from when to when, and what changed just then. Pure.

use std::collections::HashMap;
use std::fmt;

use lbprobe_protocol::{CheckId, Outcome, Sighting};
use serde::{Deserialize, Serialize};

use crate::diagnosis::Verdict;
use crate::plan::{Plan, TargetKind, Vantage};
use crate::report::API_VERSION;

/// A change this long before an edge of an outage, or one interval after it, is said beside it: kube-proxy
/// takes up to a second and the API's word a moment more.
const COINCIDES_MS: u64 = 5000;

/// Outages of one check that are kept; of more only their number is.
const MOST_OUTAGES: usize = 1000;

/// What a watch saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchReport {
    /// [`API_VERSION`].
    pub api_version: String,
    /// Always `WatchReport`.
    pub kind: String,
    /// The release of the plugin that wrote it.
    pub plugin_version: String,
    /// Namespace and name of the Service.
    pub service: String,
    /// When it began, in milliseconds since 1970.
    pub from_ms: u64,
    /// When it ended.
    pub until_ms: u64,
    /// Milliseconds between two samples of a check: outages are as exact as that.
    pub interval_ms: u32,
    /// Healthy without outage and gap, a fault with an outage, inconclusive with gaps only.
    pub verdict: Verdict,
    /// Each check from each vantage.
    pub checks: Vec<Watched>,
    /// When nothing was heard from a vantage. Nothing counts as up by default.
    pub gaps: Vec<Gap>,
    /// What changed meanwhile.
    pub changes: Vec<Change>,
}

/// One check from one vantage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watched {
    /// From where.
    pub vantage: Vantage,
    /// What is dialled.
    pub target: TargetKind,
    /// At which port.
    pub port: u16,
    /// Samples in all.
    pub samples: u64,
    /// Samples without an answer.
    pub failed: u64,
    /// The outages, in their order, the first thousand of them.
    pub outages: Vec<Outage>,
}

/// Samples without an answer, one after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outage {
    /// When the first of them began.
    pub from_ms: u64,
    /// When the first began that was answered again; nothing where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// How the first of them ended, in words.
    pub outcome: String,
    /// How many there were.
    pub samples: u64,
    /// What changed at its beginning or end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coincided: Vec<String>,
}

/// A time in which nothing was heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// From where.
    pub vantage: Vantage,
    /// Since when.
    pub from_ms: u64,
    /// Until when.
    pub until_ms: u64,
    /// Why, as far as it is known.
    pub reason: String,
}

/// A change of the Service or its endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// When it was heard of, by the clock of the plugin.
    pub at_ms: u64,
    /// What.
    pub what: String,
}

/// A check that was lost, or is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at_ms: u64,
    /// From where.
    pub vantage: Vantage,
    /// What is dialled.
    pub target: TargetKind,
    /// At which port.
    pub port: u16,
    /// How it ended, or how long it was away in milliseconds.
    pub what: Turned,
}

/// Which way a check turned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turned {
    /// It is not answered any more.
    Lost(Outcome),
    /// It is answered again, after so many milliseconds.
    Back(u64),
}

impl fmt::Display for Turned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(outcome) => write!(f, "{outcome}"),
            Self::Back(after) => write!(f, "answered again after {}", Seconds(*after)),
        }
    }
}

/// Milliseconds as a person says them: "4.2 s".
#[derive(Clone, Copy, Debug)]
pub struct Seconds(pub u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} s", self.0 / 1000, self.0 % 1000 / 100)
    }
}

/// What is heard, as it comes.
#[derive(Debug)]
pub struct Watching<'a> {
    plan: &'a Plan,
    interval_ms: u32,
    tracks: HashMap<(usize, CheckId), Track>,
    /// By vantage: the last number that was heard, and when that sample began.
    heard: HashMap<usize, (u64, u64)>,
    gaps: Vec<Gap>,
    changes: Vec<Change>,
}

#[derive(Clone, Debug, Default)]
struct Track {
    samples: u64,
    failed: u64,
    outages: Vec<Outage>,
    is_out: bool,
}

impl<'a> Watching<'a> {
    /// Nothing was heard yet.
    #[must_use]
    pub fn new(plan: &'a Plan, interval_ms: u32) -> Self {
        Self { plan, interval_ms, tracks: HashMap::new(), heard: HashMap::new(), gaps: Vec::new(), changes: Vec::new() }
    }

    /// A sample from a vantage, by its place in the plan. One that was heard already is passed over: a
    /// log is read again where its connection broke.
    pub fn hear(&mut self, place: usize, sighting: Sighting) -> Option<Turn> {
        let vantage = self.plan.vantages.get(place)?;
        let target = self.plan.targets.iter().find(|target| target.id == sighting.check)?;
        match self.heard.get(&place) {
            Some((last, _)) if sighting.number <= *last => return None,
            Some((last, at_ms)) if sighting.number > last + 1 => {
                let reason = "samples of this time are missing in the log".into();
                self.gaps.push(Gap { vantage: vantage.clone(), from_ms: *at_ms, until_ms: sighting.at_ms, reason });
            }
            _ => {}
        }
        self.heard.insert(place, (sighting.number, sighting.at_ms));
        let turned = self.tracks.entry((place, sighting.check)).or_default().take(sighting)?;
        Some(Turn { at_ms: sighting.at_ms, vantage: vantage.clone(), target: target.kind.clone(), port: target.port, what: turned })
    }

    /// A change of the Service or its endpoints.
    pub fn changed(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// How many checks are out at the moment, of how many that were heard of.
    #[must_use]
    pub fn out(&self) -> (usize, usize) {
        (self.tracks.values().filter(|track| track.is_out).count(), self.tracks.len())
    }

    /// Puts the report together. `silent` says why nothing comes from a vantage any more.
    #[must_use]
    pub fn report(mut self, service: String, from_ms: u64, until_ms: u64, silent: &HashMap<usize, String>) -> WatchReport {
        self.close_gaps(from_ms, until_ms, silent);
        let mut checks = Vec::new();
        for (place, vantage) in self.plan.vantages.iter().enumerate() {
            for target in &self.plan.targets {
                let Track { samples, failed, mut outages, .. } = self.tracks.remove(&(place, target.id)).unwrap_or_default();
                for outage in &mut outages {
                    outage.coincided = coincided(outage, &self.changes, self.interval_ms.into());
                }
                checks.push(Watched { vantage: vantage.clone(), target: target.kind.clone(), port: target.port, samples, failed, outages });
            }
        }
        let verdict = match (checks.iter().any(|check| check.failed > 0), self.gaps.is_empty()) {
            (true, _) => Verdict::Fault,
            (false, true) => Verdict::Healthy,
            (false, false) => Verdict::Inconclusive,
        };
        WatchReport {
            api_version: API_VERSION.into(),
            kind: "WatchReport".into(),
            plugin_version: env!("CARGO_PKG_VERSION").into(),
            service,
            from_ms,
            until_ms,
            interval_ms: self.interval_ms,
            verdict,
            checks,
            gaps: self.gaps,
            changes: self.changes,
        }
    }

    /// A vantage that was silent at the end, or all the time.
    fn close_gaps(&mut self, from_ms: u64, until_ms: u64, silent: &HashMap<usize, String>) {
        let patience = 3 * u64::from(self.interval_ms);
        for (place, vantage) in self.plan.vantages.iter().enumerate() {
            let last = self.heard.get(&place).map_or(from_ms, |(_, at_ms)| *at_ms);
            if until_ms.saturating_sub(last) > patience {
                let reason = silent.get(&place).cloned().unwrap_or_else(|| "nothing was heard any more".into());
                self.gaps.push(Gap { vantage: vantage.clone(), from_ms: last, until_ms, reason });
            }
        }
    }
}

impl Track {
    fn take(&mut self, sighting: Sighting) -> Option<Turned> {
        self.samples += 1;
        let is_out = sighting.outcome != Outcome::Answered;
        self.failed += u64::from(is_out);
        match (self.is_out, is_out) {
            (false, true) => {
                self.is_out = true;
                if self.outages.len() < MOST_OUTAGES {
                    self.outages.push(Outage {
                        from_ms: sighting.at_ms,
                        until_ms: None,
                        outcome: sighting.outcome.to_string(),
                        samples: 1,
                        coincided: Vec::new(),
                    });
                }
                Some(Turned::Lost(sighting.outcome))
            }
            (true, true) => {
                if let Some(outage) = self.outages.last_mut() {
                    outage.samples += 1;
                }
                None
            }
            (true, false) => {
                self.is_out = false;
                let outage = self.outages.last_mut().filter(|outage| outage.until_ms.is_none())?;
                outage.until_ms = Some(sighting.at_ms);
                Some(Turned::Back(sighting.at_ms.saturating_sub(outage.from_ms)))
            }
            (false, false) => None,
        }
    }
}

fn coincided(outage: &Outage, changes: &[Change], interval_ms: u64) -> Vec<String> {
    let is_near = |edge: u64, at: u64| at <= edge + interval_ms && at + COINCIDES_MS >= edge;
    let edges = [Some(outage.from_ms), outage.until_ms];
    let near = changes.iter().filter(|change| edges.iter().flatten().any(|edge| is_near(*edge, change.at_ms)));
    near.map(|change| change.what.clone()).collect()
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::ConnectFailure;

    use super::*;
    use crate::model::sample_facts;
    use crate::plan::PlanOptions;

    const SILENT: Outcome = Outcome::Connect(ConnectFailure::TimedOut);

    fn sighting(number: u64, at_ms: u64, outcome: Outcome) -> Sighting {
        Sighting { number, check: 0, at_ms, outcome, total_ms: 1 }
    }

    fn plan() -> Plan {
        Plan::new(&sample_facts(), &PlanOptions::default())
    }

    #[test]
    fn an_outage_lasts_from_the_first_failure_to_the_first_answer_and_names_what_changed() {
        let plan = plan();
        let mut watching = Watching::new(&plan, 1000);
        let outcomes = [Outcome::Answered, SILENT, SILENT, Outcome::Answered, Outcome::Answered];
        let turns: Vec<_> = (0..)
            .zip(outcomes)
            .filter_map(|(number, outcome)| watching.hear(0, sighting(number, 10_000 + number * 1000, outcome)))
            .collect();
        assert_eq!(turns.iter().map(|turn| turn.what.clone()).collect::<Vec<_>>(), [Turned::Lost(SILENT), Turned::Back(2000)]);
        watching.changed(Change { at_ms: 9_000, what: "the endpoint on node1 is gone".into() });
        watching.changed(Change { at_ms: 60_000, what: "much later".into() });
        let report = watching.report("shop/gateway".into(), 10_000, 15_000, &HashMap::new());
        let outage = &report.checks[0].outages[0];
        assert_eq!((outage.from_ms, outage.until_ms, outage.samples), (11_000, Some(13_000), 2));
        assert_eq!(outage.coincided, ["the endpoint on node1 is gone"]);
        assert_eq!(report.verdict, Verdict::Fault);
    }

    #[test]
    fn what_was_not_heard_is_a_gap_and_never_up() {
        let plan = plan();
        let mut watching = Watching::new(&plan, 1000);
        for (number, at_ms) in [(0, 10_000), (1, 11_000), (1, 11_000), (5, 15_000)] {
            watching.hear(0, sighting(number, at_ms, Outcome::Answered));
        }
        let silent = [(1, "the pod is gone".to_owned())].into();
        let report = watching.report("shop/gateway".into(), 10_000, 16_000, &silent);
        assert_eq!((report.checks[0].samples, report.verdict), (3, Verdict::Inconclusive));
        let gap = |place: usize| report.gaps.iter().find(|gap| gap.vantage == plan.vantages[place]).unwrap();
        assert_eq!((gap(0).from_ms, gap(0).until_ms), (11_000, 15_000));
        assert_eq!((gap(1).from_ms, gap(1).until_ms, gap(1).reason.as_str()), (10_000, 16_000, "the pod is gone"));
    }
}
