//! The form of what is written to standard output.

/// A form that every document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Table,
    /// Of a table the verdict alone.
    Verdict,
    /// The same, with what it only counts.
    Explained,
    /// All of that, with node ports and endpoints too.
    Wide,
    Json,
    Yaml,
}

/// A form of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExplainOutput {
    Document(Output),
    /// The facts alone, as YAML.
    Facts,
}

/// A form of an acceptance's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AcceptOutput {
    Document(Output),
    Junit,
}
