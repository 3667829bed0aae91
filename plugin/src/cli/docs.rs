//! `docs`: a page of the documentation.

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::pages::{PAGES, Page};

/// What `docs` takes.
#[derive(Debug, Args)]
pub(crate) struct DocsArguments {
    /// The cause's code, as reports have it: LBP007. Without one, all causes are listed
    #[arg(value_parser = PossibleValuesParser::new(PAGES.iter().map(|page| page.code)), ignore_case = true, hide_possible_values = true)]
    code: Option<String>,
}

impl DocsArguments {
    pub(super) fn settings(&self) -> Option<&'static Page> {
        self.code.as_deref().and_then(Page::of)
    }
}
