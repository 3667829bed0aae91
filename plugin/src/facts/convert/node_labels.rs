//! Which nodes a label selector of a provider's annotation means.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm};
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
    Some(NodeChoice(vec![selector]).nodes(labels))
}

/// The label of a node's operating system, which kubelet sets.
const OS_LABEL: &str = "kubernetes.io/os";

/// How a DaemonSet chooses its nodes by their labels: any of the selectors is enough.
#[derive(Debug)]
pub(crate) struct NodeChoice(Vec<Selector>);

impl NodeChoice {
    /// By its nodeSelector and the node affinity that it requires; none where it chooses by what is not read here.
    pub(crate) fn of(set: &DaemonSet) -> Option<Self> {
        let pod = set.spec.as_ref()?.template.spec.as_ref()?;
        let pairs = pod.node_selector.iter().flatten();
        let everywhere: Selector = pairs.map(|(key, value)| Expression::Equal(key.clone(), value.clone())).collect();
        let affinity = pod.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
        let required = affinity.and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
        let Some(required) = required else {
            return Some(Self(vec![everywhere]));
        };
        let with_term = |term: &NodeSelectorTerm| {
            let mut all = everywhere.clone();
            all.extend(term.match_expressions.iter().flatten().map(required_label).collect::<Option<Vec<_>>>()?);
            term.match_fields.as_ref().is_none_or(Vec::is_empty).then_some(all)
        };
        required.node_selector_terms.iter().map(with_term).collect::<Option<_>>().map(Self)
    }

    /// Whether any node will do.
    pub(crate) fn is_any(&self) -> bool {
        self.0.iter().any(Selector::selects_all)
    }

    /// The nodes that it means. One whose operating system nobody told is one of Linux.
    pub(crate) fn nodes(&self, labels: &NodeLabels) -> BTreeSet<String> {
        let is_meant = |labels: &BTreeMap<String, String>| {
            let mut labels = labels.clone();
            labels.entry(OS_LABEL.to_owned()).or_insert_with(|| "linux".to_owned());
            self.0.iter().any(|selector| selector.matches(&labels))
        };
        labels.iter().filter(|(_, labels)| is_meant(labels)).map(|(node, _)| node.clone()).collect()
    }
}

fn required_label(required: &NodeSelectorRequirement) -> Option<Expression> {
    let key = required.key.clone();
    let values = || required.values.iter().flatten().cloned().collect();
    match required.operator.as_str() {
        "In" => Some(Expression::In(key, values())),
        "NotIn" => Some(Expression::NotIn(key, values())),
        "Exists" => Some(Expression::Exists(key)),
        "DoesNotExist" => Some(Expression::DoesNotExist(key)),
        _ => None,
    }
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

    #[test]
    fn a_daemon_set_chooses_nodes_by_selector_and_required_affinity() {
        let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let nodes = NodeLabels::from([
            ("n1".to_owned(), labels(&[("control-plane", ""), ("zone", "a")])),
            ("n2".to_owned(), labels(&[("zone", "a")])),
            ("n3".to_owned(), labels(&[("zone", "b")])),
        ]);
        let chosen = |spec: serde_json::Value| {
            let template = serde_json::json!({ "spec": spec });
            let set = serde_json::from_value(serde_json::json!({ "spec": { "selector": {}, "template": template } })).unwrap();
            NodeChoice::of(&set).map(|choice| choice.nodes(&nodes).into_iter().collect::<Vec<_>>().join(","))
        };
        let affinity = |terms: serde_json::Value| {
            serde_json::json!({ "containers": [], "nodeSelector": { "zone": "a" }, "affinity": { "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms } } } })
        };
        let term = |key: &str, operator: &str, values: &[&str]| serde_json::json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": values }] });
        assert_eq!(chosen(serde_json::json!({ "containers": [] })).as_deref(), Some("n1,n2,n3"));
        assert_eq!(chosen(serde_json::json!({ "containers": [], "nodeSelector": { "zone": "b" } })).as_deref(), Some("n3"));
        assert_eq!(chosen(affinity(serde_json::json!([term("control-plane", "Exists", &[])]))).as_deref(), Some("n1"));
        assert_eq!(chosen(affinity(serde_json::json!([term("control-plane", "DoesNotExist", &[])]))).as_deref(), Some("n2"));
        let either = serde_json::json!([term("control-plane", "Exists", &[]), term("zone", "In", &["a", "c"])]);
        assert_eq!(chosen(affinity(either)).as_deref(), Some("n1,n2"));
        assert_eq!(chosen(affinity(serde_json::json!([term("memory", "Gt", &["4"])]))), None, "numbers are not compared");
    }
}
