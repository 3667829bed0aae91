//! The words for what decides between several answers.

use crate::facts::{PodPath, Version};
use crate::kube_proxy::Condition;

/// A condition, as it stands behind "if".
pub(crate) fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Mode(modes) => format!("模式为 {}", modes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" 或 ")),
        Condition::Release { from, before } => release(*from, *before),
        Condition::CountedAsLocal(true) => "kube-proxy 把该 Pod 算作本地 Pod".to_owned(),
        Condition::CountedAsLocal(false) => "kube-proxy 不把该 Pod 算作本地 Pod".to_owned(),
        Condition::Path(PodPath::ThroughHost) => "该 Pod 的报文经过节点主机".to_owned(),
        Condition::Path(PodPath::PastHost) => "该 Pod 的报文绕过节点主机".to_owned(),
        Condition::InSourceRange(true) => "有源网段包含客户端地址".to_owned(),
        Condition::InSourceRange(false) => "没有源网段包含客户端地址".to_owned(),
        Condition::MasqueradedBetweenNodes(true) => "Pod 网络把这类报文的源地址改成节点地址".to_owned(),
        Condition::MasqueradedBetweenNodes(false) => "这类报文保留 Pod 地址".to_owned(),
        Condition::CiliumAsDocumented => "Cilium 的行为与其文档一致".to_owned(),
        Condition::Cilium119 => "Cilium 为 1.19（cilium issue 45252）".to_owned(),
        Condition::CiliumAnswersPods(true) => "Cilium 自己在该地址上应答 Pod（1.19，cilium issue 45252）".to_owned(),
        Condition::CiliumAnswersPods(false) => "Cilium 把该地址留给 kube-proxy（1.19 之前）".to_owned(),
        Condition::CiliumServes(true) => "Cilium 在那里处理该地址".to_owned(),
        Condition::CiliumServes(false) => "Cilium 把该地址留给 kube-proxy".to_owned(),
        Condition::KubeProxyServes(true) => "kube-proxy 也在运行并处理该地址".to_owned(),
        Condition::KubeProxyServes(false) => "那里没有运行 kube-proxy".to_owned(),
        Condition::ReplyCrossesNode(true) => "Endpoint 的应答经过节点".to_owned(),
        Condition::ReplyCrossesNode(false) => "Cilium 直接投递同节点 Endpoint 的应答".to_owned(),
        Condition::AntreaShortCircuits(true) => {
            "Antrea 为 1.15.2、2.0 或更高版本（由 Antrea 自己提供 Pod 网络时为 1.12 或更高版本）".to_owned()
        }
        Condition::AntreaShortCircuits(false) => "Antrea 低于 1.15.2（由 Antrea 自己提供 Pod 网络时为低于 1.12）".to_owned(),
        Condition::KubeRouterPoliciesApart(true) => "kube-router 为 0.4 到 1.6，或 2.1 及更高版本".to_owned(),
        Condition::KubeRouterPoliciesApart(false) => "kube-router 低于 0.4，或为 2.0".to_owned(),
        Condition::NetworkBringsToEndpoint(true) => "有路由通往有 Endpoint 的节点".to_owned(),
        Condition::NetworkBringsToEndpoint(false) => "没有路由通往有 Endpoint 的节点".to_owned(),
        Condition::DataPathAsRead(true) => "其版本的行为与近期版本一致".to_owned(),
        Condition::DataPathAsRead(false) => "其版本的行为与近期版本不一致".to_owned(),
        Condition::IpModeHonoured(true) => "数据面遵循 ipMode Proxy（近期版本如此）".to_owned(),
        Condition::IpModeHonoured(false) => "数据面忽略 ipMode".to_owned(),
        Condition::LoadBalancerTranslates(true) => "客户端有该地址族的地址，且负载均衡支持该地址族".to_owned(),
        Condition::LoadBalancerTranslates(false) => "客户端没有该地址族的地址，或负载均衡依赖 kube-proxy".to_owned(),
        Condition::InternalPolicyApplied(true) => "数据面执行 internalTrafficPolicy".to_owned(),
        Condition::InternalPolicyApplied(false) => "数据面忽略 internalTrafficPolicy".to_owned(),
        Condition::BackendHoldsAddress(true) => "Google 的 guest agent 已像对后端那样，把负载均衡地址配到该节点上".to_owned(),
        Condition::BackendHoldsAddress(false) => "该节点不持有该地址".to_owned(),
        Condition::LoadBalancerHasBackend(true) => "负载均衡其实有后端".to_owned(),
        Condition::LoadBalancerHasBackend(false) => "负载均衡没有后端".to_owned(),
        Condition::OwnNodePicked(true) => "负载均衡选中客户端所在的节点".to_owned(),
        Condition::OwnNodePicked(false) => "负载均衡选中其他节点".to_owned(),
        Condition::TerwayInClusterLoadBalance(true) => "in_cluster_loadbalance 已开启（用 Terway 1.2.0 或更高版本创建的集群）".to_owned(),
        Condition::TerwayInClusterLoadBalance(false) => "in_cluster_loadbalance 未开启".to_owned(),
    }
}

fn release(from: Option<Version>, before: Option<Version>) -> String {
    let minor = |version: Version| match version.patch {
        0 => format!("{}.{}", version.major, version.minor),
        _ => version.to_string(),
    };
    match (from, before) {
        (Some(from), Some(before)) => format!("kube-proxy 为 {} 或更高版本且低于 {}", minor(from), minor(before)),
        (Some(from), None) => format!("kube-proxy 为 {} 或更高版本", minor(from)),
        (None, Some(before)) => format!("kube-proxy 低于 {}", minor(before)),
        (None, None) => "kube-proxy 为任意版本".to_owned(),
    }
}
