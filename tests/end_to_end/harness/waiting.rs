//! Until something holds; and looks that are repeated where the first does not count. Times are those of an idle machine:
//! on a busy one they are longer.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::thread::{current, sleep};
use std::time::Duration;

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::observations::{CheckState, Matrix, ProbeResult};
use lbprobe_analysis::text::{self, Language};
use lbprobe_lab::patience::{Patience, stretched, strides};
use lbprobe_lab::{Lab, guest};

use super::settle::settle;

/// Between two looks at something; kubectl itself takes as long to start.
const PAUSE: Duration = Duration::from_millis(400);

/// The same at guests, where to ask a kube-proxy for its metrics is an eighth of a second's work.
const PAUSE_AT_GUESTS: Duration = Duration::from_secs(1);

/// How often something is measured again.
pub(crate) const REPEATS: usize = 3;

/// So many seconds of an idle machine, as a duration of the command line.
pub(crate) fn seconds(idle: u64) -> String {
    format!("{}s", stretched(Duration::from_secs(idle)).as_secs())
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn eventually(what: &str, limit: Duration, holds: impl FnMut() -> bool) {
    eventually_every(PAUSE, what, Patience::new(limit), Vec::new, holds);
}

/// The same for something in a lab, whose guests may have much to do before it holds: as long as they compute, it is
/// waited for.
#[track_caller]
pub(crate) fn eventually_in(lab: &Lab, what: &str, limit: Duration, holds: impl FnMut() -> bool) {
    eventually_every(PAUSE, what, Patience::new(limit), || work_of_guests(lab, limit), holds);
}

/// The same for something that the nodes themselves are asked for.
#[track_caller]
pub(crate) fn eventually_at_nodes(lab: &Lab, what: &str, limit: Duration, holds: impl FnMut() -> bool) {
    let pause = if lab.guests().is_empty() { PAUSE } else { PAUSE_AT_GUESTS };
    eventually_every(pause, what, Patience::new(limit), || work_of_guests(lab, limit), holds);
}

#[track_caller]
fn eventually_every(
    pause: Duration,
    what: &str,
    mut patience: Patience<Vec<u128>>,
    position: impl Fn() -> Vec<u128>,
    mut holds: impl FnMut() -> bool,
) {
    while !holds() {
        if let Err(overdue) = patience.look(position()) {
            panic!("{what}: {overdue}");
        }
        sleep(pause);
    }
}

fn work_of_guests(lab: &Lab, limit: Duration) -> Vec<u128> {
    let root = lab.place().inside("/").unwrap_or_default();
    lab.guests().iter().map(|node| strides(guest::work(&root, node), limit)).collect()
}

/// Why a run does not count yet.
pub(crate) enum Doubt {
    /// Something was not measured: it is measured again.
    NotMeasured(String),
    /// Checks that were seen otherwise than expected, with what was seen. Each has to be seen twice in a row: on a
    /// machine that others use too a deadline may be missed, and a kernel sends few ICMP refusals a second to one address
    /// (`icmp_ratelimit`), so that a refusal may look like silence. What the model has wrong is the same at each look.
    NotExpected(BTreeMap<String, String>),
}

impl Doubt {
    /// What is doubtful in a report, if anything is.
    pub(crate) fn of(report: &Report) -> Option<Self> {
        let unmeasured = unmeasured(report);
        if !unmeasured.is_empty() {
            return Some(Self::NotMeasured(unmeasured.join("; ")));
        }
        let contradictions = report.diagnosis.agreement.contradictions.iter();
        let unexpected: BTreeMap<_, _> =
            contradictions.map(|cell| (format!("{} to {}", cell.vantage, cell.target), cell.seen.clone())).collect();
        (!unexpected.is_empty()).then_some(Self::NotExpected(unexpected))
    }
}

/// The vantages from which nothing was heard, and why; where there are none, the checks that are missing elsewhere, and
/// the nodes whose kube-proxy did not tell everything in time: in the lab each tells its release with its mode.
pub(crate) fn unmeasured(report: &Report) -> Vec<String> {
    let silent = report.observations.probes.iter().filter_map(|probe| match &probe.seen {
        ProbeResult::Nothing(why) => Some(format!("{}: {}", probe.vantage, text::unmeasured(why, Language::English))),
        ProbeResult::Record(_) => None,
    });
    let silent: Vec<_> = silent.collect();
    if !silent.is_empty() {
        return silent;
    }
    let matrix = Matrix::new(&report.plan, &report.observations);
    let missing = matrix.service_checks().filter(|(_, _, state)| *state == CheckState::Unmeasured);
    let missing = missing.map(|(vantage, target, _)| format!("{vantage}, port {}: not measured", target.port));
    let records = report.observations.probes.iter().filter_map(|probe| Some((&probe.vantage, probe.seen.record()?.kube_proxy.as_ref()?)));
    let half_heard = records.filter(|(_, kube_proxy)| kube_proxy.mode.is_some() && kube_proxy.release.is_none());
    missing.chain(half_heard.map(|(vantage, _)| format!("{vantage}: kube-proxy told its mode and not its release"))).collect()
}

/// Looks again where what was seen is doubtful, up to three times: until all was measured, and until no check, or the same
/// one as at the look before, was seen otherwise than expected.
pub(crate) fn seen_without_doubt<T>(lab: &Lab, doubt: impl Fn(&T) -> Option<Doubt>, look: impl Fn() -> T) -> T {
    seen_without(doubt, || settle(lab), look)
}

/// The same where something else than kube-proxies has to settle before it is looked at again.
pub(crate) fn seen_without<T>(doubt: impl Fn(&T) -> Option<Doubt>, settle: impl Fn(), look: impl Fn() -> T) -> T {
    let mut seen = look();
    let mut before = BTreeMap::new();
    for repeat in 1..=REPEATS {
        let why = match doubt(&seen) {
            None => break,
            Some(Doubt::NotExpected(checks)) if checks.keys().any(|check| before.contains_key(check)) => break,
            Some(Doubt::NotExpected(checks)) => {
                let why: Vec<_> = checks.iter().map(|(check, seen)| format!("{check}: {seen} was not expected")).collect();
                before = checks;
                why.join("; ")
            }
            Some(Doubt::NotMeasured(why)) => why,
        };
        say_repeated(repeat, &why);
        settle();
        seen = look();
    }
    seen
}

/// Where everybody sees it: the output of tests that pass is not shown.
pub(crate) fn say_repeated(repeat: usize, why: &str) {
    let test = current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "{test}: looked again ({repeat} of {REPEATS}): {why}");
}
