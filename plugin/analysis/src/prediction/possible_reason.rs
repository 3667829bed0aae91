//! What could explain that something else was seen than is expected.

use serde::{Deserialize, Serialize};

use crate::facts::TransportPort;

/// What could explain that something else was seen than is expected. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are what the variants say they are of")]
pub enum PossibleReason {
    /// The way to the endpoints is as expected, and nobody listens at its end.
    NobodyListens { ports: Vec<TransportPort> },
    /// kube-proxy does not get its rules written.
    StaleRules { nodes: Vec<String> },
    /// kube-proxy came to count other endpoints while probes dialled.
    EndpointsChanged { nodes: Vec<String> },
    /// ipvs keeps ready endpoints without weight.
    DrainedServers { nodes: Vec<String> },
    /// The kernel held back errors that it should have sent.
    #[serde(rename = "refusalWithheld")]
    RefusalRateLimited { nodes: Vec<String> },
    /// kube-proxy could not be asked for its mode.
    ModeNotAsked { nodes: Vec<String> },
    /// A NetworkPolicy selects the probe's pods.
    NetworkPolicy,
    /// Which pod network there is is not known.
    PodNetworkNotKnown { reason: String },
    /// The pod network handles Services itself; where that is known from.
    PodNetwork { source: String },
    /// A firewall between nodes.
    FirewallBetweenNodes,
    /// What no fact tells of: firewalls, rules of other programs, endpoints in motion.
    Other,
}
