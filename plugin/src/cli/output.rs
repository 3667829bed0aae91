//! The form of what is written to standard output.

use clap::ValueEnum;

/// Form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For a terminal
    Table,
    /// The same with node ports and endpoints
    Wide,
    /// All of it as one JSON document
    Json,
    /// The same as YAML
    Yaml,
}
