//! Pods that the user named, then and now.

use serde::Serialize;

use super::{Compared, Row, failures, standing};
use crate::documents::Report;
use crate::facts::NamedPod;
use crate::observations::Matrix;
use crate::results::{Contrast, NamedPodRow, SinceBaseline, named_pod_rows};
use crate::text::{self, Language};

/// One pod, then and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparedPod {
    /// Namespace and name, as today.
    pub pod: String,
    /// Which pod of the baseline it is held against, where that has another name: pods are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
    /// From its node and network.
    #[serde(flatten)]
    pub compared: Compared,
}

/// Those that are named today, in their order. One in whose place a proxy answered, then or now, is told of elsewhere: what
/// the proxy says is no state of a check.
pub(super) fn compared(baseline: &Report, report: &Report) -> Vec<ComparedPod> {
    let (then, now) = (Matrix::new(&baseline.plan, &baseline.observations), Matrix::new(&report.plan, &report.observations));
    let before = named_pod_rows(&baseline.plan, &baseline.observations, &then);
    let today = named_pod_rows(&report.plan, &report.observations, &now);
    today.iter().filter_map(|row| compare(row, counterpart(row.pod, &before), report)).collect()
}

/// The pod itself, or else one of its namespace, node and network.
fn counterpart<'a>(pod: &NamedPod, before: &'a [NamedPodRow<'a>]) -> Option<&'a NamedPodRow<'a>> {
    let is_it = |earlier: &&NamedPodRow<'_>| earlier.pod.namespace == pod.namespace && earlier.pod.name == pod.name;
    let is_in_its_place = |earlier: &&NamedPodRow<'_>| earlier.pod.namespace == pod.namespace && earlier.pod.vantage == pod.vantage;
    before.iter().find(is_it).or_else(|| before.iter().find(is_in_its_place))
}

fn compare(now: &NamedPodRow<'_>, then: Option<&NamedPodRow<'_>>, report: &Report) -> Option<ComparedPod> {
    let is_by_proxy = |row: &NamedPodRow<'_>| row.service_checks().any(|check| check.status_of_proxy().is_some());
    if is_by_proxy(now) || then.is_some_and(is_by_proxy) {
        return None;
    }
    let row = |row: &NamedPodRow<'_>| -> Row { row.service_checks().map(|check| (check.target().clone(), check.state())).collect() };
    let (before, today) = (then.map(row), row(now));
    let without = || match now.result(&report.facts.service).contrast {
        Contrast::NotMeasured { why } => SinceBaseline::NotMeasured { reason: text::unmeasured(&why, Language::English) },
        _ => SinceBaseline::NotMeasured { reason: text::left_out(Language::English).to_owned() },
    };
    let earlier = then.map(|then| then.pod.to_string()).filter(|name| *name != now.pod.to_string());
    let compared = Compared {
        vantage: now.pod.vantage.clone(),
        standing: standing(before.as_ref(), Some(&today), without),
        failures: failures(before.as_ref(), Some(&today)),
    };
    Some(ComparedPod { pod: now.pod.to_string(), earlier, compared })
}
