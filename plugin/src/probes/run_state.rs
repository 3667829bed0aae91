//! Where a run stands: its pods' states, what is to be done next, and what is late. Pure but for where a test stops it.

use std::collections::VecDeque;
use std::time::Duration;

use lbprobe_analysis::observations::Unmeasured;
use lbprobe_analysis::words::printable;

use super::admission::without_name;
use super::attempts::Attempts;
use super::build::{Batches, PodNumber};
use super::clock::RunClock;
use super::state::{Action, PodState};
use super::status::MESSAGE_CHARS;
use crate::error::{Error, Refusal};
use crate::pause::{self, Phase};

/// Between two looks at how the pods stand: a list of thousands is not asked for each one that is late.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// So many pods are few.
const FEW: usize = 200;

/// Counts for a progress line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunProgress {
    pub(crate) pods: usize,
    pub(crate) created: usize,
    pub(crate) running: usize,
    pub(crate) answered: usize,
}

/// Where the run stands.
pub(super) struct RunState<'a> {
    pub(super) states: Vec<PodState>,
    pub(super) attempts: Attempts<'a>,
    /// Pods to make in place of those that could not start.
    pub(super) to_create: Vec<PodNumber>,
    pub(super) progress: RunProgress,
    batches: Batches,
    /// Of each batch, the pods that are not done.
    waiting: Vec<usize>,
    /// Why pods could not be created.
    pub(super) refusals: Vec<Error>,
    pub(super) logs_to_read: VecDeque<usize>,
    pub(super) batches_to_remove: VecDeque<usize>,
    pub(super) clock: RunClock,
    /// What the clock showed when something happened last.
    pub(super) now: Duration,
    pub(super) limits: Late,
    /// When the server was last asked how the pods stand.
    pub(super) asked: Option<Duration>,
    /// When it was asked for what it told last, and whether it did.
    pub(super) looked: Option<(Duration, Result<(), String>)>,
}

/// After how long a pod is late.
#[derive(Clone, Copy)]
pub(super) struct Late {
    pub(super) start: Duration,
    pub(super) answer: Duration,
    /// For how long the server was silent: no kubelet heard of its pod then.
    pub(super) silence: Duration,
}

impl Late {
    /// When a pod is, by the run's clock.
    pub(super) fn late_since(self, state: &PodState) -> Option<Duration> {
        match state {
            PodState::Starting(starting) => Some(starting.since.saturating_add(self.start).saturating_add(self.silence)),
            PodState::Answering(answering) => Some(answering.since.saturating_add(self.answer)),
            PodState::Creating | PodState::Done(_) => None,
        }
    }
}

impl<'a> RunState<'a> {
    pub(super) fn new(attempts: Attempts<'a>, pods: usize, limits: Late) -> Self {
        let batches = Batches::of_pods(pods);
        let mut waiting = vec![0; batches.count()];
        (0..pods).for_each(|index| waiting[batches.batch_of(index)] += 1);
        Self {
            states: (0..pods).map(|_| PodState::Creating).collect(),
            attempts,
            to_create: Vec::new(),
            progress: RunProgress { pods, ..RunProgress::default() },
            batches,
            waiting,
            refusals: Vec::new(),
            logs_to_read: VecDeque::new(),
            batches_to_remove: VecDeque::new(),
            clock: RunClock::begin(),
            now: Duration::ZERO,
            limits,
            asked: None,
            looked: None,
        }
    }

    /// Changes a pod's state, and counts what that brings.
    pub(super) fn change(&mut self, index: usize, change: impl FnOnce(&mut PodState) -> Option<Action>) {
        let before = reached(&self.states[index]);
        let action = change(&mut self.states[index]);
        let now = reached(&self.states[index]);
        self.logs_to_read.extend(action.map(|Action::ReadLog| index));
        self.progress.created += usize::from(now >= 1 && before < 1);
        self.progress.running += usize::from(now >= 2 && before < 2);
        if now == 3 && before < 3 {
            self.progress.answered += 1;
            let batch = self.batches.batch_of(index);
            self.waiting[batch] -= 1;
            // One batch alone is removed when the verdict is there: nobody is to wait for that.
            if self.waiting[batch] == 0 && self.waiting.len() > 1 {
                self.batches_to_remove.push_back(batch);
            }
        }
    }

    /// Whether somebody is late, or with few pods slow, of whom the server was not asked since.
    pub(super) fn wants_a_look(&self) -> bool {
        if self.asked.is_some_and(|asked| self.now.saturating_sub(asked) < BETWEEN_LOOKS) {
            return false;
        }
        let is_late = |late: Duration| late <= self.now && self.asked.is_none_or(|asked| asked < late);
        // Of few pods it costs little to hear early that the server is silent.
        let waits =
            |state: &PodState| matches!(state, PodState::Starting(starting) if self.now.saturating_sub(starting.since) > BETWEEN_LOOKS);
        let is_few = self.states.len() <= FEW;
        self.states.iter().any(|state| self.limits.late_since(state).is_some_and(is_late) || (is_few && waits(state)))
    }

    /// A pod is made in place of one that could not start.
    pub(super) fn begin_again(&mut self, next: PodNumber) {
        self.states[next.vantage].begun_again(self.now);
        self.to_create.push(next);
    }

    pub(super) fn give_up(&mut self, index: usize, why: Unmeasured) {
        self.change(index, |state| {
            state.give_up(why);
            None
        });
    }

    pub(super) fn too_late(&mut self, index: usize) {
        let Late { start, answer, .. } = self.limits;
        self.change(index, |state| {
            if matches!(state, PodState::Starting(_)) {
                state.give_up(not_started(start));
            } else {
                state.overdue(answer);
            }
            None
        });
    }

    pub(super) fn refused(&mut self, index: usize, cause: Error, name: &str, namespace: &str) {
        let why = match &cause {
            Error::Forbidden { message, .. } | Error::Api { message, .. } => Unmeasured::NotCreated {
                message: printable(&without_name(message, name), MESSAGE_CHARS),
                hint: Some(Refusal::of(message).hint("pods", namespace)),
            },
            other => Unmeasured::Other { message: printable(&other.to_string(), MESSAGE_CHARS), hint: other.hint() },
        };
        self.give_up(index, why);
        self.refusals.push(cause);
    }

    /// Where a test stops the run.
    pub(super) async fn pause(&self, before: RunProgress) {
        let RunProgress { pods, created, running, .. } = self.progress;
        if created == pods && before.created < pods {
            pause::at(Phase::PodsCreated).await;
        }
        if running == pods && before.running < pods {
            pause::at(Phase::PodsRunning).await;
        }
    }
}

/// How far a pod has come: created, running, done.
fn reached(state: &PodState) -> u8 {
    match state {
        PodState::Creating => 0,
        PodState::Starting(_) => 1,
        PodState::Answering(_) => 2,
        PodState::Done(_) => 3,
    }
}

pub(super) fn not_started(start_timeout: Duration) -> Unmeasured {
    Unmeasured::start_overdue(start_timeout)
}
