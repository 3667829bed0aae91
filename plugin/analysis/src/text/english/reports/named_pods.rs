//! What is said of pods that the user named, beside plain pods of their nodes.

use lbprobe_protocol::CheckId;

use super::targets;
use crate::facts::NamedPod;
use crate::observations::{NODE_PLACE, Unmeasured, with_word};
use crate::plan::{Network, Target, TargetKind};
use crate::results::{CheckDifference, Contrast, ContrastingCheck, NamedPodResult};
use crate::text::english::unmeasured;
use crate::vantage::Vantage;
use crate::words;

/// Checks that a line names.
const CHECKS: usize = 3;

/// Ports of one address that it names.
const PORTS: usize = 4;

pub(crate) fn result(result: &NamedPodResult, targets: &[Target]) -> String {
    let contrast = contrast(result, targets);
    if result.other_names.is_empty() {
        return contrast;
    }
    let names = words::short_list(&result.other_names, CHECKS);
    format!("{contrast}. Its hosts file maps {names} to another address, which was not dialled")
}

fn contrast(result: &NamedPodResult, targets: &[Target]) -> String {
    let NamedPodResult { pod, vantage, contrast, .. } = result;
    let place = format!("{pod} on {}", vantage.node);
    let plain = plain(vantage);
    match contrast {
        Contrast::Alike { failing } if failing.is_empty() => format!("{place}: every check is answered, as from {plain}"),
        Contrast::Alike { failing } => format!("{place}: fails like {plain} at {}: the cause is not in this pod", listed(failing, targets)),
        Contrast::Differs { checks } => format!("{place}, unlike {plain}: {}", differences(checks, targets)),
        Contrast::NotCompared { failing } if failing.is_empty() => {
            format!("{place}: every check is answered; nothing was measured from {plain} to compare with")
        }
        Contrast::NotCompared { failing } => {
            format!("{place}: fails at {}; nothing was measured from {plain} to compare with", listed(failing, targets))
        }
        Contrast::NotMeasured { why } => {
            let hint = hint(why).map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
            let why = with_word(&format!("{}{hint}", reason(why)), NODE_PLACE, &vantage.node);
            format!("{place}: not measured: {why}")
        }
    }
}

/// The pod runs; what does not start is the probe's container in it.
fn reason(why: &Unmeasured) -> String {
    match why {
        Unmeasured::StartOverdue { milliseconds } => {
            format!("kubelet did not start the probe's container within {} s; it will run once if it starts later", milliseconds / 1000)
        }
        other => unmeasured::reason(other),
    }
}

/// What helps. A ConfigMap does not get into a pod that runs.
fn hint(why: &Unmeasured) -> Option<String> {
    match why {
        Unmeasured::ImageNotPulled { message } => unmeasured::hint(&Unmeasured::ImageAbsent { message: message.clone() }),
        other => unmeasured::hint(other),
    }
}

/// Its name, and below that its node.
pub(crate) fn in_row(pod: &NamedPod) -> String {
    format!("{}\n on {}", pod.name, pod.vantage.node)
}

/// "HTTP 502".
pub(crate) fn http_status(status: u16) -> String {
    format!("HTTP {status}")
}

/// With what the pod is compared.
const fn plain(vantage: &Vantage) -> &'static str {
    match vantage.network {
        Network::Pod => "a plain pod there",
        Network::Host => "its node's own network",
    }
}

/// "198.51.100.1 (port 80, 443) and the DNS name (port 80)".
pub(crate) fn listed<'a>(ids: impl IntoIterator<Item = &'a CheckId>, targets: &[Target]) -> String {
    let mut ports: Vec<(&TargetKind, Vec<u16>)> = Vec::new();
    for target in ids.into_iter().filter_map(|id| targets.iter().find(|target| target.id == *id)) {
        match ports.iter_mut().find(|(kind, _)| **kind == target.kind) {
            Some((_, ports)) => ports.push(target.port),
            None => ports.push((&target.kind, vec![target.port])),
        }
    }
    let each = |(kind, ports): &(&TargetKind, Vec<u16>)| {
        let numbers: Vec<_> = ports.iter().map(ToString::to_string).collect();
        format!("{} (port {})", targets::in_list(kind), words::short_list(&numbers, PORTS))
    };
    words::short_list(&ports.iter().map(each).collect::<Vec<_>>(), CHECKS)
}

/// Each way with its checks: "timed out at 198.51.100.1 (port 80)".
fn differences(checks: &[ContrastingCheck], targets: &[Target]) -> String {
    let mut ways: Vec<(CheckDifference, Vec<CheckId>)> = Vec::new();
    for ContrastingCheck { target, difference } in checks {
        match ways.iter_mut().find(|(known, _)| known == difference) {
            Some((_, ids)) => ids.push(*target),
            None => ways.push((*difference, vec![*target])),
        }
    }
    let each = |(difference, ids): &(CheckDifference, Vec<CheckId>)| {
        let at = listed(ids, targets);
        match difference {
            CheckDifference::Fails { outcome } => format!("{outcome} at {at}"),
            CheckDifference::Reaches { outcome } => format!("answered at {at}, where that pod fails ({outcome})"),
            CheckDifference::OtherStatus { status, beside } => format!("HTTP {status} instead of {beside} at {at}"),
        }
    };
    words::short_list(&ways.iter().map(each).collect::<Vec<_>>(), CHECKS)
}
