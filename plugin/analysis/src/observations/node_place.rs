//! The name of a node in a sentence that is to be the same for several nodes.

/// Stands for the node's own name in reasons and hints, so that those of different nodes are the same.
pub const NODE_PLACE: &str = "NODE";

/// The text with another word in the index of one that stands by itself: not of a part of a longer name.
pub(crate) fn with_word(text: &str, word: &str, other: &str) -> String {
    let is_of_names = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(word).filter(|_| !word.is_empty()) {
        let (before, after) = (&rest[..index], &rest[index + word.len()..]);
        let goes_on =
            before.chars().next_back().or_else(|| replaced.chars().next_back()).is_some_and(|last| is_of_names(last) || last == '.');
        let mut following = after.chars();
        let continues = match following.next() {
            // A sentence ends, or a name has another part.
            Some('.') => following.next().is_some_and(is_of_names),
            character => character.is_some_and(is_of_names),
        };
        replaced.push_str(before);
        replaced.push_str(if goes_on || continues { word } else { other });
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_that_hold_the_nodes_are_left_alone() {
        let rows = [
            ("node1 and node10, not-node1", "NODE and node10, not-node1"),
            ("on node1. node1.example.com, a.node1 (node1)", "on NODE. node1.example.com, a.node1 (NODE)"),
            ("node1node1 node1", "node1node1 NODE"),
            ("", ""),
        ];
        for (text, expected) in rows {
            assert_eq!(with_word(text, "node1", NODE_PLACE), expected);
        }
        assert_eq!(with_word("no name", "", NODE_PLACE), "no name");
    }
}
