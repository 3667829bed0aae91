//! The words of a rehearsal.

use super::targets;
use crate::diagnosis::Verdict;
use crate::facts::KubeProxyProcess;
use crate::prediction::Outlook;
use crate::rehearsal::{Effect, Held, Mismatch, NodeProof, NodeState, Obstacle, RehearsalNote};
use crate::text::chinese::{outcomes, short_list};
use crate::text::reports::{Headline, ProofCounts, RehearsalCounts};

/// The columns of its table.
pub(crate) const COLUMNS: [&str; 6] = ["SERVICE", "影响", "来自", "目标", "现在", "之后"];

/// How its third column is read.
pub(crate) const LEGEND: &str = "来自 pod×2：来自 2 个节点上的 Pod。";

/// The columns of its proof.
pub(crate) const PROOF_COLUMNS: [&str; 4] = ["节点", "KUBE-PROXY", "变更后的检查", "中断"];

/// How the last one is read.
pub(crate) const PROOF_LEGEND: &str = "中断：后来恢复应答的检查中，没有应答的最长时间。";

/// What a proof comes to.
pub(crate) fn proof(proof: &ProofCounts<'_>) -> Headline {
    let ProofCounts { verdict, changes, nodes, changed, agreeing, mismatches } = *proof;
    let (word, said) = match verdict {
        Verdict::Healthy => ("已证明", format!("{changes} 在 {nodes} 个节点上与预演一致：{agreeing} 项检查与预演相同")),
        Verdict::Fault => ("与预演不符", format!("{changes} 在 {mismatches} 项检查上与预演不同")),
        Verdict::Inconclusive => ("未证明", format!("{nodes} 个节点中有 {changed} 个看到了 {changes}")),
    };
    Headline { word, said }
}

/// The Service whose checks they are, and how those of today went with the prediction.
pub(crate) fn proof_today(service: &str, today: &Held) -> String {
    let base = format!("Service {service}，变更之前：{} 项检查与预测一致", today.agreeing);
    let open = if today.open > 0 { format!("，{} 项未定", today.open) } else { String::new() };
    let otherwise = match today.mismatches.len() {
        0 => String::new(),
        number => format!("，{number} 项与预测不符：预演的出发点与实际不同"),
    };
    base + &open + &otherwise
}

/// A kube-proxy before and after.
pub(crate) fn proof_kube_proxy(proof: &NodeProof) -> String {
    let before = process(&proof.before);
    match (proof.state, &proof.after) {
        (NodeState::Waiting, _) => format!("{before}，尚未变更"),
        (NodeState::NotRehearsed, _) => "没有预演：对它没有预测，或它是新节点".into(),
        (NodeState::NotFollowed, _) => format!("{before}，无法跟踪"),
        (NodeState::Restarted, _) => format!("{before}，重启了但没有变更"),
        (NodeState::Unsaid, _) => format!("{before}，之后重启，没有说明自己是什么"),
        (NodeState::Changed, after) => format!("{before} → {}", after.as_ref().map(process).unwrap_or_default()),
    }
}

fn process(process: &KubeProxyProcess) -> String {
    let (mode, release) = (process.mode.map(|mode| mode.to_string()), process.release.map(|release| release.to_string()));
    let words: Vec<_> = mode.into_iter().chain(release).collect();
    if words.is_empty() { "未知".into() } else { words.join(" ") }
}

/// Checks beside a rehearsal, in a cell.
pub(crate) fn proof_checks(held: Option<&Held>) -> String {
    match held {
        None => "-".into(),
        Some(Held { agreeing, open, mismatches }) => {
            let parts = [(mismatches.len(), "项与预演不符"), (*agreeing, "项与预演一致"), (*open, "项未定")];
            let parts = parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
            let parts: Vec<_> = parts.collect();
            if parts.is_empty() { "无".into() } else { parts.join("，") }
        }
    }
}

pub(crate) fn mismatch(of: &Mismatch) -> String {
    let Mismatch { vantage, target, expected, seen } = of;
    let (target, expected) = (targets::in_sentence(target), outcomes::expectation(expected));
    format!("{vantage} 访问 {target}：预演为{expected}，实测 {seen}")
}

