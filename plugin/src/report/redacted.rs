//! What is to be written, with stand-ins where they are wanted.

use std::borrow::Cow;

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::redaction::Redaction;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// A document.
pub(super) fn document<'a, T: Clone + Serialize + DeserializeOwned>(
    document: &'a T,
    redaction: Option<&Redaction>,
) -> Result<Cow<'a, T>, Error> {
    with(document, redaction, Redaction::of)
}

/// A report, with a diagnosis of what stands in it then.
pub(crate) fn report<'a>(report: &'a Report, redaction: Option<&Redaction>) -> Result<Cow<'a, Report>, Error> {
    with(report, redaction, Redaction::of_report)
}

fn with<'a, T: Clone>(
    document: &'a T,
    redaction: Option<&Redaction>,
    make: impl Fn(&Redaction, &T) -> Result<T, serde_json::Error>,
) -> Result<Cow<'a, T>, Error> {
    redaction.map_or(Ok(Cow::Borrowed(document)), |redaction| make(redaction, document).map(Cow::Owned).map_err(Error::Redaction))
}
