//! What pods that the user named saw, beside a plain pod of the same node.

use lbprobe_protocol::{CheckId, HttpAnswer, Outcome};
use serde::{Deserialize, Serialize};

use crate::facts::{NamedPod, Service};
use crate::observations::{Cell, CheckState, Matrix, Observations, ProbeResult, Unmeasured};
use crate::plan::{Plan, Target};
use crate::vantage::Vantage;

/// A named pod with its checks.
#[derive(Clone, Debug)]
pub struct NamedPodRow<'a> {
    /// The pod.
    pub pod: &'a NamedPod,
    /// What its probe gave; nothing where the run ended before it.
    pub seen: Option<&'a ProbeResult>,
    /// A check for each target, in the order of the plan.
    pub checks: Vec<NamedPodCheck<'a>>,
}

/// One check from a named pod, and the same from a plain pod of its node; from the host where the pod is in its network.
#[derive(Clone, Copy, Debug)]
pub struct NamedPodCheck<'a> {
    /// The pod's.
    pub own: Cell<'a>,
    /// The plain pod's; nothing where the node was not probed.
    pub plain: Option<Cell<'a>>,
}

/// What a named pod came to. In documents beside its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedPodResult {
    /// Namespace and name.
    pub pod: String,
    /// Its node and network.
    pub vantage: Vantage,
    /// Shorter names of the Service that its hosts file gives another address, which was not dialled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<String>,
    /// Beside a plain pod.
    #[serde(flatten)]
    pub contrast: Contrast,
}

/// A named pod beside a plain pod of its node. In documents `contrast` and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "contrast", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Contrast {
    /// Each check of clients ends as from the plain pod.
    Alike {
        /// The targets that fail from both.
        failing: Vec<CheckId>,
    },
    /// Some end otherwise.
    Differs {
        /// Those.
        checks: Vec<ContrastingCheck>,
    },
    /// Nothing was measured from a plain pod.
    NotCompared {
        /// The targets that fail.
        failing: Vec<CheckId>,
    },
    /// Nothing, or not everything, was measured from the pod.
    NotMeasured {
        /// Why.
        why: Unmeasured,
    },
}

/// A check that ends otherwise than from a plain pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContrastingCheck {
    /// The number of the target in the plan.
    pub target: CheckId,
    /// How.
    #[serde(flatten)]
    pub difference: CheckDifference,
}

/// How a check ends otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "difference", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CheckDifference {
    /// It fails, and the plain pod's is answered.
    Fails {
        /// How.
        outcome: Outcome,
    },
    /// It is answered, and the plain pod's fails.
    Reaches {
        /// How that fails.
        outcome: Outcome,
    },
    /// Both are answered, with different HTTP status codes.
    OtherStatus {
        /// The pod's.
        status: u16,
        /// The plain pod's.
        beside: u16,
    },
}

/// The HTTP statuses by which a proxy says that it does not reach a server.
const NOT_REACHED: std::ops::RangeInclusive<u16> = 502..=504;

/// From this HTTP status on an answer is an error.
const FIRST_ERROR: u16 = 400;

impl<'a> NamedPodCheck<'a> {
    /// What is dialled.
    #[must_use]
    pub fn target(&self) -> &'a Target {
        self.own.target
    }

    /// What it came to.
    #[must_use]
    pub fn state(&self) -> CheckState {
        self.own.state_with_redirects()
    }

    /// What the plain pod's came to.
    #[must_use]
    pub fn beside(&self) -> CheckState {
        self.plain.map_or(CheckState::Unmeasured, |cell| cell.state_with_redirects())
    }

    /// Who answered.
    #[must_use]
    pub fn answer(&self) -> Option<&'a HttpAnswer> {
        http_answer(&self.own)
    }

    /// Who answered the plain pod.
    fn answer_beside(&self) -> Option<&'a HttpAnswer> {
        http_answer(&self.plain?)
    }

    /// The HTTP status by which Envoy, which names itself, says that it does not reach the server. Where a plain pod gets the
    /// same one, it is the server's own.
    #[must_use]
    pub fn status_of_proxy(&self) -> Option<u16> {
        let answer = self.answer().filter(|_| self.state() == CheckState::Reached)?;
        let is_envoy = answer.server.as_deref().is_some_and(|server| server.to_ascii_lowercase().contains("envoy"));
        let is_the_same = self.beside() == CheckState::Reached && self.answer_beside().is_some_and(|plain| plain.status == answer.status);
        (is_envoy && NOT_REACHED.contains(&answer.status) && !is_the_same).then_some(answer.status)
    }

    /// Whether it fails, or a proxy says that it does not reach the server.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.state().is_failure() || self.status_of_proxy().is_some()
    }

    /// Whether it fails where a plain pod is answered, or gets an error where that gets none.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        match self.difference() {
            Some(CheckDifference::Fails { .. }) => true,
            Some(CheckDifference::OtherStatus { status, beside }) => {
                self.status_of_proxy().is_some() || status >= FIRST_ERROR && beside < FIRST_ERROR
            }
            Some(CheckDifference::Reaches { .. }) | None => false,
        }
    }

    /// How it ends otherwise than from a plain pod; nothing where it does not, or nothing is known of one of them.
    #[must_use]
    pub fn difference(&self) -> Option<CheckDifference> {
        let (own, beside) = (self.state(), self.beside());
        match (own.outcome(), beside.outcome()) {
            (Some(outcome), None) if beside == CheckState::Reached => Some(CheckDifference::Fails { outcome }),
            (None, Some(outcome)) if own == CheckState::Reached && !self.fails() => Some(CheckDifference::Reaches { outcome }),
            (None, None) => {
                let (status, beside) = (self.answer()?.status, self.answer_beside()?.status);
                (status != beside).then_some(CheckDifference::OtherStatus { status, beside })
            }
            _ => None,
        }
    }
}

