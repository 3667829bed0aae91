//! What reports say around their findings, as data: titles, what is left out of a list, and what a document comes to.

use std::collections::BTreeMap;

use lbprobe_protocol::Outcome;

use crate::causes::Confidence;
use crate::causes::finding::Finding;
use crate::coverage::Uncovered;
use crate::diagnosis::Verdict;
use crate::facts::{ServiceChange, TransportPort};
use crate::fix_outcome::Disposition;
use crate::kube_proxy::Rule;
use crate::plan::{Sampled, TargetKind, Vantage};
use crate::prediction::Outlook;
use crate::preflight::Readiness;
use crate::results::SinceBaseline;
use crate::risks::Risk;
use crate::watching::WatchGapReason;

/// What a rehearsal comes to.
#[derive(Clone, Copy, Debug)]
pub struct RehearsalCounts<'a> {
    /// In one word.
    pub outlook: Outlook,
    /// The changes, as the user wrote them.
    pub changes: &'a str,
    /// For how many Services something gets worse, or may.
    pub worse: usize,
    /// For how many something changes.
    pub changed: usize,
    /// How many there are.
    pub services: usize,
    /// How many nodes were asked about.
    pub nodes: usize,
    /// Whether kube-proxy starts after it.
    pub starts: bool,
}

/// What a rehearsal's proof comes to.
#[derive(Clone, Copy, Debug)]
pub struct ProofCounts<'a> {
    /// In one word.
    pub verdict: Verdict,
    /// The changes, as the user wrote them.
    pub changes: &'a str,
    /// How many nodes there are.
    pub nodes: usize,
    /// How many of them have changed.
    pub changed: usize,
    /// Checks that did what was rehearsed.
    pub agreeing: usize,
    /// Checks that did something else.
    pub mismatches: usize,
}

/// What a bundle says of itself.
#[derive(Debug)]
pub struct BundleContents {
    /// The Service, as "NAMESPACE/NAME".
    pub service: String,
    /// The release of this program.
    pub program: String,
    /// How many nodes have each release of kubelet.
    pub kubelets: BTreeMap<String, usize>,
    /// The same of kube-proxy.
    pub kube_proxies: BTreeMap<String, usize>,
    /// What is not known, in words.
    pub unknown: Vec<String>,
}

/// What a watch tells Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Whether the last sample of a check was answered.
    Success,
    /// How long it took.
    Duration,
    /// Samples of a check.
    Samples,
    /// Those without an answer.
    Failed,
    /// Outages of a check.
    Outages,
    /// Whether samples come from a vantage.
    Up,
    /// What changed meanwhile.
    Changes,
    /// Whether an expectation was met.
    Passed,
    /// How many there are.
    Cases,
}

/// The title of a list.
#[expect(missing_docs, reason = "lists are called after what is in them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Title<'a> {
    Changes,
    Delivery,
    Disagreements,
    /// Of the cause of this number, where there are several.
    Evidence(Option<usize>),
    EvidenceChecks,
    Expected,
    Ignored,
    ExpectedOfEvidence,
    ExpectedResult,
    /// As for evidence.
    Fixes(Option<usize>),
    LeftOut,
    NotAsExpected,
    NotHeard,
    NotKnown,
    OpenQuestions,
    BesideChecks,
    BeforeChange,
    NodeOrder,
    Obstacles,
    NotMeasured,
    NamedPods,
    Notes,
    Kernel,
    Outages,
    Objects,
    /// From this machine, or from another one.
    Outside(Option<&'a str>),
    PossibleReasons,
    Rights,
    Risks,
    OtherRisks,
    RuledOut,
    SeenAndExpected,
    Sources,
    /// In this namespace; in none where it is not known which.
    AddressReferences(Option<&'a str>),
    Why,
}

/// What stands before a line.
#[expect(missing_docs, reason = "labels are called after what follows them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    Advice,
    But,
    Cost,
    Hint,
    More,
    Needs,
    Next,
    Today,
    NotRead,
    Result,
}

/// The way of a packet in words, as a picture of it has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketPathInWords {
    /// From where to where, and how it ended.
    pub heading: String,
    /// The client, the rules that decide, and where it ends or would have.
    pub stations: [Station; 3],
    /// What stands between the rules and the end.
    pub ends: String,
}

/// A station on the way of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// What it is.
    pub title: String,
    /// What happens there.
    pub lines: Vec<String>,
}

