//! Which pod of each vantage counts: a later one takes the place of one that could not start.

use lbprobe_analysis::observations::Unmeasured;
use lbprobe_analysis::plan::Vantage;

use super::build::{PodNumber, RunSpec};
use crate::error::{Error, Refusal};

/// The attempts of a run, by vantages.
pub(super) struct Attempts<'a> {
    run_spec: &'a RunSpec,
    vantages: &'a [Vantage],
    current: Vec<usize>,
}

impl<'a> Attempts<'a> {
    /// All at the first.
    pub(super) fn first(run_spec: &'a RunSpec, vantages: &'a [Vantage]) -> Self {
        Self { run_spec, vantages, current: vec![0; vantages.len()] }
    }

    /// The pod of a vantage that counts.
    pub(super) fn current(&self, vantage: usize) -> PodNumber {
        PodNumber { vantage, attempt: self.current[vantage] }
    }

    /// Whether what is heard of a pod still matters.
    pub(super) fn is_current(&self, number: PodNumber) -> bool {
        self.current[number.vantage] == number.attempt
    }

    /// The pod to make in place of one whose image the node cannot use; nothing where no other image is left, or another
    /// would not help.
    pub(super) fn after_start(&mut self, number: PodNumber, why: &Unmeasured) -> Option<PodNumber> {
        let is_about_image =
            matches!(why, Unmeasured::ImageAbsent { .. } | Unmeasured::ImageNotPulled { .. } | Unmeasured::ContainerNotStarted { .. });
        if is_about_image { self.next(number) } else { None }
    }

    /// The same where the server refused the pod: a policy may admit another image.
    pub(super) fn after_refusal(&mut self, number: PodNumber, why: &Error) -> Option<PodNumber> {
        let is_a_policy = match why {
            Error::Forbidden { message, .. } | Error::Api { message, code: Some(400..=499), .. } => Refusal::of(message) == Refusal::Other,
            _ => false,
        };
        if is_a_policy { self.next(number) } else { None }
    }

    fn next(&mut self, number: PodNumber) -> Option<PodNumber> {
        let next = PodNumber { attempt: number.attempt + 1, ..number };
        let carried = self.run_spec.delivery.as_carried()?;
        let is_left = self.is_current(number) && carried.has_image(&self.vantages[number.vantage].node, next.attempt);
        is_left.then(|| {
            self.current[number.vantage] = next.attempt;
            next
        })
    }

    /// Why a pod did not start, in the light of how its image was to come: none was to be pulled where the probe is carried.
    pub(super) fn explained(&self, why: Unmeasured) -> Unmeasured {
        match why {
            Unmeasured::ImageNotPulled { message } if self.run_spec.delivery.as_carried().is_some() => Unmeasured::NeverChanged { message },
            other => other,
        }
    }
}
