//! What came back from the probes, or why nothing did.

mod kernel;
mod node_place;
mod shared_lines;
mod unmeasured;

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use lbprobe_protocol::outcome::ECONNREFUSED;
use lbprobe_protocol::{Answer, ConnectFailure, FollowUp, HttpAnswer, NodeEvidence, Observation, Outcome, Record, Redirect};
use serde::{Deserialize, Serialize};

use crate::facts::Protocol;
use crate::plan::{Network, Plan, ProtocolFrom, Target, Vantage};
pub use kernel::{KernelLook, KernelSeen, Receiver, leave_out_others, receiver};
pub use node_place::NODE_PLACE;
pub(crate) use node_place::with_word;
pub use unmeasured::Unmeasured;

/// What one probe pod gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// Where it ran.
    pub vantage: Vantage,
    /// What it saw.
    pub seen: ProbeResult,
}

/// A record, or the reason why there is none.
#[expect(clippy::large_enum_variant, reason = "one a pod, and nearly all of them are records")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProbeResult {
    /// The probe's record.
    Record(Record),
    /// Nothing was measured from there.
    Nothing(Unmeasured),
}

impl ProbeResult {
    /// The record, where there is one.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            Self::Nothing(_) => None,
        }
    }
}

/// What one check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Connections stood, nobody said anything on them, and the protocol was only guessed: a server that hangs, or
    /// one that waits for another client. Neither an answer nor a failure that is certain.
    Silent,
    /// Nothing came back to a datagram, and nobody on that port answered one: it may have been dropped, or its servers may
    /// have nothing to say to it.
    Unanswered,
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

    /// Whether every connection was refused.
    #[must_use]
    pub fn is_refused(self) -> bool {
        self == Self::Failed(Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)))
    }

    /// Whether no connection was answered, by silence.
    #[must_use]
    pub fn is_timed_out(self) -> bool {
        matches!(self, Self::Failed(Outcome::Connect(ConnectFailure::TimedOut | ConnectFailure::NoAnswer)))
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
            Self::Reached | Self::Silent | Self::Unanswered | Self::Unmeasured => None,
        }
    }

    /// Whether it tells how the target does.
    #[must_use]
    pub fn is_known(self) -> bool {
        !matches!(self, Self::Silent | Self::Unanswered | Self::Unmeasured)
    }

    /// Whether it tells if the target was reached: neither a check that was not made does, nor a datagram that nobody answered.
    #[must_use]
    pub fn is_measured(self) -> bool {
        !matches!(self, Self::Unanswered | Self::Unmeasured)
    }

    /// Whether connections stood, whatever became of them.
    #[must_use]
    pub fn is_connected(self) -> bool {
        match self {
            Self::Reached | Self::Silent => true,
            Self::Failed(outcome) | Self::Mixed { outcome, .. } => matches!(outcome, Outcome::Tls(_) | Outcome::Http(_)),
            Self::Unanswered | Self::Unmeasured => false,
        }
    }

    /// Whether a connection came to nothing, now and then at least: a matter of the network, not of
    /// what is spoken on it.
    #[must_use]
    pub fn failed_to_connect(self) -> bool {
        self.is_failure() && !self.is_connected()
    }
}

/// What the probes of a run gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observations {
    /// One per vantage of the plan, in the plan's order.
    pub probes: Vec<Probe>,
    /// One per named pod of the plan, in the plan's order.
    pub named_pods: Vec<ProbeResult>,
    /// What was seen outside the cluster: by this program itself, where its user says that it runs there, or by a probe on another
    /// machine. Its checks have the plan's numbers.
    pub outside: Option<Record>,
    /// That other machine, as the user named it.
    pub outside_from: Option<String>,
    /// What the kernels of some nodes told, where the user asked for it.
    pub kernel: Vec<KernelLook>,
}

/// What silence makes of a datagram at first.
const UNANSWERED: CheckState = CheckState::Failed(Outcome::Connect(ConnectFailure::NoAnswer));

/// The state of every check of a plan: a row per vantage, a column per target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix<'a> {
    /// The plan whose checks these are.
    pub plan: &'a Plan,
    /// The records, a row each; none where nothing was measured.
    records: Vec<Option<&'a Record>>,
    /// Each record's observations, in the order of the targets.
    observations: Vec<Vec<Option<&'a Observation>>>,
    states: Vec<Vec<CheckState>>,
    /// Ports whose guessed protocol was taken back.
    pub wrong_guesses: BTreeSet<u16>,
    /// Ports on which some check is silent.
    silent_ports: BTreeSet<u16>,
    /// Ports of UDP on which nobody answered.
    unanswered_ports: BTreeSet<u16>,
}

