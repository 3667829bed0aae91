//! Asks the server, before anything is created, whether it would admit the objects of a run.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, PodSpec};
use kube::Api;
use kube::api::PostParams;
use lbprobe_analysis::facts::{Node, Taint};
use lbprobe_analysis::plan::{Network, Vantage};
use lbprobe_analysis::preflight::Admission;
use lbprobe_analysis::words::printable;

use super::admission::without_name;
use super::build::{PodNumber, RunSpec};
use super::creation::{self, Created};
use super::job;
use super::status::MESSAGE_CHARS;
use crate::error::{Access, Error, Refusal, Request};
use crate::kubernetes::Cluster;

/// Asks about a pod on the host network of a vantage's node, which has these taints. What would refuse any pod is an error.
///
/// Admission controllers refuse with any code from 400 to 499 (PodSecurity 403, ValidatingAdmissionPolicy 422, Kyverno
/// 400): what tells the host network from anything else is that the same pod passes without it.
pub(crate) async fn host_pod_admission(
    cluster: &Cluster,
    run_spec: &RunSpec,
    vantage: &Vantage,
    taints: &[Taint],
) -> Result<Admission, Error> {
    let on = async |network| admitted(cluster, run_spec, &Vantage { network, ..vantage.clone() }, taints).await;
    let Err(refusal) = on(Network::Host).await else { return Ok(Admission::Admitted) };
    if let Refusal::NoDryRun(webhook) = Refusal::of(message(&refusal)) {
        return Ok(Admission::NotAsked(printable(&webhook, MESSAGE_CHARS)));
    }
    if !is_of_admission(&refusal) {
        return Err(explained(cluster, run_spec, refusal).await);
    }
    match on(Network::Pod).await {
        Ok(()) => {
            let message = without_name(message(&refusal), &run_spec.pod_name(PodNumber::first(0)));
            Ok(Admission::Refused(printable(&message, MESSAGE_CHARS)))
        }
        Err(other) => Err(explained(cluster, run_spec, other).await),
    }
}

/// Nodes whose pods admission cannot tell apart.
#[derive(Debug)]
pub(crate) struct PodKind<'a> {
    pub(crate) nodes: Vec<&'a Node>,
    /// Why no pod can be made for them.
    pub(crate) not_made: Option<String>,
}

/// The nodes of a run by what its pods on them are: they differ by tolerations, and by the image where the probe is carried.
pub(crate) fn kinds_of_pods<'a>(run_spec: &RunSpec, nodes: &'a [Node]) -> Vec<PodKind<'a>> {
    let mut kinds: BTreeMap<Result<String, String>, Vec<&Node>> = BTreeMap::new();
    for node in nodes {
        let vantage = Vantage { node: node.name.clone(), network: Network::Pod };
        let pod = run_spec.pod(PodNumber::first(0), &vantage, &node.taints, None).map_err(|cause| cause.to_string());
        // As text they are ordered: thousands of nodes may have as many kinds.
        let spec = pod.map(|pod| {
            let spec = pod.spec.map(|spec| PodSpec { node_name: None, ..spec });
            serde_json::to_string(&spec).unwrap_or_default()
        });
        kinds.entry(spec).or_default().push(node);
    }
    kinds.into_iter().map(|(spec, nodes)| PodKind { nodes, not_made: spec.err() }).collect()
}

/// Whether the namespace takes the run's Job.
pub(crate) async fn job_refusal(cluster: &Cluster, run_spec: &RunSpec) -> Result<(), Error> {
    let api: Api<Job> = Api::namespaced(cluster.client.clone(), &run_spec.namespace);
    let what = Request::CreateJob { namespace: &run_spec.namespace };
    let asked = cluster.request(what, Access { verb: "create", resource: "jobs" }, api.create(&dry_run(), &run_spec.job())).await;
    match asked {
        Ok(job) if job::is_suspended(&job) => Err(Error::Suspended { namespace: run_spec.namespace.clone() }),
        Ok(_) => Ok(()),
        Err(cause) => Err(job::not_created_by(cluster, run_spec, cause).await),
    }
}

