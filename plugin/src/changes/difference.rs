//! What a change would make of an object, as kubectl diff shows it. Pure.

use crate::terminal::language;
use lbprobe_analysis::text;
use lbprobe_analysis::text::messages::Message;
use serde_json::Value;
use similar::TextDiff;

/// Lines around a change.
const CONTEXT: usize = 3;

/// The object with a merge patch in it.
pub(crate) fn merged(object: &Value, merge: &Value) -> Value {
    let mut merged = object.clone();
    json_patch::merge(&mut merged, merge);
    merged
}

/// How two states of an object differ, in what is said of it: not in what the server counts.
pub(crate) fn difference(before: &Value, after: &Value) -> String {
    let (before, after) = (yaml(before), yaml(after));
    let diff = TextDiff::from_lines(&before, &after);
    let lines = diff.unified_diff().context_radius(CONTEXT).header("live", "fixed").to_string();
    if lines.is_empty() { text::message(Message::NothingWouldChange, language()) + "\n" } else { lines }
}

fn yaml(object: &Value) -> String {
    let mut object = object.clone();
    if let Some(keys) = object.as_object_mut() {
        keys.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for counted in ["resourceVersion", "generation", "managedFields", "uid", "creationTimestamp"] {
            metadata.remove(counted);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            // kubectl apply's copy of the whole object.
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    serde_saphyr::to_string(&object).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_shows_what_changes_and_not_what_is_counted() {
        let before =
            json!({ "metadata": { "resourceVersion": "1" }, "spec": { "externalTrafficPolicy": "Local", "type": "LoadBalancer" } });
        let mut after = merged(&before, &json!({ "spec": { "externalTrafficPolicy": "Cluster" } }));
        after["metadata"]["resourceVersion"] = json!("2");
        let lines = difference(&before, &after);
        assert!(lines.contains("-  externalTrafficPolicy: Local\n+  externalTrafficPolicy: Cluster"), "{lines}");
        assert!(!lines.contains("resourceVersion"), "{lines}");
        assert_eq!(difference(&before, &before), "nothing would change\n");
    }
}
