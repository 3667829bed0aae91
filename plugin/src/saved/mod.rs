//! Files that this program reads: its own reports and files of expectations, and the text of any other.

mod acceptance;
mod bundle;
mod documents;
#[cfg(test)]
mod hostile;
mod places;
mod report;

use std::path::Path;

use lbprobe_analysis::documents::API_VERSION;

use crate::error::FileProblem;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use acceptance::acceptance_in;
pub(crate) use acceptance::{Checked, acceptance};
pub(crate) use bundle::REPORT as BUNDLED_REPORT;
pub(crate) use documents::{Document, Head, documents, text};
pub(crate) use places::{Place, Places};
pub(crate) use report::{report, report_in};

/// Where kubectl puts objects that name no namespace.
pub(crate) const DEFAULT_NAMESPACE: &str = "default";

/// A file as messages name it.
pub(crate) fn shown(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

/// Why a document cannot be read by this release, if so.
pub(crate) fn check_version(head: &Head) -> Result<(), FileProblem> {
    let version = &head.api_version;
    match version.as_str() {
        API_VERSION => Ok(()),
        "" => Err(FileProblem::NoVersion),
        _ => Err(FileProblem::OtherVersion(version.clone())),
    }
}
