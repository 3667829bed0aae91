//! Removing what a run created: one deletecollection for the pods, one delete for their owner.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, ListParams};

use super::build::{Blueprint, RUN_LABEL};
use crate::cluster::{Cluster, or_nothing};
use crate::error::{Access, Error};

/// Removes the pods and the Job of a run. What is gone already is no failure.
pub(crate) async fn clean_up(cluster: &Cluster, blueprint: &Blueprint) -> Result<(), Error> {
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &blueprint.namespace);
    let jobs: Api<Job> = Api::namespaced(cluster.client.clone(), &blueprint.namespace);
    let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::background() };
    let (selector, job) = (ListParams::default().labels(&blueprint.selector()), blueprint.job_name());
    let (pods, job) = tokio::join!(
        cluster.request(
            "remove the probe pods",
            Access { verb: "deletecollection", resource: "pods" },
            pods.delete_collection(&at_once, &selector)
        ),
        cluster.request("remove the run's Job", Access { verb: "delete", resource: "jobs" }, async {
            or_nothing(jobs.delete(&job, &DeleteParams::background()).await.map(drop))
        }),
    );
    // The Job first: with it gone the cluster removes the pods by itself.
    job.and(pods.map(drop))
}

/// The command that finishes a clean-up that failed.
pub(crate) fn remove_command(blueprint: &Blueprint) -> String {
    format!("kubectl delete jobs,pods -n {} -l {RUN_LABEL}={}", blueprint.namespace, blueprint.run)
}
