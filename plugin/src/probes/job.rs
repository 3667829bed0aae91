//! The Job that owns a run: made first, kept alive by signs of life of this program, removed last.

use std::convert::Infallible;
use std::time::Duration;

use futures::future::try_join_all;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use lbprobe_analysis::text::messages::Message;
use lbprobe_analysis::words::printable;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::build::RunSpec;
use super::creation::{self, Created};
use super::status::MESSAGE_CHARS;
use crate::error::{Access, Error, Refusal, Request};
use crate::kubernetes::{Cluster, or_nothing};
use crate::terminal::say;

/// Signs of life in the time of one deadline: some may be lost, and the program may be stopped for a while.
const BEATS: u32 = 6;

/// A Job, and when it was made.
pub(crate) struct RunJob {
    pub(super) job: Job,
    since: Instant,
}

fn api(cluster: &Cluster, run_spec: &RunSpec) -> Api<Job> {
    Api::namespaced(cluster.client.clone(), &run_spec.namespace)
}

/// Makes the Job. One that comes back suspended has no deadline: it is taken away again.
pub(crate) async fn create(cluster: &Cluster, run_spec: &RunSpec) -> Result<RunJob, Error> {
    let (api, wanted) = (api(cluster, run_spec), run_spec.job());
    let access = Access { verb: "create", resource: "jobs" };
    let what = Request::CreateJob { namespace: &run_spec.namespace };
    let since = Instant::now();
    let created = creation::insist(async || {
        let params = PostParams::default();
        cluster.request(what, access, api.create(&params, &wanted)).await
    })
    .await;
    let job = match created {
        Ok(Created::Now(job)) => job,
        // It was made by a try whose answer was lost: a change of nothing tells its uid.
        Ok(Created::Before) => extend(cluster, run_spec, run_spec.limits.deadline).await?,
        Err(cause) => return Err(not_created_by(cluster, run_spec, cause).await),
    };
    if is_suspended(&job) {
        remove(cluster, run_spec).await?;
        return Err(Error::Suspended { namespace: run_spec.namespace.clone() });
    }
    Ok(RunJob { job, since })
}

/// Whether something suspended it as it came, as Kueue does.
pub(super) fn is_suspended(job: &Job) -> bool {
    job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true)
}

/// Why it was not created, in more words.
pub(super) async fn not_created_by(cluster: &Cluster, run_spec: &RunSpec, cause: Error) -> Error {
    creation::explained(cluster, cause, "jobs", &run_spec.namespace, not_created).await
}

fn not_created(namespace: &str, message: &str) -> Error {
    Error::NoJob { namespace: namespace.to_owned(), message: printable(message, MESSAGE_CHARS), why: Refusal::of(message) }
}

/// Makes what carries the probe to the nodes, where that is not its image. The Job owns it, and takes it along at its end.
pub(crate) async fn create_config_maps(cluster: &Cluster, run_spec: &RunSpec, job: &RunJob) -> Result<(), Error> {
    let api: Api<ConfigMap> = Api::namespaced(cluster.client.clone(), &run_spec.namespace);
    let access = Access { verb: "create", resource: "configmaps" };
    let what = Request::CreateConfigMap { namespace: &run_spec.namespace };
    let maps = run_spec.config_maps(&job.job);
    let creations = maps.iter().map(|map| {
        creation::insist(async || {
            let params = PostParams::default();
            cluster.request(what, access, api.create(&params, map)).await.map(drop)
        })
    });
    match try_join_all(creations).await {
        Ok(_) => Ok(()),
        Err(cause) => Err(creation::explained(cluster, cause, "configmaps", &run_spec.namespace, map_not_created).await),
    }
}

/// Why a ConfigMap was not created, from the server's message.
pub(super) fn map_not_created(namespace: &str, message: &str) -> Error {
    Error::NoConfigMap { namespace: namespace.to_owned(), message: printable(message, MESSAGE_CHARS), why: Refusal::of(message) }
}

/// Makes what brings the client certificate to the probes. The Job takes it along as well.
pub(crate) async fn create_secret(cluster: &Cluster, run_spec: &RunSpec, job: &RunJob) -> Result<(), Error> {
    let Some(secret) = run_spec.secret(Some(&job.job)) else { return Ok(()) };
    let params = PostParams::default();
    match creation::insist(async || try_secret(cluster, run_spec, &params, &secret).await).await {
        Ok(_) => Ok(()),
        Err(cause) => Err(secret_not_created_by(cluster, run_spec, cause).await),
    }
}

/// One try, by parameters that may be those of a dry run.
pub(super) async fn try_secret(cluster: &Cluster, run_spec: &RunSpec, params: &PostParams, secret: &Secret) -> Result<(), Error> {
    let api: Api<Secret> = Api::namespaced(cluster.client.clone(), &run_spec.namespace);
    let access = Access { verb: "create", resource: "secrets" };
    let what = Request::CreateSecret { namespace: &run_spec.namespace };
    cluster.request(what, access, api.create(params, secret)).await.map(drop)
}

/// Why the Secret was not created, in more words.
pub(super) async fn secret_not_created_by(cluster: &Cluster, run_spec: &RunSpec, cause: Error) -> Error {
    creation::explained(cluster, cause, "secrets", &run_spec.namespace, |namespace, message| Error::NoSecret {
        namespace: namespace.to_owned(),
        message: printable(message, MESSAGE_CHARS),
        why: Refusal::of(message),
    })
    .await
}

/// Lets the deadline be so long from the Job's beginning.
async fn extend(cluster: &Cluster, run_spec: &RunSpec, deadline: Duration) -> Result<Job, Error> {
    let patch = Patch::Merge(json!({ "spec": { "activeDeadlineSeconds": deadline.as_secs() } }));
    let access = Access { verb: "patch", resource: "jobs" };
    let what = Request::ExtendJob { namespace: &run_spec.namespace };
    cluster.request(what, access, api(cluster, run_spec).patch(&run_spec.job_name(), &PatchParams::default(), &patch)).await
}

/// Puts the deadline off again and again, until it is dropped. Who may not do that is told when everything ends.
pub(crate) async fn keep_alive(cluster: &Cluster, run_spec: &RunSpec, job: &RunJob) -> Infallible {
    loop {
        sleep(run_spec.limits.deadline / BEATS).await;
        let until = job.since.elapsed() + run_spec.limits.deadline;
        // A request that hangs is no reason to miss the next ones.
        let extended = tokio::time::timeout(run_spec.limits.deadline / BEATS, extend(cluster, run_spec, until)).await;
        if let Ok(Err(cause @ Error::Forbidden { .. })) = extended {
            let seconds = run_spec.limits.deadline.as_secs();
            say(Message::DeadlineFixed { cause: &cause.to_string(), seconds });
            say(Message::DeadlineHint);
            return std::future::pending().await;
        }
    }
}

/// Takes the Job away. What is gone already is no failure.
pub(super) async fn remove(cluster: &Cluster, run_spec: &RunSpec) -> Result<(), Error> {
    let api = api(cluster, run_spec);
    let name = run_spec.job_name();
    let access = Access { verb: "delete", resource: "jobs" };
    let request = async { or_nothing(api.delete(&name, &DeleteParams::background()).await.map(drop)) };
    cluster.request(Request::RemoveJob, access, request).await
}
