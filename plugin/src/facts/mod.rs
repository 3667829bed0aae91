//! The one place that fills facts: from the API server, or from a file.

mod assemble;
mod convert;
pub(crate) mod from_api;
pub(crate) mod from_file;
