//! The one place that fills facts: from the API server, or from a file.

mod announcements;
mod around;
mod assemble;
mod convert;
pub(crate) mod from_api;
pub(crate) mod from_file;
pub(crate) mod resolution;

pub(crate) use convert::{SYSTEM_NAMESPACE, note_pod_addresses};

use lbprobe_analysis::facts::Known;

/// A fact, or why it is not known.
fn known<T>(read: Result<T, impl std::fmt::Display>) -> Known<T> {
    read.map_err(|why| why.to_string()).into()
}
