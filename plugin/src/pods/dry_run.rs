//! Asks the server, before anything is created, whether it would admit a pod on the host network.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::PostParams;
use lbprobe_analysis::plan::Vantage;
use lbprobe_analysis::words::printable;

use super::build::Blueprint;
use super::status::MESSAGE_CHARS;
use crate::cluster::Cluster;
use crate::error::{Access, Error, Refusal};

/// Why the namespace takes no pod on the host network; none where it does. What would refuse any
/// pod, a quota or a missing right, is an error.
pub(crate) async fn host_network_refusal(cluster: &Cluster, blueprint: &Blueprint, vantage: &Vantage) -> Result<Option<String>, Error> {
    let api: Api<Pod> = Api::namespaced(cluster.client.clone(), &blueprint.namespace);
    let pod = blueprint.pod(0, vantage, &[], None);
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    let access = Access { verb: "create", resource: "pods" };
    let what = format!("create a probe pod in namespace {}", blueprint.namespace);
    match cluster.request(&what, access, api.create(&dry, &pod)).await {
        Ok(_) => Ok(None),
        Err(Error::Forbidden { message, .. }) => match Refusal::of(&message) {
            why @ (Refusal::Quota | Refusal::Rbac) => {
                Err(Error::NoPod { namespace: blueprint.namespace.clone(), message: printable(&message, MESSAGE_CHARS), why })
            }
            Refusal::PodSecurity | Refusal::Other => Ok(Some(format!("refused by admission: {}", printable(&message, MESSAGE_CHARS)))),
        },
        Err(cause) => Err(cause),
    }
}
