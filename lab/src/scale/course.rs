//! What a kubelet reports of a probe pod, from its first word to its last. Pure but for the clock.

use lbprobe_protocol::{Plan, Record, TERMINATION_MESSAGE_BYTES};
use serde_json::Value;

use crate::scale::FAILING;
use crate::scale::answer::{self, Vantage};
use crate::scale::fake_pod::{End, FakePod};

/// The statuses of a pod, one after the other. Those of namespace [`FAILING`] fail, each node's in its own way.
#[must_use]
pub fn of(pod: &FakePod) -> Vec<Value> {
    if pod.namespace == FAILING { of_failing(pod) } else { vec![pod.running(), pod.ended(&answered(pod, answer::record))] }
}

/// Half of them answer, each with another pattern of failures; the rest fail themselves, and the messages name what
/// differs from node to node.
fn of_failing(pod: &FakePod) -> Vec<Value> {
    let (node, name) = (pod.vantage.node, &pod.name);
    match node.number() % 14 {
        // Nobody takes it up.
        1 => Vec::new(),
        // It never answers.
        3 => vec![pod.running()],
        5 => vec![pod.running(), pod.ended(&End { exit_code: 137, reason: "OOMKilled", message: String::new() })],
        7 => {
            let message = format!("failed to pull the image: dial tcp: lookup registry.example.com on {}: no such host", node.address());
            vec![pod.waiting("ErrImagePull", &message)]
        }
        9 => vec![pod.waiting("CreateContainerError", &format!("container {name} on {} is in use", node.name()))],
        11 => {
            let message = format!("exec /lbprobe-probe on {}: exec format error", node.name());
            vec![pod.running(), pod.ended(&End { exit_code: 255, reason: "Error", message })]
        }
        13 => {
            let message = format!("Node didn't have enough resource: memory, requested: 16777216, used: {}000", node.number());
            vec![pod.refused("OutOfmemory", &message)]
        }
        _ => vec![pod.running(), pod.ended(&answered(pod, answer::unlike_others))],
    }
}

/// The end of a probe that did its work, or could not read what it is to do.
fn answered(pod: &FakePod, record: impl Fn(&Plan, Vantage) -> Record) -> End {
    match Plan::from_variable(&pod.plan) {
        Ok(plan) => {
            let message = record(&plan, pod.vantage).to_text_within(TERMINATION_MESSAGE_BYTES);
            End { exit_code: 0, reason: "Completed", message }
        }
        Err(cause) => End { exit_code: 1, reason: "Error", message: format!("failed to read the plan: {cause}") },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::scale::PROBES;
    use crate::scale::fake_node::FakeNode;

    fn pod(namespace: &str, node: FakeNode) -> FakePod {
        let metadata = json!({ "namespace": namespace, "name": format!("lbprobe-1-{}", node.number()), "uid": "u" });
        let spec = json!({ "nodeName": node.name(), "containers": [{ "name": "probe", "image": "probe:1" }] });
        FakePod::of(serde_json::from_value(json!({ "metadata": metadata, "spec": spec })).unwrap()).unwrap()
    }

    /// What stands in the last status of each pod, but for the times.
    fn last_words(status: &Value) -> String {
        let state = &status["containerStatuses"][0]["state"];
        let words = [&status["message"], &state["waiting"]["message"], &state["terminated"]["message"]];
        words.into_iter().filter_map(Value::as_str).collect()
    }

    #[test]
    fn a_plan_that_cannot_be_read_ends_the_probe_with_the_reason() {
        let statuses = of(&pod(PROBES, FakeNode::first(1).next().unwrap()));
        assert_eq!(statuses.iter().map(|status| status["phase"].as_str().unwrap()).collect::<Vec<_>>(), ["Running", "Failed"]);
        assert!(last_words(&statuses[1]).starts_with("failed to read the plan: "), "{}", statuses[1]);
    }

    #[test]
    fn messages_of_failing_pods_differ_from_node_to_node() {
        let failing = |remainder: u16| FakeNode::first(140).filter(move |node| node.number() % 14 == remainder);
        for remainder in [7, 9, 11, 13] {
            let words: BTreeSet<_> = failing(remainder).map(|node| last_words(of(&pod(FAILING, node)).last().unwrap())).collect();
            assert_eq!(words.len(), 10, "{words:?}");
        }
        assert!(failing(1).all(|node| of(&pod(FAILING, node)).is_empty()));
    }
}
