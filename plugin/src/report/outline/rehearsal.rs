//! A rehearsal in words and in order: what it comes to, a row for each change of each Service, and what to do first.

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{NodeGroup, Rehearsal, ServiceRehearsal, Transition};
use lbprobe_analysis::facts::TransportPort;
use lbprobe_analysis::plan::Target;
use lbprobe_analysis::prediction::Outlook;
use lbprobe_analysis::shell;
use lbprobe_analysis::text::reports::{Headline, RehearsalCounts, Title};
use lbprobe_analysis::text::{self, Language};

use super::{ItemList, lines};
use crate::report::layout::Severity;

/// What a rehearsal says.
pub(in crate::report) struct RehearsalOutline {
    pub(in crate::report) verdict: Verdict,
    pub(in crate::report) headline: Headline,
    /// How kube-proxy runs today, where that is known.
    pub(in crate::report) today: Option<String>,
    pub(in crate::report) columns: [&'static str; 6],
    /// One for each change; those of a Service stand together.
    pub(in crate::report) rows: Vec<RehearsalRow>,
    pub(in crate::report) legend: &'static str,
    /// How many Services stay as they are.
    pub(in crate::report) unchanged: Option<String>,
    /// What is in the way, what to do first, in which order, what is open, what is not known, and what changes besides.
    pub(in crate::report) lists: [ItemList; 6],
    /// The command that explains the first Service in full.
    pub(in crate::report) explain: Option<String>,
}

/// What changes for a Service in one way.
pub(in crate::report) struct RehearsalRow {
    /// Its place among those that change.
    pub(in crate::report) number: usize,
    pub(in crate::report) service: String,
    pub(in crate::report) effect: &'static str,
    pub(in crate::report) severity: Severity,
    /// From which network of how many nodes, to where, what becomes of it today, and after.
    pub(in crate::report) cells: [String; 4],
}

impl RehearsalOutline {
    pub(in crate::report) fn of(rehearsal: &Rehearsal, language: Language) -> Self {
        let changed = rehearsal.services.iter().filter(|service| !service.transitions.is_empty());
        let unchanged = (rehearsal.unchanged > 0 && !rehearsal.services.is_empty()).then_some(rehearsal.unchanged);
        let group = |group: &NodeGroup| text::node_group(group.nodes, &group.examples, group.breaks, group.heals, language);
        let said = |title: Title<'static>, all: &[String]| lines(title, all, Clone::clone, language);
        Self {
            verdict: match rehearsal.outlook() {
                Outlook::Fine => Verdict::Healthy,
                Outlook::Fails => Verdict::Fault,
                Outlook::Depends => Verdict::Inconclusive,
            },
            headline: headline(rehearsal, language),
            today: rehearsal.today.as_ref().map(|config| text::kube_proxy(config, config.mode.in_release(None), language)),
            columns: text::fixed(language).rehearsal,
            rows: changed.enumerate().flat_map(|(number, service)| rows(number, service, language)).collect(),
            legend: text::fixed(language).rehearsal_legend,
            unchanged: unchanged.map(|number| text::unchanged(number, language)),
            lists: [
                lines(Title::Obstacles, &rehearsal.obstacles, |obstacle| text::obstacle(obstacle, language), language),
                said(Title::BeforeChange, &before(rehearsal, language)),
                lines(Title::NodeOrder, &rehearsal.order, group, language),
                said(Title::OpenQuestions, &open(rehearsal, language)),
                lines(Title::NotKnown, &rehearsal.unknown, |gap| text::gap(gap, language), language),
                lines(Title::Notes, &rehearsal.notes, |note| text::rehearsal_note(*note, language).to_owned(), language),
            ],
            explain: rehearsal.services.first().map(|worst| explain(rehearsal, worst)),
        }
    }
}

fn headline(rehearsal: &Rehearsal, language: Language) -> Headline {
    let outlook = rehearsal.outlook();
    let is_worse = |service: &&ServiceRehearsal| service.outlook() == outlook;
    let changes = rehearsal.changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let counts = RehearsalCounts {
        outlook,
        changes: &changes,
        worse: rehearsal.services.iter().filter(is_worse).count(),
        changed: rehearsal.services.len(),
        services: rehearsal.services.len() + rehearsal.unchanged,
        nodes: rehearsal.nodes,
        starts: rehearsal.obstacles.is_empty(),
    };
    text::rehearsal(&counts, language)
}

fn rows(number: usize, service: &ServiceRehearsal, language: Language) -> Vec<RehearsalRow> {
    let name = format!("{}/{}", service.namespace, service.name);
    let row = |transition: &Transition| {
        let Transition { effect, network, targets, today, after, nodes, .. } = transition;
        RehearsalRow {
            number,
            service: name.clone(),
            effect: text::effect(*effect, language),
            severity: match effect.outlook() {
                Outlook::Fails => Severity::Bad,
                Outlook::Depends => Severity::Unknown,
                Outlook::Fine => Severity::Good,
            },
            cells: [
                format!("{network}×{nodes}"),
                dialled(targets, language),
                text::expected(today, language),
                text::expected(after, language),
            ],
        }
    };
    service.transitions.iter().map(row).collect()
}

/// Each address with its ports.
fn dialled(targets: &[Target], language: Language) -> String {
    let mut kinds: Vec<(String, Vec<TransportPort>)> = Vec::new();
    for target in targets {
        let kind = text::target_in_cell(&target.kind, language);
        let port = TransportPort { port: target.dialled_port.unwrap_or(target.port), protocol: target.protocol };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, ports)) if ports.contains(&port) => {}
            Some((_, ports)) => ports.push(port),
            None => kinds.push((kind, vec![port])),
        }
    }
    let one = |(kind, ports): (String, Vec<TransportPort>)| {
        let ports: Vec<_> = ports.into_iter().map(|port| text::port(port, language)).collect();
        format!("{kind}:{}", ports.join(","))
    };
    kinds.into_iter().map(one).collect::<Vec<_>>().join(", ")
}

