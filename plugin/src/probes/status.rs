//! What a probe pod's status says: pure, on as little of the pod as is needed.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use lbprobe_analysis::observations::Unmeasured;
use lbprobe_analysis::words::printable;
use lbprobe_protocol::{NOT_UNPACKED_EXIT, OTHER_VERSION_EXIT};
use serde::{Deserialize, Deserializer};

use super::build::CONTAINER;
use super::warnings::passes;
use crate::kubernetes::part_of;

/// Characters of a foreign message that a report shows.
pub(super) const MESSAGE_CHARS: usize = 300;

/// A pod as the watch sends it, without its spec: memory grows with what is kept.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ProbePod {
    #[serde(deserialize_with = "name_and_version")]
    metadata: ObjectMeta,
    status: Option<Status>,
}

/// Of an object's metadata what a watch needs. Its managed fields alone cost more than the rest of a pod to read.
fn name_and_version<'a, D: Deserializer<'a>>(from: D) -> Result<ObjectMeta, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Part {
        name: Option<String>,
        resource_version: Option<String>,
    }

    let Part { name, resource_version } = Part::deserialize(from)?;
    Ok(ObjectMeta { name, resource_version, ..ObjectMeta::default() })
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
    reason: String,
    message: String,
    start_time: Option<String>,
    #[serde(rename = "podIPs")]
    pod_ips: Vec<Address>,
    container_statuses: Vec<ContainerStatus>,
    ephemeral_container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    ip: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerStatus {
    name: String,
    state: ContainerState,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerState {
    waiting: Option<Waiting>,
    running: Option<serde::de::IgnoredAny>,
    terminated: Option<Terminated>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: String,
    message: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    exit_code: i32,
    reason: String,
    message: String,
}

/// How far a pod has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PodStage {
    /// kubelet has not said anything of it yet.
    Unseen,
    /// kubelet works on it.
    Starting,
    /// Its container runs.
    Running,
    /// Its container ended.
    Ended(End),
    /// It will not start.
    Refused(Unmeasured),
}

/// How a probe's container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) exit_code: i32,
    /// kubelet's word for it: Completed, Error, OOMKilled, StartError.
    pub(super) reason: String,
    /// The termination message; where the container never ran, the runtime's own words.
    pub(super) message: String,
}

impl End {
    /// Why there is no answer; none where the container ended as a probe does that has given one.
    pub(super) fn failure(&self) -> Option<Unmeasured> {
        let Self { exit_code, reason, message } = self;
        let message = || printable(message, MESSAGE_CHARS);
        match (reason.as_str(), exit_code) {
            ("OOMKilled", _) => Some(Unmeasured::OutOfMemory),
            ("StartError" | "ContainerCannotRun", _) => Some(Unmeasured::NotStarted { message: message() }),
            (_, 0) => None,
            (_, 143) => Some(Unmeasured::Terminated),
            (_, 137) => Some(Unmeasured::Killed),
            (_, code) if *code == i32::from(NOT_UNPACKED_EXIT) => Some(Unmeasured::NotStarted { message: message() }),
            (_, code) if *code == i32::from(OTHER_VERSION_EXIT) => Some(Unmeasured::OtherRelease { message: message() }),
            (word, code) => Some(Unmeasured::Exited { code: *code, word: printable(word, MESSAGE_CHARS), message: message() }),
        }
    }
}

impl PodStage {
    pub(super) fn of(pod: &ProbePod) -> Self {
        let Some(status) = &pod.status else { return Self::Unseen };
        // Whoever injects containers puts them before it or behind it.
        Self::of_container(status, &status.container_statuses, CONTAINER)
    }

    /// How far a container has come that was added to a pod.
    pub(super) fn of_ephemeral_container(pod: &ProbePod, name: &str) -> Self {
        let Some(status) = &pod.status else { return Self::Unseen };
        match Self::of_container(status, &status.ephemeral_container_statuses, name) {
            // The pod itself began long ago.
            Self::Starting if !status.ephemeral_container_statuses.iter().any(|container| container.name == name) => Self::Unseen,
            stage => stage,
        }
    }

    fn of_container(status: &Status, containers: &[ContainerStatus], name: &str) -> Self {
        let state = containers.iter().find(|container| container.name == name).map(|container| &container.state);
        if let Some(Terminated { exit_code, reason, message }) = state.and_then(|state| state.terminated.clone()) {
            return Self::Ended(End { exit_code, reason, message });
        }
        if state.is_some_and(|state| state.running.is_some()) {
            return Self::Running;
        }
        if let Some(refusal) = state.and_then(|state| state.waiting.as_ref()).and_then(refusal) {
            return Self::Refused(refusal);
        }
        if status.phase == "Failed" {
            let [word, message] = [&status.reason, &status.message].map(|text| printable(text, MESSAGE_CHARS));
            return Self::Refused(Unmeasured::PodFailed { word, message });
        }
        if status.start_time.is_some() { Self::Starting } else { Self::Unseen }
    }
}

