//! Where one probe pod stands, and what follows from each thing that is heard of it: pure. Times are those of the run's
//! clock.
//!
//! The answer may come by log or by termination message; a channel that fails leaves the pod to the other one. Where logs
//! are read the log is believed first: it comes from kubelet itself, while more people may write a status.

use std::time::Duration;

use lbprobe_analysis::observations::{ProbeResult, Unmeasured};
use lbprobe_protocol::{Plan, Record};

use super::answers;
use super::result_channel::ResultChannel;
use super::status::{End, PodStage};

/// Log requests that may bring no record before the other channel is left to itself: while kubelet
/// has not linked the file yet, a request is answered with an error as its content.
const LOG_TRIES: u8 = 2;

/// One pod.
#[derive(Debug)]
pub(super) enum PodState {
    /// The create is under way.
    Creating,
    /// Created, not running yet.
    Starting(Starting),
    /// Its container runs or has run; the answer is awaited.
    Answering(Answering),
    /// Nothing more is awaited.
    Done(ProbeResult),
}

#[derive(Debug)]
pub(super) struct Starting {
    pub(super) since: Duration,
    /// kubelet has said something of it.
    pub(super) seen: bool,
    /// The first warning in its events.
    pub(super) warning: Option<(Duration, String)>,
}

#[derive(Debug)]
pub(super) struct Answering {
    pub(super) since: Duration,
    log: Log,
    /// How the container ended, where the end brought no whole record.
    end: Option<Ended>,
}

#[derive(Debug)]
enum Log {
    NotAsked,
    Asked { tries_left: u8 },
    Failed(Unmeasured),
}

/// An end whose record is not whole, or is not believed before the log.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one a pod, for a moment")]
enum Ended {
    /// What the termination message has: where it is cut, outcomes without all answers.
    Message(Record),
    /// What the container ended with, where that tells more than that it ended.
    Useless(Option<Unmeasured>),
}

/// What a change asks of the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Read the pod's log.
    ReadLog,
}

impl PodState {
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    fn starting(seen: bool, now: Duration) -> Self {
        Self::Starting(Starting { since: now, seen, warning: None })
    }

    /// The create was answered. The watch may have been quicker.
    pub(super) fn created(&mut self, now: Duration) {
        if matches!(self, Self::Creating) {
            *self = Self::starting(false, now);
        }
    }

    /// Another pod takes the place of this one, which could not start.
    pub(super) fn begun_again(&mut self, now: Duration) {
        if let Self::Starting(starting) = self {
            *starting = Starting { since: now, seen: false, warning: None };
        }
    }

    /// Nothing will come.
    pub(super) fn give_up(&mut self, why: Unmeasured) {
        if !self.is_done() {
            *self = Self::Done(ProbeResult::Nothing(why));
        }
    }

    /// A warning in the pod's events; only the first before the start counts.
    pub(super) fn warned(&mut self, message: String, now: Duration) {
        if let Self::Starting(Starting { warning: warning @ None, .. }) = self {
            *warning = Some((now, message));
        }
    }

    /// The watch shows a stage.
    pub(super) fn reached(&mut self, stage: PodStage, channel: ResultChannel, plan: &Plan, now: Duration) -> Option<Action> {
        match (&mut *self, stage) {
            (Self::Done(_), _) => None,
            (_, PodStage::Refused(why)) => {
                self.give_up(why);
                None
            }
            (Self::Creating, stage @ (PodStage::Unseen | PodStage::Starting)) => {
                *self = Self::starting(stage == PodStage::Starting, now);
                None
            }
            (Self::Starting(starting), PodStage::Starting) => {
                starting.seen = true;
                None
            }
            (Self::Creating | Self::Starting(_), PodStage::Running) => {
                let (log, action) = match channel {
                    ResultChannel::Logs => (Log::Asked { tries_left: LOG_TRIES - 1 }, Some(Action::ReadLog)),
                    ResultChannel::TerminationMessages => (Log::NotAsked, None),
                };
                *self = Self::Answering(Answering { since: now, log, end: None });
                action
            }
            (_, PodStage::Ended(end)) => self.ended(&end, channel, plan, now),
            (Self::Starting(_) | Self::Answering(_), _) => None,
        }
    }

