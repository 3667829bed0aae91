//! The words for causes that are ruled out.

use super::names;
use crate::diagnosis::Proof;

pub(crate) fn proof(proof: &Proof) -> String {
    match proof {
        Proof::ReadyEndpoints { number } => format!("缺少 Endpoint：EndpointSlice 中有 {number} 个就绪的 Endpoint"),
        Proof::OtherNodesReached { nodes } => {
            format!("节点间网络：按 Endpoint 自身的地址，能访问到其他节点上的 Endpoint（从节点 {}）", names(nodes))
        }
        Proof::PodsReachClusterIp => "NetworkPolicy：同样的 Pod 通过 ClusterIP 能访问到 Endpoint".into(),
        Proof::NameAnswers => "集群 DNS：Service 的名称能解析，且有应答".into(),
        Proof::PolicyIsCluster => "externalTrafficPolicy Local：当前策略是 Cluster".into(),
        Proof::FailsBesideEndpoints { nodes } => {
            format!("externalTrafficPolicy Local 是唯一原因：有 Endpoint 的节点也失败（节点 {}）", names(nodes))
        }
        Proof::FailsWithoutEndpoint { nodes } => format!("负载均衡回环：没有 Endpoint 也失败（节点 {}）", names(nodes)),
        Proof::KubeProxyHealthy { nodes } => {
            format!("kube-proxy 写规则失败：{nodes} 个节点上的 kube-proxy 健康，且没有待写入的变更")
        }
        Proof::CountsMatch => "kube-proxy 使用了别的节点名：它自己统计的本地 Endpoint 数与 EndpointSlice 一致".into(),
    }
}
