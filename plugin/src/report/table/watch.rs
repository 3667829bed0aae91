//! What a watch saw, for a terminal: the outages with what changed just then, and what was not heard; and how
//! things stand while it goes on.

use std::collections::BTreeMap;

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::{Plan, TargetKind};
use lbprobe_analysis::watching::{Gap, Outage, Seconds, WatchReport, Watched};
use lbprobe_analysis::words;
use lbprobe_protocol::{CheckId, Outcome};

use super::room::{self, List, Room};
use super::verification::target as named;
use super::{Colour, Style, grid, prose};
use crate::report::watch_view::clock;

/// Outages of one check that are told; of the others their number.
const TOLD: usize = 5;

/// How each check ended last, for standard error.
pub(crate) fn render_now(facts: &Facts, plan: &Plan, last: &dyn Fn(usize, CheckId) -> Option<Outcome>) -> String {
    grid::of_outcomes(facts, plan, last, Style::of_live())
}

/// The whole of it.
pub(crate) fn render(report: &WatchReport, style: Style) -> String {
    let lost: Vec<_> = report.checks.iter().filter(|check| check.failed > 0).collect();
    let vantages: std::collections::BTreeSet<_> = report.checks.iter().map(|check| &check.vantage).collect();
    let lasted = Seconds(report.until_ms.saturating_sub(report.from_ms));
    let said = format!(
        "Service {}, {} from {}, every {} for {lasted}, times in UTC",
        report.service,
        words::count(report.checks.len(), "check"),
        words::count(vantages.len(), "vantage"),
        Seconds(report.interval_ms.into()),
    );
    let above = prose::wrap(&said, "", "  ", style);
    let (outages, gaps, verdict) = (groups(&lost), silences(&report.gaps), verdict(report, lost.len(), style));
    room::fitted(above, |room| sections(report, &outages, &gaps, room, style) + &verdict, style)
}

fn sections(report: &WatchReport, outages: &[Group<'_>], gaps: &[Silence<'_>], room: Room, style: Style) -> String {
    let item = |text: &str| prose::item("- ", text, style);
    let mut text = List { title: "Outages", items: outages, most: room.groups }.shown(|group| of_group(group, style), style);
    text.push_str(
        &List { title: "Changes", items: &report.changes, most: room.evidence }
            .shown(|change| item(&format!("{} {}", clock(change.at_ms), change.what)), style),
    );
    text.push_str(
        &List { title: "Not heard: nothing counts as up there", items: gaps, most: room.groups }
            .shown(|silence| item(&silence.in_words()), style),
    );
    text.push_str(
        &List { title: "Not known", items: &report.unknown, most: room.others }
            .shown(|reason| item(&format!("what changed: {reason}")), style),
    );
    text
}

fn verdict(report: &WatchReport, lost: usize, style: Style) -> String {
    let (word, colour, said) = match report.verdict {
        Verdict::Healthy => {
            let sampled = report.sampled.as_ref().map(|sampled| format!("; {sampled}")).unwrap_or_default();
            ("STEADY", Colour::Good, format!("no sample was lost{sampled}"))
        }
        Verdict::Fault => ("OUTAGES", Colour::Bad, format!("{lost} of {} lost something", words::count(report.checks.len(), "check"))),
        Verdict::Inconclusive => {
            ("INCONCLUSIVE", Colour::Unknown, "nothing was lost of what was heard, and not everything was heard".to_owned())
        }
    };
    let line = prose::wrap(&format!("{word}: {said}"), "", "  ", style);
    format!("\n{}", line.replacen(word, &style.coloured(word, colour), 1))
}

/// Gaps of the same reason.
struct Silence<'a> {
    vantages: Vec<String>,
    from_ms: u64,
    until_ms: u64,
    reason: &'a str,
}

impl Silence<'_> {
    fn in_words(&self) -> String {
        let (from, until) = (clock(self.from_ms), clock(self.until_ms));
        let when = if self.vantages.len() == 1 { format!("{from} to {until}") } else { format!("between {from} and {until}") };
        format!("{}, {when}: {}", words::short_list(&self.vantages, 3), self.reason)
    }
}

/// In the order of the first gap of each.
fn silences(gaps: &[Gap]) -> Vec<Silence<'_>> {
    let mut silences: Vec<Silence<'_>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for Gap { vantage, from_ms, until_ms, reason } in gaps {
        let place = *places.entry(reason).or_insert(silences.len());
        match silences.get_mut(place) {
            Some(silence) => {
                silence.vantages.push(vantage.to_string());
                silence.from_ms = silence.from_ms.min(*from_ms);
                silence.until_ms = silence.until_ms.max(*until_ms);
            }
            None => silences.push(Silence { vantages: vec![vantage.to_string()], from_ms: *from_ms, until_ms: *until_ms, reason }),
        }
    }
    silences
}

/// Checks whose outages overlap and end alike are told once, by their first.
struct Group<'a> {
    first: &'a Watched,
    others: Vec<&'a Watched>,
}

fn groups<'a>(lost: &[&'a Watched]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    // Only checks of the same target with as many outages can be alike.
    let mut places: BTreeMap<(&TargetKind, usize), Vec<usize>> = BTreeMap::new();
    for check in lost {
        let candidates = places.entry((&check.target, check.outages.len())).or_default();
        let alike = candidates.iter().copied().find(|place| is_alike(groups[*place].first, check));
        if let Some(place) = alike {
            groups[place].others.push(check);
        } else {
            candidates.push(groups.len());
            groups.push(Group { first: check, others: Vec::new() });
        }
    }
    groups
}

/// As many outages, each of which begins and ends within two seconds of the other's.
fn is_alike(one: &Watched, other: &Watched) -> bool {
    let near = |one: u64, other: u64| one.abs_diff(other) <= 2000;
    let same = |(one, other): (&Outage, &Outage)| {
        near(one.from_ms, other.from_ms)
            && one.until_ms.is_some() == other.until_ms.is_some()
            && near(one.until_ms.unwrap_or(0), other.until_ms.unwrap_or(0))
    };
    one.outages.len() == other.outages.len() && one.target == other.target && one.outages.iter().zip(&other.outages).all(same)
}

fn of_group(group: &Group<'_>, style: Style) -> String {
    let Watched { target, port, samples, failed, outages, .. } = group.first;
    let mut vantages: Vec<_> =
        [group.first].into_iter().chain(group.others.iter().copied()).map(|check| check.vantage.to_string()).collect();
    vantages.dedup();
    let heading = format!("{} to {}, port {port}: {failed} of {samples} samples lost", words::short_list(&vantages, 3), named(target));
    let mut text = prose::item("- ", &heading, style);
    for outage in outages.iter().take(TOLD) {
        text.push_str(&prose::wrap(&of_outage(outage), "    ", "      ", style));
    }
    if outages.len() > TOLD {
        text.push_str(&prose::wrap(
            &format!("and {} (all of them with -o json)", words::count(outages.len() - TOLD, "outage more")),
            "    ",
            "      ",
            style,
        ));
    }
    text
}

fn of_outage(outage: &Outage) -> String {
    let length = match outage.until_ms {
        Some(until) => format!("to {} ({})", clock(until), Seconds(until.saturating_sub(outage.from_ms))),
        None => "to the end".to_owned(),
    };
    let when = format!("{} {length}: {}", clock(outage.from_ms), outage.outcome);
    if outage.coincided.is_empty() { when } else { format!("{when}; just then {}", words::short_list(&outage.coincided, 3)) }
}
