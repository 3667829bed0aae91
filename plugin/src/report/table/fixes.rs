//! Fixes for a terminal: what each would change, and what one has brought.

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::fix_outcome::FromOutside;
use lbprobe_analysis::fix_report::{Ended, FixReport};
use lbprobe_analysis::remedies::{ExpectedResult, Fix};
use lbprobe_analysis::report::Report;
use lbprobe_analysis::text;

use super::{Colour, Style, grid, heading, prose, verification};
use crate::error::Error;
use crate::report::{Proposal, yaml};

/// Fixes that are shown with their difference and their table; of the others only what they are.
const IN_FULL: usize = 4;

/// What fails, and every fix of it.
pub(crate) fn render_proposals(before: &Report, proposals: &[Proposal], style: Style) -> Result<String, Error> {
    let mut text = heading(&before.facts, style);
    if before.diagnosis.verdict == Verdict::Fault {
        text.push('\n');
        text.push_str(&super::causes(before, style));
    }
    for (number, proposal) in (1..).zip(proposals) {
        if number <= IN_FULL {
            text.push_str(&in_full(number, before, proposal, style)?);
        } else {
            let mark = if number == IN_FULL + 1 { "\n" } else { "" };
            text.push_str(mark);
            text.push_str(&prose::item(&format!("{number}. "), &named(&proposal.fix, style), style));
        }
    }
    Ok(text)
}

fn named(fix: &Fix, style: Style) -> String {
    let what = text::remedy(&fix.remedy, style.language);
    match fix.remedy.strategy() {
        Some(strategy) => format!("{what} (--strategy {strategy})"),
        None => what,
    }
}

fn in_full(number: usize, before: &Report, proposal: &Proposal, style: Style) -> Result<String, Error> {
    let mut text = String::from("\n");
    text.push_str(&prose::in_full(number, &named(&proposal.fix, style), &proposal.fix, style));
    if let Some(diff) = &proposal.diff {
        text.extend(diff.lines().map(|line| painted(line, style)));
    }
    if let Some(manifest) = &proposal.manifest {
        text.extend(yaml::render(manifest)?.lines().map(|line| format!("     {line}\n")));
    }
    if let Some(ExpectedResult { facts, prediction }) = &proposal.expected {
        text.push_str("     expected result:\n");
        text.push_str(&grid::of_expectations(facts, &before.plan, prediction, style));
    }
    Ok(text)
}

fn painted(line: &str, style: Style) -> String {
    let painted = match line.chars().next() {
        Some('+') if !line.starts_with("+++") => style.coloured(line, Colour::Good),
        Some('-') if !line.starts_with("---") => style.coloured(line, Colour::Bad),
        _ => line.to_owned(),
    };
    format!("     {painted}\n")
}

/// What a change has brought.
pub(crate) fn render_fix(document: &FixReport, style: Style) -> String {
    let mut text = verification::render(&document.after, style);
    text.push('\n');
    let said = format!("{}: {}", document.patch.object, document.judgement);
    text.push_str(&prose::wrap(&said, "", "  ", style));
    text.extend(document.outside.map(|outside| prose::wrap(from_outside(outside), "", "  ", style)));
    let (word, colour, ended) = match document.ended {
        Ended::Kept => ("KEPT", Colour::Good, "the change stays"),
        Ended::PutBack => ("PUT BACK", Colour::Bad, "what was before the change is there again"),
        Ended::KeptUnhelpful => ("KEPT", Colour::Bad, "the change stays all the same, as you said"),
        Ended::Unverified => {
            ("UNVERIFIED", Colour::Unknown, "the change stays with its record: --resume when all nodes can be measured again, or --undo")
        }
        Ended::LeftAlone => {
            ("LEFT ALONE", Colour::Unknown, "somebody else has taken the record of the change away: nothing was kept or put back")
        }
        Ended::Reverted => ("REVERTED", Colour::Bad, "somebody else has taken the change back: make it where they take theirs from"),
    };
    text.push_str(&prose::wrap(&format!("{word}: {ended}"), "", "  ", style).replacen(word, &style.coloured(word, colour), 1));
    text
}

fn from_outside(outside: FromOutside) -> &'static str {
    match (outside.before, outside.after) {
        (true, true) => "from this machine, outside: answered before and after",
        (true, false) => "from this machine, outside: answered before, and not any more",
        (false, true) => "from this machine, outside: answered now, and not before",
        (false, false) => "from this machine, outside: answered neither before nor after",
    }
}