/// One check with all that is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// Where it starts.
    pub vantage: &'a Vantage,
    /// What is dialled.
    pub target: &'a Target,
    /// What it came to.
    pub state: CheckState,
    observation: Option<&'a Observation>,
    record: Option<&'a Record>,
}

/// A chain of redirects that was followed.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a> {
    /// How it ended.
    pub outcome: Outcome,
    answer: Option<&'a Answer>,
}

impl<'a> Chain<'a> {
    /// The redirects, in their order.
    #[must_use]
    pub fn redirects(&self) -> &'a [Redirect] {
        self.answer.map_or(&[], |answer| &answer.redirects)
    }

    /// Where it ended: none where nothing was redirected, so that the first request was the last.
    #[must_use]
    pub fn last_url(&self) -> Option<&'a str> {
        self.redirects().last().map(|redirect| redirect.to.as_str())
    }

    /// How it failed; none where it was answered, or given up before its end, which tells nothing of it.
    #[must_use]
    pub fn failure(&self) -> Option<Outcome> {
        (!matches!(self.outcome, Outcome::Answered | Outcome::Interrupted)).then_some(self.outcome)
    }

    /// What answered in the end.
    #[must_use]
    pub fn http(&self) -> Option<&'a HttpAnswer> {
        self.answer?.http.as_ref()
    }
}

impl<'a> Cell<'a> {
    /// What it came to for a client that follows redirects, where that was tried: a chain that breaks is a failure.
    #[must_use]
    pub fn state_with_redirects(&self) -> CheckState {
        match (self.state, self.chain().and_then(|chain| chain.failure())) {
            (CheckState::Reached, Some(outcome)) => CheckState::Failed(outcome),
            (state, _) => state,
        }
    }

    /// How a follow-up ended, where it was made.
    #[must_use]
    pub fn follow_up(&self, which: FollowUp) -> Option<Outcome> {
        self.observation?.follow_up(which).map(|sample| sample.outcome)
    }

    /// The HTTP status that a follow-up got, where it was made and answered.
    #[must_use]
    pub fn follow_up_status(&self, which: FollowUp) -> Option<u16> {
        let sample = self.observation?.follow_up(which)?;
        Some(self.record?.answer(sample)?.http.as_ref()?.status)
    }

    /// The address that the target's name gave, where it has one and it resolved.
    #[must_use]
    pub fn resolved(&self) -> Option<IpAddr> {
        self.observation?.resolved
    }

    /// What following redirects came to, where that was tried.
    #[must_use]
    pub fn chain(&self) -> Option<Chain<'a>> {
        let sample = self.observation?.follow_up(FollowUp::Redirects)?;
        let answer = self.record.and_then(|record| record.answer(sample));
        Some(Chain { outcome: sample.outcome, answer })
    }

    /// The most milliseconds that a sample took, of those that were made.
    #[must_use]
    pub fn slowest_ms(&self) -> Option<u32> {
        self.observation?.samples.iter().filter(|sample| sample.outcome != Outcome::Interrupted).map(|sample| sample.total_ms).max()
    }

    /// Who answered the samples.
    pub fn answers(&self) -> impl Iterator<Item = &'a Answer> + use<'a> {
        let seen = self.record.zip(self.observation);
        seen.into_iter().flat_map(|(record, observation)| record.answers_of(observation))
    }
}

