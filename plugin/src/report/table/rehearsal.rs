//! A rehearsal for a terminal: what it comes to, a line for each change of each Service, and what to do first.

use std::fmt::Write as _;

use comfy_table::{Cell, Color};
use lbprobe_analysis::documents::{Rehearsal, ServiceRehearsal, Transition};
use lbprobe_analysis::facts::TransportPort;
use lbprobe_analysis::plan::Target;
use lbprobe_analysis::prediction::Outlook;
use lbprobe_analysis::text::reports::{Label, RehearsalCounts, Title};
use lbprobe_analysis::{shell, text, words};

use super::{Colour, Detail, Style, columns, prose};

/// Services that the table shows where it is to be brief.
const SERVICES: usize = 20;

/// The whole rehearsal.
pub(crate) fn render(rehearsal: &Rehearsal, style: Style) -> String {
    let mut shown = headline(rehearsal, style);
    if style.detail == Detail::Verdict {
        return shown;
    }
    let today = rehearsal.today.as_ref().map(|config| text::kube_proxy(config, config.mode.in_release(None), style.language));
    shown.extend(today.map(|today| prose::wrap(&text::labelled(Label::Today, &today, style.language), "", "  ", style)));
    let most = if style.detail == Detail::Brief { SERVICES } else { usize::MAX };
    let changed: Vec<_> = rehearsal.services.iter().filter(|service| !service.transitions.is_empty()).collect();
    if !changed.is_empty() {
        let mut table = style.table();
        table.set_header(text::fixed(style.language).rehearsal);
        for service in changed.iter().take(most) {
            for (index, transition) in service.transitions.iter().enumerate() {
                let name = if index == 0 { prose::foreign(&format!("{}/{}", service.namespace, service.name)) } else { String::new() };
                table.add_row(row(name, transition, style));
            }
        }
        let _ = writeln!(shown, "\n{}\n{}", columns::drawn(table, style), text::fixed(style.language).rehearsal_legend);
    }
    if changed.len() > most {
        let _ = writeln!(shown, "{}", text::more_services(changed.len() - most, style.language));
    }
    if rehearsal.unchanged > 0 && !rehearsal.services.is_empty() {
        let _ = writeln!(shown, "{}", text::unchanged(rehearsal.unchanged, style.language));
    }
    let section = |title, lines: Vec<String>| {
        prose::section(&text::title(title, style.language), lines.into_iter().map(|line| prose::item("- ", &line, style)))
    };
    let obstacles = rehearsal.obstacles.iter().map(|obstacle| text::obstacle(obstacle, style.language)).collect();
    shown.push_str(&section(Title::Obstacles, obstacles));
    shown.push_str(&section(Title::BeforeChange, before(rehearsal, most, style)));
    let group = |group: &lbprobe_analysis::documents::NodeGroup| {
        text::node_group(group.nodes, &group.examples, group.breaks, group.heals, style.language)
    };
    shown.push_str(&section(Title::NodeOrder, rehearsal.order.iter().map(group).collect()));
    shown.push_str(&section(Title::OpenQuestions, open(rehearsal, style)));
    shown.push_str(&section(Title::NotKnown, rehearsal.unknown.iter().map(|gap| text::gap(gap, style.language)).collect()));
    shown.push_str(&section(
        Title::Notes,
        rehearsal.notes.iter().map(|note| text::rehearsal_note(*note, style.language).to_owned()).collect(),
    ));
    shown.extend(rehearsal.services.first().map(|worst| format!("\n{}", hint(rehearsal, worst, style))));
    shown
}

fn headline(rehearsal: &Rehearsal, style: Style) -> String {
    let outlook = rehearsal.outlook();
    let is_worse = |service: &&ServiceRehearsal| service.outlook() == outlook;
    let changes = changes(rehearsal);
    let counts = RehearsalCounts {
        outlook,
        changes: &changes,
        worse: rehearsal.services.iter().filter(is_worse).count(),
        changed: rehearsal.services.len(),
        services: rehearsal.services.len() + rehearsal.unchanged,
        nodes: rehearsal.nodes,
        starts: rehearsal.obstacles.is_empty(),
    };
    let colour = match outlook {
        Outlook::Fine => Colour::Good,
        Outlook::Fails => Colour::Bad,
        Outlook::Depends => Colour::Unknown,
    };
    prose::headline(&text::rehearsal(&counts, style.language), colour, style)
}

