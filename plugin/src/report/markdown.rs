//! A report as GitHub's Markdown, for a ticket or a pull request: the verdict, the grid, and what to do; the rest is folded.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use lbprobe_analysis::text::reports::{Headline, Label, Rest, Title};
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::words::printable;

use super::layout::Severity;
use super::outline::{CauseOutline, FixOutline, Grid, Item, ItemList, Outline, RehearsalOutline};
use crate::pages::Page;

/// Characters that a comment may have (GitHub takes 65,536).
const MOST_CHARS: usize = 65_000;

/// Of these, for the end of a text that is cut.
const END_CHARS: usize = 200;

/// How much of each list is shown: less of each, until the whole is short enough.
const MOST_ITEMS: [usize; 4] = [100, 30, 8, 2];

/// Rows of a grid that is not folded.
const ROWS: usize = 12;

/// Characters of a text in a line.
const LINE_CHARS: usize = 2000;

/// The whole report. Equal reports are equal byte for byte.
pub(super) fn render(outline: &Outline, language: Language) -> String {
    short_enough(|detail| detail.of(outline), language)
}

/// A rehearsal. Its table is folded where it is long.
pub(super) fn render_rehearsal(outline: &RehearsalOutline, language: Language) -> String {
    short_enough(|detail| detail.of_rehearsal(outline), language)
}

/// With as much as a comment may have.
fn short_enough(written: impl Fn(Detail) -> String, language: Language) -> String {
    let mut shown = String::new();
    for most in MOST_ITEMS {
        shown = written(Detail { most, language });
        if shown.chars().count() <= MOST_CHARS {
            return shown;
        }
    }
    cut(&shown, language)
}

/// The lines that fit, with what they opened closed, and the number of the others.
fn cut(text: &str, language: Language) -> String {
    let mut chars = 0;
    let kept: Vec<_> = text
        .lines()
        .take_while(|line| {
            chars += line.chars().count() + 1;
            chars < MOST_CHARS - END_CHARS
        })
        .collect();
    let left = text.lines().count() - kept.len();
    let fence = if kept.iter().filter(|line| line.trim_start().starts_with("```")).count() % 2 == 1 { "\n   ```" } else { "" };
    let has = |tag: &str| kept.iter().filter(|line| line.contains(tag)).count();
    let details = "\n</details>".repeat(has("<details>").saturating_sub(has("</details>")));
    format!("{}{fence}{details}\n\n{}\n", kept.join("\n"), escaped(&text::rest(Rest::Lines(left), language)))
}

/// How much is written, and how.
#[derive(Clone, Copy)]
struct Detail {
    most: usize,
    language: Language,
}

impl Detail {
    fn of(self, outline: &Outline) -> String {
        let mut text: String = outline.headlines.iter().map(headline).collect();
        let _ = write!(text, "\n{}\n", escaped(&outline.service));
        text.extend(outline.asked.iter().map(|line| format!("- {}\n", escaped(line))));
        text.push_str(&self.grid(&outline.grid));
        text.extend(outline.agreement.iter().map(|line| format!("\n{}\n", escaped(line))));
        text.extend(outline.asked_for.iter().map(|list| self.list(list)));
        text.extend(outline.causes.iter().map(|cause| self.cause(cause)));
        text.extend(outline.lists.iter().map(|list| self.list(list)));
        text.push_str(&self.folded(&outline.background));
        text.push_str(&made_by(outline, self.language));
        text
    }

    fn of_rehearsal(self, outline: &RehearsalOutline) -> String {
        let mut text = headline(&outline.headline);
        let today = outline.today.as_ref().map(|today| text::labelled(Label::Today, today, self.language));
        text.extend(today.map(|today| format!("{}\n", escaped(&today))));
        if !outline.rows.is_empty() {
            let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
            let columns = &outline.columns;
            let mut table = format!("\n{}|{}\n", line(&mut columns.iter().map(|title| escaped(title))), "---|".repeat(columns.len()));
            for row in outline.rows.iter().take(self.most) {
                let effect = if row.severity == Severity::Bad { format!("**{}**", row.effect) } else { row.effect.to_owned() };
                table.push_str(&line(&mut [escaped(&row.service), effect].into_iter().chain(row.cells.iter().map(|cell| escaped(cell)))));
            }
            table.push_str(&self.beyond(outline.rows.len()));
            let _ = write!(table, "\n{}\n", escaped(outline.legend));
            let number = outline.rows.len();
            text.push_str(&folded_table(&table, number, &text::changed_ways(number, self.language)));
        }
        text.extend(outline.unchanged.iter().map(|line| format!("\n{}\n", escaped(line))));
        text.extend(outline.lists.iter().map(|list| self.list(list)));
        let _ = write!(text, "\n<sub>kubectl-lbprobe {}</sub>\n", env!("CARGO_PKG_VERSION"));
        text
    }

