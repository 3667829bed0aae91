//! The pages about causes, risks and defects, as they stand in docs/: the build takes them up.

use lbprobe_analysis::text::Language;

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

/// Those that there are in Chinese.
static CHINESE_PAGES: &[Page] = include!(concat!(env!("OUT_DIR"), "/chinese_pages.rs"));

/// The folder of the documentation on the web. A path behind it is one of the repository's docs/.
pub(crate) const DOCS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/");

impl Page {
    /// That of a code, in whatever case.
    pub(crate) fn of(code: &str) -> Option<&'static Self> {
        PAGES.iter().find(|page| page.code.eq_ignore_ascii_case(code))
    }

    /// The page of the same code in a language; in English where there is no other.
    pub(crate) fn in_language(&'static self, language: Language) -> &'static Self {
        match language {
            Language::English => self,
            Language::Chinese => CHINESE_PAGES.iter().find(|page| page.code == self.code).unwrap_or(self),
        }
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
    use std::fs;
    use std::path::{Path, PathBuf};

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
        let chinese: BTreeSet<_> = CHINESE_PAGES.iter().map(|page| page.code).collect();
        assert_eq!(chinese, causes, "each cause has a page in Chinese");
        for page in PAGES.iter().map(|page| page.in_language(Language::Chinese)) {
            assert!(page.text.starts_with(&format!("# {}: {}\n", page.code, page.title())), "{}", page.path);
        }
    }

    /// All pages of docs/, by their paths in it.
    fn documentation(folder: &Path, below: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder.join(below)).unwrap().map(|entry| below.join(entry.unwrap().file_name()));
        entries.flat_map(|path| if folder.join(&path).is_dir() { documentation(folder, &path) } else { vec![path] }).collect()
    }

    /// What stands in brackets behind "](" on a page.
    fn links(page: &str) -> impl Iterator<Item = &str> {
        page.split("](").skip(1).filter_map(|rest| rest.split(')').next())
    }

    #[test]
    fn the_book_has_each_page_and_each_link_leads_to_one() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        let summary = fs::read_to_string(folder.join("SUMMARY.md")).unwrap();
        let listed: Vec<_> = links(&summary).map(PathBuf::from).collect();
        let is_page = |path: &PathBuf| path.extension().is_some_and(|it| it == "md") && *path != Path::new("SUMMARY.md");
        let pages: Vec<_> = documentation(&folder, Path::new("")).into_iter().filter(is_page).collect();
        assert!(pages.len() > 40, "{pages:?}");
        assert_eq!(listed.iter().collect::<BTreeSet<_>>(), pages.iter().collect::<BTreeSet<_>>());
        assert_eq!(listed.len(), pages.len(), "no page stands twice");
        for page in &pages {
            let text = fs::read_to_string(folder.join(page)).unwrap();
            for link in links(&text).filter(|link| !link.contains("://") && !link.starts_with('#')) {
                let target = link.split('#').next().unwrap_or_default();
                let target = page.parent().unwrap().join(target);
                let is_there = folder.join(&target).is_file() && !target.starts_with("..");
                assert!(is_there, "{}: {link}", page.display());
            }
        }
    }
}
