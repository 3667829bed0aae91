//! Where a line may end. Between Latin words that is a space; Chinese has none, and a line may end at nearly every character.

use textwrap::WordSeparator;
use textwrap::core::Word;

/// What no line may begin with.
const CLOSING: &str = "，。、；：？！）」』】》”’…%,.;:?!)]}";

/// What no line may end with.
const OPENING: &str = "（「『【《“‘([{";

/// Spaces, and the places beside a Chinese character. A command, a name or a flag is never cut.
pub(crate) fn separator() -> WordSeparator {
    WordSeparator::Custom(|line| Box::new(parts(line).into_iter().map(Word::from)))
}

fn parts(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut characters = line.char_indices().peekable();
    while let Some((_, here)) = characters.next() {
        let Some((at, next)) = characters.peek().copied() else { break };
        let after_space = here == ' ' && next != ' ';
        let beside_chinese = (is_chinese(here) || is_chinese(next)) && next != ' ' && here != ' ';
        if after_space || beside_chinese && !CLOSING.contains(next) && !OPENING.contains(here) {
            parts.push(&line[start..at]);
            start = at;
        }
    }
    if start < line.len() {
        parts.push(&line[start..]);
    }
    parts
}

/// Characters of CJK with their punctuation, and full-width forms.
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_breaks_at_characters_and_never_before_a_comma() {
        assert_eq!(parts("节点 node1 上，被拒绝"), ["节", "点 ", "node1 ", "上，", "被", "拒", "绝"]);
        assert_eq!(
            parts("运行 kubectl lbprobe fix --apply（需要权限）"),
            ["运", "行 ", "kubectl ", "lbprobe ", "fix ", "--apply", "（需", "要", "权", "限）"]
        );
    }

    #[test]
    fn latin_words_stay_whole() {
        assert_eq!(parts("see kube-system/dns  (10.0.0.0/16)"), ["see ", "kube-system/dns  ", "(10.0.0.0/16)"]);
        assert!(parts("").is_empty());
    }

    #[test]
    fn lines_hold_half_as_many_chinese_characters() {
        let options = textwrap::Options::new(10).word_separator(separator()).break_words(false);
        assert_eq!(textwrap::wrap("负载均衡地址在节点上", options), ["负载均衡地", "址在节点上"]);
    }
}
