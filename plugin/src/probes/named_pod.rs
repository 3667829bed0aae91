//! The probe in pods that the user named: an ephemeral container in each, in the pod's own network namespace, with its hosts
//! file and behind its sidecar. It ends by itself; from the pod's spec nobody can remove it.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _, OptionFuture};
use futures::stream::{self, FuturesUnordered, StreamExt as _};
use k8s_openapi::api::core::v1::{EphemeralContainer, Pod};
use kube::Api;
use kube::api::{Patch, PatchParams, WatchEvent, WatchParams};
use lbprobe_analysis::facts::{NamedPod, PodDelivery, ShellImage};
use lbprobe_analysis::observations::{ProbeResult, Unmeasured};
use lbprobe_analysis::shell::quoted;
use lbprobe_analysis::words::printable;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::answers::follow_log;
use super::build::{PodProgram, RunSpec};
use super::carried::{CarriedProbe, carried_probe};
use super::result_channel::ResultChannel;
use super::run_state::not_started;
use super::sent;
use super::state::{Action, PodState};
use super::status::{MESSAGE_CHARS, PodStage, ProbePod};
use crate::error::{Access, Error, Refusal, Request};
use crate::kubernetes::{Cluster, watch};

/// How many times as long a container may take to start behind one whose image does not come: kubelet does one thing at a time in a pod,
/// and a pull from a registry that does not answer takes long to fail.
const BEHIND_A_PULL: u32 = 3;

/// How long the container itself may take to say why it took nothing.
const OWN_REASON: Duration = Duration::from_secs(5);

/// The right to add a container.
const ADD: Access = Access { verb: "patch", resource: "pods/ephemeralcontainers" };

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
        let start = self.run_spec.limits.start;
        match &self.pod.delivery {
            PodDelivery::Image => self.with_program(&Brought::Image, start).await,
            PodDelivery::Sent(shell) => self.with_program(&brought(shell), start).await,
            // The nodes have just found that the image does not come.
            PodDelivery::ImageOrSent(shell) if self.run_spec.delivery.as_carried().is_some() => {
                self.with_program(&brought(shell), start * BEHIND_A_PULL).await
            }
            PodDelivery::ImageOrSent(shell) => match self.with_program(&Brought::Image, start).await {
                ProbeResult::Nothing(why) if is_about_image(&why) => self.with_program(&brought(shell), start * BEHIND_A_PULL).await,
                seen => seen,
            },
        }
    }

    async fn with_program(&self, brought: &Brought<'_>, start: Duration) -> ProbeResult {
        let container = self.run_spec.ephemeral_container(brought.as_program());
        match self.add_container(&container).await {
            Ok(()) => brought.explained(self.answer(&container.name, brought, start).await),
            Err(cause) if is_of_another_pod(&cause) => ProbeResult::Nothing(Unmeasured::PodRemoved),
            Err(cause) => ProbeResult::Nothing(self.failed(&cause)),
        }
    }

    fn failed(&self, cause: &Error) -> Unmeasured {
        Unmeasured::Other { message: printable(&cause.to_string(), MESSAGE_CHARS), hint: hint(cause, &self.pod.namespace) }
    }

    fn api<K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>>(&self) -> Api<K>
    where
        K::DynamicType: Default,
    {
        Api::namespaced(self.cluster.client.clone(), &self.pod.namespace)
    }

    async fn add_container(&self, container: &EphemeralContainer) -> Result<(), Error> {
        let NamedPod { namespace, name, uid, .. } = self.pod;
        // The server refuses it where the pod was replaced by another of its name, as a StatefulSet does.
        let metadata = uid.as_ref().map_or_else(|| json!({}), |uid| json!({ "uid": uid }));
        let patch = json!({ "metadata": metadata, "spec": { "ephemeralContainers": [container] } });
        let api: Api<Pod> = self.api();
        let (params, patch) = (PatchParams::default(), Patch::Strategic(patch));
        let added = api.patch_ephemeral_containers(name, &params, &patch);
        self.cluster.request(Request::AddContainer { namespace, name }, ADD, added).await.map(drop)
    }

    /// Follows the container to its answer. As for other probes, the log is believed first.
    async fn answer(&self, container: &str, brought: &Brought<'_>, start: Duration) -> ProbeResult {
        let plan = self.run_spec.plans.of_named_pod();
        let api: Api<Pod> = self.api();
        let by_name = WatchParams::default().fields(&format!("metadata.name={}", self.pod.name));
        let mut changes = watch::<ProbePod>(self.api(), by_name);
        let mut logs: FuturesUnordered<BoxFuture<'_, String>> = FuturesUnordered::new();
        let mut sending: OptionFuture<BoxFuture<'_, Result<(), Error>>> = None.into();
        let (begun, mut state) = (Instant::now(), PodState::Creating);
        state.created(Duration::ZERO);
        let answer = self.run_spec.answer_limit() + brought.takes();
        let mut late = begun + start;
        let mut not_sent = None;
        loop {
            let action = tokio::select! {
                Some(text) = logs.next() => state.log_read(&text, plan),
                Some(sent) = &mut sending => {
                    sending = None.into();
                    match sent {
                        Err(cause @ Error::Forbidden { .. }) => state.give_up(self.failed(&cause)),
                        Err(cause) => {
                            not_sent = Some(self.failed(&cause));
                            late = late.min(Instant::now() + OWN_REASON);
                        }
                        Ok(()) => {}
                    }
                    None
                }
                Some(change) = changes.next() => {
                    let reached = stage(change, container);
                    if matches!(state, PodState::Starting(_)) && matches!(reached, PodStage::Running | PodStage::Ended(_)) {
                        late = Instant::now() + answer;
                        sending = brought.program(&reached).map(|program| sent::send(self.cluster, self.pod, container, program).boxed()).into();
                    }
                    state.reached(reached, ResultChannel::Logs, plan, begun.elapsed())
                }
                () = sleep_until(late) => {
                    match not_sent.take() {
                        Some(why) => state.give_up(why),
                        None if matches!(state, PodState::Starting(_)) => state.give_up(not_started(start)),
                        None => state.overdue(answer),
                    }
                    None
                }
            };
            if action == Some(Action::ReadLog) {
                logs.push(follow_log(&api, (&self.pod.name, container), plan, answer).boxed());
            }
            if let PodState::Done(seen) = state {
                return seen;
            }
        }
    }
}

