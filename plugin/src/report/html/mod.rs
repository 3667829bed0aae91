//! A report as one page for a browser: it asks nobody for anything, and says so in its policy.

mod data;
mod document;
mod packet_path;
mod timeline;

use std::collections::{BTreeSet, HashSet};

use lbprobe_analysis::causes::RowsOfEvidence;
use lbprobe_analysis::causes::evidence::Evidence;
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::{Report, WatchReport};
use lbprobe_analysis::plan::Plan;
use lbprobe_analysis::remedies::{ExpectedResult, Fix};
use lbprobe_analysis::results::Results;
use lbprobe_analysis::text::reports::{Label, PageWords, Rest, Title};
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::words::{printable, printable_lines};
use maud::{Markup, html};

use self::data::PageData;
use self::document::{document, headlines};
use super::layout::Severity;
use super::outline::{self, CauseOutline, FixOutline, Grid, Item, ItemList, Outline, PathOutline, RehearsalOutline, WatchOutline};
use crate::error::Error;
use crate::pages::Page;

/// Characters of a text.
const CHARS: usize = 4000;

/// Rows of nodes that look alike, of which more are shown by the script.
const ROWS: usize = 60;

/// Items of a list, and lines below one of them.
const ITEMS: usize = 500;

/// Rows of a rehearsal.
const CHANGES: usize = 5000;

/// Fixes of a cause for which it is shown what is expected after them.
const EXPECTED: usize = 3;

/// A page of what an outline says of a report. Equal reports are equal byte for byte.
pub(super) fn render(report: &Report, outline: &Outline, language: Language) -> Result<String, Error> {
    let results = Results::of(report);
    let in_grid = outline.grid.rows.iter().flat_map(|row| &row.names).map(String::as_str).collect();
    let page = Drawing { report, outline, results: &results, in_grid, language, words: text::page(language) };
    let evidence: Vec<_> =
        report.diagnosis.causes.iter().flat_map(|cause| &cause.evidence).filter_map(|evidence| page.rows_of(evidence)).collect();
    let data = PageData::of(&outline.grid, &evidence, page.words.shown).in_script()?;
    let (verdict, service) = (outline.headlines.first().map_or("", |headline| headline.word), &report.facts.service);
    let title = format!("{verdict} {}/{}", service.namespace, service.name);
    Ok(document(&title, &page.content(), Some(&data), language))
}

/// A page of what a watch saw: its outages over time, and lists of them.
pub(super) fn render_watch(report: &WatchReport, language: Language) -> String {
    let outline = WatchOutline::of(report, language);
    let title = format!("{} {}", outline.headline.word, report.service);
    let content = html! {
        main {
            header {
                (headlines(outline.verdict, std::slice::from_ref(&outline.headline)))
                p { (shown(&outline.heading)) }
            }
            (timeline::figure(&outline.timeline, language))
            @for list in &outline.lists { (self::list(list, language)) }
        }
        footer.faint { (release()) }
    };
    document(&title, &content, None, language)
}

/// A page of what a change would do to every Service.
pub(super) fn render_rehearsal(outline: &RehearsalOutline, language: Language) -> String {
    let title = format!("{} {}", outline.headline.word, outline.headline.said);
    let today = outline.today.as_ref().map(|today| text::labelled(Label::Today, today, language));
    let content = html! {
        main {
            header {
                (headlines(outline.verdict, std::slice::from_ref(&outline.headline)))
                @if let Some(today) = today { p { (shown(&today)) } }
            }
            @if !outline.rows.is_empty() { (changes(outline, language)) }
            @if let Some(unchanged) = &outline.unchanged { p { (shown(unchanged)) } }
            @for list in &outline.lists { (self::list(list, language)) }
        }
        footer.faint { (release()) }
    };
    document(&title, &content, None, language)
}

