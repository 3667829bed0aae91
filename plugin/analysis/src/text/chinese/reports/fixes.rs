//! What is said around fixes, and of what they have brought.

use super::checks::vantages;
use crate::fix_outcome::{FixOutcome, FromOutside};
use crate::kube_proxy::Outside;
use crate::remedies::{After, Fix, Need, Requirement};
use crate::text::chinese::{list, remedies};

/// A fix by its name for `fix --strategy`, where it has one.
pub(crate) fn by_strategy(fix: &Fix) -> String {
    let what = remedies::what(&fix.remedy);
    match fix.remedy.strategy() {
        Some(strategy) => format!("{what}（--strategy {strategy}）"),
        None => what,
    }
}

/// A fix in one line: what is not met, and why it does not help.
pub(crate) fn in_short(fix: &Fix) -> String {
    let unmet = fix.needs.iter().filter(|need| need.standing == Requirement::NotMet);
    let unmet: Vec<_> = unmet.map(|need| remedies::prerequisite(need.prerequisite)).collect();
    let unmet = if unmet.is_empty() { String::new() } else { format!("（不满足：{}）", list(&unmet)) };
    let caveat = remedies::caveats(&fix.caveats).map(|caveat| format!("（{caveat}）")).unwrap_or_default();
    format!("{}{unmet}{caveat}", remedies::what(&fix.remedy))
}

pub(crate) fn need(need: &Need) -> String {
    format!("{}（{}）", remedies::prerequisite(need.prerequisite), remedies::requirement(need.standing))
}

/// What is expected after a fix.
pub(crate) fn after(after: &After) -> String {
    let inside = match (after.failing, after.before) {
        (0, _) => "集群内的每项检查预计都有应答".into(),
        (failing, before) if failing < before => {
            format!("预计有 {failing} 项检查失败，现在是 {before} 项：来自 {}", vantages(&after.vantages))
        }
        (failing, _) => format!("在这里没有帮助：预计仍有 {failing} 项检查失败"),
    };
    let outside = match after.outside {
        Some(Outside::SourceKept) => "；集群外的客户端保留源地址",
        Some(Outside::SourceLost) => "；集群外的客户端显示为节点的地址",
        Some(Outside::SourceHidden) => "；集群外的客户端显示为负载均衡的地址",
        Some(Outside::SourceInHeader) => "；PROXY 头中有集群外客户端的地址",
        Some(Outside::Unanswered) => "；集群外的客户端得不到应答",
        None => "",
    };
    format!("{inside}{outside}")
}

/// What a change has brought inside.
pub(crate) fn outcome(outcome: &FixOutcome) -> String {
    match outcome {
        FixOutcome::Fixed => "有效：全部都有应答".into(),
        FixOutcome::ServiceChanged => "测量期间 Service 发生了变化".into(),
        FixOutcome::PartlyMeasured { missing } => format!("在能测到的范围内有效；未测：{}", vantages(missing)),
        FixOutcome::Better { failing } if failing.is_empty() => "有效，但还有另一个故障".into(),
        FixOutcome::Better { failing } => format!("部分有效：{} 仍然失败", vantages(failing)),
        FixOutcome::NoBetter => "无效：失败的仍然失败".into(),
        FixOutcome::Broke { vantages: broken } => format!("它破坏了原本正常的：{}", vantages(broken)),
        FixOutcome::BrokeOutside => "它破坏了原本正常的：负载均衡在集群外不再应答".into(),
        FixOutcome::NotMeasured => "没有看到改善，而且并非全部都能测量".into(),
    }
}

/// What it has brought outside.
pub(crate) const fn from_outside(outside: FromOutside) -> &'static str {
    match (outside.before, outside.after) {
        (true, true) => "从集群外看：前后都有应答",
        (true, false) => "从集群外看：之前有应答，现在没有",
        (false, true) => "从集群外看：之前没有应答，现在有",
        (false, false) => "从集群外看：前后都没有应答",
    }
}
