//! Why nothing was seen from a pod of another cluster.

use std::net::IpAddr;

use lbprobe_analysis::shell::{command, quoted};

use super::Error;

/// Why nothing was seen from a pod of another cluster.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OtherClusterProblem {
    #[error("{0}")]
    Request(Box<Error>),
    #[error("this is the cluster of the Service itself: both have the same nodes")]
    Same,
    #[error("NetworkPolicy {namespace}/{policy} there limits where the probe may connect to")]
    HeldBack { namespace: String, policy: String },
    #[error("whether a NetworkPolicy holds the probe back in its namespace {namespace} is not known: {cause}")]
    PoliciesUnread { namespace: String, cause: String },
    #[error("{address}, which is to be dialled, is an address of Service {service} there")]
    OwnAddress { address: IpAddr, service: String },
    #[error("the addresses of all nodes that are to be dialled are those of nodes there")]
    NodesThere,
    #[error("no node there takes the probe")]
    NoNode,
    #[error("{0}")]
    Unmeasured(String),
}

impl OtherClusterProblem {
    /// A command that helps, in that cluster.
    pub(super) fn hint(&self, context: &str) -> Option<String> {
        let context = format!("--context={context}");
        let there = |words: &[&str]| command(&[&["kubectl", &context], words].concat());
        Some(match self {
            Self::Request(cause) if matches!(**cause, Error::Kubeconfig(_)) => return cause.hint(),
            Self::Request(cause) => return cause.hint().map(|hint| format!("{hint}; with {} for that cluster", quoted(&context))),
            Self::Same => "kubectl config get-contexts".into(),
            Self::HeldBack { namespace, .. } | Self::PoliciesUnread { namespace, .. } => format!(
                "{}; the probe starts in the namespace of its context, which kubectl config set-context changes",
                there(&["get", "networkpolicies", "-n", namespace])
            ),
            Self::OwnAddress { .. } => there(&["get", "services", "-A", "-o", "wide"]),
            Self::NodesThere | Self::NoNode => there(&["get", "nodes", "-o", "wide"]),
            Self::Unmeasured(_) => there(&["get", "events"]),
        })
    }
}
