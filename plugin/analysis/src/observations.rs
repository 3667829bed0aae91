//! What came back from the probes, or why nothing did.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use lbprobe_protocol::{ConnectFailure, Observation, Outcome, Record};
use serde::{Deserialize, Serialize};

use crate::plan::{Plan, ProtocolFrom, Target, Vantage};

/// What one probe pod gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// Where it ran.
    pub vantage: Vantage,
    /// What it saw.
    pub seen: Seen,
}

/// A record, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Seen {
    /// The probe's record.
    Record(Record),
    /// Nothing was measured from there.
    Nothing(Unmeasured),
}

impl Seen {
    /// The record, where there is one.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            Self::Nothing(_) => None,
        }
    }
}

/// Why nothing was measured from a vantage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmeasured {
    /// What failed and why, in words.
    pub reason: String,
    /// What the user can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What one check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// Every sample was answered.
    Reached,
    /// No sample was answered; how the first one ended.
    Failed(Outcome),
    /// Some samples were answered.
    Mixed {
        /// Samples that were not.
        failed: usize,
        /// Samples in all.
        of: usize,
        /// How the first of them ended.
        outcome: Outcome,
    },
    /// Nothing is known.
    Unmeasured,
}

impl CheckState {
    /// The state of a check from its observation.
    #[must_use]
    pub fn of(observation: Option<&Observation>) -> Self {
        let samples = observation.map_or(&[][..], |observation| &observation.samples);
        let made: Vec<_> = samples.iter().map(|sample| sample.outcome).filter(|outcome| *outcome != Outcome::Interrupted).collect();
        let failed: Vec<_> = made.iter().copied().filter(|outcome| *outcome != Outcome::Answered).collect();
        match (made.len(), failed.first()) {
            (0, _) => Self::Unmeasured,
            (_, None) => Self::Reached,
            (of, Some(outcome)) if failed.len() == of => Self::Failed(*outcome),
            (of, Some(outcome)) => Self::Mixed { failed: failed.len(), of, outcome: *outcome },
        }
    }

    /// Whether something went wrong.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed(_) | Self::Mixed { .. })
    }

    /// How a failure ended.
    #[must_use]
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Failed(outcome) | Self::Mixed { outcome, .. } => Some(outcome),
            Self::Reached | Self::Unmeasured => None,
        }
    }

    /// Whether a connection stood, whatever became of it.
    #[must_use]
    pub fn is_connected(self) -> bool {
        match self {
            Self::Reached => true,
            Self::Failed(outcome) => matches!(outcome, Outcome::Tls(_) | Outcome::Http(_)),
            Self::Mixed { .. } | Self::Unmeasured => false,
        }
    }
}

impl fmt::Display for CheckState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reached => f.write_str("ok"),
            Self::Failed(outcome) => write!(f, "{outcome}"),
            Self::Mixed { failed, of, outcome } => write!(f, "{failed} of {of} {outcome}"),
            Self::Unmeasured => f.write_str("not measured"),
        }
    }
}

/// What the probes of a run gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Observations {
    /// One per vantage of the plan, in the plan's order.
    pub probes: Vec<Probe>,
}

/// The state of every check of a plan: a row per vantage, a column per target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix<'a> {
    /// The plan whose checks these are.
    pub plan: &'a Plan,
    states: Vec<Vec<CheckState>>,
    /// Ports whose guessed protocol was taken back.
    pub wrong_guesses: BTreeSet<u16>,
}

impl<'a> Matrix<'a> {
    /// Judges every check.
    ///
    /// A protocol that was only guessed, and that nobody speaks on that port whichever way it is
    /// dialled, is taken back: there the connection is what counts.
    #[must_use]
    pub fn new(plan: &'a Plan, observations: &Observations) -> Self {
        let records: HashMap<&Vantage, &Record> =
            observations.probes.iter().filter_map(|probe| Some((&probe.vantage, probe.seen.record()?))).collect();
        let row = |vantage| {
            let observations = records.get(vantage).map_or(&[][..], |record| &record.observations);
            let by_check: HashMap<_, _> = observations.iter().map(|observation| (observation.check, observation)).collect();
            plan.targets.iter().map(|target| CheckState::of(by_check.get(&target.id).copied())).collect()
        };
        let mut matrix = Self { plan, states: plan.vantages.iter().map(row).collect(), wrong_guesses: BTreeSet::new() };
        matrix.take_back_wrong_guesses();
        matrix
    }

    /// The checks of one vantage, by its place in the plan.
    pub fn row(&self, vantage: usize) -> impl Iterator<Item = (&'a Target, CheckState)> + '_ {
        self.plan.targets.iter().zip(self.states[vantage].iter().copied())
    }

    /// One check, by the places of its vantage and target in the plan.
    #[must_use]
    pub fn state(&self, vantage: usize, target: usize) -> CheckState {
        self.states[vantage][target]
    }

    /// All checks.
    pub fn checks(&self) -> impl Iterator<Item = (&'a Vantage, &'a Target, CheckState)> + '_ {
        (0..).zip(&self.plan.vantages).flat_map(|(place, vantage)| self.row(place).map(move |(target, state)| (vantage, target, state)))
    }

    fn take_back_wrong_guesses(&mut self) {
        let guessed: BTreeSet<u16> =
            self.plan.targets.iter().filter(|target| target.protocol_from == ProtocolFrom::Guess).map(|target| target.port).collect();
        for port in guessed {
            let states: Vec<_> = self.checks().filter(|(_, target, _)| target.port == port).map(|(_, _, state)| state).collect();
            let spoken = states.iter().any(|state| matches!(state, CheckState::Reached | CheckState::Mixed { .. }));
            if !spoken && states.iter().any(|state| state.is_connected()) {
                self.wrong_guesses.insert(port);
            }
        }
        for row in &mut self.states {
            for (target, state) in self.plan.targets.iter().zip(row) {
                if self.wrong_guesses.contains(&target.port) && state.is_connected() {
                    *state = CheckState::Reached;
                }
            }
        }
    }
}

/// How a failure is told in a sentence: "time out at", "are refused at".
#[must_use]
pub fn verb(outcome: Outcome) -> String {
    match outcome {
        Outcome::Connect(ConnectFailure::TimedOut) => "time out at".into(),
        Outcome::Connect(ConnectFailure::Errno(lbprobe_protocol::outcome::ECONNREFUSED)) => "are refused at".into(),
        other => format!("fail ({other}) at"),
    }
}