pub(crate) const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Breaks => "失败",
        Effect::MayBreak => "可能失败",
        Effect::FailsOtherwise => "失败方式变化",
        Effect::GoesAnotherWay => "路径变化",
        Effect::OtherSource => "源地址变化",
        Effect::OtherEndpoints => "Endpoint 变化",
        Effect::Heals => "恢复",
        Effect::MayHeal => "可能恢复",
        Effect::Opens => "变为可达",
    }
}

pub(crate) fn headline(counts: &RehearsalCounts<'_>) -> Headline {
    let RehearsalCounts { outlook, changes, worse, changed, services, nodes, starts } = *counts;
    let of = |number: usize| format!("{services} 个 Service 中的 {number} 个");
    let (word, what) = match outlook {
        Outlook::Fails if !starts => ("会出问题", format!("{changes} 会使 kube-proxy 无法启动")),
        Outlook::Fails => ("会出问题", format!("{changes} 会破坏 {}", of(worse))),
        Outlook::Depends if services == 0 => ("未知", format!("没有可用来预演 {changes} 的 Service")),
        Outlook::Depends => ("不确定", format!("{changes} 可能使 {}变差，取决于未知的情况", of(worse))),
        Outlook::Fine if changed == 0 => ("安全", format!("{changes} 对 {services} 个 Service 没有任何影响")),
        Outlook::Fine => ("安全", format!("{changes} 不会破坏任何 Service，{}有变化", of(changed))),
    };
    Headline { word, said: format!("{what}，涉及 {nodes} 个节点（仅为预测，没有做任何改动）") }
}

pub(crate) fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::NoIpvs { release, nodes } => format!(
            "kube-proxy {release} 无法以 ipvs 模式启动，涉及 {nodes} 个节点：从 1.40 起该模式默认关闭。请在升级时或升级之前改用其他模式"
        ),
        Obstacle::NoNftables { release, nodes } => {
            format!("没有打开特性开关时 kube-proxy {release} 无法以 nftables 模式启动，涉及 {nodes} 个节点：请先升级它")
        }
    }
}

pub(crate) const fn note(note: RehearsalNote) -> &'static str {
    match note {
        RehearsalNote::KernelForNftables => "nftables 模式要求每个节点的 Linux 为 5.13 或更新：kubectl get nodes -o wide 可查看",
        RehearsalNote::OtherPodNetwork => {
            "换用另一种 Pod 网络后，每个 Pod 都会重启，地址可能改变：旧网络自有类型的 NetworkPolicy、MTU 以及它对外宣告的内容不在预演之内"
        }
        RehearsalNote::LocalhostNodePorts => {
            "NodePort 不再在 127.0.0.1 应答：只有 iptables 模式在那里提供。节点上访问它的程序（例如本地镜像仓库）需要改用节点自己的地址"
        }
        RehearsalNote::PrimaryAddresses => {
            "NodePort 只在每个节点的主地址应答，除非 kube-proxy 的 nodePortAddresses 指定了其他地址：请检查谁在访问节点的其他地址"
        }
        RehearsalNote::AllAddresses => {
            "NodePort 在每个节点的所有地址应答，除非 kube-proxy 的 nodePortAddresses 只指定了部分：请检查此前未开放的地址的防火墙"
        }
    }
}

pub(crate) fn node_group(nodes: usize, examples: &[String], breaks: usize, heals: usize) -> String {
    let more = nodes > examples.len();
    let names = if more { format!("{} 等 {nodes} 个节点", examples.join("、")) } else { short_list(examples, examples.len().max(1)) };
    let what = match (breaks, heals) {
        (0, 0) => "没有变好也没有变差".to_owned(),
        (0, heals) => format!("{heals} 处变好"),
        (breaks, 0) => format!("{breaks} 处变差"),
        (breaks, heals) => format!("{breaks} 处变差，{heals} 处变好"),
    };
    format!("{names}：{what}")
}

/// What to do before the change, for a Service.
pub(crate) fn first(service: &str, remedy: &str) -> String {
    format!("{service}：{remedy}")
}

pub(crate) fn changed_ways(number: usize) -> String {
    format!("变化：{number} 行")
}

pub(crate) fn unchanged(number: usize) -> String {
    format!("另有 {number} 个 Service 保持不变。")
}

/// Services that a brief table leaves out.
pub(crate) fn more(number: usize) -> String {
    format!("另有 {number} 个 Service：-o wide 显示全部。")
}
