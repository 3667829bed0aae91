//! Where MetalLB's speakers run: nodes without one announce nothing.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetStatus};
use k8s_openapi::api::core::v1::Toleration;
use lbprobe_analysis::facts::{Node, Taint};

use super::pod_network::announcer;
use super::{NodeChoice, NodeLabels};

/// The taints that every DaemonSet's pods tolerate, by the controller's own hand (Kubernetes, "DaemonSet").
const TOLERATED: [&str; 7] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/network-unavailable",
];

/// A DaemonSet of speakers.
#[derive(Debug)]
pub(crate) struct Speakers {
    /// None where it chooses nodes by what is not read here.
    choice: Option<NodeChoice>,
    tolerations: Vec<Toleration>,
    /// Whether its controller wants no pod of it.
    is_nowhere: bool,
}

impl Speakers {
    /// None of another DaemonSet.
    pub(crate) fn of(set: &DaemonSet) -> Option<Self> {
        announcer(set).filter(|announcer| announcer.is_metallb())?;
        let pod = set.spec.as_ref()?.template.spec.as_ref()?;
        Some(Self {
            choice: NodeChoice::of(set),
            tolerations: pod.tolerations.clone().unwrap_or_default(),
            is_nowhere: set.status.as_ref().is_some_and(is_nowhere),
        })
    }

    /// The nodes on which they may run.
    pub(crate) fn nodes(&self, nodes: &[Node], labels: &NodeLabels) -> BTreeSet<String> {
        if self.is_nowhere {
            return BTreeSet::new();
        }
        let chosen = self.choice.as_ref().map(|choice| choice.nodes(labels));
        let is_chosen = |node: &&Node| chosen.as_ref().is_none_or(|chosen| chosen.contains(&node.name));
        let may_run = |node: &&Node| node.taints.iter().all(|taint| self.tolerates(taint));
        nodes.iter().filter(is_chosen).filter(may_run).map(|node| node.name.clone()).collect()
    }

    /// Only a taint that evicts is of account: a pod stays that was there before the other kind.
    fn tolerates(&self, taint: &Taint) -> bool {
        taint.effect != "NoExecute"
            || TOLERATED.contains(&taint.key.as_str())
            || self.tolerations.iter().any(|toleration| takes(toleration, taint))
    }
}

/// Whether the controller has counted, wants no pod, and leaves none where it is.
fn is_nowhere(status: &DaemonSetStatus) -> bool {
    let has_counted = status.observed_generation.is_some();
    has_counted && status.desired_number_scheduled == 0 && status.number_misscheduled == 0
}

/// The nodes on which any of them may run; none where there is no DaemonSet of speakers.
pub(crate) fn speaker_nodes(all: &[Speakers], nodes: &[Node], labels: &NodeLabels) -> Option<BTreeSet<String>> {
    (!all.is_empty()).then(|| all.iter().flat_map(|speakers| speakers.nodes(nodes, labels)).collect())
}

/// As the scheduler has it: no key with `Exists` takes every taint, and no effect every effect.
fn takes(toleration: &Toleration, taint: &Taint) -> bool {
    let named = |wanted: &Option<String>| wanted.as_deref().filter(|wanted| !wanted.is_empty()).map(str::to_owned);
    let has_effect = named(&toleration.effect).is_none_or(|effect| effect == taint.effect);
    let exists = toleration.operator.as_deref() == Some("Exists");
    let has_key = named(&toleration.key).map_or(exists, |key| key == taint.key);
    let has_value = exists || named(&toleration.value) == named(&taint.value);
    has_effect && has_key && has_value
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn speakers(pod: &Value, status: &Value) -> Speakers {
        let mut pod = pod.clone();
        pod["containers"] = json!([{ "name": "speaker", "image": "quay.io/metallb/speaker:v0.14.9" }]);
        let set = json!({ "metadata": { "name": "speaker" }, "spec": { "selector": {}, "template": { "spec": pod } }, "status": status });
        Speakers::of(&serde_json::from_value(set).unwrap()).unwrap()
    }

    fn nodes(speakers: &Speakers) -> Vec<String> {
        let node = |name: &str, taints: &[(&str, &str)]| Node {
            taints: taints.iter().map(|(key, effect)| Taint { key: (*key).into(), value: None, effect: (*effect).into() }).collect(),
            ..Node::named(name)
        };
        let all = [
            node("n1", &[("node-role.kubernetes.io/control-plane", "NoExecute")]),
            node("n2", &[("node.kubernetes.io/unschedulable", "NoSchedule")]),
            node("n3", &[("dedicated", "NoExecute")]),
            node("n4", &[("dedicated", "PreferNoSchedule")]),
        ];
        let labels = ["n1", "n2", "n3", "n4"].map(|name| (name.to_owned(), [("pool".to_owned(), name.to_owned())].into()));
        speakers.nodes(&all, &labels.into()).into_iter().collect()
    }

    #[test]
    fn speakers_run_where_their_daemon_set_lets_them() {
        let status = json!({ "currentNumberScheduled": 2, "desiredNumberScheduled": 2, "numberMisscheduled": 0, "numberReady": 2, "observedGeneration": 1 });
        assert_eq!(nodes(&speakers(&json!({}), &status)), ["n2", "n4"]);
        let control_plane = json!([{ "key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoExecute" }]);
        assert_eq!(nodes(&speakers(&json!({ "tolerations": control_plane }), &status)), ["n1", "n2", "n4"]);
        assert_eq!(nodes(&speakers(&json!({ "tolerations": [{ "operator": "Exists" }] }), &status)), ["n1", "n2", "n3", "n4"]);
        // Every node is one of Linux where no label says otherwise.
        let linux = json!({ "nodeSelector": { "kubernetes.io/os": "linux" } });
        assert_eq!(nodes(&speakers(&linux, &status)), ["n2", "n4"]);
        assert_eq!(nodes(&speakers(&json!({ "nodeSelector": { "pool": "n4" } }), &status)), ["n4"]);
        let nowhere = json!({ "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0, "observedGeneration": 1 });
        assert_eq!(nodes(&speakers(&json!({}), &nowhere)), Vec::<String>::new());
        let mut leaves_some = nowhere.clone();
        leaves_some["numberMisscheduled"] = json!(1);
        assert_eq!(nodes(&speakers(&json!({}), &leaves_some)), ["n2", "n4"]);
    }
}