impl<'a> NamedPodRow<'a> {
    /// The checks by which clients come.
    pub fn service_checks(&self) -> impl Iterator<Item = &NamedPodCheck<'a>> {
        self.checks.iter().filter(|check| !check.target().is_evidence())
    }

    /// What it comes to.
    #[must_use]
    pub fn result(&self, service: &Service) -> NamedPodResult {
        let (pod, vantage) = (self.pod.to_string(), self.pod.vantage.clone());
        NamedPodResult { pod, vantage, other_names: self.other_names(service), contrast: self.contrast() }
    }

    fn other_names(&self, service: &Service) -> Vec<String> {
        let Service { name, namespace, .. } = service;
        let in_same_namespace = (self.pod.namespace == *namespace).then(|| name.clone());
        let names = in_same_namespace.into_iter().chain([format!("{name}.{namespace}"), format!("{name}.{namespace}.svc")]);
        let is_elsewhere = |name: &String| self.pod.alias(name).is_some_and(|address| !service.has_address(address));
        names.filter(is_elsewhere).collect()
    }

    fn contrast(&self) -> Contrast {
        match self.seen {
            None => return Contrast::NotMeasured { why: Unmeasured::RunEnded },
            Some(ProbeResult::Nothing(why)) => return Contrast::NotMeasured { why: why.clone() },
            Some(ProbeResult::Record(_)) => {}
        }
        let contrasting =
            |check: &NamedPodCheck<'_>| check.difference().map(|difference| ContrastingCheck { target: check.target().id, difference });
        let checks: Vec<_> = self.service_checks().filter_map(contrasting).collect();
        let failing: Vec<_> = self.service_checks().filter(|check| check.fails()).map(|check| check.target().id).collect();
        let of = self.service_checks().count();
        let missing = self.service_checks().filter(|check| check.state() == CheckState::Unmeasured).count();
        let is_fault = self.service_checks().any(|check| check.is_worse() || check.fails());
        let was_ended = self.seen.and_then(ProbeResult::record).is_some_and(|record| record.interrupted);
        if missing > 0 && was_ended && !is_fault {
            Contrast::NotMeasured { why: Unmeasured::Terminated }
        } else if missing > 0 && !is_fault {
            Contrast::NotMeasured { why: Unmeasured::ChecksMissing { missing, of } }
        } else if !checks.is_empty() {
            Contrast::Differs { checks }
        } else if self.service_checks().any(|check| !check.beside().is_measured()) {
            Contrast::NotCompared { failing }
        } else {
            Contrast::Alike { failing }
        }
    }
}

/// A row for each named pod of the plan, in its order.
pub(crate) fn rows<'a>(plan: &'a Plan, observations: &'a Observations, matrix: &Matrix<'a>) -> Vec<NamedPodRow<'a>> {
    let seen = |index: usize| observations.named_pods.get(index);
    let pods = plan.named_pods.iter().enumerate().map(|(index, pod)| (pod, seen(index)));
    pods.map(|(pod, seen)| NamedPodRow { pod, seen, checks: checks(plan, pod, seen, matrix) }).collect()
}

fn checks<'a>(plan: &'a Plan, pod: &'a NamedPod, seen: Option<&'a ProbeResult>, matrix: &Matrix<'a>) -> Vec<NamedPodCheck<'a>> {
    let record = seen.and_then(ProbeResult::record);
    let of_node = matrix.cells_from(&pod.vantage);
    let check = |(index, target): (usize, &'a Target)| NamedPodCheck {
        own: matrix.cell_beside(&pod.vantage, target, record),
        plain: of_node.get(index).copied(),
    };
    plan.targets.iter().enumerate().map(check).collect()
}

fn http_answer<'a>(cell: &Cell<'a>) -> Option<&'a HttpAnswer> {
    cell.answers().find_map(|answer| answer.http.as_ref())
}
