//! The words for what an acceptance expects, and the comments in a file of it.

use crate::acceptance::{Expectation, Networks, NodeClass, TargetName};
use crate::facts::TransportPort;

/// "Pod 能访问负载均衡，端口 80"; its own name where it has one.
pub(crate) fn expectation(expectation: &Expectation) -> String {
    if let Some(name) = &expectation.name {
        return name.clone();
    }
    let who = match expectation.from.network {
        Networks::Any => "Pod 和主机",
        Networks::Pod => "Pod ",
        Networks::Host => "主机",
    };
    let verb = if expectation.reachable { "能访问" } else { "不能访问" };
    let port = TransportPort { port: expectation.port, protocol: expectation.protocol.unwrap_or_default() };
    format!("{who}{verb}{}，端口 {}", target(expectation.to), super::reports::checks::port(port))
}

pub(crate) const fn node_class(class: NodeClass) -> &'static str {
    match class {
        NodeClass::WithEndpoint => "有 Endpoint 的节点",
        NodeClass::WithoutEndpoint => "没有 Endpoint 的节点",
    }
}

pub(crate) const fn target(target: TargetName) -> &'static str {
    match target {
        TargetName::LoadBalancer => "负载均衡",
        TargetName::DnsName => " DNS 名称",
        TargetName::ClusterIp => " ClusterIP",
        TargetName::ExternalIp => "外部 IP",
        TargetName::OwnNodePort => "所在节点的 NodePort",
        TargetName::NodePort => "其他节点的 NodePort",
    }
}

/// Above a file of expectations.
pub(crate) const HEADING: &str = "负载均衡必须满足的条件。用以下命令检查：
  kubectl lbprobe accept -f FILE
每条期望说明：从哪里（network：pod、host 或 any；nodes：all、withEndpoint、withoutEndpoint 或
named: [node1, node2]），到哪里（loadBalancer、dnsName、clusterIp、externalIp、ownNodePort 或 nodePort），
以及应当如何结束：reachable、status、certificate、withinMs（每次采样）、sourceKept（按 kube-proxy 的规则）。
带 protocol: UDP 时只针对数据报。";

/// Above the number of nodes.
pub(crate) const MINIMUM_NODES: &str = "测到的节点少于此数时，无法下结论。";

/// Above what fails today, which ended so.
pub(crate) fn fails_today(state: &str) -> String {
    format!("目前的结果：{state}；修复后请改为 true。")
}