fn changes(outline: &RehearsalOutline, language: Language) -> Markup {
    let left = outline.rows.len().saturating_sub(CHANGES);
    html! {
        div.scrolled tabindex="0" role="region" aria-label=(outline.legend) {
            table {
                caption.faint { (outline.legend) }
                thead { tr { @for title in outline.columns { th scope="col" { (title) } } } }
                tbody {
                    @for row in outline.rows.iter().take(CHANGES) {
                        tr {
                            th scope="row" { (shown(&row.service)) }
                            td class=(class(row.severity)) { (row.effect) }
                            @for cell in &row.cells { td { (shown(cell)) } }
                        }
                    }
                }
            }
        }
        @if left > 0 { p.faint { (shown(&text::rest(Rest::Items(left), language))) } }
    }
}

/// What a page is drawn from.
struct Drawing<'a> {
    report: &'a Report,
    outline: &'a Outline,
    results: &'a Results<'a>,
    /// The names that the grid has rows of.
    in_grid: HashSet<&'a str>,
    language: Language,
    words: PageWords,
}

impl Drawing<'_> {
    fn content(&self) -> Markup {
        let Outline { verdict, headlines: lines, service, asked, agreement, asked_for, lists, background, .. } = self.outline;
        html! {
            main {
                header {
                    (headlines(*verdict, lines))
                    p { (shown(service)) }
                    @if !asked.is_empty() { ul { @for line in asked { li { (shown(line)) } } } }
                    @if let Some(agreement) = agreement { p.faint { (shown(agreement)) } }
                }
                (self.grid())
                (self.packet_paths())
                @for list in asked_for { (self::list(list, self.language)) }
                (self.causes())
                @for list in lists { (self::list(list, self.language)) }
                (self.background(background))
            }
            footer.faint { (self.made_by()) }
        }
    }

    fn grid(&self) -> Markup {
        let grid = &self.outline.grid;
        let words = &self.words;
        html! {
            section aria-labelledby="grid" {
                h2 #grid { (words.grid) }
                p.faint { (words.alike) }
                (self.table(grid, "grid"))
                noscript { p.faint { (words.without_script) } }
                details #every-row hidden open[self.is_shared()] {
                    summary #every-title { (words.every_row) }
                    div.tools {
                        label { (words.search) input #search type="search" autocomplete="off"; }
                        label {
                            (words.show)
                            select #severity {
                                option value="" { (words.all) }
                                option value="2" { (words.failing) }
                                option value="1" { (words.unknown) }
                                option value="0" { (words.good) }
                            }
                        }
                        button #clear type="button" hidden { (words.clear) }
                        span #shown.faint role="status" {}
                    }
                    div #every.scrolled tabindex="0" role="group" aria-labelledby="every-title" {
                        table {
                            thead { tr { @for column in &grid.columns {
                                th scope="col" { button type="button" { span.unseen { (words.sort) " " } (shown(column)) } }
                            } } }
                            tbody #rows {}
                        }
                    }
                    button #more type="button" hidden { (words.more_rows) }
                }
            }
        }
    }

    /// The rows of the grid from which a line of evidence comes; nothing where none of them is in it.
    fn rows_of<'a>(&self, evidence: &'a Evidence) -> Option<RowsOfEvidence<'a>> {
        evidence.rows().filter(|rows| rows.nodes.iter().any(|node| self.in_grid.contains(node)))
    }

    /// Whether rows stand for more nodes than they name.
    fn is_shared(&self) -> bool {
        let grid = &self.outline.grid;
        grid.rows.len() > ROWS || grid.rows.iter().any(|row| row.names.len() > outline::NAMED_NODES)
    }

    /// `titled` is the id of what says what it is of.
    fn table(&self, grid: &Grid, titled: &str) -> Markup {
        html! {
            div.scrolled tabindex="0" role="group" aria-labelledby=(titled) {
                table {
                    thead { tr { @for column in &grid.columns { th scope="col" { (shown(column)) } } } }
                    tbody { @for row in grid.rows.iter().take(ROWS) {
                        tr {
                            @for (index, said) in row.start.iter().enumerate() {
                                @if index == 0 { th scope="row" { (shown(said)) } } @else { td { (lines(said)) } }
                            }
                            @for cell in &row.cells { td class=(class(cell.severity)) { (lines(&cell.words)) } }
                        }
                    } }
                }
            }
            @if grid.rows.len() > ROWS { p.faint { (text::rest_alone(text::reports::Rest::Items(grid.rows.len() - ROWS), self.language)) } }
        }
    }

    fn packet_paths(&self) -> Markup {
        let paths: Vec<PathOutline> = outline::packet_paths(self.results, self.language);
        html! {
            @if !paths.is_empty() {
                section aria-labelledby="packet-paths" {
                    h2 #packet-paths { (self.words.packet_paths) }
                    @for (number, path) in paths.iter().enumerate() { (packet_path::figure(number, path)) }
                }
            }
        }
    }

    fn causes(&self) -> Markup {
        // Lines of evidence that come from rows of the grid, over all causes.
        let mut numbers = 0..;
        html! {
            @for (index, (cause, outlined)) in self.report.diagnosis.causes.iter().zip(&self.outline.causes).enumerate() {
                section aria-labelledby=(format!("cause-{index}")) {
                    h2 id=(format!("cause-{index}")) { (text::title(Title::Evidence(outlined.number), self.language)) }
                    ul { @for (evidence, line) in cause.evidence.iter().zip(&outlined.evidence) {
                        li {
                            (shown(line))
                            @if let Some(number) = self.rows_of(evidence).and_then(|_| numbers.next()) {
                                button type="button" data-evidence=(number) hidden { (self.words.rows_of_evidence) }
                            }
                        }
                    } }
                    (self.fixes(index, &cause.fixes, outlined))
                }
            }
        }
    }

    fn fixes(&self, cause: usize, fixes: &[Fix], outlined: &CauseOutline) -> Markup {
        html! {
            @if !fixes.is_empty() {
                h2 { (text::title(Title::Fixes(outlined.number), self.language)) }
                ol.fixes { @for (number, (fix, said)) in fixes.iter().zip(&outlined.fixes).enumerate() {
                    li { (self.fix(&format!("fix-{cause}-{number}"), said, (number < EXPECTED).then_some(fix))) }
                } }
            }
        }
    }

    /// `expected` is the fix where it is to be shown what is expected after it.
    fn fix(&self, id: &str, said: &FixOutline, expected: Option<&Fix>) -> Markup {
        let expected = expected.and_then(|fix| self.expected(fix));
        html! {
            h3 { (shown(&said.what)) }
            ul { @for (label, line) in &said.below { li { (shown(&text::labelled(*label, line, self.language))) } } }
            @if let Some(command) = &said.command {
                div.command {
                    pre { code { (shown(command)) } }
                    button type="button" data-copy=(self.words.copied) hidden { (self.words.copy) }
                }
            }
            @if let Some(grid) = expected {
                details { summary id=(id) { (self.words.expected) } (self.table(&grid, id)) }
            }
        }
    }

    fn expected(&self, fix: &Fix) -> Option<Grid> {
        let plan: &Plan = &self.report.plan;
        ExpectedResult::of(fix, self.results).map(|expected| outline::of_expected(&expected, plan, self.language))
    }

    fn background(&self, lists: &[ItemList]) -> Markup {
        let lists: Vec<_> = lists.iter().filter(|list| !list.is_empty()).collect();
        let titles: Vec<_> = lists.iter().map(|list| format!("{} ({})", list.heading, list.count)).collect();
        html! {
            @if !lists.is_empty() {
                details {
                    summary { (self.words.background) ": " (shown(&titles.join(", "))) }
                    @for list in lists { (self::list(list, self.language)) }
                }
            }
        }
    }

    /// Which release made it, and where the causes are explained.
    fn made_by(&self) -> Markup {
        let codes: BTreeSet<_> = self.outline.causes.iter().map(|cause| cause.code).collect();
        html! {
            (release())
            @for page in codes.into_iter().filter_map(Page::of).map(|page| page.in_language(self.language)) { ", " a href=(page.address()) rel="noreferrer" { (page.code) ": " (page.title()) } }
        }
    }
}

