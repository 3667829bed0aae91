//! The way of a packet as a picture: three stations, and how the last leg ends.

use lbprobe_analysis::text::reports::{PacketPathInWords, Station};
use lbprobe_analysis::words::printable;
use maud::{Markup, html};

use super::class;
use crate::report::line_breaks;
use crate::report::outline::PathOutline;

/// Characters of a text in a line of a station, and of what stands at an arrow.
const STATION_CHARS: usize = 32;
const ARROW_CHARS: usize = 14;

/// Characters of a foreign text.
const CHARS: usize = 200;

/// In units of the picture, of which a line of text is 18 high.
const STATION_WIDTH: usize = 232;
const ARROW_WIDTH: usize = 112;
const LINE: usize = 18;
const MARGIN: usize = 12;

/// A picture with its heading. `number` tells it from the others of the page.
pub(super) fn figure(number: usize, path: &PathOutline) -> Markup {
    let PacketPathInWords { heading, stations, ends } = &path.words;
    let stations: Vec<_> = stations.iter().map(in_lines).collect();
    let height = stations.iter().map(|(title, lines)| title.len() + lines.len()).max().unwrap_or_default() * LINE + 3 * MARGIN;
    let width = stations.len() * STATION_WIDTH + (stations.len() - 1) * ARROW_WIDTH;
    let severity = class(path.severity);
    let middle = height / 2;
    html! {
        figure {
            figcaption id=(format!("path-{number}")) { (printable(heading, CHARS)) }
            div.scrolled tabindex="0" role="group" aria-labelledby=(format!("path-{number}")) {
                svg viewBox=(format!("-2 -2 {} {}", width + 4, height + 4)) role="img" aria-labelledby=(format!("way-{number}")) {
                    title id=(format!("way-{number}")) { (told(&path.words)) }
                    @for (index, (title, lines)) in stations.iter().enumerate() {
                        @let x = index * (STATION_WIDTH + ARROW_WIDTH);
                        rect class=(if index + 1 == stations.len() { severity } else { "" }) x=(x) y="0" width=(STATION_WIDTH) height=(height) rx="6" {}
                        @for (line, said) in title.iter().chain(lines).enumerate() {
                            text class=(if line < title.len() { "title" } else { "" }) x=(x + MARGIN) y=(MARGIN + LINE * (line + 1) - 4) { (said) }
                        }
                    }
                    (arrow(STATION_WIDTH, middle, "good", &[]))
                    (arrow(2 * STATION_WIDTH + ARROW_WIDTH, middle, severity, &wrapped(ends, ARROW_CHARS)))
                }
            }
        }
    }
}

/// From one station to the next: a cross in the place of its head where nothing comes through.
fn arrow(from: usize, middle: usize, class: &str, said: &[String]) -> Markup {
    let (start, end) = (from + 8, from + ARROW_WIDTH - 8);
    let (left, right) = (end - 22, end - 8);
    let head = if class == "bad" {
        [[left, middle - 7, right, middle + 7], [left, middle + 7, right, middle - 7]]
    } else {
        [[end - 9, middle - 6, end, middle], [end - 9, middle + 6, end, middle]]
    };
    html! {
        line class=(class) x1=(start) y1=(middle) x2=(if class == "bad" { end - 15 } else { end }) y2=(middle) {}
        @for [x1, y1, x2, y2] in head { line class=(class) x1=(x1) y1=(y1) x2=(x2) y2=(y2) {} }
        @for (line, said) in said.iter().enumerate() {
            text class=(class) x=(start) y=(middle + LINE * (line + 1)) { (said) }
        }
    }
}

/// The picture for who does not see it.
fn told(path: &PacketPathInWords) -> String {
    let station = |station: &Station| {
        [&station.title].into_iter().chain(&station.lines).map(|text| printable(text, CHARS)).collect::<Vec<_>>().join(", ")
    };
    let [client, rules, end] = path.stations.each_ref().map(station);
    [client, rules, printable(&path.ends, CHARS), end].join("; ")
}

fn in_lines(station: &Station) -> (Vec<String>, Vec<String>) {
    (wrapped(&station.title, STATION_CHARS - 4), station.lines.iter().flat_map(|line| wrapped(line, STATION_CHARS)).collect())
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(&printable(text, CHARS), textwrap::Options::new(width).word_separator(line_breaks::separator()))
        .into_iter()
        .map(std::borrow::Cow::into_owned)
        .collect()
}
