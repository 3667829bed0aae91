//! What a watch saw, in words and in order, and over time.

use std::collections::{BTreeMap, BTreeSet};

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::WatchReport;
use lbprobe_analysis::facts::TransportPort;
use lbprobe_analysis::plan::TargetKind;
use lbprobe_analysis::text::reports::{Conclusion, Headline, Losses, Rest, Silence, Title, WatchHeading};
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::watching::{Outage, WatchGap, WatchGapReason, Watched};

use super::{Item, ItemList, items, lines};
use crate::report::watch_view::clock;

/// Outages of one check that are told; of the others their number.
const TOLD: usize = 5;

/// Rows of a timeline.
const ROWS: usize = 40;

/// What a watch saw.
pub(in crate::report) struct WatchOutline {
    pub(in crate::report) verdict: Verdict,
    pub(in crate::report) headline: Headline,
    /// What was watched.
    pub(in crate::report) heading: String,
    pub(in crate::report) timeline: Timeline,
    pub(in crate::report) lists: [ItemList; 4],
}

/// Rows over one time; all times in milliseconds since 1970.
pub(in crate::report) struct Timeline {
    pub(in crate::report) from_ms: u64,
    pub(in crate::report) until_ms: u64,
    /// Of the checks that lost something, and of vantages of which nothing was heard for a while.
    pub(in crate::report) rows: Vec<TimelineRow>,
    /// Rows that are left out.
    pub(in crate::report) left_out: usize,
    /// What changed, and when.
    pub(in crate::report) changes: Vec<(u64, String)>,
}

/// One row.
pub(in crate::report) struct TimelineRow {
    pub(in crate::report) of: String,
    pub(in crate::report) kind: SpanKind,
    pub(in crate::report) spans: Vec<Span>,
}

/// What is marked in a row.
#[derive(Clone, Copy)]
pub(in crate::report) enum SpanKind {
    Outage,
    Silence,
}

/// From when to when, and what is said of it.
pub(in crate::report) struct Span {
    pub(in crate::report) from_ms: u64,
    pub(in crate::report) until_ms: u64,
    pub(in crate::report) said: String,
}

impl WatchOutline {
    pub(in crate::report) fn of(report: &WatchReport, language: Language) -> Self {
        let lost: Vec<_> = report.checks.iter().filter(|check| check.failed > 0).collect();
        let vantages: BTreeSet<_> = report.checks.iter().map(|check| &check.vantage).collect();
        let heading = WatchHeading {
            service: &report.service,
            checks: report.checks.len(),
            vantages: vantages.len(),
            interval_ms: report.interval_ms,
            length_ms: report.until_ms.saturating_sub(report.from_ms),
        };
        let conclusion = Conclusion::Watched {
            verdict: report.verdict,
            lost: lost.len(),
            checks: report.checks.len(),
            sampled: report.sampled.as_ref(),
        };
        let (outages, gaps) = (groups(&lost), silences(&report.gaps));
        Self {
            verdict: report.verdict,
            headline: text::conclusion(&conclusion, language),
            heading: text::watch_heading(&heading, language),
            timeline: timeline(report, &outages, language),
            lists: lists(report, &outages, &gaps, language),
        }
    }
}

fn timeline(report: &WatchReport, outages: &[Group<'_>], language: Language) -> Timeline {
    let lost = outages.iter().map(|group| TimelineRow {
        of: text::losses(&losses(group), language),
        kind: SpanKind::Outage,
        spans: group.first.outages.iter().map(|outage| span(report, outage, language)).collect(),
    });
    let mut gaps: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for gap in &report.gaps {
        let span = Span { from_ms: gap.from_ms, until_ms: gap.until_ms, said: text::gap_reason(&gap.reason, language) };
        gaps.entry(gap.vantage.to_string()).or_default().push(span);
    }
    let unheard = gaps.into_iter().map(|(of, spans)| TimelineRow { of, kind: SpanKind::Silence, spans });
    let mut rows: Vec<_> = lost.chain(unheard).collect();
    let left_out = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    let changes = report.changes.iter().map(|change| (change.at_ms, text::changed(&change.what, language))).collect();
    Timeline { from_ms: report.from_ms, until_ms: report.until_ms, rows, left_out, changes }
}

/// One that did not end lasts until the watch does.
fn span(report: &WatchReport, outage: &Outage, language: Language) -> Span {
    let until = outage.until_ms.map(clock);
    Span {
        from_ms: outage.from_ms,
        until_ms: outage.until_ms.unwrap_or(report.until_ms),
        said: text::outage(outage, &clock(outage.from_ms), until.as_deref(), language),
    }
}

fn lists(report: &WatchReport, outages: &[Group<'_>], gaps: &[Silence<'_>], language: Language) -> [ItemList; 4] {
    [
        items(Title::Outages, outages, |group| of_group(group, language), language),
        lines(
            Title::Changes,
            &report.changes,
            |change| format!("{} {}", clock(change.at_ms), text::changed(&change.what, language)),
            language,
        ),
        lines(Title::NotHeard, gaps, |silence| text::silence(silence, language), language),
        lines(Title::NotKnown, &report.unknown, |reason| text::watch_unknown(reason, language), language),
    ]
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

fn losses<'a>(group: &Group<'a>) -> Losses<'a> {
    let Watched { target, samples, failed, .. } = group.first;
    let mut vantages: Vec<_> =
        [group.first].into_iter().chain(group.others.iter().copied()).map(|check| check.vantage.to_string()).collect();
    vantages.dedup();
    Losses { vantages, target, port: group.first.transport(), samples: *samples, failed: *failed }
}

fn of_group(group: &Group<'_>, language: Language) -> Item {
    let outages = &group.first.outages;
    let told = outages.iter().take(TOLD).map(|outage| {
        let until = outage.until_ms.map(clock);
        text::outage(outage, &clock(outage.from_ms), until.as_deref(), language)
    });
    let rest = outages.len().checked_sub(TOLD).filter(|rest| *rest > 0).map(|rest| text::rest(Rest::Outages(rest), language));
    Item::with_below(text::losses(&losses(group), language), told.chain(rest).collect())
}
