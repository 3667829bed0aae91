//! Which nodes a label selector of a provider's annotation means.

use std::collections::{BTreeMap, BTreeSet};

use kube::core::{Expression, Selector, SelectorExt as _};

/// The labels of every node, by its name.
pub(crate) type NodeLabels = BTreeMap<String, BTreeMap<String, String>>;

/// The nodes that a selector means; none where it has parts that are not read here, `in (…)` for instance, or where no labels
/// are known.
pub(crate) fn selected(labels: &NodeLabels, selector: &str) -> Option<BTreeSet<String>> {
    if labels.is_empty() {
        return None;
    }
    let selector: Selector = selector.split(',').map(|part| expression(part.trim())).collect::<Option<_>>()?;
    Some(labels.iter().filter(|(_, labels)| selector.matches(labels)).map(|(node, _)| node.clone()).collect())
}

/// One part of a selector.
fn expression(part: &str) -> Option<Expression> {
    let is_simple = |word: &str| !word.is_empty() && !word.contains(['(', ')', ' ', '<', '>', '=', '!']);
    let trimmed = |word: &str| word.trim().to_owned();
    let (key, expression) = if let Some((key, value)) = part.split_once("!=") {
        (key.trim(), Expression::NotEqual(trimmed(key), trimmed(value)))
    } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        (key.trim(), Expression::Equal(trimmed(key), trimmed(value)))
    } else if let Some(key) = part.strip_prefix('!') {
        (key.trim(), Expression::DoesNotExist(trimmed(key)))
    } else {
        (part, Expression::Exists(part.to_owned()))
    };
    is_simple(key).then_some(expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_of_equal_and_present_labels_are_read() {
        let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let nodes = NodeLabels::from([
            ("n1".to_owned(), labels(&[("pool", "edge"), ("zone", "a")])),
            ("n2".to_owned(), labels(&[("pool", "work")])),
        ]);
        let names = |selector: &str| selected(&nodes, selector).map(|nodes| nodes.into_iter().collect::<Vec<_>>().join(","));
        for (selector, meant) in [
            ("pool=edge", "n1"),
            ("pool == edge, zone=a", "n1"),
            ("pool!=edge", "n2"),
            ("zone", "n1"),
            ("!zone", "n2"),
            ("pool=none", ""),
            ("pool", "n1,n2"),
        ] {
            assert_eq!(names(selector).as_deref(), Some(meant), "{selector}");
        }
        assert_eq!((names("pool in (edge)"), names("")), (None, None));
    }
}
