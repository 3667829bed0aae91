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
mod room;
mod sections;
mod verification;
mod watch;

use anstream::ColorChoice;
use comfy_table::{ContentArrangement, Table, presets};
use lbprobe_analysis::causes::Cause;
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::Plan;
use lbprobe_analysis::results::{self, Results};
use lbprobe_analysis::risks;
use lbprobe_analysis::text::reports::Conclusion;
use lbprobe_analysis::text::{self, Language};

use crate::terminal::Ink;

pub(super) use acceptance::render as render_acceptance;
pub(super) use dns_name_check::render as render_dns_name_check;
pub(super) use explanation::render as render_explanation;
pub(super) use fixes::{render_fix, render_proposals};
pub(super) use overview::render as render_overview;
pub(super) use page::{render as render_page, render_list as render_pages};
pub(super) use preflight::render as render_preflight;
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
        Self { width, table_width, paint: ink(&std::io::stderr()), detail, language: Language::default() }
    }

    /// With what is otherwise only counted.
    fn explained(self) -> Self {
        Self { detail: if self.detail == Detail::Brief { Detail::Explained } else { self.detail }, ..self }
    }

    /// For what is drawn again and again on standard error: a line that wraps would not be wiped.
    fn of_live() -> Self {
        Self { width: NARROW, table_width: NARROW, paint: ink(&std::io::stderr()), detail: Detail::Brief, language: Language::default() }
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
        return text;
    }
    let results = Results::of(report);
    text.push('\n');
    text.push_str(&heading(&report.facts, &report.plan, style));
    text.push('\n');
    text.push_str(&grid::of_observations(report, &results, style));
    text.push_str(&agreement(report, &results, style));
    room::fitted(text, |room| sections::of_report(report, room, style), style)
}

/// The Service, and what led to it where the user named something else.
fn heading(facts: &Facts, plan: &Plan, style: Style) -> String {
    let service = prose::wrap(&text::service_heading(facts, style.language), "", "  ", style);
    let Some(asked) = &plan.asked else { return service };
    let steps = asked.steps.iter().map(|step| prose::item("- ", &text::asked_step(step, style.language), style));
    service + &prose::wrap(&text::asked(asked, style.language), "", "  ", style) + &steps.collect::<String>()
}

/// One line that says whether the cluster does what it should. Nothing where nothing is expected.
fn agreement(report: &Report, results: &Results<'_>, style: Style) -> String {
    let modes = results::modes(&results.facts);
    let line = text::agreement(&report.diagnosis.agreement, &modes, results.facts.pod_network.value(), style.language);
    line.map(|line| format!("\n{}", prose::wrap(&line, "", "  ", style))).unwrap_or_default()
}

fn verdict(report: &Report, style: Style) -> String {
    let Report { plan, facts, .. } = report;
    let vantages = plan.vantages.len() + plan.named_pods.len();
    let (conclusion, colour) = match report.diagnosis.verdict {
        Verdict::Fault => return causes(report, style),
        Verdict::Healthy => {
            let checks = vantages * plan.service_targets().count();
            let outside = risks::outside(&report.diagnosis.risks);
            (Conclusion::Healthy { checks, vantages, sampled: plan.sampled.as_ref(), outside }, Colour::Good)
        }
        Verdict::Inconclusive if !facts.changed_meanwhile.is_empty() => {
            (Conclusion::Changed { what: &facts.changed_meanwhile }, Colour::Unknown)
        }
        Verdict::Inconclusive => (
            Conclusion::Inconclusive {
                open_questions: report.diagnosis.uncovered.iter().filter(|what| !what.is_certain()).count(),
                beside: report.diagnosis.uncovered.iter().find(|what| what.is_certain()),
            },
            Colour::Unknown,
        ),
    };
    prose::conclusion(&conclusion, colour, style)
}

/// What explains a fault, a line for each cause; nothing where there is none.
fn causes(report: &Report, style: Style) -> String {
    let causes = &report.diagnosis.causes;
    let conclusion = |(number, cause): (usize, &'_ Cause)| {
        let number = (causes.len() > 1).then_some(number);
        prose::conclusion(&Conclusion::Fault { number, finding: &cause.finding, confidence: cause.confidence }, Colour::Bad, style)
    };
    (1..).zip(causes).map(conclusion).collect()
}

#[cfg(test)]
mod tests;
