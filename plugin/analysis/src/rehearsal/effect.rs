//! What a change is to the clients of a check.

use serde::{Deserialize, Serialize};

use crate::kube_proxy::{Answer, Expectation, Expected};
use crate::prediction::{Outlook, is_failure};

/// What a change is to the clients of a check; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// It is answered today, and will fail.
    Breaks,
    /// It may fail then, by what is not known.
    MayBreak,
    /// It fails today, and will fail in another way: what was refused at once times out, or the other way round.
    FailsOtherwise,
    /// It goes another way: to the real load balancer in place of an endpoint, or the other way round.
    GoesAnotherWay,
    /// The endpoint sees another source address.
    OtherSource,
    /// Others of the endpoints may answer.
    OtherEndpoints,
    /// It fails today, and will be answered.
    Heals,
    /// It may fail today, and will not then.
    MayHeal,
    /// A port that the Service does not declare: what is refused on the nodes today goes on to the load balancer then.
    Opens,
}

impl Effect {
    /// From what is expected today to what is expected then; nothing where that is the same to clients.
    #[must_use]
    pub fn of(today: &Expectation, then: &Expectation) -> Option<Self> {
        let [before, after] = [today, then].map(Certainty::of);
        Some(match (before, after) {
            (Certainty::Answered, Certainty::Fails) => Self::Breaks,
            (Certainty::Fails, Certainty::Answered) => Self::Heals,
            (Certainty::MayFail, Certainty::Answered) | (Certainty::Fails, Certainty::MayFail) => Self::MayHeal,
            (Certainty::MayFail, Certainty::MayFail) if is_like(today, then, |answer| answer.expected) => return None,
            (Certainty::Fails, Certainty::Fails) if is_like(today, then, |answer| answer.expected) => return None,
            (Certainty::Answered | Certainty::MayFail, Certainty::MayFail) | (Certainty::MayFail, Certainty::Fails) => Self::MayBreak,
            (Certainty::Fails, Certainty::Fails) => Self::FailsOtherwise,
            (Certainty::Answered, Certainty::Answered) => return Self::between_answers(today, then),
        })
    }

    /// The same at a port that the Service does not declare: the load balancer may have a listener there, or not.
    #[must_use]
    pub const fn at_undeclared_port(self) -> Self {
        match self {
            Self::Breaks => Self::MayBreak,
            Self::Heals | Self::MayHeal => Self::Opens,
            other => other,
        }
    }

    fn between_answers(today: &Expectation, then: &Expectation) -> Option<Self> {
        let is_passed_on = |answer: &Answer| answer.expected == Expected::NotIntercepted;
        let source = |answer: &Answer| match answer.expected {
            Expected::Reached { source, .. } => Some(source),
            _ => None,
        };
        let endpoints = |answer: &Answer| match answer.expected {
            Expected::Reached { endpoints, .. } => Some(endpoints),
            _ => None,
        };
        if !is_like(today, then, is_passed_on) {
            Some(Self::GoesAnotherWay)
        } else if !is_like(today, then, source) {
            Some(Self::OtherSource)
        } else if !is_like(today, then, endpoints) {
            Some(Self::OtherEndpoints)
        } else {
            None
        }
    }

    /// What it comes to for whoever thinks of the change.
    #[must_use]
    pub const fn outlook(self) -> Outlook {
        match self {
            Self::Breaks => Outlook::Fails,
            Self::MayBreak => Outlook::Depends,
            Self::FailsOtherwise
            | Self::GoesAnotherWay
            | Self::OtherEndpoints
            | Self::OtherSource
            | Self::Heals
            | Self::MayHeal
            | Self::Opens => Outlook::Fine,
        }
    }
}

/// Whether a check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Certainty {
    Answered,
    MayFail,
    Fails,
}

impl Certainty {
    fn of(expectation: &Expectation) -> Self {
        match (expectation.answers().any(is_failure), expectation.answers().all(is_failure)) {
            (false, _) => Self::Answered,
            (true, false) => Self::MayFail,
            (true, true) => Self::Fails,
        }
    }
}

/// Whether two have the same answers, as far as `part` goes.
fn is_like<T: PartialEq>(one: &Expectation, other: &Expectation, part: impl Fn(&Answer) -> T) -> bool {
    let has = |all: &Expectation, answer: &Answer| all.answers().any(|known| part(known) == part(answer));
    one.answers().all(|answer| has(other, answer)) && other.answers().all(|answer| has(one, answer))
}

/// Whether two transitions are told as one: what clients see is the same before, and after.
pub(crate) fn are_alike((today, other_today): (&Expectation, &Expectation), (then, other_then): (&Expectation, &Expectation)) -> bool {
    is_like(today, other_today, |answer| answer.expected) && is_like(then, other_then, |answer| answer.expected)
}