    fn ended(&mut self, end: &End, channel: ResultChannel, plan: &Plan, now: Duration) -> Option<Action> {
        let ended = match answers::read(&end.message, plan) {
            Ok(record) if !record.cut && channel == ResultChannel::TerminationMessages => {
                *self = Self::Done(ProbeResult::Record(record));
                return None;
            }
            Ok(record) => Ended::Message(record),
            Err(_) => Ended::Useless(end.failure()),
        };
        let log = match std::mem::replace(self, Self::Creating) {
            Self::Answering(answering) => answering.log,
            _ => Log::NotAsked,
        };
        let (log, action) = match log {
            // The log of an ended container stays until the pod is removed.
            Log::NotAsked => (Log::Asked { tries_left: 0 }, Some(Action::ReadLog)),
            Log::Failed(why) => {
                *self = Self::Done(ended.or(why));
                return None;
            }
            asked @ Log::Asked { .. } => (asked, None),
        };
        *self = Self::Answering(Answering { since: now, log, end: Some(ended) });
        action
    }

    /// A log request brought this text.
    pub(super) fn log_read(&mut self, text: &str, plan: &Plan) -> Option<Action> {
        let Self::Answering(answering) = self else { return None };
        let why = match answers::read(text, plan) {
            Ok(record) => {
                *self = Self::Done(ProbeResult::Record(record));
                return None;
            }
            Err(why) => why,
        };
        match (answering.end.take(), &answering.log) {
            (Some(end), _) => *self = Self::Done(end.or(why)),
            (None, Log::Asked { tries_left: tries_left @ 1.. }) => {
                answering.log = Log::Asked { tries_left: tries_left - 1 };
                return Some(Action::ReadLog);
            }
            (None, _) => answering.log = Log::Failed(why),
        }
        None
    }

    /// The wait for an answer has lasted too long.
    pub(super) fn overdue(&mut self, waited: Duration) {
        if let Self::Answering(answering) = self {
            let silent = || Unmeasured::answer_overdue(waited);
            let why = match std::mem::replace(&mut answering.log, Log::NotAsked) {
                Log::Failed(why) => why,
                Log::NotAsked | Log::Asked { .. } => silent(),
            };
            let end = answering.end.take().unwrap_or(Ended::Useless(None));
            *self = Self::Done(end.or(why));
        }
    }
}

