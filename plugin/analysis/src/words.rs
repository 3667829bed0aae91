//! Lists as a person says them.

/// "a", "a and b", "a, b and c".
#[must_use]
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [init @ .., last] => {
            let init: Vec<_> = init.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", init.join(", "), last.as_ref())
        }
    }
}

/// As [`list`], but no more than `most` items by name: "a, b and 41 more".
#[must_use]
pub fn short_list<S: AsRef<str>>(items: &[S], most: usize) -> String {
    if items.len() <= most {
        return list(items);
    }
    let shown = most.saturating_sub(1).max(1);
    let mut words: Vec<_> = items[..shown].iter().map(|item| item.as_ref().to_owned()).collect();
    words.push(format!("{} more", items.len() - shown));
    list(&words)
}

/// "1 node", "2 nodes".
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// "5,000": digits in groups of three.
#[must_use]
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Foreign text fit for a terminal: on one line, of `most` characters at most, without control
/// characters and without the marks that turn the direction of the text around them.
#[must_use]
pub fn printable(text: &str, most: usize) -> String {
    let mut characters = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !steers(*c));
    let mut shown: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown.trim().to_owned()
}

/// The same for each line: at most `most` characters of it, with the lines' ends kept.
#[must_use]
pub fn printable_lines(text: &str, most: usize) -> String {
    text.lines().map(|line| printable(line, most)).collect::<Vec<_>>().join("\n")
}

/// Whether a character does more than show: controls, and the marks that turn or hide the text around them.
#[must_use]
pub fn steers(c: char) -> bool {
    let is_mark = matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    );
    c.is_control() || is_mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(printable("\u{1b}[2Jfailed\r\nto \u{202e}pull\u{9b}31m", 80), "[2Jfailed  to pull31m");
        assert_eq!(printable("abcdef", 3), "abc…");
    }

    #[test]
    fn large_numbers_are_written_in_groups() {
        let written = [7, 123, 5000, 1_234_567].map(thousands);
        assert_eq!(written, ["7", "123", "5,000", "1,234,567"]);
    }

    #[test]
    fn lists_are_said_as_a_person_would() {
        assert_eq!(list(&["node1"]), "node1");
        assert_eq!(list(&["node1", "node2", "node3"]), "node1, node2 and node3");
        let many: Vec<_> = (2..=44).map(|number| format!("node{number}")).collect();
        assert_eq!(short_list(&many, 3), "node2, node3 and 41 more");
        assert_eq!(short_list(&many[..3], 3), "node2, node3 and node4");
    }
}
