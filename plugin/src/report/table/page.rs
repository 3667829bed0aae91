//! A page of the documentation for a terminal: Markdown in lines of its width.

use std::fmt::Write as _;
use std::mem::take;

use comfy_table::Cell;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::{Style, columns};
use crate::pages::{DOCS, PAGES, Page};

/// A line for each page.
pub(crate) fn render_list(style: Style) -> String {
    let mut table = style.table();
    for page in PAGES.iter().map(|page| page.in_language(style.language)) {
        table.add_row([Cell::new(page.code), Cell::new(page.title())]);
    }
    columns::drawn(table, style)
}

/// One page, with its address at the end.
pub(crate) fn render(page: &Page, style: Style) -> String {
    let mut shown = Shown { style, text: String::new(), line: String::new(), depth: 0, mark: "", link: None };
    for event in Parser::new(page.text) {
        shown.take(event);
    }
    let _ = writeln!(shown.text, "{}", page.address());
    shown.text
}

/// What is shown so far.
struct Shown {
    style: Style,
    text: String,
    /// The paragraph that is being read.
    line: String,
    /// How many lists it is in.
    depth: usize,
    /// What stands before it, where it is the first of an item.
    mark: &'static str,
    /// Where the link leads that is being read.
    link: Option<String>,
}

impl Shown {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::List(_)) => {
                self.end_paragraph("");
                self.depth += 1;
            }
            Event::End(TagEnd::List(_)) => {
                self.depth -= 1;
                self.text.push('\n');
            }
            Event::Start(Tag::Item) => self.mark = "- ",
            Event::End(TagEnd::Item) => self.end_paragraph(""),
            Event::Start(Tag::Link { dest_url, .. }) => self.link = address(&dest_url),
            Event::End(TagEnd::Link) => {
                if let Some(address) = self.link.take() {
                    let _ = write!(self.line, " ({address})");
                }
            }
            Event::End(TagEnd::Heading(_) | TagEnd::Paragraph) => self.end_paragraph("\n"),
            Event::Text(text) => self.line.push_str(&text),
            Event::Code(code) => {
                let _ = write!(self.line, "`{code}`");
            }
            Event::SoftBreak | Event::HardBreak => self.line.push(' '),
            _ => {}
        }
    }

    fn end_paragraph(&mut self, behind: &str) {
        let line = take(&mut self.line);
        if line.is_empty() {
            return;
        }
        let indent = "  ".repeat(self.depth.saturating_sub(1));
        let first = format!("{indent}{}", take(&mut self.mark));
        let rest = format!("{indent}{}", if self.depth > 0 { "  " } else { "" });
        self.text.push_str(&super::prose::wrap(&line, &first, &rest, self.style));
        self.text.push_str(behind);
    }
}

/// Where a link leads; nothing for the page of another code, which is its text: "LBP007.md", "causes/LBP007.md", "#lbp315-kube-vip-…".
fn address(link: &str) -> Option<String> {
    if link.contains("://") {
        return Some(link.to_owned());
    }
    let code = match link.rsplit_once('#') {
        Some((_, anchor)) => anchor.split('-').next(),
        None => link.rsplit('/').next().and_then(|file| file.strip_suffix(".md")),
    };
    let is_of_code = code.is_some_and(|code| Page::of(code).is_some());
    (!is_of_code).then(|| format!("{DOCS}{}", link.trim_start_matches("../")))
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::text::Language;

    use super::super::Detail;
    use super::*;
    use crate::terminal::Ink;

    const STYLE: Style = Style { width: 80, table_width: 80, paint: Ink::Plain, detail: Detail::Brief, language: Language::English };

    #[test]
    fn a_page_has_its_words_in_lines_that_fit() {
        for page in PAGES {
            let text = render(page, STYLE);
            assert!(text.starts_with(&format!("{}: ", page.code)), "{text}");
            let is_long = |line: &&str| line.chars().count() > 80 && !line.contains("://");
            assert_eq!(text.lines().find(is_long), None, "{}", page.code);
            assert!(text.trim_end().ends_with(&page.address()), "{text}");
        }
    }

    #[test]
    fn links_lead_to_the_web_and_lists_keep_their_marks() {
        let page = Page {
            code: "LBP002",
            path: "causes/LBP002.md",
            text: "# T\n\nSee [LBP007](LBP007.md) and [here](../guide.md#x).\n\n- one\n  two\n- `three`\n",
        };
        let text = render(&page, STYLE);
        let of_risk =
            |link: &str| render(&Page { text: Box::leak(format!("# T\n\nAs [LBP315]({link}).\n").into_boxed_str()), ..page }, STYLE);
        for link in ["#lbp315-kube-vip-may", "risks.md#lbp315-kube-vip-may", "../causes/LBP007.md"] {
            assert!(of_risk(link).contains("As LBP315.\n"), "{link}");
        }
        assert!(text.contains("See LBP007 and here\n(") && text.contains("/blob/main/docs/guide.md#x)."), "{text}");
        assert!(text.contains("\n- one two\n- `three`\n"), "{text}");
    }
}