impl Ended {
    /// Outcomes without answers are better than nothing; what a container ended with says more than an empty log.
    fn or(self, why: Unmeasured) -> ProbeResult {
        match self {
            Self::Message(record) => ProbeResult::Record(record),
            Self::Useless(end) => ProbeResult::Nothing(end.unwrap_or(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::{Check, Exchange, Host, Observation, Outcome, Sample, VERSION, When};

    use super::*;

    fn plan() -> Plan {
        let check = Check {
            id: 0,
            host: Host::Address([10, 96, 0, 1].into()),
            port: 80,
            exchange: Exchange::Connect,
            samples: 1,
            timeout_ms: 100,
            when: When::AtOnce,
            follow_ups: Vec::new(),
        };
        Plan { version: VERSION, wait_ms: 0, linger_ms: 0, checks: vec![check], questions: Vec::new(), watch: None, kernel: None }
    }

    fn text(cut: bool) -> String {
        let sample = Sample { outcome: Outcome::Answered, connect_ms: Some(1), total_ms: 1, answer: None };
        let observations = vec![Observation { check: 0, resolved: None, samples: vec![sample], follow_ups: Vec::new() }];
        Record { planned: 1, cut, observations, ..Record::default() }.to_text()
    }

    /// No matter when.
    const NOW: Duration = Duration::ZERO;

    fn ended(message: &str) -> PodStage {
        PodStage::Ended(End { exit_code: 0, reason: "Completed".into(), message: message.into() })
    }

    fn starting() -> PodState {
        let mut state = PodState::Creating;
        state.created(NOW);
        state
    }

    fn is_record(state: &PodState) -> bool {
        matches!(state, PodState::Done(ProbeResult::Record(_)))
    }

    #[test]
    fn the_log_road_asks_once_running_and_ends_with_a_record() {
        let mut state = starting();
        assert_eq!(state.reached(PodStage::Running, ResultChannel::Logs, &plan(), NOW), Some(Action::ReadLog));
        assert_eq!(state.reached(PodStage::Running, ResultChannel::Logs, &plan(), NOW), None);
        assert_eq!(state.log_read(&text(false), &plan()), None);
        assert!(is_record(&state));
    }

    #[test]
    fn the_other_road_asks_for_no_log() {
        let mut state = starting();
        assert_eq!(state.reached(PodStage::Running, ResultChannel::TerminationMessages, &plan(), NOW), None);
        assert_eq!(state.reached(ended(&text(false)), ResultChannel::TerminationMessages, &plan(), NOW), None);
        assert!(is_record(&state));
    }

    #[test]
    fn an_end_without_record_falls_back_to_the_log() {
        for message in ["", "\u{1b}]0;owned\u{7}", "lbprobe/1 1 done full\n"] {
            let mut state = starting();
            assert_eq!(state.reached(ended(message), ResultChannel::TerminationMessages, &plan(), NOW), Some(Action::ReadLog));
            assert_eq!(state.log_read(&text(false), &plan()), None);
            assert!(is_record(&state));
        }
    }

    /// A forged status is no answer where the probe's own log is there.
    #[test]
    fn the_log_is_believed_before_the_status() {
        let forged = Record { planned: 1, interrupted: true, ..Record::default() }.to_text();
        for runs in [false, true] {
            let mut state = starting();
            let first = if runs { state.reached(PodStage::Running, ResultChannel::Logs, &plan(), NOW) } else { None };
            let then = state.reached(ended(&forged), ResultChannel::Logs, &plan(), NOW);
            assert_eq!(first.or(then), Some(Action::ReadLog));
            assert!(!state.is_done());
            state.log_read(&text(false), &plan());
            assert!(matches!(&state, PodState::Done(ProbeResult::Record(record)) if !record.interrupted), "{state:?}");
        }
    }

    #[test]
    fn a_cut_message_is_kept_for_when_the_log_fails() {
        let mut state = starting();
        assert_eq!(state.reached(ended(&text(true)), ResultChannel::TerminationMessages, &plan(), NOW), Some(Action::ReadLog));
        assert_eq!(state.log_read("", &plan()), None);
        assert!(is_record(&state));
    }

    #[test]
    fn a_log_that_is_not_there_yet_is_read_again_and_then_left() {
        let mut state = starting();
        state.reached(PodStage::Running, ResultChannel::Logs, &plan(), NOW);
        assert_eq!(state.log_read("failed to try resolving symlinks in path", &plan()), Some(Action::ReadLog));
        assert_eq!(state.log_read("failed to try resolving symlinks in path", &plan()), None);
        assert!(!state.is_done());
        state.reached(ended(&text(false)), ResultChannel::Logs, &plan(), NOW);
        assert!(is_record(&state));
    }

    #[test]
    fn garbage_on_both_roads_says_what_was_said() {
        let mut state = starting();
        state.reached(PodStage::Running, ResultChannel::Logs, &plan(), NOW);
        state.reached(ended("garbage"), ResultChannel::Logs, &plan(), NOW);
        state.log_read("\u{1b}[2Jhello\n", &plan());
        let PodState::Done(ProbeResult::Nothing(why)) = state else { panic!("{state:?}") };
        assert!(matches!(&why, Unmeasured::NotAProbe { line, .. } if line == "[2Jhello"), "{why:?}");
    }

    #[test]
    fn what_is_done_stays_done() {
        let mut state = starting();
        state.give_up(Unmeasured::RunEnded);
        state.created(NOW);
        state.overdue(Duration::from_secs(1));
        state.give_up(Unmeasured::PodRemoved);
        assert_eq!(state.reached(PodStage::Running, ResultChannel::Logs, &plan(), NOW), None);
        assert!(matches!(state, PodState::Done(ProbeResult::Nothing(why)) if why == Unmeasured::RunEnded));
    }

    #[test]
    fn what_the_container_ended_with_says_more_than_its_empty_log() {
        let mut state = starting();
        let killed = PodStage::Ended(End { exit_code: 137, reason: "OOMKilled".into(), message: String::new() });
        assert_eq!(state.reached(killed, ResultChannel::Logs, &plan(), NOW), Some(Action::ReadLog));
        state.log_read("", &plan());
        assert!(matches!(&state, PodState::Done(ProbeResult::Nothing(why)) if *why == Unmeasured::OutOfMemory), "{state:?}");
    }
}
