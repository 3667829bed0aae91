//! The pages about causes, risks and defects, as they stand in docs/: the build takes them up.

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    /// "LBP007".
    pub(crate) code: &'static str,
    /// Where it is in docs/: "causes/LBP007.md".
    pub(crate) path: &'static str,
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
        format!("{DOCS}{}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lbprobe_analysis::causes::CauseKind;
    use lbprobe_analysis::defects::Defect;

    use super::*;

    #[test]
    fn each_cause_has_a_page_and_no_code_has_two() {
        let causes: BTreeSet<_> = CauseKind::ALL.into_iter().map(CauseKind::code).collect();
        let of_causes: BTreeSet<_> = PAGES.iter().filter(|page| page.path.starts_with("causes/")).map(|page| page.code).collect();
        assert_eq!(of_causes, causes);
        let of_defects = PAGES.iter().filter(|page| page.path == "defects.md").count();
        assert_eq!(of_defects, Defect::ALL.len());
        assert_eq!(PAGES.iter().map(|page| page.code).collect::<BTreeSet<_>>().len(), PAGES.len());
        for page in PAGES {
            assert!(page.text.starts_with(&format!("# {}: {}\n", page.code, page.title())), "{}", page.code);
        }
        assert_eq!(Page::of("lbp007").map(|page| page.code), Some("LBP007"));
    }
}
