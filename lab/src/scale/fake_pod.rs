//! A pod on a fake node, and the statuses that its kubelet reports. Pure but for the clock.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::api::Object;
use lbprobe_protocol::PLAN_VARIABLE;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::scale::answer::{Network, Vantage};
use crate::scale::fake_node::FakeNode;

/// A pod as the watch sends it; what is not needed of it is never held.
pub type WatchedPod = Object<Spec, Status>;

/// What is read of a pod's spec.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spec {
    node_name: String,
    host_network: bool,
    containers: Vec<Container>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
    image: String,
    env: Vec<Variable>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Variable {
    name: String,
    value: String,
}

/// What is read of a pod's status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Status {
    phase: String,
}

/// A pod on a fake node.
#[derive(Clone, Debug)]
pub struct FakePod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Where it dials from.
    pub vantage: Vantage,
    /// What the probe in it is told.
    pub plan: String,
    phase: String,
    container: String,
    image: String,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Its exit code.
    pub exit_code: i32,
    /// kubelet's word for it.
    pub reason: &'static str,
    /// Its termination message.
    pub message: String,
}

impl FakePod {
    /// None where the pod's node is a real one.
    #[must_use]
    pub fn of(pod: WatchedPod) -> Option<Self> {
        let WatchedPod { metadata, spec, status, .. } = pod;
        let node = FakeNode::named(&spec.node_name)?;
        let network = if spec.host_network { Network::Host } else { Network::Pod };
        let container = spec.containers.into_iter().next()?;
        let plan = container.env.into_iter().find(|variable| variable.name == PLAN_VARIABLE);
        Some(Self {
            namespace: metadata.namespace?,
            name: metadata.name?,
            uid: metadata.uid?,
            vantage: Vantage { node, network },
            plan: plan.map(|variable| variable.value).unwrap_or_default(),
            phase: status.unwrap_or_default().phase,
            container: container.name,
            image: container.image,
        })
    }

    /// Whether no kubelet has reported anything of it.
    #[must_use]
    pub fn is_new(&self) -> bool {
        matches!(self.phase.as_str(), "" | "Pending")
    }

    /// Whether its container runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.phase == "Running"
    }

    /// Its container runs.
    #[must_use]
    pub fn running(&self) -> Value {
        self.status("Running", &json!({ "running": { "startedAt": now() } }))
    }

    /// Its container has ended.
    #[must_use]
    pub fn ended(&self, end: &End) -> Value {
        let phase = if end.exit_code == 0 { "Succeeded" } else { "Failed" };
        let End { exit_code, reason, message } = end;
        let terminated = json!({ "exitCode": exit_code, "reason": reason, "message": message, "startedAt": now(), "finishedAt": now() });
        self.status(phase, &json!({ "terminated": terminated }))
    }

    /// Its container does not start.
    #[must_use]
    pub fn waiting(&self, reason: &str, message: &str) -> Value {
        self.status("Pending", &json!({ "waiting": { "reason": reason, "message": message } }))
    }

    /// The node does not take it.
    #[must_use]
    pub fn refused(&self, reason: &str, message: &str) -> Value {
        json!({ "phase": "Failed", "reason": reason, "message": message, "startTime": now() })
    }

    fn status(&self, phase: &str, state: &Value) -> Value {
        let is_ready = phase == "Running";
        let condition = |kind: &str| {
            let holds = is_ready || matches!(kind, "Initialized" | "PodScheduled");
            json!({ "type": kind, "status": if holds { "True" } else { "False" }, "lastTransitionTime": now() })
        };
        let container = json!({
            "name": self.container,
            "image": self.image,
            "imageID": "",
            "ready": is_ready,
            "restartCount": 0,
            "state": state,
        });
        let node = self.vantage.node;
        let address = match self.vantage.network {
            Network::Host => node.address(),
            Network::Pod => node.pod_address(9),
        };
        json!({
            "phase": phase,
            "startTime": now(),
            "hostIP": node.address(),
            "podIP": address,
            "podIPs": [{ "ip": address }],
            "conditions": (["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition)),
            "containerStatuses": [container],
        })
    }
}

fn now() -> Time {
    Time(Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(node: &str) -> WatchedPod {
        serde_json::from_value(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "namespace": "probes", "name": "lbprobe-1-0", "uid": "u" },
            "spec": {
                "nodeName": node,
                "hostNetwork": true,
                "containers": [{
                    "name": "probe",
                    "image": "probe:1",
                    "env": [{ "name": "OTHER", "valueFrom": {} }, { "name": PLAN_VARIABLE, "value": "the plan" }],
                    "resources": {},
                }],
            },
            "status": { "phase": "Pending", "qosClass": "Burstable" },
        }))
        .unwrap()
    }

    #[test]
    fn a_pod_is_read_as_the_watch_sends_it() {
        let pod = FakePod::of(pod("fake-00003")).unwrap();
        assert_eq!((pod.vantage.node.number(), pod.vantage.network, pod.plan.as_str()), (3, Network::Host, "the plan"));
        assert!(pod.is_new() && !pod.is_running());
    }

    #[test]
    fn a_pod_of_a_real_node_is_left_to_its_kubelet() {
        assert!(FakePod::of(pod("node1")).is_none());
    }

    #[test]
    fn statuses_are_those_of_a_kubelet() {
        let pod = FakePod::of(pod("fake-00003")).unwrap();
        let container = |status: &Value| status["containerStatuses"][0]["state"].clone();
        let running = pod.running();
        assert_eq!((running["phase"].as_str(), running["podIP"].as_str()), (Some("Running"), Some("198.18.16.4")));
        assert!(container(&running)["running"]["startedAt"].is_string(), "{running}");
        let ended = pod.ended(&End { exit_code: 137, reason: "OOMKilled", message: String::new() });
        assert_eq!((ended["phase"].as_str(), container(&ended)["terminated"]["exitCode"].as_i64()), (Some("Failed"), Some(137)));
        let waiting = pod.waiting("ErrImagePull", "no such host");
        assert_eq!((waiting["phase"].as_str(), container(&waiting)["waiting"]["reason"].as_str()), (Some("Pending"), Some("ErrImagePull")));
    }
}