fn list(list: &ItemList, language: Language) -> Markup {
    html! {
        @if !list.is_empty() {
            section {
                h2 { (shown(&list.heading)) }
                ul { @for item in list.items.iter().take(ITEMS).chain(&list.last) { (self::item(item)) } }
                @if let Some(rest) = list.rest(ITEMS) { p.faint { (shown(&text::rest(rest, language))) } }
            }
        }
    }
}

fn item(item: &Item) -> Markup {
    html! {
        li {
            (shown(&item.text))
            @if !item.below.is_empty() { ul { @for line in item.below.iter().take(ITEMS) { li { (shown(line)) } } } }
        }
    }
}

const fn release() -> &'static str {
    concat!("kubectl-lbprobe ", env!("CARGO_PKG_VERSION"))
}

const fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "good",
        Verdict::Fault => "bad",
        Verdict::Inconclusive => "unknown",
    }
}

/// A foreign text: maud takes its mark-up, this what steers.
fn shown(text: &str) -> String {
    printable(text, CHARS)
}

fn lines(text: &str) -> String {
    printable_lines(text, CHARS)
}

const fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Good => "good",
        Severity::Unknown => "unknown",
        Severity::Bad => "bad",
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::fixture;

    use super::*;

    /// Each mark-up of its own is closed, nothing is loaded, and what is clicked leads somewhere.
    #[test]
    fn a_page_of_each_cause_has_its_parts() {
        for (kind, scene) in fixture::by_cause() {
            let report = scene.report();
            let outline = Outline::of(&report, Language::English);
            let page = render(&report, &outline, Language::English).unwrap();
            assert_eq!(page, render(&report, &outline, Language::English).unwrap(), "byte for byte");
            let code = kind.code();
            let begins = |class: &str, word: &str| page.contains(&format!("<h1><span class=\"verdict {class}\">{word}</span> "));
            assert!(begins("bad", "FAULT") || begins("unknown", "INCONCLUSIVE"), "{code}");
            for tag in ["section", "table", "svg", "details", "li"] {
                let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
                assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{code}: {tag}");
            }
            assert!(!page.contains(" src=") && !page.contains("url(") && !page.contains("@import"), "{code}");
            let of_nodes = report.diagnosis.causes.iter().flat_map(|cause| &cause.evidence).filter(|evidence| {
                let has = |node: &&str| outline.grid.rows.iter().any(|row| row.names.iter().any(|name| name == node));
                evidence.rows().is_some_and(|rows| rows.nodes.iter().any(has))
            });
            assert_eq!(page.matches("data-evidence=").count(), of_nodes.count(), "{code}");
        }
    }

    /// What is answered is shown beside what fails, and at the same address where there is one.
    #[test]
    fn the_way_of_a_packet_names_rule_and_end() {
        let scenes = fixture::by_cause();
        let (_, scene) = scenes.iter().find(|(kind, _)| kind.code() == "LBP002").unwrap();
        let report = scene.report();
        let results = Results::of(&report);
        let paths = outline::packet_paths(&results, Language::English);
        let [failing, working] = &paths[..] else { panic!("two paths") };
        assert_eq!((failing.severity, working.severity), (Severity::Bad, Severity::Good));
        assert!(failing.words.stations[1].title.starts_with("kube-proxy on "), "{:?}", failing.words);
        assert!(failing.words.stations[2].lines.contains(&"never reached".to_owned()), "{:?}", failing.words);
        let dialled = |path: &PathOutline| path.words.stations[0].lines.clone();
        assert_eq!(dialled(failing), dialled(working));
    }
}
