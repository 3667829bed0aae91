//! Which nodes a label selector of a provider's annotation means.

use std::collections::{BTreeMap, BTreeSet};

/// The labels of every node, by its name.
pub(crate) type NodeLabels = BTreeMap<String, BTreeMap<String, String>>;

/// The nodes that a selector means; none where it has parts that are not read here, `in (…)` for instance, or where no labels
/// are known.
pub(crate) fn selected(labels: &NodeLabels, selector: &str) -> Option<BTreeSet<String>> {
    if labels.is_empty() {
        return None;
    }
    let parts: Vec<_> = selector.split(',').map(|part| Part::read(part.trim())).collect::<Option<_>>()?;
    let is_meant = |labels: &BTreeMap<String, String>| parts.iter().all(|part| part.holds(labels));
    Some(labels.iter().filter(|(_, labels)| is_meant(labels)).map(|(node, _)| node.clone()).collect())
}

/// One part of a selector.
enum Part<'a> {
    Equals(&'a str, &'a str),
    Differs(&'a str, &'a str),
    Exists(&'a str),
    IsMissing(&'a str),
}

impl<'a> Part<'a> {
    fn read(part: &'a str) -> Option<Self> {
        let is_simple = |word: &str| !word.is_empty() && !word.contains(['(', ')', ' ', '<', '>', '=', '!']);
        let (key, read) = if let Some((key, value)) = part.split_once("!=") {
            (key.trim(), Self::Differs(key.trim(), value.trim()))
        } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            (key.trim(), Self::Equals(key.trim(), value.trim()))
        } else if let Some(key) = part.strip_prefix('!') {
            (key.trim(), Self::IsMissing(key.trim()))
        } else {
            (part, Self::Exists(part))
        };
        is_simple(key).then_some(read)
    }

    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = |key: &str| labels.get(key).map(String::as_str);
        match self {
            Self::Equals(key, wanted) => value(key) == Some(wanted),
            Self::Differs(key, other) => value(key) != Some(other),
            Self::Exists(key) => value(key).is_some(),
            Self::IsMissing(key) => value(key).is_none(),
        }
    }
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
