//! What a watch saw, as data.

use serde::{Deserialize, Serialize};

use crate::diagnosis::Verdict;
use crate::document_form;
use crate::facts::{Protocol, ServiceChange, TransportPort};
use crate::observations::Unmeasured;
use crate::plan::{Sampled, TargetKind, Vantage};

/// All that a watch saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Healthy without outage and gap, a fault with an outage, inconclusive with gaps only.
    pub verdict: Verdict,
    /// Milliseconds between two samples of a check.
    pub interval_ms: u32,
    /// How many nodes of which classes were watched from; nothing where it was all.
    pub sampled: Option<Sampled>,
    /// Each check from each vantage.
    pub checks: Vec<Watched>,
    /// When nothing was heard from a vantage.
    pub gaps: Vec<WatchGap>,
    /// What changed meanwhile.
    pub changes: Vec<ObservedChange>,
    /// What is not known.
    pub unknown: Vec<WatchUnknown>,
}

/// One check from one vantage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watched {
    /// From where.
    pub vantage: Vantage,
    /// What is dialled.
    pub target: TargetKind,
    /// At which port.
    pub port: u16,
    /// By which protocol.
    #[serde(default, skip_serializing_if = "Protocol::is_tcp")]
    pub protocol: Protocol,
    /// Samples in all.
    pub samples: u64,
    /// Samples without an answer.
    pub failed: u64,
    /// The outages, in their order, the first thousand of them.
    pub outages: Vec<Outage>,
}

impl Watched {
    /// The port with its protocol.
    #[must_use]
    pub const fn transport(&self) -> TransportPort {
        TransportPort { port: self.port, protocol: self.protocol }
    }
}

/// Samples without an answer, one after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outage {
    /// When the first of them began.
    pub from_ms: u64,
    /// When the first began that was answered again; nothing where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// How the first of them ended, in words.
    pub outcome: String,
    /// How many there were.
    pub samples: u64,
    /// What changed at its beginning or end.
    #[serde(flatten, with = "document_form")]
    pub coincided: Vec<Changed>,
}

/// A time in which nothing was heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchGap {
    /// From where.
    pub vantage: Vantage,
    /// Since when.
    pub from_ms: u64,
    /// Until when.
    pub until_ms: u64,
    /// Why, as far as it is known.
    #[serde(flatten, with = "document_form")]
    pub reason: WatchGapReason,
}

/// Why nothing was heard. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WatchGapReason {
    /// Lines of the log are missing.
    SamplesMissing,
    /// The probe made no sample.
    NoSample,
    /// Nothing came any more, and nobody says why.
    NothingHeard,
    /// The probe has ended.
    ProbeEnded,
    /// Why the probe did not start, or how it failed.
    Unmeasured(Unmeasured),
    /// The probe's pod was not made: what the API server says.
    NotCreated {
        /// Its message.
        message: String,
    },
}

/// A change of the Service, of its endpoints or of a kube-proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservedChange {
    /// When it was heard of, by the clock of the plugin; of a kube-proxy, when it was, by its node's.
    pub at_ms: u64,
    /// What.
    #[serde(flatten, with = "document_form")]
    pub what: Changed,
    /// The node that alone has to do with it; nothing where all have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

/// What changed while a watch went on. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Changed {
    /// The Service or its endpoints.
    Service(ServiceChange),
    /// A node's kube-proxy ended.
    KubeProxyEnded {
        /// The node.
        node: String,
    },
    /// It answers again.
    KubeProxyAnswers {
        /// The node.
        node: String,
    },
}

/// What a watch does not know. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WatchUnknown {
    /// What changed of the Service: the API server does not say.
    Changes {
        /// Its message.
        reason: String,
    },
    /// Which clock is right.
    Clocks {
        /// How far the plugin's clock is ahead of a node's, in milliseconds.
        ahead_ms: i64,
    },
    /// Whether these UDP ports were reached: nobody answered a datagram there all the time, which may be their servers' way.
    UnansweredPorts {
        /// The ports.
        ports: Vec<u16>,
    },
}
