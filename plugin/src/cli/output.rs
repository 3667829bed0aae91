//! The form of what is written to standard output: for each command those that it has.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::settings::{AcceptOutput, ExplainOutput, Output};

impl ValueEnum for Output {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Table, Self::Wide, Self::Json, Self::Yaml]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Table => ("table", "For a terminal"),
            Self::Wide => ("wide", "The same with node ports and endpoints"),
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
