//! Why an expectation does not hold, or why that is not known: as data.

use lbprobe_protocol::Outcome;
use serde::{Deserialize, Serialize};

use super::TargetName;
use crate::causes::evidence::FailedCheck;
use crate::facts::ServiceChange;
use crate::plan::Vantage;

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseResult {
    /// It holds everywhere.
    Passed,
    /// It does not, and where and how.
    Failed(Vec<Shortfall>),
    /// It could not be measured everywhere, and holds where it was.
    NotMeasured(Vec<Shortfall>),
}

impl CaseResult {
    /// The same, where the case itself says from where.
    #[must_use]
    pub(crate) fn without_vantages(mut self) -> Self {
        if let Self::Failed(shortfalls) | Self::NotMeasured(shortfalls) = &mut self {
            for shortfall in shortfalls {
                shortfall.vantages.clear();
            }
        }
        self
    }
}

/// A reason, and from where it holds; from nowhere in particular where no vantage is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shortfall {
    /// What is the matter. In documents `kind` and `args`.
    #[serde(flatten)]
    pub reason: ShortfallReason,
    /// From where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vantages: Vec<Vantage>,
}

impl From<ShortfallReason> for Shortfall {
    fn from(reason: ShortfallReason) -> Self {
        Self { reason, vantages: Vec::new() }
    }
}

/// What keeps an expectation from being met, or from being judged.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "what was seen, and what was wanted")]
pub enum ShortfallReason {
    /// The check fails.
    Fails { failed: FailedCheck },
    /// Connected, and nobody answered.
    NobodyAnswered,
    /// It is reached, and must not be.
    Reached,
    /// No answer has a status.
    NoStatus { wanted: u16 },
    /// Answers have another status.
    OtherStatus { seen: Vec<u16>, wanted: u16 },
    /// No certificate is shown.
    NoCertificate { wanted: String },
    /// The certificate is another's.
    OtherCertificate { seen: Vec<String>, wanted: String },
    /// It takes longer.
    TooSlow { milliseconds: u64, bound: u64 },
    /// A redirect leads nowhere: to this URL, or where there is none, the first request does.
    RedirectFails { to: Option<String>, outcome: Outcome },
    /// By kube-proxy's rules the endpoint sees a node's address.
    SourceIsNodes,
    /// By kube-proxy's rules the endpoint sees the client's address.
    SourceIsClients,
    /// Nothing was measured.
    NotMeasured,
    /// Connected, and nobody answered in a protocol that was only guessed.
    NobodyAnsweredGuess,
    /// Which source address the endpoint sees is not known.
    SourceNotKnown,
    /// Fewer nodes were measured than are required.
    TooFewNodes { measured: usize, minimum: usize },
    /// The expectation is about no vantage.
    SelectsNothing,
    /// The Service has no such target.
    NoSuchTarget { to: TargetName, port: u16 },
    /// The Service changed during the run.
    Changed { what: Vec<ServiceChange> },
    /// There is no report of the Service: why.
    NoReport { why: String },
}