    fn grid(self, grid: &Grid) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
        let mut text = format!("\n{}|{}\n", line(&mut grid.columns.iter().map(|title| escaped(title))), "---|".repeat(grid.columns.len()));
        let mut rows: Vec<_> = grid.rows.iter().collect();
        if rows.len() > self.most {
            rows.sort_by_key(|row| Reverse(row.cells.iter().map(|cell| cell.severity).max()));
        }
        let (shown, rest) = rows.split_at(rows.len().min(self.most));
        for row in shown {
            let start = row.start.iter().map(|cell| escaped(cell));
            let cells = row.cells.iter().map(|cell| {
                let words = cell.words.lines().map(escaped).collect::<Vec<_>>().join("<br>");
                if cell.severity == Severity::Bad { format!("**{words}**") } else { words }
            });
            text.push_str(&line(&mut start.chain(cells)));
        }
        text.push_str(&self.rest((!rest.is_empty()).then_some(Rest::Items(rest.len()))));
        folded_table(&text, grid.rows.len(), &text::rows(grid.rows.len(), self.language))
    }

    fn cause(self, cause: &CauseOutline) -> String {
        let title = |title| format!("\n#### {}\n\n", escaped(&text::title(title, self.language)));
        let mut shown = title(Title::Evidence(cause.number));
        shown.extend(cause.evidence.iter().take(self.most).map(|line| format!("- {}\n", escaped(line))));
        shown.push_str(&self.beyond(cause.evidence.len()));
        if !cause.fixes.is_empty() {
            shown.push_str(&title(Title::Fixes(cause.number)));
            shown.extend((1..).zip(&cause.fixes).take(self.most).map(|(number, fix)| self.fix(number, fix)));
            shown.push_str(&self.beyond(cause.fixes.len()));
        }
        shown
    }

    fn fix(self, number: usize, fix: &FixOutline) -> String {
        let mut shown = format!("{number}. {}\n", escaped(&fix.what));
        shown.extend(fix.below.iter().map(|(label, said)| format!("   - {}\n", escaped(&text::labelled(*label, said, self.language)))));
        shown.extend(fix.command.as_ref().map(|command| {
            let command = printable(command, usize::MAX);
            let fence = fence(&command);
            let lines = [format!("{fence}sh"), command, fence].map(|line| format!("   {line}\n"));
            format!("\n{}", lines.concat())
        }));
        shown
    }

    fn list(self, list: &ItemList) -> String {
        if list.is_empty() {
            return String::new();
        }
        format!("\n#### {}\n\n{}", escaped(&list.heading), self.items(list))
    }

    fn items(self, list: &ItemList) -> String {
        let shown = self.most.min(list.items.len());
        let lines: String = list.items.iter().take(shown).chain(&list.last).map(|item| self.item(item)).collect();
        lines + &self.rest(list.rest(shown))
    }

    fn item(self, item: &Item) -> String {
        let below = item.below.iter().take(self.most).map(|line| format!("  - {}\n", escaped(line)));
        format!("- {}\n{}", escaped(&item.text), below.collect::<String>())
    }

    /// How many there are beyond those that are shown.
    fn beyond(self, count: usize) -> String {
        let left = count.saturating_sub(self.most);
        self.rest((left > 0).then_some(Rest::Items(left)))
    }

    fn rest(self, rest: Option<Rest>) -> String {
        rest.map(|rest| format!("\n{}\n", escaped(&text::rest(rest, self.language)))).unwrap_or_default()
    }

    /// What nobody has to act on, behind a line that says what it is.
    fn folded(self, lists: &[ItemList]) -> String {
        let lists: Vec<_> = lists.iter().filter(|list| !list.is_empty()).collect();
        if lists.is_empty() {
            return String::new();
        }
        let titles: Vec<_> = lists.iter().map(|list| format!("{} ({})", escaped(&list.heading), list.count)).collect();
        let lists: String = lists.iter().map(|list| self.list(list)).collect();
        format!("\n<details><summary>{}</summary>\n{lists}\n</details>\n", titles.join(", "))
    }
}

/// Behind a line that says what it is, where it has many rows.
fn folded_table(table: &str, rows: usize, summary: &str) -> String {
    if rows <= ROWS { table.to_owned() } else { format!("\n<details><summary>{summary}</summary>\n{table}\n</details>\n") }
}

