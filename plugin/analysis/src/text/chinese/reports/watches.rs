//! What is said of a watch: what was lost, when, and what was not heard.

use super::{checks, targets};
use crate::text::chinese::{changes, outcomes, ports, short_list, unmeasured};
use crate::text::reports::{Losses, Now, Silence, WatchHeading};
use crate::vantage::Vantage;
use crate::watching::{Changed, Outage, Seconds, Turn, Turned, WatchGapReason, WatchUnknown};

/// Vantages and changes that a line names.
const NAMED: usize = 3;

pub(crate) fn heading(watch: &WatchHeading<'_>) -> String {
    let WatchHeading { service, checks, vantages, interval_ms, length_ms } = *watch;
    format!(
        "Service {service}：从 {vantages} 个探测点做 {checks} 项检查，每 {} 一次，持续 {}，时间为 UTC",
        Seconds(interval_ms.into()),
        Seconds(length_ms),
    )
}

pub(crate) fn losses(losses: &Losses<'_>) -> String {
    let Losses { vantages, target, port, samples, failed } = losses;
    let (vantages, target) = (short_list(vantages, NAMED), targets::in_cell(target));
    let port = checks::port(*port);
    format!("{vantages} 到 {target}，端口 {port}：{samples} 次采样中丢失 {failed} 次")
}

/// An outage; `from` and `until` are times of day.
pub(crate) fn outage(outage: &Outage, from: &str, until: Option<&str>) -> String {
    let length = match (until, outage.until_ms) {
        (Some(until), Some(until_ms)) => format!("到 {until}（{}）", Seconds(until_ms.saturating_sub(outage.from_ms))),
        _ => "直到结束".to_owned(),
    };
    let when = format!("{from} {length}：{}", outage.outcome);
    let coincided: Vec<_> = outage.coincided.iter().map(changed).collect();
    if coincided.is_empty() { when } else { format!("{when}；恰在此时：{}", short_list(&coincided, NAMED)) }
}

pub(crate) fn silence(silence: &Silence<'_>) -> String {
    let Silence { vantages, from, until, reason } = silence;
    let when = if vantages.len() == 1 { format!("{from} 到 {until}") } else { format!("{from} 到 {until} 之间") };
    format!("{}，{when}：{}", short_list(vantages, NAMED), gap_reason(reason))
}

pub(crate) fn gap_reason(reason: &WatchGapReason) -> String {
    match reason {
        WatchGapReason::SamplesMissing => "日志中缺少采样".into(),
        WatchGapReason::NoSample => "没有采样".into(),
        WatchGapReason::NothingHeard => "不再收到任何数据".into(),
        WatchGapReason::ProbeEnded => "探针已结束".into(),
        WatchGapReason::Unmeasured(why) => unmeasured::reason(why),
        WatchGapReason::NotCreated { message } => message.clone(),
    }
}

pub(crate) fn changed(what: &Changed) -> String {
    match what {
        Changed::Service(change) => changes::change(change),
        Changed::KubeProxyEnded { node } => format!("{node} 上的 kube-proxy 退出"),
        Changed::KubeProxyAnswers { node } => format!("{node} 上的 kube-proxy 恢复应答"),
    }
}

pub(crate) fn unknown(what: &WatchUnknown) -> String {
    match what {
        WatchUnknown::Changes { reason } => format!("发生了哪些变更：{reason}"),
        WatchUnknown::UnansweredPorts { ports: silent } => {
            format!("UDP 端口 {} 是否可达：没有任何节点在该端口收到应答，而服务器也可能本来就不应答", ports(silent))
        }
        WatchUnknown::Clocks { ahead_ms } => {
            let direction = if *ahead_ms > 0 { "快" } else { "慢" };
            let away = Seconds(ahead_ms.unsigned_abs());
            format!("哪个时钟准确：本机时钟比某个节点{direction} {away}；中断用节点的时间，Service 的变更用本机的时间")
        }
    }
}

/// How things stand while it goes on.
pub(crate) fn now(now: Now, elapsed: Seconds) -> String {
    let Now { answered, failing, unheard } = now;
    let unheard = if unheard == 0 { String::new() } else { format!("，{unheard} 项没有消息") };
    format!("{answered} 项检查有应答，{failing} 项没有{unheard}；按 Ctrl-C 结束（{elapsed}）")
}

/// A check that was lost, or is back.
pub(crate) fn turn(turn: &Turn) -> String {
    let target = targets::in_cell(&turn.target);
    let (mark, how) = match &turn.what {
        Turned::Lost(outcome) => ("丢失", outcomes::outcome(*outcome)),
        Turned::Back(after) => ("恢复", format!("{} 后恢复应答", Seconds(*after))),
    };
    format!("{mark}  {} 到 {target}，端口 {}：{how}", turn.vantage, checks::port(turn.port))
}

/// A vantage from which nothing is heard.
pub(crate) fn not_heard(vantage: &Vantage, why: &str) -> String {
    format!("空缺  {vantage}：{why}")
}

pub(crate) fn heard_again(vantage: &str) -> String {
    format!("{vantage}：重新收到数据")
}

/// What a watch is called while it begins.
pub(crate) fn watching(service: &str) -> String {
    format!("正在观察 {service}")
}
