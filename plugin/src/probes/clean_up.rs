//! Removing what a run created: the pods by batches, until the cluster says that none is left, and their owner last.
//!
//! Pods that have ended go at once. One that runs still goes when its kubelet says that it has ended: a node that does
//! not say so is named, as its probe may go on. A kubelet that was silent before the run, and has said nothing of its pod
//! since, is not waited for.

use std::pin::pin;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::Resource as _;
use kube::api::{DeleteParams, ListParams};
use kube::core::Status;
use lbprobe_analysis::plan::Vantage;
use lbprobe_analysis::shell;
use tokio::time::{Instant, interval, sleep};

use super::build::{BATCHES_IN_FLIGHT, Batches, RUN_LABEL, RunSpec};
use super::job;
use super::live_pods::LivePods;
use super::runner::Runner;
use crate::error::{Access, Error, Request};
use crate::kubernetes::Cluster;
use crate::pause::{self, Phase};

/// How long nothing may move before the removal is asked for again.
const STANDSTILL: Duration = Duration::from_secs(3);

/// How long kubelets may take to say that their pods have ended; and so much more for each of many pods.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_PER_POD: Duration = Duration::from_millis(20);

/// Tries of one request.
const TRIES: u32 = 4;

/// Between two of them.
const PAUSE: Duration = Duration::from_millis(500);

/// Removes the pods and the Job of a run. Returned are the vantages whose pod had to be taken away without its kubelet's
/// word. What is gone already is no failure.
pub(crate) async fn clean_up(runner: &Runner<'_>, pods: &mut LivePods) -> Result<Vec<Vantage>, Error> {
    let gone = match runner.remove_all(pods).await {
        Ok(()) => runner.until_gone(pods).await,
        Err(cause) => Err(cause),
    };
    pause::at(Phase::PodsRemoved).await;
    // With the Job gone the cluster removes by itself what is left of the pods.
    job::remove(runner.cluster, runner.run_spec).await?;
    gone
}

/// The command that finishes a clean-up that failed, in that cluster.
pub(crate) fn remove_command(cluster: &Cluster, run_spec: &RunSpec) -> String {
    let selector = format!("{RUN_LABEL}={}", run_spec.run);
    let words = ["kubectl", "delete", "jobs,pods", "-n", &run_spec.namespace, "-l", &selector];
    let kubeconfig = cluster.kubeconfig.as_ref().map(|path| format!("--kubeconfig={}", path.display()));
    let context = cluster.context.as_ref().map(|context| format!("--context={context}"));
    let flags = kubeconfig.iter().chain(&context).map(String::as_str);
    shell::command(&words.into_iter().chain(flags).collect::<Vec<_>>())
}

