//! The words for expectations that are not met, or cannot be judged.

use super::changes::change;
use super::evidence::failed_check;
use super::reports::checks::vantages;
use super::{expectations, list, outcomes, short_list};
use crate::acceptance::{Shortfall, ShortfallReason};

/// Names in a list before it says how many there are.
const NAMED: usize = 3;

/// The name of the case that so many nodes are measured.
pub(crate) fn minimum_nodes(minimum: usize) -> String {
    format!("至少测到 {minimum} 个节点")
}

/// "node2 和 node3 (pod)：超时".
pub(crate) fn shortfall(shortfall: &Shortfall) -> String {
    let reason = reason(&shortfall.reason);
    if shortfall.vantages.is_empty() {
        return reason;
    }
    format!("{}：{reason}", vantages(&shortfall.vantages))
}

fn reason(reason: &ShortfallReason) -> String {
    match reason {
        ShortfallReason::Fails { failed } => failed_check(*failed),
        ShortfallReason::NobodyAnswered => "已连通，但没有应答".into(),
        ShortfallReason::Reached => "能访问，但不应能访问".into(),
        ShortfallReason::NoStatus { wanted } => format!("没有 HTTP 状态码；预期 {wanted}"),
        ShortfallReason::OtherStatus { seen, wanted } => {
            let seen: Vec<_> = seen.iter().map(ToString::to_string).collect();
            format!("状态码为 {}，不是 {wanted}", list(&seen))
        }
        ShortfallReason::NoCertificate { wanted } => format!("没有证书；预期 {wanted} 的证书"),
        ShortfallReason::OtherCertificate { seen, wanted } => format!("证书属于 {}，不是 {wanted}", short_list(seen, NAMED)),
        ShortfallReason::RedirectFails { to: Some(to), outcome } => format!("被重定向到 {to}，在那里：{}", outcomes::outcome(*outcome)),
        ShortfallReason::RedirectFails { to: None, outcome } => format!("按 curl 的方式重复：{}", outcomes::outcome(*outcome)),
        ShortfallReason::TooSlow { milliseconds, bound } => format!("{milliseconds} ms，没有在 {bound} ms 之内"),
        ShortfallReason::SourceIsNodes => "Endpoint 看到的是节点的地址（按 kube-proxy 的规则）".into(),
        ShortfallReason::SourceIsClients => "Endpoint 看到的是客户端的地址（按 kube-proxy 的规则）".into(),
        ShortfallReason::NotMeasured => "未测".into(),
        ShortfallReason::NobodyAnsweredGuess => "已连通，但没有应答；那里的协议只是猜测".into(),
        ShortfallReason::SourceNotKnown => "不知道 Endpoint 看到的源地址".into(),
        ShortfallReason::TooFewNodes { measured, minimum } => format!("测到 {measured} 个节点，至少需要 {minimum} 个"),
        ShortfallReason::SelectsNothing => "没有选中任何探测点".into(),
        ShortfallReason::NoSuchTarget { to, port } => format!("Service 没有端口 {port} 的{}", expectations::target(*to)),
        ShortfallReason::Changed { what } => {
            let what: Vec<_> = what.iter().map(change).collect();
            format!("运行期间发生变化：{}", short_list(&what, NAMED))
        }
        ShortfallReason::NoReport { why } => why.clone(),
    }
}
