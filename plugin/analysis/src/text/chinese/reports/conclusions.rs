//! What a document comes to: a word that stands out, and a sentence.

use crate::coverage::Uncovered;
use crate::diagnosis::Verdict;
use crate::fix_outcome::Disposition;
use crate::kube_proxy::Rule;
use crate::plan::Sampled;
use crate::prediction::Outlook;
use crate::results::SinceBaseline;
use crate::risks::Risk;
use crate::text::chinese::reports::checks::vantages;
use crate::text::chinese::reports::preflight;
use crate::text::chinese::{changes, coverage, findings, list, outcomes, risks, rules, samples, short_list};
use crate::text::reports::{Conclusion, Headline};

/// Changes of a Service that a line names.
const CHANGES: usize = 3;

pub(crate) fn conclusion(conclusion: &Conclusion<'_>) -> Headline {
    let (word, said) = match *conclusion {
        Conclusion::Healthy { checks, vantages, sampled: of, outside } => {
            ("正常", format!("{vantages} 个探测点的全部 {checks} 项检查都有应答{}{}", sampled(of), outside_too(outside)))
        }
        Conclusion::Fault { number, finding, confidence } => {
            let number = number.map(|number| format!("({number}) ")).unwrap_or_default();
            let confidence = outcomes::confidence(confidence);
            ("故障", format!("{number}{}（{confidence}）[{}]", findings::finding(finding), finding.kind().code()))
        }
        Conclusion::Changed { what } => {
            let what: Vec<_> = what.iter().map(changes::change).collect();
            let what = short_list(&what, CHANGES);
            ("无法下结论", format!("运行期间 Service 变了两次：{what}。待其稳定后再运行一次"))
        }
        Conclusion::Inconclusive { unmeasured, vantages, uncovered } => ("无法下结论", inconclusive(unmeasured, vantages, uncovered)),
        Conclusion::Expected { inside: Outlook::Fine, outside: None, node_ports, .. } => ("预计正常", fine(node_ports)),
        Conclusion::Expected { inside: Outlook::Fine, outside: Some(risk), node_ports, .. } => {
            (expected(of_outside(risk)), format!("{}；{}", outside_alone(risk), fine(node_ports)))
        }
        Conclusion::Expected { inside: Outlook::Fails, outside, failing: 0, uncovered, .. } => {
            let beside = certain(uncovered).map_or_else(|| "有一处必定失败".into(), coverage::uncovered);
            (expected(Outlook::Fails), format!("{beside}。下面的检查显示不出这一点{}", outside_too(outside)))
        }
        Conclusion::Expected { inside: Outlook::Fails, outside, failing, checks, because, .. } => {
            let because = because.map(|rule| format!("：{}", rules::rule(rule))).unwrap_or_default();
            (expected(Outlook::Fails), format!("集群内 {checks} 项检查中有 {failing} 项{because}{}", outside_too(outside)))
        }
        Conclusion::Expected { inside: Outlook::Depends, outside, open, checks, because, uncovered, .. } => {
            let inside = depends(open, checks, because, uncovered);
            match outside {
                // What is said of any cluster of that release stands behind what was found in this one.
                Some(risk) if of_outside(risk) == Outlook::Fails || open == 0 && uncovered.iter().all(Uncovered::is_of_any_cluster) => {
                    let inside = format!("{}。集群内不确定：{inside}", outside_alone(risk));
                    (expected(of_outside(risk).worse(Outlook::Depends)), inside)
                }
                _ => (expected(Outlook::Depends), inside + &outside_too(outside)),
            }
        }
        Conclusion::Accepted { verdict, passed, failed, not_measured } => {
            let all = passed + failed + not_measured;
            (accepted(verdict), format!("{all} 项期望中 {passed} 项通过，{failed} 项未通过，{not_measured} 项未测"))
        }
        Conclusion::Compared { verdict, counts, sampled: of } => {
            (compared(verdict), format!("{}{}", vantages_by_kind(counts), sampled(of)))
        }
        Conclusion::Watched { verdict, lost, checks, sampled: of } => watched(verdict, lost, checks, of),
        Conclusion::Proven { vantages: proven } => ("已证明", format!("{} 访问该地址失败，访问该名称有应答", vantages(proven))),
        Conclusion::NotProven { vantages: unproven } => ("未证明", format!("{} 访问该名称也失败", vantages(unproven))),
        Conclusion::NothingToProve => ("未证明", "没有探测点访问该地址失败，因此无可证明".into()),
        Conclusion::Preflight { readiness, nodes, namespace } => preflight::readiness(readiness, nodes, namespace),
        Conclusion::Made { ended } => {
            let (word, said) = made(ended);
            (word, said.into())
        }
    };
    Headline { word, said }
}