fn before(rehearsal: &Rehearsal, language: Language) -> Vec<String> {
    let line = |service: &ServiceRehearsal| {
        let fix = service.first.as_ref()?;
        let remedy = text::remedy(&fix.remedy, language);
        let command = shell::command(&["kubectl", "lbprobe", "fix", &service.name, "-n", &service.namespace]);
        Some(format!("{} ({command})", text::before_change(&format!("{}/{}", service.namespace, service.name), &remedy, language)))
    };
    rehearsal.services.iter().filter_map(line).collect()
}

/// Each open question once, with the Services that it is open for.
fn open(rehearsal: &Rehearsal, language: Language) -> Vec<String> {
    let mut questions: Vec<(String, Vec<&str>)> = Vec::new();
    for service in &rehearsal.services {
        let Some(what) = &service.open else { continue };
        let question = text::uncovered(what, language);
        match questions.iter_mut().find(|(known, _)| *known == question) {
            Some((_, names)) => names.push(&service.name),
            None => questions.push((question, vec![&service.name])),
        }
    }
    let of_nodes = rehearsal.uncovered.iter().map(|what| text::uncovered(what, language));
    let of_services = questions.into_iter().map(|(question, names)| format!("{}: {question}", text::short_list(&names, 3, language)));
    of_nodes.chain(of_services).collect()
}

fn explain(rehearsal: &Rehearsal, worst: &ServiceRehearsal) -> String {
    let mut command: Vec<String> =
        ["kubectl", "lbprobe", "explain", &worst.name, "-n", &worst.namespace].into_iter().map(str::to_owned).collect();
    command.extend(rehearsal.file.iter().flat_map(|file| ["-f".to_owned(), file.clone()]));
    command.extend(rehearsal.changes.iter().flat_map(|change| ["--if".to_owned(), change.to_string()]));
    shell::command(&command.iter().map(String::as_str).collect::<Vec<_>>())
}