/// Which release made it, and where the causes are explained.
fn made_by(outline: &Outline, language: Language) -> String {
    let codes: BTreeSet<_> = outline.causes.iter().map(|cause| cause.code).collect();
    let pages = codes
        .into_iter()
        .filter_map(Page::of)
        .map(|page| page.in_language(language))
        .map(|page| format!(", [{}]({})", page.code, page.address()));
    format!("\n<sub>kubectl-lbprobe {}{}</sub>\n", env!("CARGO_PKG_VERSION"), pages.collect::<String>())
}

fn headline(Headline { word, said }: &Headline) -> String {
    format!("**{word}**: {}\n\n", escaped(said))
}

/// A fence that no run of backticks in the text ends.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// Text that Markdown and HTML take for nothing but text. Names of people and of issues, addresses and links are found in what is left
/// then, so a character without width breaks them.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in printable(text, LINE_CHARS).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => safe.extend(['\\', c]),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '@' => safe.push_str("@&#8203;"),
            '#' => safe.push_str("\\#&#8203;"),
            c => safe.push(c),
        }
    }
    safe.replace("://", ":&#8203;//").replace("www.", "www&#8203;.")
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::fixture;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::super::layout::CellText;
    use super::super::outline::GridRow;
    use super::*;

    fn shown(scene: &fixture::Scene) -> String {
        render(&Outline::of(&scene.report(), Language::English), Language::English)
    }

    #[test]
    fn a_report_of_each_cause_has_its_verdict_first_and_its_background_folded() {
        for (kind, scene) in fixture::by_cause() {
            let text = shown(&scene);
            assert!(text.starts_with("**FAULT**: ") || text.starts_with("**INCONCLUSIVE**: "), "{}: {text}", kind.code());
            let tables = Parser::new_ext(&text, Options::ENABLE_TABLES).filter(|event| matches!(event, Event::Start(Tag::Table(_))));
            assert_eq!(tables.count(), 1, "{}: {text}", kind.code());
            let (before, folded) = text.split_once("<details>").unwrap_or((&text, "</details>"));
            assert!(!before.contains("#### Ruled out") && folded.contains("</details>"), "{text}");
        }
    }

    #[test]
    fn a_long_grid_is_folded() {
        let row = |number: usize| GridRow {
            names: vec![format!("node{number}")],
            start: vec![format!("node{number}")],
            cells: vec![CellText { words: "timed out".into(), severity: Severity::Bad }],
        };
        let grid = |rows: usize| Grid { columns: vec!["NODE".into(), "LB".into()], rows: (0..rows).map(row).collect() };
        let shown = |rows| Detail { most: 30, language: Language::English }.grid(&grid(rows));
        assert!(!shown(12).contains("<details>") && shown(12).contains("| node11 | **timed out** |"), "{}", shown(12));
        assert!(shown(40).starts_with("\n<details><summary>What each node sees: 40 rows</summary>"), "{}", shown(40));
        assert!(shown(40).contains("and 10 more") && shown(40).ends_with("\n</details>\n"), "{}", shown(40));
    }

    #[test]
    fn a_text_that_is_cut_closes_what_it_opened() {
        let long = format!("**FAULT**\n<details><summary>x</summary>\n   ```sh\n{}", "y\n".repeat(40_000));
        let text = cut(&long, Language::English);
        assert!(text.chars().count() <= MOST_CHARS && text.contains("\n   ```\n</details>\n\nand "), "{}", &text[text.len() - 200..]);
    }

    /// Whoever can choose a name, a header or a message writes no mark-up.
    #[test]
    fn foreign_text_is_nothing_but_text() {
        let hostile =
            "www.e.example x|y <img src=x onerror=alert(1)> [a](http://e.example) `c` **b** @admin #1 ~~s~~ \\ &lt; https://e.example\n# T";
        let text = escaped(hostile);
        let events: Vec<_> = Parser::new_ext(&text, Options::all()).collect();
        let is_text = |event: &Event<'_>| {
            matches!(event, Event::Text(_) | Event::Start(Tag::Paragraph) | Event::End(pulldown_cmark::TagEnd::Paragraph))
        };
        assert!(events.iter().all(is_text), "{events:?}");
        // As a reader sees it, and GitHub looks through it.
        let decoded: String =
            events.iter().filter_map(|event| if let Event::Text(text) = event { Some(text.as_ref()) } else { None }).collect();
        for broken in ["@admin", "#1", "https://", "http://", "www.e"] {
            assert!(!decoded.contains(broken), "{broken}: {decoded}");
        }
        assert_eq!(fence("a ```` b"), "`````");
    }
}
