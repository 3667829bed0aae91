//! An explanation for a terminal: what is expected, why, and what to do.

use lbprobe_analysis::explanation::{Explanation, Reason};
use lbprobe_analysis::facts::{Facts, Known};
use lbprobe_analysis::prediction::Outlook;
use lbprobe_analysis::{text, words};

use super::room::{self, List, Room};
use super::{Colour, Style, grid, heading, prose};

/// Ports in a list before it says "and 41 more".
const PORTS: usize = 6;

/// The whole explanation.
pub(crate) fn render(explanation: &Explanation, style: Style) -> String {
    let facts = &explanation.facts;
    let mut text = heading(facts, style);
    text.push_str(&kube_proxy(facts, style));
    text.push_str("\nExpected, not measured:\n");
    text.push_str(&grid::of_expectations(facts, &explanation.plan, &explanation.expectations, style));
    text.push('\n');
    text.push_str(&outlook(explanation, style));
    room::fitted(text, |room| sections(explanation, room, style), style)
}

fn sections(explanation: &Explanation, room: Room, style: Style) -> String {
    let Explanation { reasons, fixes, risks, unknown, plan, .. } = explanation;
    let mut text = List { title: "Why", items: reasons, most: room.evidence }
        .shown(|reason| prose::item("- ", &in_words(reason, style), style), style);
    text.push_str(&prose::section("What to do, best first", prose::fixes(fixes, room, style)));
    text.push_str(&List { title: "Risks", items: risks, most: room.others }.shown(|risk| prose::risk(risk, style), style));
    text.push_str(&super::sections::left_out(plan, room, style));
    text.push_str(
        &List { title: "Not known", items: unknown, most: room.others }
            .shown(|gap| prose::item("- ", &text::gap(gap, style.language), style), style),
    );
    text
}

fn kube_proxy(facts: &Facts, style: Style) -> String {
    let Known::Value(config) = &facts.kube_proxy.config else { return String::new() };
    let cidrs: Vec<_> = config.detection.cluster_cidrs.iter().map(ToString::to_string).collect();
    let cidrs = if cidrs.is_empty() { "no clusterCIDR".to_owned() } else { format!("clusterCIDR {}", cidrs.join(",")) };
    prose::wrap(&format!("kube-proxy in {} mode, {cidrs} ({})", config.mode, config.source), "", "  ", style)
}

fn outlook(explanation: &Explanation, style: Style) -> String {
    let failing = explanation.expectations.failing(&explanation.plan);
    let checks = explanation.plan.vantages.len() * explanation.plan.service_targets().count();
    let (word, colour, said) = match explanation.outlook {
        Outlook::Fine => ("FINE", Colour::Good, "nothing is expected to fail inside the cluster".to_owned()),
        Outlook::Fails => ("WILL FAIL", Colour::Bad, format!("{failing} of {} from inside the cluster", words::count(checks, "check"))),
        Outlook::Depends => ("DEPENDS", Colour::Unknown, "what is known does not tell whether checks will fail".to_owned()),
    };
    prose::wrap(&format!("{word}: {said}"), "", "  ", style).replacen(word, &style.coloured(word, colour), 1)
}

fn in_words(reason: &Reason, style: Style) -> String {
    let when = if reason.when.is_empty() {
        String::new()
    } else {
        format!(", if {}", text::conditions(&reason.when, style.language).join(" and "))
    };
    let mut ports: Vec<_> = reason.targets.iter().map(|target| target.port.to_string()).collect();
    ports.dedup();
    let ports = format!("port{} {}", if ports.len() == 1 { "" } else { "s" }, words::short_list(&ports, PORTS));
    format!(
        "{}, {ports}: {}{when}: {}",
        prose::vantages(&reason.vantages),
        reason.answer.expected,
        text::rule(reason.answer.rule, style.language)
    )
}
