//! What Events of type Warning say of a run's pods.

use std::collections::HashMap;

use k8s_openapi::api::core::v1::Event;
use kube::ResourceExt as _;
use kube::api::WatchEvent;

use super::build::PodNumber;

/// In what kubelet says of a pod where its own view of a `ConfigMap` or Secret comes late, on a slow link or a busy machine.
const PASSING: [&str; 2] = ["failed to sync configmap cache", "failed to sync secret cache"];

/// Whether kubelet itself tries again what it says here, and succeeds as a rule.
pub(super) fn passes(message: &str) -> bool {
    PASSING.iter().any(|passing| message.contains(passing))
}

/// The pod that an Event is about, by its name, and what it says; nothing of other objects, and of what passes.
pub(super) fn warning(numbers: &HashMap<String, PodNumber>, event: WatchEvent<Event>) -> Option<(PodNumber, String)> {
    let (WatchEvent::Added(event) | WatchEvent::Modified(event)) = event else { return None };
    let number = *numbers.get(event.involved_object.name.as_ref()?)?;
    let reason = event.reason.clone().unwrap_or_else(|| event.name_any());
    let message = event.message.unwrap_or_default();
    (!passes(&message)).then(|| (number, format!("{reason}: {message}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_that_comes_late_is_no_warning() {
        let numbers = HashMap::from([("lbprobe-1-0".to_owned(), PodNumber::first(0))]);
        let said = |pod: &str, message: &str| {
            let event = serde_json::json!({
                "metadata": {}, "reason": "FailedMount", "message": message, "involvedObject": { "kind": "Pod", "name": pod },
            });
            warning(&numbers, WatchEvent::Added(serde_json::from_value(event).unwrap())).map(|(_, said)| said)
        };
        let gone = "MountVolume.SetUp failed for volume \"probe\" : configmap \"lbprobe-1\" not found";
        assert_eq!(said("lbprobe-1-0", gone), Some(format!("FailedMount: {gone}")));
        let late = "MountVolume.SetUp failed for volume \"probe\" : failed to sync configmap cache: timed out waiting for the condition";
        assert_eq!(said("lbprobe-1-0", late), None);
        assert_eq!(said("lbprobe-1-0", "Error: failed to sync secret cache: timed out waiting for the condition"), None);
        assert_eq!(said("other", gone), None);
    }
}
