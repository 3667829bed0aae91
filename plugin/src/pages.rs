//! The pages about causes, as they stand in docs/causes: the build takes them up.

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    /// The cause's code: "LBP007".
    pub(crate) code: &'static str,
    /// Markdown, from its heading on.
    pub(crate) text: &'static str,
}

/// All of them, by their codes.
pub(crate) static PAGES: &[Page] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The folder of the documentation on the web. A path behind it is one of the repository's docs/.
pub(crate) const DOCS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/");

impl Page {
    /// That of a code, in whatever case.
    pub(crate) fn of(code: &str) -> Option<&'static Self> {
        PAGES.iter().find(|page| page.code.eq_ignore_ascii_case(code))
    }

    /// Its heading, behind the code.
    pub(crate) fn title(&self) -> &'static str {
        let heading = self.text.lines().next().unwrap_or_default();
        heading.split_once(": ").map_or(heading, |(_, title)| title)
    }

    /// Where it is on the web.
    pub(crate) fn address(&self) -> String {
        format!("{DOCS}causes/{}.md", self.code)
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::causes::CauseKind;

    use super::*;

    #[test]
    fn each_cause_has_a_page_and_each_page_a_cause() {
        let causes: Vec<_> = CauseKind::ALL.into_iter().map(CauseKind::code).collect();
        let mut pages: Vec<_> = PAGES.iter().map(|page| page.code).collect();
        assert!(causes.iter().all(|code| pages.contains(code)), "{causes:?}");
        pages.retain(|code| !causes.contains(code));
        assert_eq!(pages, Vec::<&str>::new());
        for page in PAGES {
            assert!(page.text.starts_with(&format!("# {}: {}\n", page.code, page.title())), "{}", page.code);
        }
        assert_eq!(Page::of("lbp007").map(|page| page.code), Some("LBP007"));
    }
}
