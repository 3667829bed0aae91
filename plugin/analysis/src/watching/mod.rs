//! From samples to outages: who lost what, from when to when, and what changed just then. Pure.

mod observed;
mod standing;

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use crate::diagnosis::Verdict;
use crate::facts::{Protocol, TransportPort};
use crate::plan::{Plan, Target, TargetKind, Vantage};
use lbprobe_protocol::{CheckId, ConnectFailure, Outcome, ProbeEvent, ProbeEventKind};
pub use observed::{Changed, Observed, ObservedChange, Outage, WatchGap, WatchGapReason, WatchUnknown, Watched};
pub use standing::{CheckStanding, LastSample};

/// A change this long before an edge of an outage, or one interval after it, is said beside it: kube-proxy
/// takes up to a second and the API's word a moment more.
const COINCIDES_MS: u64 = 5000;

/// How a datagram without an answer ends.
const SILENCE: Outcome = Outcome::Connect(ConnectFailure::NoAnswer);

/// Gaps and changes that are kept: a log is foreign, and may hold any number.
const MOST_KEPT: usize = 10_000;

/// Clocks that differ by more are said: a line of a log takes a second or two on its way.
const CLOCKS_DIFFER_MS: u64 = 10_000;

/// Outages of one check that are kept; of more only their number is.
const MOST_OUTAGES: usize = 1000;

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
    pub port: TransportPort,
    /// How it ended, or how long it was away in milliseconds.
    pub what: Turned,
}

/// What an event brought that somebody wants to know at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A check was lost, or is back.
    Turn(Turn),
    /// A kube-proxy has ended, or answers again.
    Change(ObservedChange),
}

/// Which way a check turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// It is not answered any more.
    Lost(Outcome),
    /// It is answered again, after so many milliseconds.
    Back(u64),
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
    /// The UDP ports at which a datagram was answered.
    answering: BTreeSet<u16>,
    /// By vantage: the last line that was heard.
    heard: HashMap<usize, LastHeard>,
    gaps: Vec<WatchGap>,
    changes: Vec<ObservedChange>,
    unknown: Vec<WatchUnknown>,
}

/// The last line of a vantage.
#[derive(Clone, Copy, Debug)]
struct LastHeard {
    number: u64,
    /// When its sample began, in milliseconds since 1970 by the node's clock.
    at_ms: u64,
    /// When the plugin heard it, in milliseconds since 1970 by the plugin's clock.
    heard_ms: u64,
    /// How far the plugin's clock is ahead of the node's, in milliseconds: the least that a line seemed to take on
    /// its way.
    ahead_ms: i64,
}

#[derive(Clone, Debug, Default)]
struct Track {
    samples: u64,
    failed: u64,
    /// Samples that ended in silence.
    silent: u64,
    outages: Vec<Outage>,
    /// Of them all, those too that are not kept.
    outage_count: u64,
    last: Option<Outcome>,
    /// How long the last sample took, in milliseconds.
    last_ms: u32,
}