impl<'a> Matrix<'a> {
    /// Judges every check.
    ///
    /// A protocol that was only guessed, and that nobody speaks on that port whichever way it is dialled, is taken
    /// back where a peer showed that it is there and speaks something else: then the connection is what counts.
    /// Silence shows nothing of the kind, and makes the check [`CheckState::Silent`].
    #[must_use]
    pub fn new(plan: &'a Plan, observations: &'a Observations) -> Self {
        let by_vantage: HashMap<&Vantage, &Record> =
            observations.probes.iter().filter_map(|probe| Some((&probe.vantage, probe.seen.record()?))).collect();
        let records: Vec<_> = plan.vantages.iter().map(|vantage| by_vantage.get(vantage).copied()).collect();
        let row = |record: Option<&'a Record>| {
            let observations = record.map_or(&[][..], |record| &record.observations);
            let by_check: HashMap<_, _> = observations.iter().map(|observation| (observation.check, observation)).collect();
            plan.targets.iter().map(|target| by_check.get(&target.id).copied()).collect::<Vec<_>>()
        };
        let observations: Vec<_> = records.iter().copied().map(row).collect();
        let states = observations.iter().map(|row| row.iter().map(|seen| CheckState::of(*seen)).collect()).collect();
        let mut matrix = Self {
            plan,
            records,
            observations,
            states,
            wrong_guesses: BTreeSet::new(),
            silent_ports: BTreeSet::new(),
            unanswered_ports: BTreeSet::new(),
        };
        matrix.take_back_wrong_guesses();
        matrix.leave_open_unanswered_datagrams();
        matrix
    }

    /// All checks of the Service with all that is known of them.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'a>> + '_ {
        let of_row = move |row| (0..self.plan.targets.len()).map(move |column| self.cell(row, column));
        (0..self.plan.vantages.len()).flat_map(of_row).filter(|cell| !cell.target.other_listener)
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'a> {
        Cell {
            vantage: &self.plan.vantages[row],
            target: &self.plan.targets[column],
            state: self.states[row][column],
            observation: self.observations[row][column],
            record: self.records[row],
        }
    }

    /// The checks of one vantage, in the order of the targets; none where it is not in the plan.
    pub(crate) fn cells_from(&self, vantage: &Vantage) -> Vec<Cell<'a>> {
        let Some(row) = self.plan.vantages.iter().position(|other| other == vantage) else { return Vec::new() };
        (0..self.plan.targets.len()).map(|column| self.cell(row, column)).collect()
    }

    /// A check of somebody beside the vantages, who is at one of them.
    pub(crate) fn cell_beside(&self, vantage: &'a Vantage, target: &'a Target, record: Option<&'a Record>) -> Cell<'a> {
        let observation = record.and_then(|record| record.observations.iter().find(|observation| observation.check == target.id));
        Cell { vantage, target, state: self.judged(target, observation), observation, record }
    }

    /// What probes gave.
    pub fn records(&self) -> impl Iterator<Item = &'a Record> + '_ {
        self.records.iter().copied().flatten()
    }

    /// What probes learnt of their nodes.
    pub fn nodes(&self) -> impl Iterator<Item = (&'a str, &'a NodeEvidence)> + '_ {
        let vantages = self.plan.vantages.iter().zip(&self.records);
        vantages.filter_map(|(vantage, record)| Some((vantage.node.as_str(), (*record)?.node.as_ref()?)))
    }

    /// The nodes that kept ICMP errors to themselves while their probe ran, by their own count.
    pub fn nodes_with_rate_limited_refusals(&self) -> impl Iterator<Item = &'a str> + '_ {
        let vantages = self.plan.vantages.iter().zip(&self.records).filter(|(vantage, _)| vantage.network == Network::Host);
        let rate_limited = |record: &Record| record.refusals.and_then(|counts| counts.rate_limited).unwrap_or(0);
        vantages.filter_map(move |(vantage, record)| record.filter(|record| rate_limited(record) > 0).map(|_| vantage.node.as_str()))
    }

    /// The checks by which clients come.
    pub fn service_checks(&self) -> impl Iterator<Item = (&'a Vantage, &'a Target, CheckState)> + '_ {
        self.checks().filter(|(_, target, _)| !target.is_evidence())
    }

    /// The checks of one vantage, by its index in the plan.
    pub fn row(&self, vantage: usize) -> impl Iterator<Item = (&'a Target, CheckState)> + '_ {
        self.plan.targets.iter().zip(self.states[vantage].iter().copied())
    }

    /// One check, by the indices of its vantage and target in the plan.
    #[must_use]
    pub fn state(&self, vantage: usize, target: usize) -> CheckState {
        self.states[vantage][target]
    }

    /// All checks of the Service.
    pub fn checks(&self) -> impl Iterator<Item = (&'a Vantage, &'a Target, CheckState)> + '_ {
        self.all_checks().filter(|(_, target, _)| !target.other_listener)
    }

    /// The checks of ports at the load balancer's address that are none of the Service's.
    pub(crate) fn other_listeners(&self) -> impl Iterator<Item = (&'a Vantage, &'a Target, CheckState)> + '_ {
        self.all_checks().filter(|(_, target, _)| target.other_listener)
    }

    fn all_checks(&self) -> impl Iterator<Item = (&'a Vantage, &'a Target, CheckState)> + '_ {
        (0..).zip(&self.plan.vantages).flat_map(|(index, vantage)| self.row(index).map(move |(target, state)| (vantage, target, state)))
    }

    /// Whether a follow-up was answered anywhere on a port.
    #[must_use]
    pub fn follow_up_answered(&self, port: u16, which: FollowUp) -> bool {
        self.cells().any(|cell| cell.target.port == port && cell.follow_up(which) == Some(Outcome::Answered))
    }

    /// What a check of somebody beside the vantages came to, in the light of what they showed of the port: a protocol that
    /// was taken back there is none here.
    pub(crate) fn judged(&self, target: &Target, observation: Option<&Observation>) -> CheckState {
        let state = CheckState::of(observation);
        if state == UNANSWERED && target.protocol == Protocol::Udp && self.unanswered_ports.contains(&target.port) {
            CheckState::Unanswered
        } else if self.wrong_guesses.contains(&target.port) && state.outcome().is_some_and(Outcome::shows_a_speaker) {
            CheckState::Reached
        } else if state.is_failure() && state.is_connected() && self.silent_ports.contains(&target.port) {
            CheckState::Silent
        } else {
            state
        }
    }

    /// Silence alone is no sign of a drop: of a port where nobody answers a datagram it may be its servers'.
    fn leave_open_unanswered_datagrams(&mut self) {
        let is_udp = |target: &&Target| target.protocol == Protocol::Udp;
        let ports: BTreeSet<u16> = self.plan.targets.iter().filter(is_udp).map(|target| target.port).collect();
        let answers = |port: u16| {
            let mut states = self.checks().filter(|(_, target, _)| is_udp(target) && target.port == port).map(|(_, _, state)| state);
            states.any(|state| matches!(state, CheckState::Reached | CheckState::Mixed { .. }))
        };
        self.unanswered_ports = ports.into_iter().filter(|port| !answers(*port)).collect();
        for row in &mut self.states {
            for (target, state) in self.plan.targets.iter().zip(row) {
                if is_udp(&target) && *state == UNANSWERED && self.unanswered_ports.contains(&target.port) {
                    *state = CheckState::Unanswered;
                }
            }
        }
    }

    fn take_back_wrong_guesses(&mut self) {
        let is_guessed = |target: &&Target| target.protocol_from == ProtocolFrom::Guess && target.protocol == Protocol::Tcp;
        let guessed: BTreeSet<u16> = self.plan.targets.iter().filter(is_guessed).map(|target| target.port).collect();
        // Ports on which nobody speaks the protocol.
        let mut unspoken = BTreeSet::new();
        for port in guessed {
            let is_of_port = |target: &Target| target.port == port && target.protocol == Protocol::Tcp;
            let states: Vec<_> = self.checks().filter(|(_, target, _)| is_of_port(target)).map(|(_, _, state)| state).collect();
            let is_spoken = |state: &CheckState| {
                matches!(state, CheckState::Reached | CheckState::Mixed { .. }) || state.outcome().is_some_and(Outcome::speaks_the_protocol)
            };
            let spoken = states.iter().any(is_spoken)
                // The protocol is right, and only the PROXY header before it is missing.
                || self.follow_up_answered(port, FollowUp::ProxyHeader);
            if spoken || !states.iter().any(|state| state.is_connected()) {
                continue;
            }
            let shows_a_speaker = |state: &CheckState| state.outcome().is_some_and(Outcome::shows_a_speaker);
            if states.iter().any(shows_a_speaker) || self.follow_up_answered(port, FollowUp::PlainHttp) {
                self.wrong_guesses.insert(port);
            }
            unspoken.insert(port);
        }
        for row in &mut self.states {
            for (target, state) in self.plan.targets.iter().zip(row) {
                if target.protocol == Protocol::Tcp && unspoken.contains(&target.port) && state.is_connected() {
                    let speaks_otherwise =
                        self.wrong_guesses.contains(&target.port) && state.outcome().is_some_and(Outcome::shows_a_speaker);
                    *state = if speaks_otherwise { CheckState::Reached } else { CheckState::Silent };
                    if !speaks_otherwise {
                        self.silent_ports.insert(target.port);
                    }
                }
            }
        }
    }
}
