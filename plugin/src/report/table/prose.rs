//! Text below the grid, in lines of the style's width.

use lbprobe_analysis::kube_proxy::Outside;
use lbprobe_analysis::plan::{Plan, Target, TargetKind, Vantage};
use lbprobe_analysis::prediction::Contradiction;
use lbprobe_analysis::remedies::{After, Fix, Need, Requirement};
use lbprobe_analysis::results::Disagreement;
use lbprobe_analysis::risks::Risk;
use lbprobe_analysis::text::{self, DifferenceInWords};
use lbprobe_analysis::words;

use super::Style;
use super::room::Room;

/// Characters of foreign text in a cell.
const CELL_CHARS: usize = 300;

/// Names in a list before it says "and 41 more".
const NAMED: usize = 3;

pub(super) fn section(title: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.collect();
    if items.is_empty() { items } else { format!("\n{title}\n{items}") }
}

/// The first fixes in full, others in a line each, and the number of the rest.
pub(super) fn fixes(fixes: &[Fix], room: Room, style: Style) -> impl Iterator<Item = String> {
    let (shown, rest) = fixes.split_at(fixes.len().min(room.fixes));
    let shown = (1..).zip(shown).map(move |(number, fix)| {
        let what = text::remedy(&fix.remedy, style.language);
        if number <= room.in_full {
            return in_full(number, &what, fix, style);
        }
        let unmet = fix.needs.iter().filter(|need| need.standing == Requirement::NotMet);
        let unmet: Vec<_> = unmet.map(|need| text::prerequisite(need.prerequisite, style.language)).collect();
        let unmet = if unmet.is_empty() { String::new() } else { format!(" (not met: {})", words::list(&unmet)) };
        let caveat = text::caveats(&fix.caveats, style.language).map(|caveat| format!(" ({caveat})")).unwrap_or_default();
        item(&format!("{number}. "), &format!("{what}{unmet}{caveat}"), style)
    });
    let rest = (!rest.is_empty()).then(|| item("", &format!("and {} more (all of them with -o json)", rest.len()), style));
    shown.chain(rest)
}

pub(super) fn in_full(number: usize, what: &str, fix: &Fix, style: Style) -> String {
    let language = style.language;
    let line = |text: &str| wrap(text, "     ", "     ", style);
    let mut shown = item(&format!("{number}. "), what, style);
    shown.push_str(&line(&format!("cost: {}", text::cost(&fix.remedy, language))));
    shown.extend(text::caveats(&fix.caveats, language).map(|caveat| line(&format!("but: {caveat}"))));
    let need = |need: &Need| (text::prerequisite(need.prerequisite, language), text::requirement(need.standing, language));
    shown.extend(fix.needs.iter().map(need).map(|(what, standing)| line(&format!("needs: {what} ({standing})"))));
    shown.extend(fix.after.as_ref().map(|after| line(&format!("result: {}", after_in_words(after)))));
    // Commands stay on one line, however long, so that they can be copied.
    shown.extend(fix.remedy.command().map(|command| format!("     $ {}\n", words::printable(&command, usize::MAX))));
    shown
}

pub(super) fn contradiction(contradiction: &Contradiction, plan: &Plan) -> String {
    let target = plan.targets.iter().find(|target| target.id == contradiction.target);
    let target = target.map(target_in_words).unwrap_or_default();
    format!("{} at {target}: expected {}, saw {}", contradiction.vantage, contradiction.expected, contradiction.seen)
}

fn target_in_words(target: &Target) -> String {
    let host = match &target.kind {
        TargetKind::LoadBalancerIp(ip) | TargetKind::ClusterIp(ip) | TargetKind::ExternalIp(ip) => ip.to_string(),
        TargetKind::LoadBalancerHostname(name) => name.clone(),
        TargetKind::DnsName => "the DNS name".into(),
        TargetKind::OwnNodePort => "its own node port".into(),
        TargetKind::NodePort { node, .. } => format!("{node}'s node port"),
        TargetKind::Endpoint { node, address } => format!("the endpoint {address} on {node}"),
    };
    format!("{host}, port {}", target.dialled_port.unwrap_or(target.port))
}

fn after_in_words(after: &After) -> String {
    let inside = match (after.failing, after.before) {
        (0, _) => "every check inside is expected to answer".into(),
        (failing, before) if failing < before => {
            format!("{failing} checks are expected to fail, {before} now: from {}", vantages(&after.vantages))
        }
        (failing, _) => format!("no help here: {failing} checks are expected to fail still"),
    };
    let outside = match after.outside {
        Some(Outside::SourceKept) => "; clients outside keep their source address",
        Some(Outside::SourceLost) => "; clients outside show a node's address",
        Some(Outside::Unanswered) => "; clients outside are not answered",
        None => "",
    };
    format!("{inside}{outside}")
}

/// The first of them, and how many more there are: as [`words::short_list`] has it, without a text for each of thousands.
pub(super) fn vantages(all: &[Vantage]) -> String {
    let shown = if all.len() > NAMED { NAMED - 1 } else { all.len() };
    let more = (all.len() > shown).then(|| format!("{} more", all.len() - shown));
    words::list(&all.iter().take(shown).map(ToString::to_string).chain(more).collect::<Vec<_>>())
}

pub(super) fn disagreement(found: &Disagreement, style: Style) -> String {
    let nodes = words::short_list(&found.nodes, NAMED);
    let DifferenceInWords { about, api, nodes_say, explanation } = text::difference(&found.difference, style.language);
    format!("{about}: {api}, but {nodes_say} on {nodes} ({}): {explanation}", found.confidence)
}

pub(super) fn risk(risk: &Risk, style: Style) -> String {
    let advice = format!("advice: {}", text::advice(risk, style.language));
    item("- ", &text::risk(risk, style.language), style) + &wrap(&advice, "    ", "    ", style)
}

pub(super) fn item(mark: &str, text: &str, style: Style) -> String {
    wrap(text, &format!("  {mark}"), &format!("  {}", " ".repeat(mark.len())), style)
}

/// Foreign text in a cell of a table: on one line, and of a length that can be read.
pub(super) fn foreign(text: &str) -> String {
    words::printable(text, CELL_CHARS)
}

/// Text in lines of the style's width, the last one ended too.
pub(super) fn wrap(text: &str, first: &str, rest: &str, style: Style) -> String {
    // A name with a line's end in it makes no line of its own, and none has colours.
    let text = words::printable(text, usize::MAX);
    let options = textwrap::Options::new(style.width.into()).initial_indent(first).subsequent_indent(rest).break_words(false);
    // Names and flags are full of hyphens: a break there would be copied wrongly.
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(&text, options) + "\n"
}
