//! Reads the pods that the user named.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::ListParams;
use lbprobe_analysis::facts::{Known, NamedPod};
use lbprobe_analysis::plan::{Network, Skip, SkipReason, SkipSubject};

use super::surroundings;
use crate::error::{Access, Error, Request};
use crate::facts::convert;
use crate::kubernetes::{Cluster, list};
use crate::nearest::nearest;
use crate::settings::{PodName, PodNameKind};

/// The pods that were found, and those that take no probe.
#[derive(Debug, Default)]
pub(crate) struct FoundPods {
    pub(crate) pods: Vec<FoundPod>,
    pub(crate) left_out: Vec<Skip>,
}

/// A pod into which the probe can be put.
#[derive(Debug)]
pub(crate) struct FoundPod {
    pub(crate) pod: NamedPod,
    /// Images of its own containers.
    pub(crate) images: Vec<String>,
}

/// The pods of these names, each once. `namespace` is that of names without one.
pub(crate) async fn named_pods(cluster: &Cluster, names: &[PodName], namespace: &str) -> Result<FoundPods, Error> {
    let mut found = FoundPods::default();
    let mut seen = BTreeSet::new();
    for name in names {
        let namespace = name.namespace.as_deref().unwrap_or(namespace);
        for pod in pods_of(cluster, name, namespace).await? {
            let full_name = format!("{namespace}/{}", pod.metadata.name.as_deref().unwrap_or_default());
            if !seen.insert(full_name.clone()) {
                continue;
            }
            match convert::named_pod::named_pod(&pod) {
                Ok(fit) => {
                    let images = convert::named_pod::own_images(&pod);
                    let labels: BTreeMap<_, _> = pod.metadata.labels.unwrap_or_default();
                    // None holds for a pod in its node's own network.
                    let policies = match fit.vantage.network {
                        Network::Pod => surroundings::pod_policies(cluster, namespace, &labels).await,
                        Network::Host => Known::Value(Vec::new()),
                    };
                    found.pods.push(FoundPod { pod: NamedPod { policies, ..fit }, images });
                }
                Err(reason) => found.left_out.push(Skip { subject: SkipSubject::Pod(full_name), reason }),
            }
        }
    }
    Ok(found)
}

async fn pods_of(cluster: &Cluster, PodName { kind, name, .. }: &PodName, namespace: &str) -> Result<Vec<Pod>, Error> {
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    match kind {
        PodNameKind::Pod => {
            let access = Access { verb: "get", resource: "pods" };
            let found = cluster.request(Request::ReadPod { namespace, name }, access, pods.get_opt(name)).await?;
            match found {
                Some(pod) => Ok(vec![pod]),
                None => Err(no_pod(cluster, namespace, name).await),
            }
        }
        PodNameKind::Deployment => {
            let deployments: Api<Deployment> = Api::namespaced(cluster.client.clone(), namespace);
            let access = Access { verb: "get", resource: "deployments.apps" };
            let found = cluster.request(Request::ReadDeployment { namespace, name }, access, deployments.get_opt(name)).await?;
            let missing = || Error::NoDeployment { namespace: namespace.into(), name: name.clone() };
            let selector = found.and_then(|found| found.spec).ok_or_else(missing)?.selector;
            let listed = list(cluster, pods, ListParams::default(), "pods", |pod: Pod| {
                let labels = pod.metadata.labels.clone().unwrap_or_default();
                convert::surroundings::is_selected(&labels, &selector).then_some(pod).into_iter().collect()
            });
            let one_a_node = one_a_node(listed.await?);
            if one_a_node.is_empty() {
                Err(Error::NoPodOfDeployment { namespace: namespace.into(), name: name.clone() })
            } else {
                Ok(one_a_node)
            }
        }
    }
}

/// Of the pods of each node one that takes a probe, if there is one. Of those that take none only the first is kept where no
/// other is left.
fn one_a_node(mut pods: Vec<Pod>) -> Vec<Pod> {
    pods.sort_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
    let mut nodes = BTreeSet::new();
    let (fit, unfit): (Vec<_>, Vec<_>) = pods.into_iter().partition(|pod| convert::named_pod::named_pod(pod).is_ok());
    let node = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let kept: Vec<_> = fit.into_iter().filter(|pod| nodes.insert(node(pod))).collect();
    if kept.is_empty() { unfit.into_iter().take(1).collect() } else { kept }
}

/// A name that no pod has, with the nearest that one has.
async fn no_pod(cluster: &Cluster, namespace: &str, name: &str) -> Error {
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    let names = list(cluster, pods, ListParams::default(), "pods", |pod: Pod| pod.metadata.name.into_iter().collect());
    let names: Vec<String> = names.await.unwrap_or_default();
    let meant = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
    Error::NoPodOfName { namespace: namespace.into(), name: name.into(), meant }
}

/// Why the probe cannot be put into a pod that is on a node of which this is known.
pub(crate) fn unfit_by_node(pod: &NamedPod, nodes: &[lbprobe_analysis::facts::Node]) -> Option<SkipReason> {
    nodes.iter().find(|node| node.name == pod.vantage.node).and_then(lbprobe_analysis::plan::unfit)
}