fn inconclusive(unmeasured: usize, vantages: usize, uncovered: &[Uncovered]) -> String {
    if let Some(beside) = certain(uncovered) {
        format!("访问的目标都有应答，但{}：见“检查之外”", what_fails_beside(beside))
    } else if unmeasured > 0 && unmeasured == vantages {
        "什么都没能测到：见“未测”".into()
    } else if unmeasured > 0 {
        format!("没有失败，但 {vantages} 个探测点中有 {unmeasured} 个未能测量或未测全：见“未测”")
    } else {
        let open = open_questions(uncovered).map(|question| format!("有待确认的问题：{question}"));
        format!("没有失败，但{}", open.unwrap_or_else(|| "并非全部都能测量".into()))
    }
}

fn certain(uncovered: &[Uncovered]) -> Option<&Uncovered> {
    uncovered.iter().find(|what| what.is_certain())
}

/// What no check of a connection shows.
fn what_fails_beside(what: &Uncovered) -> String {
    match what {
        Uncovered::OwnAddress { node, .. } => format!("{node} 拒绝发给它自己的流量"),
        Uncovered::AddressOfApiServer { .. } => "节点失去 API server".into(),
        Uncovered::AddressOfNodeByKubeVip { node, host, .. } => format!("kube-vip 在 {host} 上占用了 {node} 的地址"),
        Uncovered::AddressOfNode { node, .. } => format!("其他节点无法再访问 {node}"),
        Uncovered::LoopbackAddress { .. } => "负载均衡地址是回环地址".into(),
        Uncovered::ProxyHeader { .. } => "请求因缺少 PROXY 头而失败".into(),
        _ => "另有一处必定失败".into(),
    }
}

fn sampled(sampled: Option<&Sampled>) -> String {
    sampled.map(|sampled| format!("；{}", samples::probed(sampled))).unwrap_or_default()
}

/// Where a prediction ends.
const UNSEEN: &str = "以下不在预测之内：服务器、防火墙和网络（可用 lbprobe run 实测），以及访问自己的 Pod";

const fn expected(outlook: Outlook) -> &'static str {
    match outlook {
        Outlook::Fine => "预计正常",
        Outlook::Fails => "会失败",
        Outlook::Depends => "不确定",
    }
}

const fn of_outside(risk: &Risk) -> Outlook {
    match risk.outside() {
        Some(outlook) => outlook,
        None => Outlook::Fine,
    }
}

/// What becomes of clients outside, and why.
fn outside_alone(risk: &Risk) -> String {
    let becomes = if of_outside(risk) == Outlook::Fails { "会" } else { "可能" };
    format!("集群外的客户端{becomes}失败：{}", risks::risk(risk))
}

/// The same behind what is said of clients inside; nothing where all is well there.
fn outside_too(risk: Option<&Risk>) -> String {
    risk.map(|risk| format!("；{}", outside_alone(risk))).unwrap_or_default()
}

