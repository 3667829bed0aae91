//! What the model says of a check.

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::rule::Rule;

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expected {
    /// An endpoint takes it.
    Reached {
        /// Which endpoints may.
        endpoints: Reach,
        /// The address that the endpoint sees.
        source: Source,
    },
    /// It is refused.
    Refused,
    /// It is dropped: the client times out.
    Dropped,
    /// kube-proxy has no rule for it: it goes on to the real load balancer, or wherever the
    /// network takes the address.
    #[serde(rename = "passedOn")]
    NotIntercepted,
    /// It leaves the node for an address that nobody outside has: silence, or a router's word that it
    /// is not reached.
    Lost,
    /// The address is bound to the node and no rule takes the port: a process of the node that
    /// listens on all addresses answers; else it is refused.
    LocalListener,
}

/// The endpoints that may take a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// Any of the cluster's.
    Any,
    /// Those that the EndpointSlices' hints give to the node or its zone.
    Hinted,
    /// Those on the node.
    Local,
}

/// The source address that an endpoint sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The client's own.
    Client,
    /// A node's: the client's is lost.
    Node,
    /// The load balancer's, which the node holds itself (ipvs).
    LoadBalancer,
}

/// An answer and the rule behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// What becomes of the connection.
    pub expected: Expected,
    /// Why.
    pub rule: Rule,
}

impl Answer {
    pub(super) const fn new(expected: Expected, rule: Rule) -> Self {
        Self { expected, rule }
    }

    pub(super) const fn reached(endpoints: Reach, source: Source, rule: Rule) -> Self {
        Self::new(Expected::Reached { endpoints, source }, rule)
    }
}

/// What the model says of a check: one answer, or several with what decides between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expectation {
    /// Whatever is not known makes no difference.
    Certain(Answer),
    /// Several answers are possible: each with what has to hold for it.
    Depends(Vec<Case>),
}

/// One of several answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Case {
    /// What has to hold for it.
    pub when: Vec<Condition>,
    /// The answer then.
    pub answer: Answer,
}

impl Expectation {
    /// Every answer that is possible, with what has to hold for it: nothing where it is certain.
    pub fn cases(&self) -> impl Iterator<Item = (&Answer, &[Condition])> {
        let (one, several) = match self {
            Self::Certain(answer) => (Some((answer, &[][..])), &[][..]),
            Self::Depends(cases) => (None, &cases[..]),
        };
        one.into_iter().chain(several.iter().map(|case| (&case.answer, &case.when[..])))
    }

    /// Every answer that is possible.
    pub fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.cases().map(|(answer, _)| answer)
    }

    /// The answer, where there is only one.
    #[must_use]
    pub fn certain(&self) -> Option<&Answer> {
        match self {
            Self::Certain(answer) => Some(answer),
            Self::Depends(_) => None,
        }
    }
}
