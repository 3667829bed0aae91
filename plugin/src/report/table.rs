//! The report for a terminal: what fails from where, why, and what to do. Readable without colour.

mod acceptance;
mod columns;
mod dns_name_check;
mod explanation;
mod fixes;
mod grid;
mod kernel;
mod overview;
mod page;
mod preflight;
mod prose;
mod rehearsal;
mod rehearsal_proof;
mod room;
mod sections;
mod verification;
mod watch;

use anstream::ColorChoice;
use comfy_table::{ContentArrangement, Table, presets};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::Plan;
use lbprobe_analysis::results::Results;
use lbprobe_analysis::text::{self, Language};

use self::sections::Sections;
use super::outline;
use crate::terminal::{Ink, language};

pub(super) use acceptance::render as render_acceptance;
pub(super) use dns_name_check::render as render_dns_name_check;
pub(super) use explanation::render as render_explanation;
pub(super) use fixes::{render_fix, render_proposals};
pub(super) use overview::render as render_overview;
pub(super) use page::{render as render_page, render_list as render_pages};
pub(super) use preflight::render as render_preflight;
pub(super) use rehearsal::render as render_rehearsal;
pub(super) use rehearsal_proof::render as render_proof;
pub(super) use verification::render as render_verification;
pub(super) use watch::{render as render_watch, render_now};

/// Columns that every terminal has.
const NARROW: u16 = 80;

/// Sentences longer than this are hard to read, however wide the terminal.
const WIDE: u16 = 100;

/// A terminal that says it is wider than this says nothing.
const WIDEST: u16 = 400;

/// How the text may look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// How long lines of sentences are, in columns.
    pub(super) width: u16,
    /// How long lines of tables may be.
    pub(super) table_width: u16,
    pub(super) paint: Ink,
    pub(super) detail: Detail,
    pub(super) language: Language,
}

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// What a document comes to.
    Verdict,
    /// What one acts on: the rest is counted.
    Brief,
    /// The rest too.
    Explained,
    /// And node ports and endpoints, each with what is expected beside what was seen.
    Everything,
}

/// Whether words are coloured on a stream: on a terminal only, and by the rules of NO_COLOR and CLICOLOR_FORCE.
pub(super) fn ink(stream: &impl anstream::stream::RawStream) -> Ink {
    if anstream::AutoStream::choice(stream) == ColorChoice::Never { Ink::Plain } else { Ink::Coloured }
}

/// The colours that are used, each with one meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Good,
    Bad,
    Unknown,
}

/// What stands in a terminal's place where the output goes elsewhere.
fn columns_of_environment() -> Option<u16> {
    std::env::var("COLUMNS").ok()?.trim().parse().ok()
}

impl Style {
    pub(super) fn of_stdout(detail: Detail) -> Self {
        Self { paint: ink(&std::io::stdout()), ..Self::of_stderr(detail) }
    }

    /// For what a person is asked about.
    pub(super) fn of_stderr(detail: Detail) -> Self {
        let table_width = Table::new().width().or_else(columns_of_environment).unwrap_or(NARROW).clamp(NARROW, WIDEST);
        let width = table_width.min(WIDE);
        Self { width, table_width, paint: ink(&std::io::stderr()), detail, language: language() }
    }

    /// For a file: without colours, and as wide as is easy to read.
    pub(super) fn of_file(detail: Detail) -> Self {
        Self { width: WIDE, table_width: WIDE, paint: Ink::Plain, detail, language: language() }
    }

    /// With what is otherwise only counted.
    fn explained(self) -> Self {
        Self { detail: if self.detail == Detail::Brief { Detail::Explained } else { self.detail }, ..self }
    }

    /// For what is drawn again and again on standard error: a line that wraps would not be wiped.
    fn of_live() -> Self {
        Self { width: NARROW, table_width: NARROW, paint: ink(&std::io::stderr()), detail: Detail::Brief, language: language() }
    }

    /// A table without lines, of the style's width.
    fn table(self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(self.table_width);
        match self.paint {
            Ink::Plain => table.force_no_tty(),
            Ink::Coloured => table.enforce_styling(),
        };
        table
    }

    fn coloured(self, text: &str, colour: Colour) -> String {
        let code = match colour {
            Colour::Good => 32,
            Colour::Bad => 31,
            Colour::Unknown => 33,
        };
        match self.paint {
            Ink::Plain => text.to_owned(),
            Ink::Coloured => format!("\u{1b}[1;{code}m{text}\u{1b}[0m"),
        }
    }
}

/// The whole report.
pub(super) fn render(report: &Report, style: Style) -> String {
    let mut text = verdict(report, style);
    if style.detail == Detail::Verdict {
        text.extend(outline::outside(report, style.language).iter().map(|line| prose::item("- ", line, style)));
        return text;
    }
    let results = Results::of(report);
    text.push('\n');
    text.push_str(&heading(&report.facts, &report.plan, style));
    text.push('\n');
    text.push_str(&grid::of_observations(report, &results, style));
    let agreement = outline::agreement(report, &results, style.language);
    text.extend(agreement.map(|line| format!("\n{}", prose::wrap(&line, "", "  ", style))));
    let sections = Sections::of(report, style);
    room::fitted(&text, |room| sections.within(room, style), |room| sections.footer(room, style), style)
}

/// The Service, and what led to it where the user named something else.
fn heading(facts: &Facts, plan: &Plan, style: Style) -> String {
    let service = prose::wrap(&text::service_heading(facts, style.language), "", "  ", style);
    let Some(asked) = &plan.asked else { return service };
    let steps = asked.steps.iter().map(|step| prose::item("- ", &text::asked_step(step, style.language), style));
    service + &prose::wrap(&text::asked(asked, style.language), "", "  ", style) + &steps.collect::<String>()
}

fn verdict(report: &Report, style: Style) -> String {
    let colour = match report.diagnosis.verdict {
        Verdict::Fault => Colour::Bad,
        Verdict::Healthy => Colour::Good,
        Verdict::Inconclusive => Colour::Unknown,
    };
    outline::headlines(report, style.language).iter().map(|headline| prose::headline(headline, colour, style)).collect()
}

/// What explains a fault, a line for each cause; nothing where there is none.
fn causes(report: &Report, style: Style) -> String {
    outline::causes_alone(report, style.language).iter().map(|headline| prose::headline(headline, Colour::Bad, style)).collect()
}

#[cfg(test)]
mod tests;
