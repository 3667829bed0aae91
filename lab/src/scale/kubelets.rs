//! The kubelets of all fake nodes, in one process: for probe pods only.

use std::collections::HashSet;
use std::future::ready;
use std::path::Path;
use std::time::Duration;
use std::vec;

use futures::StreamExt as _;
use futures::channel::mpsc;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ApiResource;
use kube::runtime::watcher::Event;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::error::LabError;
use crate::inside::client;
use crate::scale::fake_pod::{End, FakePod, WatchedPod};
use crate::scale::{RUN_SELECTOR, course, unread};

/// Requests in flight. Thousands of real kubelets would have more, and the API server would be as busy with fewer.
const IN_FLIGHT: usize = 16;

/// How often a request is made that the server does not take.
const TRIES: usize = 10;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Runs until it is killed.
pub async fn run(kubeconfig: &Path) -> Result<(), LabError> {
    let client = client::client(kubeconfig).await?;
    let pods: Api<WatchedPod> = Api::all_with(client.clone(), &ApiResource::erase::<Pod>(&()));
    let (todo, tasks) = mpsc::unbounded();
    tokio::spawn(hear(pods, todo.clone()));
    let next = tasks.map(|task| perform(&client, task)).buffer_unordered(IN_FLIGHT);
    next.for_each(|next| {
        if let Some(task) = next {
            // The receiver is here, and lives as long.
            let _ = todo.unbounded_send(task);
        }
        ready(())
    })
    .await;
    Ok(())
}

/// What is to be done for a pod.
#[derive(Debug)]
enum Task {
    /// It is new.
    TakeUp(FakePod),
    /// There is more to report of it.
    Report(FakePod, vec::IntoIter<Value>),
    /// Somebody removes it.
    ConfirmEnd(FakePod),
}

async fn hear(pods: Api<WatchedPod>, todo: mpsc::UnboundedSender<Task>) {
    let mut known = Known::default();
    let changes = watcher(pods, watcher::Config::default().labels(RUN_SELECTOR)).default_backoff();
    changes
        .for_each(|change| {
            match change {
                Ok(event) => {
                    if let Some(task) = known.hear(event) {
                        let _ = todo.unbounded_send(task);
                    }
                }
                Err(cause) => eprintln!("failed to watch pods: {cause}"),
            }
            ready(())
        })
        .await;
}

/// The pods whose task was begun, by uid: a watch says things twice.
#[derive(Debug, Default)]
struct Known {
    taken_up: HashSet<String>,
    leaving: HashSet<String>,
}

impl Known {
    fn hear(&mut self, event: Event<WatchedPod>) -> Option<Task> {
        match event {
            Event::Apply(pod) | Event::InitApply(pod) => {
                let is_leaving = pod.metadata.deletion_timestamp.is_some();
                let pod = FakePod::of(pod)?;
                if is_leaving {
                    self.leaving.insert(pod.uid.clone()).then_some(Task::ConfirmEnd(pod))
                } else if pod.is_new() && self.taken_up.insert(pod.uid.clone()) {
                    Some(Task::TakeUp(pod))
                } else {
                    None
                }
            }
            Event::Delete(pod) => {
                let uid = pod.metadata.uid.unwrap_or_default();
                self.taken_up.remove(&uid);
                self.leaving.remove(&uid);
                None
            }
            Event::Init | Event::InitDone => None,
        }
    }
}

/// Does the task's first step; what is left of it is the answer.
async fn perform(client: &Client, task: Task) -> Option<Task> {
    match task {
        Task::TakeUp(pod) => {
            let statuses = course::of(&pod).into_iter();
            report(client, pod, statuses).await
        }
        Task::Report(pod, statuses) => report(client, pod, statuses).await,
        Task::ConfirmEnd(pod) => {
            confirm_end(client, &pod).await;
            None
        }
    }
}

async fn report(client: &Client, pod: FakePod, mut statuses: vec::IntoIter<Value>) -> Option<Task> {
    let status = statuses.next()?;
    let is_taken = write_status(client, &pod, &status).await;
    (is_taken && !statuses.as_slice().is_empty()).then_some(Task::Report(pod, statuses))
}

/// As a kubelet: the container's end first, then the pod's.
async fn confirm_end(client: &Client, pod: &FakePod) {
    if pod.is_running() {
        let killed = End { exit_code: 143, reason: "Error", message: String::new() };
        write_status(client, pod, &pod.ended(&killed)).await;
    }
    insist(pod, || unread::confirm_end(client, &pod.namespace, &pod.name, &pod.uid)).await;
}

async fn write_status(client: &Client, pod: &FakePod, status: &Value) -> bool {
    // The uid is compared: a pod of the same name is another one.
    let patch = json!({ "metadata": { "uid": pod.uid }, "status": status });
    insist(pod, || unread::patch_status::<Pod>(client, &pod.namespace, &pod.name, &patch)).await
}

/// Makes a request until the server takes it; whether it did. It never does where the pod is gone.
async fn insist<F: Future<Output = kube::Result<()>>>(pod: &FakePod, request: impl Fn() -> F) -> bool {
    for _ in 0..TRIES {
        match request().await {
            Ok(()) => return true,
            Err(kube::Error::Api(status)) if status.code == 404 => return false,
            Err(cause) => eprintln!("failed to report of {}: {cause}", pod.name),
        }
        sleep(PAUSE).await;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(phase: &str, leaving: Option<&str>) -> WatchedPod {
        let metadata = json!({ "namespace": "probes", "name": "p", "uid": "u", "deletionTimestamp": leaving });
        let spec = json!({ "nodeName": "fake-00001", "containers": [{ "name": "probe" }] });
        serde_json::from_value(json!({ "metadata": metadata, "spec": spec, "status": { "phase": phase } })).unwrap()
    }

    #[test]
    fn a_new_pod_is_taken_up_once() {
        let mut known = Known::default();
        assert!(matches!(known.hear(Event::Apply(pod("Pending", None))), Some(Task::TakeUp(_))));
        assert!(known.hear(Event::Apply(pod("Pending", None))).is_none());
        assert!(known.hear(Event::Apply(pod("Running", None))).is_none());
        assert!(known.hear(Event::Delete(pod("Running", None))).is_none());
        assert!(matches!(known.hear(Event::Apply(pod("Pending", None))), Some(Task::TakeUp(_))));
    }

    #[test]
    fn the_end_of_a_pod_that_somebody_removes_is_confirmed_once() {
        let mut known = Known::default();
        let leaving = || pod("Running", Some("2026-01-01T00:00:00Z"));
        assert!(matches!(known.hear(Event::InitApply(leaving())), Some(Task::ConfirmEnd(pod)) if pod.is_running()));
        assert!(known.hear(Event::Apply(leaving())).is_none());
    }
}
