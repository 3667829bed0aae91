//! `docs`: pages of the documentation.

use clap::Args;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use crate::pages::{PAGES, Page};

/// What `docs` takes.
#[derive(Debug, Args)]
pub(crate) struct DocsArguments {
    /// Codes of causes and risks, as reports have them: LBP007, or 7. Without one, all are listed
    #[arg(value_name = "CODE", value_parser = page, add = ArgValueCandidates::new(codes))]
    pages: Vec<&'static Page>,
}

impl DocsArguments {
    pub(super) fn settings(self) -> Vec<&'static Page> {
        self.pages
    }
}

fn page(word: &str) -> Result<&'static Page, String> {
    let number = word.trim_start_matches(['L', 'l', 'B', 'b', 'P', 'p']);
    let is_of_number = |page: &&Page| number.parse::<u16>().is_ok_and(|number| page.code == format!("LBP{number:03}"));
    PAGES
        .iter()
        .find(is_of_number)
        .ok_or_else(|| "no cause and no risk has this code, and open questions have no page; kubectl lbprobe docs lists all".into())
}

fn codes() -> Vec<CompletionCandidate> {
    PAGES.iter().map(|page| CompletionCandidate::new(page.code).help(Some(page.title().into()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_typed_in_any_way() {
        for word in ["LBP007", "lbp7", "7", "007"] {
            assert_eq!(page(word).map(|page| page.code), Ok("LBP007"), "{word}");
        }
        for word in ["LBP999", "gateway", "", "LBP"] {
            assert!(page(word).is_err(), "{word}");
        }
    }
}
