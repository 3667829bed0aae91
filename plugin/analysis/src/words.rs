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

/// Foreign text fit for a terminal: on one line, of `most` characters at most, without control
/// characters and without the marks that turn the direction of the text around them.
#[must_use]
pub fn printable(text: &str, most: usize) -> String {
    let is_mark = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let mut characters = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control() && !is_mark(*c));
    let mut shown: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown.trim().to_owned()
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
    fn lists_are_said_as_a_person_would() {
        assert_eq!(list(&["node1"]), "node1");
        assert_eq!(list(&["node1", "node2", "node3"]), "node1, node2 and node3");
        let many: Vec<_> = (2..=44).map(|number| format!("node{number}")).collect();
        assert_eq!(short_list(&many, 3), "node2, node3 and 41 more");
        assert_eq!(short_list(&many[..3], 3), "node2, node3 and node4");
    }
}