/// Whether it takes what carries the probe: the first of its ConfigMaps.
pub(crate) async fn config_map_refusal(cluster: &Cluster, run_spec: &RunSpec) -> Result<(), Error> {
    let api: Api<ConfigMap> = Api::namespaced(cluster.client.clone(), &run_spec.namespace);
    let what = Request::CreateConfigMap { namespace: &run_spec.namespace };
    let Some(mut map) = run_spec.config_maps(&Job::default()).into_iter().next() else { return Ok(()) };
    // The Job that would own it is not there.
    map.metadata.owner_references = None;
    match cluster.request(what, Access { verb: "create", resource: "configmaps" }, api.create(&dry_run(), &map)).await {
        Ok(_) => Ok(()),
        Err(cause) => Err(creation::explained(cluster, cause, "configmaps", &run_spec.namespace, job::map_not_created).await),
    }
}

/// Whether it takes what brings the client certificate to the probes, where there is one.
pub(crate) async fn secret_refusal(cluster: &Cluster, run_spec: &RunSpec) -> Result<(), Error> {
    let Some(secret) = run_spec.secret(None) else { return Ok(()) };
    match job::try_secret(cluster, run_spec, &dry_run(), &secret).await {
        Ok(()) => Ok(()),
        Err(cause) => Err(job::secret_not_created_by(cluster, run_spec, cause).await),
    }
}

fn dry_run() -> PostParams {
    PostParams { dry_run: true, ..PostParams::default() }
}

/// With the first image that is admitted, where the probe is carried.
async fn admitted(cluster: &Cluster, run_spec: &RunSpec, vantage: &Vantage, taints: &[Taint]) -> Result<(), Error> {
    let mut admitted = Ok(());
    for attempt in 0..run_spec.delivery.attempts() {
        // What cannot be made is told when it is to be made.
        let Ok(pod) = run_spec.pod(PodNumber { vantage: 0, attempt }, vantage, taints, None) else { break };
        admitted = is_admitted(cluster, run_spec, &pod).await;
        if !admitted.as_ref().is_err_and(is_of_admission) {
            break;
        }
    }
    admitted
}

async fn is_admitted(cluster: &Cluster, run_spec: &RunSpec, pod: &Pod) -> Result<(), Error> {
    let api: Api<Pod> = Api::namespaced(cluster.client.clone(), &run_spec.namespace);
    let access = Access { verb: "create", resource: "pods" };
    let what = Request::TryPod { namespace: &run_spec.namespace };
    let asked = creation::insist(async || cluster.request(what, access, api.create(&dry_run(), pod)).await.map(drop)).await;
    asked.map(|created| match created {
        Created::Now(()) | Created::Before => {}
    })
}

fn is_of_admission(refusal: &Error) -> bool {
    match refusal {
        Error::Forbidden { message, .. } => !matches!(Refusal::of(message), Refusal::Quota | Refusal::Rbac),
        Error::Api { message, code: Some(400..=499), .. } => Refusal::of(message) != Refusal::NoNamespace,
        _ => false,
    }
}

fn message(refusal: &Error) -> &str {
    match refusal {
        Error::Forbidden { message, .. } | Error::Api { message, .. } => message,
        _ => "",
    }
}

async fn explained(cluster: &Cluster, run_spec: &RunSpec, cause: Error) -> Error {
    let name = run_spec.pod_name(PodNumber::first(0));
    creation::explained(cluster, cause, "pods", &run_spec.namespace, |namespace, message| Error::NoPod {
        namespace: namespace.to_owned(),
        message: printable(&without_name(message, &name), MESSAGE_CHARS),
        why: Refusal::of(message),
    })
    .await
}
