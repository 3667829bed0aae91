//! The words for what is not known.

use crate::gaps::{Gap, GapKind};

pub(crate) fn gap(gap: &Gap) -> String {
    let (fact, consequence) = match gap.kind {
        GapKind::KubeProxyConfiguration => ("kube-proxy 的配置", ""),
        GapKind::KubeProxyAssumed => ("kube-proxy 的配置", "，这是假定的；从主机网络运行时会直接询问 kube-proxy"),
        GapKind::PodNetwork => ("Pod 如何联网", ""),
        GapKind::KubeProxyRelease => ("kube-proxy 的版本", "；改用 kubelet 的版本"),
        GapKind::NearbyServices => ("是否有其他 Service 使用同一地址", "；未声明的端口可能属于它们"),
        GapKind::NetworkPolicies => ("NetworkPolicy 是否拦住发起访问的 Pod", ""),
        GapKind::HostPorts => ("哪些 DaemonSet 占用节点的端口（hostPort）", ""),
        GapKind::Advertisements => ("该地址是否被宣告", ""),
        GapKind::ServicePolicies => ("哪些 NetworkPolicy 限制客户端", ""),
        GapKind::ServicePods => ("Service 的 Pod 监听在哪里，信任谁的 PROXY 头", ""),
        GapKind::NginxSettings => ("ingress-nginx 的配置", ""),
        GapKind::Ingresses => ("是否有 Ingress 占用健康检查的路径", ""),
        GapKind::IstioGateways => ("Istio 让 Envoy 监听在哪里", ""),
        GapKind::CalicoSettings => ("Calico 的 eBPF 数据面是否代替了 kube-proxy", ""),
        GapKind::Challenges => ("cert-manager 是否在等待证书", ""),
    };
    format!("{fact}：{}{consequence}", gap.reason)
}