/// The fixed words of a page for a browser.
#[expect(missing_docs, reason = "the words are called after what they stand beside")]
#[derive(Clone, Copy, Debug)]
pub struct PageWords {
    /// The language's code in HTML.
    pub language: &'static str,
    pub grid: &'static str,
    pub alike: &'static str,
    pub every_row: &'static str,
    pub search: &'static str,
    pub show: &'static str,
    pub all: &'static str,
    pub failing: &'static str,
    pub unknown: &'static str,
    pub good: &'static str,
    pub more_rows: &'static str,
    /// Ends a search, a filter, or what evidence chose.
    pub clear: &'static str,
    /// Before what was lost, and what was not heard.
    pub lost_and_unheard: [&'static str; 2],
    /// With {shown}, {matching} and {all} in it.
    pub shown: &'static str,
    pub rows_of_evidence: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    pub packet_paths: &'static str,
    pub timeline: &'static str,
    pub expected: &'static str,
    pub background: &'static str,
    pub without_script: &'static str,
    /// Before a column's name.
    pub sort: &'static str,
}

/// How much a brief report does not show.
#[expect(missing_docs, reason = "numbers of what the fields say")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotShown {
    pub evidence: usize,
    pub fixes: usize,
    pub ruled_out: usize,
    pub disagreements: usize,
    pub risks: usize,
    pub not_known: usize,
    pub notes: usize,
}

/// What of a list is not shown.
#[expect(missing_docs, reason = "numbers of what the variants say")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Items(usize),
    Checks(usize),
    Causes(usize),
    Classes(usize),
    Lines(usize),
    /// As [`Rest::Lines`], where a terminal has no more room.
    LinesNow(usize),
    Nodes {
        rows: usize,
        nodes: usize,
    },
    Outages(usize),
    Ports(usize),
    Reasons {
        reasons: usize,
        vantages: usize,
    },
    Subjects {
        subjects: usize,
        reasons: usize,
    },
    Vantages {
        rows: usize,
        vantages: usize,
    },
}

/// What a document comes to.
#[expect(missing_docs, reason = "numbers and names of what the variants say")]
#[derive(Clone, Copy, Debug)]
pub enum Conclusion<'a> {
    /// A run in which all was answered.
    Healthy { checks: usize, vantages: usize, sampled: Option<&'a Sampled>, outside: Option<&'a Risk> },
    /// A cause, with its number where there are several.
    Fault { number: Option<usize>, finding: &'a Finding, confidence: Confidence },
    /// A run during which the Service changed twice.
    Changed { what: &'a [ServiceChange] },
    /// A run that leaves something open: so much was not looked at.
    Inconclusive { unmeasured: usize, vantages: usize, uncovered: &'a [Uncovered] },
    /// An explanation.
    Expected {
        inside: Outlook,
        outside: Option<&'a Risk>,
        failing: usize,
        open: usize,
        node_ports: usize,
        checks: usize,
        because: Option<Rule>,
        uncovered: &'a [Uncovered],
    },
    /// An acceptance.
    Accepted { verdict: Verdict, passed: usize, failed: usize, not_measured: usize },
    /// A comparison with a baseline: how many vantages of each kind, the worst first.
    Compared { verdict: Verdict, counts: &'a [(&'a SinceBaseline, usize)], sampled: Option<&'a Sampled> },
    /// A watch.
    Watched { verdict: Verdict, lost: usize, checks: usize, sampled: Option<&'a Sampled> },
    /// A name that is reached where the address fails.
    Proven { vantages: &'a [Vantage] },
    /// One that is not.
    NotProven { vantages: &'a [Vantage] },
    /// Nothing fails at the address.
    NothingToProve,
    /// A change that was made.
    Made { ended: Disposition },
    /// What a run would meet.
    Preflight { readiness: Readiness, nodes: usize, namespace: &'a str },
}

/// A conclusion: a word that stands out, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// In capitals: what stands out at the beginning of the line.
    pub word: &'static str,
    /// What is said behind it, without a full stop.
    pub said: String,
}

/// What a watch was of.
#[derive(Clone, Copy, Debug)]
pub struct WatchHeading<'a> {
    /// Namespace and name of the Service.
    pub service: &'a str,
    /// How many checks there were.
    pub checks: usize,
    /// From how many vantages.
    pub vantages: usize,
    /// Milliseconds between two samples of a check.
    pub interval_ms: u32,
    /// How long the watch was, in milliseconds.
    pub length_ms: u64,
}

/// Gaps of the same reason.
#[derive(Clone, Debug)]
pub struct Silence<'a> {
    /// From where nothing was heard.
    pub vantages: Vec<String>,
    /// From when on, as a time of day.
    pub from: String,
    /// Until when.
    pub until: String,
    /// Why.
    pub reason: &'a WatchGapReason,
}

/// Checks that lost samples alike.
#[derive(Clone, Debug)]
pub struct Losses<'a> {
    /// From where.
    pub vantages: Vec<String>,
    /// What is dialled.
    pub target: &'a TargetKind,
    /// At which port.
    pub port: TransportPort,
    /// Samples in all of the first of them.
    pub samples: u64,
    /// Samples of it that were lost.
    pub failed: u64,
}

/// How checks stand now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Those that answer.
    pub answered: usize,
    /// Those that do not.
    pub failing: usize,
    /// Those of which nothing was heard.
    pub unheard: usize,
}

impl Now {
    /// Counts a check by how it ended last.
    pub fn count(&mut self, last: Option<Outcome>) {
        match last {
            Some(Outcome::Answered) => self.answered += 1,
            Some(_) => self.failing += 1,
            None => self.unheard += 1,
        }
    }
}
