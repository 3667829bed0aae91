//! A report in one archive, for the support of a vendor: in every form, with the releases and what is not known. `diagnose` and
//! `explain` open it.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use lbprobe_analysis::diagnosis::Diagnosis;
use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::{Known, Version};
use lbprobe_analysis::text::{self, Language, reports::BundleContents};

use super::json::{self, Layout};
use super::outline::Outline;
use super::table::{Detail, Style};
use super::{html, markdown};
use crate::error::Error;
use crate::saved::BUNDLED_REPORT;
use crate::terminal::{Form, Ink, language, shown};

/// The archive, tar in gzip. Equal reports are equal byte for byte: no file has a time or an owner.
pub(super) fn render(report: &Report, outline: &Outline, table: impl FnOnce(Style) -> Result<String, Error>) -> Result<Vec<u8>, Error> {
    let language = language();
    let files = [
        ("README.txt", shown(&text::bundle(&contents(report, language), language), Form::Text(Ink::Plain))),
        ("report.txt", shown(&table(Style::of_file(Detail::Everything))?, Form::Text(Ink::Plain))),
        ("report.md", shown(&markdown::render(outline, language), Form::Text(Ink::Plain))),
        ("report.html", shown(&html::render(report, outline, language)?, Form::Text(Ink::Plain))),
        (BUNDLED_REPORT, shown(&json::render(report, Layout::of(report.plan.vantages.len()))?, Form::Escaped)),
    ];
    packed(&files).map_err(|cause| Error::Output(cause.to_string()))
}

fn packed(files: &[(&str, String)]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_cksum();
        archive.append_data(&mut header, name, text.as_bytes())?;
    }
    let mut packed = archive.into_inner()?;
    packed.flush()?;
    packed.finish()
}

fn contents(report: &Report, language: Language) -> BundleContents {
    let facts = &report.facts;
    let counted = |releases: &mut dyn Iterator<Item = Version>| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        releases.for_each(|release| *counts.entry(release.to_string()).or_default() += 1);
        counts
    };
    let kube_proxies = match &facts.kube_proxy.releases {
        Known::Value(releases) => counted(&mut releases.values().copied()),
        Known::Unknown(_) => BTreeMap::new(),
    };
    let Diagnosis { uncovered, unmeasured, unknown, .. } = &report.diagnosis;
    let uncovered = uncovered.iter().map(|what| text::uncovered(what, language));
    let unmeasured = unmeasured.iter().map(|group| text::unmeasured_reason(group, language));
    BundleContents {
        service: super::name(&facts.service),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        kubelets: counted(&mut facts.nodes.iter().filter_map(|node| node.kubelet_version)),
        kube_proxies,
        unknown: unmeasured.chain(uncovered).chain(unknown.iter().map(|gap| text::gap(gap, language))).collect(),
    }
}
