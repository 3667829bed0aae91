//! What a run leaves out.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Network, Plan};
use crate::facts::Protocol;

/// Something that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// What is left out.
    pub subject: SkipSubject,
    /// Why.
    pub reason: SkipReason,
}

/// What is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SkipSubject {
    /// A node, by its name.
    Node(String),
    /// A pod that the user named, by namespace and name: "shop/cart-7d9f".
    Pod(String),
    /// A network of every node.
    Network(Network),
    /// A port of the Service.
    Port {
        /// `spec.ports[].port`.
        port: u16,
        /// Its protocol.
        protocol: Protocol,
    },
    /// An address of the load balancer.
    Address(IpAddr),
    /// So many targets.
    Targets(usize),
    /// What a document names in words only: reports had no more at first.
    Named(String),
}

/// Why something is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SkipReason {
    /// The node runs this operating system, for which there is no probe.
    OtherOs(String),
    /// The node is no machine: a virtual kubelet, or Fargate. It has no network of its own, and no kube-proxy.
    Virtual,
    /// The node is not Ready, with its condition's message.
    NotReady(String),
    /// The server takes no pods there: its words.
    Refused(String),
    /// The pod is a static one: kubelet reads it from a file, and the API server cannot add a container to it.
    StaticPod,
    /// The pod does not run; its phase.
    NotRunning(String),
    /// The pod's node does not list this image of the probe, and it was to come in no other way.
    NoImage(String),
    /// The probe was to be sent to a shell in the pod, and the pod has no image of its own.
    NoShell,
    /// The baseline was probed from this pod, and nobody named one now.
    NotNamed,
    /// SCTP is not probed.
    NotTcp,
    /// A port of UDP, and nothing tells what its servers would answer.
    NothingToSay,
    /// A status is expected, and no HTTP is spoken there.
    NoStatus,
    /// A loopback, link-local or metadata address is no load balancer's.
    LocalAddress,
    /// The status had the address, and does not have it any more.
    NotInStatus,
    /// There are more targets than this, which are as many as a run dials.
    MoreThan(usize),
    /// What a document says in words only.
    Said(String),
}

impl Skip {
    /// The node that is left out, where it is one, or may be.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        match &self.subject {
            SkipSubject::Node(name) | SkipSubject::Named(name) => Some(name),
            _ => None,
        }
    }

    /// The network that is left out on every node, where it is one.
    #[must_use]
    pub fn network(&self) -> Option<Network> {
        match self.subject {
            SkipSubject::Network(network) => Some(network),
            _ => None,
        }
    }
}

impl Plan {
    /// Leaves out every vantage of a network, with the server's words for it.
    pub fn skip_network(&mut self, network: Network, refusal: String) {
        self.vantages.retain(|vantage| vantage.network != network);
        self.skipped.push(Skip { subject: SkipSubject::Network(network), reason: SkipReason::Refused(refusal) });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_out_reads_back_and_that_of_an_earlier_report_too() {
        let skip = Skip { subject: SkipSubject::Network(Network::Host), reason: SkipReason::Refused("no".into()) };
        let written = serde_json::to_value(&skip).unwrap();
        assert_eq!(written["what"], "the host network of every node");
        assert_eq!(serde_json::from_value::<Skip>(written).unwrap(), skip);
        let earlier: Skip = serde_json::from_value(json!({ "what": "node3", "reason": "runs windows" })).unwrap();
        assert_eq!((earlier.node(), earlier.network()), (Some("node3"), None));
        let again = serde_json::to_value(&earlier).unwrap();
        assert_eq!((&again["what"], &again["reason"]), (&json!("node3"), &json!("runs windows")));
    }
}
