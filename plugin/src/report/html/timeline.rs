//! Outages and silences over time, as a picture: a row for each check that lost something, and a mark for each change.

use lbprobe_analysis::text::reports::Rest;
use lbprobe_analysis::text::{self, Language};
use maud::{Markup, html};

use super::shown;
use crate::report::outline::{Span, SpanKind, Timeline, TimelineRow};
use crate::report::watch_view::clock;

/// In units of the picture.
const WIDTH: u64 = 1000;
const ROW: usize = 26;
const BAR: usize = 16;

/// Before a row, for its number.
const LABEL: u64 = 30;
const AXIS: usize = 34;

/// The least width of a bar: a lost sample of a long watch is seen too.
const LEAST: u64 = 3;

/// Ticks of the axis, both ends among them.
const TICKS: u64 = 5;

/// The picture with what its rows are; nothing where nothing is marked.
pub(super) fn figure(timeline: &Timeline, language: Language) -> Markup {
    let height = timeline.rows.len() * ROW + AXIS;
    html! {
        @if !timeline.rows.is_empty() {
            section aria-labelledby="timeline" {
                h2 #timeline { (text::page(language).timeline) }
                figure {
                    div.scrolled tabindex="0" role="group" aria-labelledby="timeline" {
                        svg.timeline viewBox=(format!("-{LABEL} 0 {} {height}", WIDTH + LABEL + 4)) role="img" aria-labelledby="timeline-told" {
                            title #timeline-told { (text::page(language).timeline) }
                            @for (index, row) in timeline.rows.iter().enumerate() { (self::row(timeline, index, row)) }
                            @for (at, change) in &timeline.changes { (mark(timeline, *at, change, height - AXIS)) }
                            (axis(timeline, height - AXIS))
                        }
                    }
                    ol { @for row in &timeline.rows { li { (kind(row.kind, language)) ": " (shown(&row.of)) } } }
                    @if timeline.left_out > 0 { p.faint { (text::rest(Rest::Items(timeline.left_out), language)) } }
                }
            }
        }
    }
}

/// What the marks of a row are: colour alone tells nobody who does not see it.
const fn kind(kind: SpanKind, language: Language) -> &'static str {
    let [lost, unheard] = text::page(language).lost_and_unheard;
    match kind {
        SpanKind::Outage => lost,
        SpanKind::Silence => unheard,
    }
}

/// With the number that it has in the list below.
fn row(timeline: &Timeline, index: usize, row: &TimelineRow) -> Markup {
    let top = index * ROW;
    let class = match row.kind {
        SpanKind::Outage => "bad",
        SpanKind::Silence => "unknown",
    };
    html! {
        text x="-6" y=(top + ROW - 8) text-anchor="end" { (index + 1) }
        rect.row x="0" y=(top + (ROW - BAR) / 2) width=(WIDTH) height=(BAR) {}
        @for span in &row.spans { (bar(timeline, top, class, span)) }
    }
}

fn bar(timeline: &Timeline, top: usize, class: &str, span: &Span) -> Markup {
    let (from, until) = (place(timeline, span.from_ms), place(timeline, span.until_ms));
    let width = until.saturating_sub(from).max(LEAST);
    html! {
        rect class=(format!("span {class}")) x=(from.min(WIDTH - LEAST)) y=(top + (ROW - BAR) / 2) width=(width) height=(BAR) {
            title { (shown(&span.said)) }
        }
    }
}

fn mark(timeline: &Timeline, at_ms: u64, change: &str, bottom: usize) -> Markup {
    let x = place(timeline, at_ms);
    html! { line.change x1=(x) y1="0" x2=(x) y2=(bottom) { title { (clock(at_ms)) " " (shown(change)) } } }
}

fn axis(timeline: &Timeline, top: usize) -> Markup {
    let length = timeline.until_ms.saturating_sub(timeline.from_ms);
    let anchor = |tick: u64| match tick {
        0 => "start",
        tick if tick == TICKS - 1 => "end",
        _ => "middle",
    };
    html! {
        @for tick in 0..TICKS {
            @let x = WIDTH * tick / (TICKS - 1);
            line x1=(x) y1=(top) x2=(x) y2=(top + 6) {}
            text x=(x) y=(top + 22) text-anchor=(anchor(tick)) { (clock(timeline.from_ms + length * tick / (TICKS - 1))) }
        }
    }
}

/// Where a time is, from the left.
fn place(timeline: &Timeline, at_ms: u64) -> u64 {
    let length = timeline.until_ms.saturating_sub(timeline.from_ms).max(1);
    (at_ms.saturating_sub(timeline.from_ms).saturating_mul(WIDTH) / length).min(WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from_ms: u64, until_ms: u64) -> Span {
        Span { from_ms, until_ms, said: "timed out".into() }
    }

    #[test]
    fn a_bar_is_where_its_time_is_and_none_is_too_small_to_be_seen() {
        let row = TimelineRow { of: "node2 (pod)".into(), kind: SpanKind::Outage, spans: vec![span(1250, 1500), span(2000, 2000)] };
        let changes = vec![(1500, "a kube-proxy ended".into())];
        let timeline = Timeline { from_ms: 1000, until_ms: 2000, rows: vec![row], left_out: 2, changes };
        let drawn = figure(&timeline, Language::English).into_string();
        assert!(drawn.contains(r#"<rect class="span bad" x="250" y="5" width="250" height="16"><title>timed out</title>"#), "{drawn}");
        assert!(drawn.contains(r#"<rect class="span bad" x="997" y="5" width="3""#), "{drawn}");
        assert!(drawn.contains(r#"<line class="change" x1="500""#) && drawn.contains("and 2 more"), "{drawn}");
        assert!(drawn.contains("00:00:01.0") && drawn.contains("00:00:02.0"), "{drawn}");
        let nothing = Timeline { rows: Vec::new(), ..timeline };
        assert_eq!(figure(&nothing, Language::English).into_string(), "");
    }
}
