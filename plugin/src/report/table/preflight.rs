//! What a run would meet, for a terminal.

use lbprobe_analysis::documents::Preflight;
use lbprobe_analysis::preflight::{Admission, LeftOut, Readiness};
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{Conclusion, Label, Title};

use super::{Colour, Style, prose};

/// Nodes that are left out for one reason and named.
const NODES: usize = 5;

/// The whole answer, the conclusion first.
pub(crate) fn render(preflight: &Preflight, style: Style) -> String {
    let Preflight { readiness, probe_namespace, findings, .. } = preflight;
    let readiness = *readiness;
    let colour = match readiness {
        Readiness::Ready => Colour::Good,
        Readiness::Partly => Colour::Unknown,
        Readiness::NotReady => Colour::Bad,
    };
    let conclusion = Conclusion::Preflight { readiness, nodes: findings.nodes, namespace: probe_namespace };
    let mut text = prose::conclusion(&conclusion, colour, style);
    let language = style.language;
    let rights = findings.rights.iter().map(|rights| marked(Some(rights.missing.is_empty()), &text::rights(rights, language), style));
    text.push_str(&prose::section(&text::title(Title::Rights, language), rights));
    let objects = findings.objects.iter().map(|trial| marked(is_admitted(&trial.admission), &text::trial(trial, language), style));
    let not_tried = (findings.not_tried > 0).then(|| marked(None, &text::not_tried(findings.not_tried, language), style));
    text.push_str(&prose::section(&text::title(Title::Objects, language), objects.chain(not_tried)));
    let left_out = findings.left_out.iter().map(|left_out| prose::item("- ", &left_out_in_words(left_out, style), style));
    text.push_str(&prose::section(&text::title(Title::LeftOut, language), left_out));
    let delivery = findings.delivery.iter().map(|plan| prose::item("- ", &text::delivery(plan, language), style));
    text.push_str(&prose::section(&text::title(Title::Delivery, language), delivery));
    if findings.rights.iter().any(|rights| !rights.missing.is_empty()) {
        let hint = text::labelled(Label::Hint, text::fixed(language).rights_hint, language);
        text.push('\n');
        text.push_str(&prose::wrap(&hint, "", "  ", style));
    }
    text
}

fn left_out_in_words(left_out: &LeftOut, style: Style) -> String {
    format!("{}: {}", text::short_list(&left_out.nodes, NODES, style.language), text::skip_reason(&left_out.reason, style.language))
}

/// Nothing where that is not known.
fn is_admitted(admission: &Admission) -> Option<bool> {
    match admission {
        Admission::Admitted => Some(true),
        Admission::Refused(_) => Some(false),
        Admission::NotAsked(_) => None,
    }
}

fn marked(is_so: Option<bool>, what: &str, style: Style) -> String {
    let (yes, no) = text::fixed(style.language).yes_and_no;
    let (word, colour) = match is_so {
        Some(true) => (yes, Colour::Good),
        Some(false) => (no, Colour::Bad),
        None => ("?", Colour::Unknown),
    };
    prose::item(&format!("{word:<3}  "), what, style).replacen(word, &style.coloured(word, colour), 1)
}
