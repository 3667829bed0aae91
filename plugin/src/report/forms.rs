//! Every form of a document as text, as it leaves the program: for the fuzz targets and the tests that look at what a
//! reader gets.

use lbprobe_analysis::documents::{AcceptanceReport, DnsNameCheck, Explanation, FixReport, Overview, Proposal, Report, Verification};
use lbprobe_analysis::text::Language;
use serde::Serialize;

use super::outline::Outline;
use super::table::{self, Detail, Style};
use super::{github, html, json, junit, markdown, yaml};
use crate::error::Error;
use crate::terminal::{Form, Ink, shown};

/// The name of each form, and the text.
pub(crate) type Forms = Vec<(&'static str, String)>;

pub(crate) fn of_report(report: &Report, width: u16) -> Result<Forms, Error> {
    let mut forms = all(report, width, |style| Ok(table::render(report, style)))?;
    forms.extend(summaries(report, &Outline::of(report, Language::English))?);
    Ok(forms)
}

pub(crate) fn of_verification(verification: &Verification, width: u16) -> Result<Forms, Error> {
    let mut forms = all(verification, width, |style| Ok(table::render_verification(verification, style)))?;
    forms.extend(summaries(&verification.report, &Outline::of_verification(verification, Language::English))?);
    Ok(forms)
}

fn summaries(report: &Report, outline: &Outline) -> Result<Forms, Error> {
    let plain = |text: &str| shown(text, Form::Text(Ink::Plain));
    Ok(vec![
        ("html", plain(&html::render(report, outline, Language::English)?)),
        ("markdown", plain(&markdown::render(outline, Language::English))),
        ("github", plain(&github::render(outline, "shop/gateway"))),
        ("junit", shown(&junit::render_report(report, outline, "shop/gateway")?, Form::Xml)),
    ])
}

pub(crate) fn of_explanation(explanation: &Explanation, width: u16) -> Result<Forms, Error> {
    let mut forms = all(explanation, width, |style| Ok(table::render_explanation(explanation, style)))?;
    forms.push(("junit", shown(&junit::render_explanation(explanation)?, Form::Xml)));
    Ok(forms)
}

pub(crate) fn of_overview(overview: &Overview, width: u16) -> Result<Forms, Error> {
    let mut forms = all(overview, width, |style| Ok(table::render_overview(overview, style)))?;
    forms.push(("junit", shown(&junit::render_overview(overview)?, Form::Xml)));
    Ok(forms)
}

pub(crate) fn of_dns_name_check(proof: &DnsNameCheck, width: u16) -> Result<Forms, Error> {
    all(proof, width, |style| Ok(table::render_dns_name_check(proof, style)))
}

pub(crate) fn of_fix(document: &FixReport, width: u16) -> Result<Forms, Error> {
    let mut forms = all(document, width, |style| Ok(table::render_fix(document, style)))?;
    forms.extend(summaries(&document.after.report, &Outline::of_fix(document, Language::English))?);
    Ok(forms)
}

pub(crate) fn of_proposals(before: &Report, proposals: &[Proposal], width: u16) -> Result<Forms, Error> {
    all(&proposals, width, |style| table::render_proposals(before, proposals, style))
}

pub(crate) fn of_acceptance(result: &AcceptanceReport, width: u16) -> Result<Forms, Error> {
    let mut forms = all(result, width, |style| Ok(table::render_acceptance(result, style)))?;
    forms.push(("junit", shown(&junit::render(result)?, Form::Xml)));
    Ok(forms)
}

#[cfg(test)]
pub(crate) fn of_watch(watched: &lbprobe_analysis::documents::WatchReport, width: u16) -> Result<Forms, Error> {
    let mut forms = all(watched, width, |style| Ok(table::render_watch(watched, style)))?;
    forms.push(("html", shown(&html::render_watch(watched, Language::English), Form::Text(Ink::Plain))));
    Ok(forms)
}

/// `render` draws its table.
pub(super) fn all(document: &impl Serialize, width: u16, render: impl Fn(Style) -> Result<String, Error>) -> Result<Forms, Error> {
    let table = |detail| {
        Ok(shown(
            &render(Style { width, table_width: width, paint: Ink::Plain, detail, language: Language::English })?,
            Form::Text(Ink::Plain),
        ))
    };
    Ok(vec![
        ("table", table(Detail::Brief)?),
        ("verdict", table(Detail::Verdict)?),
        ("explained", table(Detail::Explained)?),
        ("wide", table(Detail::Everything)?),
        ("json", shown(&json::render(document, json::Layout::Indented)?, Form::Escaped)),
        ("yaml", shown(&yaml::render(document)?, Form::Escaped)),
    ])
}
