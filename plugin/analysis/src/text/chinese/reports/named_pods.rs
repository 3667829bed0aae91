//! What is said of pods that the user named, beside plain pods of their nodes.

use lbprobe_protocol::CheckId;

use super::targets;
use crate::facts::NamedPod;
use crate::observations::{NODE_PLACE, Unmeasured, with_word};
use crate::plan::{Network, Target, TargetKind};
use crate::results::{CheckDifference, Contrast, ContrastingCheck, NamedPodResult};
use crate::text::chinese::{outcomes, short_list, unmeasured};
use crate::vantage::Vantage;

/// Checks that a line names.
const CHECKS: usize = 3;

/// Ports of one address that it names.
const PORTS: usize = 4;

pub(crate) fn result(result: &NamedPodResult, targets: &[Target]) -> String {
    let contrast = contrast(result, targets);
    if result.other_names.is_empty() {
        return contrast;
    }
    let names = short_list(&result.other_names, CHECKS);
    format!("{contrast}。它的 hosts 文件把 {names} 指向另一个地址，没有访问那个地址")
}

fn contrast(result: &NamedPodResult, targets: &[Target]) -> String {
    let NamedPodResult { pod, vantage, contrast, .. } = result;
    let place = format!("{} 上的 {pod}", vantage.node);
    let plain = plain(vantage);
    match contrast {
        Contrast::Alike { failing } if failing.is_empty() => format!("{place}：每项检查都有应答，与{plain}相同"),
        Contrast::Alike { failing } => format!("{place}：与{plain}一样在 {}失败：原因不在这个 Pod", listed(failing, targets)),
        Contrast::Differs { checks } => format!("{place}，与{plain}不同：{}", differences(checks, targets)),
        Contrast::NotCompared { failing } if failing.is_empty() => {
            format!("{place}：每项检查都有应答；没有{plain}的测量结果可供对比")
        }
        Contrast::NotCompared { failing } => {
            format!("{place}：在 {}失败；没有{plain}的测量结果可供对比", listed(failing, targets))
        }
        Contrast::NotMeasured { why } => {
            let hint = hint(why).map(|hint| format!("（提示：{hint}）")).unwrap_or_default();
            let why = with_word(&format!("{}{hint}", reason(why)), NODE_PLACE, &vantage.node);
            format!("{place}：未测：{why}")
        }
    }
}

/// The pod runs; what does not start is the probe's container in it.
fn reason(why: &Unmeasured) -> String {
    match why {
        Unmeasured::StartOverdue { milliseconds } => {
            format!("kubelet 在 {} s 内没有启动探针的容器；如果之后启动，它会运行一次", milliseconds / 1000)
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
    format!("{}\n 在 {} 上", pod.name, pod.vantage.node)
}

/// "HTTP 502".
pub(crate) fn http_status(status: u16) -> String {
    format!("HTTP {status}")
}

/// With what the pod is compared.
const fn plain(vantage: &Vantage) -> &'static str {
    match vantage.network {
        Network::Pod => "该节点上的普通 Pod",
        Network::Host => "其节点自己的网络",
    }
}

/// "198.51.100.1（端口 80、443）和 DNS 名称（端口 80）".
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
        format!("{}（端口 {}）", targets::in_list(kind), short_list(&numbers, PORTS))
    };
    short_list(&ports.iter().map(each).collect::<Vec<_>>(), CHECKS)
}

/// Each way with its checks: "在 198.51.100.1（端口 80）超时".
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
            CheckDifference::Fails { outcome } => format!("在 {at}{}", outcomes::outcome(*outcome)),
            CheckDifference::Reaches { outcome } => format!("在 {at}有应答，而那个 Pod 失败（{}）", outcomes::outcome(*outcome)),
            CheckDifference::OtherStatus { status, beside } => format!("在 {at}得到 HTTP {status}，而不是 {beside}"),
        }
    };
    short_list(&ways.iter().map(each).collect::<Vec<_>>(), CHECKS)
}
