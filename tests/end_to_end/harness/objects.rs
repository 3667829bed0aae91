//! What a lab has of objects, so that no test meets what another one left.

use std::collections::BTreeSet;

use lbprobe_lab::Lab;
use lbprobe_lab::gateway::GatewayKind;

use super::plugin::kubectl;

/// The kinds of which tests make objects. What others rest on comes last: it is removed in this order.
const KINDS: &[&str] = &[
    "Ingress",
    "NetworkPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "CronJob",
    "Job",
    "Deployment",
    "DaemonSet",
    "StatefulSet",
    "Pod",
    "Service",
    "EndpointSlice",
    "ResourceQuota",
    "LimitRange",
    "ConfigMap",
    "Secret",
    "RoleBinding",
    "Role",
    "ClusterRoleBinding",
    "ClusterRole",
    "CustomResourceDefinition",
    "Namespace",
];

/// One line for each object that no other one owns: kind, name, and namespace where there is one.
const LINES: &str = r#"go-template={{range .items}}{{if not .metadata.ownerReferences}}{{.kind}} {{.metadata.name}} {{with .metadata.namespace}}{{.}}{{end}}{{"\n"}}{{end}}{{end}}"#;

/// What Kubernetes makes by itself, some of it when the lab has started long ago.
const OF_KUBERNETES: &[&str] =
    &["kube-root-ca.crt", "kube-apiserver-legacy-service-account-token-tracking", "extension-apiserver-authentication"];

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Object {
    kind: String,
    name: String,
    namespace: Option<String>,
}

impl Object {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(Self { kind: words.next()?, name: words.next()?, namespace: words.next() })
    }

    /// Whether [`super::deploy`] looks after it, or Kubernetes.
    fn is_looked_after(&self) -> bool {
        let is_gateway = |kind: GatewayKind| match &self.namespace {
            Some(namespace) => namespace == kind.namespace() && self.name.trim_end_matches("-certificate") == kind.name(),
            None => self.kind == "Namespace" && self.name == kind.namespace(),
        };
        OF_KUBERNETES.contains(&self.name.as_str()) || is_gateway(GatewayKind::Istio) || is_gateway(GatewayKind::Nginx)
    }
}

/// The objects of a lab.
#[derive(Debug)]
pub(super) struct Objects(BTreeSet<Object>);

impl Objects {
    /// Those that there are now.
    pub(super) fn of(lab: &Lab) -> Self {
        let lines = kubectl(lab, &["get", &KINDS.join(","), "-A", "--ignore-not-found", "-o", LINES]);
        Self(lines.lines().filter_map(Object::parse).collect())
    }

    /// Removes all others, and waits until they are gone.
    pub(super) fn remove_others(&self, lab: &Lab) {
        let now = Self::of(lab);
        let mut others: Vec<_> = now.0.difference(&self.0).filter(|object| !object.is_looked_after()).collect();
        others.sort_by_key(|object| KINDS.iter().position(|kind| *kind == object.kind));
        for object in others {
            let mut words = vec!["delete", &object.kind, &object.name, "--ignore-not-found", "--timeout=30s"];
            words.extend(object.namespace.iter().flat_map(|namespace| ["-n", namespace]));
            kubectl(lab, &words);
        }
    }
}
