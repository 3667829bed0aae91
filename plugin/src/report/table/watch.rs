//! What a watch saw, for a terminal: the outages with what changed just then, and what was not heard; and how
//! things stand while it goes on.

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::Plan;
use lbprobe_analysis::watching::{Outage, Seconds, WatchReport, Watched};
use lbprobe_analysis::words;
use lbprobe_protocol::{CheckId, Outcome};

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
    let mut text = prose::wrap(&said, "", "  ", style);
    text.push_str(&prose::section("Outages", groups(&lost).iter().map(|group| of_group(group, style))));
    text.push_str(&prose::section(
        "Changes",
        report.changes.iter().map(|change| prose::item("- ", &format!("{} {}", clock(change.at_ms), change.what), style)),
    ));
    text.push_str(&prose::section(
        "Not heard: nothing counts as up there",
        report.gaps.iter().map(|gap| {
            let line = format!("{}, {} to {}: {}", gap.vantage, clock(gap.from_ms), clock(gap.until_ms), gap.reason);
            prose::item("- ", &line, style)
        }),
    ));
    let not_known = report.unknown.iter().map(|reason| prose::item("- ", &format!("what changed: {reason}"), style));
    text.push_str(&prose::section("Not known", not_known));
    let (word, colour, said) = match report.verdict {
        Verdict::Healthy => ("STEADY", Colour::Good, "no sample was lost".to_owned()),
        Verdict::Fault => {
            ("OUTAGES", Colour::Bad, format!("{} of {} lost something", lost.len(), words::count(report.checks.len(), "check")))
        }
        Verdict::Inconclusive => {
            ("INCONCLUSIVE", Colour::Unknown, "nothing was lost of what was heard, and not everything was heard".to_owned())
        }
    };
    text.push('\n');
    text.push_str(&prose::wrap(&format!("{word}: {said}"), "", "  ", style).replacen(word, &style.coloured(word, colour), 1));
    text
}

/// Checks whose outages overlap and end alike are told once, by their first.
struct Group<'a> {
    first: &'a Watched,
    others: Vec<&'a Watched>,
}

fn groups<'a>(lost: &[&'a Watched]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for check in lost {
        match groups.iter_mut().find(|group| is_alike(group.first, check)) {
            Some(group) => group.others.push(check),
            None => groups.push(Group { first: check, others: Vec::new() }),
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
            &format!("and {} (all of them with -o yaml)", words::count(outages.len() - TOLD, "outage more")),
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