fn changes(rehearsal: &Rehearsal) -> String {
    rehearsal.changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn row(name: String, transition: &Transition, style: Style) -> Vec<Cell> {
    let Transition { effect, network, targets, today, after, nodes, .. } = transition;
    let colour = match effect.outlook() {
        Outlook::Fails => Color::Red,
        Outlook::Depends => Color::Yellow,
        Outlook::Fine => Color::Green,
    };
    let language = style.language;
    vec![
        Cell::new(name),
        Cell::new(text::effect(*effect, language)).fg(colour),
        Cell::new(format!("{network}×{nodes}")),
        Cell::new(dialled(targets, style)),
        Cell::new(text::expected(today, language)),
        Cell::new(text::expected(after, language)),
    ]
}

/// Each address with its ports.
fn dialled(targets: &[Target], style: Style) -> String {
    let mut kinds: Vec<(String, Vec<TransportPort>)> = Vec::new();
    for target in targets {
        let kind = text::target_in_cell(&target.kind, style.language);
        let port = TransportPort { port: target.dialled_port.unwrap_or(target.port), protocol: target.protocol };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, ports)) if ports.contains(&port) => {}
            Some((_, ports)) => ports.push(port),
            None => kinds.push((kind, vec![port])),
        }
    }
    let one = |(kind, ports): (String, Vec<TransportPort>)| {
        let ports: Vec<_> = ports.into_iter().map(|port| text::port(port, style.language)).collect();
        format!("{kind}:{}", ports.join(","))
    };
    kinds.into_iter().map(one).collect::<Vec<_>>().join(", ")
}

fn before(rehearsal: &Rehearsal, most: usize, style: Style) -> Vec<String> {
    let line = |service: &ServiceRehearsal| {
        let fix = service.first.as_ref()?;
        let remedy = text::remedy(&fix.remedy, style.language);
        let command = shell::command(&["kubectl", "lbprobe", "fix", &service.name, "-n", &service.namespace]);
        Some(format!("{} ({command})", text::before_change(&format!("{}/{}", service.namespace, service.name), &remedy, style.language)))
    };
    rehearsal.services.iter().filter_map(line).take(most).collect()
}

/// Each open question once, with the Services that it is open for.
fn open(rehearsal: &Rehearsal, style: Style) -> Vec<String> {
    let mut questions: Vec<(String, Vec<&str>)> = Vec::new();
    for service in &rehearsal.services {
        let Some(what) = &service.open else { continue };
        let question = text::uncovered(what, style.language);
        match questions.iter_mut().find(|(known, _)| *known == question) {
            Some((_, names)) => names.push(&service.name),
            None => questions.push((question, vec![&service.name])),
        }
    }
    let of_nodes = rehearsal.uncovered.iter().map(|what| text::uncovered(what, style.language));
    let of_services = questions.into_iter().map(|(question, names)| format!("{}: {question}", words::short_list(&names, 3)));
    of_nodes.chain(of_services).collect()
}

/// What shows one Service in full.
fn hint(rehearsal: &Rehearsal, worst: &ServiceRehearsal, style: Style) -> String {
    let mut command: Vec<String> =
        ["kubectl", "lbprobe", "explain", &worst.name, "-n", &worst.namespace].into_iter().map(str::to_owned).collect();
    command.extend(rehearsal.file.iter().flat_map(|file| ["-f".to_owned(), file.clone()]));
    command.extend(rehearsal.changes.iter().flat_map(|change| ["--if".to_owned(), change.to_string()]));
    let command = shell::command(&command.iter().map(String::as_str).collect::<Vec<_>>());
    text::labelled(Label::Hint, &text::explain_hint(&command, style.language), style.language) + "\n"
}
