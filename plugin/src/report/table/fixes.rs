//! Fixes for a terminal: what each would change, and what one has brought.

use std::fmt::Write as _;

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{FixReport, Proposal, Report};
use lbprobe_analysis::fix_outcome::Disposition;
use lbprobe_analysis::remedies::ExpectedResult;
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{Conclusion, Title};

use super::{Colour, Detail, Style, grid, heading, prose, verification};
use crate::error::Error;
use crate::report::outline::FixOutline;
use crate::report::yaml;

/// Fixes that are shown with their difference and their table; of the others only what they are.
const IN_FULL: usize = 4;

/// What fails, and every fix of it.
pub(crate) fn render_proposals(before: &Report, proposals: &[Proposal], style: Style) -> Result<String, Error> {
    if style.detail == Detail::Verdict {
        return Ok(super::causes(before, style));
    }
    let style = style.explained();
    let mut text = heading(&before.facts, &before.plan, style);
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
            text.push_str(&prose::item(&format!("{number}. "), &text::fix_by_strategy(&proposal.fix, style.language), style));
        }
    }
    Ok(text)
}

fn in_full(number: usize, before: &Report, proposal: &Proposal, style: Style) -> Result<String, Error> {
    let mut text = String::from("\n");
    text.push_str(&prose::in_full(
        number,
        &FixOutline::of(&proposal.fix, text::fix_by_strategy(&proposal.fix, style.language), style.language),
        style,
    ));
    if let Some(diff) = &proposal.diff {
        text.extend(diff.lines().map(|line| painted(line, style)));
    }
    if let Some(manifest) = &proposal.manifest {
        text.extend(yaml::render(manifest)?.lines().map(|line| format!("     {line}\n")));
    }
    if let Some(ExpectedResult { facts, prediction }) = &proposal.expected {
        let _ = writeln!(text, "     {}:", text::title(Title::ExpectedResult, style.language));
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
    let said = format!("{}: {}", document.patch.object, text::fix_outcome(&document.outcome, style.language));
    text.push_str(&prose::wrap(&said, "", "  ", style));
    text.extend(document.outside.map(|outside| prose::wrap(text::from_outside(outside, style.language), "", "  ", style)));
    let colour = match document.ended {
        Disposition::Kept => Colour::Good,
        Disposition::PutBack | Disposition::KeptUnhelpful | Disposition::Reverted => Colour::Bad,
        Disposition::Unverified | Disposition::LeftAlone => Colour::Unknown,
    };
    text.push_str(&prose::conclusion(&Conclusion::Made { ended: document.ended }, colour, style));
    text
}
