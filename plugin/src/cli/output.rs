//! The form of what is written to standard output: for each command those that it has.

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::settings::{AcceptOutput, ExplainOutput, Output};

/// The form of a report.
#[derive(Debug, Args)]
pub(super) struct OutputArguments {
    /// Form on standard output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
    /// Show all that the table otherwise only counts: evidence, fixes, what was ruled out, risks, what is not known
    #[arg(long)]
    explain: bool,
    /// Show the verdict alone
    #[arg(short, long, conflicts_with_all = ["explain", "output"])]
    quiet: bool,
}

impl OutputArguments {
    /// Other forms have everything in any case.
    pub(super) fn settings(&self) -> Output {
        match self.output {
            Output::Table if self.quiet => Output::Verdict,
            Output::Table if self.explain => Output::Explained,
            output => output,
        }
    }
}

impl ValueEnum for Output {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Table, Self::Wide, Self::Json, Self::Yaml]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Table => ("table", "For a terminal"),
            // Flags of their own say these.
            Self::Verdict | Self::Explained => return None,
            Self::Wide => ("wide", "All of it, with node ports and endpoints"),
            Self::Json => ("json", "All of it as one JSON document"),
            Self::Yaml => ("yaml", "The same as YAML"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for ExplainOutput {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Document(Output::Table),
            Self::Document(Output::Wide),
            Self::Document(Output::Json),
            Self::Document(Output::Yaml),
            Self::Facts,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Document(output) => output.to_possible_value(),
            Self::Facts => Some(PossibleValue::new("facts").help("The facts alone as YAML, to be explained again with -f")),
        }
    }
}

impl ValueEnum for AcceptOutput {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Document(Output::Table), Self::Document(Output::Json), Self::Document(Output::Yaml), Self::Junit]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Document(output) => output.to_possible_value(),
            Self::Junit => Some(PossibleValue::new("junit").help("As JUnit XML: a case for each expectation and class of nodes")),
        }
    }
}
