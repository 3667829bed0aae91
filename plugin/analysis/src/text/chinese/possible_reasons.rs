//! The words for what could explain a contradiction.

use super::{names, transport_ports};
use crate::prediction::PossibleReason;

pub(crate) fn possible_reason(reason: &PossibleReason) -> String {
    match reason {
        PossibleReason::NobodyListens { ports } => {
            format!("Endpoint 自身就拒绝{}：kube-proxy 的转发是正确的", transport_ports(ports))
        }
        PossibleReason::StaleRules { nodes } => format!("kube-proxy 写规则失败（节点 {}）", names(nodes)),
        PossibleReason::EndpointsChanged { nodes } => {
            format!("Endpoint 有增减：检查之后 kube-proxy 统计到的 Endpoint 与检查之前不同（节点 {}）；请重新运行", names(nodes))
        }
        PossibleReason::DrainedServers { nodes } => format!("ipvs 中就绪的 Endpoint 权重一直为 0（节点 {}）", names(nodes)),
        PossibleReason::RefusalRateLimited { nodes } => format!(
            "拒绝报文没有发出：内核限制其发送速率（icmp_ratelimit），扣下了一部分（节点 {}）；可用 --port 减少端口再试",
            names(nodes)
        ),
        PossibleReason::ModeNotAsked { nodes } => {
            format!("未能向 kube-proxy 查询其模式（节点 {}）：实际模式可能与配置不同，也可能已有别的程序取代了它", names(nodes))
        }
        PossibleReason::NetworkPolicy => "有 NetworkPolicy 选中了探测 Pod".into(),
        PossibleReason::PodNetworkNotKnown { reason } => format!("Pod 网络绕过 kube-proxy（是哪种 Pod 网络未知：{reason}）"),
        PossibleReason::PodNetwork { source } => format!("Pod 网络自行处理 Service（{source}）"),
        PossibleReason::FirewallBetweenNodes => "节点之间有防火墙或安全组".into(),
        PossibleReason::Other => "节点上其他程序的规则，或运行期间 Endpoint 有变化".into(),
    }
}