impl Runner<'_> {
    /// Removes all batches, and hears of the pods meanwhile: what is not heard until the end delays it.
    async fn remove_all(&self, pods: &mut LivePods) -> Result<(), Error> {
        let batches = Batches::of_pods(self.vantages.len());
        let removals = stream::iter((0..batches.count()).map(|batch| self.remove_batch(batch))).buffer_unordered(BATCHES_IN_FLIGHT);
        let mut removed = pin!(removals.fold(Ok(()), async |all: Result<(), Error>, one| all.and(one)));
        loop {
            tokio::select! {
                biased;
                removed = &mut removed => return removed,
                Some(change) = pods.watch.next() => if pods.note(&self.run_spec.namespace, change).is_err() {
                    return removed.await;
                },
            }
        }
    }

    /// Removes the pods of a batch.
    pub(super) async fn remove_batch(&self, batch: usize) -> Result<(), Error> {
        self.remove(&self.run_spec.batch_selector(batch), &DeleteParams::default()).await
    }

    async fn remove(&self, selector: &str, params: &DeleteParams) -> Result<(), Error> {
        let mut tries = 1;
        loop {
            match delete_collection(self.cluster, &self.run_spec.namespace, selector, params).await {
                Ok(()) => return Ok(()),
                Err(cause @ (Error::Forbidden { .. } | Error::Unauthorized { .. })) => return Err(cause),
                Err(cause) if tries == TRIES => return Err(cause),
                Err(_) => sleep(PAUSE * tries).await,
            }
            tries += 1;
        }
    }

    /// Hears of the pods until none is left; asks again where nothing moves, and takes away without more ado what
    /// does not go. Who may not watch pods any more is not kept waiting.
    async fn until_gone(&self, pods: &mut LivePods) -> Result<Vec<Vantage>, Error> {
        let count = u32::try_from(pods.alive.iter().filter(|alive| **alive).count()).unwrap_or(u32::MAX);
        let (start, patience) = (Instant::now(), PATIENCE + PATIENCE_PER_POD * count);
        let silent_kubelets = self.silent_kubelets();
        let is_silent: Vec<bool> = self.vantages.iter().map(|vantage| silent_kubelets.contains_key(vantage.node.as_str())).collect();
        let (mut moved, mut ticks) = (start, interval(PAUSE));
        loop {
            if !pods.alive.contains(&true) {
                // The watch may not have shown all that a broken-off create made.
                self.recount(pods).await;
                if !pods.alive.contains(&true) {
                    return Ok(Vec::new());
                }
            }
            if !pods.may_yet_end(&is_silent) {
                break;
            }
            tokio::select! {
                biased;
                Some(change) = pods.watch.next() => {
                    if pods.note(&self.run_spec.namespace, change).is_err() {
                        return Ok(Vec::new());
                    }
                    moved = Instant::now();
                }
                _ = ticks.tick() => {
                    if start.elapsed() > patience {
                        break;
                    }
                    if moved.elapsed() > STANDSTILL {
                        self.remove(&self.run_spec.selector(), &DeleteParams::default()).await?;
                        // A watch that was cut may not have told of all that went.
                        self.recount(pods).await;
                        moved = Instant::now();
                    }
                }
            }
        }
        self.take_away(pods).await
    }

    /// Takes away what does not go, without its kubelet's word. Returned are the vantages of these pods.
    async fn take_away(&self, pods: &LivePods) -> Result<Vec<Vantage>, Error> {
        let has_pod = |index: usize| pods.alive.iter().skip(index).step_by(pods.vantages).any(|alive| *alive);
        let left: Vec<_> = (0..self.vantages.len()).filter(|index| has_pod(*index)).map(|index| self.vantages[index].clone()).collect();
        if !left.is_empty() {
            let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
            self.remove(&self.run_spec.selector(), &at_once).await?;
        }
        Ok(left)
    }
}

impl LivePods {
    /// Whether a pod is left whose kubelet may yet say that it has ended. Those that were silent before the run are
    /// given by vantage.
    fn may_yet_end(&self, is_silent: &[bool]) -> bool {
        let pods = self.alive.iter().zip(&self.picked_up).zip(is_silent.iter().cycle());
        pods.into_iter().any(|((alive, picked_up), is_silent)| *alive && (*picked_up || !is_silent))
    }
}

/// One deletecollection of pods. Its answer names every pod that went, whole, and is not read.
async fn delete_collection(cluster: &Cluster, namespace: &str, selector: &str, params: &DeleteParams) -> Result<(), Error> {
    let path = Pod::url_path(&(), Some(namespace));
    let request = kube::core::Request::new(path).delete_collection(params, &ListParams::default().labels(selector));
    let access = Access { verb: "deletecollection", resource: "pods" };
    let sent = async {
        let request = request.map_err(kube::Error::BuildRequest)?;
        let response = cluster.client.send(request.map(Into::into)).await?;
        if response.status().is_success() {
            return Ok(());
        }
        let (parts, body) = response.into_parts();
        let words = body.collect_bytes().await?;
        let reason = parts.status.canonical_reason().unwrap_or("refused");
        let status = serde_json::from_slice(&words).unwrap_or_else(|_| Status::failure(reason, reason).with_code(parts.status.as_u16()));
        Err(kube::Error::Api(Box::new(status)))
    };
    cluster.request(Request::RemoveProbes, access, sent).await
}
