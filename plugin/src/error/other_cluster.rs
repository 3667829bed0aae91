//! Why nothing was seen from a pod of another cluster.

use lbprobe_analysis::shell::command;

use super::Error;

/// Why nothing was seen from a pod of another cluster.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OtherClusterProblem {
    #[error("{0}")]
    Request(Box<Error>),
    #[error("this is the cluster of the Service itself: both have the same nodes")]
    Same,
    #[error("NetworkPolicy {namespace}/{policy} there limits where the probe may connect to")]
    HeldBack { context: String, namespace: String, policy: String },
    #[error("whether a NetworkPolicy holds the probe back in its namespace {namespace} is not known: {cause}")]
    PoliciesUnread { namespace: String, cause: String },
    #[error("no node there takes the probe")]
    NoNode,
    #[error("{0}")]
    Unmeasured(String),
}

impl OtherClusterProblem {
    /// A command that helps.
    pub(super) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Request(cause) => return cause.hint(),
            Self::Same => "kubectl config get-contexts".into(),
            Self::HeldBack { context, .. } => {
                let other_namespace = command(&["kubectl", "config", "set-context", context, "--namespace"]);
                format!("{other_namespace} NAMESPACE, one without such a policy: the probe starts in the namespace of its context")
            }
            Self::PoliciesUnread { namespace, .. } => {
                format!(
                    "{}; role lbprobe-pods of manifests/rbac.yaml has it",
                    command(&["kubectl", "auth", "can-i", "list", "networkpolicies", "-n", namespace])
                )
            }
            Self::NoNode => "kubectl get nodes -o wide".into(),
            Self::Unmeasured(_) => "kubectl get events, in the namespace of that context".into(),
        })
    }
}
