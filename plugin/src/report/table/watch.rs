//! What a watch saw, for a terminal: the outages with what changed just then, and what was not heard; and how
//! things stand while it goes on.

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::WatchReport;
use lbprobe_analysis::facts::{Facts, TransportPort};
use lbprobe_analysis::plan::{Plan, TargetKind};
use lbprobe_analysis::text::reports::{Conclusion, Losses, Rest, Silence, Title, WatchHeading};
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::watching::{Outage, WatchGap, WatchGapReason, Watched};
use lbprobe_protocol::{CheckId, Outcome};

use super::room::{self, Room};
use super::{Colour, Style, grid, prose};
use crate::report::outline::{self, Item, ItemList};
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
    let vantages: BTreeSet<_> = report.checks.iter().map(|check| &check.vantage).collect();
    let heading = WatchHeading {
        service: &report.service,
        checks: report.checks.len(),
        vantages: vantages.len(),
        interval_ms: report.interval_ms,
        length_ms: report.until_ms.saturating_sub(report.from_ms),
    };
    let above = verdict(report, lost.len(), style) + "\n" + &prose::wrap(&text::watch_heading(&heading, style.language), "", "  ", style);
    let (outages, gaps) = (groups(&lost), silences(&report.gaps));
    let style = style.explained();
    let lists = lists(report, &outages, &gaps, style.language);
    let most = |title: Title<'_>, room: Room| match title {
        Title::Outages | Title::NotHeard => room.groups,
        Title::Changes => room.evidence,
        _ => room.others,
    };
    room::fitted(
        &above,
        |room| lists.iter().map(|list| room::list(list, most(list.title, room), style)).collect(),
        |_| String::new(),
        style,
    )
}

fn lists(report: &WatchReport, outages: &[Group<'_>], gaps: &[Silence<'_>], language: Language) -> [ItemList; 4] {
    [
        outline::items(Title::Outages, outages, |group| of_group(group, language), language),
        outline::lines(
            Title::Changes,
            &report.changes,
            |change| format!("{} {}", clock(change.at_ms), text::changed(&change.what, language)),
            language,
        ),
        outline::lines(Title::NotHeard, gaps, |silence| text::silence(silence, language), language),
        outline::lines(Title::NotKnown, &report.unknown, |reason| text::watch_unknown(reason, language), language),
    ]
}

fn verdict(report: &WatchReport, lost: usize, style: Style) -> String {
    let colour = match report.verdict {
        Verdict::Healthy => Colour::Good,
        Verdict::Fault => Colour::Bad,
        Verdict::Inconclusive => Colour::Unknown,
    };
    let conclusion = Conclusion::Watched { verdict: report.verdict, lost, checks: report.checks.len(), sampled: report.sampled.as_ref() };
    prose::conclusion(&conclusion, colour, style)
}

/// Gaps of the same reason, in the order of the first of each.
fn silences(gaps: &[WatchGap]) -> Vec<Silence<'_>> {
    let mut groups: Vec<Vec<&WatchGap>> = Vec::new();
    let mut indices: BTreeMap<&WatchGapReason, usize> = BTreeMap::new();
    for gap in gaps {
        let index = *indices.entry(&gap.reason).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.push(gap),
            None => groups.push(vec![gap]),
        }
    }
    groups.into_iter().filter_map(|group| silence(&group)).collect()
}

fn silence<'a>(gaps: &[&'a WatchGap]) -> Option<Silence<'a>> {
    let first = gaps.first()?;
    let from = gaps.iter().map(|gap| gap.from_ms).min()?;
    let until = gaps.iter().map(|gap| gap.until_ms).max()?;
    Some(Silence {
        vantages: gaps.iter().map(|gap| gap.vantage.to_string()).collect(),
        from: clock(from),
        until: clock(until),
        reason: &first.reason,
    })
}

/// Checks whose outages overlap and end alike are told once, by their first.
struct Group<'a> {
    first: &'a Watched,
    others: Vec<&'a Watched>,
}

fn groups<'a>(lost: &[&'a Watched]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    // Only checks of the same target and port with as many outages can be alike.
    let mut indices: BTreeMap<(&TargetKind, TransportPort, usize), Vec<usize>> = BTreeMap::new();
    for check in lost {
        let candidates = indices.entry((&check.target, check.transport(), check.outages.len())).or_default();
        let alike = candidates.iter().copied().find(|index| is_alike(groups[*index].first, check));
        if let Some(index) = alike {
            groups[index].others.push(check);
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
    one.outages.len() == other.outages.len()
        && one.target == other.target
        && one.transport() == other.transport()
        && one.outages.iter().zip(&other.outages).all(same)
}

fn of_group(group: &Group<'_>, language: Language) -> Item {
    let Watched { target, samples, failed, outages, .. } = group.first;
    let mut vantages: Vec<_> =
        [group.first].into_iter().chain(group.others.iter().copied()).map(|check| check.vantage.to_string()).collect();
    vantages.dedup();
    let losses = Losses { vantages, target, port: group.first.transport(), samples: *samples, failed: *failed };
    let told = outages.iter().take(TOLD).map(|outage| {
        let until = outage.until_ms.map(clock);
        text::outage(outage, &clock(outage.from_ms), until.as_deref(), language)
    });
    let rest = outages.len().checked_sub(TOLD).filter(|rest| *rest > 0).map(|rest| text::rest(Rest::Outages(rest), language));
    Item::with_below(text::losses(&losses, language), told.chain(rest).collect())
}
