//! All Services for a terminal, a line each.

use std::fmt::Write as _;

use comfy_table::{Cell, Color};
use lbprobe_analysis::documents::{Overview, ServiceSummary};
use lbprobe_analysis::prediction::Outlook;
use lbprobe_analysis::text::reports::{Label, Title};
use lbprobe_analysis::{shell, text};

use super::{Style, columns, prose};
use crate::report::outline;

/// The whole overview.
pub(crate) fn render(overview: &Overview, style: Style) -> String {
    if overview.services.is_empty() {
        return format!("{}\n", text::fixed(style.language).no_service);
    }
    let mut table = style.table();
    let fixed = text::fixed(style.language);
    table.set_header(fixed.overview);
    for summary in &overview.services {
        let outlook = outline::outlook(summary, style.language);
        let colour = match summary.outlook {
            Outlook::Fine => Color::Green,
            Outlook::Fails => Color::Red,
            Outlook::Depends => Color::Yellow,
        };
        let policy = summary.external_traffic_policy.to_string();
        let is_open = summary.outlook == Outlook::Depends;
        let of_nodes = |failing: usize| match (failing, is_open) {
            (0, true) => "?".to_owned(),
            (0, false) => "-".to_owned(),
            _ => format!("{failing}/{}", summary.nodes),
        };
        let failing = [summary.failing_from_pods, summary.failing_from_hosts].map(of_nodes);
        let start = [prose::foreign(&summary.namespace), prose::foreign(&summary.name), policy, summary.ready_endpoints.to_string()];
        table.add_row(start.into_iter().chain(failing).map(Cell::new).chain([Cell::new(outlook).fg(colour)]));
    }
    let mut text = columns::drawn(table, style);
    let _ = writeln!(text, "\n{}", fixed.overview_legend);
    for (outlook, legend) in [(Outlook::Fails, fixed.fails_outside_legend), (Outlook::Depends, fixed.fine_inside_legend)] {
        if overview.services.iter().any(|summary| summary.outside_at_risk && summary.outlook == outlook) {
            let _ = writeln!(text, "{legend}");
        }
    }
    text.push_str(&prose::section(
        &text::title(Title::Why, style.language),
        reasons(overview, style).into_iter().map(|line| prose::item("- ", &line, style)),
    ));
    text.extend(overview.services.first().map(|worst| format!("\n{}", hints(overview, worst, style))));
    text
}

/// What to type next, each command on a line of its own so that it can be copied.
fn hints(overview: &Overview, worst: &ServiceSummary, style: Style) -> String {
    let explain = || text::explain_hint(&explain_command(overview, &worst.namespace, &worst.name), style.language);
    let explain = (worst.outlook != Outlook::Fine).then(explain);
    let run = shell::command(&["kubectl", "lbprobe", "run", &worst.name, "-n", &worst.namespace]);
    let run = text::run_hint(&run, style.language);
    explain.into_iter().chain([run]).map(|hint| text::labelled(Label::Hint, &hint, style.language) + "\n").collect()
}

/// How to ask for more of a Service, from the same file where there was one.
fn explain_command(overview: &Overview, namespace: &str, name: &str) -> String {
    let command = ["kubectl", "lbprobe", "explain", name, "-n", namespace];
    let file = overview.file.iter().flat_map(|file| ["-f", file.as_str()]);
    let changes: Vec<_> = overview.changes.iter().map(ToString::to_string).collect();
    let mut words: Vec<_> = command.into_iter().chain(file).collect();
    words.extend(changes.iter().flat_map(|change| ["--if", change.as_str()]));
    shell::command(&words)
}

/// Each reason once, with the Services that it strikes.
fn reasons(overview: &Overview, style: Style) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for summary in &overview.services {
        for reason in outline::reasons(summary, style.language) {
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, names)) => names.push(&summary.name),
                None => reasons.push((reason, vec![&summary.name])),
            }
        }
    }
    reasons.into_iter().map(|(reason, names)| format!("{}: {reason}", text::short_list(&names, 3, style.language))).collect()
}