/// Reasons for waiting that do not pass by themselves, or not within a probe's time.
fn refusal(waiting: &Waiting) -> Option<Unmeasured> {
    let message = printable(cause(&waiting.reason, &waiting.message), MESSAGE_CHARS);
    match waiting.reason.as_str() {
        "CreateContainerConfigError" if passes(&waiting.message) => None,
        "ErrImageNeverPull" | "ImageInspectError" => Some(Unmeasured::ImageAbsent { message }),
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "RegistryUnavailable" => Some(Unmeasured::ImageNotPulled { message }),
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" | "CrashLoopBackOff" => {
            Some(Unmeasured::ContainerNotStarted { message })
        }
        _ => None,
    }
}

/// kubelet's message, or its one-word reason where there is none.
fn cause<'a>(reason: &'a str, message: &'a str) -> &'a str {
    if message.is_empty() { reason } else { message }
}

impl ProbePod {
    pub(super) fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// Its addresses; none before kubelet has told of them.
    pub(super) fn addresses(&self) -> Option<Vec<IpAddr>> {
        let addresses: Vec<_> = self.status.as_ref()?.pod_ips.iter().filter_map(|address| address.ip.parse().ok()).collect();
        (!addresses.is_empty()).then_some(addresses)
    }
}

part_of!(Pod, ProbePod);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stage(status: &serde_json::Value) -> PodStage {
        PodStage::of(&serde_json::from_value(json!({ "metadata": { "name": "p" }, "spec": { "any": 1 }, "status": status })).unwrap())
    }

    fn container(state: &serde_json::Value) -> PodStage {
        stage(
            &json!({ "phase": "Pending", "startTime": "now", "containerStatuses": [{ "name": "aaa-proxy", "state": { "running": {} } }, { "name": "probe", "state": state }] }),
        )
    }

    #[test]
    fn each_stage_is_told_from_the_others() {
        assert_eq!(stage(&json!({ "phase": "Pending" })), PodStage::Unseen);
        assert_eq!(stage(&json!({ "phase": "Pending", "startTime": "now" })), PodStage::Starting);
        assert_eq!(container(&json!({ "waiting": { "reason": "ContainerCreating" } })), PodStage::Starting);
        assert_eq!(container(&json!({ "running": { "startedAt": "now" } })), PodStage::Running);
        let ended = container(&json!({ "terminated": { "exitCode": 0, "reason": "Completed", "message": "lbprobe/1" } }));
        assert_eq!(ended, PodStage::Ended(End { exit_code: 0, reason: "Completed".into(), message: "lbprobe/1".into() }));
    }

    #[test]
    fn a_pod_that_cannot_start_says_why() {
        let PodStage::Refused(why) = container(&json!({ "waiting": { "reason": "ErrImagePull", "message": "no such\u{1b}[31m host" } }))
        else {
            panic!("an image that cannot be pulled is refused")
        };
        assert_eq!(why, Unmeasured::ImageNotPulled { message: "no such[31m host".into() });
        let PodStage::Refused(why) =
            stage(&json!({ "phase": "Failed", "reason": "OutOfpods", "message": "Node didn't have enough resource: pods" }))
        else {
            panic!("a pod that kubelet refuses is refused")
        };
        assert!(matches!(why, Unmeasured::PodFailed { word, .. } if word == "OutOfpods"));
        let root = json!({ "reason": "CreateContainerConfigError", "message": "container has runAsNonRoot and image will run as root" });
        assert!(matches!(container(&json!({ "waiting": root })), PodStage::Refused(Unmeasured::ContainerNotStarted { .. })));
    }

    #[test]
    fn a_pod_whose_secret_kubelet_has_not_seen_yet_is_waited_for() {
        let waiting = |message: &str| container(&json!({ "waiting": { "reason": "CreateContainerConfigError", "message": message } }));
        assert_eq!(waiting("failed to sync secret cache: timed out waiting for the condition"), PodStage::Starting);
        let gone = waiting("secret \"lbprobe-1\" not found");
        assert!(matches!(gone, PodStage::Refused(Unmeasured::ContainerNotStarted { .. })), "{gone:?}");
    }

    #[test]
    fn an_end_without_an_answer_tells_what_it_was() {
        let failure = |exit_code, reason: &str, message: &str| End { exit_code, reason: reason.into(), message: message.into() }.failure();
        assert_eq!(failure(137, "OOMKilled", ""), Some(Unmeasured::OutOfMemory));
        let message = "exec: /probe: no such file";
        assert_eq!(failure(128, "StartError", message), Some(Unmeasured::NotStarted { message: message.into() }));
        let message = "the plan is unreadable";
        let exited = Unmeasured::Exited { code: 2, word: "Error".into(), message: message.into() };
        assert_eq!(failure(2, "Error", message), Some(exited));
        let message = "lbprobe-probe: the plan is of version 7, this probe speaks version 6";
        assert_eq!(failure(5, "Error", message), Some(Unmeasured::OtherRelease { message: message.into() }));
        let message = "lbprobe-loader: no space left";
        assert_eq!(failure(4, "Error", message), Some(Unmeasured::NotStarted { message: message.into() }));
        assert_eq!(failure(137, "Error", ""), Some(Unmeasured::Killed));
        assert_eq!(failure(0, "Completed", ""), None);
    }
}
