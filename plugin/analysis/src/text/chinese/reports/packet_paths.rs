//! The way of a packet, station by station.

use super::targets;
use crate::facts::Facts;
use crate::kube_proxy::{Answer, Expected, Reach, ServiceProxy, Source};
use crate::plan::Network;
use crate::results::PacketPath;
use crate::text::chinese::{findings, outcomes, rules, short_list};
use crate::text::reports::{PacketPathInWords, Station};

/// Nodes that a station names.
const NODES: usize = 3;

pub(crate) fn packet_path(path: &PacketPath<'_>, facts: &Facts) -> PacketPathInWords {
    let dialled = format!("{}:{}", targets::in_cell(&path.target.kind), path.target.dialled_port.unwrap_or(path.target.port));
    let client = match path.vantage.network {
        Network::Pod => format!("{} 上的 Pod", path.vantage.node),
        Network::Host => format!("{} 自身", path.vantage.node),
    };
    let seen = outcomes::check_state(path.seen);
    PacketPathInWords {
        heading: format!("{} 到 {dialled}：{seen}", path.vantage),
        stations: [Station { title: client, lines: vec![format!("访问 {dialled}")] }, rules_of(path), end(path, facts)],
        ends: match path.answer.map(|answer| answer.expected) {
            Some(Expected::NotIntercepted) => format!("放行：{seen}"),
            Some(Expected::Lost) => format!("应答丢失：{seen}"),
            _ => seen,
        },
    }
}

/// Whose rules decide, and by which one.
fn rules_of(path: &PacketPath<'_>) -> Station {
    let node = path.target.node_of_port().unwrap_or(&path.vantage.node);
    match path.answer {
        Some(Answer { rule, .. }) if rule.service_proxy() == ServiceProxy::LoadBalancer => {
            Station { title: "负载均衡".into(), lines: vec![rules::rule(*rule).into()] }
        }
        Some(Answer { rule, .. }) => Station {
            title: format!("{node} 上的 {}", findings::service_proxy(rule.service_proxy())),
            lines: vec![rules::rule(*rule).into()],
        },
        None => {
            Station { title: format!("{node} 上的规则"), lines: vec!["本工具已知的规则都解释不了这个结果。".into()] }
        }
    }
}

/// Where it ends, or would have.
fn end(path: &PacketPath<'_>, facts: &Facts) -> Station {
    let nodes: Vec<_> = facts.endpoint_nodes().into_iter().collect();
    let on = if nodes.is_empty() { "不在任何节点上".to_owned() } else { format!("在 {} 上", short_list(&nodes, NODES)) };
    let endpoints = |lines: Vec<String>| Station { title: "Service 的 Endpoint".into(), lines };
    match path.answer.map(|answer| answer.expected) {
        Some(Expected::Reached { endpoints: reach, source }) => {
            let which = match reach {
                Reach::Any => format!("其中任意一个，{on}"),
                Reach::Hinted => format!("只有拓扑提示分配给本节点或可用区的那些；全部{on}"),
                Reach::Local => "节点自身上的一个".to_owned(),
            };
            let seen = match source {
                Source::Client => "看到客户端自己的地址",
                Source::Node => "看到节点的地址",
                Source::LoadBalancer => "看到负载均衡的地址",
            };
            endpoints(vec![which, seen.into()])
        }
        Some(Expected::NotIntercepted) => {
            Station { title: "节点之外".into(), lines: vec!["到负载均衡，与集群外的客户端一样".into()] }
        }
        Some(Expected::LocalListener) => Station {
            title: "节点自己的端口".into(),
            lines: vec!["由在那里监听所有地址的进程应答；没有则被拒绝".into()],
        },
        Some(Expected::Lost) => endpoints(vec![on, "它们的应答回不来".into()]),
        Some(Expected::Refused | Expected::Dropped) => endpoints(vec![on, "从未到达".into()]),
        None => endpoints(vec![on]),
    }
}
