//! The report for a terminal: what fails from where, why, and what to do. Readable without colour.

mod acceptance;
mod explanation;
mod fixes;
mod grid;
mod name_proof;
mod overview;
mod prose;
mod room;
mod sections;
mod verification;
mod watch;

use anstream::ColorChoice;
use comfy_table::{ContentArrangement, Table, presets};
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::facts::{Facts, Ingress};
use lbprobe_analysis::prediction::Agreement;
use lbprobe_analysis::report::Report;
use lbprobe_analysis::results::{self, Results};
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::words;

use crate::terminal::Ink;

pub(super) use acceptance::render as render_acceptance;
pub(super) use explanation::render as render_explanation;
pub(super) use fixes::{render_fix, render_proposals};
pub(super) use name_proof::render as render_name_proof;
pub(super) use overview::render as render_overview;
pub(super) use verification::{render as render_verification, target as named};
pub(super) use watch::{render as render_watch, render_now};

/// Columns that every terminal has.
const NARROW: u16 = 80;

/// Lines longer than this are hard to read, however wide the terminal.
const WIDE: u16 = 100;

/// How the text may look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) width: u16,
    pub(super) paint: Ink,
    pub(super) extent: Extent,
    pub(super) language: Language,
}

/// How much of the checks is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Those by which clients come.
    Clients,
    /// Node ports and endpoints too, each with what is expected beside what was seen.
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

impl Style {
    pub(super) fn of_stdout(extent: Extent) -> Self {
        Self { paint: ink(&std::io::stdout()), ..Self::of_stderr(extent) }
    }

    /// For what a person is asked about.
    pub(super) fn of_stderr(extent: Extent) -> Self {
        let width = Table::new().width().unwrap_or(NARROW).clamp(NARROW, WIDE);
        Self { width, paint: ink(&std::io::stderr()), extent, language: Language::default() }
    }

    /// For what is drawn again and again on standard error: a line that wraps would not be wiped.
    fn of_live() -> Self {
        Self { width: NARROW, paint: ink(&std::io::stderr()), extent: Extent::Clients, language: Language::default() }
    }

    /// A table without lines, of the style's width.
    fn table(self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(self.width);
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
    let results = Results::of(report);
    let mut text = heading(&report.facts, style);
    text.push('\n');
    text.push_str(&grid::of_observations(report, &results, style));
    text.push_str(&agreement(report, &results, style));
    text.push('\n');
    text.push_str(&verdict(report, style));
    room::fitted(text, |room| sections::of_report(report, room, style), style)
}

fn heading(facts: &Facts, style: Style) -> String {
    let service = &facts.service;
    let addresses: Vec<_> = service
        .ingress
        .iter()
        .map(|ingress| match ingress {
            Ingress::Address { ip, .. } => ip.to_string(),
            Ingress::Hostname(name) => name.clone(),
        })
        .collect();
    let nodes: Vec<_> = facts.endpoint_nodes().into_iter().collect();
    let endpoints = match (facts.ready_endpoints(), nodes.is_empty()) {
        (0, _) => "no ready endpoint".to_owned(),
        (number, true) => words::count(number, "ready endpoint"),
        (number, false) => format!("{} on {}", words::count(number, "ready endpoint"), words::short_list(&nodes, 3)),
    };
    let line = format!(
        "Service {}/{}, load balancer {}, externalTrafficPolicy {}, {endpoints}",
        service.namespace,
        service.name,
        words::short_list(&addresses, 4),
        service.external_traffic_policy,
    );
    prose::wrap(&line, "", "  ", style)
}

/// One line that says whether the cluster does what it should. Nothing where nothing is expected.
fn agreement(report: &Report, results: &Results<'_>, style: Style) -> String {
    let Agreement { agreeing, open, contradictions, .. } = &report.diagnosis.agreement;
    let predicted = agreeing + contradictions.len();
    if predicted == 0 {
        return String::new();
    }
    let modes: Vec<_> = results::modes(&results.facts.kube_proxy).iter().map(ToString::to_string).collect();
    let mode = if modes.is_empty() { String::new() } else { format!(" in {} mode", words::list(&modes)) };
    let open = if *open == 0 { String::new() } else { format!("; {open} could not be predicted") };
    let line = format!("{agreeing} of {} match the prediction for kube-proxy{mode}{open}", words::count(predicted, "check"));
    format!("\n{}", prose::wrap(&line, "", "  ", style))
}

fn verdict(report: &Report, style: Style) -> String {
    let vantages = report.plan.vantages.len();
    let checks = vantages * report.plan.service_targets().count();
    let (word, colour, said) = match report.diagnosis.verdict {
        Verdict::Healthy => {
            let sampled = report.plan.sampled.as_ref().map(|sampled| format!("; {sampled}")).unwrap_or_default();
            let said = format!("all {} from {} answered{sampled}", words::count(checks, "check"), words::count(vantages, "vantage"));
            ("HEALTHY", Colour::Good, said)
        }
        Verdict::Fault => return causes(report, style),
        Verdict::Inconclusive if !report.facts.changed_meanwhile.is_empty() => {
            let what: Vec<_> = report.facts.changed_meanwhile.iter().map(|change| text::service_change(change, style.language)).collect();
            let what = words::short_list(&what, 3);
            (
                "INCONCLUSIVE",
                Colour::Unknown,
                format!("the Service changed during the run, twice: {what}. Run it again when that has settled"),
            )
        }
        Verdict::Inconclusive => ("INCONCLUSIVE", Colour::Unknown, "nothing failed, but not everything could be measured".to_owned()),
    };
    prose::wrap(&format!("{word}: {said}"), "", "  ", style).replacen(word, &style.coloured(word, colour), 1)
}

/// What explains a fault, a line for each cause; nothing where there is none.
fn causes(report: &Report, style: Style) -> String {
    let causes = &report.diagnosis.causes;
    let number = |place: usize| if causes.len() > 1 { format!("({place}) ") } else { String::new() };
    let said = (1..)
        .zip(causes)
        .map(|(place, cause)| format!("FAULT: {}{} ({})", number(place), text::finding(&cause.finding, style.language), cause.confidence));
    let lines: String = said.map(|said| prose::wrap(&said, "", "  ", style)).collect();
    lines.replacen("FAULT", &style.coloured("FAULT", Colour::Bad), 1)
}

#[cfg(test)]
mod tests;
