//! Attempts to a record.

use lbprobe_protocol::{Answer, FollowedUp, Observation, Outcome, Plan, Record, Sample, When};

use crate::dial::Attempt;
use crate::dialling::SeenOfCheck;

/// Gathers what was seen. Samples that were not made count as interrupted; a check that no symptom
/// called for is left out.
pub(crate) fn record(plan: &Plan, seen: Vec<SeenOfCheck>, interrupted: bool) -> Record {
    let mut answers = Vec::new();
    let mut keep = |attempt: Attempt| Sample { answer: attempt.answer.and_then(|answer| place_of(answer, &mut answers)), ..attempt.sample };
    let observations = plan
        .checks
        .iter()
        .zip(seen)
        .filter(|(check, seen)| seen.is_begun || check.when != When::OnSymptom)
        .map(|(check, seen)| {
            let resolved = seen.samples.iter().find_map(|attempt| attempt.resolved);
            let mut samples: Vec<_> = seen.samples.into_iter().map(&mut keep).collect();
            let missing = usize::from(check.samples).saturating_sub(samples.len());
            let not_made = Sample { outcome: Outcome::Interrupted, connect_ms: None, total_ms: 0, answer: None };
            samples.extend(std::iter::repeat_n(not_made, missing));
            let followed_up = |(follow_up, attempt)| FollowedUp { follow_up, sample: keep(attempt) };
            Observation { check: check.id, resolved, samples, follow_ups: seen.follow_ups.into_iter().map(followed_up).collect() }
        })
        .collect();
    Record { planned: plan.checks.len(), interrupted, cut: false, observations, answers, ..Record::default() }
}

/// The index of an answer; none for one more than an index can name.
fn place_of(answer: Answer, answers: &mut Vec<Answer>) -> Option<u16> {
    let place = answers.iter().position(|known| *known == answer).unwrap_or(answers.len());
    let index = u16::try_from(place).ok()?;
    if place == answers.len() {
        answers.push(answer);
    }
    Some(index)
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::HttpAnswer;

    use super::*;

    #[test]
    fn each_different_answer_is_kept_once_and_no_more_than_can_be_named() {
        let answer = |status| Answer {
            http: Some(HttpAnswer { status, version: None, server: None, body: None, source: None, behind: None }),
            ..Answer::default()
        };
        let mut answers = vec![answer(200), answer(404)];
        assert_eq!(place_of(answer(404), &mut answers), Some(1));
        assert_eq!(place_of(answer(503), &mut answers), Some(2));
        answers.resize(usize::from(u16::MAX) + 1, answer(500));
        assert_eq!(place_of(answer(500), &mut answers), Some(3));
        assert_eq!(place_of(answer(418), &mut answers), None);
        assert_eq!(answers.len(), usize::from(u16::MAX) + 1);
    }
}
