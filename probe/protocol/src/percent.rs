//! Words of a record line: free text without spaces, control characters or surprises.

use std::fmt::Write as _;

/// The most characters of a foreign text (a header, a certificate's name) that a record carries.
pub const TEXT_CHARS: usize = 64;

/// Printable ASCII stays; everything else, and what the record gives a meaning to, becomes `%XX`.
/// Text beyond [`TEXT_CHARS`] is cut.
pub(crate) fn encode(text: &str) -> String {
    encode_within(TEXT_CHARS, text)
}

/// The same of a longer text, cut at so many characters.
pub(crate) fn encode_within(most: usize, text: &str) -> String {
    let mut encoded = String::new();
    for character in text.chars().take(most) {
        if character.is_ascii_graphic() && !matches!(character, '%' | ',' | '=') {
            encoded.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                encoded.push('%');
                let _ = write!(encoded, "{byte:02X}");
            }
        }
    }
    encoded
}

/// The text of an encoded word, with control characters removed: what a probe sends is untrusted,
/// and a terminal acts on escapes.
pub(crate) fn decode(word: &str) -> Option<String> {
    decode_within(TEXT_CHARS, word)
}

/// The same of a longer text, cut at so many characters.
pub(crate) fn decode_within(most: usize, word: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = word.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(text.chars().filter(|c| !is_unsafe(*c)).take(most).collect())
}

/// Control characters, and the marks that turn the direction of the text around them.
fn is_unsafe(character: char) -> bool {
    character.is_control() || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_do_not_survive() {
        let decoded = decode(&encode("\u{1b}[31mred\u{202e}\r\n")).unwrap();
        assert_eq!(decoded, "[31mred");
    }

    #[test]
    fn a_broken_word_is_refused() {
        for word in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decode(word), None, "{word}");
        }
    }

    proptest! {
        #[test]
        fn encoded_text_is_one_word_and_reads_back(text in "\\PC{0,64}") {
            let word = encode(&text);
            prop_assert!(word.chars().all(|c| c.is_ascii_graphic() && c != '=' && c != ','));
            let expected: String = text.chars().filter(|c| !is_unsafe(*c)).collect();
            prop_assert_eq!(decode(&word), Some(expected));
        }

        #[test]
        fn decode_never_panics(word in ".{0,200}") {
            let _ = decode(&word);
        }
    }
}
