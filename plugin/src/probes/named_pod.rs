//! The probe in pods that the user named: an ephemeral container in each, in the pod's own network namespace, with its hosts
//! file and behind its sidecar. It ends by itself; from the pod's spec nobody can remove it.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::{self, FuturesUnordered, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{Patch, PatchParams, WatchEvent, WatchParams};
use lbprobe_analysis::facts::NamedPod;
use lbprobe_analysis::observations::{ProbeResult, Unmeasured};
use lbprobe_analysis::shell::quoted;
use lbprobe_analysis::words::printable;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::answers::follow_log;
use super::build::RunSpec;
use super::result_channel::ResultChannel;
use super::run_state::not_started;
use super::state::{Action, PodState};
use super::status::{MESSAGE_CHARS, PodStage, ProbePod};
use crate::error::{Access, Error, Refusal, Request};
use crate::kubernetes::{Cluster, watch};

/// Pods that are probed at a time.
const IN_FLIGHT: usize = 10;

/// What the pods gave, in their order.
pub(crate) async fn observe(cluster: &Cluster, run_spec: &RunSpec, pods: &[NamedPod]) -> Vec<ProbeResult> {
    stream::iter(pods.iter().map(|pod| NamedPodProbe { cluster, run_spec, pod }.run())).buffered(IN_FLIGHT).collect().await
}

/// One pod.
struct NamedPodProbe<'a> {
    cluster: &'a Cluster,
    run_spec: &'a RunSpec,
    pod: &'a NamedPod,
}

impl NamedPodProbe<'_> {
    async fn run(self) -> ProbeResult {
        match self.add_container().await {
            Ok(()) => self.answer().await,
            Err(cause) if is_of_another_pod(&cause) => ProbeResult::Nothing(Unmeasured::PodRemoved),
            Err(cause) => {
                let message = printable(&cause.to_string(), MESSAGE_CHARS);
                ProbeResult::Nothing(Unmeasured::Other { message, hint: hint(&cause, &self.pod.namespace) })
            }
        }
    }

    fn api<K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>>(&self) -> Api<K>
    where
        K::DynamicType: Default,
    {
        Api::namespaced(self.cluster.client.clone(), &self.pod.namespace)
    }

    async fn add_container(&self) -> Result<(), Error> {
        let NamedPod { namespace, name, uid, .. } = self.pod;
        // The server refuses it where the pod was replaced by another of its name, as a StatefulSet does.
        let metadata = uid.as_ref().map_or_else(|| json!({}), |uid| json!({ "uid": uid }));
        let patch = json!({ "metadata": metadata, "spec": { "ephemeralContainers": [self.run_spec.ephemeral_container()] } });
        let api: Api<Pod> = self.api();
        let access = Access { verb: "patch", resource: "pods/ephemeralcontainers" };
        let (params, patch) = (PatchParams::default(), Patch::Strategic(patch));
        let added = api.patch_ephemeral_containers(name, &params, &patch);
        self.cluster.request(Request::AddContainer { namespace, name }, access, added).await.map(drop)
    }

    /// Follows the container to its answer. As for other probes, the log is believed first.
    async fn answer(&self) -> ProbeResult {
        let container = self.run_spec.ephemeral_container_name();
        let plan = self.run_spec.plans.of_named_pod();
        let api: Api<Pod> = self.api();
        let by_name = WatchParams::default().fields(&format!("metadata.name={}", self.pod.name));
        let mut changes = watch::<ProbePod>(self.api(), by_name);
        let mut logs: FuturesUnordered<BoxFuture<'_, String>> = FuturesUnordered::new();
        let (begun, mut state) = (Instant::now(), PodState::Creating);
        state.created(Duration::ZERO);
        let (start, answer) = (self.run_spec.limits.start, self.run_spec.answer_limit());
        let mut late = begun + start;
        loop {
            let action = tokio::select! {
                Some(text) = logs.next() => state.log_read(&text, plan),
                Some(change) = changes.next() => {
                    let reached = stage(change, &container);
                    if matches!(state, PodState::Starting(_)) && matches!(reached, PodStage::Running | PodStage::Ended(_)) {
                        late = Instant::now() + answer;
                    }
                    state.reached(reached, ResultChannel::Logs, plan, begun.elapsed())
                }
                () = sleep_until(late) => {
                    if matches!(state, PodState::Starting(_)) {
                        state.give_up(not_started(start));
                    } else {
                        state.overdue(answer);
                    }
                    None
                }
            };
            if action == Some(Action::ReadLog) {
                logs.push(follow_log(&api, (&self.pod.name, &container), plan, answer).boxed());
            }
            if let PodState::Done(seen) = state {
                return seen;
            }
        }
    }
}

/// Whether the server refused another uid: it takes the one in a patch for a change, which is none that it allows.
fn is_of_another_pod(cause: &Error) -> bool {
    matches!(cause, Error::Api { message, code: Some(422), .. } if message.contains("metadata.uid"))
}

/// What helps where the server takes no container. The pod is in its namespace, and no other has other rules for it.
fn hint(cause: &Error, namespace: &str) -> Option<String> {
    let (Error::Forbidden { message, .. } | Error::Api { message, .. }) = cause else { return cause.hint() };
    match Refusal::of(message) {
        Refusal::Rbac => Some(rights_hint(namespace)),
        webhook @ Refusal::WebhookDown(_) => Some(webhook.hint("pods/ephemeralcontainers", namespace)),
        _ => None,
    }
}

fn rights_hint(namespace: &str) -> String {
    format!("kubectl auth can-i patch pods/ephemeralcontainers -n {}; manifests/rbac.yaml: lbprobe-from", quoted(namespace))
}

/// How far the container has come, by a change of its pod.
fn stage(change: kube::Result<WatchEvent<ProbePod>>, container: &str) -> PodStage {
    match change {
        Ok(WatchEvent::Added(pod) | WatchEvent::Modified(pod)) => PodStage::of_ephemeral_container(&pod, container),
        Ok(WatchEvent::Deleted(_)) => PodStage::Refused(Unmeasured::PodRemoved),
        Ok(_) => PodStage::Unseen,
        Err(cause) => {
            let message = printable(&cause.to_string(), MESSAGE_CHARS);
            PodStage::Refused(Unmeasured::Other { message, hint: Some("kubectl auth can-i watch pods".into()) })
        }
    }
}
