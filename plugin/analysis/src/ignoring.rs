//! Findings that somebody has looked at and lives with, by their codes: on the command line, or in an annotation of the Service.
//!
//! What was measured is never ignored, what is foreseen may be.

use serde::{Deserialize, Serialize};

use crate::facts::{IGNORE_ANNOTATION, Service};

/// What separates the entries of an annotation, beside the ends of lines.
const SEPARATORS: [char; 2] = [';', '\n'];

/// A code that is to be ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ignored {
    /// As it was written: "LBP002".
    pub code: String,
    /// Why; the command line has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What became of it.
    pub state: IgnoredState,
}

/// What became of a code that is to be ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IgnoredState {
    /// Something has it, and does not count.
    Ignored,
    /// Nothing has it.
    NotFound,
    /// It counts: the annotation gives no reason.
    NoReason,
    /// It is no code.
    NotACode,
}

impl Ignored {
    /// One from the command line, with or without a reason, which is the caller's own; `None` where it is no code.
    #[must_use]
    pub fn asked_for(word: &str) -> Option<Self> {
        let (code, reason) = word.split_once('=').map_or((word, None), |(code, reason)| (code, Some(reason.to_owned())));
        is_code(code).then(|| Self { code: code.to_owned(), reason, state: IgnoredState::NotFound })
    }

    /// Whether what has this code does not count.
    #[must_use]
    pub fn covers(&self, code: &str) -> bool {
        matches!(self.state, IgnoredState::Ignored | IgnoredState::NotFound) && self.code == code
    }
}

/// Whether a word has the form of a code.
#[must_use]
pub fn is_code(word: &str) -> bool {
    word.strip_prefix("LBP").is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What a Service's annotation says: `LBP002=clients inside use the DNS name; LBP302=one replica is enough here`.
#[must_use]
pub fn of_annotation(service: &Service) -> Vec<Ignored> {
    service.annotations.get(IGNORE_ANNOTATION).map(|value| entries(value)).unwrap_or_default()
}

/// The entries of an annotation's value.
pub(crate) fn entries(value: &str) -> Vec<Ignored> {
    let mut entries: Vec<String> = Vec::new();
    for part in value.split(SEPARATORS).map(str::trim).filter(|part| !part.is_empty()) {
        // What separates entries may stand in a reason as well.
        let is_next = part.get(..CODE_CHARS).is_some_and(is_code) || !part.contains(' ');
        match entries.last_mut().filter(|_| !is_next) {
            Some(before) => *before = format!("{before}; {part}"),
            None => entries.push(part.to_owned()),
        }
    }
    entries.iter().map(|written| entry(written)).collect()
}

/// Characters of a code.
const CODE_CHARS: usize = 6;

fn entry(entry: &str) -> Ignored {
    let (code, reason) = entry.split_once('=').map_or((entry, ""), |(code, reason)| (code.trim(), reason.trim()));
    let state = match (is_code(code), reason) {
        (false, _) => IgnoredState::NotACode,
        (true, "") => IgnoredState::NoReason,
        (true, _) => IgnoredState::NotFound,
    };
    Ignored { code: code.to_owned(), reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()), state }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_gives_codes_with_their_reasons() {
        let read = |value: &str| {
            let mut service = Service::named("shop", "web");
            service.annotations.insert(IGNORE_ANNOTATION.into(), value.into());
            of_annotation(&service).into_iter().map(|ignored| (ignored.code, ignored.reason, ignored.state)).collect::<Vec<_>>()
        };
        let of = |code: &str, reason: Option<&str>, state| (code.to_owned(), reason.map(str::to_owned), state);
        assert_eq!(
            read("LBP002=clients use DNS; LBP302 = one=enough \n"),
            [of("LBP002", Some("clients use DNS"), IgnoredState::NotFound), of("LBP302", Some("one=enough"), IgnoredState::NotFound)]
        );
        assert_eq!(read("LBP002; LBP003="), [of("LBP002", None, IgnoredState::NoReason), of("LBP003", None, IgnoredState::NoReason)]);
        assert_eq!(
            read("LBP002=see OPS-1; agreed by the net team; LBP302=x"),
            [
                of("LBP002", Some("see OPS-1; agreed by the net team"), IgnoredState::NotFound),
                of("LBP302", Some("x"), IgnoredState::NotFound)
            ]
        );
        assert_eq!(read("lbp2=why"), [of("lbp2", Some("why"), IgnoredState::NotACode)]);
        assert_eq!(read(" ; \n"), []);
    }
}