/// Node ports beside a load balancer's address are evidence: clients outside do not dial them.
fn fine(node_ports: usize) -> String {
    let inside = if node_ports == 0 { "集群内" } else { "集群内客户端连接之处" };
    let node_ports = if node_ports == 0 {
        String::new()
    } else {
        format!("。在客户端不访问的 NodePort 上，有 {node_ports} 项检查会失败（-o wide）")
    };
    format!("{inside}预计没有失败（{UNSEEN}）{node_ports}")
}

fn depends(open: usize, checks: usize, because: Option<Rule>, uncovered: &[Uncovered]) -> String {
    let is_pending = uncovered.iter().any(|what| matches!(what, Uncovered::Pending { .. }));
    match open_questions(uncovered) {
        Some(question) if is_pending => question,
        _ if open > 0 => {
            let because = because.map(|rule| format!("：{}", rules::rule(rule))).unwrap_or_default();
            format!("{checks} 项检查中有 {open} 项可能失败{because}（见“原因”）")
        }
        Some(question) => format!("{question}。其余预计都能连通（{UNSEEN}）"),
        None => "已知的信息太少，无法判断检查是否会失败".into(),
    }
}

/// The first open question, that of the missing address before all others, and how many there are beside it. `None` without any.
fn open_questions(uncovered: &[Uncovered]) -> Option<String> {
    let open: Vec<_> = uncovered.iter().filter(|what| !what.is_certain()).collect();
    let first = open.iter().find(|what| matches!(what, Uncovered::Pending { .. })).or(open.first())?;
    let question = coverage::uncovered(first);
    Some(match open.len() - 1 {
        0 => question,
        more => format!("{question}。下面另有 {more} 个待确认的问题"),
    })
}

const fn accepted(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "验收通过",
        Verdict::Fault => "验收未通过",
        Verdict::Inconclusive => "无法下结论",
    }
}

const fn compared(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "已验证",
        Verdict::Fault => "未修复",
        Verdict::Inconclusive => "无法下结论",
    }
}

/// "2 个探测点已修复", "1 个仍然失败".
fn vantages_by_kind(counts: &[(&SinceBaseline, usize)]) -> String {
    let noun = |index: usize| if index == 0 { "个探测点" } else { "个" };
    let all = counts.iter().enumerate();
    list(&all.map(|(index, (standing, count))| format!("{count} {}{}", noun(index), since_baseline(standing))).collect::<Vec<_>>())
}

/// What became of a vantage.
pub(crate) const fn since_baseline(standing: &SinceBaseline) -> &'static str {
    match standing {
        SinceBaseline::BrokenSince => "新出现失败",
        SinceBaseline::StillFailing => "仍然失败",
        SinceBaseline::FailsNew => "新增，失败",
        SinceBaseline::NotMeasured { .. } => "未测",
        SinceBaseline::Fixed => "已修复",
        SinceBaseline::WellNew => "新增，正常",
        SinceBaseline::Well => "一直正常",
        SinceBaseline::Gone => "已不存在",
    }
}

fn watched(verdict: Verdict, lost: usize, checks: usize, of: Option<&Sampled>) -> (&'static str, String) {
    match verdict {
        Verdict::Healthy => ("稳定", format!("没有丢失采样{}", sampled(of))),
        Verdict::Fault => ("有中断", format!("{checks} 项检查中有 {lost} 项丢失了采样")),
        Verdict::Inconclusive => ("无法下结论", "没有记录到丢失，但有些采样缺失或说明不了什么".into()),
    }
}

const fn made(ended: Disposition) -> (&'static str, &'static str) {
    match ended {
        Disposition::Kept => ("已保留", "变更保留"),
        Disposition::PutBack => ("已恢复原状", "变更已回滚"),
        Disposition::KeptUnhelpful => ("已保留", "按 --no-rollback，变更保留"),
        Disposition::Unverified => ("未验证", "变更连同其记录保留：待所有节点能再次测量时用 --resume，或用 --undo"),
        Disposition::LeftAlone => ("未处理", "变更的记录被他人删除：没有保留，也没有回滚"),
        Disposition::Reverted => ("被撤销", "变更被他人撤销：请在其源头修改"),
    }
}
