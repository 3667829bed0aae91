//! What makes pods in a file: of Kubernetes' own kinds, and of others of their form.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Pod, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

use crate::error::FileProblem;
use crate::saved::{DEFAULT_NAMESPACE, Document};

/// The kinds with a number of replicas; Argo's Rollout has the form of a Deployment.
pub(super) const KINDS: [&str; 5] = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"];

/// By which pods are kept apart from each other.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// By which Helm marks what is no part of a release.
const HELM_HOOK: &str = "helm.sh/hook";

/// Labels that any node of an ordinary cluster has: who selects by them means every node.
const OF_ANY_NODE: [&str; 4] = ["kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch"];

/// What makes pods of one form.
#[derive(Clone, Debug)]
pub(super) struct Workload {
    pub(super) namespace: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) pod: PodSpec,
    pub(super) placement: Placement,
}

/// On which nodes its pods are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// On each.
    EveryNode,
    /// On those that it chooses, one on each.
    ChosenNodes,
    /// Wherever the scheduler puts so many pods.
    Anywhere { replicas: u32 },
    /// The same, one at most on a node.
    Apart { replicas: u32 },
}

#[derive(Deserialize)]
struct Replicated {
    kind: Option<String>,
    metadata: ObjectMeta,
    spec: ReplicatedSpec,
}

#[derive(Deserialize)]
struct ReplicatedSpec {
    replicas: Option<u32>,
    template: PodTemplateSpec,
}

/// What an autoscaler scales, and to how many pods at least.
pub(super) fn least_replicas(object: &Document<'_>) -> Option<((String, String, String), u32)> {
    #[derive(Deserialize)]
    struct Autoscaler {
        metadata: ObjectMeta,
        spec: Scaling,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Scaling {
        scale_target_ref: Target,
        min_replicas: Option<u32>,
    }
    #[derive(Deserialize)]
    struct Target {
        kind: String,
        name: String,
    }
    let Autoscaler { metadata, spec } = object.typed().ok()?;
    let namespace = metadata.namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.into());
    Some(((namespace, spec.scale_target_ref.kind, spec.scale_target_ref.name), spec.min_replicas.unwrap_or(1).max(1)))
}

/// One with replicas. What Kubernetes itself would not take is an error; a kind of others with another form is passed over, such as a
/// Rollout that refers to a Deployment.
pub(super) fn replicated(kind: &str, object: &Document<'_>) -> Result<Option<Workload>, FileProblem> {
    let head = object.head();
    let is_of_kubernetes = head.api_version.is_empty() || ["v1", "apps/", "extensions/"].iter().any(|of| head.api_version.starts_with(of));
    match object.typed() {
        Ok(read) => Ok(Workload::replicated(kind, read)),
        Err(cause) if is_of_kubernetes => {
            Err(FileProblem::ObjectNotUnderstood { kind: Some(kind.to_owned()), name: head.name().map(str::to_owned), cause })
        }
        Err(_) => Ok(None),
    }
}

impl Workload {
    /// As many as its autoscaler keeps at least, where it has one.
    pub(super) fn scale(&mut self, least: &BTreeMap<(String, String, String), u32>) {
        let Some(least) = least.get(&(self.namespace.clone(), self.kind.clone(), self.name.clone())) else { return };
        self.placement = match self.placement {
            Placement::Anywhere { .. } => Placement::Anywhere { replicas: *least },
            Placement::Apart { .. } => Placement::Apart { replicas: *least },
            other => other,
        };
    }

    fn replicated(kind: &str, read: Replicated) -> Option<Self> {
        let Replicated { kind: own, metadata, spec } = read;
        let pod = spec.template.spec?;
        // One that something scales may begin with none.
        let replicas = spec.replicas.unwrap_or(1).max(1);
        Some(Self {
            namespace: metadata.namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.into()),
            kind: own.unwrap_or_else(|| kind.to_owned()),
            name: metadata.name?,
            labels: spec.template.metadata.and_then(|metadata| metadata.labels).unwrap_or_default(),
            placement: if keeps_apart(&pod) { Placement::Apart { replicas } } else { Placement::Anywhere { replicas } },
            pod,
        })
    }

    pub(super) fn daemon_set(set: &DaemonSet) -> Option<Self> {
        let template = &set.spec.as_ref()?.template;
        let pod = template.spec.clone()?;
        Some(Self {
            namespace: set.metadata.namespace.clone().unwrap_or_else(|| DEFAULT_NAMESPACE.into()),
            kind: "DaemonSet".into(),
            name: set.metadata.name.clone()?,
            labels: template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default(),
            placement: if chooses_nodes(&pod) { Placement::ChosenNodes } else { Placement::EveryNode },
            pod,
        })
    }

    /// A pod that nothing makes. Those that Helm runs for a while, its tests for instance, often have the labels of others.
    pub(super) fn pod(pod: &Pod) -> Option<Self> {
        if pod.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(HELM_HOOK)) {
            return None;
        }
        Some(Self {
            namespace: pod.metadata.namespace.clone().unwrap_or_else(|| DEFAULT_NAMESPACE.into()),
            kind: "Pod".into(),
            name: pod.metadata.name.clone()?,
            labels: pod.metadata.labels.clone().unwrap_or_default(),
            placement: Placement::Anywhere { replicas: 1 },
            pod: pod.spec.clone()?,
        })
    }

    /// Whether a Service that selects by these labels has its pods. One that selects nothing has none.
    pub(super) fn is_selected(&self, namespace: &str, selector: &BTreeMap<String, String>) -> bool {
        let has_all = || selector.iter().all(|(key, value)| self.labels.get(key) == Some(value));
        self.namespace == namespace && !selector.is_empty() && has_all()
    }
}

fn chooses_nodes(pod: &PodSpec) -> bool {
    let by_label = pod.node_selector.iter().flatten().any(|(key, _)| !OF_ANY_NODE.contains(&key.as_str()));
    let affinity = pod.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    by_label || affinity.is_some_and(|affinity| affinity.required_during_scheduling_ignored_during_execution.is_some())
}

/// By anti-affinity or spread over hosts that the scheduler has to keep to. Whether its selector means these very pods is taken for granted.
fn keeps_apart(pod: &PodSpec) -> bool {
    let affinity = pod.affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    let terms = affinity.and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    let by_affinity = terms.into_iter().flatten().any(|term| term.topology_key == HOSTNAME);
    let is_by_host = |key: &str, otherwise: &str| key == HOSTNAME && otherwise == "DoNotSchedule";
    let constraints = pod.topology_spread_constraints.iter().flatten();
    by_affinity || constraints.into_iter().any(|constraint| is_by_host(&constraint.topology_key, &constraint.when_unsatisfiable))
}
