//! What runs have left, by the labels that all of them carry.

use futures::StreamExt as _;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt as _};

use super::build::RUN_LABEL;
use crate::error::{Access, Error, Request};
use crate::kubernetes::{Cluster, or_nothing};

/// An object of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftOver {
    kind: Kind,
    pub(crate) namespace: String,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Job,
    Pod,
}

impl LeftOver {
    /// Kind and name, as kubectl takes them.
    pub(crate) fn object(&self) -> String {
        format!("{}/{}", self.kind.as_str(), self.name)
    }
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Pod => "pod",
        }
    }
}

/// The Jobs and pods of all runs in a namespace, or in all.
pub(crate) async fn left_over(cluster: &Cluster, namespace: Option<&str>) -> Result<Vec<LeftOver>, Error> {
    let (jobs, pods): (Api<Job>, Api<Pod>) = match namespace {
        Some(name) => (Api::namespaced(cluster.client.clone(), name), Api::namespaced(cluster.client.clone(), name)),
        None => (Api::all(cluster.client.clone()), Api::all(cluster.client.clone())),
    };
    let of_runs = ListParams::default().labels(&format!("app.kubernetes.io/name=lbprobe,{RUN_LABEL}"));
    let access = |resource| Access { verb: "list", resource };
    let (jobs, pods) = tokio::try_join!(
        cluster.request(Request::List("jobs"), access("jobs"), jobs.list_metadata(&of_runs)),
        cluster.request(Request::List("pods"), access("pods"), pods.list_metadata(&of_runs)),
    )?;
    let left = |kind, namespace: Option<String>, name| LeftOver { kind, namespace: namespace.unwrap_or_default(), name };
    let jobs = jobs.items.iter().map(|job| left(Kind::Job, job.namespace(), job.name_any()));
    Ok(jobs.chain(pods.items.iter().map(|pod| left(Kind::Pod, pod.namespace(), pod.name_any()))).collect())
}

/// Objects that are removed at a time.
const IN_FLIGHT: usize = 20;

/// Removes them, each pod with its kubelet's word that it has ended. What is gone already is no failure.
pub(crate) async fn remove(cluster: &Cluster, left: &[LeftOver]) -> Result<(), Error> {
    // Pods before the Jobs that own them: the garbage collector would race for them.
    for wanted in [Kind::Pod, Kind::Job] {
        let of_kind = left.iter().filter(|object| object.kind == wanted).map(|object| remove_one(cluster, object));
        let removals = futures::stream::iter(of_kind).buffer_unordered(IN_FLIGHT);
        removals.fold(Ok(()), async |all: Result<(), Error>, one| all.and(one)).await?;
    }
    Ok(())
}

async fn remove_one(cluster: &Cluster, LeftOver { kind, namespace, name }: &LeftOver) -> Result<(), Error> {
    let jobs: Api<Job> = Api::namespaced(cluster.client.clone(), namespace);
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    let background = DeleteParams::background();
    let resource = match kind {
        Kind::Job => "jobs",
        Kind::Pod => "pods",
    };
    let deletion = async {
        or_nothing(match kind {
            Kind::Job => jobs.delete(name, &background).await.map(drop),
            Kind::Pod => pods.delete(name, &background).await.map(drop),
        })
    };
    cluster.request(Request::Remove { kind: kind.as_str(), name }, Access { verb: "delete", resource }, deletion).await
}
