//! What is wrong with what an agent sent.

/// Why a tool's arguments come to no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongCall {
    #[error("{what} {word:?} is not a name of an object: up to 63 of a-z, 0-9 and '-'")]
    Name { what: &'static str, word: String },
    #[error("{word:?} is not a change: {cause}")]
    Change { word: String, cause: String },
    #[error("no strategy is named {word:?}; there are {}", all.join(", "))]
    Strategy { word: String, all: Vec<String> },
}
