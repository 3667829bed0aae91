//! What is known, and why something is not.

use serde::{Deserialize, Serialize};

/// The reason where nobody asked.
const NOT_READ: &str = "not read";

/// A fact, or the reason why it could not be had. Not to know is no error: what depends on the
/// fact is then said to depend on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Known<T> {
    /// It is known.
    Value(T),
    /// It is not, for this reason: "may not list daemonsets", "no ConfigMap of that name".
    Unknown(String),
}

impl<T> Known<T> {
    /// The fact, where it is known.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// What follows from it, where it is known.
    #[must_use]
    pub fn map<U>(self, follow: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Value(value) => Known::Value(follow(value)),
            Self::Unknown(reason) => Known::Unknown(reason),
        }
    }

    /// Whether nothing is said of it, as in reports of a time when it was not read.
    #[must_use]
    pub fn is_not_read(&self) -> bool {
        self.reason() == Some(NOT_READ)
    }

    /// Why it is not known, where it is not.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Value(_) => None,
            Self::Unknown(reason) => Some(reason),
        }
    }
}

impl<T> From<Result<T, String>> for Known<T> {
    fn from(read: Result<T, String>) -> Self {
        read.map_or_else(Self::Unknown, Self::Value)
    }
}

/// A report that was written before the fact was read at all.
impl<T> Default for Known<T> {
    fn default() -> Self {
        Self::Unknown(NOT_READ.into())
    }
}
