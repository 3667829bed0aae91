//! What is said of checks: in cells, where they are not as expected, and why they will fail.

use std::collections::BTreeSet;

use super::targets;
use crate::acceptance::CaseResult;
use crate::codes::Code as _;
use crate::facts::LocalPorts;
use crate::kube_proxy::{Expectation, Expected};
use crate::plan::{Network, Target, Vantage};
use crate::prediction::{Contradiction, Reason};
use crate::results::{Disagreement, OutsideCheck};
use crate::text::DifferenceInWords;
use crate::text::chinese::{conditions, disagreements, outcomes, rules, short_list};
pub(crate) use crate::text::english::reports::checks::port;

/// "从 node2 (pod) 到 LB 198.51.100.1:80".
pub(crate) fn check_from(target: &Target, from: &str) -> String {
    format!("从 {from} 到 {}:{}", targets::in_cell(&target.kind), port(target.transport()))
}

/// Vantages and nodes that a line names.
const NAMED: usize = 3;

/// Ports that it names.
const PORTS: usize = 6;

/// Whether a node has an endpoint: for all ports, for none, or for which.
pub(crate) fn has_endpoint(ports: &LocalPorts) -> String {
    match ports {
        LocalPorts::Every => "有".into(),
        LocalPorts::Some(ports) => ports.iter().map(|local| port(*local)).collect::<Vec<_>>().join(","),
        LocalPorts::None => "无".into(),
    }
}

/// A cell that is not as expected.
pub(crate) fn instead(seen: &str, expected: &str) -> String {
    format!("{seen}，预期{expected}")
}

/// A cell of what is expected.
pub(crate) fn expected(expectation: &Expectation) -> String {
    outcomes::expectation(expectation)
}

/// What a word of [`expected`] means, where it does not say so itself.
pub(crate) const fn legend(expected: Expected) -> Option<&'static str> {
    match expected {
        Expected::NotIntercepted => Some("放行：节点上没有规则处理该连接，结果与集群外的客户端相同"),
        Expected::Lost => Some("丢失：途中没有任何一方应答；路由器可能会拒绝它"),
        Expected::LocalListener => Some("本机监听：节点持有该地址；除非节点上有进程监听该端口，否则被拒绝"),
        Expected::Reached { .. } | Expected::Refused | Expected::Dropped => None,
    }
}

/// How an expectation of an acceptance ended.
pub(crate) const fn case_result(result: &CaseResult) -> &'static str {
    match result {
        CaseResult::Passed => "通过",
        CaseResult::Failed(_) => "未通过",
        CaseResult::NotMeasured(_) => "未测",
    }
}

/// "node1 和 node2 (pod 和 host)、node3 (pod)": the nodes from both of whose networks it is so come first.
pub(crate) fn vantages(all: &[Vantage]) -> String {
    let of = |network: Network| all.iter().filter(move |vantage| vantage.network == network).map(|vantage| vantage.node.as_str());
    let (pods, hosts): (BTreeSet<_>, BTreeSet<_>) = (of(Network::Pod).collect(), of(Network::Host).collect());
    let both: Vec<_> = of(Network::Pod).filter(|node| hosts.contains(node)).collect();
    let pods_alone: Vec<_> = of(Network::Pod).filter(|node| !hosts.contains(node)).collect();
    let hosts_alone: Vec<_> = of(Network::Host).filter(|node| !pods.contains(node)).collect();
    let groups = [(both, "pod 和 host"), (pods_alone, "pod"), (hosts_alone, "host")];
    let groups = groups.iter().filter(|(nodes, _)| !nodes.is_empty());
    groups.map(|(nodes, networks)| format!("{} ({networks})", short_list(nodes, NAMED))).collect::<Vec<_>>().join("、")
}

pub(crate) fn contradiction(contradiction: &Contradiction, target: Option<&Target>) -> String {
    let target = target.map(targets::in_sentence).unwrap_or_default();
    format!("{} 访问 {target}：预期{}，实测 {}", contradiction.vantage, expected(&contradiction.expected), contradiction.seen)
}

/// How a check from outside ended, with the rule by which it fails.
pub(crate) fn outside(check: &OutsideCheck, target: &Target) -> String {
    let target = targets::in_sentence(target);
    match (check.outcome, check.rule) {
        (None, _) => format!("{target}：正常"),
        (Some(outcome), Some(rule)) => format!("{target}：{}，与预测一致：{}", outcomes::outcome(outcome), rules::rule(rule)),
        (Some(outcome), None) => format!("{target}：{}", outcomes::outcome(outcome)),
    }
}

pub(crate) fn disagreement(found: &Disagreement) -> String {
    let nodes = short_list(&found.nodes, NAMED);
    let DifferenceInWords { about, api, nodes_say, explanation } = disagreements::difference(&found.difference);
    let confidence = outcomes::confidence(found.confidence);
    format!("{about}：{api}，而 {nodes} 上是 {nodes_say}（{confidence}）：{explanation}")
}

/// Why checks are expected to end as they are.
pub(crate) fn reason(reason: &Reason) -> String {
    let when: Vec<_> = reason.when.iter().map(conditions::condition).collect();
    let when = if when.is_empty() { String::new() } else { format!("，前提是{}", when.join("，且")) };
    let mut ports: Vec<_> = reason.targets.iter().map(|target| port(target.transport())).collect();
    ports.dedup();
    let at: Vec<_> = reason.addresses.iter().map(ToString::to_string).collect();
    let at = if at.is_empty() { String::new() } else { format!("（{}）", short_list(&at, NAMED)) };
    let ports = format!("端口 {}{at}", short_list(&ports, PORTS));
    let (from, expected, rule) = (vantages(&reason.vantages), outcomes::expected(reason.answer.expected), rules::rule(reason.answer.rule));
    let nodes: Vec<_> = reason.targets.iter().filter_map(Target::node_of_port).collect();
    let code = format!(" [{}]", reason.answer.rule.code());
    if nodes.is_empty() {
        format!("{from}，{ports}：{expected}{when}：{rule}{code}")
    } else {
        // Its rules decide there, and not those of the node that dials.
        format!("{from}，在 {} 的 NodePort（{ports}）：按那里的规则{expected}{when}：{rule}{code}", distinct(nodes))
    }
}

fn distinct(mut nodes: Vec<&str>) -> String {
    nodes.dedup();
    short_list(&nodes, NAMED)
}