impl<'a> Watching<'a> {
    /// Nothing was heard yet.
    #[must_use]
    pub fn new(plan: &'a Plan, interval_ms: u32) -> Self {
        Self {
            plan,
            interval_ms,
            tracks: HashMap::new(),
            answering: BTreeSet::new(),
            heard: HashMap::new(),
            gaps: Vec::new(),
            changes: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// An event from a vantage, by its index in the plan, heard at `heard_ms` by the plugin's clock. One that was
    /// heard already is passed over: a log is read again where its connection broke.
    pub fn hear(&mut self, index: usize, heard_ms: u64, event: ProbeEvent) -> Option<News> {
        let vantage = self.plan.vantages.get(index)?;
        let ProbeEvent { number, at_ms, what } = event;
        let before = self.heard.get(&index).copied();
        match before {
            Some(last) if number <= last.number => return None,
            Some(last) if number - last.number > 1 => {
                self.gap(vantage, last.at_ms, at_ms, WatchGapReason::SamplesMissing);
            }
            // By both clocks: one may have been set, and a log that was cut off comes all at once.
            Some(last) if at_ms.saturating_sub(last.at_ms).min(heard_ms.saturating_sub(last.heard_ms)) > self.patience_ms() => {
                self.gap(vantage, last.at_ms, at_ms, WatchGapReason::NoSample);
            }
            _ => {}
        }
        let ahead_ms = difference(heard_ms, at_ms);
        let ahead_ms = before.map_or(ahead_ms, |last| last.ahead_ms.min(ahead_ms));
        self.heard.insert(index, LastHeard { number, at_ms, heard_ms, ahead_ms });
        let changed = match what {
            ProbeEventKind::Sample { check, outcome, total_ms } => {
                let target = self.plan.target(check)?;
                if target.protocol == Protocol::Udp && outcome == Outcome::Answered {
                    self.answering.insert(target.port);
                }
                let what = self.tracks.entry((index, check)).or_default().take(at_ms, outcome, total_ms)?;
                let turn = Turn { at_ms, vantage: vantage.clone(), target: target.kind.clone(), port: target.transport(), what };
                return (!self.may_be_servers_way(target, turn.what)).then_some(News::Turn(turn));
            }
            ProbeEventKind::KubeProxyGone => Changed::KubeProxyEnded { node: vantage.node.clone() },
            ProbeEventKind::KubeProxyBack => Changed::KubeProxyAnswers { node: vantage.node.clone() },
        };
        let change = ObservedChange { at_ms, what: changed, node: Some(vantage.node.clone()) };
        self.changed(change.clone());
        Some(News::Change(change))
    }

    /// Whether a datagram without an answer says nothing of the way: no other was answered at that port.
    fn may_be_servers_way(&self, target: &Target, what: Turned) -> bool {
        matches!(what, Turned::Lost(SILENCE)) && !self.answering.contains(&target.port)
    }

    /// Without a word for so long a vantage is silent.
    fn patience_ms(&self) -> u64 {
        3 * u64::from(self.interval_ms)
    }

    fn gap(&mut self, vantage: &Vantage, from_ms: u64, until_ms: u64, reason: WatchGapReason) {
        if self.gaps.len() < MOST_KEPT {
            self.gaps.push(WatchGap { vantage: vantage.clone(), from_ms, until_ms, reason });
        }
    }

    /// A change of the Service or its endpoints.
    pub fn changed(&mut self, change: ObservedChange) {
        if self.changes.len() < MOST_KEPT {
            self.changes.push(change);
        }
    }

    /// Of some changes nothing will be heard.
    pub fn refused(&mut self, reason: String) {
        self.unknown.push(WatchUnknown::Changes { reason });
    }

    /// How a check ended last, by its vantage's index in the plan; nothing where none was heard of.
    #[must_use]
    pub fn last(&self, index: usize, check: CheckId) -> Option<Outcome> {
        self.tracks.get(&(index, check))?.last
    }

    /// Ends the watch. `silent` says why nothing comes from a vantage any more.
    #[must_use]
    pub fn end(mut self, from_ms: u64, until_ms: u64, silent: &HashMap<usize, WatchGapReason>) -> Observed {
        self.close_gaps(from_ms, until_ms, silent);
        self.unknown.extend(self.clocks());
        let (mut checks, mut open) = (Vec::new(), BTreeSet::new());
        for (index, vantage) in self.plan.vantages.iter().enumerate() {
            let ahead_ms = self.heard.get(&index).map_or(0, |last| last.ahead_ms);
            for target in self.plan.service_targets() {
                let track = self.tracks.remove(&(index, target.id)).unwrap_or_default();
                let is_open = track.is_silent() && !self.answering.contains(&target.port);
                open.extend(is_open.then_some(target.port));
                let Track { samples, failed, mut outages, .. } =
                    if is_open { Track { samples: track.samples, ..Track::default() } } else { track };
                for outage in &mut outages {
                    outage.coincided =
                        coincided(outage, &vantage.node, &self.changes, Clocks { interval_ms: self.interval_ms.into(), ahead_ms });
                }
                let (vantage, kind) = (vantage.clone(), target.kind.clone());
                checks.push(Watched { vantage, target: kind, port: target.port, protocol: target.protocol, samples, failed, outages });
            }
        }
        let is_whole = open.is_empty() && self.gaps.is_empty() && checks.iter().all(|check| check.samples > 0);
        let verdict = match (checks.iter().any(|check| check.failed > 0), is_whole) {
            (true, _) => Verdict::Fault,
            (false, true) => Verdict::Healthy,
            (false, false) => Verdict::Inconclusive,
        };
        self.unknown.extend((!open.is_empty()).then(|| WatchUnknown::UnansweredPorts { ports: open.into_iter().collect() }));
        Observed {
            verdict,
            interval_ms: self.interval_ms,
            sampled: self.plan.sampled.clone(),
            checks,
            gaps: self.gaps,
            changes: self.changes,
            unknown: self.unknown,
        }
    }

    /// A vantage that was silent at the end, or all the time: by when something was heard, as clocks of nodes and of
    /// this machine may differ.
    fn close_gaps(&mut self, from_ms: u64, until_ms: u64, silent: &HashMap<usize, WatchGapReason>) {
        for (index, vantage) in self.plan.vantages.iter().enumerate() {
            let heard = self.heard.get(&index);
            let last = heard.map_or(from_ms, |last| last.heard_ms);
            // However short the watch: who was never heard, or is known to be silent, is no health.
            if heard.is_none() || silent.contains_key(&index) || until_ms.saturating_sub(last) > self.patience_ms() {
                let reason = silent.get(&index).cloned().unwrap_or(WatchGapReason::NothingHeard);
                self.gap(vantage, last, until_ms, reason);
            }
        }
    }

    /// How far this machine's clock is from the nodes', where that can be seen in the times shown.
    fn clocks(&self) -> Option<WatchUnknown> {
        let ahead_ms = self.heard.values().map(|last| last.ahead_ms).max_by_key(|ahead| ahead.unsigned_abs())?;
        (ahead_ms.unsigned_abs() > CLOCKS_DIFFER_MS).then_some(WatchUnknown::Clocks { ahead_ms })
    }
}

fn difference(a: u64, b: u64) -> i64 {
    i64::try_from(i128::from(a) - i128::from(b)).unwrap_or(0)
}

impl Track {
    /// Whether nothing came back, neither an answer nor a refusal.
    const fn is_silent(&self) -> bool {
        self.samples > 0 && self.silent == self.samples
    }

    fn is_out(&self) -> bool {
        self.last.is_some_and(|outcome| outcome != Outcome::Answered)
    }

    fn take(&mut self, at_ms: u64, outcome: Outcome, total_ms: u32) -> Option<Turned> {
        self.samples += 1;
        self.last_ms = total_ms;
        let was_out = self.is_out();
        self.last = Some(outcome);
        self.failed += u64::from(self.is_out());
        self.silent += u64::from(outcome == SILENCE);
        match (was_out, self.is_out()) {
            (false, true) => {
                self.outage_count += 1;
                if self.outages.len() < MOST_OUTAGES {
                    self.outages.push(Outage {
                        from_ms: at_ms,
                        until_ms: None,
                        outcome: outcome.to_string(),
                        samples: 1,
                        coincided: Vec::new(),
                    });
                }
                Some(Turned::Lost(outcome))
            }
            (true, true) => {
                if let Some(outage) = self.outages.last_mut() {
                    outage.samples += 1;
                }
                None
            }
            (true, false) => {
                let outage = self.outages.last_mut().filter(|outage| outage.until_ms.is_none())?;
                outage.until_ms = Some(at_ms);
                Some(Turned::Back(at_ms.saturating_sub(outage.from_ms)))
            }
            (false, false) => None,
        }
    }
}

/// What it takes to compare an outage's times with a change's.
#[derive(Clone, Copy, Debug)]
struct Clocks {
    interval_ms: u64,
    /// How far the plugin's clock is ahead of the node's.
    ahead_ms: i64,
}

impl Clocks {
    /// When a change was, by the node's clock: those of a kube-proxy have its node's time already.
    fn on_the_node(self, change: &ObservedChange) -> u64 {
        if change.node.is_some() { change.at_ms } else { change.at_ms.saturating_add_signed(self.ahead_ms.saturating_neg()) }
    }
}

/// Another node's kube-proxy has no part in what is dialled from this one.
fn coincided(outage: &Outage, node: &str, changes: &[ObservedChange], clocks: Clocks) -> Vec<Changed> {
    let is_near = |edge: u64, at: u64| at <= edge.saturating_add(clocks.interval_ms) && at.saturating_add(COINCIDES_MS) >= edge;
    let edges = [Some(outage.from_ms), outage.until_ms];
    let own = changes.iter().filter(|change| change.node.as_deref().is_none_or(|of| of == node));
    let near = own.filter(|change| edges.iter().flatten().any(|edge| is_near(*edge, clocks.on_the_node(change))));
    near.map(|change| change.what.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{EndpointName, ServiceChange};
    use crate::kube_proxy::sample_facts;
    use crate::plan::PlanOptions;

    const SILENT: Outcome = Outcome::Connect(ConnectFailure::TimedOut);

    fn event(number: u64, at_ms: u64, outcome: Outcome) -> ProbeEvent {
        ProbeEvent { number, at_ms, what: ProbeEventKind::Sample { check: 0, outcome, total_ms: 1 } }
    }

    fn gone() -> Changed {
        Changed::Service(ServiceChange::EndpointGone { endpoint: EndpointName { address: None, node: Some("node1".into()) } })
    }

    fn plan() -> Plan {
        Plan::new(&sample_facts(), &PlanOptions::default())
    }

    #[test]
    fn an_outage_lasts_from_the_first_failure_to_the_first_answer_and_names_what_changed() {
        let plan = plan();
        let mut watching = Watching::new(&plan, 1000);
        let outcomes = [Outcome::Answered, SILENT, SILENT, Outcome::Answered, Outcome::Answered];
        let news = (0..)
            .zip(outcomes)
            .filter_map(|(number, outcome)| watching.hear(0, 10_100 + number * 1000, event(number, 10_000 + number * 1000, outcome)));
        let turns: Vec<_> = news.map(|news| if let News::Turn(turn) = news { Some(turn.what) } else { None }).collect();
        assert_eq!(turns, [Some(Turned::Lost(SILENT)), Some(Turned::Back(2000))]);
        watching.changed(ObservedChange { at_ms: 9_000, what: gone(), node: None });
        watching.changed(ObservedChange { at_ms: 60_000, what: Changed::Service(ServiceChange::Ports), node: None });
        let report = watching.end(10_000, 15_000, &HashMap::new());
        let outage = &report.checks[0].outages[0];
        assert_eq!((outage.from_ms, outage.until_ms, outage.samples), (11_000, Some(13_000), 2));
        assert_eq!(outage.coincided, [gone()]);
        assert_eq!(report.verdict, Verdict::Fault);
    }

    #[test]
    fn a_kube_proxy_that_ends_is_said_beside_its_own_nodes_outages() {
        let plan = plan();
        let mut watching = Watching::new(&plan, 1000);
        let other = plan.vantages.iter().position(|vantage| vantage.node != plan.vantages[0].node).unwrap();
        let gone = ProbeEvent { number: 0, at_ms: 10_500, what: ProbeEventKind::KubeProxyGone };
        let said = Changed::KubeProxyEnded { node: plan.vantages[0].node.clone() };
        assert!(matches!(watching.hear(0, 10_600, gone), Some(News::Change(change)) if change.what == said));
        assert_eq!(watching.hear(0, 10_700, gone), None, "heard twice, said once");
        for index in [0, other] {
            watching.hear(index, 11_100, event(1, 11_000, SILENT));
        }
        let report = watching.end(10_000, 12_000, &HashMap::new());
        let coincided: Vec<_> = report.checks.iter().flat_map(|check| &check.outages).map(|outage| &outage.coincided[..]).collect();
        assert_eq!(coincided, [&[said][..], &[]]);
    }

    #[test]
    fn datagrams_that_nobody_answers_are_no_outage_unless_another_was_answered() {
        let mut facts = sample_facts();
        facts.service.ports.truncate(1);
        facts.service.ports.iter_mut().for_each(|port| (port.port, port.protocol) = (53, Protocol::Udp));
        let plan = Plan::new(&facts, &PlanOptions::default());
        let watch = |outcomes: &[Outcome]| {
            let mut watching = Watching::new(&plan, 1000);
            let mut lost = 0;
            for (number, outcome) in (0..).zip(outcomes) {
                for index in 0..plan.vantages.len() {
                    let news = watching.hear(index, 10_100 + number * 1000, event(number, 10_000 + number * 1000, *outcome));
                    lost += usize::from(matches!(news, Some(News::Turn(Turn { what: Turned::Lost(_), .. }))));
                }
            }
            let report = watching.end(10_000, 10_000 + 1000 * outcomes.len() as u64, &HashMap::new());
            let first = &report.checks[0];
            (lost, first.failed, first.outages.len(), report.verdict, report.unknown)
        };
        let port = plan.targets[0].port;
        let open = vec![WatchUnknown::UnansweredPorts { ports: vec![port] }];
        assert_eq!(watch(&[SILENCE, SILENCE]), (0, 0, 0, Verdict::Inconclusive, open));
        let vantages = plan.vantages.len();
        let (lost, failed, outages, verdict, unknown) = watch(&[Outcome::Answered, SILENCE]);
        assert_eq!((lost, failed, outages, verdict, unknown), (vantages, 1, 1, Verdict::Fault, vec![]));
        let refused = Outcome::Connect(ConnectFailure::Errno(111));
        assert_eq!(watch(&[refused]).3, Verdict::Fault, "a refusal is an answer of the way");
    }

    #[test]
    fn what_was_not_heard_is_a_gap_and_never_up() {
        let plan = plan();
        let mut watching = Watching::new(&plan, 1000);
        for (number, at_ms) in [(0, 10_000), (1, 11_000), (1, 11_000), (5, 15_000)] {
            watching.hear(0, at_ms, event(number, at_ms, Outcome::Answered));
        }
        let silent = [(1, WatchGapReason::ProbeEnded)].into();
        let report = watching.end(10_000, 16_000, &silent);
        assert_eq!((report.checks[0].samples, report.verdict), (3, Verdict::Inconclusive));
        let gap = |index: usize| report.gaps.iter().find(|gap| gap.vantage == plan.vantages[index]).unwrap();
        assert_eq!((gap(0).from_ms, gap(0).until_ms), (11_000, 15_000));
        assert_eq!((gap(1).from_ms, gap(1).until_ms, &gap(1).reason), (10_000, 16_000, &WatchGapReason::ProbeEnded));
    }

    #[test]
    fn who_was_not_heard_is_a_gap_however_short_the_watch_is() {
        let plan = plan();
        let watching = Watching::new(&plan, 60_000);
        let report = watching.end(10_000, 12_000, &HashMap::new());
        assert_eq!((report.verdict, report.gaps.len()), (Verdict::Inconclusive, plan.vantages.len()));
    }

    #[test]
    fn a_probe_that_stood_still_has_a_gap_although_no_line_is_missing() {
        let plan = plan();
        let mut watching = Watching::new(&plan, 1000);
        watching.hear(0, 10_100, event(0, 10_000, Outcome::Answered));
        watching.hear(0, 70_100, event(1, 70_000, Outcome::Answered));
        // A log that was cut off comes all at once, and the samples were made all the same.
        watching.hear(1, 10_100, event(0, 10_000, Outcome::Answered));
        watching.hear(1, 70_100, event(1, 11_000, Outcome::Answered));
        let report = watching.end(10_000, 71_000, &HashMap::new());
        let of = |index: usize| report.gaps.iter().filter(|gap| gap.vantage == plan.vantages[index]).count();
        assert_eq!((of(0), of(1)), (1, 0), "{:?}", report.gaps);
    }

    /// The clock of this machine is an hour off: what is a gap, and what a change has to do with an outage, stays the same.
    #[test]
    fn a_wrong_clock_changes_nothing_but_the_times_shown() {
        let plan = plan();
        let outcomes = [Outcome::Answered, SILENT, SILENT, Outcome::Answered];
        for off_ms in [-3_600_000_i64, -60_000, 0, 60_000, 3_600_000] {
            let here = |ms: u64| (10_000_000 + ms).saturating_add_signed(off_ms);
            let mut watching = Watching::new(&plan, 1000);
            for index in 0..plan.vantages.len() {
                for (number, outcome) in (0..).zip(outcomes) {
                    watching.hear(index, here(number * 1000 + 200), event(number, 10_000_000 + number * 1000, outcome));
                }
            }
            watching.changed(ObservedChange { at_ms: here(900), what: gone(), node: None });
            let steady = watching.end(here(0), here(4_000), &HashMap::new());
            assert!(steady.gaps.is_empty(), "{off_ms}: {:?}", steady.gaps);
            assert_eq!(steady.checks[0].outages[0].coincided, [gone()], "{off_ms}");
            assert_eq!(steady.unknown.is_empty(), off_ms == 0, "{:?}", steady.unknown);
        }
        for off_ms in [-60_000_i64, 60_000] {
            let here = |ms: u64| (10_000_000 + ms).saturating_add_signed(off_ms);
            let mut watching = Watching::new(&plan, 1000);
            for index in 0..plan.vantages.len() {
                watching.hear(index, here(100), event(0, 10_000_000, Outcome::Answered));
            }
            let silent = watching.end(here(0), here(20_000), &HashMap::new());
            assert_eq!((silent.gaps.len(), silent.verdict), (plan.vantages.len(), Verdict::Inconclusive), "{off_ms}");
        }
    }
}