/// How the probe comes into a container.
enum Brought<'a> {
    /// In its image.
    Image,
    /// To the shell of this image: these bytes.
    Sent { image: &'a str, program: Vec<u8> },
}

impl Brought<'_> {
    fn as_program(&self) -> PodProgram<'_> {
        match self {
            Self::Image => PodProgram::Image,
            Self::Sent { image, program } => PodProgram::Sent { image, bytes: program.len() },
        }
    }

    /// What is sent to the container once it runs.
    fn program(&self, stage: &PodStage) -> Option<&[u8]> {
        match self {
            Self::Sent { program, .. } if *stage == PodStage::Running => Some(program),
            Self::Image | Self::Sent { .. } => None,
        }
    }

    /// What there is, in the light of what was to start.
    fn explained(&self, seen: ProbeResult) -> ProbeResult {
        match (self, seen) {
            (
                Self::Sent { image, .. },
                ProbeResult::Nothing(Unmeasured::ContainerNotStarted { message } | Unmeasured::NotStarted { message }),
            ) => ProbeResult::Nothing(Unmeasured::ShellNotStarted { image: (*image).to_owned(), message }),
            (_, seen) => seen,
        }
    }

    /// What that may take.
    fn takes(&self) -> Duration {
        match self {
            Self::Image => Duration::ZERO,
            Self::Sent { .. } => sent::SENDING,
        }
    }
}

/// The program for a shell. Of an architecture without one no pod has this delivery.
fn brought(shell: &ShellImage) -> Brought<'_> {
    let program = carried_probe(&shell.architecture).map(CarriedProbe::as_one_file).unwrap_or_default();
    Brought::Sent { image: &shell.image, program }
}

/// Whether a container did not run for want of its image: then the program may be sent. One that only has not started yet still may.
fn is_about_image(why: &Unmeasured) -> bool {
    matches!(why, Unmeasured::ImageAbsent { .. } | Unmeasured::ImageNotPulled { .. })
}

/// Whether the server refused another uid: it takes the one in a patch for a change, which is none that it allows.
fn is_of_another_pod(cause: &Error) -> bool {
    matches!(cause, Error::Api { message, code: Some(422), .. } if message.contains("metadata.uid"))
}

/// What helps where the server takes no container, or nothing that is sent to it. The pod is in its namespace, and no other has other rules
/// for it.
fn hint(cause: &Error, namespace: &str) -> Option<String> {
    let (message, access) = match cause {
        // Of what the server said there is only its status.
        Error::Forbidden { can: Some(sent::ACCESS), .. } => {
            let get = Access { verb: "get", ..sent::ACCESS };
            return Some(format!("{}; {}", can_i(get, namespace), rights_hint(sent::ACCESS, namespace)));
        }
        Error::Forbidden { message, can: Some(access), .. } => (message, *access),
        Error::Api { message, .. } => (message, ADD),
        _ => return cause.hint(),
    };
    match Refusal::of(message) {
        Refusal::Rbac => Some(rights_hint(access, namespace)),
        webhook @ Refusal::WebhookDown(_) => Some(webhook.hint(access.resource, namespace)),
        _ => None,
    }
}

fn rights_hint(access: Access, namespace: &str) -> String {
    format!("{}; manifests/rbac.yaml: lbprobe-from", can_i(access, namespace))
}

fn can_i(Access { verb, resource }: Access, namespace: &str) -> String {
    format!("kubectl auth can-i {verb} {resource} -n {}", quoted(namespace))
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
